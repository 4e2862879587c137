package document

import (
	"image"
	"math"
	"slices"

	"example.org/osprey/face"
)

// Measures judge the photograph of a document. They do not tell whether there
// is one.
type Measures struct {
	// Sharpness is 0 to 1: 1 - exp(-energy/sharpnessE0) of the Laplacian where
	// the document has most detail.
	Sharpness float64
	// Glare is the share of the document's pixels that are saturated in all
	// channels, 0 to 1.
	Glare float64
	// Found tells whether the document stands out from an even ground; Quad is
	// then the rectangle around it, in pixels of the image whose upper left
	// corner is (0, 0), clockwise. Otherwise the whole image was measured.
	Found bool
	Quad  [4]face.Point
}

const (
	measureSide = 1000 // longer side at which documents are measured: some 7 pixels for a printed letter of 2 mm
	outlineSide = 200  // longer side at which the outline is sought
	saturated   = 250  // the least value of a saturated channel
	// sharpnessE0 is the energy, in squared grey levels, at which sharpness is
	// 1 - 1/e.
	sharpnessE0 = 400
)

// Measure measures the photograph of a document.
func Measure(img image.Image) Measures {
	if img.Bounds().Dx() < 3 || img.Bounds().Dy() < 3 {
		return Measures{}
	}
	r := newRaster(img)
	var m Measures
	pix, v := r.cut(box{
		centre: face.Point{X: float64(r.w) / 2, Y: float64(r.h) / 2}, along: face.Point{X: 1},
		length: float64(r.w), high: float64(r.h),
	})
	if b, ok := r.outline(); ok {
		// What is mostly white may be the reflection itself.
		if inner, view := r.cut(b); white(inner, view.w*view.h) < 0.5 {
			pix, v = inner, view
			m.Found, m.Quad = true, b.corners(r.scale)
		}
	}
	m.Sharpness = 1 - math.Exp(-detail(pix, v.w, v.h)/sharpnessE0)
	m.Glare = white(pix, v.w*v.h)
	return m
}

// white is the share of saturated pixels.
func white(pix []float32, n int) float64 {
	bright := 0
	for i := range n {
		if min(pix[i], pix[n+i], pix[2*n+i]) >= saturated {
			bright++
		}
	}
	return float64(bright) / float64(n)
}

// cut gives the pixels of a part of the raster, its longer side measureSide
// or, where it is smaller, as it is.
func (r *raster) cut(b box) ([]float32, view) {
	side := min(measureSide, max(32, int(max(b.length, b.high))))
	v := newView(b.centre, b.length, b.high, math.Atan2(b.along.Y, b.along.X), side)
	return r.draw(v.frame, v.w, v.h, [3]float32{}, [3]float32{1, 1, 1}, false), v
}

// corners of the box, in pixels of the photograph, clockwise.
func (b box) corners(scale float64) [4]face.Point {
	at := func(x, y float64) face.Point {
		x, y = x*b.length/2, y*b.high/2
		return face.Point{X: scale * (b.centre.X + x*b.along.X - y*b.along.Y), Y: scale * (b.centre.Y + x*b.along.Y + y*b.along.X)}
	}
	return [4]face.Point{at(-1, -1), at(1, -1), at(1, 1), at(-1, 1)}
}

// detail is the energy of the Laplacian in the tile of 32 by 32 pixels that
// has more of it than nine in ten: empty paper does not count.
func detail(pix []float32, w, h int) float64 {
	n := w * h
	luma := func(i int) float32 { return 0.299*pix[i] + 0.587*pix[n+i] + 0.114*pix[2*n+i] }
	const tile = 32
	var energies []float64
	for ty := 0; ty+tile <= h; ty += tile {
		for tx := 0; tx+tile <= w; tx += tile {
			var sum float64
			count := 0
			for y := max(1, ty); y < min(h-1, ty+tile); y++ {
				for x := max(1, tx); x < min(w-1, tx+tile); x++ {
					i := y*w + x
					d := float64(4*luma(i) - luma(i-1) - luma(i+1) - luma(i-w) - luma(i+w))
					sum += d * d
					count++
				}
			}
			energies = append(energies, sum/float64(count))
		}
	}
	if len(energies) == 0 {
		return 0
	}
	slices.Sort(energies)
	return energies[len(energies)*9/10]
}

// outline finds a document that lies on an even ground: what differs from the
// colour of the photograph's rim and fills a rectangle. The box is in pixels
// of the raster.
func (r *raster) outline() (box, bool) {
	s := float64(max(r.w, r.h)) / outlineSide
	w, h := int(float64(r.w)/s), int(float64(r.h)/s)
	if w < 16 || h < 16 {
		return box{}, false
	}
	f := frame{right: face.Point{X: s}, down: face.Point{Y: s}}
	pix := r.draw(f, w, h, [3]float32{}, [3]float32{1, 1, 1}, false)
	ground, even := rim(pix, w, h)
	if !even {
		return box{}, false
	}
	differs := make([]float32, w*h)
	for i := range differs {
		var d float32
		for k := range 3 {
			d += abs(pix[k*w*h+i] - ground[k])
		}
		if d > 45 {
			differs[i] = 1
		}
	}
	// The document is the largest connected part; its own rectangle must hold
	// little else than it.
	parts := parts(differs, w, h, 0.5)
	if len(parts) == 0 {
		return box{}, false
	}
	p := slices.MaxFunc(parts, func(a, b part) int { return a.pixels - b.pixels })
	b := around(p.edge)
	size, all := b.length*b.high, float64(w*h)
	if p.filled < 0.85*size || size < 0.2*all || size > 0.95*all || b.high < 0.4*b.length {
		return box{}, false
	}
	b.centre = face.Point{X: b.centre.X * s, Y: b.centre.Y * s}
	b.length, b.high = b.length*s, b.high*s
	return b, true
}

// rim gives the middle colour of the outermost pixels and whether most have
// it.
func rim(pix []float32, w, h int) (ground [3]float32, even bool) {
	var at []int
	for x := range w {
		at = append(at, x, (h-1)*w+x)
	}
	for y := range h {
		at = append(at, y*w, y*w+w-1)
	}
	for k := range 3 {
		values := make([]float32, len(at))
		for i, p := range at {
			values[i] = pix[k*w*h+p]
		}
		slices.Sort(values)
		ground[k] = values[len(values)/2]
	}
	near := 0
	for _, p := range at {
		var d float32
		for k := range 3 {
			d += abs(pix[k*w*h+p] - ground[k])
		}
		if d <= 45 {
			near++
		}
	}
	return ground, float64(near) > 0.9*float64(len(at))
}

func abs(v float32) float32 {
	if v < 0 {
		return -v
	}
	return v
}
