package main

import (
	"fmt"
	"os"

	"example.org/osprey/face"
	"example.org/osprey/internal/eval"
)

type evalThresholds struct {
	FPIR   float64 `name:"fpir" placeholder:"RATE" help:"Print nothing but the threshold at which a search has this false positive identification rate."`
	Size   int     `default:"10000" help:"Photographs that are searched."`
	Report string  `placeholder:"FILE" help:"report.json of eval verify, for the FNMR of each threshold."`
	Out    string  `placeholder:"DIR" help:"Write report.json, CSV and PNG here."`
}

// Run prints what thresholds mean. It reads the manifests alone and loads no model.
func (t *evalThresholds) Run(c *call) error {
	if t.Size < 1 {
		return usagef("--size is %d, want 1 or more", t.Size)
	}
	if t.FPIR < 0 || t.FPIR > 1 {
		return usagef("--fpir is %v, out of 0..1", t.FPIR)
	}
	pack, err := c.pack("")
	if err != nil {
		return err
	}
	model, cal := embedder(pack)
	if cal == nil {
		return notFound("the pack %s has no calibrated embedder", pack.Manifest.Profile)
	}
	if t.FPIR > 0 {
		threshold := eval.ThresholdAtFPIR(cal, t.FPIR, t.Size)
		if c.Output != "table" {
			return one(c, map[string]float64{"threshold": threshold, "fmr": t.FPIR / float64(t.Size)}, []column[map[string]float64]{
				{"threshold", func(m map[string]float64) string { return fmt.Sprintf("%.6f", m["threshold"]) }},
			})
		}
		if cal.Extrapolated(t.FPIR / float64(t.Size)) {
			c.notef("extrapolated: the table's pairs support FMR %.2g, this is %.2g\n", cal.ExtrapolatedBelow, t.FPIR/float64(t.Size))
		}
		_, err := fmt.Fprintf(c.stdout, "%.6f\n", threshold)
		return err
	}
	var measured *eval.VerifyReport
	if t.Report != "" {
		saved, err := readReport(t.Report)
		if err != nil {
			return err
		}
		if measured = saved.Verify(); measured == nil {
			return &coded{exitRejected, fmt.Errorf("%s is a report of %s, want one of verify", t.Report, saved.Kind)}
		}
		if measured.Model != model {
			return &coded{exitRejected, fmt.Errorf("%s was measured with another model", t.Report)}
		}
	}
	var liveness *face.LivenessCalibration
	if pack.Manifest.Liveness != nil {
		liveness = &pack.Manifest.Liveness.Calibration
	}
	return c.measured(eval.Thresholds(model, cal, liveness, t.Size, measured), t.Out)
}

// embedder is the id and the table of a pack's embedder.
func embedder(p *face.Pack) (string, *face.Calibration) {
	for _, m := range p.Models {
		if m.Task == face.TaskEmbed {
			return m.SHA256, m.Calibration
		}
	}
	return "", nil
}

// readReport reads a report.json, or the one in a folder.
func readReport(path string) (*eval.Saved, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path += "/report.json"
	}
	f, err := os.Open(path) //nolint:gosec // the user names what to read
	if err != nil {
		return nil, &coded{exitNotFound, err}
	}
	defer func() { _ = f.Close() }() // only read from
	s, err := eval.ReadReport(f)
	if err != nil {
		return nil, &coded{exitRejected, fmt.Errorf("%s: %w", path, err)}
	}
	return s, nil
}
