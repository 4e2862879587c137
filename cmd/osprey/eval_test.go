package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/osprey/internal/testphoto"
)

// persons writes photographs of people, a folder each: those from..to of each person.
func persons(t *testing.T, from, to int) string {
	t.Helper()
	dir := t.TempDir()
	for _, p := range testphoto.Mated(t)[:4] {
		for _, photo := range p.Photos[min(from, len(p.Photos)):min(to, len(p.Photos))] {
			keep(t, filepath.Join(dir, p.Name, photo.Name+".jpg"), photo.JPEG)
		}
	}
	return dir
}

func keep(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestEvalVerify: a folder of persons and the pairs written out as a list give the same
// report, run after run; comparing it with itself shows no difference.
func TestEvalVerify(t *testing.T) {
	t.Parallel()
	s, dir, out := newShell(t), persons(t, 0, 3), t.TempDir()
	o := s.run(t, "eval", "verify", dir, "--out", out).exits(exitOK)
	for _, want := range []string{"persons", "not enough data", "FNMR at FMR 0.001", "failure to enrol"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("no %q in\n%s", want, o.stdout)
		}
	}
	var report struct {
		Kind  string
		Mated int
		EER   float64
		Items []struct {
			A, B  string
			Mated bool
		}
	}
	raw, err := os.ReadFile(filepath.Join(out, "report.json"))
	if err != nil || json.Unmarshal(raw, &report) != nil || report.Kind != "verify" || report.Mated != 12 || report.EER != 0 {
		t.Fatalf("%v: %+v", err, report)
	}
	again := t.TempDir()
	s.run(t, "eval", "verify", dir, "--out", again).exits(exitOK)
	if second, err := os.ReadFile(filepath.Join(again, "report.json")); err != nil || string(second) != string(raw) {
		t.Errorf("the second run gave another report: %v", err)
	}
	var pairs strings.Builder
	pairs.WriteString("a,b,same\n")
	for _, p := range report.Items {
		same := 0
		if p.Mated {
			same = 1
		}
		fmt.Fprintf(&pairs, "%s,%s,%d\n", p.A, p.B, same)
	}
	list := filepath.Join(t.TempDir(), "pairs.csv")
	keep(t, list, []byte(pairs.String()))
	var other struct {
		Mated int
		EER   float64
	}
	s.run(t, "eval", "verify", list, "-o", "json").exits(exitOK).into(&other)
	if other.Mated != report.Mated || other.EER != report.EER {
		t.Errorf("the list gave %+v", other)
	}
	if o := s.run(t, "eval", "compare", out, again).exits(exitOK); !strings.Contains(o.stdout, "no difference shown") || strings.Contains(o.stdout, "is better") {
		t.Errorf("a report and itself:\n%s", o.stdout)
	}
	s.run(t, "eval", "thresholds", "--report", out).exits(exitOK)

	labels := filepath.Join(dir, "labels.csv")
	keep(t, labels, []byte("file,half\nada,one\nbea,one\ncem,two\ndua,two\n"))
	if o := s.run(t, "eval", "demographics", dir, labels).exits(exitOK); !strings.Contains(o.stdout, "fewer than 100 persons") || !strings.Contains(o.stdout, "across groups") {
		t.Errorf("%s", o.stdout)
	}
	// Twelve photographs make no calibration.
	if o := s.run(t, "eval", "calibrate", "embed", dir).exits(exitRejected); !strings.Contains(o.stderr, "3000 pairs") {
		t.Errorf("%s", o.stderr)
	}
}

func TestEvalIdentify(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	strangers := t.TempDir()
	for _, p := range testphoto.Strangers(t) {
		keep(t, filepath.Join(strangers, p.Name+".jpg"), p.JPEG)
	}
	var r struct {
		Mated    int     `json:"mated"`
		NonMated int     `json:"non_mated"`
		Recall   float64 `json:"recall"`
		CMC      []struct{ Rate float64 }
	}
	out := t.TempDir()
	s.run(t, "eval", "identify", persons(t, 0, 1), persons(t, 1, 3), "--non-mated", strangers, "--out", out, "-o", "json").exits(exitOK).into(&r)
	if r.Mated != 8 || r.NonMated != 5 || r.Recall != 1 || len(r.CMC) != 20 || r.CMC[0].Rate != 1 {
		t.Errorf("%+v", r)
	}
	for _, name := range []string{"report.json", "cmc.csv", "cmc.png"} {
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			t.Error(err)
		}
	}
}

// TestEvalPAD and TestEvalQuality run the whole way; what the models find on a handful
// of photographs is not judged.
func TestEvalPAD(t *testing.T) {
	t.Parallel()
	s, dir := newShell(t), t.TempDir()
	for i, p := range testphoto.Mated(t)[0].Photos[:4] {
		keep(t, filepath.Join(dir, "bonafide", p.Name+".jpg"), p.JPEG)
		keep(t, filepath.Join(dir, "attack", []string{"print", "screen"}[i%2], p.Name+".jpg"), p.JPEG)
	}
	keep(t, filepath.Join(dir, "attack", "print", "none.jpg"), testphoto.NoFace(t).JPEG)
	o := s.run(t, "eval", "pad", dir, "--group", "media").exits(exitOK)
	for _, want := range []string{"4 bona fide, 5 attacks of 2 species", "no_face", "fusion", "fr_liveness x2.7", "image", "not enough data"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("no %q in\n%s", want, o.stdout)
		}
	}
	list := filepath.Join(dir, "pad.csv")
	keep(t, list, []byte("path,label\nbonafide/ada-1.jpg,real\nattack/print/ada-1.jpg,attack\n"))
	s.run(t, "eval", "pad", list, "-o", "json").exits(exitOK)
	if o := s.run(t, "eval", "calibrate", "liveness", dir).exits(exitRejected); !strings.Contains(o.stderr, "at least 60") {
		t.Errorf("%s", o.stderr)
	}
	keep(t, list, []byte("path,label\nx.jpg,maybe\n"))
	s.run(t, "eval", "pad", list).exits(exitRejected)
	s.run(t, "eval", "pad", filepath.Join(dir, "none.csv")).exits(exitNotFound)
	s.run(t, "eval", "pad", dir, "--threshold", "2").exits(exitUsage)
}

func TestEvalQuality(t *testing.T) {
	t.Parallel()
	s, dir := newShell(t), t.TempDir()
	for _, p := range testphoto.Mated(t)[0].Photos[:2] {
		keep(t, filepath.Join(dir, "good", p.Name+".jpg"), p.JPEG)
	}
	keep(t, filepath.Join(dir, "SEVERAL_FACES", "two.jpg"), testphoto.TwoFaces(t).JPEG)
	keep(t, filepath.Join(dir, "NO_FACE", "none.jpg"), testphoto.NoFace(t).JPEG)
	o := s.run(t, "eval", "quality", dir).exits(exitOK)
	for _, want := range []string{"SEVERAL_FACES  100.00 % (1/1)", "NO_FACE        100.00 % (1/1)", "not enough data"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("no %q in\n%s", want, o.stdout)
		}
	}
	keep(t, filepath.Join(dir, "NO_CODE", "x.jpg"), nil)
	s.run(t, "eval", "quality", dir).exits(exitRejected)
}

// TestEvalThresholds: the figure for scripts stands alone on the standard output.
func TestEvalThresholds(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	o := s.run(t, "eval", "thresholds", "--fpir", "0.003", "--size", "100000").exits(exitOK)
	var v float64
	if _, err := fmt.Sscanf(o.stdout, "%f\n", &v); err != nil || v <= .85 || v >= 1 || !strings.Contains(o.stderr, "extrapolated") {
		t.Errorf("%q, %q", o.stdout, o.stderr)
	}
	if o := s.run(t, "eval", "thresholds", "--fpir", "0.1", "--size", "100").exits(exitOK); strings.TrimSpace(o.stdout) != "0.510000" {
		t.Errorf("FMR 1e-3 is confidence %s", o.stdout)
	}
	s.run(t, "eval", "thresholds", "--size", "0").exits(exitUsage)
	s.run(t, "eval", "compare", t.TempDir(), t.TempDir()).exits(exitNotFound)
}

// TestLook: a glance needs no server, and its exit code tells what failed.
func TestLook(t *testing.T) {
	t.Parallel()
	s, dir := newShell(t), t.TempDir()
	good, bad := filepath.Join(dir, "good.jpg"), filepath.Join(dir, "bad.jpg")
	keep(t, good, testphoto.Mated(t)[0].Photos[0].JPEG)
	keep(t, bad, testphoto.NoFace(t).JPEG)
	if o := s.run(t, "look", good, "--png", filepath.Join(dir, "sheet.png")).exits(exitOK); !strings.Contains(o.stdout, "confidence_spoofing") && !strings.Contains(o.stdout, "spoofing") {
		t.Errorf("%s", o.stdout)
	}
	if _, err := os.Stat(filepath.Join(dir, "sheet.png")); err != nil {
		t.Error(err)
	}
	var r struct {
		Files []struct {
			File    string
			Failure *struct {
				Code   int
				Reason string
			}
		}
	}
	s.run(t, "look", good, bad, "-o", "json").exits(exitSomeRejected).into(&r)
	if len(r.Files) != 2 || r.Files[0].Failure != nil || r.Files[1].Failure == nil || r.Files[1].Failure.Code != 20 {
		t.Errorf("%+v", r)
	}
	s.run(t, "look", bad, filepath.Join(dir, "missing.jpg")).exits(exitRejected)
	if o := s.run(t, "look", good, bad, "-o", "csv").exits(exitSomeRejected); strings.Count(o.stdout, "\n") != 3 {
		t.Errorf("%s", o.stdout)
	}
	s.run(t, "look").exits(exitUsage)
}
