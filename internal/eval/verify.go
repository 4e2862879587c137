package eval

import (
	"context"
	"errors"
	"fmt"
	"sort"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/look"
)

// maxItems bounds how many single comparisons a report keeps for `eval compare`.
const maxItems = 200_000

// defaultConfidence is the installation's own threshold of matching.
const defaultConfidence = 0.85

// VerifyOptions say what Verify does.
type VerifyOptions struct {
	// Split and FitSplit name parts of the file: the part reported on, and the part
	// the accuracy's threshold is fitted on. Both empty: the whole file, and ten
	// folds of it.
	Split, FitSplit string
	Seed            uint64
	// Face says which face of a photograph counts; look.Central when empty.
	Face look.Choice
	// Progress, when set, is told of each photograph that was looked at.
	Progress Progress
}

// OperatingPoint is the FNMR where the FMR is held.
type OperatingPoint struct {
	FMR        float64  `json:"fmr"`
	Threshold  float64  `json:"threshold"` // cosine similarity
	Confidence float64  `json:"confidence"`
	FNMR       float64  `json:"fnmr"`
	Interval   Interval `json:"fnmr_95"`            // Wilson's
	Identities Interval `json:"fnmr_95_identities"` // bootstrap over identities
	// Supported is false where the pairs are too few to tell this FMR (rule of 30).
	Supported bool `json:"supported"`
}

// Compared is one comparison of a report.
type Compared struct {
	A          string  `json:"a"`
	B          string  `json:"b"`
	Mated      bool    `json:"mated"`
	Similarity float64 `json:"similarity"`
	Confidence float64 `json:"confidence"`
}

// VerifyReport is what Verify found.
type VerifyReport struct {
	Head
	Mated             int              `json:"mated"`
	NonMated          int              `json:"non_mated"`
	Identities        int              `json:"identities"`
	Photos            int              `json:"photos"`
	FailureToEnrol    float64          `json:"failure_to_enrol"`
	FailureToEnrol95  Interval         `json:"failure_to_enrol_95"`
	Failed            []Failed         `json:"failed"`
	PairsLost         int              `json:"pairs_lost"` // pairs with a photo that gave no template
	EER               float64          `json:"eer"`
	EER95             Interval         `json:"eer_95_identities"`
	Accuracy          float64          `json:"accuracy"`
	Accuracy95        Interval         `json:"accuracy_95"`
	AccuracyMethod    string           `json:"accuracy_method"`
	AccuracyThreshold float64          `json:"accuracy_threshold,omitempty"`
	Points            []OperatingPoint `json:"operating_points"`
	LeastFMR          float64          `json:"least_supported_fmr"`
	AtDefault         OperatingPoint   `json:"at_confidence_0.85"`
	// FMRAtDefault is what the default threshold really lets through here.
	FMRAtDefault Rate `json:"fmr_at_confidence_0.85"`
	// CalibrationExtrapolatedBelow is the FMR under which the model's own table is
	// extrapolated.
	CalibrationExtrapolatedBelow float64 `json:"calibration_extrapolated_below"`
	// Items are the comparisons, none where they are more than a report keeps.
	Items []Compared `json:"items,omitempty"`

	scores     Scores
	scored     []scored
	confidence func(float64) float64
}

// errNoPairs means that nothing is left to measure.
var errNoPairs = errors.New("eval: no pairs to measure")

// wantedFMR are the false match rates that reports give the FNMR at.
var wantedFMR = []float64{1e-2, 1e-3, 1e-4, 1e-5, 1e-6}

// Verify measures 1:1 comparison on pairs. A pair with a photo that gives no template is left out of the
// rates and counted in PairsLost, its photo in FailureToEnrol.
func Verify(ctx context.Context, l *look.Looker, pairs []Pair, o VerifyOptions) (*VerifyReport, error) {
	test, fit, err := parts(pairs, o)
	if err != nil {
		return nil, err
	}
	photos, err := templatesOf(ctx, l, append(append([]Pair(nil), test...), fit...), o.Face, o.Progress)
	if err != nil {
		return nil, err
	}
	return newVerifyReport(l.Engine().ModelID(), l.Engine().Calibration(), test, fit, photos, o)
}

// newVerifyReport is Verify without the looking.
func newVerifyReport(model string, cal *face.Calibration, test, fit []Pair, photos map[string]seen, o VerifyOptions) (*VerifyReport, error) {
	r := &VerifyReport{
		Head: Head{"verify", model, o.Seed}, confidence: cal.Confidence, CalibrationExtrapolatedBelow: cal.ExtrapolatedBelow,
	}
	r.compare(test, photos)
	mated, nonMated := split(r.scored)
	if len(mated) == 0 || len(nonMated) == 0 {
		return nil, fmt.Errorf("%w: both mated and non-mated pairs are needed", errNoPairs)
	}
	r.scores = NewScores(mated, nonMated)
	r.enrolment(photos)
	r.rates(cal.Similarity(defaultConfidence))
	r.accuracy(mated, nonMated, fit, photos, o)
	return r, nil
}

// parts are the pairs to report on and to fit on.
func parts(pairs []Pair, o VerifyOptions) (test, fit []Pair, err error) {
	test = choose(pairs, o.Split)
	if o.FitSplit != "" {
		if fit = choose(pairs, o.FitSplit); len(fit) == 0 {
			return nil, nil, fmt.Errorf("%w: split %q is empty", errNoPairs, o.FitSplit)
		}
	}
	if len(test) == 0 {
		return nil, nil, fmt.Errorf("%w: split %q is empty", errNoPairs, o.Split)
	}
	return test, fit, nil
}

func choose(pairs []Pair, split string) []Pair {
	if split == "" {
		return pairs
	}
	var out []Pair
	for _, p := range pairs {
		if p.Split == split {
			out = append(out, p)
		}
	}
	return out
}

// templatesOf looks at the photographs of pairs.
func templatesOf(ctx context.Context, l *look.Looker, pairs []Pair, choice look.Choice, tell Progress) (map[string]seen, error) {
	if choice == "" {
		choice = look.Central
	}
	paths := make([]string, 0, 2*len(pairs))
	for _, p := range pairs {
		paths = append(paths, p.A, p.B)
	}
	return templates(ctx, l, paths, choice, tell)
}

// score compares pairs; those with a photo that gave no template are lost.
func score(pairs []Pair, photos map[string]seen) (out []scored, of []Pair, lost, identities int) {
	who := peopleOf(pairs)
	for _, p := range pairs {
		a, b := photos[p.A], photos[p.B]
		if a.vector == nil || b.vector == nil {
			lost++
			continue
		}
		out = append(out, scored{float64(osprey.Similarity(a.vector, b.vector)), who.of[p.A], who.of[p.B], p.Mated})
		of = append(of, p)
	}
	return out, of, lost, who.count
}

// split parts comparisons into mated and non-mated similarities, in order.
func split(pairs []scored) (mated, nonMated []float64) {
	for _, s := range pairs {
		if s.mated {
			mated = append(mated, s.similarity)
		} else {
			nonMated = append(nonMated, s.similarity)
		}
	}
	return mated, nonMated
}

func (r *VerifyReport) compare(pairs []Pair, photos map[string]seen) {
	var kept []Pair
	r.scored, kept, r.PairsLost, r.Identities = score(pairs, photos)
	if len(kept) > maxItems {
		return
	}
	for i, p := range kept {
		s := r.scored[i].similarity
		r.Items = append(r.Items, Compared{p.A, p.B, p.Mated, s, r.confidence(s)})
	}
}

func (r *VerifyReport) enrolment(photos map[string]seen) {
	r.Photos, r.Failed = len(photos), []Failed{}
	for path, s := range photos {
		if s.vector == nil {
			r.Failed = append(r.Failed, Failed{path, s.reason})
		}
	}
	sort.Slice(r.Failed, func(i, j int) bool { return r.Failed[i].Path < r.Failed[j].Path })
	r.FailureToEnrol = share(len(r.Failed), r.Photos)
	r.FailureToEnrol95 = Wilson(r.FailureToEnrol, r.Photos)
}

// rates fills in what the scores alone tell.
func (r *VerifyReport) rates(atDefault float64) {
	s := r.scores
	r.Mated, r.NonMated = len(s.Mated), len(s.NonMated)
	r.EER, r.LeastFMR = s.EER(), LeastSupported(r.NonMated)
	w := newWeighed(r.scored)
	intervals := bootstrap(r.Identities, len(w), r.Seed, func(times []float64) []float64 {
		_, fnmr := w.at(times, atDefault)
		return append(w.figures(times, wantedFMR), fnmr)
	})
	r.EER95 = intervals[0]
	for i, fmr := range wantedFMR {
		r.Points = append(r.Points, r.point(fmr, s.ThresholdAtFMR(fmr), intervals[1+i], Supported(fmr, r.NonMated)))
	}
	r.FMRAtDefault = NewRate(s.falseMatches(atDefault), r.NonMated)
	r.AtDefault = r.point(s.FMR(atDefault), atDefault, intervals[1+len(wantedFMR)], Supported(s.FMR(atDefault), r.NonMated))
}

func (r *VerifyReport) point(fmr, threshold float64, identities Interval, supported bool) OperatingPoint {
	fnmr := r.scores.FNMR(threshold)
	return OperatingPoint{
		FMR: fmr, Threshold: threshold, Confidence: r.confidence(threshold), FNMR: fnmr,
		Interval: Wilson(fnmr, r.Mated), Identities: identities, Supported: supported,
	}
}

func (r *VerifyReport) accuracy(mated, nonMated []float64, fit []Pair, photos map[string]seen, o VerifyOptions) {
	if len(fit) > 0 {
		fitted, _, _, _ := score(fit, photos)
		r.AccuracyThreshold = NewScores(split(fitted)).BestThreshold()
		r.Accuracy = r.scores.Accuracy(r.AccuracyThreshold)
		r.AccuracyMethod = "threshold fitted on split " + o.FitSplit
	} else {
		r.Accuracy, _ = CrossAccuracy(mated, nonMated, o.Seed)
		r.AccuracyMethod = fmt.Sprintf("%d folds, seed %d", folds, o.Seed)
	}
	r.Accuracy95 = Wilson(r.Accuracy, r.Mated+r.NonMated)
}
