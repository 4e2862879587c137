package document

import (
	"context"
	"image"
	"math"
	"slices"
	"time"

	"example.org/osprey/face"
)

// Reader finds and reads machine-readable zones on photographs. It is safe
// for use by many goroutines; each call takes its turns in the engine.
type Reader struct{ ocr *ocr }

// NewReader makes a Reader that runs the text models of e's pack. A pack
// without them gives an error that wraps *face.NoModelError.
func NewReader(e *face.Engine) (*Reader, error) {
	o, err := newOCR(e)
	if err != nil {
		return nil, err
	}
	return &Reader{o}, nil
}

// Reading is what Read found.
type Reading struct {
	// Found tells whether there is a machine-readable zone. The other values
	// are zero when there is none.
	Found bool
	MRZ   MRZ
	// Confidence, 0 to 1, is the chance that every character under a check
	// digit was read as it is printed. Below 0.8, digits that disagree may be
	// the reader's mistake.
	Confidence float64
	// Quad is where the zone lies, in pixels of the image whose upper left
	// corner is (0, 0): the corners of the text as it is read, upper left
	// first, then clockwise.
	Quad [4]face.Point
	// Angle is how far the text is turned from upright, in degrees clockwise
	// as seen on the image, from -180 to 180.
	Angle float64
}

// Bounds of the work on one photograph.
const (
	detectSide = 960 // longer side in which text is looked for
	maxProbes  = 16  // lines that are recognised
)

// Read looks for an MRZ in the photograph, at any angle. today decides the
// centuries of its dates. The error is the engine's or the context's: a
// photograph without an MRZ is none.
func (r *Reader) Read(ctx context.Context, img image.Image, today time.Time) (Reading, error) {
	b := img.Bounds()
	if b.Dx() < 32 || b.Dy() < 32 {
		return Reading{}, nil
	}
	s := &search{ctx: ctx, ocr: r.ocr, raster: newRaster(img), today: today, probes: maxProbes, seen: map[sight][]glance{}}
	found, err := s.ocr.find(ctx, s.raster, detectSide)
	if err != nil {
		return Reading{}, err
	}
	if err := s.zones(zones(chains(found))); err != nil {
		return Reading{}, err
	}
	return s.best, nil
}

// search is the work on one photograph.
type search struct {
	ctx    context.Context
	ocr    *ocr
	raster *raster
	today  time.Time
	probes int                // lines that may still be recognised
	seen   map[sight][]glance // what was recognised
	best   Reading
	fit    float64
}

// sight is a chain read from its left or, turned, from its right.
type sight struct {
	chain  int
	turned bool
}

// glance is a line between certain ends as it was recognised.
type glance struct {
	row   row
	strip strip
}

// zones reads the zones until one is plainly an MRZ.
func (s *search) zones(all []zone) error {
	for _, z := range all {
		if s.probes <= 0 || s.best.MRZ.Valid {
			return nil
		}
		for _, turned := range []bool{false, true} {
			readable, err := s.zone(z, turned)
			if err != nil {
				return err
			}
			if readable {
				break // text that is upright is not upside down
			}
		}
	}
	return nil
}

// zone recognises the lines of the zone, one way up, as long as they look
// like an MRZ's. readable tells whether they are upright text of any kind.
func (s *search) zone(z zone, turned bool) (readable bool, err error) {
	if turned {
		z = z.turned()
	}
	var strips []strip
	for i := range z.rows {
		got, err := s.line(z, i, turned)
		if err != nil || got == nil {
			return false, err
		}
		if likeness(got, len(z.rows), i) < leastFit {
			return i > 0 || sureness(got) > 0.7, nil
		}
		strips = append(strips, got)
	}
	s.decode(z, strips)
	return true, nil
}

// line recognises line i of the zone, unless that was done before. It gives
// nil when the work's bound is reached.
func (s *search) line(z zone, i int, turned bool) (strip, error) {
	key, want := sight{z.chains[i], turned}, z.rows[i]
	for _, g := range s.seen[key] {
		near := 0.3 * want.high
		if math.Hypot(g.row.from.X-want.from.X, g.row.from.Y-want.from.Y) < near &&
			math.Hypot(g.row.to.X-want.to.X, g.row.to.Y-want.to.Y) < near {
			return g.strip, nil
		}
	}
	if s.probes <= 0 {
		return nil, nil
	}
	s.probes--
	got, err := s.ocr.read(s.ctx, s.raster, want)
	if err != nil {
		return nil, err
	}
	s.seen[key] = append(s.seen[key], glance{want, got})
	return got, nil
}

// likeness is how well the strip fits line i of an MRZ of so many lines.
func likeness(s strip, lines, i int) float64 {
	best := math.Inf(-1)
	for _, l := range layouts {
		if l.lines == lines {
			_, fit := align(s, l.sets()[i])
			best = max(best, fit)
		}
	}
	return best
}

// sureness is the share of a strip's characters that the recogniser is sure
// of: low where text is upside down, or where there is none.
func sureness(s strip) float64 {
	var sure, all float64
	for t := range s {
		if s[t][blank] > 0.5 {
			continue
		}
		all++
		for k := range letters {
			if s[t][k] > 0.8 {
				sure++
			}
		}
	}
	return sure / max(all, 10)
}

// turned is the zone upside down.
func (z zone) turned() zone {
	out := zone{rank: z.rank}
	for i, r := range slices.Backward(z.rows) {
		out.rows = append(out.rows, r.turned())
		out.chains = append(out.chains, z.chains[i])
	}
	return out
}

const leastFit = -1.2

// decode reads the strips as each format that has so many lines, and keeps
// the best.
func (s *search) decode(z zone, strips []strip) {
	for _, l := range layouts {
		if l.lines != len(strips) {
			continue
		}
		g, ok := newGuess(l, strips)
		if !ok || g.fit < leastFit {
			continue
		}
		m, sure, err := g.read(s.today)
		if err != nil {
			continue // a layout of the same size that is none of ours
		}
		if !s.best.Found || better(m.Valid, g.fit, s.best.MRZ.Valid, s.fit) {
			s.fit = g.fit
			s.best = Reading{Found: true, MRZ: m, Confidence: sure, Quad: z.quad(s.raster.scale), Angle: z.angle()}
		}
	}
}

func better(valid bool, fit float64, thanValid bool, thanFit float64) bool {
	if valid != thanValid {
		return valid
	}
	return fit > thanFit
}

// newGuess aligns each strip with the line of the layout.
func newGuess(l layout, strips []strip) (guess, bool) {
	g := guess{layout: l}
	sets := l.sets()
	for i, s := range strips {
		cells, fit := align(s, sets[i])
		if cells == nil {
			return guess{}, false
		}
		g.cells = append(g.cells, cells)
		g.fit += fit / float64(len(strips))
	}
	return g, true
}

// quad gives the corners of the zone, in pixels of the photograph.
func (z zone) quad(scale float64) [4]face.Point {
	first, last := z.rows[0], z.rows[len(z.rows)-1]
	edge := func(r row, p face.Point, side float64) face.Point {
		l := r.length()
		h := side * r.high / 2 / l
		return face.Point{X: scale * (p.X - h*(r.to.Y-r.from.Y)), Y: scale * (p.Y + h*(r.to.X-r.from.X))}
	}
	return [4]face.Point{
		edge(first, first.from, -1), edge(first, first.to, -1), edge(last, last.to, 1), edge(last, last.from, 1),
	}
}

// angle is the direction of the text, in degrees.
func (z zone) angle() float64 {
	r := z.rows[0]
	return math.Atan2(r.to.Y-r.from.Y, r.to.X-r.from.X) * 180 / math.Pi
}
