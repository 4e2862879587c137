package main

import (
	"path/filepath"
	"time"

	"example.org/osprey/internal/config"
	"example.org/osprey/internal/eval"
	"example.org/osprey/internal/look"
)

type evalCalibrate struct {
	Embed    calibrateEmbed    `cmd:"" help:"A new table for the embedder, from pairs."`
	Liveness calibrateLiveness `cmd:"" help:"A new table for the liveness fusion, from a PAD set."`
}

// calibrateFlags describe the set in the block.
type calibrateFlags struct {
	Dataset string `placeholder:"NAME" help:"Name of the set in the block (default: the input's name)."`
	Date    string `placeholder:"YYYY-MM-DD" help:"Date in the block (default: today)."`
	evalInput
}

func (f *calibrateFlags) options(input string) (eval.CalibrateOptions, error) {
	o := eval.CalibrateOptions{Dataset: f.Dataset, Date: f.Date, Seed: f.Seed}
	if o.Dataset == "" {
		o.Dataset = filepath.Base(input)
	}
	if o.Date == "" {
		o.Date = time.Now().UTC().Format(time.DateOnly)
	}
	if _, err := time.Parse(time.DateOnly, o.Date); err != nil {
		return o, usagef("--date is %q, want YYYY-MM-DD", o.Date)
	}
	return o, nil
}

type calibrateEmbed struct {
	evalPairs
	calibrateFlags
}

// Run prints the block and what it changes.
func (e *calibrateEmbed) Run(c *call) error {
	o, err := e.options(e.Pairs)
	if err != nil {
		return err
	}
	pairs, err := e.read(c, e.Seed)
	if err != nil {
		return err
	}
	return c.looking("photos", func(_ config.Config, l *look.Looker, tell eval.Progress) error {
		v, err := eval.Verify(c.ctx, l, pairs, eval.VerifyOptions{Split: e.Split, Seed: e.Seed, Face: look.Choice(e.Face), Progress: tell})
		if err != nil {
			return err
		}
		r, err := eval.CalibrateEmbed(v, l.Engine().Calibration(), o)
		if err != nil {
			return &coded{exitRejected, err}
		}
		return c.measured(r, e.Out)
	})
}

type calibrateLiveness struct {
	evalSet
	calibrateFlags
}

// Run prints the block and what it changes.
func (v *calibrateLiveness) Run(c *call) error {
	o, err := v.options(v.Set)
	if err != nil {
		return err
	}
	set, err := v.read(c)
	if err != nil {
		return err
	}
	return c.looking("media", func(_ config.Config, l *look.Looker, tell eval.Progress) error {
		pack, err := c.pack("")
		if err != nil {
			return err
		}
		p, err := eval.PAD(c.ctx, l, set, eval.PADOptions{Threshold: 0.5, Seed: v.Seed, Fusion: pack.Manifest.Liveness, Progress: tell})
		if err != nil {
			return err
		}
		r, err := eval.CalibrateLiveness(p, l.Engine().LivenessCalibration(), o)
		if err != nil {
			return &coded{exitRejected, err}
		}
		return c.measured(r, v.Out)
	})
}
