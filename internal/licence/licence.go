// Package licence tells under which licences the parts of Osprey stand that others
// wrote: the Go modules linked into the binary, the inference runtime and the models.
//
// The modules and their texts are third_party.txt, which scripts/licences writes; the
// runtime and the models are those of the default pack (package models). It is data
// and needs no network, no model folder and no configuration.
package licence

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"
	"sync"

	"example.org/osprey/models"
)

//go:generate go run ../../scripts/licences third_party.txt

//go:embed third_party.txt
var thirdParty string

// Part is something that others wrote, with what its licence demands to be told.
type Part struct {
	Name string // "golang.org/x/text v0.43.0"
	Text string // licences and notices, in full
}

// Heading is the line that begins a part in the text: no licence holds such a line.
func Heading(name string) string { return "==== " + name + " ====" }

// headed reads a line as Heading writes it.
func headed(line string) (name string, ok bool) {
	name, ok = strings.CutPrefix(line, "==== ")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(name, " ====")
}

// Parse reads parts as Format writes them; what comes before the first heading is left out.
func Parse(text string) []Part {
	var parts []Part
	var body strings.Builder
	end := func() {
		if len(parts) > 0 {
			parts[len(parts)-1].Text = strings.Trim(body.String(), "\n") + "\n"
		}
		body.Reset()
	}
	for line := range strings.Lines(text) {
		if name, ok := headed(strings.TrimSuffix(line, "\n")); ok {
			end()
			parts = append(parts, Part{Name: name})
			continue
		}
		body.WriteString(line)
	}
	end()
	return parts
}

// Format writes parts one after the other, each under its heading. A text with a line
// like a heading is an error: it would not be read back.
func Format(parts []Part) (string, error) {
	var b strings.Builder
	for _, p := range parts {
		for line := range strings.Lines(p.Text) {
			if _, ok := headed(strings.TrimSuffix(line, "\n")); ok {
				return "", fmt.Errorf("licence: the text of %s holds the heading %q", p.Name, line)
			}
		}
		b.WriteString(Heading(p.Name) + "\n\n" + strings.Trim(p.Text, "\n") + "\n\n")
	}
	return b.String(), nil
}

// pack is what default.json tells of licences.
type pack struct {
	Runtime struct{ Name, Version string }
	Texts   []struct {
		From    string // below models
		License string // SPDX
		Source  string
	} `json:"licenses"`
	Models []struct{ Name, Version, License, Source string }
}

// Parts are all parts: the modules by their names, then the texts of the runtime and the
// models, then the models, each with its licence and where it comes from.
func Parts() ([]Part, error) {
	data, err := models.Files.ReadFile("default.json")
	if err != nil {
		return nil, err
	}
	var p pack
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, err
	}
	parts, err := packaged(Parse(thirdParty))
	if err != nil {
		return nil, err
	}
	for _, t := range p.Texts {
		text, err := models.Files.ReadFile(t.From)
		if err != nil {
			return nil, err
		}
		name := t.Source
		if strings.Contains(t.From, p.Runtime.Name) {
			name += " " + p.Runtime.Version
		}
		parts = append(parts, Part{Name: name + " (" + t.License + ")", Text: string(text)})
	}
	for _, m := range p.Models {
		parts = append(parts, Part{
			Name: "model " + m.Name + " " + m.Version + " (" + m.License + ")",
			Text: "Licence: " + m.License + "\nSource: " + m.Source + "\n",
		})
	}
	return parts, nil
}

// Installed is where a pack keeps the licence texts that come in its packages.
const Installed = "LICENSES/"

// Packages is what packages.json tells of licences.
type Packages struct {
	Packages []struct {
		Name, Version, License string
		Files                  []struct{ To, SHA256 string }
	}
}

// ReadPackages reads packages.json.
func ReadPackages() (p Packages, err error) {
	data, err := models.Files.ReadFile("packages.json")
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(data, &p)
}

// packaged adds the texts that come in the packages of the models; copies of them lie in
// models/licenses, because the list must be whole before any pack is installed.
func packaged(parts []Part) ([]Part, error) {
	p, err := ReadPackages()
	if err != nil {
		return nil, err
	}
	for _, from := range p.Packages {
		for _, f := range from.Files {
			name, ok := strings.CutPrefix(f.To, Installed)
			if !ok {
				continue
			}
			text, err := models.Files.ReadFile("licenses/" + name)
			if err != nil {
				return nil, err
			}
			parts = append(parts, Part{Name: from.Name + " " + from.Version + " (" + from.License + ")", Text: string(text)})
		}
	}
	return parts, nil
}

const intro = "Osprey is published under the Apache License 2.0. It contains or runs the following works of others."

// Text is the list as plain text.
var Text = sync.OnceValues(func() ([]byte, error) {
	parts, err := Parts()
	if err != nil {
		return nil, err
	}
	text, err := Format(parts)
	return []byte(intro + "\n\n" + text), err
})

var page = template.Must(template.New("licences").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Third-party licences</title></head>
<body>
<h1>Third-party licences</h1>
<p>{{.Intro}}</p>
<ul>
{{range $i, $p := .Parts}}<li><a href="#p{{$i}}">{{$p.Name}}</a></li>
{{end}}</ul>
{{range $i, $p := .Parts}}<h2 id="p{{$i}}">{{$p.Name}}</h2>
<pre>{{$p.Text}}</pre>
{{end}}</body>
</html>
`))

// HTML is the list as a page without scripts and styles.
var HTML = sync.OnceValues(func() ([]byte, error) {
	parts, err := Parts()
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	err = page.Execute(&b, struct {
		Intro string
		Parts []Part
	}{intro, parts})
	return []byte(b.String()), err
})
