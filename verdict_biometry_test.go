package osprey

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestJudgeBiometry(t *testing.T) {
	t.Parallel()
	pair := func(a, b ID, v float64) FacePair { return FacePair{a, b, v} }
	for name, c := range map[string]struct {
		pairs     []FacePair
		low, high float64
		want      Resolution
	}{
		"alike":                 {[]FacePair{pair("a", "b", .9)}, .85, .85, ResolutionSuccess},
		"at the threshold":      {[]FacePair{pair("a", "b", .85)}, .85, .85, ResolutionSuccess},
		"just below":            {[]FacePair{pair("a", "b", .849999999)}, .85, .85, ResolutionDeclined},
		"rounds to it":          {[]FacePair{pair("a", "b", .8499999999)}, .85, .85, ResolutionSuccess},
		"strangers":             {[]FacePair{pair("a", "b", .1)}, .85, .85, ResolutionDeclined},
		"between":               {[]FacePair{pair("a", "b", .8)}, .7, .9, ResolutionOperator},
		"at the lower end":      {[]FacePair{pair("a", "b", .7)}, .7, .9, ResolutionOperator},
		"at the upper end":      {[]FacePair{pair("a", "b", .9)}, .7, .9, ResolutionSuccess},
		"below the lower end":   {[]FacePair{pair("a", "b", .69)}, .7, .9, ResolutionDeclined},
		"the least decides":     {[]FacePair{pair("a", "b", .95), pair("a", "c", .2), pair("b", "c", .99)}, .85, .85, ResolutionDeclined},
		"no number":             {[]FacePair{pair("a", "b", math.NaN())}, .85, .85, ResolutionDeclined},
		"no number among good":  {[]FacePair{pair("a", "b", .9), pair("b", "c", math.NaN())}, .85, .85, ResolutionDeclined},
		"no pair":               {nil, .85, .85, ResolutionDeclined},
		"a threshold of 0":      {[]FacePair{pair("a", "b", 0)}, 0, 0, ResolutionSuccess},
		"a threshold of 1":      {[]FacePair{pair("a", "b", 1)}, 1, 1, ResolutionSuccess},
		"a threshold of 1, .99": {[]FacePair{pair("a", "b", .99)}, 1, 1, ResolutionDeclined},
	} {
		if _, got := JudgeBiometry(c.pairs, c.low, c.high); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// All pairs are in the result, least similar first, whatever their order was, and
// OPERATOR_REQUIRED cannot occur while both thresholds are equal.
func TestJudgeBiometryOrdersPairs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var pairs []FacePair
		n := rapid.IntRange(2, 6).Draw(t, "media")
		for i := range n {
			for j := i + 1; j < n; j++ {
				pairs = append(pairs, FacePair{ID(rune('a' + i)), ID(rune('a' + j)), rapid.Float64Range(0, 1).Draw(t, "confidence")})
			}
		}
		threshold := rapid.Float64Range(0, 1).Draw(t, "threshold")
		r, word := JudgeBiometry(pairs, threshold, threshold)
		shuffled := rapid.Permutation(pairs).Draw(t, "order")
		again, same := JudgeBiometry(shuffled, threshold, threshold)
		if word == ResolutionOperator || word != same || !slices.Equal(r.Pairs, again.Pairs) {
			t.Fatalf("%s and %s: %v, %v", word, same, r.Pairs, again.Pairs)
		}
		if len(r.Pairs) != n*(n-1)/2 || r.Min != r.Pairs[0].Confidence || r.Max != r.Pairs[len(r.Pairs)-1].Confidence {
			t.Fatalf("%+v", r)
		}
		if !slices.IsSortedFunc(r.Pairs, func(x, y FacePair) int { return cmpFloat(x.Confidence, y.Confidence) }) {
			t.Fatalf("not in order: %v", r.Pairs)
		}
	})
}

func cmpFloat(x, y float64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
