package main

import (
	"path/filepath"
	"strings"
	"testing"
)

const events = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"quiet\n"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.1}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:3: SKIPPED: no data\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Test":"TestC/sub","Output":"    c_test.go:9: wrong\n"}
{"Action":"fail","Package":"p","Test":"TestC/sub"}
{"Action":"fail","Package":"p","Test":"TestC"}
{"Action":"output","Package":"p","Test":"TestD","Output":"panic: at the disco\n"}
{"Action":"output","Package":"p","Output":"FAIL\n"}
{"Action":"fail","Package":"p","Elapsed":1.5}
{"ImportPath":"q","Action":"build-output","Output":"q.go:1: syntax error\n"}
{"Action":"output","Package":"b","Output":"BenchmarkX-2  1  100 ns/op\n"}
{"Action":"pass","Package":"b"}
not JSON at all
`

func TestReport(t *testing.T) {
	t.Parallel()
	for _, show := range []bool{false, true} {
		var out strings.Builder
		r := report{out: &out, show: show, tests: map[string]int{}, kept: map[string]*strings.Builder{}}
		if err := r.read(strings.NewReader(events)); err != nil {
			t.Fatal(err)
		}
		if want := (tally{Passed: 1, Failed: 2, Skipped: 1}); r.count != want {
			t.Errorf("counted %+v, want %+v", r.count, want)
		}
		for _, want := range []string{
			"SKIPPED: no data", "c_test.go:9: wrong", "panic: at the disco", "FAIL  p  1.5 s",
			"q.go:1: syntax error", "BenchmarkX-2", "not JSON at all",
		} {
			if strings.Count(out.String(), want) != 1 {
				t.Errorf("show %v: %q is there %d times in\n%s", show, want, strings.Count(out.String(), want), out.String())
			}
		}
		if strings.Contains(out.String(), "quiet") != show || strings.Contains(out.String(), "=== RUN") {
			t.Errorf("show %v: the output of a passing test:\n%s", show, out.String())
		}
	}
}

func TestTallyAddsUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tally")
	t.Setenv(tallyVariable, path)
	for range 2 {
		if err := (&tally{Passed: 2, Failed: 1}).leave(); err != nil {
			t.Fatal(err)
		}
	}
	got, err := readTally(path)
	if want := (tally{Passed: 4, Failed: 2}); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	t.Setenv(tallyVariable, "")
	if err := (&tally{Passed: 1}).leave(); err != nil {
		t.Error(err)
	}
}
