package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.org/osprey/internal/vault"
)

// TestKeys: the ring of template keys, from the first to a removed one.
func TestKeys(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.run(t, "keys", "list").exits(exitNotFound) // nothing was started here yet
	s.run(t, "keys", "rotate", "--purpose", "template").exits(exitNotFound)
	file := filepath.Join(s.dir, "keys.json")
	if _, err := vault.LoadSecret(file, ""); err != nil {
		t.Fatal(err)
	}
	ring := func(want ...uint32) {
		t.Helper()
		var rows []keyRow
		s.run(t, "keys", "list", "--purpose", "template", "-o", "json").exits(exitOK).into(&rows)
		var got []uint32
		for i, r := range rows {
			got = append(got, r.ID)
			if r.Current != (i == len(rows)-1) || r.Purpose != "template" || r.Created == "" {
				t.Errorf("%+v", r)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("keys %v, want %v", got, want)
		}
	}
	ring(1)
	s.run(t, "keys", "rotate").exits(exitUsage)
	s.run(t, "keys", "rotate", "--purpose", "storage").exits(exitUsage)
	s.run(t, "keys", "rotate", "--purpose", "template", "--dry-run").exits(exitOK)
	ring(1)
	var made keyRow
	s.run(t, "keys", "rotate", "--purpose", "template", "-o", "json").exits(exitOK).into(&made)
	if made.ID != 2 || !made.Current {
		t.Errorf("%+v", made)
	}
	ring(1, 2)
	s.run(t, "keys", "remove", "1", "--purpose", "template").exits(exitUsage) // no terminal, no --yes
	s.run(t, "keys", "remove", "1", "--purpose", "template", "--dry-run").exits(exitOK)
	s.run(t, "keys", "remove", "2", "--purpose", "template", "--yes").exits(exitConflict)
	s.run(t, "keys", "remove", "9", "--purpose", "template", "--yes").exits(exitNotFound)
	ring(1, 2)
	s.run(t, "keys", "remove", "1", "--purpose", "template", "--yes").exits(exitOK)
	ring(2)
	if o := s.run(t, "keys", "list", "--server", "http://127.0.0.1:1").exits(exitUsage); !strings.Contains(o.stderr, "--server") {
		t.Errorf("%s: %s", o.line, o.stderr)
	}
}
