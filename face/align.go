package face

import (
	"context"
	"errors"
	"image"
	"math"
)

// CropSize is the side, in pixels, of an aligned face.
const CropSize = 112

// ErrNoGeometry is returned for a face whose landmarks do not span a face.
var ErrNoGeometry = errors.New("face: landmarks do not form a face")

// Aligned is a face moved, turned and scaled so that eyes, nose and mouth
// lie on the embedder's reference points.
type Aligned struct {
	// Pix holds CropSize rows of CropSize pixels of four bytes: red, green,
	// blue and one that is ignored.
	Pix [4 * CropSize * CropSize]uint8
	// Landmarks are the five points in the photograph (see Detection).
	Landmarks [5]Point
	// Error is how far, in pixels of the crop, the landmarks lie from the
	// reference points (root mean square): small for an upright frontal face.
	Error float64
}

// Align cuts the face out of the photograph that Detect was given and moves
// it onto the embedder's reference points by a turn, a scale and a shift.
// Landmarks are taken from the detection, or found when those are all zero.
func (e *Engine) Align(ctx context.Context, img image.Image, d Detection) (*Aligned, error) {
	if !finite(d.Box.Left+d.Box.Top+d.Box.Right+d.Box.Bottom) || d.Box.Shorter() < 1 {
		return nil, ErrNoGeometry
	}
	l, err := e.take(ctx)
	if err != nil {
		return nil, err
	}
	defer e.put(l)
	defer l.patch.trim()
	corner := img.Bounds().Min
	origin := Point{float64(corner.X), float64(corner.Y)}
	unknown := d.Landmarks == [5]Point{}
	d.shift(Point{-origin.X, -origin.Y})
	src := view(img, d.Box.grow(1).rect(), &l.patch)
	if unknown {
		if d.Landmarks, _, err = l.fivePoints(src, d.Box, 0); err != nil {
			return nil, err
		}
	}
	toCrop, ok := l.toReference(d.Landmarks)
	if !ok {
		return nil, ErrNoGeometry
	}
	out := &Aligned{}
	for i, reference := range l.embed.session.manifest.Input.Reference {
		p := toCrop.apply(d.Landmarks[i])
		dx, dy := p.X-reference.X, p.Y-reference.Y
		out.Error += (dx*dx + dy*dy) / 5
	}
	out.Error = math.Sqrt(out.Error)
	crop := pixels{pix: out.Pix[:]}
	warp(src, toCrop.invert(), CropSize, CropSize, borderNearest, careful, &l.mip[0], &crop)
	d.shift(origin)
	out.Landmarks = d.Landmarks
	return out, nil
}

// toReference gives the map that moves landmarks onto the embedder's
// reference points; ok is false where there is none.
func (l *lane) toReference(points [5]Point) (m affine, ok bool) {
	m, ok = similarity(points[:], l.embed.session.manifest.Input.Reference)
	return m, ok && finite(m.scale()) && m.scale() > 1e-3
}

// canon is where the five points lie, on average, in the square crop that
// the landmark model wants (0 to 1).
var canon = [5]Point{{0.343, 0.409}, {0.657, 0.409}, {0.5, 0.585}, {0.3635, 0.7425}, {0.6365, 0.7425}}

// steady is the mean distance between the landmarks of two crops of one
// face, as a share of the crop's side, under which they are trusted. Of LFW's
// faces 99 % stay under it; of boxes around eyes, mouths, torsos and
// background 1 % do.
const steady = 0.045

// fivePoints finds the five landmarks of the face in box, whose head leans
// by about angle: first on the box's square, then on a square laid around
// what the first one gave. How far the points moved between the two, as a
// share of the square's side, tells whether there is a face at all.
func (l *lane) fivePoints(src pixels, box Box, angle float64) (five [5]Point, moved float64, err error) {
	before, err := l.points68(src, box.Center(), box.Height(), angle)
	if err != nil {
		return five, 0, err
	}
	five, moved = fiveOf68(before), math.Inf(1)
	for range 2 {
		m, ok := similarity(canon[:], five[:])
		if !ok || !finite(m.scale()) || m.scale() < 1 || m.scale() > 4*box.Height() {
			return five, math.Inf(1), nil
		}
		after, err := l.points68(src, m.apply(Point{0.5, 0.5}), m.scale(), math.Atan2(m.d, m.a))
		if err != nil {
			return five, 0, err
		}
		moved = 0
		for i := range after {
			moved += math.Hypot(after[i].X-before[i].X, after[i].Y-before[i].Y) / (68 * m.scale())
		}
		five, before = fiveOf68(after), after
		if moved < steady {
			break
		}
	}
	return five, moved, nil
}

// points68 runs the landmark model on a square of the photograph.
func (l *lane) points68(src pixels, centre Point, side, angle float64) (points [68]Point, err error) {
	k := l.landmarks
	n := k.session.manifest.Input.Shape[2]
	m := square(n, centre, side, angle)
	warp(src, m, n, n, borderNearest, brisk, &l.mip[0], &l.mip[1])
	k.feed(l.mip[1])
	if err := k.run(); err != nil {
		return points, err
	}
	for i := range points {
		points[i] = m.apply(Point{float64(k.out[0][2*i]) * float64(n), float64(k.out[0][2*i+1]) * float64(n)})
	}
	return points, nil
}

// fiveOf68 takes eyes, nose and mouth corners from the usual 68 points.
func fiveOf68(p [68]Point) [5]Point {
	return [5]Point{mean(p[36:42]), mean(p[42:48]), p[30], p[48], p[54]}
}

func mean(points []Point) Point {
	var m Point
	for _, p := range points {
		m.X += p.X / float64(len(points))
		m.Y += p.Y / float64(len(points))
	}
	return m
}
