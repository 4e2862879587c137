package main

import (
	"path/filepath"
	"strings"

	"example.org/osprey/internal/pack"
)

// versionCommand tells what the binary is.
type versionCommand struct{}

type shownVersion struct {
	Version string       `json:"version"`
	Commit  string       `json:"commit"`
	Go      string       `json:"go"`
	Engine  string       `json:"engine"`
	Models  []shownModel `json:"models"`
}

type shownModel struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Run prints the version, and those of the model pack that a server would load.
func (versionCommand) Run(c *call) error {
	v := shownVersion{Models: []shownModel{}}
	if r, err := c.resolve(nil); err == nil { // a broken configuration has a version too
		if p, err := pack.Verify(filepath.Join(r.Config.Models.Dir, r.Config.Models.Profile)); err == nil {
			v.Engine = p.Manifest.Runtime.Name + " " + p.Manifest.Runtime.Version
			for _, m := range p.Models {
				v.Models = append(v.Models, shownModel{m.Name, m.Version})
			}
		}
	}
	b := build(v.Engine)
	v.Version, v.Commit, v.Go = b.Version, b.Commit, b.Go
	return one(c, v, []column[shownVersion]{
		{"version", func(v shownVersion) string { return v.Version }},
		{"commit", func(v shownVersion) string { return v.Commit }},
		{"go", func(v shownVersion) string { return v.Go }},
		{"engine", func(v shownVersion) string {
			if v.Engine == "" {
				return "no model pack installed"
			}
			return v.Engine
		}},
		{"models", func(v shownVersion) string {
			names := make([]string, len(v.Models))
			for i, m := range v.Models {
				names[i] = m.Name + " " + m.Version
			}
			return strings.Join(names, ", ")
		}},
	})
}
