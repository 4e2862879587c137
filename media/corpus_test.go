package media

import (
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write testdata/bad_expected.txt and bad_clips_expected.txt anew from what Decode and Player say")

// sharedData finds the folder of real photographs beside the repository.
func sharedData(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		data := filepath.Join(dir, "..", "shared", "data")
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			if _, err := os.Stat(data); err == nil {
				return data
			}
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			tb.Skip("SKIPPED: ../shared/data is not here, real and hostile files were not tried")
		}
		dir = parent
	}
}

// badFiles lists the hostile and broken files.
func badFiles(tb testing.TB) (root string, paths []string) {
	tb.Helper()
	root = sharedData(tb)
	f, err := os.Open(filepath.Join(root, "bad.csv"))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	for _, row := range rows[1:] {
		paths = append(paths, row[0])
	}
	return root, paths
}

// verdict is the word that the table has for a file.
func verdict(data []byte) (string, error) {
	f, err := Decode(context.Background(), data, Options{})
	if err == nil {
		f.Release()
		return "ok", nil
	}
	var refused *Error
	if errors.As(err, &refused) {
		return string(refused.Reason), err
	}
	return "", err
}

const expectedFile = "testdata/bad_expected.txt"

// portableExpected names the files on which a build without libjpeg-turbo
// differs, since the standard library lacks their chroma subsampling.
const portableExpected = "testdata/bad_expected_portable.txt"

func readExpected(tb testing.TB, name string) map[string]string {
	tb.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	table := map[string]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		path, reason, ok := strings.Cut(line, "\t")
		if !ok {
			tb.Fatalf("%s: no tab in %q", name, line)
		}
		table[path] = reason
	}
	return table
}

// TestBadCorpus gives every hostile file its documented answer, in seconds and
// with bounded memory.
func TestBadCorpus(t *testing.T) {
	root, paths := badFiles(t)
	got := make(map[string]string, len(paths))
	causes := make(map[string]error, len(paths))
	for _, path := range paths {
		data, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		got[path], causes[path] = verdict(data)
		if got[path] == "" {
			t.Errorf("%s: %v is no refusal", path, causes[path])
		}
		if _, err := Probe(data, Limits{}); err != nil && got[path] == "ok" {
			t.Errorf("%s: Probe refuses what Decode takes: %v", path, err)
		}
		if took := time.Since(start); took > time.Second {
			t.Logf("%s: %v", path, took)
		}
	}
	if *update {
		writeExpected(t, paths, got)
	}
	want := readExpected(t, expectedFile)
	if !haveTurbo {
		for path, reason := range readExpected(t, portableExpected) {
			want[path] = reason
		}
	}
	for _, path := range paths {
		if got[path] != want[path] {
			t.Errorf("%s: %s (%v), want %s", path, got[path], causes[path], want[path])
		}
	}
	if len(want) != len(paths) {
		t.Errorf("%d files, the table has %d", len(paths), len(want))
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	t.Logf("%d files, %d MiB obtained from the system", len(paths), mem.Sys>>20)
}

func writeExpected(t *testing.T, paths []string, got map[string]string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("# What media.Decode says of each file of ../shared/data/bad.csv: ok, or the reason of the refusal.\n")
	for _, path := range paths {
		fmt.Fprintf(&b, "%s\t%s\n", path, got[path])
	}
	if err := os.WriteFile(expectedFile, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
