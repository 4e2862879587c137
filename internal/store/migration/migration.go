// Package migration holds the versions of the schema, one file each. A version
// that was released is never edited: a change is a new file with the next number.
package migration

import (
	"bytes"
	"embed"
	"io"
	"io/fs"
	"regexp"
)

//go:embed *.sql
var files embed.FS

// Files returns the versions for a database that spells its type of bytes as
// given: "BLOB" for SQLite, "BYTEA" for PostgreSQL. It is the one word in which
// the two schemas differ.
func Files(bytesType string) fs.FS { return dialect{files, []byte(bytesType)} }

var blobWord = regexp.MustCompile(`\bBLOB\b`)

// dialect is a file system whose files say another word for BLOB.
type dialect struct {
	embed.FS
	bytesType []byte
}

func (d dialect) ReadFile(name string) ([]byte, error) {
	b, err := d.FS.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return blobWord.ReplaceAll(b, d.bytesType), nil
}

func (d dialect) Open(name string) (fs.File, error) {
	f, err := d.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return f, err
	}
	b, err := d.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return file{Reader: bytes.NewReader(b), File: f}, nil
}

// file reads the changed text and is otherwise the embedded file.
type file struct {
	io.Reader
	fs.File
}

func (f file) Read(p []byte) (int, error) { return f.Reader.Read(p) }
