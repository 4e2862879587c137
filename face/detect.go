package face

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"math"
	"slices"
)

// MinScore is the detector's score from which a box counts as a face.
const MinScore = 0.6

// maxSide bounds the sides of a photograph, in pixels.
const maxSide = 1 << 16

// Detection is one face found in a photograph. Places are pixels of the
// image that was passed in, in its own coordinates (Bounds().Min included).
type Detection struct {
	// Box surrounds the face from the forehead to the chin. It is not clipped:
	// the box of a face cut by the edge reaches beyond the image.
	Box Box
	// Score is the detector's certainty, MinScore to 1.
	Score float64
	// Landmarks are the two eyes (the image's left one first), the tip of the
	// nose and the corners of the mouth (left one first).
	Landmarks [5]Point
}

// Detect finds the faces in a photograph, the largest box first. The image
// must be upright (EXIF orientation applied). No face is an empty result and
// no error.
//
// One look at the whole photograph settles the common case. Further looks are
// taken where that one cannot settle it: at tiles, where a face of a tenth of
// the photograph's shorter side would be too small for the first look or no
// face was certain; turned both ways, for heads that lean; and from further
// away, for faces that fill the frame.
func (e *Engine) Detect(ctx context.Context, img image.Image) ([]Detection, error) {
	l, s, err := e.newSearch(ctx, img)
	if err != nil {
		return nil, err
	}
	defer e.leave(l)
	found, err := s.faces()
	if err != nil {
		return nil, err
	}
	corner := img.Bounds().Min
	return s.describe(found, Point{float64(corner.X), float64(corner.Y)}), nil
}

// search is the work of one Detect.
type search struct {
	ctx   context.Context
	lane  *lane
	img   image.Image
	w, h  float64
	least float64 // shortest raw template of a face, see Tuning
}

// newSearch takes a lane for a search of the image.
func (e *Engine) newSearch(ctx context.Context, img image.Image) (*lane, *search, error) {
	b := img.Bounds()
	if b.Dx() < 1 || b.Dy() < 1 || b.Dx() > maxSide || b.Dy() > maxSide {
		return nil, nil, fmt.Errorf("face: image of %dx%d pixels, each side must be 1 to %d", b.Dx(), b.Dy(), maxSide)
	}
	l, err := e.take(ctx)
	if err != nil {
		return nil, nil, err
	}
	return l, &search{
		ctx: ctx, lane: l, img: img, w: float64(b.Dx()), h: float64(b.Dy()), least: e.pack.Manifest.Quality.FaceNorm,
	}, nil
}

// candidate is a box that one look has found.
type candidate struct {
	box     Box
	score   float64
	angle   float64 // the way the look was turned, radians
	points  [5]Point
	moved   float64 // see fivePoints
	located bool    // points and moved are set
	twice   bool    // certain in the first look and in the one that asks again
}

// describe puts the result in order, in the image's own coordinates.
func (s *search) describe(found []candidate, origin Point) []Detection {
	out := make([]Detection, 0, len(found))
	for _, c := range found {
		d := Detection{Box: c.box, Score: c.score, Landmarks: c.points}
		d.shift(origin)
		out = append(out, d)
	}
	slices.SortStableFunc(out, func(a, b Detection) int {
		return cmp.Or(cmp.Compare(b.Box.Area(), a.Box.Area()), cmp.Compare(b.Score, a.Score),
			cmp.Compare(a.Box.Left, b.Box.Left), cmp.Compare(a.Box.Top, b.Box.Top))
	})
	return out
}

func (d *Detection) shift(by Point) {
	d.Box = Box{d.Box.Left + by.X, d.Box.Top + by.Y, d.Box.Right + by.X, d.Box.Bottom + by.Y}
	for i := range d.Landmarks {
		d.Landmarks[i].X += by.X
		d.Landmarks[i].Y += by.Y
	}
}

// view gives the pixels of the image inside a box.
func (s *search) view(b Box) pixels {
	return view(s.img, b.rect(), &s.lane.patch)
}

// look shows the detector the image through m (its input's pixels to the
// image's), turned by angle, and gives what it finds.
func (s *search) look(m affine, angle float64) ([]candidate, error) {
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	k := s.lane.detect
	shape := k.session.manifest.Input.Shape
	h, w := shape[2], shape[3]
	src := s.view(bounds(m, w, h))
	warp(src, m, w, h, borderGrey, brisk, &s.lane.mip[0], &s.lane.mip[1])
	return s.run(m, angle)
}

// run feeds the prepared pixels to the detector.
func (s *search) run(m affine, angle float64) ([]candidate, error) {
	k := s.lane.detect
	shape := k.session.manifest.Input.Shape
	k.feed(s.lane.mip[1])
	if err := k.run(); err != nil {
		return nil, err
	}
	return decodeCorners(k.out[0], k.out[1], shape[3], shape[2], m, angle, MinScore), nil
}

// decodeCorners reads pairs of scores and boxes as corners in 0..1 of the
// input, and places them in the image through m.
func decodeCorners(scores, boxes []float32, w, h int, m affine, angle, least float64) []candidate {
	var found []candidate
	scale := m.scale()
	for i := 0; 2*i+1 < len(scores) && 4*i+3 < len(boxes); i++ {
		score := float64(scores[2*i+1])
		if !(score >= least) {
			continue
		}
		x0, y0 := float64(boxes[4*i])*float64(w), float64(boxes[4*i+1])*float64(h)
		x1, y1 := float64(boxes[4*i+2])*float64(w), float64(boxes[4*i+3])*float64(h)
		if !(x1-x0 >= 1 && y1-y0 >= 1) || !finite(x0+y0+x1+y1) {
			continue
		}
		c := m.apply(Point{(x0 + x1) / 2, (y0 + y1) / 2})
		rw, rh := (x1-x0)/2*scale, (y1-y0)/2*scale
		found = append(found, candidate{
			box: Box{c.X - rw, c.Y - rh, c.X + rw, c.Y + rh}, score: math.Min(score, 1), angle: angle,
		})
	}
	return found
}

// suppress keeps the best of the boxes that show one face.
func suppress(found []candidate, most float64) []candidate {
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	kept := found[:0]
	for _, c := range found {
		if !slices.ContainsFunc(kept, func(k candidate) bool { return overlap(c.box, k.box) > most }) {
			kept = append(kept, c)
		}
	}
	return kept
}

// inside tells whether most of the smaller box is part of the larger: a part
// of a face that a closer look took for a face of its own, or the other way
// round.
func inside(a, b Box) bool {
	return a.Intersect(b).Area() > 0.6*math.Min(a.Area(), b.Area())
}
