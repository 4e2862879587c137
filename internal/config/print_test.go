package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/configuration.md")

const page = "../../docs/configuration.md"

// TestDocumentationIsCurrent compares the reference page with the registry.
func TestDocumentationIsCurrent(t *testing.T) {
	t.Parallel()
	if *update {
		if err := os.WriteFile(page, []byte(Markdown()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Markdown() {
		t.Error("docs/configuration.md is not what the registry says; run: go test ./internal/config -run Documentation -update")
	}
}

func TestMarkdownNamesEverything(t *testing.T) {
	t.Parallel()
	page := Markdown()
	for _, k := range Keys() {
		if k.Doc == "" || k.Allowed == "" || !strings.HasSuffix(k.Doc, ".") {
			t.Errorf("%s: documentation %q, allowed %q", k.Name, k.Doc, k.Allowed)
		}
		if !strings.Contains(page, "### `"+k.Name+"`") {
			t.Errorf("%s is not on the page", k.Name)
		}
	}
}

func TestPrintMasksSecrets(t *testing.T) {
	t.Parallel()
	var env []string
	for _, k := range Keys() {
		if !k.FileOnly {
			env = append(env, k.Env()+"="+sample[k.Name])
		}
	}
	got, err := Resolve(Sources{Host: host(), Environ: env})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := got.Print(&out); err != nil {
		t.Fatal(err)
	}
	table := out.String()
	if lines := strings.Count(table, "\n"); lines != len(Keys())+1 {
		t.Errorf("%d lines", lines)
	}
	for _, want := range []string{"127.0.0.1:0", "environment OSPREY_HTTP_LISTEN", "default"} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is missing in\n%s", want, table)
		}
	}
	encoded, err := json.Marshal(struct {
		Config   Config
		Settings []Setting
	}{got.Config, got.Settings})
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "token", got.Config.Metrics.Token, "config", got.Config)
	everything := table + string(encoded) + logged.String() + fmt.Sprintf("%v %+v %#v %s %q %x %d", got.Config,
		got.Config, got.Config, got.Config.Metrics.Token, got.Config.Metrics.Token, got.Config.Metrics.Token, got.Config.Metrics.Token)
	for _, key := range []string{"server.secret_key", "metrics.token", "webhook.proxy", "admin.password", "db.url", "storage.url"} {
		if strings.Contains(everything, sample[key]) {
			t.Errorf("%s is shown", key)
		}
	}
}
