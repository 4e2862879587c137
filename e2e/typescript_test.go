package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"example.org/osprey/internal/httpapi"
)

// TestTypeScriptClient builds the package client/typescript as it is published, holds its
// types against the OpenAPI document of this tree, and runs its tests on a server whose
// sessions expire while they run.
func TestTypeScriptClient(t *testing.T) {
	t.Parallel()
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("SKIPPED: npm is not here; it builds and tests the TypeScript client")
	}
	dir := typescriptPackage(t)
	p := people(t)
	photos := [2]string{filepath.Join(dir, "1.jpg"), filepath.Join(dir, "2.jpg")}
	for i, path := range photos {
		if err := os.WriteFile(path, p.ada[i].JPEG, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(env []string, args ...string) string {
		t.Helper()
		cmd := exec.Command(npm, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("npm %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	run(nil, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	run(nil, "run", "check") // src/schema.ts is stale if this fails: `make clients`
	s := start(t, "OSPREY_AUTH_SESSION_TTL=5s", "OSPREY_AUTH_SESSION_SLIDING=false")
	out := run([]string{
		"OSPREY_URL=" + s.base, "OSPREY_EMAIL=" + adminEmail, "OSPREY_PASSWORD=" + adminPassword,
		"OSPREY_PHOTO=" + photos[0], "OSPREY_PHOTO_2=" + photos[1],
	}, "test")
	if passed := tapCount(t, out, "pass"); passed == 0 || tapCount(t, out, "skipped") != 0 {
		t.Errorf("not all tests ran\n%s", out)
	}
}

// tapCount reads a figure at the end of what the tests of Node print.
func tapCount(t *testing.T, out, word string) int {
	t.Helper()
	found := regexp.MustCompile(`(?m)^\W* ?` + word + ` (\d+)$`).FindStringSubmatch(out)
	if found == nil {
		t.Fatalf("no count of %q\n%s", word, out)
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// typescriptPackage copies the sources of the package, without what was built, and what
// they take from web/capsule, and writes the document beside them.
func typescriptPackage(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "client", "typescript")
	for _, from := range []string{"client/typescript/src", "client/typescript/test", "web/capsule"} {
		if err := os.CopyFS(filepath.Join(root, filepath.FromSlash(from)), os.DirFS(filepath.Join("..", filepath.FromSlash(from)))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{".npmrc", "package.json", "package-lock.json", "tsconfig.json", "tsconfig.test.json", "../../LICENSE"} {
		raw, err := os.ReadFile(filepath.Join("..", "client", "typescript", filepath.FromSlash(name)))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), raw, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	doc, err := httpapi.Document("")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "openapi.json"), doc.JSON, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
