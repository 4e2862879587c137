package layer

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// requirement is one line of go.mod.
type requirement struct {
	Path     string
	Indirect bool
}

func requirements(t *testing.T) []requirement {
	t.Helper()
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Require []requirement }
	if err := json.Unmarshal(out, &file); err != nil {
		t.Fatal(err)
	}
	return file.Require
}

// documented lists the modules of the table in docs/dependencies.md.
func documented(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../../docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	var modules []string
	for _, line := range strings.Split(string(page), "\n") {
		if rest, ok := strings.CutPrefix(line, "| `"); ok {
			name, _, _ := strings.Cut(rest, "`")
			modules = append(modules, name)
		}
	}
	return modules
}

// moduleOf is the requirement that provides an import path.
func moduleOf(importPath string, all []requirement) (string, bool) {
	best := ""
	for _, r := range all {
		if (importPath == r.Path || strings.HasPrefix(importPath, r.Path+"/")) && len(r.Path) > len(best) {
			best = r.Path
		}
	}
	return best, best != ""
}

// TestEveryDependencyHasItsReason compares docs/dependencies.md with go.mod and
// with what the packages import, their tests included.
func TestEveryDependencyHasItsReason(t *testing.T) {
	t.Parallel()
	all, lines := requirements(t), documented(t)
	direct := map[string]string{} // module -> who needs it
	for _, r := range all {
		if !r.Indirect {
			direct[r.Path] = "go.mod"
		}
	}
	for _, p := range packages(t) {
		for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if name, ok := moduleOf(path, all); ok && !ours(path) {
				direct[name] = p.ImportPath
			}
		}
	}
	for name, user := range direct {
		if !slices.Contains(lines, name) {
			t.Errorf("docs/dependencies.md has no line for %s, which %s requires", name, user)
		}
	}
	for _, name := range lines {
		if direct[name] == "" {
			t.Errorf("docs/dependencies.md names %s, which nothing requires", name)
		}
	}
}
