package face

import (
	"cmp"
	"math"
	"slices"
)

// The plan of looks. Sizes are pixels of a face box's shorter side in the
// detector's input.
const (
	sure      = 0.8 // a best score from which the first look settles the photograph
	smallest  = 20. // the detector finds nearly every face of this size
	minPixels = 40. // smallest face that must be found, pixels of the photograph
	minShare  = 0.1 // ... and share of the photograph's shorter side
	tilt      = 35 * math.Pi / 180
)

// faces takes the looks that the photograph needs and merges what they find.
func (s *search) faces() ([]candidate, error) {
	shape := s.lane.detect.session.manifest.Input.Shape
	iw, ih := float64(shape[3]), float64(shape[2])
	nms := s.lane.detect.session.manifest.Output.NMS
	whole := Box{0, 0, s.w, s.h}

	more, err := s.look(letterbox(whole, iw, ih), 0)
	if err != nil {
		return nil, err
	}
	// Before anything else is drawn into the lane's buffer:
	flat := stretch(s.lane.mip[1])
	found := suppress(more, nms)
	certain, err := s.settles(found)
	if err != nil {
		return nil, err
	}
	if !certain && flat {
		if more, err = s.run(letterbox(whole, iw, ih), 0); err != nil {
			return nil, err
		}
		found = suppress(append(found, more...), nms)
		if certain, err = s.settles(found); err != nil {
			return nil, err
		}
	}

	need := math.Max(minPixels, minShare*math.Min(s.w, s.h))
	fit := math.Min(iw/s.w, ih/s.h)
	var scale float64
	if need*fit < smallest {
		scale = smallest / need
	}
	if !certain {
		scale = math.Max(scale, 2*fit)
	}
	if scale > 0 {
		for _, t := range tiles(s.w, s.h, iw/scale, ih/scale) {
			if more, err = s.look(letterbox(t, iw, ih), 0); err != nil {
				return nil, err
			}
			found = suppress(append(found, whollyIn(more, t, whole)...), nms)
		}
	}
	if !certain {
		centre := whole.Center()
		for _, angle := range []float64{-tilt, tilt} {
			if more, err = s.look(turned(centre, s.w, s.h, iw, ih, angle), angle); err != nil {
				return nil, err
			}
			found = suppress(append(found, more...), nms)
		}
		if more, err = s.look(letterbox(whole.grow(0.5), iw, ih), 0); err != nil {
			return nil, err
		}
		found = suppress(append(found, more...), nms)
	}
	return s.verify(found, iw, ih, nms)
}

// whollyIn drops what a tile shows of faces that are cut by its inner edges
// or too large for it: the look at the whole photograph sees those better.
func whollyIn(found []candidate, tile, whole Box) []candidate {
	kept := found[:0]
	for _, c := range found {
		near := 0.1 * c.box.Height()
		if c.box.Height() > 0.6*tile.Height() ||
			tile.Left > whole.Left && c.box.Left < tile.Left+near ||
			tile.Top > whole.Top && c.box.Top < tile.Top+near ||
			tile.Right < whole.Right && c.box.Right > tile.Right-near ||
			tile.Bottom < whole.Bottom && c.box.Bottom > tile.Bottom-near {
			continue
		}
		kept = append(kept, c)
	}
	return kept
}

// settled is the score from which a box with steady landmarks needs no
// further proof.
const settled = 0.9

// proof is the score that, given twice at two scales, proves a face whose
// landmarks are not steady: a full profile, a face half covered.
const proof = 0.95

// leastSide is the size, in pixels of the photograph, under which nothing is
// taken for a face.
const leastSide = 12

// verify lays landmarks on each candidate and drops what is no face. Where
// the landmarks are not steady, the detector looks once more at the size at
// which it is at its best: chins, spectacles, torsos and patterns that pass
// for a face at one scale do not at another. What remains in doubt must look
// like a face to the embedder.
func (s *search) verify(found []candidate, iw, ih, nms float64) ([]candidate, error) {
	var sound, doubtful []candidate
	for _, c := range found {
		if err := s.locate(&c); err != nil {
			return nil, err
		}
		if c.moved < steady {
			sound = append(sound, c)
		} else {
			doubtful = append(doubtful, c)
		}
	}
	sound = withoutParts(sound, nil, nms)
	for _, c := range doubtful {
		if len(withoutParts([]candidate{c}, sound, nms)) == 0 {
			continue
		}
		again, err := s.look(upright(c, iw, ih), c.angle)
		if err != nil {
			return nil, err
		}
		for _, a := range suppress(again, nms) {
			if err := s.locate(&a); err != nil {
				return nil, err
			}
			a.twice = overlap(a.box, c.box) > 0.5 && math.Min(a.score, c.score) >= proof
			if overlap(a.box, c.box) > 0.4 || a.moved < steady && a.score >= sure {
				sound = append(sound, withoutParts([]candidate{a}, sound, nms)...)
			}
		}
	}
	return s.proven(sound)
}

// proven drops doubtful candidates that do not look like a face to the
// embedder. One that is alone in the photograph may be weaker: a second face
// that is none costs a refusal, a missed only face costs one too.
func (s *search) proven(found []candidate) ([]candidate, error) {
	const alone = 0.8
	kept, spare, strongest := found[:0], candidate{}, 0.0
	for _, c := range found {
		if c.box.Shorter() < leastSide {
			continue
		}
		if !c.twice && (c.score < settled || c.moved >= steady) {
			strength, err := s.strength(c)
			if err != nil {
				return nil, err
			}
			if strength < s.least {
				if strength > strongest {
					spare, strongest = c, strength
				}
				continue
			}
		}
		kept = append(kept, c)
	}
	if len(kept) == 0 && strongest > 0 && strongest >= alone*s.least {
		kept = append(kept, spare)
	}
	return kept, nil
}

// strength is the length that a candidate's template has before it is made
// 1: short where the crop shows no face.
func (s *search) strength(c candidate) (float64, error) {
	l := s.lane
	m, ok := l.toReference(c.points)
	if !ok {
		return 0, nil
	}
	warp(s.view(c.box.grow(1)), m.invert(), CropSize, CropSize, borderNearest, careful, &l.mip[0], &l.mip[1])
	l.embed.feed(l.mip[1])
	if err := l.embed.run(); err != nil {
		return 0, err
	}
	return length(l.embed.out[0]), nil
}

// locate lays landmarks on a candidate, once.
func (s *search) locate(c *candidate) (err error) {
	if c.located {
		return nil
	}
	c.located = true
	if err := s.ctx.Err(); err != nil {
		return err
	}
	c.points, c.moved, err = s.lane.fivePoints(s.view(c.box.grow(1)), c.box, c.angle)
	return err
}

// withoutParts keeps, best first, the candidates that show another face than
// those before them and than the given ones: neither a part of one nor
// something around one.
func withoutParts(found, given []candidate, most float64) []candidate {
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	var kept []candidate
	for _, c := range found {
		same := func(k candidate) bool { return overlap(c.box, k.box) > most || inside(c.box, k.box) }
		if !slices.ContainsFunc(given, same) && !slices.ContainsFunc(kept, same) {
			kept = append(kept, c)
		}
	}
	return kept
}

// upright maps the detector's input onto the surroundings of a face so that
// its box is a third of the input's height and stands upright.
func upright(c candidate, iw, ih float64) affine {
	step := 3 * c.box.Height() / ih
	a, d := step*math.Cos(c.angle), step*math.Sin(c.angle)
	centre := c.box.Center()
	return affine{
		a: a, b: -d, c: centre.X - a*iw/2 + d*ih/2,
		d: d, e: a, f: centre.Y - d*iw/2 - a*ih/2,
	}
}

// settles tells whether a first look has found a face beyond doubt: one that
// the detector is sure of and whose landmarks are steady.
func (s *search) settles(found []candidate) (bool, error) {
	certain := false
	for i := range found {
		if err := s.locate(&found[i]); err != nil {
			return false, err
		}
		certain = certain || found[i].score >= sure && found[i].moved < steady
	}
	return certain, nil
}

// letterbox maps the detector's input onto the box, whole and unstretched,
// in the middle.
func letterbox(b Box, iw, ih float64) affine {
	step := math.Max(b.Width()/iw, b.Height()/ih)
	c := b.Center()
	return affine{a: step, c: c.X - step*iw/2, e: step, f: c.Y - step*ih/2}
}

// turned is letterbox for the whole image, turned around its centre.
func turned(centre Point, w, h, iw, ih, angle float64) affine {
	sin, cos := math.Abs(math.Sin(angle)), math.Abs(math.Cos(angle))
	step := math.Max((w*cos+h*sin)/iw, (w*sin+h*cos)/ih)
	a, d := step*math.Cos(angle), step*math.Sin(angle)
	return affine{
		a: a, b: -d, c: centre.X - a*iw/2 + d*ih/2,
		d: d, e: a, f: centre.Y - d*iw/2 - a*ih/2,
	}
}

// tiles covers the image with boxes of tw by th pixels that overlap by a
// quarter at least, evenly spread.
func tiles(w, h, tw, th float64) []Box {
	var out []Box
	for _, y := range offsets(h, th) {
		for _, x := range offsets(w, tw) {
			out = append(out, Box{x, y, x + tw, y + th})
		}
	}
	return out
}

// offsets spreads pieces of the given length over a side.
func offsets(side, length float64) []float64 {
	if length >= side {
		return []float64{(side - length) / 2}
	}
	n := 1 + int(math.Ceil((side-length)/(0.75*length)-1e-9))
	at := make([]float64, n)
	for i := range at {
		at[i] = (side - length) * float64(i) / float64(n-1)
	}
	return at
}
