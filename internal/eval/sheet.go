package eval

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// The bounds of what is read.
const (
	maxPairs   = 5_000_000
	maxFiles   = 200_000  // photographs and videos of one set
	maxMedium  = 64 << 20 // bytes of one
	maxColumns = 64
)

// sheet is a CSV file with a header, read line by line. Names of columns are
// without case and outer spaces.
type sheet struct {
	what    string // for messages: "pairs"
	csv     *csv.Reader
	columns map[string]int
	names   []string // all columns in order
	row     []string
	line    int
}

// newSheet reads the header, which must name the needed columns.
func newSheet(r io.Reader, what string, needed ...string) (*sheet, error) {
	s := &sheet{what: what, csv: csv.NewReader(r), columns: map[string]int{}}
	s.csv.FieldsPerRecord, s.csv.ReuseRecord = -1, true
	head, err := s.csv.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: header: %w", what, err)
	}
	if len(head) > maxColumns {
		return nil, fmt.Errorf("%s: the header has %d columns, more than %d", what, len(head), maxColumns)
	}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		if _, twice := s.columns[name]; !twice {
			s.columns[name] = i
		}
		s.names = append(s.names, name)
	}
	for _, name := range needed {
		if _, ok := s.columns[name]; !ok {
			return nil, fmt.Errorf("%s: the header has no column %q", what, name)
		}
	}
	return s, nil
}

// next goes to the next line; false means the end.
func (s *sheet) next() (bool, error) {
	rec, err := s.csv.Read()
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", s.what, err)
	}
	s.row = rec
	s.line, _ = s.csv.FieldPos(0)
	return true, nil
}

// get is a cell of the line, empty where there is none.
func (s *sheet) get(name string) string {
	if i, ok := s.columns[name]; ok && i < len(s.row) {
		return strings.TrimSpace(s.row[i])
	}
	return ""
}

// wrong is an error that names the line.
func (s *sheet) wrong(format string, args ...any) error {
	return fmt.Errorf("%s: line %d: %s", s.what, s.line, fmt.Sprintf(format, args...))
}

// under takes a relative path from a folder.
func under(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}
