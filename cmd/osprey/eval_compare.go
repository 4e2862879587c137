package main

import "example.org/osprey/internal/eval"

type evalCompare struct {
	A   string `arg:"" help:"report.json of the first measurement, or its folder."`
	B   string `arg:"" help:"report.json of the second."`
	Out string `placeholder:"DIR" help:"Write report.json and CSV here."`
}

// Run prints the differences.
func (e *evalCompare) Run(c *call) error {
	a, err := readReport(e.A)
	if err != nil {
		return err
	}
	b, err := readReport(e.B)
	if err != nil {
		return err
	}
	r, err := eval.Compare(a, b)
	if err != nil {
		return &coded{exitRejected, err}
	}
	return c.measured(r, e.Out)
}
