package sketch

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/vector"
)

// Point is a place on the canvas, in pixels.
type Point struct{ X, Y float64 }

// Canvas is an image to draw on. It is not for concurrent use.
type Canvas struct{ img *image.RGBA }

// New is an empty canvas of one colour.
func New(width, height int, background color.Color) *Canvas {
	c := &Canvas{image.NewRGBA(image.Rect(0, 0, max(1, width), max(1, height)))}
	draw.Draw(c.img, c.img.Bounds(), image.NewUniform(background), image.Point{}, draw.Src)
	return c
}

// Image is what was drawn so far, shared with the canvas.
func (c *Canvas) Image() *image.RGBA { return c.img }

// Width is the canvas's width in pixels.
func (c *Canvas) Width() int { return c.img.Rect.Dx() }

// Height is the canvas's height in pixels.
func (c *Canvas) Height() int { return c.img.Rect.Dy() }

// PNG writes the canvas.
func (c *Canvas) PNG(w io.Writer) error { return png.Encode(w, c.img) }

// Line draws a straight line of the given width.
func (c *Canvas) Line(a, b Point, width float64, ink color.Color) {
	dx, dy := b.X-a.X, b.Y-a.Y
	length := math.Hypot(dx, dy)
	if length == 0 || math.IsNaN(length) || math.IsInf(length, 0) {
		return
	}
	nx, ny := -dy/length*width/2, dx/length*width/2
	ex, ey := dx/length*width/4, dy/length*width/4 // a little longer, so that joints close
	c.Fill([]Point{
		{a.X - ex + nx, a.Y - ey + ny},
		{b.X + ex + nx, b.Y + ey + ny},
		{b.X + ex - nx, b.Y + ey - ny},
		{a.X - ex - nx, a.Y - ey - ny},
	}, ink)
}

// Path draws lines from point to point.
func (c *Canvas) Path(points []Point, width float64, ink color.Color) {
	for i := 1; i < len(points); i++ {
		c.Line(points[i-1], points[i], width, ink)
	}
}

// Rect fills a rectangle.
func (c *Canvas) Rect(a, b Point, ink color.Color) {
	c.Fill([]Point{a, {b.X, a.Y}, b, {a.X, b.Y}}, ink)
}

// Frame draws the outline of a rectangle.
func (c *Canvas) Frame(a, b Point, width float64, ink color.Color) {
	c.Path([]Point{a, {b.X, a.Y}, b, {a.X, b.Y}, a}, width, ink)
}

// Dot fills a circle.
func (c *Canvas) Dot(at Point, radius float64, ink color.Color) {
	const corners = 24
	points := make([]Point, corners)
	for i := range points {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		points[i] = Point{at.X + radius*cos, at.Y + radius*sin}
	}
	c.Fill(points, ink)
}

// Fill fills a polygon. Points far outside the canvas are moved to its
// neighbourhood, so that no input makes the work large.
func (c *Canvas) Fill(points []Point, ink color.Color) {
	if len(points) < 3 {
		return
	}
	far := 4 * float64(max(c.Width(), c.Height()))
	low, high := Point{math.Inf(1), math.Inf(1)}, Point{math.Inf(-1), math.Inf(-1)}
	near := make([]Point, len(points))
	for i, p := range points {
		if math.IsNaN(p.X) || math.IsNaN(p.Y) {
			return
		}
		near[i] = Point{math.Max(-far, math.Min(far, p.X)), math.Max(-far, math.Min(far, p.Y))}
		low = Point{math.Min(low.X, near[i].X), math.Min(low.Y, near[i].Y)}
		high = Point{math.Max(high.X, near[i].X), math.Max(high.Y, near[i].Y)}
	}
	area := image.Rect(int(math.Floor(low.X)), int(math.Floor(low.Y)), int(math.Ceil(high.X)), int(math.Ceil(high.Y)))
	seen := area.Intersect(c.img.Rect)
	if seen.Empty() {
		return
	}
	// The rasterizer cuts at its own edges; it is as large as what can be seen.
	r := vector.NewRasterizer(seen.Dx(), seen.Dy())
	at := func(p Point) (x, y float32) {
		return float32(p.X - float64(seen.Min.X)), float32(p.Y - float64(seen.Min.Y))
	}
	r.MoveTo(at(near[0]))
	for _, p := range near[1:] {
		r.LineTo(at(p))
	}
	r.ClosePath()
	r.Draw(c.img, seen, image.NewUniform(ink), image.Point{})
}

// Picture lays a scaled copy of an image onto a rectangle of the canvas.
func (c *Canvas) Picture(img image.Image, to image.Rectangle) { scale(c.img, to, img) }
