package eval

import (
	"encoding/json"
	"fmt"
	"io"

	"example.org/osprey/internal/sketch"
)

// Block is the new calibration as the manifest holds it.
func (r *CalibrationReport) Block() any {
	if r.Embed != nil {
		return r.Embed
	}
	return r.Liveness
}

// WriteText prints what changes, and the new block below it.
func (r *CalibrationReport) WriteText(w io.Writer) error {
	t := newTable(w)
	unit, rate := "SIMILARITY", "FMR"
	if r.Liveness != nil {
		unit, rate = "LOG-ODDS", "BPCER"
	}
	t.row("THRESHOLD", "OLD "+unit, "NEW "+unit, "OLD TABLE: "+rate, "OLD, ON THIS SET", "NEW TABLE: "+rate, "")
	for _, c := range r.Changes {
		note := ""
		if c.Extrapolated {
			note = "extrapolated"
		}
		t.row(fmt.Sprintf("%.2f", c.Threshold), fmt.Sprintf("%.4f", c.Old), fmt.Sprintf("%.4f", c.New), fmt.Sprintf("%.2g", c.OldMeans), c.OldHere.Short(), fmt.Sprintf("%.2g", c.NewMeans), note)
	}
	if err := t.w.Flush(); err != nil {
		return err
	}
	for _, n := range r.Notes {
		if _, err := fmt.Fprintf(w, "\n%s\n", n); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintln(w, "\nThe new block:"); err != nil {
		return err
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r.Block())
}

// Write writes report.json, calibration.json (the block alone), changes.csv and
// calibration.png into a folder, making it.
func (r *CalibrationReport) Write(dir string) error {
	return writeAll(dir, files{
		"report.json": asJSON(r), "calibration.json": asJSON(r.Block()), "calibration.png": r.draw,
		"changes.csv": asCSV([]string{"threshold", "old_raw", "new_raw", "old_rate", "old_rate_here", "new_rate", "extrapolated"}, func(yield func([]string) bool) {
			for _, c := range r.Changes {
				if !yield([]string{figure(c.Threshold), figure(c.Old), figure(c.New), figure(c.OldMeans), figure(c.OldHere.Value), figure(c.NewMeans), fmt.Sprint(c.Extrapolated)}) {
					return
				}
			}
		}),
	})
}

// draw shows both tables: raw value against confidence.
func (r *CalibrationReport) draw(w io.Writer) error {
	old, fresh := sketch.Series{Name: "in use"}, sketch.Series{Name: "new"}
	low, high := r.Changes[0].Old, r.Changes[0].Old
	for _, c := range r.Changes {
		old.Points = append(old.Points, sketch.Point{X: c.Old, Y: c.Threshold})
		fresh.Points = append(fresh.Points, sketch.Point{X: c.New, Y: c.Threshold})
		low, high = min(low, c.Old, c.New), max(high, c.Old, c.New)
	}
	name := "cosine similarity"
	if r.Liveness != nil {
		name = "log-odds of an attack"
	}
	if high <= low {
		high = low + 1
	}
	return sketch.Chart{
		Title: "What a raw value means", Notes: []string{"model " + short(r.Model)},
		X: sketch.Axis{Name: name, Low: low, High: high}, Y: sketch.Axis{Name: "confidence", Low: 0, High: 1},
		Series: []sketch.Series{old, fresh},
	}.PNG(w)
}
