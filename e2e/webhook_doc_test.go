package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/osprey"
)

// TestWebhookReceiverInPython runs the receiver's check of docs/webhooks.md.
func TestWebhookReceiverInPython(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 here")
	}
	page, err := os.ReadFile("../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```python\n")
	code, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the page has no Python")
	}
	script := filepath.Join(t.TempDir(), "verify.py")
	if err := os.WriteFile(script, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	const body = `{"event":"ping"}`
	now := time.Now().Unix()
	for name, tt := range map[string]struct {
		header, secret string
		valid          bool
	}{
		"signed":             {osprey.SignWebhook([]string{"s"}, now, []byte(body)), "s", true},
		"one of two secrets": {osprey.SignWebhook([]string{"new", "s"}, now, []byte(body)), "s", true},
		"another secret":     {osprey.SignWebhook([]string{"other"}, now, []byte(body)), "s", false},
		"another body":       {osprey.SignWebhook([]string{"s"}, now, []byte(body+" ")), "s", false},
		"too old":            {osprey.SignWebhook([]string{"s"}, now-400, []byte(body)), "s", false},
	} {
		cmd := exec.Command(python, script, tt.secret, tt.header)
		cmd.Stdin = strings.NewReader(body)
		out, err := cmd.CombinedOutput()
		if (err == nil) != tt.valid {
			t.Errorf("%s: %v %s", name, err, out)
		}
	}
}
