package eval

import (
	"math"
	"math/rand/v2"
	"sort"
)

// The rounds of a bootstrap: as many as its work allows, within these bounds.
const (
	mostRounds  = 1000
	leastRounds = 200
	roundBudget = 400_000_000 // pairs times rounds
)

// bootstrap draws identities with replacement, again and again, and gives for each
// figure the interval that 95 % of the draws fall into. A draw is told as how often
// each identity is in it; the figures of a draw that cannot be measured are NaN and
// are left out.
func bootstrap(identities, pairs int, seed uint64, figures func(times []float64) []float64) []Interval {
	rounds := max(leastRounds, min(mostRounds, roundBudget/max(1, pairs)))
	r := rand.New(rand.NewPCG(seed, 0x626f6f74))
	times := make([]float64, identities)
	var seen [][]float64
	for range rounds {
		clear(times)
		for range identities {
			times[r.IntN(identities)]++
		}
		for i, v := range figures(times) {
			if len(seen) <= i {
				seen = append(seen, nil)
			}
			if !math.IsNaN(v) {
				seen[i] = append(seen[i], v)
			}
		}
	}
	out := make([]Interval, len(seen))
	for i, v := range seen {
		out[i] = middle(v)
	}
	return out
}

// middle is the interval of the middle 95 % of some values.
func middle(values []float64) Interval {
	if len(values) == 0 {
		return Interval{0, 1}
	}
	sort.Float64s(values)
	at := func(q float64) float64 { return values[int(math.Round(q*float64(len(values)-1)))] }
	return Interval{at(0.025), at(0.975)}
}

// scored is a comparison with the identities of its two sides, numbered from 0.
type scored struct {
	similarity float64
	a, b       int
	mated      bool
}

// weight is how often a comparison is in a draw of identities: that of its person,
// or of both together.
func (s scored) weight(times []float64) float64 {
	if s.mated || s.a == s.b {
		return times[s.a]
	}
	return times[s.a] * times[s.b]
}

// weighed are comparisons sorted from the least similar, for figures of draws.
type weighed []scored

func newWeighed(pairs []scored) weighed {
	w := append(weighed(nil), pairs...)
	sort.SliceStable(w, func(i, j int) bool { return w[i].similarity < w[j].similarity })
	return w
}

// totals are the weights of the mated and the non-mated comparisons.
func (w weighed) totals(times []float64) (mated, nonMated float64) {
	for _, s := range w {
		if s.mated {
			mated += s.weight(times)
		} else {
			nonMated += s.weight(times)
		}
	}
	return mated, nonMated
}

// figures gives the equal error rate and the FNMR at each FMR, all of one draw.
func (w weighed) figures(times, fmrs []float64) []float64 {
	mated, nonMated := w.totals(times)
	out := make([]float64, 1+len(fmrs))
	for i := range out {
		out[i] = math.NaN()
	}
	if mated == 0 || nonMated == 0 {
		return out
	}
	missed, passed := 0.0, nonMated // below the threshold, at or above it
	lastFMR, lastFNMR := 1.0, 0.0
	for i := 0; i <= len(w); {
		fmr, fnmr := math.Max(0, passed/nonMated), missed/mated
		if math.IsNaN(out[0]) && fnmr >= fmr {
			out[0] = crossing(lastFMR, lastFNMR, fmr, fnmr)
		}
		for k, want := range fmrs {
			if math.IsNaN(out[1+k]) && fmr <= want+1e-12 {
				out[1+k] = fnmr
			}
		}
		lastFMR, lastFNMR = fmr, fnmr
		if i == len(w) {
			break
		}
		for at := w[i].similarity; i < len(w) && w[i].similarity == at; i++ {
			if w[i].mated {
				missed += w[i].weight(times)
			} else {
				passed -= w[i].weight(times)
			}
		}
	}
	return out
}

// at gives the FMR and the FNMR of one draw at a threshold.
func (w weighed) at(times []float64, threshold float64) (fmr, fnmr float64) {
	mated, nonMated := w.totals(times)
	missed, passed := 0.0, 0.0
	for _, s := range w {
		switch {
		case s.mated && s.similarity < threshold:
			missed += s.weight(times)
		case !s.mated && s.similarity >= threshold:
			passed += s.weight(times)
		}
	}
	return passed / nonMated, missed / mated // NaN where there are none
}
