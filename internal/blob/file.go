package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// File is a bucket in a folder: {folder}/{first two digits}/{key}. A blob appears
// by a rename after its bytes are on the disk, and its name is on the disk when Put
// returns. Nothing outside the folder can be reached (os.Root), files have mode
// 0600 and folders 0700.
type File struct{ root *os.Root }

// tempPrefix marks files that are being written; no key starts with it.
const tempPrefix = ".tmp-"

// OpenFile opens the bucket in a folder, which is made when it does not exist (its
// parent does).
func OpenFile(folder string) (*File, error) {
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("blob: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	return &File{root: root}, nil
}

// Close releases the folder.
func (b *File) Close() error { return b.root.Close() }

// path is where a key's blob lies.
func path(key string) string { return key[:2] + "/" + key }

// Put writes a blob; see Bucket.
func (b *File) Put(ctx context.Context, key string, data []byte) error {
	if err := errors.Join(CheckKey(key), ctx.Err()); err != nil {
		return err
	}
	if len(data) > MaxBytes {
		return fmt.Errorf("%w: %d bytes", ErrTooLarge, len(data))
	}
	shard := key[:2]
	if err := b.makeShard(shard); err != nil {
		return fmt.Errorf("blob: put: %w", err)
	}
	// The temporary name is random too: two that put the same key do not meet.
	temp := shard + "/" + tempPrefix + NewKey()
	if err := b.write(temp, data); err != nil {
		return fmt.Errorf("blob: put: %w", errors.Join(err, missingIsFine(b.root.Remove(temp))))
	}
	if err := b.root.Rename(temp, path(key)); err != nil {
		return fmt.Errorf("blob: put: %w", errors.Join(err, missingIsFine(b.root.Remove(temp))))
	}
	if err := b.sync(shard); err != nil {
		return fmt.Errorf("blob: put: %w", err)
	}
	return nil
}

// makeShard makes a shard's folder durable when it is not there yet.
func (b *File) makeShard(shard string) error {
	if err := b.root.Mkdir(shard, 0o700); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		return err
	}
	return b.sync(".")
}

func (b *File) write(name string, data []byte) error {
	f, err := b.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}

// sync makes the names in a folder durable.
func (b *File) sync(folder string) error {
	d, err := b.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Get reads a blob; see Bucket.
func (b *File) Get(ctx context.Context, key string) ([]byte, error) {
	if err := errors.Join(CheckKey(key), ctx.Err()); err != nil {
		return nil, err
	}
	f, err := b.root.Open(path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("blob: get: %w", err)
	}
	data, err := readBounded(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("blob: get: %w", err)
	}
	return data, nil
}

// readBounded reads a file in one piece, which its size announces.
func readBounded(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	if info.Size() > MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, info.Size())
	}
	data := make([]byte, info.Size())
	_, err = io.ReadFull(f, data)
	return data, err
}

// Delete erases a blob; see Bucket.
func (b *File) Delete(ctx context.Context, key string) error {
	if err := errors.Join(CheckKey(key), ctx.Err()); err != nil {
		return err
	}
	err := b.root.Remove(path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = b.sync(key[:2])
	}
	if err != nil {
		return fmt.Errorf("blob: delete: %w", err)
	}
	return nil
}

// List calls fn for every key; see Bucket.
func (b *File) List(ctx context.Context, fn func(key string) error) error {
	return b.walk(ctx, func(_, name string) error {
		if isKey(name) {
			return fn(name)
		}
		return nil
	})
}

// Sweep removes what writing left behind when the process was killed. Nothing may
// be put meanwhile: it is for the start. It returns how many files it removed.
func (b *File) Sweep(ctx context.Context) (int, error) {
	n := 0
	err := b.walk(ctx, func(shard, name string) error {
		if !strings.HasPrefix(name, tempPrefix) {
			return nil
		}
		n++
		return missingIsFine(b.root.Remove(shard + "/" + name))
	})
	return n, err
}

// shardChunk is how many names walk holds at a time.
const shardChunk = 1024

// walk calls fn for every name in every shard.
func (b *File) walk(ctx context.Context, fn func(shard, name string) error) error {
	return b.names(ctx, ".", func(shard string) error {
		if len(shard) != 2 {
			return nil
		}
		return b.names(ctx, shard, func(name string) error { return fn(shard, name) })
	})
}

func (b *File) names(ctx context.Context, folder string, fn func(name string) error) (err error) {
	d, err := b.root.Open(folder)
	if err != nil {
		return fmt.Errorf("blob: list: %w", err)
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	for {
		entries, err := d.ReadDir(shardChunk)
		for _, e := range entries {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := fn(e.Name()); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("blob: list: %w", err)
		}
	}
}

func missingIsFine(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
