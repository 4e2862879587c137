package main

import (
	"fmt"
	"strconv"

	"example.org/osprey/internal/config"
	"example.org/osprey/internal/eval"
	"example.org/osprey/internal/look"
)

type evalVerify struct {
	evalPairs
	Fit string `help:"Part of the file on which the accuracy's threshold is fitted (default: ten folds of what is reported)."`
	evalInput
}

// Run measures and prints. Photographs that give no template are listed in the
// report.
func (v *evalVerify) Run(c *call) error {
	pairs, err := v.read(c, v.Seed)
	if err != nil {
		return err
	}
	var report *eval.VerifyReport
	err = c.looking("photos", func(_ config.Config, l *look.Looker, tell eval.Progress) (err error) {
		report, err = eval.Verify(c.ctx, l, pairs, eval.VerifyOptions{
			Split: v.Split, FitSplit: v.Fit, Seed: v.Seed, Face: look.Choice(v.Face), Progress: tell,
		})
		return err
	})
	if err != nil {
		return err
	}
	if c.Output != "csv" {
		return c.measured(report, v.Out)
	}
	if v.Out != "" {
		if err := report.Write(v.Out); err != nil {
			return err
		}
	}
	figure := func(name string, of func(*eval.VerifyReport) float64) column[*eval.VerifyReport] {
		return column[*eval.VerifyReport]{name, func(r *eval.VerifyReport) string { return fmt.Sprintf("%.6f", of(r)) }}
	}
	return one(c, report, []column[*eval.VerifyReport]{
		figure("accuracy", func(r *eval.VerifyReport) float64 { return r.Accuracy }),
		figure("eer", func(r *eval.VerifyReport) float64 { return r.EER }),
		figure("fnmr_at_fmr_1e-2", func(r *eval.VerifyReport) float64 { return r.Points[0].FNMR }),
		figure("fnmr_at_fmr_1e-3", func(r *eval.VerifyReport) float64 { return r.Points[1].FNMR }),
		figure("failure_to_enrol", func(r *eval.VerifyReport) float64 { return r.FailureToEnrol }),
		{"mated", func(r *eval.VerifyReport) string { return strconv.Itoa(r.Mated) }},
		{"non_mated", func(r *eval.VerifyReport) string { return strconv.Itoa(r.NonMated) }},
	})
}
