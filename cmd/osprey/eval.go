package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"example.org/osprey/internal/eval"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/server"
)

// evalCommand measures the pipeline offline.
type evalCommand struct {
	Verify evalVerify `cmd:"" help:"Measure 1:1 comparison on pairs of photographs."`
}

type evalVerify struct {
	Pairs string `arg:"" help:"CSV file with a header: a,b,same and optionally split; paths are taken from its folder."`
	Split string `help:"Part of the file to report on (default: all)."`
	Fit   string `help:"Part of the file on which the accuracy's threshold is fitted (default: ten folds of what is reported)."`
	Face  string `enum:"central,largest,dominant" default:"central" help:"Which face of a photograph counts: ${enum}."`
	Seed  uint64 `default:"1" help:"Seed of the ten folds."`
	Out   string `placeholder:"DIR" help:"Write report.json, det.csv and det.png here."`
}

// Run measures and prints. Photographs that give no template are listed in the
// report.
func (v *evalVerify) Run(c *call) error {
	r, err := c.resolve(nil)
	if err != nil {
		return err
	}
	f, err := os.Open(v.Pairs)
	if err != nil {
		return &coded{exitNotFound, err}
	}
	defer func() { _ = f.Close() }() // only read from
	pairs, err := eval.ReadPairs(f, filepath.Dir(v.Pairs))
	if err != nil {
		return &coded{exitRejected, err}
	}
	looker, done, err := server.OpenLooker(r.Config)
	if err != nil {
		return err
	}
	defer done()
	var bar *progress
	report, err := eval.Verify(c.ctx, looker, pairs, eval.VerifyOptions{
		Split: v.Split, FitSplit: v.Fit, Seed: v.Seed, Face: look.Choice(v.Face),
		Progress: func(_, total int) {
			if bar == nil {
				bar = c.newProgress(total, 0, "photos")
			}
			bar.add()
		},
	})
	if bar != nil {
		bar.end()
	}
	if err != nil {
		return err
	}
	if v.Out != "" {
		if err := report.Write(v.Out); err != nil {
			return err
		}
		c.notef("report.json, det.csv and det.png are in %s\n", v.Out)
	}
	if c.Output == "table" {
		return report.WriteText(c.stdout)
	}
	figure := func(name string, of func(*eval.Report) float64) column[*eval.Report] {
		return column[*eval.Report]{name, func(r *eval.Report) string { return fmt.Sprintf("%.6f", of(r)) }}
	}
	return one(c, report, []column[*eval.Report]{
		figure("accuracy", func(r *eval.Report) float64 { return r.Accuracy }),
		figure("eer", func(r *eval.Report) float64 { return r.EER }),
		figure("fnmr_at_fmr_1e-2", func(r *eval.Report) float64 { return r.Points[0].FNMR }),
		figure("fnmr_at_fmr_1e-3", func(r *eval.Report) float64 { return r.Points[1].FNMR }),
		figure("failure_to_enrol", func(r *eval.Report) float64 { return r.FailureToEnrol }),
		{"mated", func(r *eval.Report) string { return strconv.Itoa(r.Mated) }},
		{"non_mated", func(r *eval.Report) string { return strconv.Itoa(r.NonMated) }},
	})
}
