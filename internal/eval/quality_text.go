package eval

import (
	"fmt"
	"io"

	"example.org/osprey/internal/sketch"
)

// WriteText prints the report as a table for people.
func (r *QualityReport) WriteText(w io.Writer) error {
	t := newTable(w)
	t.row("CODE", "DETECTED", "95 %", "FALSELY REPORTED", "95 %", "")
	for _, c := range r.Codes {
		note := ""
		if !c.Measured {
			note = "the pack has no model for it"
		} else if c.Missed.Trials < 20 || c.FalseReport.Trials < 20 {
			note = "not enough data: fewer than 20 of a kind"
		}
		detected := NewRate(c.Missed.Trials-c.Missed.Errors, c.Missed.Trials)
		t.row(string(c.Code), detectedText(detected), detected.Interval.String(), c.FalseReport.Short(), c.FalseReport.Interval.String(), note)
	}
	if len(r.Failed) > 0 {
		t.row("", fmt.Sprintf("%d files could not be judged", len(r.Failed)))
	}
	if r.Curve == nil {
		return t.w.Flush()
	}
	if err := t.gap(fmt.Sprintf("FNMR at confidence 0.85 of %d mated pairs when those of the least unified score are left out", r.Curve.Mated)); err != nil {
		return err
	}
	if len(r.Curve.Points) == 0 {
		t.row("not enough data", fmt.Sprintf("%d pairs have no unified score", r.Curve.Skipped))
	}
	for i := 0; i < len(r.Curve.Points); i += 10 {
		p := r.Curve.Points[i]
		t.row(fmt.Sprintf("%.0f %%", 100*p.Share), p.FNMR.String())
	}
	return t.w.Flush()
}

func detectedText(r Rate) string {
	if r.Trials == 0 {
		return "-"
	}
	return fmt.Sprintf("%s (%d/%d)", percent(r.Value), r.Errors, r.Trials)
}

// Write writes report.json, codes.csv and, where pairs were given, edc.csv and edc.png
// into a folder, making it.
func (r *QualityReport) Write(dir string) error {
	all := files{
		"report.json": asJSON(r), "codes.png": r.drawCodes,
		"codes.csv": asCSV([]string{"code", "positive", "missed", "negative", "falsely_reported", "measured"}, func(yield func([]string) bool) {
			for _, c := range r.Codes {
				if !yield([]string{string(c.Code), fmt.Sprint(c.Missed.Trials), fmt.Sprint(c.Missed.Errors), fmt.Sprint(c.FalseReport.Trials), fmt.Sprint(c.FalseReport.Errors), fmt.Sprint(c.Measured)}) {
					return
				}
			}
		}),
	}
	if r.Curve != nil {
		all["edc.png"] = r.Curve.draw
		all["edc.csv"] = asCSV([]string{"discarded", "fnmr", "low", "high"}, func(yield func([]string) bool) {
			for _, p := range r.Curve.Points {
				if !yield([]string{figure(p.Share), figure(p.FNMR.Value), figure(p.FNMR.Interval.Low), figure(p.FNMR.Interval.High)}) {
					return
				}
			}
		})
	}
	return writeAll(dir, all)
}

func (d *Discard) draw(w io.Writer) error {
	var points []sketch.Point
	high := 0.01
	for _, p := range d.Points {
		points = append(points, sketch.Point{X: p.Share, Y: p.FNMR.Value})
		high = max(high, p.FNMR.Value*1.1)
	}
	return sketch.Chart{
		Title: "Error versus discard", Notes: []string{fmt.Sprintf("%d mated pairs, by the unified score of the worse photograph", d.Mated)},
		X: sketch.Axis{Name: "share of pairs left out", Low: 0, High: 0.5}, Y: sketch.Axis{Name: "FNMR at confidence 0.85", Low: 0, High: high},
		Series: []sketch.Series{{Points: points, Step: true}},
	}.PNG(w)
}

// drawCodes shows both rates of every code as bars.
func (r *QualityReport) drawCodes(w io.Writer) error {
	const width, left, right, line, top = 860, 170, 150, 34, 64
	c := sketch.New(width, top+len(r.Codes)*line+30, sketch.Paper)
	c.Text(sketch.Point{X: 20, Y: 28}, "Quality codes", sketch.Style{Size: 17, Bold: true}, sketch.Ink)
	c.Text(sketch.Point{X: 20, Y: 46}, "above: detected, of those that show the fault; below: falsely reported, of those that do not", sketch.Style{Size: 12}, sketch.Faint)
	for i, code := range r.Codes {
		y := float64(top + i*line)
		c.Text(sketch.Point{X: 20, Y: y + 18}, string(code.Code), sketch.Style{Size: 13}, sketch.Ink)
		detected := 0.0
		if code.Missed.Trials > 0 {
			detected = 1 - code.Missed.Value
		}
		texts := []string{detectedText(NewRate(code.Missed.Trials-code.Missed.Errors, code.Missed.Trials)), code.FalseReport.Short()}
		for k, v := range []float64{detected, code.FalseReport.Value} {
			at := y + float64(4+k*12)
			c.Rect(sketch.Point{X: left, Y: at}, sketch.Point{X: width - right, Y: at + 10}, sketch.Grid)
			if v > 0 {
				c.Rect(sketch.Point{X: left, Y: at}, sketch.Point{X: left + v*(width-left-right), Y: at + 10}, sketch.Lines[k*2])
			}
			c.Text(sketch.Point{X: width - right + 8, Y: at + 9}, texts[k], sketch.Style{Size: 11}, sketch.Faint)
		}
	}
	return c.PNG(w)
}
