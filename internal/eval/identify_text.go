package eval

import (
	"fmt"
	"io"
	"strconv"

	"example.org/osprey/internal/sketch"
)

// WriteText prints the report as a table for people.
func (r *IdentifyReport) WriteText(w io.Writer) error {
	t := newTable(w)
	t.row("gallery", fmt.Sprintf("%d persons, %d photographs; failure to enrol: %s", r.Persons, r.Images, r.FailureToEnrol))
	t.row("probes", fmt.Sprintf("%d mated, %d non-mated (%d left out: their person is not enrolled); failure to acquire: %s", r.Mated, r.NonMated, r.NotEnrolled, r.FailureToAcquire))
	for _, p := range r.Points {
		t.row("FNIR at FPIR "+strconv.FormatFloat(p.FPIR, 'g', -1, 64), r.describe(p))
	}
	if len(r.Points) == 0 {
		t.row("FNIR at a FPIR", "not enough data: no non-mated probes")
	}
	t.row("FNIR at confidence 0.85", r.describe(r.AtDefault))
	t.row("FPIR at confidence 0.85", r.FPIRAtDefault.String())
	for _, rank := range []int{1, 5, 10, 20} {
		t.row(fmt.Sprintf("mate at rank %d or better", rank), hitRate(r.CMC[rank-1]))
	}
	t.row("recall against a full scan", fmt.Sprintf("%s of %d searches equal", percent(r.Recall), r.Mated+r.NonMated))
	t.row("model", r.Model)
	return t.w.Flush()
}

// hitRate prints a rate that is good when it is high.
func hitRate(r Rate) string {
	if r.Trials == 0 {
		return "not enough data: no mated probes"
	}
	if r.Errors == r.Trials {
		return fmt.Sprintf("all of %d; not enough data for a rate: over %s (95 %%)", r.Trials, percent(r.Interval.Low))
	}
	return fmt.Sprintf("%s (%d of %d; 95 %%: %s)", percent(r.Value), r.Errors, r.Trials, r.Interval)
}

func (r *IdentifyReport) describe(p IdentifyPoint) string {
	if p.FNIR.Trials == 0 {
		return "not enough data: no mated probes"
	}
	rate := p.FNIR
	if rate.Errors > 0 {
		rate.Interval = rate.Interval.hull(p.Identities)
	}
	text := fmt.Sprintf("%s at similarity %.4f, confidence %.3f", rate, p.Threshold, p.Confidence)
	if !p.Supported {
		text += fmt.Sprintf("; not enough data: %d non-mated probes support FPIR %.2g", r.NonMated, r.LeastFPIR)
	}
	return text
}

// Write writes report.json, cmc.csv and cmc.png into a folder, making it.
func (r *IdentifyReport) Write(dir string) error {
	return writeAll(dir, files{
		"report.json": asJSON(r), "cmc.png": r.drawCMC,
		"cmc.csv": asCSV([]string{"rank", "rate", "low", "high"}, func(yield func([]string) bool) {
			for i, p := range r.CMC {
				if !yield([]string{strconv.Itoa(i + 1), figure(p.Value), figure(p.Interval.Low), figure(p.Interval.High)}) {
					return
				}
			}
		}),
	})
}

func (r *IdentifyReport) drawCMC(w io.Writer) error {
	var points []sketch.Point
	low := 1.0
	for i, p := range r.CMC {
		points = append(points, sketch.Point{X: float64(i + 1), Y: p.Value})
		low = min(low, p.Value)
	}
	floor := 0.0
	for _, f := range []float64{0.5, 0.8, 0.9, 0.95} {
		if low > f+0.01 {
			floor = f
		}
	}
	return sketch.Chart{
		Title: "Cumulative match characteristic, 1:N",
		Notes: []string{fmt.Sprintf("%d mated probes, %d persons; model %s", r.Mated, r.Persons, short(r.Model))},
		X:     sketch.Axis{Name: "rank", Low: 0, High: candidates}, Y: sketch.Axis{Name: "share of mated probes", Low: floor, High: 1},
		Series: []sketch.Series{{Points: points}},
	}.PNG(w)
}
