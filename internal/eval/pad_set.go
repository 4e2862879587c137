package eval

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Presentation is one file of a PAD set: a bona fide presentation or an attack.
type Presentation struct {
	Path    string
	Attack  bool
	Species string // of the attack instrument, "" for bona fide
	Subject string // who is shown, empty where that is not known
	// Columns holds every further column of the list, for grouping.
	Columns map[string]string
}

// group is the presentation's value of a column, as groups are named.
func (p Presentation) group(column string) string {
	switch column {
	case "species":
		return p.Species
	case "subject":
		return p.Subject
	}
	return p.Columns[column]
}

// cluster names what a presentation shares with others, so that they are not
// independent: its subject, else its own path.
func (p Presentation) cluster() string {
	if p.Subject != "" {
		return p.Subject
	}
	return p.Path
}

// ReadPresentations reads a CSV file with a header that names at least the columns
// path and label (bonafide, bona_fide, real or live; attack, spoof or fake), and
// optionally species, subject and any others to group by. Relative paths are taken
// from dir. Errors name the line.
func ReadPresentations(r io.Reader, dir string) ([]Presentation, error) {
	s, err := newSheet(r, "presentations", "path", "label")
	if err != nil {
		return nil, err
	}
	var out []Presentation
	for {
		more, err := s.next()
		if err != nil || !more {
			return out, err
		}
		p := Presentation{Path: s.get("path"), Species: s.get("species"), Subject: s.get("subject"), Columns: map[string]string{}}
		if p.Path == "" {
			return nil, s.wrong("the path is missing")
		}
		p.Path = under(dir, p.Path)
		switch strings.ToLower(s.get("label")) {
		case "bonafide", "bona_fide", "bona fide", "real", "live":
			p.Species = ""
		case "attack", "spoof", "fake":
			p.Attack = true
			if p.Species == "" {
				p.Species = "unnamed"
			}
		default:
			return nil, s.wrong("column label is %q, want bonafide or attack", s.get("label"))
		}
		for _, name := range s.names {
			p.Columns[name] = s.get(name)
		}
		if out = append(out, p); len(out) > maxFiles {
			return nil, fmt.Errorf("presentations: more than %d", maxFiles)
		}
	}
}

// ReadPresentationFolder reads a folder that holds bonafide/ and attack/SPECIES/,
// photographs, videos and shot sets at any depth below them.
func ReadPresentationFolder(dir string) ([]Presentation, error) {
	var out []Presentation
	add := func(at string, attack bool, species string) error {
		found, err := walk(at, stills, footage)
		for _, path := range found {
			out = append(out, Presentation{Path: path, Attack: attack, Species: species, Columns: map[string]string{"media": kindOfFile(path)}})
		}
		return err
	}
	if err := add(filepath.Join(dir, "bonafide"), false, ""); err != nil {
		return nil, err
	}
	species, err := os.ReadDir(filepath.Join(dir, "attack"))
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	for _, e := range species {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if err := add(filepath.Join(dir, "attack", e.Name()), true, e.Name()); err != nil {
			return nil, err
		}
	}
	if len(out) > maxFiles {
		return nil, fmt.Errorf("%s: more than %d files", dir, maxFiles)
	}
	return out, nil
}

func kindOfFile(path string) string {
	if hasExt(path, stills) {
		return "image"
	}
	return "video"
}
