package face

import (
	"context"
	"errors"
	"math"
)

// Embedding is a face's template: a unit vector whose cosine with another of
// the same model says how alike two faces are.
type Embedding struct {
	Vector []float32 // 512 values for the default pack, length 1
	// Norm is the vector's length before it was made 1. It falls with blur,
	// noise, darkness and turned heads, and so tells how much to trust it.
	Norm float64
}

// Embed computes the template of an aligned face.
func (e *Engine) Embed(ctx context.Context, a *Aligned) (Embedding, error) {
	l, err := e.take(ctx)
	if err != nil {
		return Embedding{}, err
	}
	defer e.put(l)
	k := l.embed
	k.feed(pixels{pix: a.Pix[:]})
	if err := k.run(); err != nil {
		return Embedding{}, err
	}
	return normalise(k.out[0])
}

var errNoTemplate = errors.New("face: the embedder gave no usable vector")

func normalise(v []float32) (Embedding, error) {
	norm := length(v)
	if !finite(norm) || norm < 1e-6 {
		return Embedding{}, errNoTemplate
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(float64(x) / norm)
	}
	return Embedding{Vector: out, Norm: norm}, nil
}

// length is the Euclidean length of a vector.
func length(v []float32) float64 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}
