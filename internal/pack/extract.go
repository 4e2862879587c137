package pack

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
)

// Bounds on what a tarball may make this process do. They are checked after
// its SHA-512, so they only matter when a pinned package is itself hostile.
const (
	maxUnpacked = 4 << 30
	maxEntries  = 200_000
)

// Extract reads a tarball and gives the contents of the wanted paths. The
// value in want is each file's size in bytes; a file of another size, one that
// is no regular file, or one that is missing is an error. Nothing is written.
func Extract(tarball string, want map[string]int64) (map[string][]byte, error) {
	f, err := os.Open(tarball) //nolint:gosec // verified by the caller
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	defer f.Close()
	files, err := extract(f, want)
	if err != nil {
		return nil, fmt.Errorf("pack: %s: %w", tarball, err)
	}
	return files, nil
}

func extract(r io.Reader, want map[string]int64) (map[string][]byte, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	t := tar.NewReader(io.LimitReader(z, maxUnpacked))
	files := make(map[string][]byte, len(want))
	for n := 0; len(files) < len(want); n++ {
		if n == maxEntries {
			return nil, fmt.Errorf("more than %d entries", maxEntries)
		}
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		size, ok := want[h.Name]
		if !ok {
			continue
		}
		if h.Typeflag != tar.TypeReg || h.Size != size {
			return nil, fmt.Errorf("%s has %d bytes or is no file, must be a file of %d", h.Name, h.Size, size)
		}
		data := make([]byte, size)
		if _, err := io.ReadFull(t, data); err != nil {
			return nil, fmt.Errorf("%s: %w", h.Name, err)
		}
		files[h.Name] = data
	}
	for name := range want {
		if _, ok := files[name]; !ok {
			return nil, fmt.Errorf("%s is missing", name)
		}
	}
	return files, nil
}
