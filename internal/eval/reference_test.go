package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"example.org/osprey/face"
)

// calibration is a table for tests: FMR 1e-1 at similarity 0.15 to 1e-6 at 0.57.
func calibration() *face.Calibration {
	return &face.Calibration{
		ExtrapolatedBelow: 1e-6,
		Knots:             []face.Knot{{Similarity: .15, FMR: 1e-1}, {Similarity: .243, FMR: 1e-2}, {Similarity: .335, FMR: 1e-3}, {Similarity: .411, FMR: 1e-4}, {Similarity: .474, FMR: 1e-5}, {Similarity: .57, FMR: 1e-6}},
	}
}

// crowd makes persons with photographs whose templates lie around the person's, and
// every pair of them; some photographs give no template.
func crowd(seed uint64, persons, photosEach int) (pairs []Pair, photos map[string]seen, set []Identity) {
	r := rand.New(rand.NewPCG(seed, 1))
	photos = map[string]seen{}
	direction := func() []float64 {
		v := make([]float64, 16)
		for i := range v {
			v[i] = r.NormFloat64()
		}
		return v
	}
	for p := range persons {
		centre := direction()
		id := Identity{Name: fmt.Sprintf("p%d", p)}
		for k := range photosEach {
			path := fmt.Sprintf("/set/p%d/%d.jpg", p, k)
			id.Files = append(id.Files, path)
			if r.IntN(20) == 0 {
				photos[path] = seen{reason: "no_face"}
				continue
			}
			noise, length := direction(), 0.0
			v := make([]float64, len(centre))
			for i := range v {
				v[i] = centre[i] + 0.8*noise[i]
				length += v[i] * v[i]
			}
			unit := make([]float32, len(v))
			for i := range v {
				unit[i] = float32(v[i] / math.Sqrt(length))
			}
			photos[path] = seen{vector: unit}
		}
		set = append(set, id)
	}
	pairs, err := AllPairs(set, maxPairs, seed)
	if err != nil {
		panic(err)
	}
	return pairs, photos, set
}

// reference is what the definitions say, written without a thought of speed and
// without using anything of the package: every rate counts over all pairs again.
type reference struct {
	scores []float64
	mated  []bool
}

func (f *reference) add(a, b []float32, mated bool) {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	f.scores, f.mated = append(f.scores, sum), append(f.mated, mated)
}

func (f *reference) rates(threshold float64) (fmr, fnmr float64) {
	var falseMatch, nonMated, falseNonMatch, mated float64
	for i, s := range f.scores {
		switch {
		case f.mated[i]:
			mated++
			if s < threshold {
				falseNonMatch++
			}
		default:
			nonMated++
			if s >= threshold {
				falseMatch++
			}
		}
	}
	return falseMatch / nonMated, falseNonMatch / mated
}

// fnmrAt is the least FNMR of all thresholds whose FMR is at most the one given.
func (f *reference) fnmrAt(limit float64) float64 {
	best := 1.0
	for _, s := range append(append([]float64(nil), f.scores...), 2) {
		for _, t := range []float64{s, s + 1e-9} {
			if fmr, fnmr := f.rates(t); fmr <= limit && fnmr < best {
				best = fnmr
			}
		}
	}
	return best
}

// eer is where the two rates cross, between the neighbouring thresholds by a line.
func (f *reference) eer() float64 {
	lowFMR, lowFNMR, highFMR, highFNMR := 1.0, 0.0, 0.0, 1.0
	for _, s := range f.scores {
		fmr, fnmr := f.rates(s)
		if fnmr < fmr && fmr-fnmr < lowFMR-lowFNMR {
			lowFMR, lowFNMR = fmr, fnmr
		}
		if fnmr >= fmr && fnmr-fmr < highFNMR-highFMR {
			highFMR, highFNMR = fmr, fnmr
		}
	}
	w := (lowFMR - lowFNMR) / (lowFMR - lowFNMR + highFNMR - highFMR)
	return ((1-w)*(lowFMR+lowFNMR) + w*(highFMR+highFNMR)) / 2
}

// TestE03VerifyEqualsAReference: every figure of eval verify equals, to 1e-6, what an
// independent count over all pairs gives.
func TestE03VerifyEqualsAReference(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		pairs, photos, _ := crowd(seed, 14, 4)
		got, err := newVerifyReport("m", calibration(), pairs, nil, photos, VerifyOptions{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		var want reference
		for _, p := range pairs {
			if a, b := photos[p.A].vector, photos[p.B].vector; a != nil && b != nil {
				want.add(a, b, p.Mated)
			}
		}
		near := func(name string, got, want float64) {
			t.Helper()
			if math.Abs(got-want) > 1e-6 || math.IsNaN(got) {
				t.Errorf("seed %d: %s is %v, the reference has %v", seed, name, got, want)
			}
		}
		near("EER", got.EER, want.eer())
		for _, p := range got.Points {
			near(fmt.Sprint("FNMR at FMR ", p.FMR), p.FNMR, want.fnmrAt(p.FMR))
		}
		for _, p := range got.det() {
			// Between this score and the one before lies the same operating point,
			// whichever of them rounding has moved.
			fmr, fnmr := want.rates(p.threshold - 1e-7)
			near("FMR of the curve", p.fmr, fmr)
			near("FNMR of the curve", p.fnmr, fnmr)
		}
		fmr, fnmr := want.rates(0.474)
		near("FMR at 0.85", got.FMRAtDefault.Value, fmr)
		near("FNMR at 0.85", got.AtDefault.FNMR, fnmr)
		failed := 0
		for _, s := range photos {
			if s.vector == nil {
				failed++
			}
		}
		near("failure to enrol", got.FailureToEnrol, float64(failed)/float64(len(photos)))
		if got.PairsLost+len(want.scores) != len(pairs) || got.Identities != 14 {
			t.Errorf("seed %d: %d pairs lost, %d identities", seed, got.PairsLost, got.Identities)
		}
	}
}

// TestIdentifyEqualsAReference compares search, ranks and rates with plain counting.
func TestIdentifyEqualsAReference(t *testing.T) {
	t.Parallel()
	_, photos, set := crowd(3, 30, 5)
	var s IdentifySet
	for i, id := range set {
		if i < 20 {
			s.Gallery = append(s.Gallery, Identity{id.Name, id.Files[:2]})
		}
		s.Probes = append(s.Probes, Identity{id.Name, id.Files[2:4]})
		if i >= 20 {
			s.Strangers = append(s.Strangers, id.Files[4])
		}
	}
	r := &IdentifyReport{Head: Head{"identify", "m", 1}}
	if err := r.search(t.Context(), s, photos); err != nil {
		t.Fatal(err)
	}
	cal := calibration()
	r.rates(cal.Confidence, cal.Similarity(defaultConfidence))
	if r.Recall != 1 {
		t.Errorf("recall %v", r.Recall)
	}
	dot := func(a, b []float32) float64 {
		sum := 0.0
		for i := range a {
			sum += float64(a[i]) * float64(b[i])
		}
		return sum
	}
	best := func(probe []float32, id Identity) float64 {
		top := math.Inf(-1)
		for _, f := range id.Files {
			if v := photos[f].vector; v != nil {
				top = math.Max(top, dot(probe, v))
			}
		}
		return top
	}
	var first, mated int
	var mates, strangers []float64
	for i, id := range s.Probes {
		for _, f := range id.Files {
			probe := photos[f].vector
			if i < 20 && math.IsInf(best(make([]float32, 16), s.Gallery[i]), -1) {
				continue // not enrolled
			}
			if i < 20 {
				mated++
			}
			if probe == nil {
				if i < 20 {
					mates = append(mates, -1)
				}
				continue
			}
			top := math.Inf(-1)
			for _, g := range s.Gallery {
				top = math.Max(top, best(probe, g))
			}
			if i >= 20 {
				strangers = append(strangers, top)
				continue
			}
			mates = append(mates, best(probe, s.Gallery[i]))
			if best(probe, s.Gallery[i]) == top {
				first++
			}
		}
	}
	for _, f := range s.Strangers {
		if probe := photos[f].vector; probe != nil {
			top := math.Inf(-1)
			for _, g := range s.Gallery {
				top = math.Max(top, best(probe, g))
			}
			strangers = append(strangers, top)
		}
	}
	if r.Mated != mated || r.NonMated != len(strangers) || r.CMC[0].Errors != first {
		t.Errorf("%d mated, %d non-mated, %d at rank 1; want %d, %d, %d", r.Mated, r.NonMated, r.CMC[0].Errors, mated, len(strangers), first)
	}
	for _, p := range r.Points {
		passed, missed := 0, 0
		for _, v := range strangers {
			if v >= p.Threshold-1e-7 {
				passed++
			}
		}
		for _, v := range mates {
			if v < p.Threshold-1e-7 {
				missed++
			}
		}
		if allowed := int(p.FPIR*float64(len(strangers)) + 1e-9); passed > allowed+1 || p.FNIR.Errors != missed {
			t.Errorf("FPIR %v: %d pass, %d missed, report says %d", p.FPIR, passed, missed, p.FNIR.Errors)
		}
	}
	for i := 1; i < len(r.CMC); i++ {
		if r.CMC[i].Errors < r.CMC[i-1].Errors {
			t.Errorf("the curve falls at rank %d", i+1)
		}
	}
}
