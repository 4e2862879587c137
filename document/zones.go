package document

import (
	"cmp"
	"math"
	"slices"

	"example.org/osprey/face"
)

// zone is a place where an MRZ may be: two or three lines of one direction,
// one below the other, cut to the same ends.
type zone struct {
	rows   []row
	chains []int   // where the rows come from
	rank   float64 // how much they look like an MRZ's, for the order of trying
}

// row is a line of text: where the middle of its height begins and ends, and
// its height.
type row struct {
	from, to face.Point
	high     float64
}

func (r row) length() float64 { return math.Hypot(r.to.X-r.from.X, r.to.Y-r.from.Y) }

// turned is the row read from its other end.
func (r row) turned() row { return row{r.to, r.from, r.high} }

// chain is a row that is being put together: filler characters break lines
// into pieces.
type chain struct {
	row
	covered float64 // length of its pieces
}

func (b box) row() row {
	h := b.length / 2
	return row{
		face.Point{X: b.centre.X - h*b.along.X, Y: b.centre.Y - h*b.along.Y},
		face.Point{X: b.centre.X + h*b.along.X, Y: b.centre.Y + h*b.along.Y},
		b.high,
	}
}

// chains joins pieces that continue each other. pieces are sorted, longest
// first: the direction of a long piece is sure, that of a short one is not.
func chains(pieces []box) []chain {
	var out []chain
	used := make([]bool, len(pieces))
	for i, b := range pieces {
		if used[i] || b.length < 3*b.high {
			continue
		}
		used[i] = true
		c := chain{b.row(), b.length}
		for grown := true; grown; {
			grown = false
			for k, o := range pieces {
				if !used[k] && c.continues(o) {
					c.join(o)
					used[k], grown = true, true
				}
			}
		}
		out = append(out, c)
		if len(out) == maxChains {
			break
		}
	}
	parallel(out)
	return out
}

// parallel turns each chain the way that an earlier one of about the same
// direction has: where text stands upright, pieces point either way.
func parallel(cs []chain) {
	for i := range cs {
		for _, o := range cs[:i] {
			dot := (cs[i].to.X-cs[i].from.X)*(o.to.X-o.from.X) + (cs[i].to.Y-cs[i].from.Y)*(o.to.Y-o.from.Y)
			if share := dot / cs[i].length() / o.length(); math.Abs(share) > 0.7 {
				if share < 0 {
					cs[i].row = cs[i].turned()
				}
				break
			}
		}
	}
}

const maxChains = 60

// continues tells whether o lies in c's line, beside it.
func (c chain) continues(o box) bool {
	l := c.length()
	u := face.Point{X: (c.to.X - c.from.X) / l, Y: (c.to.Y - c.from.Y) / l}
	if ratio := o.high / c.high; ratio < 0.55 || ratio > 1.6 {
		return false
	}
	dx, dy := o.centre.X-c.from.X, o.centre.Y-c.from.Y
	along, across := dx*u.X+dy*u.Y, -dx*u.Y+dy*u.X
	gap := max(-along, along-l) - o.length/2
	if gap < -0.8*c.high || gap > 5*c.high {
		return false
	}
	reach := max(-along, along-l)
	if math.Abs(across) > 0.35*c.high+0.03*reach {
		return false
	}
	turn := math.Abs(u.X*o.along.Y - u.Y*o.along.X)
	return o.length < 3*o.high || turn < 0.12
}

// join lengthens c to the far end of o.
func (c *chain) join(o box) {
	l := c.length()
	u := face.Point{X: (c.to.X - c.from.X) / l, Y: (c.to.Y - c.from.Y) / l}
	r := o.row()
	if r.length() < 2*r.high || u.X*o.along.X+u.Y*o.along.Y == 0 {
		h := max(o.length, o.high) / 2
		r.from = face.Point{X: o.centre.X - h*u.X, Y: o.centre.Y - h*u.Y}
		r.to = face.Point{X: o.centre.X + h*u.X, Y: o.centre.Y + h*u.Y}
	} else if u.X*o.along.X+u.Y*o.along.Y < 0 {
		r = r.turned()
	}
	if (o.centre.X-c.from.X)*u.X+(o.centre.Y-c.from.Y)*u.Y > l/2 {
		c.to = r.to
	} else {
		c.from = r.from
	}
	c.high = (c.high*c.covered + o.high*o.length) / (c.covered + o.length)
	c.covered += o.length
}

// zones lists the places to try, the most promising first: pairs and triples
// of long chains that lie like the lines of an MRZ. Their distance is some 1.4
// of their height as the detector sees it.
func zones(cs []chain) []zone {
	var out []zone
	for i, a := range cs {
		if a.length() < leastAspect*a.high {
			continue
		}
		for k, b := range cs {
			if k == i || b.length() < leastAspect*b.high || !below(a, b) {
				continue
			}
			out = append(out, newZone(cs, i, k))
			for m, c := range cs {
				if m != i && m != k && c.length() >= leastAspect*c.high && below(b, c) && even(a, b, c) {
					out = append(out, newZone(cs, i, k, m))
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b zone) int { return cmp.Compare(b.rank, a.rank) })
	return out[:min(len(out), maxZones)]
}

const (
	leastAspect = 7 // length of a line over its height, half of its fillers missing
	maxZones    = 100
)

// below tells whether b is the next line after a.
func below(a, b chain) bool {
	l := a.length()
	u := face.Point{X: (a.to.X - a.from.X) / l, Y: (a.to.Y - a.from.Y) / l}
	m := face.Point{X: (b.from.X + b.to.X) / 2, Y: (b.from.Y + b.to.Y) / 2}
	dx, dy := m.X-a.from.X, m.Y-a.from.Y
	along, across := dx*u.X+dy*u.Y, -dx*u.Y+dy*u.X
	high := (a.high + b.high) / 2
	if across < 0.8*high || across > 3.2*high || a.high > 1.7*b.high || b.high > 1.7*a.high {
		return false
	}
	v := face.Point{X: b.to.X - b.from.X, Y: b.to.Y - b.from.Y}
	if math.Abs(u.X*v.Y-u.Y*v.X) > 0.1*math.Hypot(v.X, v.Y) {
		return false
	}
	common := min(l, along+b.length()/2) - max(0, along-b.length()/2)
	return common > 0.6*min(l, b.length()) && common > 0.35*max(l, b.length())
}

// even tells whether three lines have about the same distance.
func even(a, b, c chain) bool {
	d1, d2 := distance(a.row, b.row), distance(b.row, c.row)
	return d1 < 1.5*d2 && d2 < 1.5*d1
}

// distance is that of the middles, across the first.
func distance(a, b row) float64 {
	l := a.length()
	dx, dy := (b.from.X+b.to.X-a.from.X-a.to.X)/2, (b.from.Y+b.to.Y-a.from.Y-a.to.Y)/2
	return (-(a.to.Y-a.from.Y)*dx + (a.to.X-a.from.X)*dy) / l
}

// newZone cuts the lines to common ends: those of the longest reach, since a
// run of fillers at the end of a line is easily missed. An MRZ is long, its
// lines fill it from end to end, and three lines of one are better than two.
func newZone(cs []chain, of ...int) zone {
	long := cs[slices.MaxFunc(of, func(a, b int) int { return cmp.Compare(cs[a].length(), cs[b].length()) })]
	l := long.length()
	u := face.Point{X: (long.to.X - long.from.X) / l, Y: (long.to.Y - long.from.Y) / l}
	lo, hi, high := math.Inf(1), math.Inf(-1), 0.0
	for _, k := range of {
		lo = min(lo, cs[k].from.X*u.X+cs[k].from.Y*u.Y)
		hi = max(hi, cs[k].to.X*u.X+cs[k].to.Y*u.Y)
		high += cs[k].high / float64(len(of))
	}
	z := zone{chains: of}
	filled := 1.0
	for _, k := range of {
		z.rows = append(z.rows, cs[k].cut(u, lo, hi))
		filled = min(filled, cs[k].length()/(hi-lo))
	}
	z.rank = (hi - lo) * filled * filled * (1 + 0.02*float64(len(of)))
	if aspect := (hi - lo) / high; aspect < 15 || aspect > 50 {
		z.rank /= 3
	}
	return z
}

// cut prolongs or shortens the row so that it reaches from lo to hi along u.
func (r row) cut(u face.Point, lo, hi float64) row {
	dx, dy := r.to.X-r.from.X, r.to.Y-r.from.Y
	along := dx*u.X + dy*u.Y
	if along == 0 {
		return r
	}
	at := func(v float64) face.Point {
		t := (v - r.from.X*u.X - r.from.Y*u.Y) / along
		return face.Point{X: r.from.X + t*dx, Y: r.from.Y + t*dy}
	}
	return row{at(lo), at(hi), r.high}
}
