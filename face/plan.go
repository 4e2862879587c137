package face

import "math"

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

	found, err := s.look(letterbox(whole, iw, ih), 0, MinScore, nil)
	if err != nil {
		return nil, err
	}
	found = suppress(found, nms)
	certain := best(found) >= sure

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
			if found, err = s.look(letterbox(t, iw, ih), 0, MinScore, found); err != nil {
				return nil, err
			}
		}
	}
	if !certain {
		centre := whole.Center()
		for _, angle := range []float64{-tilt, tilt} {
			m := turned(centre, s.w, s.h, iw, ih, angle)
			if found, err = s.look(m, angle, MinScore, found); err != nil {
				return nil, err
			}
		}
		if found, err = s.look(letterbox(whole.grow(0.5), iw, ih), 0, MinScore, found); err != nil {
			return nil, err
		}
	}
	return suppress(found, nms), nil
}

func best(found []candidate) float64 {
	score := 0.
	for _, c := range found {
		score = math.Max(score, c.score)
	}
	return score
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
