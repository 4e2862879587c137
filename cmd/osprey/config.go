package main

import (
	"fmt"

	"example.org/osprey/internal/config"
)

// configCommand shows settings.
type configCommand struct {
	Print configPrint `cmd:"" help:"Print every setting with its value and origin; secrets are masked."`
	Check configCheck `cmd:"" help:"Say whether all settings are valid; every fault is a line."`
	Docs  configDocs  `cmd:"" help:"Print the reference of all settings as Markdown."`
}

type configPrint struct {
	Effective bool `help:"Print only what differs from the defaults."`
}

// shownSetting is a setting as -o json prints it.
type shownSetting struct {
	Key    string `json:"key"`
	Value  any    `json:"value"`
	Source string `json:"source"`
	From   string `json:"from"`
	Text   string `json:"-"`
}

// Run prints the settings.
func (p *configPrint) Run(c *call) error {
	r, err := c.resolve(nil)
	if err != nil {
		return err
	}
	var rows []shownSetting
	for _, s := range r.Settings {
		if p.Effective && s.Source == config.SourceDefault {
			continue
		}
		rows = append(rows, shownSetting{s.Key, s.Value, string(s.Source), s.From, s.Text})
	}
	return list(c, rows, []column[shownSetting]{
		{"key", func(s shownSetting) string { return s.Key }},
		{"origin", func(s shownSetting) string {
			if s.From == "" {
				return s.Source
			}
			return s.Source + " " + s.From
		}},
		{"value", func(s shownSetting) string { return s.Text }},
	})
}

type configCheck struct{}

// Run checks the settings.
func (configCheck) Run(c *call) error {
	r, err := c.resolve(nil)
	if err != nil {
		return err
	}
	for _, n := range r.Notices {
		c.notef("%s: %s\n", n.Level, n.Text)
	}
	c.notef("%d settings, all valid\n", len(r.Settings))
	return nil
}

type configDocs struct{}

// Run prints the reference.
func (configDocs) Run(c *call) error {
	_, err := fmt.Fprint(c.stdout, config.Markdown())
	return err
}
