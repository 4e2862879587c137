package gallery

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// snapshotTemp begins the names of unfinished snapshot files.
const snapshotTemp = ".gallery-snapshot-"

// SaveSnapshot writes a snapshot to the file at path so that at every moment,
// whatever dies, there is either the old file, or the new one, or none: temporary
// file in the same folder, write, fsync, rename, fsync of the folder. What a
// crash leaves behind is for RemoveUnfinished. The file's mode is 0600.
func (e *Exact) SaveSnapshot(ctx context.Context, path string, seal Sealer, binding string) (state State, err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, snapshotTemp+"*")
	if err != nil {
		return State{}, fmt.Errorf("gallery: saving a snapshot: %w", err)
	}
	defer func() {
		if err != nil {
			// The first error is the one to report; a leftover is only litter.
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 64<<10)
	if state, err = e.WriteSnapshot(ctx, w, seal, binding); err != nil {
		return State{}, err
	}
	for _, step := range []func() error{
		w.Flush,
		f.Sync,
		f.Close,
		func() error { return os.Rename(f.Name(), path) },
		func() error { return syncDir(dir) },
	} {
		if err = step(); err != nil {
			return State{}, fmt.Errorf("gallery: saving a snapshot: %w", err)
		}
	}
	return state, nil
}

// LoadSnapshot reads the snapshot file at path as ReadSnapshot does. A file that
// is not there is an error that wraps fs.ErrNotExist as well as ErrSnapshot.
func LoadSnapshot(ctx context.Context, path string, open Opener, binding string, config Config) (*Exact, error) {
	f, err := os.Open(path) //nolint:gosec // which file is the caller's decision
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	defer func() { _ = f.Close() }() // only read from
	return ReadSnapshot(ctx, bufio.NewReaderSize(f, 64<<10), open, binding, config)
}

// RemoveSnapshot removes the snapshot file at path for good: after it has
// returned nil a crash does not bring the file back. No file is no error.
func RemoveSnapshot(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("gallery: removing a snapshot: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// RemoveUnfinished removes from the folder what SaveSnapshot left there when the
// process died. It is for the start, before anything is saved.
func RemoveUnfinished(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // which folder is the caller's decision
	if err != nil {
		return fmt.Errorf("gallery: looking for unfinished snapshots: %w", err)
	}
	defer func() { _ = d.Close() }() // only read from
	for {
		entries, err := d.ReadDir(256)
		for _, entry := range entries {
			if !strings.HasPrefix(entry.Name(), snapshotTemp) || !entry.Type().IsRegular() {
				continue
			}
			if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("gallery: removing an unfinished snapshot: %w", err)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("gallery: looking for unfinished snapshots: %w", err)
		}
	}
}

// syncDir makes the names in a folder as durable as the files.
func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // which folder is the caller's decision
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
