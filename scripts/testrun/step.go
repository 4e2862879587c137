package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// step is what one step of the run took.
type step struct {
	name    string
	seconds float64
	peakKiB int64 // of its largest process
	failed  bool
	tally   tally
}

// needed steps make what the others use, so a failure ends the run.
var needed = map[string]bool{"prepare": true, "build-test": true}

// runSteps runs `make NAME` for every name, also after failures, and prints
// the table and the closing line. Its code is 1 when any step failed.
func runSteps(names []string) (int, error) {
	folder, err := os.MkdirTemp("", "osprey-testrun-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	start := time.Now()
	var steps []step
	for _, name := range names {
		fmt.Printf("\n=== %s\n", name)
		s := runStep(name, filepath.Join(folder, name))
		fmt.Printf("--- %s: %s, %.0f s, peak %d MiB\n", name, verdict(s.failed), s.seconds, s.peakKiB>>10)
		steps = append(steps, s)
		if s.failed && needed[name] {
			break
		}
	}
	return closing(steps, names, time.Since(start)), nil
}

func runStep(name, tallyFile string) step {
	cmd := exec.Command("make", "--no-print-directory", name)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), tallyVariable+"="+tallyFile)
	start := time.Now()
	err := cmd.Run()
	s := step{name: name, seconds: time.Since(start).Seconds(), failed: err != nil}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, "testrun:", err)
	}
	if cmd.ProcessState != nil {
		if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			s.peakKiB = usage.Maxrss
		}
	}
	s.tally, err = readTally(tallyFile)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testrun:", err)
		s.failed = true
	}
	if s.tally.Failed > 0 {
		s.failed = true
	}
	return s
}

// closing prints the table and "N passed, N failed, N skipped". A step counts
// as one check where it has no tests of its own (lint), or where it failed
// without any of its tests failing (a build error).
func closing(steps []step, names []string, total time.Duration) int {
	var sum tally
	code := 0
	fmt.Printf("\n%-12s %-7s %8s %9s %8s %7s %8s\n", "step", "", "seconds", "peak MiB", "passed", "failed", "skipped")
	for _, s := range steps {
		switch {
		case s.failed && s.tally.Failed == 0:
			s.tally.Failed = 1
		case !s.failed && s.tally == tally{}:
			s.tally.Passed = 1
		}
		if s.failed {
			code = 1
		}
		fmt.Printf("%-12s %-7s %8.0f %9d %8d %7d %8d\n", s.name, verdict(s.failed), s.seconds, s.peakKiB>>10,
			s.tally.Passed, s.tally.Failed, s.tally.Skipped)
		sum.add(s.tally)
	}
	for _, name := range names[len(steps):] {
		fmt.Printf("%-12s not run\n", name)
	}
	fmt.Printf("%-12s %-7s %8.0f\n\n%d passed, %d failed, %d skipped\n", "all", verdict(code != 0), total.Seconds(),
		sum.Passed, sum.Failed, sum.Skipped)
	return code
}

func verdict(failed bool) string {
	if failed {
		return "FAILED"
	}
	return "ok"
}
