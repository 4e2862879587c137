package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// event is one line of `go test -json`.
type event struct {
	Action     string
	Package    string
	ImportPath string // of build output
	Test       string
	Elapsed    float64
	Output     string
}

// report turns events into what a reader wants to see.
type report struct {
	out   io.Writer
	show  bool                        // print the output of passing tests too
	count tally                       // of all packages
	tests map[string]int              // tests of a package so far
	kept  map[string]*strings.Builder // output by package and test, until its fate is known
}

// runGoTest runs `go test -json` and gives its exit code.
func runGoTest(args []string) (int, error) {
	r := report{out: os.Stdout, tests: map[string]int{}, kept: map[string]*strings.Builder{}}
	if len(args) > 0 && args[0] == "-show" {
		r.show, args = true, args[1:]
	}
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	readErr := r.read(pipe)
	err = cmd.Wait()
	code := cmd.ProcessState.ExitCode()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = nil
	}
	if code != 0 && r.count.Failed == 0 {
		fmt.Fprintln(r.out, "FAIL without a failing test: go test ended with code", code)
	}
	return code, errors.Join(readErr, err, r.count.leave())
}

// read prints as events come. Lines that are not JSON are passed on.
func (r *report) read(events io.Reader) error {
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) != nil {
				fmt.Fprint(r.out, line)
			} else {
				r.see(e)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) see(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "output":
		r.keep(key, e)
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.endPackage(key, e)
		} else {
			r.endTest(key, e)
		}
	}
}

// maxKept bounds the output that is kept of one test.
const maxKept = 256 << 10

func (r *report) keep(key string, e event) {
	if r.show && e.Test != "" && !strings.HasPrefix(strings.TrimLeft(e.Output, " "), "=== ") {
		fmt.Fprint(r.out, e.Output)
		return
	}
	// Benchmarks report without a test, or under their own name.
	if strings.HasPrefix(e.Output, "Benchmark") || strings.Contains(e.Output, " ns/op") {
		fmt.Fprint(r.out, e.Output)
		return
	}
	if r.kept[key] == nil {
		r.kept[key] = &strings.Builder{}
	}
	if r.kept[key].Len() < maxKept {
		r.kept[key].WriteString(e.Output)
	}
}

func (r *report) endTest(key string, e event) {
	r.tests[e.Package]++
	switch e.Action {
	case "pass":
		r.count.Passed++
	case "fail":
		r.count.Failed++
		r.flush(key)
	case "skip":
		r.count.Skipped++
		r.flush(key)
	}
	delete(r.kept, key)
}

func (r *report) endPackage(key string, e event) {
	switch {
	case e.Action == "fail":
		// A panic or a time-out leaves tests without an end: print what they said.
		prefix := e.Package + " "
		for other := range r.kept {
			if strings.HasPrefix(other, prefix) && other != key {
				r.flush(other)
				delete(r.kept, other)
			}
		}
		r.flush(key)
		fmt.Fprintf(r.out, "FAIL  %s  %.1f s\n", e.Package, e.Elapsed)
	case r.tests[e.Package] > 0:
		fmt.Fprintf(r.out, "ok    %s  %.1f s, %d tests\n", e.Package, e.Elapsed, r.tests[e.Package])
	}
	delete(r.kept, key)
}

func (r *report) flush(key string) {
	if text := r.kept[key]; text != nil {
		fmt.Fprint(r.out, text.String())
	}
}
