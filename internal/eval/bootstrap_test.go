package eval

import (
	"math"
	"testing"
)

// A draw in which everybody is once gives the rates of the set itself.
func TestFiguresOfThePlainDraw(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		pairs, photos, _ := crowd(seed, 12, 4)
		compared, _, _, identities := score(pairs, photos)
		times := make([]float64, identities)
		for i := range times {
			times[i] = 1
		}
		w := newWeighed(compared)
		s := NewScores(split(compared))
		got := w.figures(times, wantedFMR)
		if math.Abs(got[0]-s.EER()) > 1e-12 {
			t.Errorf("seed %d: EER %v, want %v", seed, got[0], s.EER())
		}
		for i, fmr := range wantedFMR {
			if want := s.FNMR(s.ThresholdAtFMR(fmr)); math.Abs(got[1+i]-want) > 1e-12 {
				t.Errorf("seed %d: FNMR at %v is %v, want %v", seed, fmr, got[1+i], want)
			}
		}
		if fmr, fnmr := w.at(times, .4); math.Abs(fmr-s.FMR(.4)) > 1e-12 || math.Abs(fnmr-s.FNMR(.4)) > 1e-12 {
			t.Errorf("seed %d: at .4: %v and %v", seed, fmr, fnmr)
		}
	}
}

// The interval of independent trials is about Wilson's, that of trials which share
// persons is wider, and one seed gives one interval.
func TestBootstrap(t *testing.T) {
	t.Parallel()
	errors := func(each int) func([]float64) []float64 {
		return func(times []float64) []float64 { // every fourth identity errs, in all its trials
			wrong, total := 0.0, 0.0
			for i, n := range times {
				total += n * float64(each)
				if i%4 == 0 {
					wrong += n * float64(each)
				}
			}
			return []float64{wrong / total, math.NaN()}
		}
	}
	single := bootstrap(400, 400, 1, errors(1))
	want := Wilson(.25, 400)
	if math.Abs(single[0].Low-want.Low) > .01 || math.Abs(single[0].High-want.High) > .01 {
		t.Errorf("%v, Wilson has %v", single[0], want)
	}
	if single[1] != (Interval{0, 1}) {
		t.Errorf("a figure that cannot be measured has %v", single[1])
	}
	if again := bootstrap(400, 400, 1, errors(1)); again[0] != single[0] {
		t.Errorf("one seed, two intervals: %v and %v", single[0], again[0])
	}
	shared := bootstrap(40, 400, 1, errors(10))
	if shared[0].High-shared[0].Low < 2*(want.High-want.Low) {
		t.Errorf("40 persons with 10 trials each: %v is hardly wider than %v", shared[0], want)
	}
}

func TestRatesSayWhatTheyRestOn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rate Rate
		want string
	}{
		{NewRate(0, 0), "not enough data: no trials"},
		{NewRate(0, 100), "not enough data: none of 100, under 3.70 %"},
		{NewRate(10, 100), "10.00 % (10 of 100; 95 %: 5.52 % to 17.44 %)"},
		{NewRate(3, 1_000_000), "0.0003 % (3 of 1000000; 95 %: 0.0001 % to 0.00088 %)"},
	} {
		if got := c.rate.String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
