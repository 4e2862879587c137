package main

import (
	"archive/zip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// importPhoto is one photo to be enrolled. Its path tells it apart from the others
// of the input, in every run.
type importPhoto struct {
	row      int    // from 1, in the order of the input
	path     string // slash-separated, relative to the input
	person   string // photos with the same person are one person's
	metadata map[string]any
	open     func() (io.ReadCloser, error)
}

// importInput is an opened input.
type importInput struct {
	photos  []importPhoto
	ignored int // files that are no photos
	close   func() error
}

// The bounds of an input.
const (
	maxImportPhotos   = 10_000_000
	maxManifestField  = 64 << 10 // bytes of one cell
	manifestName      = "manifest.csv"
	maxManifestColumn = 200
)

// The ways to tell which photos are one person's.
const (
	modeAuto       = "auto"
	modePersonDir  = "person-dir"
	modePersonFile = "person-file"
	modeCSV        = "csv"
)

// photoEndings are the files that are sent; what the server does not take of them
// is refused there, with its reason.
var photoEndings = []string{".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff",
	".heic", ".heif", ".avif"}

func isPhoto(name string) bool {
	return slices.Contains(photoEndings, strings.ToLower(path.Ext(name)))
}

// openImport opens a folder, a ZIP, a CSV file, or a CSV on stdin.
func (c *call) openImport(input, mode string) (*importInput, error) {
	if input == "-" {
		if mode != modeAuto && mode != modeCSV {
			return nil, usagef("stdin is read as CSV, not as %s", mode)
		}
		return fromCSV(c.stdin, openFile("."))
	}
	info, err := os.Stat(input)
	if err != nil {
		return nil, err
	}
	switch {
	case info.IsDir():
		return fromTree(os.DirFS(input), openFile(input), mode)
	case strings.EqualFold(filepath.Ext(input), ".csv"):
		if mode != modeAuto && mode != modeCSV {
			return nil, usagef("%s is read as CSV, not as %s", input, mode)
		}
		f, err := os.Open(input) //nolint:gosec // the user names the file
		if err != nil {
			return nil, err
		}
		defer f.Close()
		dir := filepath.Dir(input)
		return fromCSV(f, openFile(dir))
	}
	archive, err := zip.OpenReader(input)
	if err != nil {
		return nil, usagef("%s is neither a folder nor a ZIP nor a .csv file: %w", input, err)
	}
	in, err := fromTree(archive, func(name string) (io.ReadCloser, error) { return archive.Open(name) }, mode)
	if err != nil {
		return nil, errors.Join(err, archive.Close())
	}
	in.close = archive.Close
	return in, nil
}

type opener func(name string) (io.ReadCloser, error)

// openFile opens files of a folder; absolute names are taken as they are, because
// the user wrote the list.
func openFile(dir string) opener {
	return func(name string) (io.ReadCloser, error) {
		file := filepath.FromSlash(name)
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, file)
		}
		return os.Open(file) //nolint:gosec // the user names the file
	}
}

// fromTree reads a folder or an archive.
func fromTree(tree fs.FS, open opener, mode string) (*importInput, error) {
	if mode == modeAuto || mode == modeCSV {
		f, err := tree.Open(manifestName)
		if err == nil {
			defer f.Close()
			return fromCSV(f, open)
		}
		if mode == modeCSV {
			return nil, usagef("there is no %s", manifestName)
		}
	}
	names, ignored, err := photosIn(tree)
	if err != nil {
		return nil, err
	}
	if mode == modeAuto {
		mode = modePersonFile
		if slices.ContainsFunc(names, func(n string) bool { return strings.Contains(n, "/") }) {
			mode = modePersonDir
		}
	}
	in := &importInput{ignored: ignored, close: func() error { return nil }}
	for _, name := range names {
		p := importPhoto{row: len(in.photos) + 1, path: name, open: func() (io.ReadCloser, error) { return open(name) }}
		folder, _, nested := strings.Cut(name, "/")
		if mode == modePersonDir && nested {
			p.person, p.metadata = folder, nameOf(folder)
		} else {
			p.person, p.metadata = name, nameOf(strings.TrimSuffix(path.Base(name), path.Ext(name)))
		}
		in.photos = append(in.photos, p)
	}
	return in, nil
}

// photosIn lists the photos of a tree in order; hidden files and those that an
// archiver adds are passed over.
func photosIn(tree fs.FS) (names []string, ignored int, err error) {
	err = fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if name != "." && (strings.HasPrefix(base, ".") || base == "__MACOSX") {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		switch {
		case entry.IsDir():
		case isPhoto(name):
			if len(names) == maxImportPhotos {
				return usagef("the input has more than %d photos", maxImportPhotos)
			}
			names = append(names, name)
		default:
			ignored++
		}
		return nil
	})
	return names, ignored, err
}

// nameOf makes a person's name of the name of a folder or file: "John_James_Doe"
// is a first, a middle and a last name.
func nameOf(s string) map[string]any {
	words := strings.FieldsFunc(s, func(r rune) bool { return r == '_' || r == ' ' })
	info := map[string]any{}
	switch n := len(words); {
	case n == 1:
		info["last_name"] = words[0]
	case n > 1:
		info["first_name"], info["last_name"] = words[0], words[n-1]
		if n > 2 {
			info["middle_name"] = strings.Join(words[1:n-1], " ")
		}
	}
	return map[string]any{"person_info": info}
}

// nameColumns are the columns that become the name of a person.
var nameColumns = []string{"first_name", "middle_name", "last_name"}

// fromCSV reads a list of photos: the column file, the names, person to join the
// photos of one person (without it each row is a person), and metadata.
func fromCSV(from io.Reader, open opener) (*importInput, error) {
	r := csv.NewReader(from)
	head, err := r.Read()
	if err != nil {
		return nil, usagef("the list of photos has no head line: %w", err)
	}
	if len(head) > 0 {
		head[0] = strings.TrimPrefix(head[0], "\ufeff")
	}
	columns := map[string]int{}
	for i, name := range head {
		columns[strings.TrimSpace(name)] = i
	}
	file, ok := columns["file"]
	if !ok || len(head) > maxManifestColumn {
		return nil, usagef("the list of photos has no column file, or more than %d columns", maxManifestColumn)
	}
	in := &importInput{close: func() error { return nil }}
	seen := make(map[string]bool)
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return in, nil
		}
		if err != nil {
			return nil, usagef("the list of photos: %w", err)
		}
		if len(in.photos) == maxImportPhotos {
			return nil, usagef("the list has more than %d photos", maxImportPhotos)
		}
		name := filepath.ToSlash(row[file])
		p := importPhoto{row: len(in.photos) + 1, path: name, open: func() (io.ReadCloser, error) { return open(name) }}
		if seen[name] {
			p.path += fmt.Sprintf("#%d", p.row) // a photo that is listed again is another one
		}
		seen[name] = true
		if p.metadata, err = metadataOf(columns, row); err != nil {
			return nil, usagef("row %d: %w", p.row, err)
		}
		p.person = fmt.Sprintf("row %d", p.row)
		if i, ok := columns["person"]; ok && row[i] != "" {
			p.person = "person " + row[i]
		}
		in.photos = append(in.photos, p)
	}
}

// metadataOf makes a person's metadata of a row; empty cells are left out.
func metadataOf(columns map[string]int, row []string) (map[string]any, error) {
	info, metadata := map[string]any{}, map[string]any{}
	for name, i := range columns {
		value := row[i]
		if len(value) > maxManifestField {
			return nil, fmt.Errorf("column %s has more than %d bytes", name, maxManifestField)
		}
		switch {
		case value == "" || name == "file" || name == "person" || name == "":
		case slices.Contains(nameColumns, name):
			info[name] = value
		default:
			metadata[name] = value
		}
	}
	if len(info) > 0 {
		metadata["person_info"] = info
	}
	return metadata, nil
}
