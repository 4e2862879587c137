package main

import (
	"os"

	"example.org/osprey/internal/config"
	"example.org/osprey/internal/eval"
	"example.org/osprey/internal/look"
)

// evalSet is the argument of commands that read a PAD set.
type evalSet struct {
	Set string `arg:"" help:"Folder with bonafide/ and attack/SPECIES/; or a CSV file with a header: path,label and optionally species, subject, source (paths are taken from its folder, - is the standard input)."`
}

func (s *evalSet) read(c *call) ([]eval.Presentation, error) {
	if s.Set != "-" {
		if info, err := os.Stat(s.Set); err == nil && info.IsDir() {
			set, err := eval.ReadPresentationFolder(s.Set)
			if err != nil {
				return nil, &coded{exitRejected, err}
			}
			return set, nil
		}
	}
	return readSheet(c, s.Set, eval.ReadPresentations)
}

type evalPAD struct {
	evalSet
	Threshold float64 `default:"0.5" help:"Confidence of spoofing from which a presentation counts as an attack."`
	Group     string  `placeholder:"COLUMN" help:"Measure each value of this column apart: source, media, subject ..."`
	evalInput
}

// Run measures and prints. What gives no response is counted apart and named in the
// report.
func (p *evalPAD) Run(c *call) error {
	if p.Threshold <= 0 || p.Threshold > 1 {
		return usagef("--threshold is %v, out of 0..1", p.Threshold)
	}
	set, err := p.read(c)
	if err != nil {
		return err
	}
	return c.looking("media", func(_ config.Config, l *look.Looker, tell eval.Progress) error {
		pack, err := c.pack("")
		if err != nil {
			return err
		}
		r, err := eval.PAD(c.ctx, l, set, eval.PADOptions{
			Threshold: p.Threshold, Group: p.Group, Seed: p.Seed, Fusion: pack.Manifest.Liveness, Progress: tell,
		})
		if err != nil {
			return err
		}
		return c.measured(r, p.Out)
	})
}
