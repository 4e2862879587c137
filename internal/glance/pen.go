package glance

import (
	"image/color"
	"math"
	"strings"

	"example.org/osprey"
	"example.org/osprey/internal/sketch"
)

// pen writes lines below one another beside the picture. Without a canvas it only
// counts how much room they take.
type pen struct {
	c *sketch.Canvas
	y float64
}

// where values and bars begin.
const (
	valueLeft = sideLeft + 160
	barRight  = sideRight - 60
)

func (p *pen) text(x float64, s string, style sketch.Style, ink color.Color) {
	if p.c != nil {
		p.c.Text(at{X: x, Y: p.y}, clean(s), style, ink)
	}
}

func (p *pen) title(s string) {
	p.text(sideLeft, s, strong, sketch.Ink)
	p.y += lineHeight
}

// row writes a name and a value, the value on as many lines as it needs.
func (p *pen) row(name, value string) {
	p.text(sideLeft, name, plain, sketch.Faint)
	for _, line := range fold(value, plain, sideRight-valueLeft) {
		p.text(valueLeft, line, plain, sketch.Ink)
		p.y += lineHeight
	}
}

// bar draws a value of 0 to 1.
func (p *pen) bar(name string, v float64, value string, ink color.Color) {
	p.text(sideLeft, name, plain, sketch.Faint)
	if p.c != nil {
		v = math.Max(0, math.Min(1, v))
		p.c.Rect(at{X: valueLeft, Y: p.y - 9}, at{X: barRight, Y: p.y + 1}, sketch.Grid)
		if v > 0 {
			p.c.Rect(at{X: valueLeft, Y: p.y - 9}, at{X: valueLeft + v*(barRight-valueLeft), Y: p.y + 1}, ink)
		}
		p.c.TextRight(at{X: sideRight, Y: p.y}, value, plain, sketch.Ink)
	}
	p.y += lineHeight
}

// wrap writes a text on as many lines as it needs.
func (p *pen) wrap(s string, ink color.Color) {
	for _, line := range fold(clean(s), plain, sideRight-sideLeft) {
		p.text(sideLeft, line, plain, ink)
		p.y += lineHeight
	}
}

// codes draws quality codes as labels.
func (p *pen) codes(codes []osprey.QualityCode) {
	if len(codes) == 0 {
		p.wrap("as good capture asks", sketch.Lines[2])
		return
	}
	x := float64(sideLeft)
	for _, code := range codes {
		w := small.Width(string(code)) + 16
		if x+w > sideRight {
			x, p.y = sideLeft, p.y+lineHeight+6
		}
		if p.c != nil {
			p.c.Rect(at{X: x, Y: p.y - 14}, at{X: x + w, Y: p.y + 6}, warnInk)
			p.c.Text(at{X: x + 8, Y: p.y}, string(code), small, sketch.Paper)
		}
		x += w + 6
	}
	p.y += lineHeight + 6
}

// maxLines bounds how much of one text is written.
const maxLines = 12

// fold breaks a text into lines of a width.
func fold(s string, style sketch.Style, width float64) []string {
	var out []string
	line := ""
	for _, word := range strings.Fields(s) {
		for style.Width(word) > width && len(word) > 1 { // longer than a line: MRZ, file names
			n := len(word)
			for n > 1 && style.Width(word[:n]) > width {
				n--
			}
			if line != "" {
				out, line = append(out, line), ""
			}
			out, word = append(out, word[:n]), word[n:]
			if len(out) >= maxLines {
				return out
			}
		}
		switch {
		case line == "":
			line = word
		case style.Width(line+" "+word) <= width:
			line += " " + word
		default:
			out, line = append(out, line), word
		}
	}
	if line != "" || len(out) == 0 {
		out = append(out, line)
	}
	return out[:min(len(out), maxLines)]
}
