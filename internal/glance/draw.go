package glance

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"sort"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/sketch"
)

// The layout of a file's panel, in pixels.
const (
	panelWidth = 1180
	gap        = 24
	headHeight = 64
	curveHigh  = 150
	sideLeft   = shownSide + 2*gap
	sideRight  = panelWidth - gap
	lineHeight = 20
)

var (
	heading = sketch.Style{Size: 20, Bold: true}
	strong  = sketch.Style{Size: 14, Bold: true}
	plain   = sketch.Style{Size: 13}
	small   = sketch.Style{Size: 12}

	boxInk  = sketch.Lines[2]
	warnInk = color.RGBA{0xc2, 0x4a, 0x00, 0xff}
	meshInk = color.NRGBA{0x8f, 0xf0, 0xd0, 0xb0}
	other   = color.NRGBA{0xff, 0xff, 0xff, 0xc0}
)

type at = sketch.Point

// Panel draws what was seen in one file.
func (f *File) Panel() *sketch.Canvas {
	lower := 0 // height of the picture
	if f.picture != nil {
		lower = f.picture.img.Rect.Dy()
	}
	side := f.side(nil)
	height := headHeight + max(lower, side) + gap
	curve := f.Liveness != nil && len(f.Liveness.Frames) > 1
	if curve {
		height += curveHigh + gap
	}
	c := sketch.New(panelWidth, height, sketch.Paper)
	c.Text(at{X: gap, Y: 32}, clean(f.base()), heading, sketch.Ink)
	if f.Type != "" {
		c.Text(at{X: gap, Y: 52}, fmt.Sprintf("%s, looked at in %.0f ms", f.medium(), f.Millis), small, sketch.Faint)
	}
	f.drawPicture(c, gap, headHeight)
	f.side(c)
	if curve {
		f.drawCurve(c, float64(height-curveHigh-gap))
	}
	return c
}

// drawPicture draws the photo or frame with what was found in it.
func (f *File) drawPicture(c *sketch.Canvas, x, y int) {
	p := f.picture
	if p == nil {
		return
	}
	size := p.img.Bounds()
	inner := sketch.New(size.Dx(), size.Dy(), sketch.Paper) // so that nothing is drawn beyond it
	inner.Picture(p.img, size)
	for i, d := range p.faces {
		if i != p.main {
			corners(inner, d.Box, 1.5, other)
		}
	}
	if p.main >= 0 {
		d := p.faces[p.main]
		if p.mesh != nil {
			for _, q := range p.mesh.Points {
				inner.Dot(at{X: q.X, Y: q.Y}, math.Max(0.5, math.Min(1.2, d.Box.Width()/240)), meshInk)
			}
		}
		corners(inner, d.Box, 3, boxInk)
		for _, l := range d.Landmarks {
			r := math.Max(1.5, math.Min(4, d.Box.Width()/60))
			inner.Dot(at{X: l.X, Y: l.Y}, r, sketch.Paper)
			inner.Dot(at{X: l.X, Y: l.Y}, r*0.65, boxInk)
		}
		f.drawAxes(inner, d)
	}
	c.Picture(inner.Image(), image.Rect(x, y, x+size.Dx(), y+size.Dy()))
}

// corners draws a box whose corners are stronger than its sides.
func corners(c *sketch.Canvas, b face.Box, width float64, ink color.Color) {
	c.Frame(at{X: b.Left, Y: b.Top}, at{X: b.Right, Y: b.Bottom}, width/2.5, ink)
	n := math.Min(b.Width(), b.Height()) / 6
	for _, k := range []struct{ x, y, dx, dy float64 }{
		{b.Left, b.Top, n, n}, {b.Right, b.Top, -n, n}, {b.Left, b.Bottom, n, -n}, {b.Right, b.Bottom, -n, -n},
	} {
		c.Line(at{X: k.x, Y: k.y}, at{X: k.x + k.dx, Y: k.y}, width, ink)
		c.Line(at{X: k.x, Y: k.y}, at{X: k.x, Y: k.y + k.dy}, width, ink)
	}
}

// drawAxes draws the head's own axes at the tip of the nose: to its side, up, and
// where it looks.
func (f *File) drawAxes(c *sketch.Canvas, d face.Detection) {
	if f.Measures == nil {
		return
	}
	rad := func(check osprey.Check) (sin, cos float64) { return math.Sincos(f.Measures[check] * math.Pi / 180) }
	sw, cw := rad(osprey.CheckYaw)
	sp, cp := rad(osprey.CheckPitch)
	sr, cr := rad(osprey.CheckRoll)
	length := 0.45 * d.Box.Width()
	nose := d.Landmarks[2]
	for _, axis := range []struct {
		x, y float64
		ink  color.Color
	}{
		{cw, 0, sketch.Lines[1]},         // to the side
		{sp * sw, -cp, sketch.Lines[4]},  // up
		{-cp * sw, -sp, sketch.Lines[5]}, // ahead: a point where it looks into the camera
	} {
		end := at{X: nose.X + length*(axis.x*cr-axis.y*sr), Y: nose.Y + length*(axis.x*sr+axis.y*cr)}
		c.Line(at{X: nose.X, Y: nose.Y}, end, math.Max(1.5, length/40), axis.ink)
		c.Dot(end, math.Max(2, length/30), axis.ink)
	}
}

// side writes the facts beside the picture and returns how high they are; without a
// canvas it only measures.
func (f *File) side(c *sketch.Canvas) int {
	p := &pen{c: c, y: headHeight + 12}
	if f.Failure != nil {
		p.title("Refused")
		p.wrap(f.Failure.String(), warnInk)
		p.y += 8
	}
	if f.Face != nil {
		p.title("Face")
		p.row("box", fmt.Sprintf("%d x %d pixels", f.Face.Right-f.Face.Left, f.Face.Bottom-f.Face.Top))
		p.row("faces found", fmt.Sprint(f.Face.FacesFound))
		p.wrap(f.pose(), sketch.Ink)
		p.y += 8
		p.title("Measures")
		f.measureRows(p)
		p.y += 8
		p.title("Quality")
		p.codes(f.Codes)
		if len(f.Skipped) > 0 {
			p.wrap("not measured: "+join(f.Skipped), sketch.Faint)
		}
		p.y += 8
	}
	f.livenessRows(p)
	f.documentRows(p)
	return int(p.y) - headHeight
}

// measureRows draws the measures, those of 0 to 1 with a bar.
func (f *File) measureRows(p *pen) {
	var names []string
	for name := range f.Measures {
		switch name {
		case osprey.CheckYaw, osprey.CheckPitch, osprey.CheckRoll:
		default:
			names = append(names, string(name))
		}
	}
	sort.Strings(names)
	for _, name := range names {
		v := f.Measures[osprey.Check(name)]
		switch osprey.Check(name) {
		case osprey.CheckFaceSize, osprey.CheckResolution, osprey.CheckColor, osprey.CheckFrames:
			p.row(name, value(v))
		case osprey.CheckUnified:
			p.bar(name, v/100, value(v), sketch.Lines[0])
		default:
			p.bar(name, v, value(v), sketch.Lines[0])
		}
	}
}

func (f *File) livenessRows(p *pen) {
	v := f.Liveness
	if v == nil {
		return
	}
	p.title("Presentation attack")
	ink := sketch.Lines[2]
	if v.Spoofing >= 0.5 {
		ink = sketch.Lines[1]
	}
	p.bar("confidence_spoofing", v.Spoofing, fmt.Sprintf("%.3f", v.Spoofing), ink)
	if v.Injection != nil {
		p.bar("injection_score", *v.Injection, fmt.Sprintf("%.3f", *v.Injection), sketch.Lines[3])
		for _, s := range sorted(v.Signs) {
			p.bar("  "+s, v.Signs[s], fmt.Sprintf("%.2f", v.Signs[s]), sketch.Lines[3])
		}
	}
	if g := f.Gesture; g != nil {
		p.row(g.Tag, fmt.Sprintf("detected: %v", g.Detected))
	}
	p.y += 8
}

func (f *File) documentRows(p *pen) {
	d := f.Document
	if d == nil {
		return
	}
	p.title("Document")
	if d.Failure != nil {
		p.wrap(d.Failure.String(), warnInk)
		return
	}
	if d.portrait != nil {
		if p.c != nil {
			b := d.portrait.Bounds()
			p.c.Picture(d.portrait, image.Rect(sideLeft, int(p.y)-10, sideLeft+b.Dx(), int(p.y)-10+b.Dy()))
		}
		p.y += float64(d.portrait.Bounds().Dy()) + 12
	}
	for _, line := range d.lines() {
		if line[0] == "" {
			p.wrap(line[1], sketch.Faint)
			continue
		}
		p.row(line[0], line[1])
	}
}

// drawCurve draws the liveness of each frame over the time of the sequence.
func (f *File) drawCurve(c *sketch.Canvas, top float64) {
	frames := f.Liveness.Frames
	first, last := frames[0].Seconds, frames[len(frames)-1].Seconds
	left, right, bottom := float64(gap+50), float64(panelWidth-gap), top+curveHigh-24
	place := func(v Frame) at {
		return at{X: left + 8 + (v.Seconds-first)/math.Max(last-first, 1e-9)*(right-left-16), Y: bottom - v.Spoofing*(bottom-top-24)}
	}
	c.Text(at{X: gap, Y: top + 4}, "confidence_spoofing of each frame; those that decide are filled", small, sketch.Faint)
	for _, v := range []float64{0, 0.5, 1} {
		y := place(Frame{Spoofing: v}).Y
		c.Line(at{X: left, Y: y}, at{X: right, Y: y}, 1, sketch.Grid)
		c.TextRight(at{X: left - 8, Y: y + 4}, fmt.Sprint(v), small, sketch.Faint)
	}
	var path []at
	for _, v := range frames {
		path = append(path, place(v))
	}
	c.Path(path, 2, sketch.Lines[0])
	for i, v := range frames {
		c.Dot(path[i], 5, sketch.Lines[0])
		if !v.Used {
			c.Dot(path[i], 3.2, sketch.Paper)
		}
	}
	c.Text(at{X: left, Y: bottom + 18}, fmt.Sprintf("%.1f s", first), small, sketch.Faint)
	c.TextRight(at{X: right, Y: bottom + 18}, fmt.Sprintf("%.1f s", last), small, sketch.Faint)
}
