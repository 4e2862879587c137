package eval

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestRatesOfAKnownCase(t *testing.T) {
	t.Parallel()
	s := NewScores([]float64{.9, .8, .7, .2}, []float64{.1, .3, .15, .05, .75})
	for _, c := range []struct{ threshold, fmr, fnmr float64 }{
		{.0, 1, 0}, {.1, .8, 0}, {.5, .2, .25}, {.75, .2, .5}, {.76, 0, .5}, {1, 0, 1},
	} {
		if got := s.FMR(c.threshold); got != c.fmr {
			t.Errorf("FMR(%v) = %v, want %v", c.threshold, got, c.fmr)
		}
		if got := s.FNMR(c.threshold); got != c.fnmr {
			t.Errorf("FNMR(%v) = %v, want %v", c.threshold, got, c.fnmr)
		}
	}
	if got := s.ThresholdAtFMR(.2); s.FMR(got) != .2 || got <= .3 || got > .7 {
		t.Errorf("ThresholdAtFMR(.2) = %v with FMR %v", got, s.FMR(got))
	}
	if got := s.ThresholdAtFMR(.1); s.FMR(got) != 0 {
		t.Errorf("ThresholdAtFMR(.1) = %v with FMR %v, want 0", got, s.FMR(got))
	}
	if got := s.Accuracy(s.BestThreshold()); got != 7./9 {
		t.Errorf("best accuracy = %v, want %v", got, 7./9)
	}
}

// The rates are checked against a plain count over all pairs on random scores.
func TestRatesAgainstCounting(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		mated, nonMated := make([]float64, 1+r.IntN(60)), make([]float64, 1+r.IntN(60))
		for i := range mated {
			mated[i] = math.Round((r.NormFloat64()+1.5)*20) / 20 // rounded: ties happen
		}
		for i := range nonMated {
			nonMated[i] = math.Round(r.NormFloat64()*20) / 20
		}
		s := NewScores(mated, nonMated)
		best := 0.0
		for _, t0 := range append(append([]float64{-10, 10}, mated...), nonMated...) {
			fm, fn := 0, 0
			for _, v := range nonMated {
				if v >= t0 {
					fm++
				}
			}
			for _, v := range mated {
				if v < t0 {
					fn++
				}
			}
			if got, want := s.FMR(t0), float64(fm)/float64(len(nonMated)); got != want {
				t.Fatalf("FMR(%v) = %v, want %v", t0, got, want)
			}
			if got, want := s.FNMR(t0), float64(fn)/float64(len(mated)); got != want {
				t.Fatalf("FNMR(%v) = %v, want %v", t0, got, want)
			}
			best = math.Max(best, 1-float64(fm+fn)/float64(len(mated)+len(nonMated)))
		}
		if got := s.Accuracy(s.BestThreshold()); math.Abs(got-best) > 1e-12 {
			t.Fatalf("best accuracy %v, by counting %v", got, best)
		}
		if eer := s.EER(); eer < 0 || eer > 1 || math.IsNaN(eer) {
			t.Fatalf("EER %v", eer)
		}
	}
}

func TestEERLimits(t *testing.T) {
	t.Parallel()
	if got := NewScores([]float64{2, 3}, []float64{0, 1}).EER(); got != 0 {
		t.Errorf("separated scores: EER %v, want 0", got)
	}
	if got := NewScores([]float64{0, 1}, []float64{0, 1}).EER(); math.Abs(got-.5) > .26 {
		t.Errorf("equal scores: EER %v, want about .5", got)
	}
	if got := NewScores([]float64{0, 1}, []float64{2, 3}).EER(); got != 1 {
		t.Errorf("swapped scores: EER %v, want 1", got)
	}
}

func TestWilson(t *testing.T) {
	t.Parallel()
	// The interval of 10 out of 100: 0.0552 to 0.1744 (Newcombe 1998).
	if got := Wilson(.1, 100); math.Abs(got.Low-.0552) > 5e-4 || math.Abs(got.High-.1744) > 5e-4 {
		t.Errorf("Wilson(.1, 100) = %+v", got)
	}
	if got := Wilson(0, 50); got.Low != 0 || got.High <= 0 || got.High > .1 {
		t.Errorf("Wilson(0, 50) = %+v", got)
	}
}

func TestCrossAccuracyIsDeterministicAndHonest(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	a, b := make([]float64, 300), make([]float64, 300)
	for i := range a {
		a[i], b[i] = r.NormFloat64(), r.NormFloat64() // nothing to learn
	}
	m1, _ := CrossAccuracy(a, b, 7)
	m2, _ := CrossAccuracy(a, b, 7)
	if m1 != m2 {
		t.Errorf("two runs with one seed: %v and %v", m1, m2)
	}
	if m1 < .4 || m1 > .6 {
		t.Errorf("accuracy %v on scores that tell nothing", m1)
	}
}

func TestReadPairs(t *testing.T) {
	t.Parallel()
	got, err := ReadPairs(strings.NewReader("split,a,b,same\ntrain,x/1.jpg,x/2.jpg,1\ntest,x/1.jpg,/abs/3.jpg,0\n"), "/data")
	if err != nil {
		t.Fatal(err)
	}
	want := []Pair{{Split: "train", A: "/data/x/1.jpg", B: "/data/x/2.jpg", Mated: true}, {Split: "test", A: "/data/x/1.jpg", B: "/abs/3.jpg"}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for name, text := range map[string]string{
		"no column":  "a,b\n1,2\n",
		"bad same":   "a,b,same\n1,2,maybe\n",
		"empty path": "a,b,same\n1,,1\n",
		"empty file": "",
	} {
		if _, err := ReadPairs(strings.NewReader(text), "."); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzReadPairs(f *testing.F) {
	f.Add("a,b,same\n1,2,1\n")
	f.Add("split,a,b,same\n\"x\ny\",1,2,0\n")
	f.Fuzz(func(t *testing.T, s string) {
		pairs, err := ReadPairs(strings.NewReader(s), "/d")
		if err != nil {
			return
		}
		for _, p := range pairs {
			if p.A == "" || p.B == "" {
				t.Errorf("a pair without a path: %+v", p)
			}
		}
	})
}
