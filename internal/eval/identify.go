package eval

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"path/filepath"
	"slices"
	"sort"

	"example.org/osprey/gallery"
	"example.org/osprey/internal/look"
)

// candidates is how many persons a search of Identify asks for: the ranks of the
// CMC curve.
const candidates = 20

// wantedFPIR are the false positive identification rates that reports give the FNIR at.
var wantedFPIR = []float64{0.1, 0.01, 0.003, 0.001}

// IdentifyOptions say what Identify does.
type IdentifyOptions struct {
	Seed     uint64
	Face     look.Choice // which face of a photograph counts; look.Central when empty
	Progress Progress
}

// IdentifySet is what Identify measures on. A probe whose identity has the name of
// one in the gallery is mated, every other one is not.
type IdentifySet struct {
	Gallery []Identity
	Probes  []Identity
	// Strangers are probes of nobody in the gallery, however their files are named.
	Strangers []string
}

// IdentifyPoint is the FNIR where the FPIR is held.
type IdentifyPoint struct {
	FPIR       float64  `json:"fpir"`
	Threshold  float64  `json:"threshold"` // cosine similarity
	Confidence float64  `json:"confidence"`
	FNIR       Rate     `json:"fnir"`
	Identities Interval `json:"fnir_95_identities"` // bootstrap over identities
	Supported  bool     `json:"supported"`          // false where non-mated probes are too few (rule of 30)
}

// Searched is one probe of a report.
type Searched struct {
	Path     string  `json:"path"`
	Identity string  `json:"identity"`
	Mated    bool    `json:"mated"`
	Rank     int     `json:"rank"` // of the mate, 0 where it is not among the candidates
	Mate     float64 `json:"mate"` // the mate's similarity, -1 where it is not among the candidates
	Best     float64 `json:"best"` // the first candidate's similarity
	Reason   string  `json:"reason,omitempty"`

	who int
}

// IdentifyReport is what Identify found.
type IdentifyReport struct {
	Head
	Persons  int `json:"persons"` // in the gallery
	Images   int `json:"images"`
	Mated    int `json:"mated"`     // probes
	NonMated int `json:"non_mated"` // probes that gave a template
	// NotEnrolled are probes of persons of whom no gallery photo gave a template;
	// they are left out.
	NotEnrolled      int             `json:"not_enrolled"`
	FailureToEnrol   Rate            `json:"failure_to_enrol"`   // photographs of the gallery
	FailureToAcquire Rate            `json:"failure_to_acquire"` // probes
	Failed           []Failed        `json:"failed"`
	Points           []IdentifyPoint `json:"operating_points"`
	LeastFPIR        float64         `json:"least_supported_fpir"`
	AtDefault        IdentifyPoint   `json:"at_confidence_0.85"`
	FPIRAtDefault    Rate            `json:"fpir_at_confidence_0.85"`
	// CMC is the share of mated probes whose mate is at rank 1, 2 ... 20 or better.
	CMC []Rate `json:"cmc"`
	// Recall is the share of searches whose answer equals that of the full scan, in
	// persons, order and similarities.
	Recall float64    `json:"recall"`
	Items  []Searched `json:"items,omitempty"`

	probes []Searched
}

// Identify measures 1:N search. Probes that give no template count as misses when they
// are mated, and are left out when they are not.
func Identify(ctx context.Context, l *look.Looker, set IdentifySet, o IdentifyOptions) (*IdentifyReport, error) {
	if len(set.Gallery) == 0 || len(set.Probes)+len(set.Strangers) == 0 {
		return nil, errors.New("eval: identification needs a gallery and probes")
	}
	if o.Face == "" {
		o.Face = look.Central
	}
	paths := slices.Clone(set.Strangers)
	for _, id := range slices.Concat(set.Gallery, set.Probes) {
		paths = append(paths, id.Files...)
	}
	photos, err := templates(ctx, l, paths, o.Face, o.Progress)
	if err != nil {
		return nil, err
	}
	r := &IdentifyReport{Head: Head{"identify", l.Engine().ModelID(), o.Seed}}
	if err := r.search(ctx, set, photos); err != nil {
		return nil, err
	}
	cal := l.Engine().Calibration()
	r.rates(cal.Confidence, cal.Similarity(defaultConfidence))
	return r, nil
}

// search asks the exact gallery and the full scan for every probe.
func (r *IdentifyReport) search(ctx context.Context, set IdentifySet, photos map[string]seen) error {
	config := gallery.Config{Model: r.Model}
	for _, s := range photos {
		config.Dim = max(config.Dim, len(s.vector))
	}
	enrolled, err := r.enrol(set.Gallery, photos, config)
	if err != nil {
		return err
	}
	exact, full, done, err := galleries(ctx, config, enrolled)
	if err != nil {
		return err
	}
	defer done()
	state := exact.State()
	r.Persons, r.Images = state.Persons, state.Images
	r.list(set, photos, enrolled)
	equal, asked := 0, 0
	for i := range r.probes {
		vector := photos[r.probes[i].Path].vector
		if vector == nil {
			continue
		}
		probe := gallery.Probe{Model: r.Model, Vector: vector}
		found, err := exact.Search(ctx, probe, candidates)
		if err != nil {
			return fmt.Errorf("eval: %w", err)
		}
		all, err := full.Search(ctx, probe, candidates)
		if err != nil {
			return fmt.Errorf("eval: %w", err)
		}
		if asked++; slices.Equal(found.Matches, all.Matches) {
			equal++
		}
		r.probes[i].rank(found.Matches, enrolled.person[r.probes[i].Identity])
	}
	r.Recall = share(equal, asked)
	if asked == 0 {
		return errors.New("eval: no probe gave a template")
	}
	return nil
}

// enrolment is a gallery before it is searched.
type enrolment struct {
	entries []gallery.Entry
	person  map[string]string // name -> id, of those with a template
	known   map[string]bool   // all names of the gallery
}

func (r *IdentifyReport) enrol(set []Identity, photos map[string]seen, config gallery.Config) (enrolment, error) {
	e := enrolment{person: map[string]string{}, known: map[string]bool{}}
	images, failed := 0, 0
	for i, id := range set {
		e.known[id.Name] = true
		for _, path := range id.Files {
			images++
			s := photos[path]
			if s.vector == nil {
				failed++
				r.Failed = append(r.Failed, Failed{path, s.reason})
				continue
			}
			e.person[id.Name] = uuid(2, i)
			e.entries = append(e.entries, gallery.Entry{Image: uuid(1, images), Person: uuid(2, i), Model: config.Model, Vector: s.vector})
		}
	}
	r.FailureToEnrol = NewRate(failed, images)
	if len(e.entries) == 0 {
		return e, errors.New("eval: no photograph of the gallery gave a template")
	}
	return e, nil
}

// uuid makes the id of a person or image of the measurement.
func uuid(kind, n int) string { return fmt.Sprintf("00000000-0000-7000-8%03x-%012x", kind, n) }

// galleries fills the exact search and the full scan.
func galleries(ctx context.Context, config gallery.Config, e enrolment) (exact *gallery.Exact, full *gallery.Brute, done func(), err error) {
	entries := iter.Seq2[gallery.Entry, error](func(yield func(gallery.Entry, error) bool) {
		for _, entry := range e.entries {
			if !yield(entry, nil) {
				return
			}
		}
	})
	if exact, err = gallery.BuildExact(ctx, config, int64(len(e.entries)), entries); err != nil {
		return nil, nil, nil, fmt.Errorf("eval: %w", err)
	}
	if full, err = gallery.NewBrute(config); err != nil {
		return nil, nil, nil, fmt.Errorf("eval: %w", err)
	}
	for i, entry := range e.entries {
		if err := full.Apply(ctx, gallery.Change{Version: int64(i + 1), Op: gallery.OpAdd, Entry: entry}); err != nil {
			return nil, nil, nil, fmt.Errorf("eval: %w", err)
		}
	}
	return exact, full, func() { _, _ = exact.Close(), full.Close() }, nil
}

// list makes the probes, numbered by identity.
func (r *IdentifyReport) list(set IdentifySet, photos map[string]seen, e enrolment) {
	failed := 0
	add := func(path, name string, who int) {
		p := Searched{Path: path, Identity: name, Mated: e.known[name] && name != "", Mate: -1, Best: -1, Reason: photos[path].reason, who: who}
		if p.Mated && e.person[name] == "" {
			r.NotEnrolled++
			return
		}
		if p.Reason != "" {
			failed++
			r.Failed = append(r.Failed, Failed{path, p.Reason})
		}
		r.probes = append(r.probes, p)
	}
	for i, id := range set.Probes {
		for _, path := range id.Files {
			add(path, id.Name, i)
		}
	}
	who := map[string]int{} // strangers of one folder are taken for one person
	for _, path := range set.Strangers {
		dir := filepath.Dir(path)
		if _, ok := who[dir]; !ok {
			who[dir] = len(set.Probes) + len(who)
		}
		add(path, "", who[dir])
	}
	r.FailureToAcquire = NewRate(failed, len(r.probes))
}

// rank notes what a search found.
func (p *Searched) rank(matches []gallery.Match, mate string) {
	for i, m := range matches {
		if i == 0 {
			p.Best = float64(m.Similarity)
		}
		if p.Mated && m.Person == mate {
			p.Rank, p.Mate = i+1, float64(m.Similarity)
		}
	}
}

// rates fills in what the probes tell.
func (r *IdentifyReport) rates(confidence func(float64) float64, atDefault float64) {
	var mates, strangers []float64
	ranks := make([]int, candidates+1)
	people := 0
	for _, p := range r.probes {
		people = max(people, p.who+1)
		if p.Mated {
			mates = append(mates, p.Mate)
			if p.Rank > 0 {
				ranks[p.Rank]++
			}
		} else if p.Reason == "" {
			strangers = append(strangers, p.Best)
		}
	}
	s := NewScores(mates, strangers)
	r.Mated, r.NonMated, r.LeastFPIR = len(mates), len(strangers), LeastSupported(len(strangers))
	hits := 0
	for _, n := range ranks[1:] {
		hits += n
		r.CMC = append(r.CMC, NewRate(hits, len(mates)))
	}
	intervals := r.intervals(people, atDefault)
	for i, fpir := range wantedFPIR {
		if len(strangers) == 0 {
			break
		}
		t := s.ThresholdAtFMR(fpir)
		r.Points = append(r.Points, IdentifyPoint{
			FPIR: fpir, Threshold: t, Confidence: confidence(t), FNIR: NewRate(s.falseNonMatches(t), len(mates)),
			Identities: intervals[i], Supported: Supported(fpir, len(strangers)),
		})
	}
	r.FPIRAtDefault = NewRate(s.falseMatches(atDefault), len(strangers))
	r.AtDefault = IdentifyPoint{
		FPIR: r.FPIRAtDefault.Value, Threshold: atDefault, Confidence: confidence(atDefault),
		FNIR: NewRate(s.falseNonMatches(atDefault), len(mates)), Identities: intervals[len(wantedFPIR)],
		Supported: Supported(r.FPIRAtDefault.Value, len(strangers)),
	}
	if len(r.probes) <= maxItems {
		r.Items = r.probes
	}
}

// intervals bootstraps the FNIR at each FPIR and at one threshold over identities.
func (r *IdentifyReport) intervals(people int, atDefault float64) []Interval {
	order := slices.Clone(r.probes)
	value := func(p Searched) float64 {
		if p.Mated {
			return p.Mate
		}
		return p.Best
	}
	sort.SliceStable(order, func(i, j int) bool { return value(order[i]) < value(order[j]) })
	return bootstrap(people, len(order), r.Seed, func(times []float64) []float64 {
		out := make([]float64, len(wantedFPIR)+1)
		for i, fpir := range wantedFPIR {
			out[i] = fnirOf(order, times, thresholdOf(order, times, fpir))
		}
		out[len(wantedFPIR)] = fnirOf(order, times, atDefault)
		return out
	})
}

// thresholdOf is the least threshold of one draw whose FPIR is at most the one given.
func thresholdOf(order []Searched, times []float64, fpir float64) float64 {
	total := 0.0
	for _, p := range order {
		if !p.Mated && p.Reason == "" {
			total += times[p.who]
		}
	}
	if total == 0 {
		return math.NaN()
	}
	passed := 0.0
	for _, p := range slices.Backward(order) {
		if p.Mated || p.Reason != "" {
			continue
		}
		if passed += times[p.who]; passed > fpir*total+1e-9 {
			return math.Nextafter(p.Best, math.Inf(1))
		}
	}
	return math.Inf(-1)
}

// fnirOf is the share of the mated probes of one draw that miss a threshold.
func fnirOf(order []Searched, times []float64, threshold float64) float64 {
	if math.IsNaN(threshold) {
		return threshold
	}
	missed, total := 0.0, 0.0
	for _, p := range order {
		if !p.Mated {
			continue
		}
		total += times[p.who]
		if p.Mate < threshold {
			missed += times[p.who]
		}
	}
	return missed / total
}
