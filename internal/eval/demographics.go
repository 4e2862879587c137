package eval

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"example.org/osprey/face"
	"example.org/osprey/internal/look"
)

// leastIdentities is how many persons a group needs before its rates are not marked.
const leastIdentities = 100

// DemographicsOptions say what Demographics does.
type DemographicsOptions struct {
	Split string
	// Threshold is the confidence at which every group is measured. FMR, when not 0,
	// replaces it by the threshold at which all pairs together have that rate.
	Threshold float64
	FMR       float64
	Seed      uint64
	Face      look.Choice
	Progress  Progress
}

// DemographicsReport is what Demographics found.
type DemographicsReport struct {
	Head
	Threshold  float64    `json:"threshold"` // cosine similarity
	Confidence float64    `json:"confidence"`
	All        GroupRates `json:"all"`
	Columns    []Grouping `json:"columns"`
	Unlabelled int        `json:"unlabelled"` // pairs of which a photograph has no labels
	Failed     []Failed   `json:"failed"`
	PairsLost  int        `json:"pairs_lost"`
	LeastFMR   float64    `json:"least_supported_fmr"` // of all pairs together
}

// Grouping is one column of the labels.
type Grouping struct {
	Column string       `json:"column"`
	Groups []GroupRates `json:"groups"`
	Across GroupRates   `json:"across"` // non-mated pairs of two groups
	FMR    *Ratio       `json:"fmr_ratio"`
	FNMR   *Ratio       `json:"fnmr_ratio"`
}

// GroupRates are the rates of one group: both photographs of a pair belong to it.
type GroupRates struct {
	Name       string `json:"group"`
	Identities int    `json:"identities"`
	Small      bool   `json:"small"` // fewer identities than a rate should rest on
	FMR        Rate   `json:"fmr"`
	FNMR       Rate   `json:"fnmr"`
}

// Ratio compares the groups with the greatest and the least rate. Where the least is
// zero its interval's upper end stands for it, and the ratio is a lower bound.
type Ratio struct {
	Worst string  `json:"worst"`
	Best  string  `json:"best"`
	Value float64 `json:"ratio"`
	Bound bool    `json:"lower_bound"`
}

// Demographics measures how error rates at one threshold differ between groups of
// people. A pair counts for a group when both its photographs do.
func Demographics(ctx context.Context, l *look.Looker, pairs []Pair, labels *Labels, o DemographicsOptions) (*DemographicsReport, error) {
	pairs = choose(pairs, o.Split)
	if len(pairs) == 0 {
		return nil, fmt.Errorf("%w: split %q is empty", errNoPairs, o.Split)
	}
	photos, err := templatesOf(ctx, l, pairs, o.Face, o.Progress)
	if err != nil {
		return nil, err
	}
	return newDemographicsReport(l.Engine().ModelID(), l.Engine().Calibration(), pairs, photos, labels, o)
}

// newDemographicsReport is Demographics without the looking.
func newDemographicsReport(model string, cal *face.Calibration, pairs []Pair, photos map[string]seen, labels *Labels, o DemographicsOptions) (*DemographicsReport, error) {
	r := &DemographicsReport{Head: Head{"demographics", model, o.Seed}, Failed: failures(photos)}
	compared, kept, lost, _ := score(pairs, photos)
	r.PairsLost = lost
	s := NewScores(split(compared))
	r.LeastFMR = LeastSupported(len(s.NonMated))
	switch {
	case len(compared) == 0:
		return nil, fmt.Errorf("%w: no photograph gave a template", errNoPairs)
	case o.FMR > 0 && len(s.NonMated) == 0:
		return nil, errors.New("eval: a false match rate needs non-mated pairs")
	case o.FMR > 0:
		r.Threshold = s.ThresholdAtFMR(o.FMR)
	default:
		r.Threshold = cal.Similarity(o.Threshold)
	}
	r.Confidence = cal.Confidence(r.Threshold)
	r.All = r.rates("all", compared)
	for i, column := range labels.Columns {
		g := Grouping{Column: column}
		by := map[string][]scored{}
		var across []scored
		for k, p := range kept {
			a, b := label(labels.Of(p.A), i), label(labels.Of(p.B), i)
			switch {
			case a == "" || b == "":
				if i == 0 {
					r.Unlabelled++
				}
			case a == b:
				by[a] = append(by[a], compared[k])
			default:
				across = append(across, compared[k])
			}
		}
		for _, name := range slices.Sorted(maps.Keys(by)) {
			g.Groups = append(g.Groups, r.rates(name, by[name]))
		}
		g.Across = r.rates("across groups", across)
		g.FMR = ratio(g.Groups, func(x GroupRates) Rate { return x.FMR })
		g.FNMR = ratio(g.Groups, func(x GroupRates) Rate { return x.FNMR })
		r.Columns = append(r.Columns, g)
	}
	return r, nil
}

func label(values []string, i int) string {
	if values == nil {
		return ""
	}
	return values[i]
}

// rates measures one group at the threshold.
func (r *DemographicsReport) rates(name string, pairs []scored) GroupRates {
	number := map[int]int{} // identities of the group, from 0
	own := make([]scored, len(pairs))
	for i, p := range pairs {
		for _, who := range []int{p.a, p.b} {
			if _, ok := number[who]; !ok {
				number[who] = len(number)
			}
		}
		own[i] = scored{p.similarity, number[p.a], number[p.b], p.mated}
	}
	s := NewScores(split(own))
	g := GroupRates{
		Name: name, Identities: len(number), Small: len(number) < leastIdentities,
		FMR: NewRate(s.falseMatches(r.Threshold), len(s.NonMated)), FNMR: NewRate(s.falseNonMatches(r.Threshold), len(s.Mated)),
	}
	if len(own) > 0 {
		w := newWeighed(own)
		intervals := bootstrap(len(number), len(own), r.Seed, func(times []float64) []float64 {
			fmr, fnmr := w.at(times, r.Threshold)
			return []float64{fmr, fnmr}
		})
		widen(&g.FMR, intervals[0])
		widen(&g.FNMR, intervals[1])
	}
	return g
}

// ratio compares the worst group with the best, nil when there are not two groups
// with trials or nobody made an error.
func ratio(groups []GroupRates, of func(GroupRates) Rate) *Ratio {
	var worst, best *GroupRates
	for i := range groups {
		rate := of(groups[i])
		if rate.Trials == 0 {
			continue
		}
		if worst == nil || rate.Value > of(*worst).Value {
			worst = &groups[i]
		}
		if best == nil || rate.Value < of(*best).Value {
			best = &groups[i]
		}
	}
	if worst == nil || worst == best || of(*worst).Errors == 0 {
		return nil
	}
	out := &Ratio{Worst: worst.Name, Best: best.Name}
	least := of(*best).Value
	if least == 0 {
		least, out.Bound = of(*best).Interval.High, true
	}
	out.Value = of(*worst).Value / math.Max(least, math.SmallestNonzeroFloat64)
	return out
}

// failures lists the photographs without a template.
func failures(photos map[string]seen) []Failed {
	out := []Failed{}
	for _, path := range slices.Sorted(maps.Keys(photos)) {
		if photos[path].vector == nil {
			out = append(out, Failed{path, photos[path].reason})
		}
	}
	return out
}

// WriteText prints the report as tables for people.
func (r *DemographicsReport) WriteText(w io.Writer) error {
	t := newTable(w)
	t.row("threshold", fmt.Sprintf("similarity %.4f, confidence %.3f", r.Threshold, r.Confidence))
	t.row("all pairs", fmt.Sprintf("FMR %s; FNMR %s", r.All.FMR, r.All.FNMR))
	t.row("left out", fmt.Sprintf("%d pairs without a template, %d without labels", r.PairsLost, r.Unlabelled))
	t.row("model", r.Model)
	for _, g := range r.Columns {
		if err := t.gap("By " + g.Column); err != nil {
			return err
		}
		t.row("GROUP", "PERSONS", "FMR", "95 %", "FNMR", "95 %", "")
		for _, x := range append(slices.Clone(g.Groups), g.Across) {
			note := ""
			if x.Small {
				note = fmt.Sprintf("fewer than %d persons", leastIdentities)
			}
			t.row(x.Name, fmt.Sprint(x.Identities), x.FMR.Short(), x.FMR.Interval.String(), x.FNMR.Short(), x.FNMR.Interval.String(), note)
		}
		t.row("worst / best", "", g.FMR.String(), "", g.FNMR.String())
	}
	return t.w.Flush()
}

// String prints the ratio, and says where there is none.
func (r *Ratio) String() string {
	switch {
	case r == nil:
		return "not enough data"
	case r.Bound:
		return fmt.Sprintf("over %.2g (%s / %s)", r.Value, r.Worst, r.Best)
	}
	return fmt.Sprintf("%.2g (%s / %s)", r.Value, r.Worst, r.Best)
}

// Write writes report.json and groups.csv into a folder, making it.
func (r *DemographicsReport) Write(dir string) error {
	return writeAll(dir, files{
		"report.json": asJSON(r),
		"groups.csv": asCSV([]string{"column", "group", "identities", "fmr", "fmr_low", "fmr_high", "fnmr", "fnmr_low", "fnmr_high"}, func(yield func([]string) bool) {
			for _, g := range r.Columns {
				for _, x := range append(slices.Clone(g.Groups), g.Across) {
					row := []string{g.Column, x.Name, fmt.Sprint(x.Identities)}
					for _, rate := range []Rate{x.FMR, x.FNMR} {
						row = append(row, figure(rate.Value), figure(rate.Interval.Low), figure(rate.Interval.High))
					}
					if !yield(row) {
						return
					}
				}
			}
		}),
		"groups.png": r.draw,
	})
}
