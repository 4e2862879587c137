package gallery

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"example.org/osprey"
)

// unit draws a vector that checkVector accepts, with a length anywhere in the
// range it allows and one of several distributions of the components.
func unit(t *rapid.T, label string, dim int) []float32 {
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, label), 1))
	power := rapid.SampledFrom([]float64{0.1, 1, 3, 20}).Draw(t, label+" peaks")
	v := make([]float64, dim)
	var sum float64
	for i := range v {
		x := rng.NormFloat64()
		v[i] = math.Copysign(math.Pow(math.Abs(x), power), x)
		sum += v[i] * v[i]
	}
	norm := 1 + NormTolerance*0.9999*rapid.Float64Range(-1, 1).Draw(t, label+" length")
	out := make([]float32, dim)
	for i := range v {
		out[i] = float32(v[i] / math.Sqrt(sum) * norm)
	}
	return out
}

// TestUpperBoundHolds is the proof of quantise.go as a property. The bound must
// also be of use: no further away than the two residuals allow.
func TestUpperBoundHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dim := rapid.SampledFrom([]int{1, 2, 3, 16, 100, 512, MaxDim}).Draw(t, "dim")
		x := unit(t, "row", dim)
		y := unit(t, "probe", dim)
		switch rapid.IntRange(0, 3).Draw(t, "relation") {
		case 0: // the same
			y = x
		case 1: // opposite
			y = make([]float32, dim)
			for i := range y {
				y[i] = -x[i]
			}
		}
		config := Config{Model: "m", Dim: dim}
		for _, v := range [][]float32{x, y} {
			if err := config.checkVector("m", v); err != nil {
				t.Fatalf("the test made a vector that is refused: %v", err)
			}
		}
		codes := make([]byte, rowBytes(dim))
		scale, residual := quantiseRow(codes, x)
		p := quantiseProbe(make([]int8, rowBytes(dim)), y)
		sums := make([]int32, 1)
		plainScore(sums, codes, p.codes)
		upper := p.upperBound(sums[0], scale, residual)
		score := float64(osprey.Similarity(y, x))
		if score > upper {
			t.Fatalf("similarity %v is above the bound %v", score, upper)
		}
		if room := 2 * (float64(residual)*p.perError + p.fixed); upper-score > room {
			t.Fatalf("the bound %v is %v above the similarity, residuals explain %v", upper, upper-score, room)
		}
	})
}

// TestBoundIsTight keeps the bound of ordinary templates narrow, since the number
// of images to re-rank grows with it.
func TestBoundIsTight(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	v := make([]float32, 512)
	for range 100 {
		fillUnit(rng, v)
		_, residual := quantiseRow(make([]byte, 512), v)
		p := quantiseProbe(make([]int8, 512), v)
		if width := float64(residual)*p.perError + p.fixed; width > 0.025 {
			t.Fatalf("the bound of a random template is %v wide", width)
		}
	}
}

// fillUnit makes v a vector of length 1 in a random direction.
func fillUnit(rng *rand.Rand, v []float32) {
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	normalise(v)
}

func normalise(v []float32) {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / math.Sqrt(sum))
	}
}
