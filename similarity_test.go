package osprey

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestSimilarity(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		a, b []float32
		want float32
	}{
		{"empty", nil, nil, 0},
		{"same", []float32{0.6, 0.8}, []float32{0.6, 0.8}, 1},
		{"opposite", []float32{1, 0}, []float32{-1, 0}, -1},
		{"right angle", []float32{1, 0}, []float32{0, 1}, 0},
		{"different lengths", []float32{1}, []float32{1, 0}, 0},
		{"small terms are not lost", []float32{1, 1e-5, -1}, []float32{1, 1e-5, 1}, 1e-10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := Similarity(tt.a, tt.b); math.Abs(float64(got-tt.want)) > 1e-7*math.Abs(float64(tt.want)) {
				t.Errorf("Similarity = %g, want %g", got, tt.want)
			}
		})
	}
}

// A template compared with itself must reach exactly 1, so that its
// confidence is exactly 1.
func TestSimilarityOfUnitVectors(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		raw, norm := make([]float64, 512), 0.0
		for i := range raw {
			raw[i] = random.NormFloat64()
			norm += raw[i] * raw[i]
		}
		v := make([]float32, len(raw))
		for i, x := range raw {
			v[i] = float32(x / math.Sqrt(norm))
		}
		if got := Similarity(v, v); got != 1 {
			t.Fatalf("Similarity of a unit vector with itself = %v", got)
		}
		w := append(v[256:len(v):len(v)], v[:256]...)
		if Similarity(v, w) != Similarity(w, v) {
			t.Fatal("Similarity is not symmetric")
		}
	}
}

func BenchmarkSimilarity(b *testing.B) {
	v := make([]float32, 512)
	for i := range v {
		v[i] = 0.04
	}
	for b.Loop() {
		Similarity(v, v)
	}
}
