package eval

import (
	"math"
	"math/rand/v2"
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
	return share(len(s.NonMated)-sort.SearchFloat64s(s.NonMated, threshold), len(s.NonMated))
}

// FNMR is the share of mated pairs below the threshold.
func (s Scores) FNMR(threshold float64) float64 {
	return share(sort.SearchFloat64s(s.Mated, threshold), len(s.Mated))
}

func share(n, of int) float64 {
	if of == 0 {
		return math.NaN()
	}
	return float64(n) / float64(of)
}

// ThresholdAtFMR is the least threshold whose FMR is at most the one given.
func (s Scores) ThresholdAtFMR(fmr float64) float64 {
	n := len(s.NonMated)
	allowed := int(math.Floor(fmr*float64(n) + 1e-9))
	if allowed >= n {
		return math.Inf(-1)
	}
	// All above the (allowed+1)-th greatest: just above it.
	return math.Nextafter(s.NonMated[n-1-allowed], math.Inf(1))
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
			before, after := lastFMR-lastFNMR, fnmr-fmr
			if before+after == 0 {
				return fmr
			}
			w := before / (before + after)
			return ((1-w)*(lastFMR+lastFNMR) + w*(fmr+fnmr)) / 2
		}
		lastFMR, lastFNMR = fmr, fnmr
	}
	return math.NaN()
}

// BestThreshold is the threshold with the greatest share of right answers, in the
// middle between the scores around it; of equally good ones the middle one.
func (s Scores) BestThreshold() float64 {
	type point struct {
		score float64
		mated bool
	}
	pts := make([]point, 0, len(s.Mated)+len(s.NonMated))
	for _, v := range s.Mated {
		pts = append(pts, point{v, true})
	}
	for _, v := range s.NonMated {
		pts = append(pts, point{v, false})
	}
	sort.Slice(pts, func(i, j int) bool { return pts[i].score < pts[j].score })
	right, best := len(s.Mated), -1 // threshold below everything
	var at []float64
	for i := 0; i <= len(pts); i++ {
		if i > 0 {
			if pts[i-1].mated {
				right--
			} else {
				right++
			}
		}
		if i > 0 && i < len(pts) && pts[i].score == pts[i-1].score {
			continue // no threshold lies between equal scores
		}
		var t float64
		switch {
		case len(pts) == 0:
			return math.NaN()
		case i == 0:
			t = pts[0].score
		case i == len(pts):
			t = math.Nextafter(pts[i-1].score, math.Inf(1))
		default:
			t = (pts[i-1].score + pts[i].score) / 2
		}
		if right > best {
			best, at = right, at[:0]
		}
		if right == best {
			at = append(at, t)
		}
	}
	return at[len(at)/2]
}

// Accuracy is the share of right answers at a threshold.
func (s Scores) Accuracy(threshold float64) float64 {
	wrong := sort.SearchFloat64s(s.Mated, threshold) + len(s.NonMated) - sort.SearchFloat64s(s.NonMated, threshold)
	n := len(s.Mated) + len(s.NonMated)
	return share(n-wrong, n)
}

// folds of CrossAccuracy.
const folds = 10

// CrossAccuracy is the mean accuracy over ten parts of the data, each judged by
// the threshold that is best on the nine others, and its standard deviation. The
// parts are drawn by the seed.
func CrossAccuracy(mated, nonMated []float64, seed uint64) (mean, deviation float64) {
	r := rand.New(rand.NewPCG(seed, 0x6f7370726579))
	part := func(n int) []int {
		p := make([]int, n)
		for i, v := range r.Perm(n) {
			p[v] = i % folds
		}
		return p
	}
	pm, pn := part(len(mated)), part(len(nonMated))
	pick := func(v []float64, p []int, fold int, in bool) (out []float64) {
		for i := range v {
			if (p[i] == fold) == in {
				out = append(out, v[i])
			}
		}
		return out
	}
	var acc []float64
	for f := range folds {
		test := NewScores(pick(mated, pm, f, true), pick(nonMated, pn, f, true))
		if len(test.Mated)+len(test.NonMated) == 0 {
			continue
		}
		train := NewScores(pick(mated, pm, f, false), pick(nonMated, pn, f, false))
		acc = append(acc, test.Accuracy(train.BestThreshold()))
	}
	for _, a := range acc {
		mean += a / float64(len(acc))
	}
	for _, a := range acc {
		deviation += (a - mean) * (a - mean) / float64(len(acc))
	}
	return mean, math.Sqrt(deviation)
}

// Interval is a 95 % confidence interval of a rate.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Wilson is the 95 % score interval of a rate seen in n trials (Wilson 1927).
func Wilson(rate float64, n int) Interval {
	if n == 0 || math.IsNaN(rate) {
		return Interval{0, 1}
	}
	const z = 1.959963984540054
	nf := float64(n)
	centre := rate + z*z/(2*nf)
	half := z * math.Sqrt(rate*(1-rate)/nf+z*z/(4*nf*nf))
	d := 1 + z*z/nf
	return Interval{math.Max(0, (centre-half)/d), math.Min(1, (centre+half)/d)}
}

// Supported reports whether n non-mated pairs can tell a false match rate by the
// rule of 30: thirty errors are needed for a rate within 30 % at 90 % confidence.
func Supported(fmr float64, n int) bool { return fmr*float64(n) >= 30 }

// LeastSupported is the smallest false match rate that n pairs can tell.
func LeastSupported(n int) float64 {
	if n == 0 {
		return 1
	}
	return math.Min(1, 30/float64(n))
}
