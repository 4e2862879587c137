package layer

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the rules of .golangci.yml")

// goPackage is what `go list` tells of one package.
type goPackage struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// packages lists the packages of the module. One that does not build is listed
// too: the build tells of it, and this test of everything else.
func packages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = "../.."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	var all []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func roomOf(importPath string) (room, bool) {
	i := slices.IndexFunc(drawing, func(r room) bool { return r.importPath() == importPath })
	if i < 0 {
		return room{}, false
	}
	return drawing[i], true
}

func ours(importPath string) bool {
	return importPath == module || strings.HasPrefix(importPath, module+"/")
}

// TestImportsFollowTheDrawing: arrows point down only.
func TestImportsFollowTheDrawing(t *testing.T) {
	t.Parallel()
	standing := map[string]bool{}
	for _, p := range packages(t) {
		standing[p.ImportPath] = true
		r, ok := roomOf(p.ImportPath)
		if !ok {
			t.Errorf("%s is not in the drawing: give it a floor in internal/layer/drawing_test.go and docs/architecture.md", p.ImportPath)
			continue
		}
		may := r.mayUse()
		for _, path := range p.Imports {
			if ours(path) && !slices.Contains(may, path) {
				t.Errorf("%s (floor %s) may not import %s", p.ImportPath, r.floor, path)
			}
			if r.floor != beside && (path == "net/http" && !r.http || path == "database/sql" && !r.sql) {
				t.Errorf("%s (floor %s) may not know %s", p.ImportPath, r.floor, path)
			}
		}
		checkTestImports(t, r, p)
	}
	for _, r := range drawing {
		if !standing[r.importPath()] {
			t.Errorf("%s is drawn and does not exist", r.importPath())
		}
	}
}

// checkTestImports: tests may look sideways, to build what they test from real
// parts, but not up, so that a room can be tested without the house above it.
func checkTestImports(t *testing.T, r room, p goPackage) {
	t.Helper()
	for _, path := range slices.Concat(p.TestImports, p.XTestImports) {
		other, ok := roomOf(path)
		if !ours(path) || !ok || slices.Contains(testOnly, other.path) {
			continue
		}
		if other.floor > r.floor && !slices.Contains(r.also, other.path) {
			t.Errorf("the tests of %s (floor %s) may not import %s (floor %s)", p.ImportPath, r.floor, path, other.floor)
		}
	}
}

// TestPlanHasNoWayUp guards the table itself.
func TestPlanHasNoWayUp(t *testing.T) {
	t.Parallel()
	for _, r := range drawing {
		for _, path := range slices.Concat(r.also, r.only) {
			other, ok := roomOf(room{path: path}.importPath())
			switch {
			case !ok:
				t.Errorf("%s may use %s, which is not drawn", r.path, path)
			case other.floor > r.floor && other.path != "client":
				t.Errorf("%s may use %s, which is above it", r.path, path)
			case slices.Contains(other.also, r.path):
				t.Errorf("%s and %s may use each other", r.path, path)
			}
		}
	}
	for path, want := range map[string]string{
		"internal/look": "internal/store", "internal/httpapi": "internal/wire", "internal/analysis": "internal/look",
	} {
		r, _ := roomOf(room{path: path}.importPath())
		if !slices.Contains(r.mayUse(), room{path: want}.importPath()) {
			t.Errorf("%s may not use %s", path, want)
		}
	}
	for path, never := range map[string]string{
		"face": "internal/config", "internal/analysis": "internal/collection", "internal/store": "internal/look",
		"internal/collection": "internal/store/query", "internal/server": "internal/testphoto", "client": "face",
	} {
		r, _ := roomOf(room{path: path}.importPath())
		if slices.Contains(r.mayUse(), room{path: never}.importPath()) {
			t.Errorf("%s may use %s", path, never)
		}
	}
}

const (
	linterConfig = "../../.golangci.yml"
	rulesBegin   = "      # The rules below are written by: go test ./internal/layer -run Linter -update\n      rules:\n"
	rulesEnd     = "      # End of the written rules.\n"
)

// TestLinterKnowsTheDrawing compares the rules of the linter, which editors
// show while one types, with the drawing.
func TestLinterKnowsTheDrawing(t *testing.T) {
	t.Parallel()
	config, err := os.ReadFile(linterConfig)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, okBegin := strings.Cut(string(config), rulesBegin)
	rules, tail, okEnd := strings.Cut(rest, rulesEnd)
	if !okBegin || !okEnd {
		t.Fatalf("%s has no place for the rules", linterConfig)
	}
	var want strings.Builder
	for _, r := range drawing {
		want.WriteString(r.guard())
	}
	if rules == want.String() {
		return
	}
	if !*update {
		t.Fatalf("%s does not have the rules of the drawing; run: go test ./internal/layer -run Linter -update", linterConfig)
	}
	if err := os.WriteFile(linterConfig, []byte(head+rulesBegin+want.String()+rulesEnd+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestArchitectureShowsTheDrawing: every room is in the page's drawing, on the
// line of its floor or below it.
func TestArchitectureShowsTheDrawing(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{} // room -> floor
	current := ""
	for _, line := range strings.Split(string(page), "\n") {
		if name, ok := strings.CutPrefix(line, "floor "); ok {
			current = strings.Fields(name)[0]
			line = strings.TrimPrefix(name, current)
		} else if strings.HasPrefix(line, "beside ") {
			current, line = "beside", strings.TrimPrefix(line, "beside")
		} else if strings.TrimSpace(line) == "" || !strings.HasPrefix(line, " ") {
			current = ""
		}
		if words := strings.Fields(line); current != "" && len(words) > 0 {
			shown[words[0]] = current
		}
	}
	for _, r := range drawing {
		name := r.path
		if name == "." {
			name = "osprey"
		}
		if shown[name] != r.floor.String() {
			t.Errorf("docs/architecture.md shows %s on floor %q, it is on floor %q", name, shown[name], r.floor)
		}
		delete(shown, name)
	}
	for name := range shown {
		t.Errorf("docs/architecture.md shows %s, which is not in the table", name)
	}
}
