package eval

import (
	"fmt"
	"io"
	"strconv"

	"example.org/osprey/internal/sketch"
)

// WriteText prints the report as a table for people.
func (r *VerifyReport) WriteText(w io.Writer) error {
	t := newTable(w)
	t.row("pairs", fmt.Sprintf("%d mated, %d non-mated of %d persons (%d left out: a photo gave no template)", r.Mated, r.NonMated, r.Identities, r.PairsLost))
	t.row("photographs", fmt.Sprintf("%d; failure to enrol: %s", r.Photos, NewRate(len(r.Failed), r.Photos)))
	t.row("accuracy", fmt.Sprintf("%s (95 %%: %s; %s)", percent(r.Accuracy), r.Accuracy95, r.AccuracyMethod))
	t.row("EER", fmt.Sprintf("%s (95 %%: %s)", percent(r.EER), r.EER95))
	for _, p := range r.Points {
		t.row("FNMR at FMR "+strconv.FormatFloat(p.FMR, 'g', -1, 64), r.describe(p))
	}
	t.row("FNMR at confidence 0.85", r.describe(r.AtDefault))
	t.row("FMR at confidence 0.85", r.FMRAtDefault.String())
	t.row("model", r.Model)
	if r.CalibrationExtrapolatedBelow > 0 {
		t.row("", fmt.Sprintf("its table is extrapolated below FMR %.2g", r.CalibrationExtrapolatedBelow))
	}
	return t.w.Flush()
}

// describe says what a point is worth: a rate the pairs cannot support is marked,
// with the bound they can.
func (r *VerifyReport) describe(p OperatingPoint) string {
	text := fmt.Sprintf("%s (95 %%: %s) at similarity %.4f, confidence %.3f", percent(p.FNMR), p.Interval.hull(p.Identities), p.Threshold, p.Confidence)
	if p.FNMR == 0 {
		text = fmt.Sprintf("not enough data: none of %d mated pairs, under %s, at similarity %.4f, confidence %.3f", r.Mated, percent(p.Interval.High), p.Threshold, p.Confidence)
	}
	if !p.Supported {
		text += fmt.Sprintf("; not enough data: %d non-mated pairs support FMR %.2g", r.NonMated, r.LeastFMR)
	}
	return text
}

// Write writes report.json, det.csv and det.png into a folder, making it.
func (r *VerifyReport) Write(dir string) error {
	return writeAll(dir, files{"report.json": asJSON(r), "det.csv": r.writeDET, "det.png": r.drawDET})
}

// detPoint is one threshold of the DET curve.
type detPoint struct{ threshold, fmr, fnmr float64 }

// det lists the curve: one point for every score that was seen.
func (r *VerifyReport) det() []detPoint {
	all := r.scores.thresholds()
	out := make([]detPoint, 0, len(all))
	for _, t := range all {
		out = append(out, detPoint{t, r.scores.FMR(t), r.scores.FNMR(t)})
	}
	return out
}

func (r *VerifyReport) writeDET(w io.Writer) error {
	return asCSV([]string{"threshold", "confidence", "fmr", "fnmr"}, func(yield func([]string) bool) {
		for _, p := range r.det() {
			if !yield([]string{figure(p.threshold), figure(r.confidence(p.threshold)), figure(p.fmr), figure(p.fnmr)}) {
				return
			}
		}
	})(w)
}

// drawDET draws false non-match rate over false match rate as PNG.
func (r *VerifyReport) drawDET(w io.Writer) error {
	var points []sketch.Point
	for _, p := range r.det() {
		points = append(points, sketch.Point{X: p.fmr, Y: p.fnmr})
	}
	return sketch.Chart{
		Title: "Detection error trade-off, 1:1",
		Notes: []string{fmt.Sprintf("%d mated, %d non-mated pairs; model %s", r.Mated, r.NonMated, short(r.Model))},
		X:     rateAxis("false match rate (FMR)"), Y: rateAxis("false non-match rate (FNMR)"),
		Series: []sketch.Series{{Points: points, Step: true}},
	}.PNG(w)
}

// rateAxis is an axis for error rates, from 1e-4 to 1.
func rateAxis(name string) sketch.Axis { return sketch.Axis{Name: name, Low: 1e-4, High: 1, Log: true} }

// short is the beginning of a model's id.
func short(model string) string { return model[:min(12, len(model))] }
