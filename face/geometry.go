package face

import "math"

// Point is a place in an image: pixels, x to the right, y down. Pixel i
// covers i to i+1, so its centre is at i+0.5.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Box is an upright rectangle in pixels. It may reach beyond the image.
type Box struct {
	Left, Top, Right, Bottom float64
}

// Width is the box's width in pixels, never negative.
func (b Box) Width() float64 { return math.Max(0, b.Right-b.Left) }

// Height is the box's height in pixels, never negative.
func (b Box) Height() float64 { return math.Max(0, b.Bottom-b.Top) }

// Area is the box's area in square pixels.
func (b Box) Area() float64 { return b.Width() * b.Height() }

// Shorter is the shorter side in pixels.
func (b Box) Shorter() float64 { return math.Min(b.Width(), b.Height()) }

// Center is the middle of the box.
func (b Box) Center() Point { return Point{(b.Left + b.Right) / 2, (b.Top + b.Bottom) / 2} }

// Intersect is the common part of two boxes, of area 0 when there is none.
func (b Box) Intersect(o Box) Box {
	return Box{
		Left: math.Max(b.Left, o.Left), Top: math.Max(b.Top, o.Top),
		Right: math.Min(b.Right, o.Right), Bottom: math.Min(b.Bottom, o.Bottom),
	}
}

// grow moves every side outwards by the share of the box's size.
func (b Box) grow(share float64) Box {
	w, h := b.Width()*share, b.Height()*share
	return Box{b.Left - w, b.Top - h, b.Right + w, b.Bottom + h}
}

// overlap is intersection over union, 0 to 1.
func overlap(a, b Box) float64 {
	i := a.Intersect(b).Area()
	if i <= 0 {
		return 0
	}
	return i / (a.Area() + b.Area() - i)
}

// affine maps (x, y) to (a*x + b*y + c, d*x + e*y + f).
type affine struct{ a, b, c, d, e, f float64 }

func (m affine) apply(p Point) Point {
	return Point{m.a*p.X + m.b*p.Y + m.c, m.d*p.X + m.e*p.Y + m.f}
}

// scale is the length that a unit length of the domain has in the range.
func (m affine) scale() float64 { return math.Sqrt(math.Abs(m.a*m.e - m.b*m.d)) }

// invert gives the inverse map; the identity where there is none.
func (m affine) invert() affine {
	det := m.a*m.e - m.b*m.d
	if det == 0 || !finite(det) {
		return affine{a: 1, e: 1}
	}
	a, b, d, e := m.e/det, -m.b/det, -m.d/det, m.a/det
	return affine{a, b, -(a*m.c + b*m.f), d, e, -(d*m.c + e*m.f)}
}

// square maps the unit square of an output of n by n pixels onto the square
// of the given side around centre, turned by angle radians clockwise as seen
// on the image.
func square(n int, centre Point, side, angle float64) affine {
	s := side / float64(n)
	cos, sin := s*math.Cos(angle), s*math.Sin(angle)
	half := float64(n) / 2
	return affine{
		a: cos, b: -sin, c: centre.X - half*cos + half*sin,
		d: sin, e: cos, f: centre.Y - half*sin - half*cos,
	}
}

// similarity gives the turn, scale and shift (no mirror) that moves from
// nearest to to in the least-squares sense (Umeyama in the plane). ok is
// false where the points do not span anything.
func similarity(from, to []Point) (m affine, ok bool) {
	n := float64(len(from))
	var mf, mt Point
	for i := range from {
		mf.X += from[i].X / n
		mf.Y += from[i].Y / n
		mt.X += to[i].X / n
		mt.Y += to[i].Y / n
	}
	var dot, cross, norm float64
	for i := range from {
		fx, fy := from[i].X-mf.X, from[i].Y-mf.Y
		tx, ty := to[i].X-mt.X, to[i].Y-mt.Y
		dot += fx*tx + fy*ty
		cross += fx*ty - fy*tx
		norm += fx*fx + fy*fy
	}
	if norm < 1e-9 || dot*dot+cross*cross < 1e-18 {
		return affine{}, false
	}
	a, b := dot/norm, cross/norm
	return affine{a, -b, mt.X - a*mf.X + b*mf.Y, b, a, mt.Y - b*mf.X - a*mf.Y}, true
}
