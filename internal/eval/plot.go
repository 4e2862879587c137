package eval

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"strconv"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// The DET plot: both axes logarithmic, from 1e-4 to 1.
const (
	plotSide   = 640 // pixels
	plotMargin = 56
	plotLow    = -4.0 // decades
)

var (
	ink  = color.RGBA{0x22, 0x22, 0x22, 0xff}
	grid = color.RGBA{0xdd, 0xdd, 0xdd, 0xff}
	line = color.RGBA{0x10, 0x5e, 0xb8, 0xff}
)

// drawDET draws false non-match rate over false match rate as PNG.
func (r *Report) drawDET(w io.Writer) error {
	img := image.NewRGBA(image.Rect(0, 0, plotSide, plotSide))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	for d := plotLow; d <= 0; d++ {
		at, label := plotAt(math.Pow(10, d)), strconv.FormatFloat(math.Pow(10, d), 'g', -1, 64)
		stroke(img, float64(plotMargin+at), plotMargin/2, float64(plotMargin+at), plotSide-plotMargin, grid)
		stroke(img, plotMargin, float64(plotSide-plotMargin-at), plotSide-plotMargin/2, float64(plotSide-plotMargin-at), grid)
		write(img, plotMargin+at-14, plotSide-plotMargin+18, label)
		write(img, 8, plotSide-plotMargin-at+4, label)
	}
	write(img, plotSide/2-70, plotSide-12, "false match rate (FMR)")
	write(img, 8, 18, "false non-match rate (FNMR), model "+r.Model[:min(12, len(r.Model))])
	var px, py float64
	for i, p := range r.det() {
		x, y := float64(plotMargin+plotAt(p.fmr)), float64(plotSide-plotMargin-plotAt(p.fnmr))
		if i > 0 {
			stroke(img, px, py, x, py, line) // a step: rates change at scores only
			stroke(img, x, py, x, y, line)
		}
		px, py = x, y
	}
	return png.Encode(w, img)
}

// plotAt is the distance of a rate from the origin of its axis, in pixels.
func plotAt(rate float64) int {
	d := plotLow
	if rate > 0 {
		d = math.Max(plotLow, math.Log10(rate))
	}
	return int(math.Round((d - plotLow) / -plotLow * (plotSide - plotMargin - plotMargin/2)))
}

// stroke draws a line two pixels wide.
func stroke(img *image.RGBA, x0, y0, x1, y1 float64, c color.RGBA) {
	n := int(math.Max(math.Abs(x1-x0), math.Abs(y1-y0))) + 1
	for i := 0; i <= n; i++ {
		t := float64(i) / float64(n)
		x, y := int(math.Round(x0+(x1-x0)*t)), int(math.Round(y0+(y1-y0)*t))
		img.SetRGBA(x, y, c)
		if c == line {
			img.SetRGBA(x+1, y, c)
			img.SetRGBA(x, y+1, c)
		}
	}
}

func write(img *image.RGBA, x, y int, text string) {
	d := font.Drawer{Dst: img, Src: image.NewUniform(ink), Face: basicfont.Face7x13, Dot: fixed.P(x, y)}
	d.DrawString(text)
}
