package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"

	"example.org/osprey/internal/store/migration"
)

// migrate brings the schema up to date. An existing database is copied aside
// first, as {path}.before-{version}, so that an upgrade can be taken back within
// copyLife.
func (s *Store) migrate(ctx context.Context, forbidden bool) error {
	versions, err := goose.NewProvider(goose.DialectSQLite3, s.write, migration.Files("BLOB"),
		goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	found, err := versions.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	known := newest(versions.ListSources())
	switch {
	case found == known:
		return nil
	case found > known, forbidden:
		return &SchemaError{Found: found, Known: known}
	}
	if found > 0 {
		if err := s.keepCopy(ctx, found); err != nil {
			return fmt.Errorf("copy the database before migrating it: %w", err)
		}
	}
	if _, err := versions.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// copyLife is how long the copy from before a migration is kept: long enough to see
// whether the new version works, not so long that what was erased since stays in it.
const copyLife = 30 * 24 * time.Hour

// DropOldCopies removes the copies that migrations made more than copyLife ago and
// returns how many.
func (s *Store) DropOldCopies() (n int, err error) {
	entries, err := os.ReadDir(filepath.Dir(s.path))
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		version, ours := strings.CutPrefix(e.Name(), filepath.Base(s.path)+".before-")
		if _, err := strconv.ParseUint(version, 10, 32); !ours || err != nil {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return n, err
		}
		if s.clock.Now().Sub(info.ModTime()) < copyLife {
			continue
		}
		if err := os.Remove(filepath.Join(filepath.Dir(s.path), e.Name())); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func newest(sources []*goose.Source) int64 {
	var v int64
	for _, s := range sources {
		v = max(v, s.Version)
	}
	return v
}

// keepCopy writes a compact copy of the database beside it. A copy that an
// interrupted start left is made again.
func (s *Store) keepCopy(ctx context.Context, version int64) error {
	path := fmt.Sprintf("%s.before-%d", s.path, version)
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	// VACUUM INTO writes into an empty file too, which settles the mode.
	if err := createFile(path); err != nil {
		return err
	}
	_, err := s.write.ExecContext(ctx, "VACUUM INTO ?", path)
	return err
}
