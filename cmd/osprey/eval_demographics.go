package main

import (
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/eval"
	"example.org/osprey/internal/look"
)

type evalDemographics struct {
	evalPairs
	Labels    string  `arg:"" help:"CSV file with a header: file and a column for each way of grouping; a file may be a folder."`
	Threshold float64 `default:"0.85" help:"Confidence at which every group is measured."`
	FMR       float64 `name:"fmr" placeholder:"RATE" help:"Measure instead where all pairs together have this false match rate."`
	evalInput
}

// Run measures and prints.
func (d *evalDemographics) Run(c *call) error {
	if d.Threshold <= 0 || d.Threshold > 1 {
		return usagef("--threshold is %v, out of 0..1", d.Threshold)
	}
	if d.FMR < 0 || d.FMR >= 1 {
		return usagef("--fmr is %v, out of 0..1", d.FMR)
	}
	pairs, err := d.read(c, d.Seed)
	if err != nil {
		return err
	}
	labels, err := readSheet(c, d.Labels, eval.ReadLabels)
	if err != nil {
		return err
	}
	return c.looking("photos", func(_ config.Config, l *look.Looker, tell eval.Progress) error {
		r, err := eval.Demographics(c.ctx, l, pairs, labels, eval.DemographicsOptions{
			Split: d.Split, Threshold: d.Threshold, FMR: d.FMR, Seed: d.Seed, Face: look.Choice(d.Face), Progress: tell,
		})
		if err != nil {
			return err
		}
		return c.measured(r, d.Out)
	})
}
