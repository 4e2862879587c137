package face

import (
	"errors"
	"fmt"
	"math"
	"sort"
)

// Calibration is the table that turns the cosine similarity of two templates
// of one model into Osprey's confidence. It holds, for some similarities, the
// share of comparisons of different people that reach them (the false match
// rate, FMR), and interpolates log10 FMR linearly between them.
//
// The scale is the same for every model: confidence 0.17 is FMR 1e-1, every
// further 0.17 is one power of ten, 0.85 is 1e-5; above, confidence grows
// linearly with similarity to 1.0 at similarity 1.
type Calibration struct {
	PairsImpostor int64  `json:"pairs_impostor"`
	PairsMated    int64  `json:"pairs_mated"`
	Identities    int    `json:"identities"`
	Knots         []Knot `json:"knots"` // similarity rising, FMR falling
	// ExtrapolatedBelow is the FMR under which the table is not supported by
	// enough pairs (rule of 30).
	ExtrapolatedBelow float64 `json:"extrapolated_below"`
	Dataset           string  `json:"dataset"`
	Date              string  `json:"date"` // YYYY-MM-DD
}

// Knot says that a comparison of two different people reaches Similarity
// with probability FMR.
type Knot struct {
	Similarity float64 `json:"similarity"`
	FMR        float64 `json:"fmr"`
}

// The fixed points of the scale.
const (
	perDecade   = 0.17
	anchorFMR   = 1e-5
	anchorLevel = 0.85
)

// check refuses a table that gives no monotone, continuous scale.
func (c *Calibration) check() error {
	if len(c.Knots) < 2 || len(c.Knots) > 1000 {
		return fmt.Errorf("has %d knots, out of 2..1000", len(c.Knots))
	}
	for i, k := range c.Knots {
		if !finite(k.Similarity) || k.Similarity <= -1 || k.Similarity >= 1 || !finite(k.FMR) || k.FMR <= 0 || k.FMR > 1 {
			return fmt.Errorf("has knot %d out of bounds", i)
		}
		if i > 0 && (k.Similarity <= c.Knots[i-1].Similarity || k.FMR >= c.Knots[i-1].FMR) {
			return fmt.Errorf("has knot %d out of order", i)
		}
	}
	if first, last := c.Knots[0].FMR, c.Knots[len(c.Knots)-1].FMR; first < anchorFMR || last > anchorFMR {
		return errors.New("does not reach the false match rate 1e-5")
	}
	if s5 := c.similarityAt(math.Log10(anchorFMR)); s5 >= 1 {
		return errors.New("puts the false match rate 1e-5 at similarity 1")
	}
	return nil
}

// Confidence gives the confidence, 0 to 1, of a cosine similarity. It never
// falls as similarity grows, is 0.85 where the false match rate is 1e-5 and
// 1 from similarity 1 on. Not-a-number gives 0.
func (c *Calibration) Confidence(similarity float64) float64 {
	if math.IsNaN(similarity) {
		return 0
	}
	s5 := c.similarityAt(math.Log10(anchorFMR))
	if similarity > s5 {
		return math.Min(1, anchorLevel+(1-anchorLevel)*(similarity-s5)/(1-s5))
	}
	return clamp(-perDecade*c.log10FMR(similarity), 0, anchorLevel)
}

// Similarity is the inverse of Confidence: the lowest similarity whose
// confidence is the given one. Confidence outside (0, 1) is clamped to the
// table's ends.
func (c *Calibration) Similarity(confidence float64) float64 {
	s5 := c.similarityAt(math.Log10(anchorFMR))
	switch {
	case math.IsNaN(confidence) || confidence <= 0:
		return c.similarityAt(0)
	case confidence > anchorLevel:
		return math.Min(1, s5+(1-s5)*(confidence-anchorLevel)/(1-anchorLevel))
	}
	return c.similarityAt(-confidence / perDecade)
}

// FMR gives the chance that a comparison of two different people reaches the
// confidence. Beyond the last knot it is extrapolated.
func (c *Calibration) FMR(confidence float64) float64 {
	return math.Min(1, math.Pow(10, c.log10FMR(c.Similarity(confidence))))
}

// ConfidenceAtFMR gives the confidence whose false match rate is fmr, at most
// 1. A rate of 0, a negative one or not-a-number gives 1: no comparison of
// different people should pass.
func (c *Calibration) ConfidenceAtFMR(fmr float64) float64 {
	if math.IsNaN(fmr) || fmr <= 0 {
		return 1
	}
	if fmr >= 1 {
		return 0
	}
	if fmr >= anchorFMR {
		return clamp(-perDecade*math.Log10(fmr), 0, anchorLevel)
	}
	return c.Confidence(c.similarityAt(math.Log10(fmr)))
}

// Extrapolated tells whether the rate lies below what the table's pairs
// support.
func (c *Calibration) Extrapolated(fmr float64) bool { return fmr < c.ExtrapolatedBelow }

// log10FMR interpolates between the knots and continues the outer segments
// as straight lines. It is at most 0.
func (c *Calibration) log10FMR(similarity float64) float64 {
	i := sort.Search(len(c.Knots), func(i int) bool { return c.Knots[i].Similarity >= similarity })
	if i < len(c.Knots) && c.Knots[i].Similarity == similarity {
		return math.Log10(c.Knots[i].FMR)
	}
	a, b := c.segment(i)
	la, lb := math.Log10(a.FMR), math.Log10(b.FMR)
	return math.Min(0, la+(lb-la)*(similarity-a.Similarity)/(b.Similarity-a.Similarity))
}

// similarityAt is the inverse of log10FMR.
func (c *Calibration) similarityAt(log10FMR float64) float64 {
	i := sort.Search(len(c.Knots), func(i int) bool { return math.Log10(c.Knots[i].FMR) <= log10FMR })
	if i < len(c.Knots) && math.Log10(c.Knots[i].FMR) == log10FMR {
		return c.Knots[i].Similarity
	}
	a, b := c.segment(i)
	la, lb := math.Log10(a.FMR), math.Log10(b.FMR)
	return a.Similarity + (b.Similarity-a.Similarity)*(log10FMR-la)/(lb-la)
}

// segment gives the two knots around position i. Beyond the last knot it is
// the line over the last two decades (or what there is of them).
func (c *Calibration) segment(i int) (a, b Knot) {
	n := len(c.Knots)
	switch {
	case i == 0:
		return c.Knots[0], c.Knots[1]
	case i < n:
		return c.Knots[i-1], c.Knots[i]
	}
	last := c.Knots[n-1]
	start := n - 2
	for start > 0 && c.Knots[start].FMR < 100*last.FMR*(1-1e-9) {
		start--
	}
	return c.Knots[start], last
}

func clamp(v, lo, hi float64) float64 { return math.Max(lo, math.Min(hi, v)) }
