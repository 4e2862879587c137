package face

import (
	"context"
	"image"
)

// Follow is Detect for the frames of a video: one look at the whole frame,
// or, where that finds no face beyond doubt, one at where the face was in the
// frame before. Only when both find none it takes Detect's further looks. Its
// result depends on the image and on previous alone; previous is nil for the
// first frame.
//
// Unlike Detect it gives only faces beyond doubt once it has found one: of a
// group, small or half hidden faces may be missing. Ask Detect for one frame
// where their number matters.
func (e *Engine) Follow(ctx context.Context, img image.Image, previous *Detection) ([]Detection, error) {
	l, s, err := e.newSearch(ctx, img)
	if err != nil {
		return nil, err
	}
	defer e.leave(l)
	corner := img.Bounds().Min
	origin := Point{float64(corner.X), float64(corner.Y)}
	var last *Box
	if previous != nil && previous.isSound() {
		d := *previous
		d.shift(Point{-origin.X, -origin.Y})
		last = &d.Box
	}
	found, err := s.follow(last, previous)
	if err == nil && len(found) == 0 {
		found, err = s.faces()
	}
	if err != nil {
		return nil, err
	}
	return s.describe(found, origin), nil
}

// follow gives the faces beyond doubt of at most two looks.
func (s *search) follow(last *Box, previous *Detection) ([]candidate, error) {
	in := s.lane.detect.session.manifest
	iw, ih := float64(in.Input.Shape[3]), float64(in.Input.Shape[2])
	looks := []affine{letterbox(Box{0, 0, s.w, s.h}, iw, ih)}
	angles := []float64{0}
	if last != nil {
		c := candidate{box: *last, angle: previous.lean()}
		looks, angles = append(looks, upright(c, iw, ih)), append(angles, c.angle)
	}
	for i, m := range looks {
		found, err := s.look(m, angles[i])
		if err != nil {
			return nil, err
		}
		found = suppress(found, in.Output.NMS)
		if _, err := s.settles(found); err != nil {
			return nil, err
		}
		var certain []candidate
		for _, c := range found {
			if c.score >= sure && c.moved < steady && c.box.Shorter() >= leastSide {
				certain = append(certain, c)
			}
		}
		if certain = withoutParts(certain, nil, in.Output.NMS); len(certain) > 0 {
			return certain, nil
		}
	}
	return nil, nil
}
