package eval

import (
	"errors"
	"fmt"
	"math"
	"sort"

	"example.org/osprey/face"
)

// The fixed points of the two scales (components.md 10.1, 10.2).
const (
	anchorFMR     = 1e-5 // confidence 0.85
	bpcerHalf     = 0.03 // confidence_spoofing 0.5
	bpcerNine     = 0.001
	halfDecade    = 0.5
	supportedKnot = 30 // errors that a knot rests on (rule of 30)
)

// CalibrateOptions describe the set of a calibration in its block.
type CalibrateOptions struct {
	Dataset string
	Date    string // YYYY-MM-DD
	Seed    uint64
}

// CalibrationReport is a new calibration block and what it changes.
type CalibrationReport struct {
	Head
	Embed    *face.Calibration         `json:"embed,omitempty"`
	Liveness *face.LivenessCalibration `json:"liveness,omitempty"`
	Changes  []Change                  `json:"changes"`
	Notes    []string                  `json:"notes"`
}

// Change is what one threshold means before and after.
type Change struct {
	Threshold float64 `json:"threshold"` // confidence
	Old       float64 `json:"old_raw"`   // similarity or log-odds
	New       float64 `json:"new_raw"`
	// OldMeans and NewMeans are the false match rates, or the bona fide error rates,
	// that the two tables state for the threshold; OldHere is what the old table's
	// threshold gives on this set.
	OldMeans     float64 `json:"old_rate"`
	NewMeans     float64 `json:"new_rate"`
	OldHere      Rate    `json:"old_rate_here"`
	Extrapolated bool    `json:"extrapolated"` // in the new table
}

// FitEmbed makes the table of similarities out of scores: knots at every half decade
// of the false match rate that at least thirty non-mated pairs reach, continued by a
// straight line in log10 FMR over the last two decades to 1e-6.
func FitEmbed(s Scores, identities int, o CalibrateOptions) (*face.Calibration, error) {
	n := len(s.NonMated)
	least := LeastSupported(n)
	if n == 0 || least > 0.01 {
		return nil, fmt.Errorf("eval: %d non-mated pairs support FMR %.2g; a calibration needs 1e-2, that is 3000 pairs", n, least)
	}
	c := &face.Calibration{
		PairsImpostor: int64(n), PairsMated: int64(len(s.Mated)), Identities: identities,
		ExtrapolatedBelow: least, Dataset: o.Dataset, Date: o.Date,
	}
	add := func(similarity, fmr float64) {
		k := len(c.Knots)
		if similarity <= -1 || similarity >= 1 || k > 0 && (similarity <= c.Knots[k-1].Similarity || fmr >= c.Knots[k-1].FMR) {
			return
		}
		c.Knots = append(c.Knots, face.Knot{Similarity: similarity, FMR: fmr})
	}
	for d := -1.0; d >= -6; d -= halfDecade {
		if fmr := math.Pow(10, d); Supported(fmr, n) {
			add(quantileAbove(s.NonMated, fmr), fmr)
		}
	}
	// The end of what is supported, unless a knot is there already.
	if last := c.Knots[len(c.Knots)-1].FMR; least < last*0.99 {
		add(quantileAbove(s.NonMated, least), least)
	}
	if len(c.Knots) < 2 {
		return nil, errors.New("eval: the non-mated similarities are too much alike for a table")
	}
	slope, base := tail(c.Knots)
	for _, fmr := range []float64{1e-5, 1e-6} {
		if fmr < least {
			add(base+slope*math.Log10(fmr), fmr)
		}
	}
	if last := c.Knots[len(c.Knots)-1].FMR; last > anchorFMR {
		return nil, errors.New("eval: the line through the last two decades does not reach FMR 1e-5 below similarity 1")
	}
	return c, nil
}

// quantileAbove is the value that the given share of sorted values reaches, between
// two values linearly.
func quantileAbove(sorted []float64, rate float64) float64 {
	n := len(sorted)
	at := float64(n)*(1-rate) - 0.5 // the middle between the last below and the first above
	i := int(math.Floor(at))
	switch {
	case i < 0:
		return sorted[0]
	case i >= n-1:
		return sorted[n-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// tail fits similarity = base + slope * log10 FMR to the knots of the last two
// decades, by least squares.
func tail(knots []face.Knot) (slope, base float64) {
	last := knots[len(knots)-1].FMR
	first := len(knots) - 2
	for first > 0 && knots[first-1].FMR <= 100*last*(1+1e-9) {
		first--
	}
	var xs, ys []float64
	for _, k := range knots[first:] {
		xs, ys = append(xs, math.Log10(k.FMR)), append(ys, k.Similarity)
	}
	slope, _ = fitLine(xs, ys)
	// The line begins where the measured knots end.
	end := knots[len(knots)-1]
	return slope, end.Similarity - slope*math.Log10(end.FMR)
}

// fitLine is the straight line of least squares.
func fitLine(xs, ys []float64) (slope, base float64) {
	var mx, my, xy, xx float64
	n := float64(len(xs))
	for i := range xs {
		mx, my = mx+xs[i]/n, my+ys[i]/n
	}
	for i := range xs {
		xy += (xs[i] - mx) * (ys[i] - my)
		xx += (xs[i] - mx) * (xs[i] - mx)
	}
	return xy / xx, my - xy/xx*mx
}

// CalibrateEmbed makes a new table for the embedder and compares it with the one in
// use.
func CalibrateEmbed(v *VerifyReport, old *face.Calibration, o CalibrateOptions) (*CalibrationReport, error) {
	c, err := FitEmbed(v.scores, v.Identities, o)
	if err != nil {
		return nil, err
	}
	r := &CalibrationReport{Head: Head{"calibrate", v.Model, o.Seed}, Embed: c, Notes: []string{}}
	for _, confidence := range []float64{0.17, 0.34, 0.51, 0.68, 0.75, 0.8, 0.85, 0.9, 0.95} {
		at := old.Similarity(confidence)
		r.Changes = append(r.Changes, Change{
			Threshold: confidence, Old: at, New: c.Similarity(confidence), OldMeans: old.FMR(confidence), NewMeans: c.FMR(confidence),
			OldHere: NewRate(v.scores.falseMatches(at), len(v.scores.NonMated)), Extrapolated: c.Extrapolated(c.FMR(confidence)),
		})
	}
	if c.ExtrapolatedBelow > anchorFMR {
		r.Notes = append(r.Notes, fmt.Sprintf("not enough data for FMR 1e-5: %d non-mated pairs support %.2g, the rest of the table is extrapolated", c.PairsImpostor, c.ExtrapolatedBelow))
	}
	return r, nil
}

// FitLiveness makes the table of confidence_spoofing out of raw values: 0.5 is the one
// that 3 % of the bona fide presentations reach, 0.9 the one that 0.1 % reach, and
// between and beyond them confidence is linear in log10 BPCER. What fewer than thirty
// bona fide presentations reach is extrapolated by a straight line in log10 BPCER over
// the last two decades.
func FitLiveness(bonaFide []float64, o CalibrateOptions) (*face.LivenessCalibration, error) {
	sorted := append([]float64(nil), bonaFide...)
	sort.Float64s(sorted)
	n := len(sorted)
	least := LeastSupported(n)
	if least > 0.5 {
		return nil, fmt.Errorf("eval: %d bona fide presentations with a response; a calibration needs at least 60", n)
	}
	c := &face.LivenessCalibration{BonaFide: n, Dataset: o.Dataset, Date: o.Date, Extrapolation: "straight line in log10 BPCER over the last two decades"}
	var xs, ys []float64 // log10 BPCER and raw, as far as supported
	for _, bpcer := range []float64{0.9, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05, bpcerHalf, 0.02, 0.01, 0.005, 0.002, bpcerNine, 0.0005} {
		if !Supported(bpcer, n) {
			break
		}
		xs, ys = append(xs, math.Log10(bpcer)), append(ys, quantileAbove(sorted, bpcer))
	}
	if last := math.Log10(least); last < xs[len(xs)-1]-0.01 {
		xs, ys = append(xs, last), append(ys, quantileAbove(sorted, least))
	}
	end := len(xs) - 1
	first := end - 1
	for first > 0 && xs[first-1] <= xs[end]+2 {
		first--
	}
	slope, _ := fitLine(xs[first:], ys[first:])
	if slope > -1e-3 {
		slope = -1e-3
	}
	for _, bpcer := range []float64{bpcerHalf, 0.01, bpcerNine, 0.0001} {
		if x := math.Log10(bpcer); x < xs[end]-1e-9 {
			xs, ys = append(xs, x), append(ys, ys[end]+slope*(x-xs[end]))
		}
	}
	for i := range xs {
		k := len(c.Knots)
		confidence := spoofingAt(xs[i])
		if k > 0 && (ys[i] <= c.Knots[k-1].Raw || confidence <= c.Knots[k-1].Confidence) {
			continue
		}
		c.Knots = append(c.Knots, face.LivenessKnot{Raw: ys[i], Confidence: confidence})
	}
	if len(c.Knots) < 2 {
		return nil, errors.New("eval: the bona fide values are too much alike for a table")
	}
	c.ExtrapolatedAbove = spoofingAt(math.Log10(least))
	return c, nil
}

// spoofingAt is the confidence_spoofing that a share of bona fide presentations
// reaches.
func spoofingAt(log10BPCER float64) float64 {
	half, nine := math.Log10(bpcerHalf), math.Log10(bpcerNine)
	if log10BPCER >= half {
		return 0.5 * log10BPCER / half
	}
	return math.Min(1, 0.5+0.4*(log10BPCER-half)/(nine-half))
}

// bpcerMeant is the inverse of spoofingAt: what the scale states for a threshold.
func bpcerMeant(confidence float64) float64 {
	half, nine := math.Log10(bpcerHalf), math.Log10(bpcerNine)
	if confidence <= 0.5 {
		return math.Pow(10, half*confidence/0.5)
	}
	return math.Pow(10, half+(nine-half)*(confidence-0.5)/0.4)
}

// CalibrateLiveness makes a new table for the liveness fusion and compares it with
// the one in use.
func CalibrateLiveness(p *PADReport, old *face.LivenessCalibration, o CalibrateOptions) (*CalibrationReport, error) {
	raw := padScoresOf(p.Items, func(j Judged) float64 { return j.Raw })
	c, err := FitLiveness(raw.bonaFide, o)
	if err != nil {
		return nil, err
	}
	half := rawAt(c, 0.5)
	c.APCER, c.Species = map[string]float64{}, map[string]int{}
	for name, v := range raw.attacks {
		c.APCER[name], c.Species[name] = apcerOf(v, half).Value, len(v)
		c.Attacks += len(v)
	}
	c.BPCER = bpcerOf(raw.bonaFide, half).Value
	r := &CalibrationReport{Head: Head{"calibrate", p.Model, o.Seed}, Liveness: c, Notes: []string{}}
	for _, confidence := range []float64{0.1, 0.3, 0.5, 0.7, 0.8, 0.9} {
		at := rawAt(old, confidence)
		r.Changes = append(r.Changes, Change{
			Threshold: confidence, Old: at, New: rawAt(c, confidence), OldMeans: bpcerMeant(confidence), NewMeans: bpcerMeant(confidence),
			OldHere: bpcerOf(raw.bonaFide, at), Extrapolated: c.Extrapolated(confidence),
		})
	}
	if c.ExtrapolatedAbove < 0.9 {
		r.Notes = append(r.Notes, fmt.Sprintf("not enough data for BPCER 0.1 %%: %d bona fide presentations support %s, the table is extrapolated above %.2f", c.BonaFide, percent(LeastSupported(c.BonaFide)), c.ExtrapolatedAbove))
	}
	return r, nil
}

// rawAt is the least raw value of a confidence.
func rawAt(c *face.LivenessCalibration, confidence float64) float64 {
	i := sort.Search(len(c.Knots), func(i int) bool { return c.Knots[i].Confidence >= confidence })
	switch {
	case i == 0:
		return c.Knots[0].Raw
	case i == len(c.Knots):
		return c.Knots[i-1].Raw
	}
	a, b := c.Knots[i-1], c.Knots[i]
	return a.Raw + (b.Raw-a.Raw)*(confidence-a.Confidence)/(b.Confidence-a.Confidence)
}
