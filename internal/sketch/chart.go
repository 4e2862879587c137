package sketch

import (
	"io"
	"math"
	"strconv"
)

// Axis is one axis of a chart, from Low to High. A logarithmic one shows what is
// below Low at Low.
type Axis struct {
	Name      string
	Low, High float64
	Log       bool // both ends are powers of ten then
}

// Series is one line of a chart.
type Series struct {
	Name   string
	Points []Point // in units of the axes
	Step   bool    // values change at the points only
}

// Chart is lines over two axes.
type Chart struct {
	Title  string
	X, Y   Axis
	Series []Series
	Notes  []string // written below the title
}

// The layout of a chart, in pixels.
const (
	chartWidth, chartHeight = 820, 600
	marginLeft, marginRight = 84, 28
	marginTop, marginBottom = 92, 64
)

// PNG draws the chart.
func (h Chart) PNG(w io.Writer) error {
	c := New(chartWidth, chartHeight, Paper)
	c.Text(Point{marginLeft, 30}, h.Title, Style{Size: 17, Bold: true}, Ink)
	for i, note := range h.Notes {
		c.Text(Point{marginLeft, 48 + 16*float64(i)}, note, Style{Size: 12}, Faint)
	}
	h.frame(c)
	for i, s := range h.Series {
		ink := Lines[i%len(Lines)]
		c.Path(h.route(s), 2, ink)
		if len(h.Series) > 1 || s.Name != "" {
			y := float64(marginTop + 22 + 18*i)
			x := float64(chartWidth - marginRight - 14)
			c.Line(Point{x - 26, y - 4}, Point{x, y - 4}, 3, ink)
			c.TextRight(Point{x - 34, y}, s.Name, Style{Size: 12}, Ink)
		}
	}
	return c.PNG(w)
}

// Place is where a value lies on an axis, 0 to 1.
func (a Axis) Place(v float64) float64 {
	low, high := a.Low, a.High
	if a.Log {
		v, low, high = math.Log10(math.Max(v, a.Low)), math.Log10(low), math.Log10(high)
	}
	return math.Max(0, math.Min(1, (v-low)/(high-low)))
}

func (h Chart) at(p Point) Point {
	return Point{
		marginLeft + h.X.Place(p.X)*(chartWidth-marginLeft-marginRight),
		chartHeight - marginBottom - h.Y.Place(p.Y)*(chartHeight-marginTop-marginBottom),
	}
}

// route is a series in pixels, without the points that would fall on the pixel of
// the one before.
func (h Chart) route(s Series) []Point {
	var out []Point
	for _, p := range s.Points {
		if math.IsNaN(p.X) || math.IsNaN(p.Y) {
			continue
		}
		q := h.at(p)
		n := len(out)
		if n > 0 && math.Abs(out[n-1].X-q.X) < 0.25 && math.Abs(out[n-1].Y-q.Y) < 0.25 {
			continue
		}
		if s.Step && n > 0 {
			out = append(out, Point{q.X, out[n-1].Y})
		}
		out = append(out, q)
	}
	return out
}

// frame draws the axes, their grid and their names.
func (h Chart) frame(c *Canvas) {
	small := Style{Size: 12}
	for _, v := range h.X.ticks() {
		p := h.at(Point{v, h.Y.Low})
		c.Line(p, Point{p.X, marginTop}, 1, Grid)
		c.TextCentre(Point{p.X, p.Y + 18}, label(v), small, Faint)
	}
	for _, v := range h.Y.ticks() {
		p := h.at(Point{h.X.Low, v})
		c.Line(p, Point{chartWidth - marginRight, p.Y}, 1, Grid)
		c.TextRight(Point{p.X - 8, p.Y + 4}, label(v), small, Faint)
	}
	origin := h.at(Point{h.X.Low, h.Y.Low})
	c.Line(origin, Point{chartWidth - marginRight, origin.Y}, 1.2, Ink)
	c.Line(origin, Point{origin.X, marginTop}, 1.2, Ink)
	c.TextCentre(Point{(marginLeft + chartWidth - marginRight) / 2, chartHeight - 18}, h.X.Name, Style{Size: 13}, Ink)
	c.Text(Point{12, marginTop - 10}, h.Y.Name, Style{Size: 13}, Ink)
}

// ticks are the values that an axis is marked at.
func (a Axis) ticks() []float64 {
	var out []float64
	if a.Log {
		for d := math.Round(math.Log10(a.Low)); d <= math.Round(math.Log10(a.High)); d++ {
			out = append(out, math.Pow(10, d))
		}
		return out
	}
	step := math.Pow(10, math.Floor(math.Log10((a.High-a.Low)/4)))
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		if (a.High-a.Low)/(step*m) <= 10 {
			step *= m
			break
		}
	}
	for v := math.Ceil(a.Low/step) * step; v <= a.High+step*1e-9 && len(out) < 50; v += step {
		out = append(out, v)
	}
	return out
}

func label(v float64) string {
	if math.Abs(v) < 1e-12 {
		return "0"
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}
