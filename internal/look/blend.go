package look

import (
	"math"
	"slices"

	"example.org/osprey"
	"example.org/osprey/face"
)

// samePerson is the confidence from which two frames of a sequence show one person
// (components.md 2.8).
const samePerson = 0.5

// blend is the template of a sequence: the mean of its examined frames' templates, each
// weighted by the square of its score, made length 1 again; its Norm is their mean by
// the same weights. Weights that fall smoothly, rather than a choice of few frames,
// keep the template nearly the same whatever a codec does to the frames. Frames that
// show somebody else than most are left out.
func blend(frames []examined, scale *face.Calibration) face.Embedding {
	frames = agreeing(frames, scale)
	sum := make([]float64, len(frames[0].embedding.Vector))
	norm, weights := 0.0, 0.0
	for _, x := range frames {
		weight := math.Max(x.score, 0.01) * math.Max(x.score, 0.01)
		weights += weight
		norm += weight * x.embedding.Norm
		for k, v := range x.embedding.Vector {
			sum[k] += weight * float64(v)
		}
	}
	length := 0.0
	for _, v := range sum {
		length += v * v
	}
	length = math.Sqrt(length)
	if !(length > 0) { // templates that cancel out: they are not of one person
		return frames[0].embedding
	}
	out := face.Embedding{Vector: make([]float32, len(sum)), Norm: norm / weights}
	for k, v := range sum {
		out.Vector[k] = float32(v / length)
	}
	return out
}

// agreeing are the frames whose face is that of the frame which most of the others
// resemble best.
func agreeing(frames []examined, scale *face.Calibration) []examined {
	center, most := 0, math.Inf(-1)
	for i, a := range frames {
		sum := 0.0
		for _, b := range frames {
			sum += b.score * float64(osprey.Similarity(a.embedding.Vector, b.embedding.Vector))
		}
		if sum > most {
			center, most = i, sum
		}
	}
	middle := frames[center].embedding.Vector
	return slices.DeleteFunc(slices.Clone(frames), func(x examined) bool {
		return scale.Confidence(float64(osprey.Similarity(x.embedding.Vector, middle))) < samePerson
	})
}

// The faces that are compared to tell whether another person appears: those that look
// towards the camera and are sharp enough to be known.
const (
	personTurn  = 25.0 // degrees
	personSharp = 0.15
)

// otherPerson tells how surely the examined frames show two persons: two frames at
// least that are like each other and not like most. One alone may be a hand before
// the face.
func otherPerson(frames []examined, scale *face.Calibration) float64 {
	good := slices.DeleteFunc(slices.Clone(frames), func(x examined) bool {
		return math.Abs(x.grade[osprey.CheckYaw]) > personTurn || math.Abs(x.grade[osprey.CheckPitch]) > personTurn ||
			x.grade[osprey.CheckSharpness] < personSharp
	})
	if len(good) < 4 {
		return 0
	}
	like := func(a, b examined) bool {
		return scale.Confidence(float64(osprey.Similarity(a.embedding.Vector, b.embedding.Vector))) >= samePerson
	}
	main := agreeing(good, scale)
	var others []examined
	for _, x := range good {
		if !slices.ContainsFunc(main, func(m examined) bool { return like(x, m) }) {
			others = append(others, x)
		}
	}
	for i, a := range others {
		if slices.ContainsFunc(others[i+1:], func(b examined) bool { return like(a, b) }) {
			return 1
		}
	}
	return 0
}
