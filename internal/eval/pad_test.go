package eval

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/osprey/face"
	"example.org/osprey/internal/look"
)

func fusion() *face.LivenessFusion {
	return &face.LivenessFusion{
		Members:     []face.LivenessMember{{Model: "a", Grow: 1.5, Weight: .5}, {Model: "b", Grow: 2.7, Weight: .5}},
		Calibration: face.LivenessCalibration{APCER: map[string]float64{"print": .2}},
	}
}

// presentations draws a set: member a tells attacks apart, member b does not.
func presentations(seed uint64) []Judged {
	r := rand.New(rand.NewPCG(seed, 2))
	var items []Judged
	for i := range 300 {
		j := Judged{Path: fmt.Sprint("f", i), cluster: fmt.Sprint("s", i%20), Group: fmt.Sprint("g", i%3)}
		a, b := r.NormFloat64(), r.NormFloat64()
		switch i % 5 {
		case 0:
			j.Attack, j.Species = true, "print"
			a += 2
		case 1:
			j.Attack, j.Species = true, "screen"
			a++
		}
		if i%29 == 0 {
			j.Reason = "no_face"
		} else {
			j.Members, j.Raw = []float64{a, b}, (a+b)/2
			j.Confidence = math.Round(50/(1+math.Exp(-j.Raw))) / 50 // ties happen
		}
		items = append(items, j)
	}
	return items
}

// The rates are checked against a plain count.
func TestPADAgainstCounting(t *testing.T) {
	t.Parallel()
	items := presentations(1)
	r, err := newPADReport(fusion(), items, PADOptions{Threshold: .5, Group: "x", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	count := func(threshold float64, attack bool, species, group string) (wrong, n, lost int) {
		for _, j := range items {
			if j.Attack != attack || species != "" && j.Species != species || group != "" && j.Group != group {
				continue
			}
			if j.Reason != "" {
				lost++
				continue
			}
			n++
			if (j.Confidence >= threshold) != attack {
				wrong++
			}
		}
		return wrong, n, lost
	}
	same := func(what string, got Rate, wrong, n int) {
		t.Helper()
		if got.Errors != wrong || got.Trials != n {
			t.Errorf("%s: %d of %d, counted %d of %d", what, got.Errors, got.Trials, wrong, n)
		}
	}
	wrong, n, lost := count(.5, false, "", "")
	same("BPCER", r.BPCER, wrong, n)
	same("BPNRR", r.BPNRR, lost, n+lost)
	worst := 0.0
	for _, s := range r.Species {
		wrong, n, lost := count(.5, true, s.Species, "")
		same(s.Species, s.APCER, wrong, n)
		same(s.Species+" APNRR", s.APNRR, lost, n+lost)
		worst = math.Max(worst, s.APCER.Value)
		if (s.Manifest != nil) != (s.Species == "print") {
			t.Errorf("%s: the manifest states %v", s.Species, s.Manifest)
		}
	}
	if r.Species[0].APCER.Value != worst {
		t.Errorf("the first species is not the worst: %+v", r.Species)
	}
	for _, p := range r.Points {
		wrong, n, _ := count(p.Threshold, false, "", "")
		same(fmt.Sprint("measured at ", p.BPCER), p.Measured, wrong, n)
		if p.Measured.Value > p.BPCER {
			t.Errorf("BPCER %v where %v was asked for", p.Measured.Value, p.BPCER)
		}
		wrong, n, _ = count(p.Threshold, true, p.Worst, "")
		same("worst", p.APCER, wrong, n)
	}
	for _, g := range r.Groups {
		wrong, n, _ := count(.5, false, "", g.Name)
		same(g.Name, g.BPCER, wrong, n)
	}
	if len(r.Groups) != 3 || len(r.Singles) != 3 || r.Singles[0].Name != "a x1.5" || r.Singles[2].Name != "b x2.7" {
		t.Errorf("%d groups, single models %+v", len(r.Groups), r.Singles)
	}
	// Member a was made so that AUC is about that of a normal shift.
	if got := r.Singles[0].AUC; got < .75 || got > .95 {
		t.Errorf("AUC %v", got)
	}
}

func TestAUCAgainstPairs(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 8))
	for range 50 {
		a, b := make([]float64, 1+r.IntN(30)), make([]float64, 1+r.IntN(30))
		for i := range a {
			a[i] = float64(r.IntN(10))
		}
		for i := range b {
			b[i] = float64(r.IntN(8))
		}
		want := 0.0
		for _, x := range a {
			for _, y := range b {
				if x > y {
					want++
				} else if x == y {
					want += .5
				}
			}
		}
		if got := NewScores(a, b).AUC(); math.Abs(got-want/float64(len(a)*len(b))) > 1e-12 {
			t.Fatalf("AUC %v, want %v", got, want/float64(len(a)*len(b)))
		}
	}
}

func TestGatherTakesTheHighestFrames(t *testing.T) {
	t.Parallel()
	j := gather(&look.Liveness{Spoofing: .7, Frames: []look.FrameScore{
		{Raw: 1, Members: []float64{5, 0}}, {Raw: 4, Members: []float64{1, 0}}, {Raw: 3, Members: []float64{2, 0}}, {Raw: 2, Members: []float64{3, 6}},
	}})
	if j.Raw != 3 || len(j.Members) != 2 || math.Abs(j.Members[0]-10./3) > 1e-12 || j.Members[1] != 2 || j.Confidence != .7 || j.Frames != 4 {
		t.Errorf("%+v", j)
	}
}

func TestReadPresentations(t *testing.T) {
	t.Parallel()
	got, err := ReadPresentations(strings.NewReader("path,label,species,source\na.jpg,real,bonafide,s\nb.mp4,attack,print,t\nc.jpg,fake,,t\n"), "/d")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got[0].Attack || got[0].Path != "/d/a.jpg" || !got[1].Attack || got[1].Species != "print" || got[1].group("source") != "t" || got[2].Species != "unnamed" {
		t.Errorf("%+v", got)
	}
	for name, text := range map[string]string{"no column": "path\na\n", "label": "path,label\na,perhaps\n", "path": "path,label\n,real\n", "empty": ""} {
		if _, err := ReadPresentations(strings.NewReader(text), "."); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestReadPresentationFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "bonafide/a.jpg", "bonafide/deep/b.MP4", "attack/print/c.png", "attack/screen/d.zip", "attack/print/.hidden.jpg", "notes.txt")
	got, err := ReadPresentationFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, p := range got {
		text += fmt.Sprintf("%v %s %s %s;", p.Attack, p.Species, filepath.Base(p.Path), p.group("media"))
	}
	if want := "false  a.jpg image;false  b.MP4 video;true print c.png image;true screen d.zip video;"; text != want {
		t.Errorf("%s, want %s", text, want)
	}
}

func put(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Every report writes its files, and prints no bare zero.
func TestReportsAreWritten(t *testing.T) {
	t.Parallel()
	pairs, photos, set := crowd(2, 12, 4)
	verify, err := newVerifyReport("model", calibration(), pairs, nil, photos, VerifyOptions{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	pad, err := newPADReport(fusion(), presentations(3), PADOptions{Threshold: .5, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	search := &IdentifyReport{Head: Head{"identify", "model", 1}}
	if err := search.search(t.Context(), IdentifySet{Gallery: set[:6], Probes: set}, photos); err != nil {
		t.Fatal(err)
	}
	search.rates(calibration().Confidence, .474)
	labels, err := ReadLabels(strings.NewReader("file,group\n/set/p0,x\n/set/p1,x\n/set/p2,y\n/set/p3,y\n"), "/")
	if err != nil {
		t.Fatal(err)
	}
	groups, err := newDemographicsReport("model", calibration(), pairs, photos, labels, DemographicsOptions{Threshold: .85, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	quality := &QualityReport{Head: Head{Kind: "quality"}, Codes: []CodeRates{{Code: "BLURRED", Missed: NewRate(1, 30), FalseReport: NewRate(0, 20), Measured: true}}, Curve: &Discard{Points: []DiscardAt{{0, NewRate(2, 9)}}}}
	n, m := gauss(5, 100_000, 100)
	verify2 := &VerifyReport{scores: NewScores(m, n), Head: Head{Model: "model"}}
	calibrated, err := CalibrateEmbed(verify2, calibration(), CalibrateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		report Result
		files  string
	}{
		"verify": {verify, "det.csv det.png report.json"}, "identify": {search, "cmc.csv cmc.png report.json"},
		"pad": {pad, "det.csv det.png items.csv report.json"}, "demographics": {groups, "groups.csv groups.png report.json"},
		"quality": {quality, "codes.csv codes.png edc.csv edc.png report.json"}, "calibrate": {calibrated, "calibration.json calibration.png changes.csv report.json"},
		"thresholds": {Thresholds("model", calibration(), nil, 1000, nil), "report.json thresholds.csv thresholds.png"},
	} {
		dir := filepath.Join(t.TempDir(), "out")
		if err := c.report.Write(dir); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
			if info, err := e.Info(); err != nil || info.Size() < 20 {
				t.Errorf("%s: %s is empty", name, e.Name())
			}
		}
		if got := strings.Join(names, " "); got != c.files {
			t.Errorf("%s wrote %s, want %s", name, got, c.files)
		}
		var text bytes.Buffer
		if err := c.report.WriteText(&text); err != nil || text.Len() == 0 {
			t.Errorf("%s: %v, %d bytes", name, err, text.Len())
		}
		if strings.Contains(text.String(), " 0.00 % (") {
			t.Errorf("%s prints a bare zero:\n%s", name, text.String())
		}
	}
}
