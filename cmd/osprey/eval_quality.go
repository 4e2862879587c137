package main

import (
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/eval"
	"example.org/osprey/internal/look"
)

type evalQuality struct {
	Dir    string `arg:"" type:"existingdir" help:"Folder with CODE/positive/ and CODE/negative/ for each quality code; or CODE/ with what shows the fault, and good/ with what shows none."`
	Verify string `placeholder:"PAIRS" help:"Pairs, as for eval verify, for the error-versus-discard curve of the unified score."`
	evalInput
}

// Run measures and prints.
func (q *evalQuality) Run(c *call) error {
	sets, err := eval.ReadQualityFolder(q.Dir)
	if err != nil {
		return &coded{exitRejected, err}
	}
	var pairs []eval.Pair
	if q.Verify != "" {
		in := evalPairs{Pairs: q.Verify, MaxPairs: 1_000_000}
		if pairs, err = in.read(c, q.Seed); err != nil {
			return err
		}
	}
	return c.looking("files", func(cfg config.Config, l *look.Looker, tell eval.Progress) error {
		r, err := eval.Quality(c.ctx, l, sets, eval.QualityOptions{Seed: q.Seed, Bounds: cfg.Quality.Bounds.Capture, Pairs: pairs, Progress: tell})
		if err != nil {
			return err
		}
		return c.measured(r, q.Out)
	})
}
