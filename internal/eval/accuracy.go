package eval

import (
	"math"
	"math/rand/v2"
	"sort"
)

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
