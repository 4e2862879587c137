package pack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"example.org/osprey/face"
)

// Error says what is wrong with an installed pack and what to do about it, in
// one line. It wraps a *face.PackError.
type Error struct {
	Cause *face.PackError
}

// Error gives the file, the problem and the remedy.
func (e *Error) Error() string {
	return e.Cause.Error() + "; run: osprey models install"
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Verify checks every file of the pack in dir against its manifest and
// returns what it describes. A missing, changed or foreign file, or a model's
// manifest without a required key, is an *Error.
func Verify(dir string) (*face.Pack, error) {
	p, err := face.ReadPack(dir)
	if err == nil {
		err = foreign(p)
	}
	var cause *face.PackError
	if errors.As(err, &cause) {
		return nil, &Error{Cause: cause}
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// foreign finds files that the manifest does not name: nothing would ever
// verify them.
func foreign(p *face.Pack) error {
	known := map[string]bool{face.ManifestName: true}
	for _, f := range p.Manifest.Files {
		known[f.Path] = true
	}
	return filepath.WalkDir(p.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("pack: %w", err)
		}
		if entry.IsDir() {
			return nil
		}
		rel, err := filepath.Rel(p.Dir, path)
		if err != nil {
			return fmt.Errorf("pack: %w", err)
		}
		if rel = filepath.ToSlash(rel); !known[rel] {
			return &face.PackError{Dir: p.Dir, File: rel, Problem: "is not part of the pack"}
		}
		return nil
	})
}

// Listed is one pack folder that List has found: the pack, or what is wrong
// with it.
type Listed struct {
	Dir  string
	Pack *face.Pack // nil when Err is set
	Err  error
}

// List looks at every pack below dir, in order of their names. A folder that
// does not exist holds none.
func List(dir string) ([]Listed, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	var out []Listed
	for _, entry := range entries {
		if !entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		path := filepath.Join(dir, entry.Name())
		p, err := Verify(path)
		out = append(out, Listed{Dir: path, Pack: p, Err: err})
	}
	return out, nil
}
