package paper

import (
	"strings"
	"unicode"

	"golang.org/x/image/font/sfnt"

	"github.com/go-fonts/dejavu/dejavusans"
)

// Ink is a colour.
type Ink struct{ R, G, B int }

// The inks. Those of marks are dark enough to be read on white and in grey.
var (
	Black = Ink{0x1f, 0x29, 0x37}
	quiet = Ink{0x6b, 0x72, 0x80}
	rule  = Ink{0xd1, 0xd5, 0xdb}
	shade = Ink{0xf3, 0xf4, 0xf6}
	Deep  = Ink{0x1e, 0x3a, 0x5f}
	Green = Ink{0x15, 0x80, 0x3d}
	Amber = Ink{0xb4, 0x53, 0x09}
	Red   = Ink{0xb9, 0x1c, 0x1c}
)

// face is a size of type: points, and the height of a line.
type face struct {
	family, style string
	size, line    float64
}

var (
	title  = face{sans, "B", 18, 8}
	head   = face{sans, "B", 12, 6}
	sub    = face{sans, "B", 9.5, 5}
	text   = face{sans, "", 8.5, 4.4}
	strong = face{sans, "B", 8.5, 4.4}
	code   = face{mono, "", 6.8, 4.4}
	small  = face{sans, "", 7, 3.6}
)

func (d *Document) font(f face, ink Ink) {
	d.pdf.SetFont(f.family, f.style, f.size)
	d.pdf.SetTextColor(ink.R, ink.G, ink.B)
}

func (d *Document) draw(ink Ink) { d.pdf.SetDrawColor(ink.R, ink.G, ink.B) }
func (d *Document) fill(ink Ink) { d.pdf.SetFillColor(ink.R, ink.G, ink.B) }

// letters are the glyphs of the type.
var letters = func() *sfnt.Font {
	f, err := sfnt.Parse(dejavusans.TTF)
	if err != nil {
		panic("paper: the embedded type is damaged: " + err.Error())
	}
	return f
}()

// noGlyph stands for what the type cannot show.
const noGlyph = '□'

// printable is a text as the type can show it: control characters become blanks,
// characters without a glyph a square.
func printable(s string) string {
	var buf sfnt.Buffer
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
			return ' '
		case r < 0x7f:
			return r
		case unicode.Is(unicode.Cf, r): // marks of direction and the like have no shape
			return -1
		case r > 0xffff:
			return noGlyph
		}
		if g, err := letters.GlyphIndex(&buf, r); err != nil || g == 0 {
			return noGlyph
		}
		return r
	}, s)
}

const ellipsis = "…"

// fit cuts a text to a width in the current face.
func (d *Document) fit(s string, width float64) string {
	if d.pdf.GetStringWidth(s) <= width {
		return s
	}
	runes := []rune(s)
	low, high := 0, len(runes)
	for low < high { // the most runes that fit
		middle := (low + high + 1) / 2
		if d.pdf.GetStringWidth(string(runes[:middle])+ellipsis) <= width {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return strings.TrimRight(string(runes[:low]), " ") + ellipsis
}

// maxLines bounds a text in one place: a metadata value may have 64 KiB.
const maxLines = 40

// lines breaks a text to a width in the current face, at blanks where there are
// any, at any character where a word is wider than the line.
func (d *Document) lines(s string, width float64) []string {
	var out []string
	line := ""
	for _, word := range strings.Fields(printable(s)) {
		if joined := strings.TrimLeft(line+" "+word, " "); d.pdf.GetStringWidth(joined) <= width {
			line = joined
			continue
		}
		if line != "" {
			out = append(out, line)
		}
		var pieces []string
		pieces, line = d.chop(word, width)
		if out = append(out, pieces...); len(out) >= maxLines {
			break
		}
	}
	if line != "" || len(out) == 0 {
		out = append(out, line)
	}
	if len(out) > maxLines {
		out = append(out[:maxLines-1], ellipsis)
	}
	return out
}

// chop cuts a word into full lines and the rest.
func (d *Document) chop(word string, width float64) (full []string, rest string) {
	for _, r := range word {
		if grown := rest + string(r); rest == "" || d.pdf.GetStringWidth(grown) <= width {
			rest = grown
			continue
		}
		if full = append(full, rest); len(full) >= maxLines {
			return full, ""
		}
		rest = string(r)
	}
	return full, rest
}

// paragraph writes lines of a text at the left margin.
func (d *Document) paragraph(s string, f face, ink Ink) {
	d.font(f, ink)
	for _, line := range d.lines(s, textWidth) {
		d.room(f.line)
		d.font(f, ink)
		d.pdf.SetX(margin)
		d.pdf.CellFormat(textWidth, f.line, line, "", 1, "L", false, 0, "")
	}
}

// Heading begins a section; the bookmarks of the document name it.
func (d *Document) Heading(s string) {
	d.Space(4)
	d.room(30) // never alone at the foot of a page
	d.pdf.Bookmark(printable(s), 0, -1)
	d.paragraph(s, head, Deep)
	y := d.pdf.GetY() + 0.6
	d.draw(Deep)
	d.pdf.SetLineWidth(0.4)
	d.pdf.Line(margin, y, pageWidth-margin, y)
	d.pdf.SetY(y + 2.4)
}

// Note is a small grey remark.
func (d *Document) Note(s string) { d.paragraph(s, small, quiet) }

// Text is a paragraph.
func (d *Document) Text(s string) { d.paragraph(s, text, Black) }
