package paper

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // sizes of pictures
	"image/png"

	"codeberg.org/go-pdf/fpdf"
)

// Masthead is the head of the first page: the title, lines below it, and a logo at
// the right, JPEG or PNG, nil for none.
func (d *Document) Masthead(name string, lines []string, logo []byte) {
	p := d.pdf
	y := p.GetY()
	width := textWidth
	if logo != nil {
		const w, h = 42.0, 18.0
		if d.picture(logo, pageWidth-margin-w, y, w, h, true) {
			width -= w + 6
		}
	}
	d.font(title, Deep)
	p.SetXY(margin, y)
	for _, line := range d.lines(name, width) {
		p.SetX(margin)
		p.CellFormat(width, title.line, line, "", 1, "L", false, 0, "")
	}
	d.font(text, quiet)
	for _, l := range lines {
		p.SetX(margin)
		p.CellFormat(width, text.line, d.fit(printable(l), width), "", 1, "L", false, 0, "")
	}
	p.SetY(max(p.GetY(), y+18) + 3)
}

// Verdict is a box with a word that must not be overlooked, and lines beside it.
func (d *Document) Verdict(word string, ink Ink, lines []string) {
	height := max(14, float64(len(lines))*text.line+6)
	d.room(height)
	p := d.pdf
	y := p.GetY()
	d.draw(ink)
	p.SetLineWidth(0.5)
	p.RoundedRect(margin, y, textWidth, height, 1.5, "1234", "D")
	d.fill(ink)
	p.Rect(margin, y, 2.2, height, "F")
	d.font(face{sans, "B", 15, 7}, ink)
	word = d.fit(printable(word), textWidth/2-8)
	p.SetXY(margin+6, y+(height-7)/2)
	p.CellFormat(textWidth/2-6, 7, word, "", 0, "L", false, 0, "")
	d.font(text, Black)
	for i, l := range lines {
		p.SetXY(margin+textWidth/2, y+(height-float64(len(lines))*text.line)/2+float64(i)*text.line)
		p.CellFormat(textWidth/2-4, text.line, d.fit(printable(l), textWidth/2-4), "", 0, "L", false, 0, "")
	}
	p.SetY(y + height + 4)
}

// Sub begins a part of a section: its name at the left, a word in a mark at the
// right, empty for none.
func (d *Document) Sub(name, mark string, ink Ink) {
	d.Space(2)
	d.room(24)
	p := d.pdf
	y := p.GetY()
	d.font(sub, Black)
	p.SetXY(margin, y)
	p.CellFormat(textWidth-60, sub.line, d.fit(printable(name), textWidth-60), "", 0, "L", false, 0, "")
	if mark != "" {
		mark = printable(mark)
		d.font(strong, ink)
		w := min(58, p.GetStringWidth(mark)+6)
		d.draw(ink)
		p.SetLineWidth(0.35)
		p.RoundedRect(pageWidth-margin-w, y-0.2, w, sub.line+0.4, 1, "1234", "D")
		p.SetXY(pageWidth-margin-w, y)
		p.CellFormat(w, sub.line, d.fit(mark, w-2), "", 0, "C", false, 0, "")
	}
	p.SetY(y + sub.line + 1.6)
}

// Scale draws a score between 0 and 1 with the thresholds it was held against.
func (d *Document) Scale(name string, score float64, thresholds []float64, ink Ink) {
	const height, bar = 6.0, 2.2
	d.room(height + 2)
	p := d.pdf
	y := p.GetY()
	d.font(text, quiet)
	p.SetXY(margin, y)
	p.CellFormat(nameWidth, height, d.fit(printable(name), nameWidth-2), "", 0, "L", false, 0, "")
	x, width := margin+nameWidth, textWidth-nameWidth-24
	top := y + (height-bar)/2
	d.fill(shade)
	p.Rect(x, top, width, bar, "F")
	d.fill(ink)
	p.Rect(x, top, width*unit(score), bar, "F")
	d.draw(Black)
	p.SetLineWidth(0.3)
	for _, t := range thresholds {
		at := x + width*unit(t)
		p.Line(at, top-1.2, at, top+bar+1.2)
	}
	d.font(strong, ink)
	p.SetXY(x+width+2, y)
	p.CellFormat(22, height, fmt.Sprintf("%.4f", score), "", 0, "R", false, 0, "")
	p.SetY(y + height)
}

// unit cuts a number to 0..1; NaN is 0.
func unit(v float64) float64 {
	if v >= 0 && v <= 1 {
		return v
	}
	if v > 1 {
		return 1
	}
	return 0
}

// Pictured writes facts beside a picture, JPEG or PNG; nil leaves its place empty.
func (d *Document) Pictured(picture []byte, facts ...Fact) {
	const side = 34.0
	d.room(side + 3)
	p := d.pdf
	y, page := p.GetY(), p.PageNo()
	d.draw(rule)
	p.SetLineWidth(0.2)
	p.Rect(margin, y, side, side, "D")
	if picture != nil {
		d.picture(picture, margin+0.5, y+0.5, side-1, side-1, false)
	}
	p.SetY(y)
	d.facts(margin+side+5, textWidth-side-5, facts)
	if p.PageNo() == page {
		p.SetY(max(p.GetY(), y+side))
	}
	d.Space(3)
}

// maxPixels bounds a picture.
const maxPixels = 16 << 20

// picture draws a picture into a box, its proportions kept, in the middle or at the
// right; false when it is no picture that can be drawn.
func (d *Document) picture(data []byte, x, y, w, h float64, right bool) bool {
	size, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || size.Width == 0 || size.Height == 0 || size.Width*size.Height > maxPixels {
		return false
	}
	o := fpdf.ImageOptions{ImageType: "JPG"}
	if format != "jpeg" {
		o.ImageType = "PNG"
		if data, err = flat(data); err != nil {
			return false
		}
	}
	d.images++
	name := fmt.Sprint("picture", d.images)
	d.pdf.RegisterImageOptionsReader(name, o, bytes.NewReader(data))
	scale := min(w/float64(size.Width), h/float64(size.Height))
	dw, dh := float64(size.Width)*scale, float64(size.Height)*scale
	if right {
		x += w - dw
	} else {
		x, y = x+(w-dw)/2, y+(h-dh)/2
	}
	d.pdf.ImageOptions(name, x, y, dw, dh, false, o, 0, "")
	return true
}

// flat is a picture on white with eight bits a channel, the one kind of PNG that
// every reader of pages shows alike.
func flat(data []byte) ([]byte, error) {
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	out := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(out, out.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Over)
	var b bytes.Buffer
	err = png.Encode(&b, out)
	return b.Bytes(), err
}
