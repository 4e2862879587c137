package eval

import (
	"fmt"
	"io"

	"example.org/osprey/internal/sketch"
)

// WriteText prints the report as tables for people.
func (r *PADReport) WriteText(w io.Writer) error {
	t := newTable(w)
	t.row("presentations", fmt.Sprintf("%d bona fide, %d attacks of %d species", r.BonaFide, r.Attacks, len(r.Species)))
	t.row("non-response", fmt.Sprintf("BPNRR %s; APNRR %s", r.BPNRR.Short(), r.APNRR.Short()))
	for _, c := range r.Reasons {
		t.row("  "+c.Reason, fmt.Sprintf("%d bona fide, %d attacks", c.BonaFide, c.Attacks))
	}
	t.row(fmt.Sprintf("BPCER at %g", r.Threshold), r.BPCER.String())
	if len(r.Species) > 0 {
		t.row(fmt.Sprintf("worst APCER at %g", r.Threshold), fmt.Sprintf("%s, %s", r.Species[0].Species, r.Species[0].APCER))
	}
	t.row("all attacks together", fmt.Sprintf("AUC %.4f, equal error rate %s", r.AUC, percent(r.EER)))
	t.row("models", r.Model)
	for _, table := range []func(table) error{r.speciesTable, r.pointTable, r.singleTable, r.groupTable} {
		if err := table(t); err != nil {
			return err
		}
	}
	return t.w.Flush()
}

func (r *PADReport) speciesTable(t table) error {
	if err := t.gap(fmt.Sprintf("By species, at confidence_spoofing %g", r.Threshold)); err != nil {
		return err
	}
	t.row("SPECIES", "ATTACKS", "APCER", "95 %", "APNRR", "MANIFEST")
	for _, s := range r.Species {
		stated := "-"
		if s.Manifest != nil {
			stated = percent(*s.Manifest)
		}
		t.row(s.Species, fmt.Sprint(s.APNRR.Trials), s.APCER.Short(), s.APCER.Interval.String(), s.APNRR.Short(), stated)
	}
	return nil
}

func (r *PADReport) pointTable(t table) error {
	if err := t.gap("Where BPCER is held"); err != nil {
		return err
	}
	t.row("BPCER", "THRESHOLD", "MEASURED", "WORST APCER", "SPECIES", "ALL ATTACKS", "")
	for _, p := range r.Points {
		note := ""
		if !p.Supported {
			note = fmt.Sprintf("not enough data: %d bona fide support BPCER %s", p.Measured.Trials, percent(r.LeastBPCER))
		}
		t.row(percent(p.BPCER), fmt.Sprintf("%.4f", p.Threshold), p.Measured.Short(), p.APCER.Short(), p.Worst, p.All.Short(), note)
	}
	return nil
}

func (r *PADReport) singleTable(t table) error {
	if err := t.gap("The fusion and each member alone, by the area under the curve; APCER at BPCER 3 %"); err != nil {
		return err
	}
	t.row("MODEL", "AUC", "D-EER", "WORST APCER", "SPECIES", "ALL ATTACKS")
	for _, s := range r.Singles {
		t.row(s.Name, fmt.Sprintf("%.4f", s.AUC), percent(s.EER), s.APCER.Short(), s.Worst, s.All.Short())
	}
	return nil
}

func (r *PADReport) groupTable(t table) error {
	if len(r.Groups) == 0 {
		return nil
	}
	if err := t.gap(fmt.Sprintf("By %s, at confidence_spoofing %g", r.GroupBy, r.Threshold)); err != nil {
		return err
	}
	t.row("GROUP", "BPCER", "APCER", "AUC", "BPNRR", "APNRR")
	for _, g := range r.Groups {
		auc := "-"
		if g.BPCER.Trials > 0 && g.APCER.Trials > 0 {
			auc = fmt.Sprintf("%.3f", g.AUC)
		}
		name := g.Name
		if name == "" {
			name = "(none)"
		}
		t.row(name, g.BPCER.Short(), g.APCER.Short(), auc, g.BPNRR.Short(), g.APNRR.Short())
	}
	return nil
}

// padPoint is one threshold of the DET curve.
type padPoint struct {
	threshold, bpcer, worst, all float64
	species                      string
}

func (r *PADReport) det() []padPoint {
	var out []padPoint
	for _, t := range r.scores.all().thresholds() {
		species, worst, all := r.scores.apcer(t)
		out = append(out, padPoint{t, bpcerOf(r.scores.bonaFide, t).Value, worst.Value, all.Value, species})
	}
	return out
}

// Write writes report.json, det.csv, det.png and items.csv into a folder, making it.
func (r *PADReport) Write(dir string) error {
	return writeAll(dir, files{
		"report.json": asJSON(r), "det.png": r.drawDET,
		"det.csv": asCSV([]string{"threshold", "bpcer", "apcer_worst", "worst_species", "apcer_all"}, func(yield func([]string) bool) {
			for _, p := range r.det() {
				if !yield([]string{figure(p.threshold), figure(p.bpcer), figure(p.worst), p.species, figure(p.all)}) {
					return
				}
			}
		}),
		"items.csv": asCSV([]string{"path", "attack", "species", "confidence_spoofing", "raw", "frames", "reason"}, func(yield func([]string) bool) {
			for _, j := range r.Items {
				if !yield([]string{j.Path, fmt.Sprint(j.Attack), j.Species, figure(j.Confidence), figure(j.Raw), fmt.Sprint(j.Frames), j.Reason}) {
					return
				}
			}
		}),
	})
}

// drawDET draws BPCER over the worst APCER.
func (r *PADReport) drawDET(w io.Writer) error {
	worst, all := sketch.Series{Name: "worst species", Step: true}, sketch.Series{Name: "all attacks", Step: true}
	for _, p := range r.det() {
		worst.Points = append(worst.Points, sketch.Point{X: p.worst, Y: p.bpcer})
		all.Points = append(all.Points, sketch.Point{X: p.all, Y: p.bpcer})
	}
	return sketch.Chart{
		Title: "Detection error trade-off, presentation attacks",
		Notes: []string{fmt.Sprintf("%d bona fide, %d attacks of %d species with a response", len(r.scores.bonaFide), len(r.scores.all().Mated), len(r.scores.attacks))},
		X:     sketch.Axis{Name: "attacks taken for bona fide (APCER)", Low: 1e-3, High: 1, Log: true},
		Y:     sketch.Axis{Name: "bona fide taken for attacks (BPCER)", Low: 1e-3, High: 1, Log: true}, Series: []sketch.Series{worst, all},
	}.PNG(w)
}
