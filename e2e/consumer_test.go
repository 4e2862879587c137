package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.org/osprey/internal/testphoto"
)

// TestConsumer builds and runs a program of another module on face, gallery and
// client.
func TestConsumer(t *testing.T) {
	t.Parallel()
	s := shared.get(t)
	dir := t.TempDir()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	// The requirements of ours, so that nothing has to be resolved.
	_, rest, _ := strings.Cut(string(ours), "\nrequire")
	module := "module example.net/consumer\n\ngo 1.26\n\nrequire example.org/osprey v0.0.0\n\nreplace example.org/osprey => " + root + "\n\nrequire" + rest
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(filepath.Join("testdata", "consumer", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"go.mod": module, "go.sum": string(sums), "main.go": string(program)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-mod=mod", "-o", "consumer", ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	writeAlbum(t, dir)
	cmd := exec.Command(filepath.Join(dir, "consumer"), s.base, testphoto.Pack(t), "other.jpg", "john-1.jpg", "john-2.jpg")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != "1 01980000-0000-7000-8000-b00000000001 true\n" {
		t.Fatalf("%v\n%s", err, out)
	}
}
