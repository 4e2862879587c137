package eval

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

func saved(t *testing.T, r any) *Saved {
	t.Helper()
	var b bytes.Buffer
	if err := asJSON(r)(&b); err != nil {
		t.Fatal(err)
	}
	s, err := ReadReport(&b)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMcNemar(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b int
		want float64
	}{{0, 0, 1}, {1, 9, 22. / 1024}, {5, 5, 1}, {0, 5, 2. / 32}, {3, 0, .25}} {
		if got := mcNemar(c.a, c.b); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%d and %d: %v, want %v", c.a, c.b, got, c.want)
		}
	}
	// 15 of 100 against 25 of 100: z = 1.7678, P = 0.0771.
	if got := twoProportions(NewRate(15, 100), NewRate(25, 100)); math.Abs(got-.0771) > 1e-4 {
		t.Errorf("two proportions: %v", got)
	}
}

func TestCompareReports(t *testing.T) {
	t.Parallel()
	good := presentations(1)
	worse := make([]Judged, len(good))
	for i, j := range good {
		worse[i] = j
		if j.Attack {
			worse[i].Confidence = j.Confidence * .6
		}
	}
	report := func(items []Judged) *PADReport {
		r, err := newPADReport(fusion(), items, PADOptions{Threshold: .5, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r, err := Compare(saved(t, report(good)), saved(t, report(worse)))
	if err != nil {
		t.Fatal(err)
	}
	line := map[string]Difference{}
	for _, d := range r.Lines {
		line[d.Name] = d
	}
	if d := line["APCER, all attacks"]; !d.Significant || d.A.Value >= d.B.Value || d.Method != "McNemar, exact" || d.OnlyA != 0 {
		t.Errorf("APCER: %+v", d)
	}
	if d := line["BPCER"]; d.Significant || d.P != 1 {
		t.Errorf("BPCER: %+v", d)
	}
	pairs, photos, _ := crowd(1, 12, 4)
	verify, err := newVerifyReport("m", calibration(), pairs, nil, photos, VerifyOptions{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Compare(saved(t, verify), saved(t, report(good))); err == nil {
		t.Error("reports of two kinds were compared")
	}
	same, err := Compare(saved(t, verify), saved(t, verify))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range same.Lines {
		if d.Significant {
			t.Errorf("a report differs from itself: %+v", d)
		}
	}
	for _, text := range []string{"", "{}", `{"kind":"other"}`, `{"kind":"pad","items":3}`} {
		if _, err := ReadReport(strings.NewReader(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func FuzzReadReport(f *testing.F) {
	f.Add([]byte(`{"kind":"verify","items":[{"a":"x","b":"y","mated":true}],"operating_points":[{"fmr":0.01,"supported":true}]}`))
	f.Add([]byte(`{"kind":"pad","items":[{"path":"x","attack":true}],"species":[{"species":"p"}]}`))
	f.Add([]byte(`{"kind":"identify","cmc":[{"errors":1,"trials":2}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := ReadReport(bytes.NewReader(raw))
		if err != nil {
			return
		}
		r, err := Compare(s, s)
		if err != nil {
			return
		}
		for _, d := range r.Lines {
			if d.Significant && d.Method == "McNemar, exact" {
				t.Errorf("a report differs from itself: %+v", d)
			}
		}
	})
}
