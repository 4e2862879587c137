package sketch

import (
	"image"
	"image/color"
	"sync"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// Style is a size and weight of letters. The letters are the Go fonts, which
// travel inside the binary.
type Style struct {
	Size float64 // pixels from line to line, about
	Bold bool
}

// letters are the fonts that were made so far. A font's face keeps a buffer, so
// the lock is held while it is used.
var letters struct {
	sync.Mutex
	faces map[Style]font.Face
}

// with runs a function with the face of a style.
func (s Style) with(do func(font.Face)) {
	letters.Lock()
	defer letters.Unlock()
	f, ok := letters.faces[s]
	if !ok {
		raw := goregular.TTF
		if s.Bold {
			raw = gobold.TTF
		}
		parsed, err := opentype.Parse(raw)
		if err != nil {
			panic(err) // the font is part of the binary
		}
		f, err = opentype.NewFace(parsed, &opentype.FaceOptions{Size: max(4, min(400, s.Size)), DPI: 72, Hinting: font.HintingFull})
		if err != nil {
			panic(err)
		}
		if letters.faces == nil || len(letters.faces) >= 64 {
			letters.faces = make(map[Style]font.Face)
		}
		letters.faces[s] = f
	}
	do(f)
}

// Width is how many pixels a text takes.
func (s Style) Width(text string) (pixels float64) {
	s.with(func(f font.Face) { pixels = float64(font.MeasureString(f, text)) / 64 })
	return pixels
}

// Text writes a line; at is the left end of its baseline.
func (c *Canvas) Text(at Point, text string, s Style, ink color.Color) {
	s.with(func(f font.Face) {
		d := font.Drawer{Dst: c.img, Src: image.NewUniform(ink), Face: f, Dot: fixed.Point26_6{X: fixed.Int26_6(at.X * 64), Y: fixed.Int26_6(at.Y * 64)}}
		d.DrawString(text)
	})
}

// TextRight writes a line that ends at the point.
func (c *Canvas) TextRight(at Point, text string, s Style, ink color.Color) {
	c.Text(Point{at.X - s.Width(text), at.Y}, text, s, ink)
}

// TextCentre writes a line around the point.
func (c *Canvas) TextCentre(at Point, text string, s Style, ink color.Color) {
	c.Text(Point{at.X - s.Width(text)/2, at.Y}, text, s, ink)
}

// scale lays an image onto a rectangle.
func scale(to *image.RGBA, area image.Rectangle, from image.Image) {
	draw.ApproxBiLinear.Scale(to, area, from, from.Bounds(), draw.Over, nil)
}
