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
	// MRZ is what was read. Where its characters are little more than guesses,
	// it is not Valid, though its digits may agree by accident.
	MRZ MRZ
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
	maxProbes  = 10  // lines that are recognised in a view
)

// Read looks for an MRZ in the photograph, at any angle. today decides the
// centuries of its dates. The error is the engine's or the context's: a
// photograph without an MRZ is none.
func (r *Reader) Read(ctx context.Context, img image.Image, today time.Time) (Reading, error) {
	b := img.Bounds()
	if b.Dx() < 32 || b.Dy() < 32 {
		return Reading{}, nil
	}
	s := &search{ctx: ctx, ocr: r.ocr, raster: newRaster(img), today: today}
	if err := s.whole(0); err != nil {
		return Reading{}, err
	}
	var err error
	switch {
	case !s.best.Found && s.readable < 2:
		err = s.whole(math.Pi / 2)
	case !s.best.MRZ.Valid:
		if err = s.wider(); err == nil && !s.best.MRZ.Valid {
			err = s.closer()
		}
	}
	if err != nil {
		return Reading{}, err
	}
	return s.best, nil
}

// whole looks at the whole photograph, turned.
func (s *search) whole(radians float64) error {
	w, h := float64(s.raster.w), float64(s.raster.h)
	centre := face.Point{X: w / 2, Y: h / 2}
	if radians != 0 {
		w, h = h, w
	}
	return s.look(newView(centre, w, h, radians, detectSide))
}

// closer looks at the zone that was found, upright and as large as the
// detector takes it: lines that were cut short or seen slanted come out
// better.
func (s *search) closer() error {
	var centre face.Point
	for _, p := range s.best.Quad {
		centre.X += p.X / 4 / s.raster.scale
		centre.Y += p.Y / 4 / s.raster.scale
	}
	q := s.best.Quad
	w := 1.3 * math.Hypot(q[1].X-q[0].X, q[1].Y-q[0].Y) / s.raster.scale
	return s.look(newView(centre, w, 0.4*w, s.best.Angle*math.Pi/180, detectSide))
}

// wider reads the zone again with longer lines: where the detector missed the
// ends of all of them, a long format is taken for a short one.
func (s *search) wider() error {
	z := zone{}
	for _, r := range s.zoneRead.rows {
		dx, dy := 0.3*(r.to.X-r.from.X), 0.3*(r.to.Y-r.from.Y)
		r.from = face.Point{X: r.from.X - dx, Y: r.from.Y - dy}
		r.to = face.Point{X: r.to.X + dx, Y: r.to.Y + dy}
		z.rows = append(z.rows, r)
	}
	var strips []strip
	for _, r := range z.rows {
		got, err := s.ocr.read(s.ctx, s.raster, r)
		if err != nil {
			return err
		}
		strips = append(strips, got)
	}
	before, fit := s.best, s.fit
	s.best, s.fit = Reading{}, 0
	s.decode(z, strips)
	longer := s.best.Found && len(s.best.MRZ.Lines[0]) > len(before.MRZ.Lines[0])
	if !s.best.Found || !s.best.MRZ.Valid && s.fit < fit && !(longer && s.fit > fit-longerFit) {
		s.best, s.fit = before, fit
	}
	return nil
}

// longerFit is how much worse a longer format may fit than a shorter one that
// it holds: were it wrong, its further characters would cost far more.
const longerFit = 0.3

// look finds the zones of a view and reads them.
func (s *search) look(v view) error {
	found, err := s.ocr.find(s.ctx, s.raster, v)
	if err != nil {
		return err
	}
	s.seen, s.probes = map[sight][]glance{}, maxProbes
	return s.zones(zones(chains(found)))
}

// search is the work on one photograph.
type search struct {
	ctx      context.Context
	ocr      *ocr
	raster   *raster
	today    time.Time
	probes   int                // lines that may still be recognised
	seen     map[sight][]glance // what was recognised
	readable int                // zones of other text that could be read: the view is good
	best     Reading
	fit      float64
	zoneRead zone // where best was read
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
		got, fit, err := s.line(z, i, turned)
		if err != nil || got == nil {
			return false, err
		}
		if fit < leastFit {
			if readable = i > 0 || sureness(got) > 0.7; readable {
				s.readable++
			}
			return readable, nil
		}
		strips = append(strips, got)
	}
	s.decode(z, strips)
	return true, nil
}

// crops are the heights at which a line is read, as shares of the height that
// the detector gave it: a recogniser that loses a run of fillers at one often
// sees it at another.
var crops = []float64{1, 0.86, 1.14}

// line recognises line i of the zone, unless that was done before, and tells
// how well it fits. It gives nil when the work's bound is reached.
func (s *search) line(z zone, i int, turned bool) (strip, float64, error) {
	key, want := sight{z.chains[i], turned}, z.rows[i]
	for _, g := range s.seen[key] {
		near := 0.3 * want.high
		if math.Hypot(g.row.from.X-want.from.X, g.row.from.Y-want.from.Y) < near &&
			math.Hypot(g.row.to.X-want.to.X, g.row.to.Y-want.to.Y) < near {
			return g.strip, likeness(g.strip, len(z.rows), i), nil
		}
	}
	var best strip
	fit := math.Inf(-1)
	for _, crop := range crops {
		if s.probes <= 0 {
			break
		}
		s.probes--
		line := want
		line.high *= crop
		got, err := s.ocr.read(s.ctx, s.raster, line)
		if err != nil {
			return nil, 0, err
		}
		if f := likeness(got, len(z.rows), i); best == nil || f > fit {
			best, fit = got, f
		}
		if fit > goodFit || fit < leastFit && i == 0 && !hasFillers(best) {
			break
		}
	}
	if best != nil {
		s.seen[key] = append(s.seen[key], glance{want, best})
	}
	return best, fit, nil
}

// goodFit is the fit of a line that needs no second reading.
const goodFit = -0.3

// hasFillers tells whether the strip shows fillers, which no other text does.
func hasFillers(s strip) bool {
	n := 0
	for t := range s {
		if s[t][letters-1] > 0.5 {
			n++
		}
	}
	return n >= 2
}

// beside is the most that other text beside a line takes from its likeness.
const beside = 0.8

// likeness is how well the strip fits line i of an MRZ of so many lines.
func likeness(s strip, lines, i int) float64 {
	best := math.Inf(-1)
	for _, l := range layouts {
		if l.lines == lines {
			_, fit, inner := align(s, l.sets()[i])
			best = max(best, fit, inner-beside)
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

// The worst fit of a line of an MRZ, whatever lies beside it, and of all its
// lines by themselves. Those of the evaluation's documents have 0 to -0.6,
// lines of other text -0.9 and worse.
const (
	leastFit   = -1.2
	leastInner = -0.75
	// doubtFit is the fit of a line under which its alignment is in doubt, and
	// with it each character's place and the format.
	doubtFit = -0.45
)

// decode reads the strips as each format that has so many lines, and keeps
// the best.
func (s *search) decode(z zone, strips []strip) {
	for _, l := range layouts {
		if l.lines != len(strips) {
			continue
		}
		g, ok := newGuess(l, strips)
		if !ok || g.inner < leastInner {
			continue
		}
		m, sure, err := g.read(s.today)
		if err != nil {
			continue // a layout of the same size that is none of ours
		}
		if !s.best.Found || better(m.Valid, g.fit, s.best.MRZ.Valid, s.fit) {
			s.fit, s.zoneRead = g.fit, z
			sure *= math.Exp(4 * min(0, g.worst-doubtFit))
			s.best = Reading{Found: true, MRZ: m, Confidence: sure, Quad: z.quad(s.raster.scale), Angle: z.angle()}
		}
	}
}

// better compares two readings by their fit. Digits that agree decide only
// where the fits are about equal: else a passport with a wrong digit could be
// taken for a visa, which has fewer.
func better(valid bool, fit float64, thanValid bool, thanFit float64) bool {
	const equal = 0.03
	if valid != thanValid && math.Abs(fit-thanFit) < equal {
		return valid
	}
	return fit > thanFit
}

// newGuess aligns each strip with the line of the layout.
func newGuess(l layout, strips []strip) (guess, bool) {
	g := guess{layout: l}
	sets := l.sets()
	for i, s := range strips {
		cells, fit, inner := align(s, sets[i])
		if cells == nil {
			return guess{}, false
		}
		g.cells = append(g.cells, cells)
		g.fit += fit / float64(len(strips))
		g.inner += inner / float64(len(strips))
		g.worst = min(g.worst, inner)
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
