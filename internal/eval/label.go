package eval

import (
	"fmt"
	"io"
	"path/filepath"
)

// Labels say to which groups photographs belong: each column but file is a way of
// grouping, with a name of a group for each photograph, empty where it is not known.
type Labels struct {
	Columns []string
	of      map[string][]string // path of a photograph or of a folder
}

// ReadLabels reads a CSV file with a header that names the column file and one or
// more others. A file may be a photograph or a folder, whose photographs it stands
// for. Relative paths are taken from dir. Errors name the line.
func ReadLabels(r io.Reader, dir string) (*Labels, error) {
	s, err := newSheet(r, "labels", "file")
	if err != nil {
		return nil, err
	}
	l := &Labels{of: map[string][]string{}}
	for i, name := range s.names {
		if name != "file" && name != "" && s.columns[name] == i {
			l.Columns = append(l.Columns, name)
		}
	}
	if len(l.Columns) == 0 {
		return nil, fmt.Errorf("labels: the header has no column beside file")
	}
	for {
		more, err := s.next()
		if err != nil || !more {
			return l, err
		}
		if s.get("file") == "" {
			return nil, s.wrong("the file is missing")
		}
		values := make([]string, len(l.Columns))
		for i, name := range l.Columns {
			values[i] = s.get(name)
		}
		if l.of[under(dir, s.get("file"))] = values; len(l.of) > maxFiles {
			return nil, fmt.Errorf("labels: more than %d", maxFiles)
		}
	}
}

// Of gives the groups of a photograph, in the order of the columns; nil when neither
// it nor a folder above it has labels.
func (l *Labels) Of(path string) []string {
	for {
		if v, ok := l.of[path]; ok {
			return v
		}
		up := filepath.Dir(path)
		if up == path {
			return nil
		}
		path = up
	}
}
