package store

import (
	"context"
	"fmt"
	"os"

	"github.com/pressly/goose/v3"

	"example.org/osprey/internal/store/migration"
)

// migrate brings the schema up to date. An existing database is copied aside
// first, as {path}.before-{version}, so that an upgrade can be taken back.
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
