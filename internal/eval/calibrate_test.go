package eval

import (
	"math"
	"math/rand/v2"
	"testing"

	"example.org/osprey"
	"example.org/osprey/face"
)

// gauss draws similarities of strangers and of mates.
func gauss(seed uint64, nonMated, mated int) (n, m []float64) {
	r := rand.New(rand.NewPCG(seed, 9))
	for range nonMated {
		n = append(n, math.Tanh(0.1*r.NormFloat64()))
	}
	for range mated {
		m = append(m, math.Tanh(0.7+0.12*r.NormFloat64()))
	}
	return n, m
}

func fit(t *testing.T, n, m []float64) *face.Calibration {
	t.Helper()
	c, err := FitEmbed(NewScores(m, n), 100, CalibrateOptions{Dataset: "x", Date: "2026-01-01"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestE01Scale: a fitted table gives 0.85 at s5, never falls, and 1 at identity.
func TestE01Scale(t *testing.T) {
	t.Parallel()
	n, m := gauss(1, 400_000, 1000)
	c := fit(t, n, m)
	if c.ExtrapolatedBelow != 30.0/400_000 || !c.Extrapolated(1e-5) {
		t.Errorf("extrapolated below %v", c.ExtrapolatedBelow)
	}
	s5 := c.Similarity(0.85)
	if got := c.Confidence(s5); math.Abs(got-0.85) > 1e-9 || math.Abs(math.Log10(c.FMR(0.85))+5) > 1e-9 {
		t.Errorf("confidence %v at s5, FMR %v", got, c.FMR(0.85))
	}
	last := -1.0
	for i := range 10_001 {
		v := c.Confidence(-1 + float64(i)/5000)
		if v < last || v < 0 || v > 1 {
			t.Fatalf("confidence %v after %v", v, last)
		}
		last = v
	}
	if got := c.Confidence(1); got != 1 {
		t.Errorf("identical templates have confidence %v", got)
	}
	// A knot says what was measured.
	s := NewScores(m, n)
	for _, k := range c.Knots {
		if !c.Extrapolated(k.FMR) && math.Abs(s.FMR(k.Similarity)-k.FMR) > 1.5/400_000 {
			t.Errorf("knot %+v: the set has FMR %v", k, s.FMR(k.Similarity))
		}
	}
}

// TestE05SwappedModel: when a model is replaced by one with other similarities and
// both are calibrated, a threshold keeps its false match rate.
func TestE05SwappedModel(t *testing.T) {
	t.Parallel()
	n, m := gauss(2, 400_000, 2000)
	old := fit(t, n, m)
	squeeze := func(in []float64) (out []float64) { // as of another model: monotone, not linear
		for _, v := range in {
			out = append(out, 0.3+0.5*math.Sin(v*1.2))
		}
		return out
	}
	fresh := fit(t, squeeze(n), squeeze(m))
	a, b := NewScores(m, n), NewScores(squeeze(m), squeeze(n))
	for _, confidence := range []float64{0.34, 0.51, 0.68} {
		fa, fb := a.FMR(old.Similarity(confidence)), b.FMR(fresh.Similarity(confidence))
		want := math.Pow(10, -confidence/0.17)
		for _, got := range []float64{fa, fb} {
			if math.Abs(math.Log10(got/want)) > 0.1 {
				t.Errorf("confidence %v has FMR %v, want %v", confidence, got, want)
			}
		}
	}
	// At 0.85, which this set does not support, the bound it supports is kept.
	for _, got := range []float64{a.FMR(old.Similarity(.85)), b.FMR(fresh.Similarity(.85))} {
		if got > 30.0/400_000 {
			t.Errorf("FMR %v at 0.85", got)
		}
	}
}

func TestTooFewPairsForATable(t *testing.T) {
	t.Parallel()
	n, m := gauss(3, 2999, 10)
	if c, err := FitEmbed(NewScores(m, n), 10, CalibrateOptions{}); err == nil {
		t.Errorf("a table of 2999 pairs: %+v", c)
	}
}

// TestE07Threshold: the threshold for a bound on FPIR never falls as the list grows,
// does nothing up to 1000 photographs and asks for FMR 1e-6 at 10,000.
func TestE07Threshold(t *testing.T) {
	t.Parallel()
	c := calibration()
	target := 0.01
	at := func(n int) float64 {
		return osprey.EffectiveThreshold(osprey.Collection{TargetFPIR: &target}, osprey.AnalysisParams{CompanyThreshold: .85}, n, c.ConfidenceAtFMR)
	}
	last := 0.0
	for n := 1; n < 2_000_000; n = n*5/4 + 1 {
		got := at(n)
		if got < last || n <= 1000 && got != .85 {
			t.Errorf("threshold %v at %d photographs after %v", got, n, last)
		}
		if n > 1000 && math.Abs(got-math.Max(.85, ThresholdAtFPIR(c, target, n))) > 1e-12 {
			t.Errorf("eval thresholds gives %v at %d, the search %v", ThresholdAtFPIR(c, target, n), n, got)
		}
		last = got
	}
	if got := at(10_000); math.Abs(got-c.ConfidenceAtFMR(1e-6)) > 1e-12 {
		t.Errorf("at 10,000: %v", got)
	}
	if got := FPIR(1e-5, 100_000); math.Abs(got-.632) > .001 {
		t.Errorf("FPIR of 100,000 at 1e-5: %v", got)
	}
}

// TestLivenessScale: the fixed points are where the set has them, and what it cannot
// support is marked.
func TestLivenessScale(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 4))
	many := make([]float64, 100_000)
	for i := range many {
		many[i] = -5 + 2*r.NormFloat64()
	}
	c, err := FitLiveness(many, CalibrateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	reach := func(confidence float64) float64 {
		n := 0
		for _, v := range many {
			if c.Confidence(v) >= confidence {
				n++
			}
		}
		return float64(n) / float64(len(many))
	}
	if got := reach(.5); math.Abs(got-.03) > 1e-4 {
		t.Errorf("BPCER %v at 0.5", got)
	}
	if got := reach(.9); math.Abs(got-.001) > 5e-5 {
		t.Errorf("BPCER %v at 0.9", got)
	}
	if c.Extrapolated(.9) {
		t.Errorf("extrapolated above %v", c.ExtrapolatedAbove)
	}
	few, err := FitLiveness(many[:200], CalibrateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !few.Extrapolated(.5) || rawAt(few, .9) <= rawAt(few, .5) {
		t.Errorf("200 presentations: %+v", few)
	}
	for i := 1; i < len(few.Knots); i++ {
		if few.Knots[i].Raw <= few.Knots[i-1].Raw || few.Knots[i].Confidence <= few.Knots[i-1].Confidence {
			t.Errorf("knots out of order: %+v", few.Knots)
		}
	}
	if _, err := FitLiveness(many[:59], CalibrateOptions{}); err == nil {
		t.Error("a table of 59 presentations")
	}
	for _, v := range []float64{.05, .3, .5, .7, .9, .95} {
		if got := spoofingAt(math.Log10(bpcerMeant(v))); math.Abs(got-v) > 1e-12 {
			t.Errorf("%v becomes %v", v, got)
		}
	}
}
