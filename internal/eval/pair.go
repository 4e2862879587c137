package eval

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// maxPairs bounds a pairs file.
const maxPairs = 5_000_000

// Pair is two photographs and whether they show the same person (mated).
type Pair struct {
	Split string // name of the part of the data, empty when the file has none
	A, B  string // paths
	Mated bool
}

// ReadPairs reads a CSV file with a header that names at least the columns a, b
// and same (0 or 1), and optionally split; other columns are ignored. Relative
// paths are taken from dir. Errors name the line.
func ReadPairs(r io.Reader, dir string) ([]Pair, error) {
	c := csv.NewReader(r)
	c.FieldsPerRecord = -1
	c.ReuseRecord = true
	head, err := c.Read()
	if err != nil {
		return nil, fmt.Errorf("pairs: header: %w", err)
	}
	col := map[string]int{"split": -1, "a": -1, "b": -1, "same": -1}
	for i, name := range head {
		if _, known := col[strings.ToLower(strings.TrimSpace(name))]; known {
			col[strings.ToLower(strings.TrimSpace(name))] = i
		}
	}
	for _, name := range []string{"a", "b", "same"} {
		if col[name] < 0 {
			return nil, fmt.Errorf("pairs: the header has no column %q", name)
		}
	}
	var out []Pair
	for {
		rec, err := c.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("pairs: %w", err)
		}
		line, _ := c.FieldPos(0)
		p, err := parsePair(rec, col, dir)
		if err != nil {
			return nil, fmt.Errorf("pairs: line %d: %w", line, err)
		}
		if out = append(out, p); len(out) > maxPairs {
			return nil, fmt.Errorf("pairs: more than %d", maxPairs)
		}
	}
}

func parsePair(rec []string, col map[string]int, dir string) (Pair, error) {
	get := func(name string) string {
		if i := col[name]; i >= 0 && i < len(rec) {
			return strings.TrimSpace(rec[i])
		}
		return ""
	}
	p := Pair{Split: get("split"), A: get("a"), B: get("b")}
	switch strings.ToLower(get("same")) {
	case "1", "true":
		p.Mated = true
	case "0", "false":
	default:
		return Pair{}, fmt.Errorf("column same is %q, want 0 or 1", get("same"))
	}
	if p.A == "" || p.B == "" {
		return Pair{}, errors.New("a path is missing")
	}
	for _, path := range []*string{&p.A, &p.B} {
		if !filepath.IsAbs(*path) {
			*path = filepath.Join(dir, *path)
		}
	}
	return p, nil
}
