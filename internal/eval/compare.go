package eval

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// maxReport bounds a report.json, in bytes.
const maxReport = 512 << 20

// Saved is a report.json that was read back: the items and rates that can be
// compared, of any kind of report.
type Saved struct {
	Kind   string `json:"kind"`
	Model  string `json:"model"`
	Seed   uint64 `json:"seed"`
	verify VerifyReport
	search IdentifyReport
	pad    PADReport
	other  DemographicsReport
}

// ReadReport reads a report.json of verify, identify, pad or demographics.
func ReadReport(r io.Reader) (*Saved, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxReport+1))
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if len(raw) > maxReport {
		return nil, fmt.Errorf("report: more than %d bytes", maxReport)
	}
	s := new(Saved)
	if err := json.Unmarshal(raw, s); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	var into any
	switch s.Kind {
	case "verify":
		into = &s.verify
	case "identify":
		into = &s.search
	case "pad":
		into = &s.pad
	case "demographics":
		into = &s.other
	default:
		return nil, fmt.Errorf("report: kind is %q, want verify, identify, pad or demographics", s.Kind)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return s, nil
}

// Verify is the report of a verify measurement, nil for another kind.
func (s *Saved) Verify() *VerifyReport {
	if s.Kind != "verify" {
		return nil
	}
	return &s.verify
}

// ComparisonReport is what two reports differ in.
type ComparisonReport struct {
	Head
	Of    string       `json:"of"` // the kind of both reports
	A     string       `json:"model_a"`
	B     string       `json:"model_b"`
	Lines []Difference `json:"differences"`
}

// Difference is one figure of two reports.
type Difference struct {
	Name string `json:"name"`
	A    Rate   `json:"a"`
	B    Rate   `json:"b"`
	// P is the chance of a difference as large where there is none.
	P           float64 `json:"p"`
	Significant bool    `json:"significant"` // P under 0.05
	// Method is "McNemar, exact" where both reports hold the same items, else
	// "two proportions", which takes the trials for independent.
	Method string `json:"method"`
	// OnlyA and OnlyB are, for McNemar, the items that only one report has wrong.
	OnlyA int `json:"only_a,omitempty"`
	OnlyB int `json:"only_b,omitempty"`
}

// verdicts are the right and wrong answers of a report to single items.
type verdicts map[string]bool // item -> wrong

// Compare tells which rates of two reports of one kind differ by more than chance.
func Compare(a, b *Saved) (*ComparisonReport, error) {
	if a.Kind != b.Kind {
		return nil, fmt.Errorf("eval: a report of %s and one of %s have nothing to compare", a.Kind, b.Kind)
	}
	r := &ComparisonReport{Head: Head{Kind: "compare"}, Of: a.Kind, A: a.Model, B: b.Model}
	switch a.Kind {
	case "verify":
		r.verify(&a.verify, &b.verify)
	case "identify":
		r.identify(&a.search, &b.search)
	case "pad":
		r.pad(&a.pad, &b.pad)
	case "demographics":
		r.demographics(&a.other, &b.other)
	}
	if len(r.Lines) == 0 {
		return nil, errors.New("eval: the reports share no figures")
	}
	return r, nil
}

// add compares one rate. Where both reports hold the same items, by the items.
func (r *ComparisonReport) add(name string, a, b Rate, va, vb verdicts) {
	d := Difference{Name: name, A: a, B: b}
	if sameItems(va, vb) {
		d.Method = "McNemar, exact"
		for item, wrong := range va {
			switch {
			case wrong && !vb[item]:
				d.OnlyA++
			case !wrong && vb[item]:
				d.OnlyB++
			}
		}
		d.P = mcNemar(d.OnlyA, d.OnlyB)
	} else {
		d.Method = "two proportions"
		d.P = twoProportions(a, b)
	}
	d.Significant = d.P < 0.05
	r.Lines = append(r.Lines, d)
}

func sameItems(a, b verdicts) bool {
	if len(a) == 0 || len(a) != len(b) {
		return false
	}
	for item := range a {
		if _, ok := b[item]; !ok {
			return false
		}
	}
	return true
}

// mcNemar is the exact two-sided test of two matched proportions (McNemar 1947): the
// items that only one of both has wrong fall to either side with equal chance.
func mcNemar(onlyA, onlyB int) float64 {
	n, k := onlyA+onlyB, min(onlyA, onlyB)
	if n == 0 {
		return 1
	}
	sum := 0.0
	for i := 0; i <= k; i++ {
		sum += math.Exp(logChoose(n, i) - float64(n)*math.Ln2)
	}
	return math.Min(1, 2*sum)
}

func logChoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

// twoProportions is the two-sided test of two independent proportions with a pooled
// variance.
func twoProportions(a, b Rate) float64 {
	if a.Trials == 0 || b.Trials == 0 {
		return 1
	}
	na, nb := float64(a.Trials), float64(b.Trials)
	p := float64(a.Errors+b.Errors) / (na + nb)
	sd := math.Sqrt(p * (1 - p) * (1/na + 1/nb))
	if sd == 0 {
		return 1
	}
	return math.Erfc(math.Abs(a.Value-b.Value) / sd / math.Sqrt2)
}

// atConfidence judges the comparisons of a report at the default threshold.
func atConfidence(items []Compared, mated bool) (Rate, verdicts) {
	v := verdicts{}
	wrong, n := 0, 0
	for _, c := range items {
		if c.Mated != mated {
			continue
		}
		bad := (c.Confidence >= defaultConfidence) != mated
		n++
		if bad {
			wrong++
		}
		v[c.A+"\x00"+c.B] = bad
	}
	return NewRate(wrong, n), v
}

func (r *ComparisonReport) verify(a, b *VerifyReport) {
	for _, part := range []struct {
		name  string
		mated bool
	}{{"FNMR at confidence 0.85", true}, {"FMR at confidence 0.85", false}} {
		ra, va := atConfidence(a.Items, part.mated)
		rb, vb := atConfidence(b.Items, part.mated)
		if len(va) == 0 || len(vb) == 0 {
			va, vb = nil, nil
			ra, rb = a.FMRAtDefault, b.FMRAtDefault
			if part.mated {
				ra, rb = rateOf(a.AtDefault.FNMR, a.Mated), rateOf(b.AtDefault.FNMR, b.Mated)
			}
		}
		r.add(part.name, ra, rb, va, vb)
	}
	for i := range min(len(a.Points), len(b.Points)) {
		pa, pb := a.Points[i], b.Points[i]
		va, vb := atSimilarity(a.Items, pa.Threshold), atSimilarity(b.Items, pb.Threshold)
		if pa.FMR == pb.FMR && pa.Supported && pb.Supported {
			r.add(fmt.Sprintf("FNMR at FMR %g", pa.FMR), rateOf(pa.FNMR, a.Mated), rateOf(pb.FNMR, b.Mated), va, vb)
		}
	}
	r.add("failure to enrol", rateOf(a.FailureToEnrol, a.Photos), rateOf(b.FailureToEnrol, b.Photos), nil, nil)
}

// atSimilarity judges the mated comparisons of a report at its own threshold.
func atSimilarity(items []Compared, threshold float64) verdicts {
	v := verdicts{}
	for _, c := range items {
		if c.Mated {
			v[c.A+"\x00"+c.B] = c.Similarity < threshold
		}
	}
	return v
}

func rateOf(value float64, trials int) Rate {
	return NewRate(int(math.Round(value*float64(trials))), trials)
}

func (r *ComparisonReport) identify(a, b *IdentifyReport) {
	missed := func(items []Searched, threshold float64) verdicts {
		v := verdicts{}
		for _, s := range items {
			if s.Mated {
				v[s.Path] = s.Mate < threshold
			}
		}
		return v
	}
	for i := range min(len(a.Points), len(b.Points)) {
		pa, pb := a.Points[i], b.Points[i]
		if pa.FPIR == pb.FPIR {
			r.add(fmt.Sprintf("FNIR at FPIR %g", pa.FPIR), pa.FNIR, pb.FNIR, missed(a.Items, pa.Threshold), missed(b.Items, pb.Threshold))
		}
	}
	r.add("FPIR at confidence 0.85", a.FPIRAtDefault, b.FPIRAtDefault, nil, nil)
	r.add("FNIR at confidence 0.85", a.AtDefault.FNIR, b.AtDefault.FNIR, missed(a.Items, a.AtDefault.Threshold), missed(b.Items, b.AtDefault.Threshold))
	if len(a.CMC) > 0 && len(b.CMC) > 0 {
		r.add("mate not at rank 1", notRate(a.CMC[0]), notRate(b.CMC[0]), nil, nil)
	}
}

func notRate(r Rate) Rate { return NewRate(r.Trials-r.Errors, r.Trials) }

func (r *ComparisonReport) pad(a, b *PADReport) {
	judged := func(p *PADReport, attack bool, species string) verdicts {
		v := verdicts{}
		for _, j := range p.Items {
			if j.Reason == "" && j.Attack == attack && (species == "" || j.Species == species) {
				v[j.Path] = (j.Confidence >= p.Threshold) != attack
			}
		}
		return v
	}
	rate := func(v verdicts) Rate {
		wrong := 0
		for _, bad := range v {
			if bad {
				wrong++
			}
		}
		return NewRate(wrong, len(v))
	}
	both := func(name string, attack bool, species string) {
		va, vb := judged(a, attack, species), judged(b, attack, species)
		r.add(name, rate(va), rate(vb), va, vb)
	}
	both("BPCER", false, "")
	both("APCER, all attacks", true, "")
	for _, s := range a.Species {
		for _, other := range b.Species {
			if s.Species == other.Species {
				both("APCER, "+s.Species, true, s.Species)
			}
		}
	}
	r.add("BPNRR", a.BPNRR, b.BPNRR, nil, nil)
	r.add("APNRR", a.APNRR, b.APNRR, nil, nil)
}

func (r *ComparisonReport) demographics(a, b *DemographicsReport) {
	r.add("FMR, all", a.All.FMR, b.All.FMR, nil, nil)
	r.add("FNMR, all", a.All.FNMR, b.All.FNMR, nil, nil)
	for _, ga := range a.Columns {
		for _, gb := range b.Columns {
			if ga.Column != gb.Column {
				continue
			}
			for _, x := range ga.Groups {
				for _, y := range gb.Groups {
					if x.Name == y.Name {
						r.add("FMR, "+ga.Column+" "+x.Name, x.FMR, y.FMR, nil, nil)
						r.add("FNMR, "+ga.Column+" "+x.Name, x.FNMR, y.FNMR, nil, nil)
					}
				}
			}
		}
	}
}

// WriteText prints the differences as a table for people.
func (r *ComparisonReport) WriteText(w io.Writer) error {
	t := newTable(w)
	t.row("RATE", "A", "B", "P", "", "METHOD")
	for _, d := range r.Lines {
		word := "no difference shown"
		if d.Significant {
			word = "A is better"
			if d.A.Value > d.B.Value {
				word = "B is better"
			}
		}
		t.row(d.Name, d.A.Short(), d.B.Short(), fmt.Sprintf("%.3g", d.P), word, d.Method)
	}
	if err := t.w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nA: model %s\nB: model %s\n%d rates were compared: at P under 0.05, one in twenty differs by chance.\n", r.A, r.B, len(r.Lines))
	return err
}

// Write writes report.json and differences.csv into a folder, making it.
func (r *ComparisonReport) Write(dir string) error {
	return writeAll(dir, files{
		"report.json": asJSON(r),
		"differences.csv": asCSV([]string{"rate", "a", "b", "p", "significant", "method"}, func(yield func([]string) bool) {
			for _, d := range r.Lines {
				if !yield([]string{d.Name, figure(d.A.Value), figure(d.B.Value), figure(d.P), fmt.Sprint(d.Significant), d.Method}) {
					return
				}
			}
		}),
	})
}
