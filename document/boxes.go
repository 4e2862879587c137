package document

import (
	"cmp"
	"math"
	"slices"

	"example.org/osprey/face"
)

// box is a turned rectangle around a piece of text: its middle, the direction
// of its longer side (a unit vector, x never negative) and its sides.
type box struct {
	centre, along face.Point
	length, high  float64
}

// What is read from the detector's map (differentiable binarization, Liao et
// al. 2020): the share of text a pixel needs, the mean that a piece needs, and
// how far the shrunk core of a piece is grown back, as in PP-OCR.
const (
	mapText   = 0.3
	pieceText = 0.5
	unclip    = 1.6
	maxPieces = 1000
)

// pieces finds connected parts of the map, w by h probabilities, and lays a
// rectangle around each.
func pieces(probability []float32, w, h int) []box {
	var out []box
	for _, p := range parts(probability, w, h, mapText) {
		if p.pixels >= 12 && p.sum >= pieceText*float64(p.pixels) {
			out = append(out, grown(around(p.edge)))
		}
	}
	slices.SortStableFunc(out, func(a, b box) int { return cmp.Compare(b.length, a.length) })
	return out[:min(len(out), maxPieces)]
}

// part is a connected part of a map.
type part struct {
	pixels int
	sum    float64        // of the map's values
	filled float64        // pixels between the ends of its rows, holes included
	edge   map[int][2]int // row -> first and last column
}

// parts finds the connected parts of what reaches the threshold, neighbours
// at the corner included.
func parts(values []float32, w, h int, threshold float32) []part {
	var out []part
	seen := make([]bool, w*h)
	for start := range seen {
		if !seen[start] && values[start] >= threshold {
			out = append(out, flood(values, seen, start, w, h, threshold))
		}
	}
	return out
}

func flood(values []float32, seen []bool, start, w, h int, threshold float32) part {
	p := part{edge: map[int][2]int{}}
	stack := []int{start}
	seen[start] = true
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		x, y := i%w, i/w
		p.pixels++
		p.sum += float64(values[i])
		if e, ok := p.edge[y]; ok {
			p.edge[y] = [2]int{min(e[0], x), max(e[1], x)}
		} else {
			p.edge[y] = [2]int{x, x}
		}
		for ny := max(0, y-1); ny <= min(h-1, y+1); ny++ {
			for nx := max(0, x-1); nx <= min(w-1, x+1); nx++ {
				if k := ny*w + nx; !seen[k] && values[k] >= threshold {
					seen[k] = true
					stack = append(stack, k)
				}
			}
		}
	}
	for _, e := range p.edge {
		p.filled += float64(e[1] - e[0] + 1)
	}
	return p
}

// grown undoes the shrinking of the detector's training: every side moves out
// by area / circumference * unclip.
func grown(b box) box {
	d := b.length * b.high / (2 * (b.length + b.high)) * unclip
	b.length += 2 * d
	b.high += 2 * d
	return b
}

// around is the rectangle of least area around the pixels between the given
// columns of each row.
func around(edge map[int][2]int) box {
	points := make([]face.Point, 0, 4*len(edge))
	for y, e := range edge {
		for _, dy := range []float64{0, 1} {
			points = append(points,
				face.Point{X: float64(e[0]), Y: float64(y) + dy}, face.Point{X: float64(e[1] + 1), Y: float64(y) + dy})
		}
	}
	hull := convex(points)
	best, area := box{}, math.Inf(1)
	for i, p := range hull {
		q := hull[(i+1)%len(hull)]
		l := math.Hypot(q.X-p.X, q.Y-p.Y)
		if l == 0 {
			continue
		}
		u := face.Point{X: (q.X - p.X) / l, Y: (q.Y - p.Y) / l}
		if b := boundsAlong(hull, u); b.length*b.high < area {
			best, area = b, b.length*b.high
		}
	}
	return best
}

// boundsAlong is the rectangle around points with a side along u.
func boundsAlong(points []face.Point, u face.Point) box {
	lo, hi := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for _, p := range points {
		for k, v := range []float64{p.X*u.X + p.Y*u.Y, -p.X*u.Y + p.Y*u.X} {
			lo[k], hi[k] = min(lo[k], v), max(hi[k], v)
		}
	}
	a, b := (lo[0]+hi[0])/2, (lo[1]+hi[1])/2
	out := box{
		centre: face.Point{X: a*u.X - b*u.Y, Y: a*u.Y + b*u.X}, along: u,
		length: hi[0] - lo[0], high: hi[1] - lo[1],
	}
	if out.length < out.high {
		out.length, out.high, out.along = out.high, out.length, face.Point{X: -u.Y, Y: u.X}
	}
	out.along = forward(out.along)
	return out
}

// forward is the direction or its opposite, whichever points to the right.
func forward(u face.Point) face.Point {
	if u.X < 0 || u.X == 0 && u.Y < 0 {
		return face.Point{X: -u.X, Y: -u.Y}
	}
	return u
}

// convex is the convex hull, counter-clockwise (Andrew's monotone chain).
func convex(points []face.Point) []face.Point {
	slices.SortFunc(points, func(a, b face.Point) int { return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y)) })
	half := func(points []face.Point) []face.Point {
		var out []face.Point
		for _, p := range points {
			for len(out) >= 2 {
				a, b := out[len(out)-2], out[len(out)-1]
				if (b.X-a.X)*(p.Y-a.Y)-(b.Y-a.Y)*(p.X-a.X) > 0 {
					break
				}
				out = out[:len(out)-1]
			}
			out = append(out, p)
		}
		return out[:len(out)-1]
	}
	lower := half(points)
	slices.Reverse(points)
	return append(lower, half(points)...)
}
