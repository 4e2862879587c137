package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"example.org/osprey/face"
	"example.org/osprey/internal/pack"
)

// modelsCommand keeps model packs.
type modelsCommand struct {
	List    modelsList    `cmd:"" help:"List the installed packs and their models."`
	Show    modelsShow    `cmd:"" help:"Show one model."`
	Verify  modelsVerify  `cmd:"" help:"Check every file of a pack against its manifest."`
	Install modelsInstall `cmd:"" help:"Fetch, verify and install the model pack."`
}

// packed is a model with the pack it is in.
type packed struct {
	face.ModelManifest
	Pack    string `json:"pack"`
	Problem string `json:"problem,omitempty"`
}

type modelsList struct{}

// Run lists models; a pack that is not whole is a row with its problem.
func (modelsList) Run(c *call) error {
	r, err := c.resolve(nil)
	if err != nil {
		return err
	}
	packs, err := pack.List(r.Config.Models.Dir)
	if err != nil {
		return err
	}
	var rows []packed
	for _, p := range packs {
		name := filepath.Base(p.Dir)
		if p.Err != nil {
			rows = append(rows, packed{Pack: name, Problem: p.Err.Error()})
			continue
		}
		for _, m := range p.Pack.Models {
			rows = append(rows, packed{ModelManifest: m, Pack: name})
		}
	}
	return list(c, rows, []column[packed]{
		{"pack", func(p packed) string { return p.Pack }},
		{"name", func(p packed) string { return p.Name }},
		{"version", func(p packed) string { return p.Version }},
		{"task", func(p packed) string { return string(p.Task) }},
		{"license", func(p packed) string { return p.License }},
		{"commercial use", func(p packed) string {
			if p.Problem != "" {
				return ""
			}
			return yesNo(p.CommercialUse)
		}},
		{"calibration", func(p packed) string { return calibrated(p.Calibration) }},
		{"problem", func(p packed) string { return p.Problem }},
	})
}

func calibrated(c *face.Calibration) string {
	if c == nil {
		return ""
	}
	text := fmt.Sprintf("%s, %d pairs", c.Dataset, c.PairsImpostor)
	if c.ExtrapolatedBelow > 0 {
		text += fmt.Sprintf(", extrapolated below %.0e", c.ExtrapolatedBelow)
	}
	return text
}

type modelsShow struct {
	Name string `arg:"" help:"Name of the model."`
}

// Run shows one model of the profile in use.
func (s *modelsShow) Run(c *call) error {
	p, err := c.pack("")
	if err != nil {
		return err
	}
	for _, m := range p.Models {
		if m.Name == s.Name {
			return one(c, packed{ModelManifest: m, Pack: p.Manifest.Profile}, []column[packed]{
				{"name", func(p packed) string { return p.Name }},
				{"version", func(p packed) string { return p.Version }},
				{"task", func(p packed) string { return string(p.Task) }},
				{"sha256", func(p packed) string { return p.SHA256 }},
				{"license", func(p packed) string { return p.License }},
				{"commercial use", func(p packed) string { return yesNo(p.CommercialUse) }},
				{"source", func(p packed) string { return p.Source }},
				{"training data", func(p packed) string { return p.TrainingData }},
				{"calibration", func(p packed) string { return calibrated(p.Calibration) }},
			})
		}
	}
	return notFound("the pack %s has no model %q", p.Manifest.Profile, s.Name)
}

// pack verifies the pack of a profile, empty for the one in use.
func (c *call) pack(profile string) (*face.Pack, error) {
	r, err := c.resolve(nil)
	if err != nil {
		return nil, err
	}
	if profile == "" {
		profile = r.Config.Models.Profile
	}
	return pack.Verify(filepath.Join(r.Config.Models.Dir, profile))
}

type modelsVerify struct {
	Profile string `arg:"" optional:"" help:"Name of the pack (default: the one in use)."`
}

// Run checks a pack.
func (v *modelsVerify) Run(c *call) error {
	p, err := c.pack(v.Profile)
	if err != nil {
		return err
	}
	c.notef("%s: %d files as the manifest says, %d models\n", p.Dir, len(p.Manifest.Files), len(p.Models))
	return nil
}

type modelsInstall struct {
	From  string `arg:"" optional:"" help:"Folder with the packages' tarballs, to install without the registry."`
	Dir   string `placeholder:"DIR" help:"Folder of the packs (default: models.dir)."`
	Cache string `placeholder:"DIR" help:"Folder that keeps fetched tarballs."`
	Force bool   `help:"Install again even when the pack is whole."`
}

// Run installs the pack of the profile in use.
func (m *modelsInstall) Run(c *call) error {
	r, err := c.resolve(nil)
	if err != nil {
		return err
	}
	cfg := r.Config.Models
	if m.Dir != "" {
		cfg.Dir = m.Dir
	}
	if c.DryRun {
		c.notef("would install the pack %s into %s\n", cfg.Profile, cfg.Dir)
		return nil
	}
	done, err := pack.Install(c.ctx, pack.Options{
		Dir: cfg.Dir, Profile: cfg.Profile, Cache: m.Cache, From: m.From, Force: m.Force,
		Progress: func(step string) { c.notef("%s\n", step) },
	})
	if err != nil {
		return err
	}
	state := "was whole already"
	if done.Fresh {
		state = "installed"
	}
	c.notef("%s: pack %s %s %s\n", done.Dir, done.Profile, strings.TrimSpace(done.Version), state)
	return nil
}
