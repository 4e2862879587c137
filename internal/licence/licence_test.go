package licence_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"html"
	"reflect"
	"strings"
	"testing"

	"example.org/osprey/internal/licence"
	"example.org/osprey/models"
)

func TestFormatAndParse(t *testing.T) {
	t.Parallel()
	want := []licence.Part{{Name: "a v1", Text: "Text\n\n====\n==== not one\nend\n"}, {Name: "b (MIT AND X)", Text: "x\n"}}
	text, err := licence.Format(want)
	if err != nil {
		t.Fatal(err)
	}
	if got := licence.Parse("introduction\n\n" + text); !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
	if text, err := licence.Format([]licence.Part{{Name: "a", Text: "x\n" + licence.Heading("b") + "\n"}}); err == nil {
		t.Errorf("a text with a heading passes: %q", text)
	}
}

// TestParts: each part has a text, and every model and the runtime are there.
func TestParts(t *testing.T) {
	t.Parallel()
	parts, err := licence.Parts()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, p := range parts {
		if names[p.Name] {
			t.Errorf("%s comes twice", p.Name)
		}
		names[p.Name] = true
		if len(strings.TrimSpace(p.Text)) < 10 {
			t.Errorf("%s: %q", p.Name, p.Text)
		}
	}
	if !names["Go standard library"] {
		t.Error("no standard library")
	}
	var pack struct {
		Runtime struct{ Version string }
		Models  []struct{ Name, Version, License string }
	}
	data, err := models.Files.ReadFile("default.json")
	if err == nil {
		err = json.Unmarshal(data, &pack)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !names["Microsoft ONNX Runtime "+pack.Runtime.Version+" (MIT)"] {
		t.Error("no runtime")
	}
	for _, m := range pack.Models {
		if !names["model "+m.Name+" "+m.Version+" ("+m.License+")"] {
			t.Errorf("no %s", m.Name)
		}
	}
}

// TestPackagedTexts: the copies are the files that the packages have.
func TestPackagedTexts(t *testing.T) {
	t.Parallel()
	p, err := licence.ReadPackages()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, from := range p.Packages {
		for _, f := range from.Files {
			name, ok := strings.CutPrefix(f.To, licence.Installed)
			if !ok {
				continue
			}
			seen++
			text, err := models.Files.ReadFile("licenses/" + name)
			if err != nil {
				t.Fatal(err)
			}
			if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != f.SHA256 {
				t.Errorf("models/licenses/%s is not the file of %s", name, from.Name)
			}
		}
	}
	if seen == 0 {
		t.Error("no package has a text")
	}
}

// TestPages: the text and the page tell the same.
func TestPages(t *testing.T) {
	t.Parallel()
	parts, err := licence.Parts()
	if err != nil {
		t.Fatal(err)
	}
	text, err := licence.Text()
	if err != nil {
		t.Fatal(err)
	}
	page, err := licence.HTML()
	if err != nil {
		t.Fatal(err)
	}
	if got := licence.Parse(string(text)); len(got) != len(parts) {
		t.Errorf("%d parts of %d", len(got), len(parts))
	}
	plain := html.UnescapeString(string(page))
	for _, p := range parts {
		if !bytes.Contains(text, []byte(licence.Heading(p.Name))) || !strings.Contains(plain, strings.Trim(p.Text, "\n")) {
			t.Errorf("%s is missing", p.Name)
		}
	}
	if bytes.Contains(bytes.ToLower(page), []byte("<script")) {
		t.Error("a script")
	}
}
