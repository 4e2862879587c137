package eval

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"text/tabwriter"
)

// WriteText prints the report as a table for people.
func (r *Report) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "pairs\t%d mated, %d non-mated (%d left out: a photo gave no template)\n", r.Mated, r.NonMated, r.PairsLost)
	fmt.Fprintf(t, "photographs\t%d, failure to enrol %s (95 %%: %s)\n", r.Photos, percent(r.FailureToEnrol), r.FailureToEnrol95)
	fmt.Fprintf(t, "accuracy\t%s (95 %%: %s; %s)\n", percent(r.Accuracy), r.Accuracy95, r.AccuracyMethod)
	fmt.Fprintf(t, "EER\t%s\n", percent(r.EER))
	for _, p := range r.Points {
		fmt.Fprintf(t, "FNMR at FMR %s\t%s\n", strconv.FormatFloat(p.FMR, 'g', -1, 64), r.describe(p))
	}
	fmt.Fprintf(t, "FNMR at confidence 0.85\t%s\n", r.describe(r.AtDefault))
	fmt.Fprintf(t, "model\t%s\n", r.Model)
	return t.Flush()
}

// describe says what a point is worth: a rate the pairs cannot support is marked,
// with the bound they can.
func (r *Report) describe(p OperatingPoint) string {
	text := fmt.Sprintf("%s (95 %%: %s) at similarity %.4f, confidence %.3f", percent(p.FNMR), p.Interval, p.Threshold, p.Confidence)
	if !p.Supported {
		text += fmt.Sprintf("; not enough data: %d non-mated pairs support FMR %.2g", r.NonMated, r.LeastFMR)
	}
	return text
}

func percent(v float64) string { return fmt.Sprintf("%.2f %%", 100*v) }

// String prints the interval in per cent.
func (i Interval) String() string { return fmt.Sprintf("%.2f to %.2f %%", 100*i.Low, 100*i.High) }

// Write writes report.json, det.csv and det.png into a folder, making it.
func (r *Report) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a report is for others to read
		return fmt.Errorf("eval: %w", err)
	}
	for name, write := range map[string]func(io.Writer) error{
		"report.json": r.writeJSON, "det.csv": r.writeDET, "det.png": r.drawDET,
	} {
		if err := writeFile(filepath.Join(dir, name), write); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.Create(path) //nolint:gosec // the folder is the user's choice
	if err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	defer func() {
		if cerr := f.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("eval: %w", cerr)
		}
	}()
	return write(f)
}

func (r *Report) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// detPoint is one threshold of the DET curve.
type detPoint struct{ threshold, fmr, fnmr float64 }

// det lists the curve: one point for every score that was seen.
func (r *Report) det() []detPoint {
	all := append(append([]float64(nil), r.scores.Mated...), r.scores.NonMated...)
	sort.Float64s(all)
	out := make([]detPoint, 0, len(all))
	for i, t := range all {
		if i == 0 || t != all[i-1] {
			out = append(out, detPoint{t, r.scores.FMR(t), r.scores.FNMR(t)})
		}
	}
	return out
}

func (r *Report) writeDET(w io.Writer) error {
	c := csv.NewWriter(w)
	if err := c.Write([]string{"threshold", "confidence", "fmr", "fnmr"}); err != nil {
		return err
	}
	text := func(v float64) string { return strconv.FormatFloat(v, 'g', 10, 64) }
	for _, p := range r.det() {
		if err := c.Write([]string{text(p.threshold), text(r.confidence(p.threshold)), text(p.fmr), text(p.fnmr)}); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}
