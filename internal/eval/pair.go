package eval

import (
	"fmt"
	"io"
	"strings"
)

// Pair is two photographs and whether they show the same person (mated).
type Pair struct {
	Split string // name of the part of the data, empty when the file has none
	A, B  string // paths
	Mated bool
	// PersonA and PersonB name who is shown, empty where that is not known.
	PersonA, PersonB string
}

// ReadPairs reads a CSV file with a header that names at least the columns a, b
// and same (0 or 1), and optionally split, person_a and person_b; other columns are
// ignored. Relative paths are taken from dir. Errors name the line.
func ReadPairs(r io.Reader, dir string) ([]Pair, error) {
	s, err := newSheet(r, "pairs", "a", "b", "same")
	if err != nil {
		return nil, err
	}
	var out []Pair
	for {
		more, err := s.next()
		if err != nil || !more {
			return out, err
		}
		p, err := parsePair(s, dir)
		if err != nil {
			return nil, err
		}
		if out = append(out, p); len(out) > maxPairs {
			return nil, fmt.Errorf("pairs: more than %d", maxPairs)
		}
	}
}

func parsePair(s *sheet, dir string) (Pair, error) {
	p := Pair{Split: s.get("split"), A: s.get("a"), B: s.get("b"), PersonA: s.get("person_a"), PersonB: s.get("person_b")}
	switch strings.ToLower(s.get("same")) {
	case "1", "true":
		p.Mated = true
	case "0", "false":
	default:
		return Pair{}, s.wrong("column same is %q, want 0 or 1", s.get("same"))
	}
	if p.A == "" || p.B == "" {
		return Pair{}, s.wrong("a path is missing")
	}
	if (p.PersonA == "") != (p.PersonB == "") {
		return Pair{}, s.wrong("person_a and person_b go together")
	}
	if p.PersonA != "" && (p.PersonA == p.PersonB) != p.Mated {
		return Pair{}, s.wrong("same does not fit person_a and person_b")
	}
	p.A, p.B = under(dir, p.A), under(dir, p.B)
	return p, nil
}

// people numbers the identities of pairs from 0: by their names where those are
// given, else photographs that mated pairs link are one person. A photograph that is
// in no mated pair is then somebody of its own, which makes intervals a little
// narrower than names would.
type people struct {
	of    map[string]int // photograph -> identity
	count int
}

func peopleOf(pairs []Pair) people {
	links := map[string]string{} // towards the root of a photograph's person
	root := func(at string) string {
		for {
			up, ok := links[at]
			if !ok {
				links[at] = at
				return at
			}
			if up == at {
				return at
			}
			links[at] = links[up] // shorten the way
			at = up
		}
	}
	join := func(a, b string) { links[root(a)] = root(b) }
	for _, p := range pairs {
		root(p.A)
		root(p.B)
		if p.Mated {
			join(p.A, p.B)
		}
		if p.PersonA != "" {
			join(p.A, "\x00"+p.PersonA) // a name is no path: it cannot hold a zero byte
			join(p.B, "\x00"+p.PersonB)
		}
	}
	out := people{of: make(map[string]int, len(links))}
	number := map[string]int{}
	for _, p := range pairs {
		for _, path := range []string{p.A, p.B} {
			r := root(path)
			if _, ok := number[r]; !ok {
				number[r] = len(number)
			}
			out.of[path] = number[r]
		}
	}
	out.count = len(number)
	return out
}
