package face

import (
	"math"
	"testing"
)

var table = Calibration{
	Knots: []Knot{{0.130, 1e-1}, {0.243, 1e-2}, {0.335, 1e-3}, {0.411, 1e-4}, {0.474, 1e-5}, {0.570, 1e-6}},

	ExtrapolatedBelow: 1.0135e-6,
}

func TestConfidence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ similarity, want float64 }{
		{-1, 0},
		{0.130, 0.17},
		{0.243, 0.34},
		{0.335, 0.51},
		{0.411, 0.68},
		{0.474, 0.85},
		{0.737, 0.925},
		{1, 1},
		{1.1, 1},
		{math.NaN(), 0},
		{math.Inf(-1), 0},
		{math.Inf(1), 1},
		{(0.243 + 0.335) / 2, 0.425},
	} {
		if got := table.Confidence(tt.similarity); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("Confidence(%g) = %v, want %v", tt.similarity, got, tt.want)
		}
	}
	if table.Confidence(1) != 1 {
		t.Error("identical templates do not give exactly 1")
	}
}

func TestConfidenceIsMonotoneAndInvertible(t *testing.T) {
	t.Parallel()
	last := -1.0
	for i := range 10_001 {
		s := -1 + 2*float64(i)/10_000
		c := table.Confidence(s)
		if c < last || c < 0 || c > 1 {
			t.Fatalf("Confidence(%g) = %g after %g", s, c, last)
		}
		if last = c; c > 0 && c < 1 {
			if back := table.Similarity(c); math.Abs(back-s) > 1e-9 {
				t.Fatalf("Similarity(Confidence(%g)) = %g", s, back)
			}
		}
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ confidence, want float64 }{
		{0, 1}, {0.17, 1e-1}, {0.34, 1e-2}, {0.85, 1e-5}, {0.85 + 0.15*(0.570-0.474)/(1-0.474), 1e-6},
	} {
		if got := table.FMR(tt.confidence); math.Abs(got-tt.want) > 1e-9*tt.want {
			t.Errorf("FMR(%g) = %g, want %g", tt.confidence, got, tt.want)
		}
		if got := table.ConfidenceAtFMR(tt.want); math.Abs(got-tt.confidence) > 1e-9 {
			t.Errorf("ConfidenceAtFMR(%g) = %g, want %g", tt.want, got, tt.confidence)
		}
	}
	// Beyond the table: the line over the last two decades, at most 1.
	last := 0.0
	for e := 0.0; e <= 30; e += 0.25 {
		c := table.ConfidenceAtFMR(math.Pow(10, -e))
		if c < last || c > 1 {
			t.Fatalf("ConfidenceAtFMR(1e-%g) = %g after %g", e, c, last)
		}
		last = c
	}
	for _, bad := range []float64{0, -1, math.NaN()} {
		if got := table.ConfidenceAtFMR(bad); got != 1 {
			t.Errorf("ConfidenceAtFMR(%g) = %g, want 1", bad, got)
		}
	}
	if table.Extrapolated(1e-5) || !table.Extrapolated(1e-6) {
		t.Error("1e-5 is supported by the pairs, 1e-6 is just not")
	}
}

func TestCalibrationCheck(t *testing.T) {
	t.Parallel()
	for name, knots := range map[string][]Knot{
		"none":                nil,
		"one":                 {{0.5, 1e-5}},
		"similarity falls":    {{0.5, 1e-1}, {0.4, 1e-6}},
		"rate rises":          {{0.4, 1e-6}, {0.5, 1e-1}},
		"rate 0":              {{0.4, 1e-1}, {0.5, 0}},
		"does not reach 1e-5": {{0.4, 1e-1}, {0.5, 1e-4}},
		"starts below 1e-5":   {{0.4, 1e-6}, {0.5, 1e-7}},
		"no number":           {{math.NaN(), 1e-1}, {0.5, 1e-6}},
		"similarity 1":        {{0.4, 1e-1}, {1, 1e-6}},
	} {
		if (&Calibration{Knots: knots}).check() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := table.check(); err != nil {
		t.Error(err)
	}
}
