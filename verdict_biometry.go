package osprey

import (
	"cmp"
	"slices"
)

// JudgeBiometry turns the pairs into the result and the word of a BIOMETRY
// analysis (api.md 9.4): the least similar pair decides, from threshold_max on it
// is SUCCESS, below threshold_min DECLINED, between them OPERATOR_REQUIRED. Scores
// are compared as they are shown, with nine decimals. No pair at all is DECLINED.
func JudgeBiometry(pairs []FacePair, low, high float64) (*BiometryResult, Resolution) {
	r := &BiometryResult{Pairs: slices.Clone(pairs)}
	if len(pairs) == 0 {
		return r, ResolutionDeclined
	}
	for i := range r.Pairs {
		r.Pairs[i].Confidence = RoundScore(r.Pairs[i].Confidence)
	}
	slices.SortStableFunc(r.Pairs, func(x, y FacePair) int { // a score that is no number sorts first
		return cmp.Or(cmp.Compare(x.Confidence, y.Confidence), cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
	})
	r.Min, r.Max = r.Pairs[0].Confidence, r.Pairs[len(r.Pairs)-1].Confidence
	switch {
	case r.Min >= high:
		return r, ResolutionSuccess
	case r.Min >= low:
		return r, ResolutionOperator
	default:
		return r, ResolutionDeclined
	}
}
