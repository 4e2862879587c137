package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.org/osprey/internal/testphoto"
)

// writeAlbum writes the files of the walk-through into a folder.
func writeAlbum(tb testing.TB, dir string) {
	tb.Helper()
	a := walkAlbum(tb)
	for name, p := range map[string]testphoto.Photo{
		"john-1": a.john[0], "john-2": a.john[1], "john-3": a.john[2], "john-live": a.live,
		"other": a.other, "nobody": a.nobody, "two": a.couple,
	} {
		if err := os.WriteFile(filepath.Join(dir, name+".jpg"), p.JPEG, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
}

// TestWritePhotos is how docs/walkthrough.sh gets its photographs.
func TestWritePhotos(t *testing.T) {
	dir := os.Getenv("OSPREY_PHOTOS")
	if dir == "" {
		t.Skip("OSPREY_PHOTOS names no folder to write the photographs of the walk-through into")
	}
	writeAlbum(t, dir)
}

// TestWalkScript runs docs/walkthrough.sh twice on one server, the second time
// without slashes and without an administrator.
func TestWalkScript(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%v: `make prepare` installs it", err)
		}
	}
	s := start(t)
	s.log.hide("ca@example.com", userPassword, "Jameson")
	photos := t.TempDir()
	writeAlbum(t, photos)
	for _, extra := range [][]string{
		{"OSPREY_ADMIN_EMAIL=" + adminEmail, "OSPREY_ADMIN_PASSWORD=" + adminPassword},
		{"WALK_SLASH=no"},
	} {
		cmd := exec.Command("bash", filepath.Join("..", "docs", "walkthrough.sh"), photos)
		cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "TMPDIR=" + t.TempDir(), "OSPREY_URL=" + s.base}, extra...)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "All steps passed.") {
			t.Fatalf("%v\n%s", err, out)
		}
		if token := tokenPattern.Find(out); token != nil {
			t.Errorf("the script prints a token: %s", token)
		}
	}

	// It tells when something is wrong.
	cmd := exec.Command("bash", filepath.Join("..", "docs", "walkthrough.sh"), photos)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "OSPREY_URL=" + s.base, "WALK_PASSWORD=not this one"}
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Errorf("a failed check ends with 0:\n%s", out)
	}
}
