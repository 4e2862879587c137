package eval

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"

	"golang.org/x/sync/errgroup"

	"example.org/osprey"
	"example.org/osprey/internal/look"
)

// maxPhoto bounds a photograph of a pairs file, in bytes.
const maxPhoto = 64 << 20

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
	Progress func(done, total int)
}

// OperatingPoint is the FNMR where the FMR is held.
type OperatingPoint struct {
	FMR        float64  `json:"fmr"`
	Threshold  float64  `json:"threshold"` // cosine similarity
	Confidence float64  `json:"confidence"`
	FNMR       float64  `json:"fnmr"`
	Interval   Interval `json:"fnmr_95"`
	// Supported is false where the pairs are too few to tell this FMR (rule of 30).
	Supported bool `json:"supported"`
}

// Report is what Verify found.
type Report struct {
	Model             string           `json:"model"`
	Mated             int              `json:"mated"`
	NonMated          int              `json:"non_mated"`
	Photos            int              `json:"photos"`
	FailureToEnrol    float64          `json:"failure_to_enrol"`
	FailureToEnrol95  Interval         `json:"failure_to_enrol_95"`
	Failed            []Failed         `json:"failed"`
	PairsLost         int              `json:"pairs_lost"` // pairs with a photo that gave no template
	EER               float64          `json:"eer"`
	Accuracy          float64          `json:"accuracy"`
	Accuracy95        Interval         `json:"accuracy_95"`
	AccuracyMethod    string           `json:"accuracy_method"`
	AccuracyThreshold float64          `json:"accuracy_threshold,omitempty"`
	Points            []OperatingPoint `json:"operating_points"`
	LeastFMR          float64          `json:"least_supported_fmr"`
	AtDefault         OperatingPoint   `json:"at_confidence_0.85"`

	scores     Scores
	confidence func(float64) float64
}

// Failed is a photograph that gave no template, and why.
type Failed struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// errNoPairs means that nothing is left to measure.
var errNoPairs = errors.New("eval: no pairs to measure")

// Verify measures 1:1 comparison on pairs. A pair with a photo that gives no template is left out of the
// rates and counted in PairsLost, its photo in FailureToEnrol.
func Verify(ctx context.Context, l *look.Looker, pairs []Pair, o VerifyOptions) (*Report, error) {
	test, fit := choose(pairs, o.Split), []Pair(nil)
	if o.FitSplit != "" {
		fit = choose(pairs, o.FitSplit)
		if len(fit) == 0 {
			return nil, fmt.Errorf("%w: split %q is empty", errNoPairs, o.FitSplit)
		}
	}
	if len(test) == 0 {
		return nil, fmt.Errorf("%w: split %q is empty", errNoPairs, o.Split)
	}
	if o.Face == "" {
		o.Face = look.Central
	}
	seen, err := templates(ctx, l, append(append([]Pair(nil), test...), fit...), o)
	if err != nil {
		return nil, err
	}
	cal := l.Engine().Calibration()
	r := &Report{Model: l.Engine().ModelID(), confidence: cal.Confidence}
	mated, nonMated := r.score(test, seen)
	if len(mated) == 0 || len(nonMated) == 0 {
		return nil, fmt.Errorf("%w: both mated and non-mated pairs are needed", errNoPairs)
	}
	r.scores = NewScores(mated, nonMated)
	r.enrolment(seen)
	r.rates()
	r.accuracy(mated, nonMated, fit, seen, o)
	return r, nil
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

// seen is what one photograph gave.
type seen struct {
	vector []float32
	reason string // why there is none
}

// templates looks at every photograph once, side by side.
func templates(ctx context.Context, l *look.Looker, pairs []Pair, o VerifyOptions) (map[string]seen, error) {
	set := make(map[string]seen)
	for _, p := range pairs {
		set[p.A], set[p.B] = seen{}, seen{}
	}
	paths := make([]string, 0, len(set))
	for p := range set {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	results := make([]seen, len(paths))
	done := make(chan struct{}, len(paths))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(l.Engine().Parallel())
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		n := 0
		for range done {
			if n++; o.Progress != nil {
				o.Progress(n, len(paths))
			}
		}
	}()
	for i, path := range paths {
		g.Go(func() (err error) {
			results[i], err = one(ctx, l, path, o.Face)
			done <- struct{}{}
			return err
		})
	}
	err := g.Wait()
	close(done)
	<-finished
	if err != nil {
		return nil, err
	}
	for i, p := range paths {
		set[p] = results[i]
	}
	return set, nil
}

// one looks at one file. What the pipeline refuses is a result, a file that
// cannot be read is an error.
func one(ctx context.Context, l *look.Looker, path string, choice look.Choice) (seen, error) {
	f, err := os.Open(path) //nolint:gosec // the pairs file names what to read
	if err != nil {
		return seen{}, fmt.Errorf("eval: %w", err)
	}
	defer func() { _ = f.Close() }() // only read from
	data, err := io.ReadAll(io.LimitReader(f, maxPhoto))
	if err != nil {
		return seen{}, fmt.Errorf("eval: %w", err)
	}
	s, err := l.Template(ctx, data, l.AnalysisGate(), choice)
	var fault *osprey.Error
	if errors.As(err, &fault) {
		reason, _ := fault.Details["reason"].(string)
		return seen{reason: reason}, nil
	}
	if err != nil {
		return seen{}, fmt.Errorf("eval: %s: %w", path, err)
	}
	return seen{vector: s.Embedding.Vector}, nil
}

// score compares the pairs.
func (r *Report) score(pairs []Pair, photos map[string]seen) (mated, nonMated []float64) {
	for _, p := range pairs {
		a, b := photos[p.A], photos[p.B]
		switch {
		case a.vector == nil || b.vector == nil:
			r.PairsLost++
		case p.Mated:
			mated = append(mated, float64(osprey.Similarity(a.vector, b.vector)))
		default:
			nonMated = append(nonMated, float64(osprey.Similarity(a.vector, b.vector)))
		}
	}
	return mated, nonMated
}

func (r *Report) enrolment(photos map[string]seen) {
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
func (r *Report) rates() {
	s := r.scores
	r.Mated, r.NonMated = len(s.Mated), len(s.NonMated)
	r.EER, r.LeastFMR = s.EER(), LeastSupported(r.NonMated)
	for _, fmr := range []float64{1e-2, 1e-3, 1e-4, 1e-5, 1e-6} {
		r.Points = append(r.Points, r.point(fmr, s.ThresholdAtFMR(fmr), Supported(fmr, r.NonMated)))
	}
	at := sort.Search(1<<20, func(i int) bool { return r.confidence(float64(i)/(1<<20)) >= 0.85 })
	t := float64(at) / (1 << 20)
	r.AtDefault = r.point(s.FMR(t), t, Supported(s.FMR(t), r.NonMated))
}

func (r *Report) point(fmr, threshold float64, supported bool) OperatingPoint {
	fnmr := r.scores.FNMR(threshold)
	return OperatingPoint{
		FMR: fmr, Threshold: threshold, Confidence: r.confidence(threshold), FNMR: fnmr,
		Interval: Wilson(fnmr, r.Mated), Supported: supported,
	}
}

func (r *Report) accuracy(mated, nonMated []float64, fit []Pair, photos map[string]seen, o VerifyOptions) {
	if len(fit) > 0 {
		fm, fn := new(Report).score(fit, photos)
		r.AccuracyThreshold = NewScores(fm, fn).BestThreshold()
		r.Accuracy = r.scores.Accuracy(r.AccuracyThreshold)
		r.AccuracyMethod = "threshold fitted on split " + o.FitSplit
	} else {
		r.Accuracy, _ = CrossAccuracy(mated, nonMated, o.Seed)
		r.AccuracyMethod = fmt.Sprintf("%d folds, seed %d", folds, o.Seed)
	}
	r.Accuracy95 = Wilson(r.Accuracy, r.Mated+r.NonMated)
}
