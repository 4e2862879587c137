package eval

import (
	"math"
	"sort"
)

// Scores are the similarities of the mated and the non-mated pairs, each sorted
// from the least.
type Scores struct {
	Mated    []float64
	NonMated []float64
}

// NewScores sorts copies of both.
func NewScores(mated, nonMated []float64) Scores {
	s := Scores{append([]float64(nil), mated...), append([]float64(nil), nonMated...)}
	sort.Float64s(s.Mated)
	sort.Float64s(s.NonMated)
	return s
}

// FMR is the share of non-mated pairs at or above the threshold.
func (s Scores) FMR(threshold float64) float64 {
	return share(s.falseMatches(threshold), len(s.NonMated))
}

// FNMR is the share of mated pairs below the threshold.
func (s Scores) FNMR(threshold float64) float64 {
	return share(s.falseNonMatches(threshold), len(s.Mated))
}

func (s Scores) falseMatches(threshold float64) int {
	return len(s.NonMated) - sort.SearchFloat64s(s.NonMated, threshold)
}

func (s Scores) falseNonMatches(threshold float64) int {
	return sort.SearchFloat64s(s.Mated, threshold)
}

// ThresholdAtFMR is the least threshold whose FMR is at most the one given.
func (s Scores) ThresholdAtFMR(fmr float64) float64 { return thresholdAt(s.NonMated, fmr) }

// thresholdAt is the least threshold that at most the given share of the sorted
// values reaches.
func thresholdAt(sorted []float64, rate float64) float64 {
	n := len(sorted)
	allowed := int(math.Floor(rate*float64(n) + 1e-9))
	if allowed >= n {
		return math.Inf(-1)
	}
	// All above the (allowed+1)-th greatest: just above it.
	return math.Nextafter(sorted[n-1-allowed], math.Inf(1))
}

// EER is the equal error rate: where FMR and FNMR cross, read between the two
// thresholds around the crossing.
func (s Scores) EER() float64 {
	all := append(append([]float64(nil), s.Mated...), s.NonMated...)
	sort.Float64s(all)
	lastFMR, lastFNMR := 1.0, 0.0
	for _, t := range append(all, math.Inf(1)) {
		fmr, fnmr := s.FMR(t), s.FNMR(t)
		if fnmr >= fmr {
			return crossing(lastFMR, lastFNMR, fmr, fnmr)
		}
		lastFMR, lastFNMR = fmr, fnmr
	}
	return math.NaN()
}

// crossing is where two error rates meet between two thresholds.
func crossing(lastFMR, lastFNMR, fmr, fnmr float64) float64 {
	before, after := lastFMR-lastFNMR, fnmr-fmr
	if before+after == 0 {
		return fmr
	}
	w := before / (before + after)
	return ((1-w)*(lastFMR+lastFNMR) + w*(fmr+fnmr)) / 2
}

// AUC is the chance that a mated pair scores above a non-mated one, a tie counting
// half.
func (s Scores) AUC() float64 {
	if len(s.Mated) == 0 || len(s.NonMated) == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, v := range s.Mated {
		below := sort.SearchFloat64s(s.NonMated, v)
		upTo := sort.Search(len(s.NonMated), func(i int) bool { return s.NonMated[i] > v })
		sum += float64(below) + float64(upTo-below)/2
	}
	return sum / float64(len(s.Mated)) / float64(len(s.NonMated))
}

// thresholds are the distinct scores that were seen, from the least.
func (s Scores) thresholds() []float64 {
	all := append(append([]float64(nil), s.Mated...), s.NonMated...)
	sort.Float64s(all)
	out := all[:0]
	for i, t := range all {
		if i == 0 || t != out[len(out)-1] {
			out = append(out, t)
		}
	}
	return out
}
