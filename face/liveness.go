package face

import (
	"context"
	"image"
	"math"
	"slices"
)

// Liveness is how much a face looks like a presentation attack: a print, a
// screen, a mask. It is a signal of risk from one picture, no proof.
type Liveness struct {
	// Raw is the fused log-odds of an attack: higher means more likely an
	// attack. Only the pack's calibration gives it a meaning.
	Raw     float64
	Members []float64 // log-odds of each member of the fusion
	// Confidence is confidence_spoofing, 0 to 1, by the pack's calibration:
	// 0.5 is what 3 % of bona fide attempts reach.
	Confidence float64
}

// LivenessCalibration is the pack's scale of confidence_spoofing, nil where
// the pack has no liveness models. It must not be changed.
func (e *Engine) LivenessCalibration() *LivenessCalibration {
	if e.pack.Manifest.Liveness == nil {
		return nil
	}
	return &e.pack.Manifest.Liveness.Calibration
}

// Liveness looks at a face with every member of the pack's fusion. A pack
// without one gives a *NoModelError.
func (e *Engine) Liveness(ctx context.Context, img image.Image, d Detection) (Liveness, error) {
	fusion := e.pack.Manifest.Liveness
	if fusion == nil {
		return Liveness{}, &NoModelError{Task: TaskLiveness}
	}
	l, _, err := e.enter(ctx, img, &d)
	if err != nil {
		return Liveness{}, err
	}
	defer e.leave(l)
	b := img.Bounds()
	filled := fusion.isFilled(d.Box, float64(b.Dx()), float64(b.Dy()))
	out := Liveness{Raw: fusion.Bias, Members: make([]float64, len(fusion.Members))}
	if filled {
		out.Raw += fusion.Filled.Bias
	}
	for i, m := range fusion.Members {
		if err := ctx.Err(); err != nil {
			return Liveness{}, err
		}
		if out.Members[i], err = e.attackOdds(l, img, d.Box, m, filled); err != nil {
			return Liveness{}, err
		}
		out.Raw += m.Weight * out.Members[i]
	}
	out.Confidence = fusion.Calibration.Confidence(out.Raw)
	return out, nil
}

// attackOdds gives one member's log-odds of an attack.
func (e *Engine) attackOdds(l *lane, img image.Image, box Box, member LivenessMember, filled bool) (float64, error) {
	i := slices.IndexFunc(e.further[TaskLiveness], func(f *further) bool { return f.manifest.Name == member.Model })
	k, err := e.slot(l, e.further[TaskLiveness][i])
	if err != nil {
		return 0, err
	}
	in := k.session.manifest.Input
	n := in.Shape[2]
	b := img.Bounds()
	crop := livenessCrop(in, box, member.Grow, float64(b.Dx()), float64(b.Dy()), filled)
	m := affine{a: crop.Width() / float64(n), c: crop.Left, e: crop.Height() / float64(n), f: crop.Top}
	warp(view(img, crop.rect(), &l.patch), m, n, n, borderNearest, careful, &l.mip[0], &l.mip[1])
	k.feed(l.mip[1])
	if err := k.run(); err != nil {
		return 0, err
	}
	return -k.logOdds("live"), nil
}

// livenessCrop is the box grown around its centre, made a square of its
// longer side where the model wants that. Where it reaches beyond the edge it
// is moved inside, and made smaller where the image is too small for it, so
// that the model sees surroundings and no made-up pixels: those look live to
// it. Only in an image that is all face (filled) the crop keeps its size and
// the nearest pixels fill the rest, because there the model cannot do
// without.
func livenessCrop(in Input, box Box, grow, w, h float64, filled bool) Box {
	cw, ch := grow*box.Width(), grow*box.Height()
	if in.Crop == "square" {
		cw = math.Max(cw, ch)
		ch = cw
	}
	if !filled {
		shrink := math.Min(1, math.Min(w/cw, h/ch))
		cw, ch = math.Min(w, cw*shrink), math.Min(h, ch*shrink)
	}
	c := box.Center()
	left, right := slide(c.X-cw/2, c.X+cw/2, w)
	top, bottom := slide(c.Y-ch/2, c.Y+ch/2, h)
	return Box{left, top, right, bottom}
}

// isFilled tells whether the image shows little but the face.
func (f *LivenessFusion) isFilled(box Box, w, h float64) bool {
	return w < f.Filled.Below*box.Width() && h < f.Filled.Below*box.Height()
}

// slide moves a stretch inside 0..length if it fits there.
func slide(from, to, length float64) (float64, float64) {
	by := 0.0
	switch {
	case to-from > length:
	case from < 0:
		by = -from
	case to > length:
		by = length - to
	}
	return from + by, to + by
}

// maxOdds bounds log-odds: beyond it float32 probabilities say nothing.
const maxOdds = 16

// logOdds gives the log-odds of the named class among the model's classes.
func (k *slot) logOdds(class string) float64 {
	out := k.session.manifest.Output
	scores := k.out[0]
	at := slices.Index(out.Classes, class)
	if out.Decoding == "probabilities" {
		p := float64(scores[at])
		return clamp(math.Log(p/(1-p)), -maxOdds, maxOdds)
	}
	// log(p/(1-p)) = score - log(sum of exp of the others)
	top := math.Inf(-1)
	for i, v := range scores {
		if i != at {
			top = math.Max(top, float64(v))
		}
	}
	sum := 0.0
	for i, v := range scores {
		if i != at {
			sum += math.Exp(float64(v) - top)
		}
	}
	return clamp(float64(scores[at])-top-math.Log(sum), -maxOdds, maxOdds)
}
