package main

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"example.org/osprey/internal/config"
	"example.org/osprey/internal/eval"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/server"
)

// evalCommand measures the pipeline offline.
type evalCommand struct {
	Verify       evalVerify       `cmd:"" help:"Measure 1:1 comparison on pairs of photographs."`
	Identify     evalIdentify     `cmd:"" help:"Measure 1:N search with a gallery and probes."`
	PAD          evalPAD          `cmd:"" name:"pad" help:"Measure presentation attack detection on bona fide media and attacks."`
	Quality      evalQuality      `cmd:"" help:"Measure how well quality codes are told."`
	Demographics evalDemographics `cmd:"" help:"Measure how error rates differ between groups of people."`
	Calibrate    evalCalibrate    `cmd:"" help:"Make a new calibration block and tell what it changes."`
	Thresholds   evalThresholds   `cmd:"" help:"Tell what thresholds of the installed models mean."`
	Compare      evalCompare      `cmd:"" help:"Compare two reports: which differences are more than chance."`
}

// evalInput are the flags of commands that look at files.
type evalInput struct {
	Seed uint64 `default:"1" help:"Seed of everything that is drawn: samples, folds, intervals."`
	Out  string `placeholder:"DIR" help:"Write report.json, CSV and PNG here."`
}

// evalPairs are the flags of commands that compare pairs.
type evalPairs struct {
	Pairs    string `arg:"" help:"CSV file with a header: a,b,same and optionally split, person_a, person_b (paths are taken from its folder, - is the standard input); or a folder with a sub-folder for each person, of which all pairs are made."`
	Split    string `help:"Part of the file to report on (default: all)."`
	Face     string `enum:"central,largest,dominant" default:"central" help:"Which face of a photograph counts: ${enum}."`
	MaxPairs int    `default:"1000000" help:"Most pairs to make of a folder; more are sampled."`
}

// read reads the pairs.
func (p *evalPairs) read(c *call, seed uint64) ([]eval.Pair, error) {
	if p.MaxPairs < 2 || p.MaxPairs > 5_000_000 {
		return nil, usagef("--max-pairs is %d, out of 2..5000000", p.MaxPairs)
	}
	if p.Pairs != "-" {
		if info, err := os.Stat(p.Pairs); err == nil && info.IsDir() {
			set, err := eval.ReadIdentities(p.Pairs)
			if err != nil {
				return nil, &coded{exitRejected, err}
			}
			pairs, err := eval.AllPairs(set, p.MaxPairs, seed)
			if err != nil {
				return nil, &coded{exitRejected, err}
			}
			return pairs, nil
		}
	}
	return readSheet(c, p.Pairs, eval.ReadPairs)
}

// readSheet reads a CSV file, whose paths are taken from its folder; "-" is the
// standard input, whose paths are taken from here.
func readSheet[T any](c *call, path string, read func(io.Reader, string) (T, error)) (T, error) {
	var none T
	in, dir := c.stdin, "."
	if path != "-" {
		f, err := os.Open(path) //nolint:gosec // the user names what to read
		if errors.Is(err, fs.ErrNotExist) {
			return none, &coded{exitNotFound, err}
		}
		if err != nil {
			return none, err
		}
		defer func() { _ = f.Close() }() // only read from
		in, dir = f, filepath.Dir(path)
	}
	v, err := read(in, dir)
	if err != nil {
		return none, &coded{exitRejected, err}
	}
	return v, nil
}

// looking opens the installed models for a measurement and shows how far it is.
func (c *call) looking(unit string, do func(config.Config, *look.Looker, eval.Progress) error) error {
	r, err := c.resolve(nil)
	if err != nil {
		return err
	}
	looker, done, err := server.OpenLooker(r.Config)
	if err != nil {
		return err
	}
	defer done()
	var bar *progress
	end := func() {
		if bar != nil {
			bar.end()
		}
		bar = nil
	}
	defer end()
	return do(r.Config, looker, func(n, total int) {
		if bar == nil {
			bar = c.newProgress(total, 0, unit)
		}
		bar.add()
		if n == total {
			end()
		}
	})
}

// measured prints a result and writes its files.
func (c *call) measured(r eval.Result, out string) error {
	if out != "" {
		if err := r.Write(out); err != nil {
			return err
		}
		c.notef("the report is in %s\n", out)
	}
	switch c.Output {
	case "table":
		return r.WriteText(c.stdout)
	case "csv":
		return usagef("this measurement has no CSV on the standard output; --out DIR writes its CSV files")
	}
	e := json.NewEncoder(c.stdout)
	if c.Output == "json" {
		e.SetIndent("", "  ")
	}
	return e.Encode(r)
}
