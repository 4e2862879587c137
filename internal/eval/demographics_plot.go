package eval

import (
	"io"

	"example.org/osprey/internal/sketch"
)

// draw shows the intervals of every group's two rates, on a logarithmic axis.
func (r *DemographicsReport) draw(w io.Writer) error {
	const width, left, right, line, top = 900, 260, 30, 22, 70
	rows := 0
	for _, g := range r.Columns {
		rows += len(g.Groups) + 1
	}
	c := sketch.New(width, top+rows*line*2+60, sketch.Paper)
	c.Text(sketch.Point{X: 20, Y: 30}, "Error rates by group, with 95 % intervals", sketch.Style{Size: 17, Bold: true}, sketch.Ink)
	axis := sketch.Axis{Low: 1e-5, High: 1, Log: true}
	at := func(v float64) float64 { return left + axis.Place(v)*(width-left-right) }
	bottom := float64(top + rows*line*2)
	for _, v := range []float64{1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1} {
		c.Line(sketch.Point{X: at(v), Y: top - 10}, sketch.Point{X: at(v), Y: bottom}, 1, sketch.Grid)
		c.TextCentre(sketch.Point{X: at(v), Y: bottom + 20}, percent(v), sketch.Style{Size: 12}, sketch.Faint)
	}
	y := float64(top)
	for _, part := range []struct {
		name string
		of   func(GroupRates) Rate
	}{{"FMR", func(g GroupRates) Rate { return g.FMR }}, {"FNMR", func(g GroupRates) Rate { return g.FNMR }}} {
		for _, g := range r.Columns {
			c.Text(sketch.Point{X: 20, Y: y + 14}, part.name+" by "+g.Column, sketch.Style{Size: 13, Bold: true}, sketch.Ink)
			y += line
			for i, x := range g.Groups {
				rate, ink := part.of(x), sketch.Lines[i%len(sketch.Lines)]
				c.Text(sketch.Point{X: 36, Y: y + 14}, x.Name, sketch.Style{Size: 13}, sketch.Ink)
				c.Line(sketch.Point{X: at(rate.Interval.Low), Y: y + 10}, sketch.Point{X: at(rate.Interval.High), Y: y + 10}, 3, ink)
				if rate.Errors > 0 {
					c.Dot(sketch.Point{X: at(rate.Value), Y: y + 10}, 5, ink)
				}
				y += line
			}
		}
	}
	return c.PNG(w)
}
