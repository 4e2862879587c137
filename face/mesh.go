package face

import (
	"context"
	"image"
	"math"
)

// MeshPoints is how many points a Mesh has.
const MeshPoints = 468

// Point3 is a place in an image with its depth, in pixels of the image. Z
// grows away from the camera; its zero is near the middle of the head.
type Point3 struct {
	X, Y, Z float64
}

// Mesh is a face as 468 points in the usual numbering of MediaPipe's face
// mesh: 33 and 133 are the corners of the image's left eye, 263 and 362 of
// the right one, 61 and 291 of the mouth.
type Mesh struct {
	Points   [MeshPoints]Point3
	Presence float64 // how likely there is a face, 0 to 1
}

// Mesh lays the 468 points on a face. It needs a model for TaskMesh.
func (e *Engine) Mesh(ctx context.Context, img image.Image, d Detection) (Mesh, error) {
	l, origin, err := e.enter(ctx, img, &d)
	if err != nil {
		return Mesh{}, err
	}
	defer e.leave(l)
	m := Mesh{}
	if err := e.mesh(l, img, d, &m); err != nil {
		return Mesh{}, err
	}
	for i := range m.Points {
		m.Points[i].X += origin.X
		m.Points[i].Y += origin.Y
	}
	return m, nil
}

// enter takes a lane for a call about one face and moves the detection into
// the coordinates of an image that begins at 0. What it found is origin.
func (e *Engine) enter(ctx context.Context, img image.Image, d *Detection) (l *lane, origin Point, err error) {
	if !d.isSound() {
		return nil, origin, ErrNoGeometry
	}
	if l, err = e.take(ctx); err != nil {
		return nil, origin, err
	}
	corner := img.Bounds().Min
	origin = Point{float64(corner.X), float64(corner.Y)}
	d.shift(Point{-origin.X, -origin.Y})
	return l, origin, nil
}

func (e *Engine) leave(l *lane) {
	l.patch.trim()
	e.put(l)
}

// isSound tells whether the box can be the place of a face.
func (d *Detection) isSound() bool {
	const limit = 1 << 20
	b := d.Box
	return finite(b.Left+b.Top+b.Right+b.Bottom) && b.Shorter() >= 1 && b.Width() <= limit && b.Height() <= limit &&
		math.Abs(b.Left) <= limit && math.Abs(b.Top) <= limit
}

// mesh runs the model on a square around the face, turned with the head.
func (e *Engine) mesh(l *lane, img image.Image, d Detection, out *Mesh) error {
	k, err := e.only(l, TaskMesh)
	if err != nil {
		return err
	}
	in := k.session.manifest.Input
	n := in.Shape[2]
	side := (1 + 2*in.Grow) * math.Max(d.Box.Width(), d.Box.Height())
	m := square(n, d.Box.Center(), side, d.lean())
	src := view(img, bounds(m, n, n).rect(), &l.patch)
	warp(src, m, n, n, borderNearest, brisk, &l.mip[0], &l.mip[1])
	k.feed(l.mip[1])
	if err := k.run(); err != nil {
		return err
	}
	scale := m.scale()
	for i := range out.Points {
		p := m.apply(Point{float64(k.out[0][3*i]), float64(k.out[0][3*i+1])})
		out.Points[i] = Point3{p.X, p.Y, scale * float64(k.out[0][3*i+2])}
	}
	out.Presence = sigmoid(float64(k.out[1][0]))
	return nil
}

// lean is the angle of the line through the eyes, radians clockwise as seen;
// 0 where the detection has no landmarks.
func (d *Detection) lean() float64 {
	a, b := d.Landmarks[0], d.Landmarks[1]
	if a == b || !finite(a.X+a.Y+b.X+b.Y) {
		return 0
	}
	return math.Atan2(b.Y-a.Y, b.X-a.X)
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// logit is the inverse of sigmoid, infinite at 0 and 1.
func logit(p float64) float64 { return math.Log(p / (1 - p)) }
