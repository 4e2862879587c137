package osprey

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSpoofingScore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		model     float64
		injection *float64
		mode      InjectionMode
		want      float64
	}{
		{.2, nil, InjectionScore, .2},
		{.2, ptr(.7), InjectionScore, .7},
		{.2, ptr(.7), InjectionEnforce, .7},
		{.2, ptr(.7), InjectionLog, .2},
		{.2, ptr(.7), "", .7}, // no mode at all is no way around the signs
		{.8, ptr(.7), InjectionScore, .8},
		{0, ptr(1.0), InjectionScore, 1},
	} {
		if got := SpoofingScore(c.model, c.injection, c.mode); got != c.want {
			t.Errorf("%v, %v, %q: %v, want %v", c.model, c.injection, c.mode, got, c.want)
		}
	}
}

func TestJudgeQuality(t *testing.T) {
	t.Parallel()
	met := func(g *Gesture) LivenessSight { // a verified take whose step asked for a smile
		return LivenessSight{Media: "a", Model: .1, Gesture: g, Take: TakeVerified, Action: GestureTagSmile}
	}
	seen := func(detected bool) *Gesture {
		g := &Gesture{Tag: GestureTagSmile, Detected: detected}
		if !detected {
			g.Reason = ptr(GestureNotPerformed)
		}
		return g
	}
	standard := AnalysisParams{ThresholdSpoofing: .5, GesturePolicy: GestureReport, InjectionMode: InjectionScore}
	enforce, logged, takes := standard, standard, standard
	enforce.GesturePolicy, logged.InjectionMode, takes.RequireTake = GestureEnforce, InjectionLog, true
	for name, c := range map[string]struct {
		media    []LivenessSight
		params   AnalysisParams
		word     Resolution
		score    float64
		declined map[ID][]DeclineReason
	}{
		"live":                {[]LivenessSight{{Media: "a", Model: .1}}, standard, ResolutionSuccess, .1, nil},
		"just below":          {[]LivenessSight{{Media: "a", Model: .499999999}}, standard, ResolutionSuccess, .499999999, nil},
		"at the threshold":    {[]LivenessSight{{Media: "a", Model: .5}}, standard, ResolutionDeclined, .5, map[ID][]DeclineReason{"a": {DeclinedSpoofing}}},
		"rounds to it":        {[]LivenessSight{{Media: "a", Model: .4999999999}}, standard, ResolutionDeclined, .5, map[ID][]DeclineReason{"a": {DeclinedSpoofing}}},
		"the worst decides":   {[]LivenessSight{{Media: "a", Model: .1}, {Media: "b", Model: .9}, {Media: "c", Model: .2}}, standard, ResolutionDeclined, .9, map[ID][]DeclineReason{"b": {DeclinedSpoofing}}},
		"injection":           {[]LivenessSight{{Media: "a", Model: .1, Injection: ptr(.8)}}, standard, ResolutionDeclined, .8, map[ID][]DeclineReason{"a": {DeclinedSpoofing}}},
		"injection logged":    {[]LivenessSight{{Media: "a", Model: .1, Injection: ptr(.8)}}, logged, ResolutionSuccess, .1, nil},
		"invalid take":        {[]LivenessSight{{Media: "a", Model: .1, Injection: ptr(.2), Take: TakeInvalid}}, standard, ResolutionDeclined, 1, map[ID][]DeclineReason{"a": {DeclinedSpoofing}}},
		"invalid take logged": {[]LivenessSight{{Media: "a", Model: .1, Take: TakeInvalid}}, logged, ResolutionSuccess, .1, nil},
		"no gesture reported": {[]LivenessSight{{Media: "a", Model: .1, Gesture: seen(false)}}, standard, ResolutionSuccess, .1, nil},
		"no gesture enforced": {[]LivenessSight{{Media: "a", Model: .1, Gesture: seen(false)}}, enforce, ResolutionDeclined, .1, map[ID][]DeclineReason{"a": {DeclinedGesture}}},
		"a gesture enforced":  {[]LivenessSight{{Media: "a", Model: .1, Gesture: seen(true)}}, enforce, ResolutionSuccess, .1, nil},
		"no gesture in a verified take": {
			[]LivenessSight{met(seen(false))}, standard, ResolutionDeclined, .1, map[ID][]DeclineReason{"a": {DeclinedGesture}},
		},
		"takes only, plain":    {[]LivenessSight{{Media: "a", Model: .1}}, takes, ResolutionDeclined, .1, map[ID][]DeclineReason{"a": {DeclinedTake}}},
		"takes only, verified": {[]LivenessSight{met(seen(true))}, takes, ResolutionSuccess, .1, nil},
		"a verified take of another gesture": {
			[]LivenessSight{met(&Gesture{Tag: GestureTagBlank, Detected: true})}, standard, ResolutionDeclined, .1, map[ID][]DeclineReason{"a": {DeclinedGesture}},
		},
		"a verified take without a gesture": {[]LivenessSight{met(nil)}, standard, ResolutionDeclined, .1, map[ID][]DeclineReason{"a": {DeclinedGesture}}},
		"a verified take whose action nobody knows": {
			[]LivenessSight{{Media: "a", Model: .1, Gesture: seen(true), Take: TakeVerified}}, standard, ResolutionDeclined, .1, map[ID][]DeclineReason{"a": {DeclinedGesture}},
		},
		"takes only, one plain": {
			[]LivenessSight{met(seen(true)), {Media: "b", Model: .6}}, takes, ResolutionDeclined, .6, map[ID][]DeclineReason{"b": {DeclinedSpoofing, DeclinedTake}},
		},
		"nothing": {nil, standard, ResolutionDeclined, 0, nil},
	} {
		r, word, declined := JudgeQuality(c.media, c.params)
		if word != c.word || r.Spoofing != c.score || len(r.Media) != len(c.media) {
			t.Errorf("%s: %s with %v, want %s with %v", name, word, r.Spoofing, c.word, c.score)
		}
		if len(declined) != len(c.declined) {
			t.Errorf("%s: declined by %v, want %v", name, declined, c.declined)
		}
		for id, why := range c.declined {
			if !slices.Equal(declined[id], why) {
				t.Errorf("%s: medium %s declined by %v, want %v", name, id, declined[id], why)
			}
		}
	}
}

// TestJudgeQualityFailsSafe: a score that is no number never passes, and the input
// is not written to.
func TestJudgeQualityFailsSafe(t *testing.T) {
	t.Parallel()
	p := AnalysisParams{ThresholdSpoofing: .5}
	for _, media := range [][]LivenessSight{
		{{Media: "a", Model: math.NaN()}},
		{{Media: "a", Model: .1}, {Media: "b", Model: math.NaN()}},
		{{Media: "a", Model: .1, Injection: ptr(math.NaN())}},
	} {
		if _, word, _ := JudgeQuality(media, p); word != ResolutionDeclined {
			t.Errorf("%+v: %s", media, word)
		}
	}
	g := &Gesture{Tag: GestureTagEyes}
	r, _, _ := JudgeQuality([]LivenessSight{{Media: "a", Gesture: g, Take: TakeVerified, Action: g.Tag}}, p)
	if g.Enforced || !r.Media[0].Gesture.Enforced {
		t.Error("the gesture that was seen is changed, or the result's is not")
	}
}

// Raising a score never makes a DECLINED analysis SUCCESS, nor does another medium.
func TestJudgeQualityIsMonotone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		score := rapid.Float64Range(0, 1)
		media := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) LivenessSight {
			m := LivenessSight{
				Media: rapid.SampledFrom([]ID{"a", "b", "c"}).Draw(t, "media"), Model: score.Draw(t, "model"),
				Take: rapid.SampledFrom([]TakeStatus{TakePlain, TakeVerified, TakeInvalid}).Draw(t, "take"),
			}
			if rapid.Bool().Draw(t, "measured") {
				m.Injection = ptr(score.Draw(t, "injection"))
			}
			if rapid.Bool().Draw(t, "gesture") {
				m.Gesture = &Gesture{Tag: GestureTagEyes, Detected: rapid.Bool().Draw(t, "detected")}
				m.Action = rapid.SampledFrom([]string{"", GestureTagEyes, GestureTagSmile}).Draw(t, "action")
			}
			return m
		}), 1, 5).Draw(t, "media")
		p := AnalysisParams{
			ThresholdSpoofing: score.Draw(t, "threshold"), RequireTake: rapid.Bool().Draw(t, "takes"),
			GesturePolicy: rapid.SampledFrom([]GesturePolicy{GestureReport, GestureEnforce}).Draw(t, "policy"),
			InjectionMode: rapid.SampledFrom([]InjectionMode{InjectionLog, InjectionScore, InjectionEnforce}).Draw(t, "mode"),
		}
		r, word, declined := JudgeQuality(media, p)
		if (word == ResolutionDeclined) != (len(declined) > 0) || word == ResolutionOperator {
			t.Fatalf("%s, declined by %v", word, declined)
		}
		if word == ResolutionSuccess && r.Spoofing >= p.ThresholdSpoofing {
			t.Fatalf("SUCCESS with %v at %v", r.Spoofing, p.ThresholdSpoofing)
		}
		i := rapid.IntRange(0, len(media)-1).Draw(t, "which")
		media[i].Model = rapid.Float64Range(media[i].Model, 1).Draw(t, "worse")
		if _, worse, _ := JudgeQuality(media, p); word == ResolutionDeclined && worse != ResolutionDeclined {
			t.Fatal("a worse score made it SUCCESS")
		}
		stricter := p
		stricter.ThresholdSpoofing = rapid.Float64Range(0, p.ThresholdSpoofing).Draw(t, "stricter")
		if _, strict, _ := JudgeQuality(media[:0:0], stricter); strict != ResolutionDeclined {
			t.Fatal("no media at all is SUCCESS")
		}
	})
}
