package eval

import (
	"fmt"
	"io"
	"math"
	"slices"

	"example.org/osprey/face"
	"example.org/osprey/internal/sketch"
)

// ThresholdsReport says what thresholds of the installed models mean.
type ThresholdsReport struct {
	Head
	Size     int                 `json:"size"` // photographs searched
	Matching []MatchingThreshold `json:"matching"`
	Liveness []LivenessThreshold `json:"liveness,omitempty"`
	// ExtrapolatedBelow is the FMR under which the embedder's table is extrapolated.
	ExtrapolatedBelow float64 `json:"extrapolated_below"`
	Dataset           string  `json:"dataset"`
}

// MatchingThreshold is one threshold of comparisons.
type MatchingThreshold struct {
	Threshold    float64  `json:"threshold"`
	Similarity   float64  `json:"similarity"`
	FMR          float64  `json:"fmr"`
	FPIR         float64  `json:"fpir"`
	FNMR         *float64 `json:"fnmr"` // of the report given, nil without one
	Extrapolated bool     `json:"extrapolated"`
}

// LivenessThreshold is one threshold of confidence_spoofing.
type LivenessThreshold struct {
	Threshold    float64            `json:"threshold"`
	BPCER        float64            `json:"bpcer"` // what the scale states
	APCER        map[string]float64 `json:"apcer"` // what the manifest states, at 0.5 only
	Extrapolated bool               `json:"extrapolated"`
}

// FPIR is the chance that a search of n photographs names a stranger, when a single
// comparison does with probability fmr.
func FPIR(fmr float64, n int) float64 { return -math.Expm1(float64(n) * math.Log1p(-fmr)) }

// ThresholdAtFPIR is the confidence whose false match rate is fpir/n: at it a search
// of n photographs names a stranger with probability fpir at most.
func ThresholdAtFPIR(c *face.Calibration, fpir float64, n int) float64 {
	return c.ConfidenceAtFMR(fpir / float64(n))
}

// Thresholds lists what thresholds mean. measured, when not nil, is a report of
// Verify on the user's own pairs, which tells the FNMR.
func Thresholds(model string, c *face.Calibration, l *face.LivenessCalibration, size int, measured *VerifyReport) *ThresholdsReport {
	r := &ThresholdsReport{
		Head: Head{Kind: "thresholds", Model: model}, Size: size, ExtrapolatedBelow: c.ExtrapolatedBelow, Dataset: c.Dataset,
	}
	thresholds := []float64{0.34, 0.51, 0.6, 0.68, 0.75, 0.8, 0.85, 0.87, 0.9, 0.92, 0.95}
	var mated []float64
	if measured != nil {
		for _, item := range measured.Items {
			if item.Mated {
				mated = append(mated, item.Similarity)
			}
		}
		slices.Sort(mated)
	}
	for _, t := range thresholds {
		fmr := c.FMR(t)
		m := MatchingThreshold{Threshold: t, Similarity: c.Similarity(t), FMR: fmr, FPIR: FPIR(fmr, size), Extrapolated: c.Extrapolated(fmr)}
		if len(mated) > 0 {
			fnmr := Scores{Mated: mated}.FNMR(m.Similarity)
			m.FNMR = &fnmr
		}
		r.Matching = append(r.Matching, m)
	}
	if l == nil {
		return r
	}
	for _, t := range []float64{0.1, 0.3, 0.5, 0.7, 0.9} {
		v := LivenessThreshold{Threshold: t, BPCER: bpcerMeant(t), Extrapolated: l.Extrapolated(t)}
		if t == 0.5 {
			v.APCER = l.APCER
		}
		r.Liveness = append(r.Liveness, v)
	}
	return r
}

// WriteText prints the tables for people.
func (r *ThresholdsReport) WriteText(w io.Writer) error {
	t := newTable(w)
	t.row("MATCHING", "SIMILARITY", "FMR", fmt.Sprintf("FPIR OF %d", r.Size), "FNMR", "")
	for _, m := range r.Matching {
		fnmr, note := "-", ""
		if m.FNMR != nil {
			fnmr = percent(*m.FNMR)
		}
		if m.Extrapolated {
			note = "extrapolated"
		}
		t.row(fmt.Sprintf("%.2f", m.Threshold), fmt.Sprintf("%.4f", m.Similarity), fmt.Sprintf("%.2g", m.FMR), percent(m.FPIR), fnmr, note)
	}
	if err := t.w.Flush(); err != nil {
		return err
	}
	if len(r.Liveness) == 0 {
		_, err := fmt.Fprintln(w, "\nThe pack in use has no liveness models.")
		return err
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	t.row("LIVENESS", "BPCER", "APCER", "")
	for _, v := range r.Liveness {
		apcer, note := "-", ""
		if name, worst := worstOf(v.APCER); name != "" {
			apcer = fmt.Sprintf("worst %s (%s)", percent(worst), name)
		}
		if v.Extrapolated {
			note = "extrapolated"
		}
		t.row(fmt.Sprintf("%.2f", v.Threshold), percent(v.BPCER), apcer, note)
	}
	return t.w.Flush()
}

// worstOf is the greatest rate of a table by species.
func worstOf(apcer map[string]float64) (name string, worst float64) {
	for k, v := range apcer {
		if name == "" || v > worst || v == worst && k < name {
			name, worst = k, v
		}
	}
	return name, worst
}

// Write writes report.json, thresholds.csv and thresholds.png into a folder, making
// it.
func (r *ThresholdsReport) Write(dir string) error {
	return writeAll(dir, files{
		"report.json": asJSON(r),
		"thresholds.csv": asCSV([]string{"threshold", "similarity", "fmr", "fpir", "extrapolated"}, func(yield func([]string) bool) {
			for _, m := range r.Matching {
				if !yield([]string{figure(m.Threshold), figure(m.Similarity), figure(m.FMR), figure(m.FPIR), fmt.Sprint(m.Extrapolated)}) {
					return
				}
			}
		}),
		"thresholds.png": func(w io.Writer) error {
			var one, many []sketch.Point
			for _, m := range r.Matching {
				one = append(one, sketch.Point{X: m.Threshold, Y: m.FMR})
				many = append(many, sketch.Point{X: m.Threshold, Y: m.FPIR})
			}
			return sketch.Chart{
				Title: "False match rate by threshold", Notes: []string{"model " + short(r.Model)},
				X: sketch.Axis{Name: "confidence", Low: 0.3, High: 1}, Y: sketch.Axis{Name: "rate", Low: 1e-10, High: 1, Log: true},
				Series: []sketch.Series{{Name: "one comparison (FMR)", Points: one}, {Name: fmt.Sprintf("a search of %d (FPIR)", r.Size), Points: many}},
			}.PNG(w)
		},
	})
}
