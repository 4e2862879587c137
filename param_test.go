package osprey

import (
	"testing"

	"pgregory.net/rapid"
)

// installed are the thresholds of an installation with a band.
func installed() Thresholds {
	return Thresholds{
		Spoofing: .5, BiometryMin: .7, BiometryMax: .85, Collection: .85,
		GesturePolicy: GestureEnforce, InjectionMode: InjectionLog, RequireTake: true,
	}
}

func TestFreezeBand(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		low, high         *float64
		any               bool
		wantLow, wantHigh float64
		refused           bool
	}{
		"nothing asked":               {nil, nil, false, .7, .85, false},
		"both stricter":               {ptr(.8), ptr(.9), false, .8, .9, false},
		"both looser":                 {ptr(.1), ptr(.2), false, .7, .85, false},
		"both looser, allowed":        {ptr(.1), ptr(.2), true, .1, .2, false},
		"one stricter, one looser":    {ptr(.8), ptr(.8), false, .8, .85, false},
		"min above max":               {ptr(.9), ptr(.8), false, 0, 0, true},
		"min above max, allowed":      {ptr(.9), ptr(.8), true, 0, 0, true},
		"equal":                       {ptr(.9), ptr(.9), false, .9, .9, false},
		"min crosses":                 {ptr(.9), nil, false, .9, .9, false},
		"min crosses, allowed":        {ptr(.9), nil, true, .9, .9, false},
		"max crosses, looser":         {nil, ptr(.6), false, .7, .85, false},
		"max crosses, allowed":        {nil, ptr(.6), true, .6, .6, false},
		"max stricter":                {nil, ptr(.95), false, .7, .95, false},
		"min looser":                  {ptr(.1), nil, false, .7, .85, false},
		"min looser, allowed":         {ptr(.1), nil, true, .1, .85, false},
		"zero is a threshold":         {ptr(0.0), ptr(0.0), true, 0, 0, false},
		"one is a threshold":          {ptr(1.0), nil, false, 1, 1, false},
		"the same as the company has": {ptr(.7), ptr(.85), false, .7, .85, false},
	} {
		s := installed()
		s.AllowRequestThresholds = c.any
		p, err := s.Freeze(AnalysisBiometry, AskedParams{ThresholdMin: c.low, ThresholdMax: c.high}, "analyses.2.params")
		if c.refused {
			if e := ErrorOf(err); e.Code != CodeInvalidValue || e.Details["field"] != "analyses.2.params.threshold_min" || e.Details["limit"] == nil {
				t.Errorf("%s: %v, details %v", name, err, e.Details)
			}
			continue
		}
		if err != nil || p.ThresholdMin != c.wantLow || p.ThresholdMax != c.wantHigh {
			t.Errorf("%s: %v to %v, want %v to %v (error %v)", name, p.ThresholdMin, p.ThresholdMax, c.wantLow, c.wantHigh, err)
		}
	}
}

func TestFreezeQuality(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		asked *float64
		any   bool
		want  float64
	}{
		"nothing asked":   {nil, false, .5},
		"stricter":        {ptr(.3), false, .3},
		"looser":          {ptr(.7), false, .5},
		"looser, allowed": {ptr(.7), true, .7},
		"zero":            {ptr(0.0), false, 0},
	} {
		s := installed()
		s.AllowRequestThresholds = c.any
		p, err := s.Freeze(AnalysisQuality, AskedParams{ThresholdSpoofing: c.asked}, "p")
		if err != nil || p.ThresholdSpoofing != c.want {
			t.Errorf("%s: %v, want %v (error %v)", name, p.ThresholdSpoofing, c.want, err)
		}
		if !p.ExtractBestShot || p.GesturePolicy != GestureEnforce || p.InjectionMode != InjectionLog || !p.RequireTake {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if p, err := installed().Freeze(AnalysisQuality, AskedParams{ExtractBestShot: ptr(false)}, "p"); err != nil || p.ExtractBestShot {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestFreezeTakesItsOwn: params of another type are passed over.
func TestFreezeTakesItsOwn(t *testing.T) {
	t.Parallel()
	all := AskedParams{
		Collections: []ID{"c"}, TopK: 7, Threshold: ptr(.9), ThresholdSpoofing: ptr(.1), ThresholdMin: ptr(.9),
		ThresholdMax: ptr(.95), ExtractBestShot: ptr(true), RequireMRZ: true, AllowExpired: true,
	}
	s := installed()
	s.TargetFPIR = ptr(.01)
	for kind, check := range map[AnalysisType]func(AnalysisParams) bool{
		AnalysisQuality: func(p AnalysisParams) bool {
			return p.ThresholdSpoofing == .1 && p.TopK == 0 && p.ThresholdMin == 0 && !p.RequireMRZ
		},
		AnalysisBiometry: func(p AnalysisParams) bool {
			return p.ThresholdMin == .9 && p.ThresholdSpoofing == 0 && p.Collections == nil
		},
		AnalysisCollection: func(p AnalysisParams) bool {
			return p.TopK == 7 && *p.Threshold == .9 && p.CompanyThreshold == .85 && *p.CompanyTargetFPIR == .01 && len(p.Collections) == 1 && !p.ExtractBestShot
		},
		AnalysisDocuments: func(p AnalysisParams) bool {
			return p.RequireMRZ && p.AllowExpired && p.TopK == 0 && p.ThresholdSpoofing == 0
		},
	} {
		if p, err := s.Freeze(kind, all, "p"); err != nil || !check(p) {
			t.Errorf("%s: %+v, %v", kind, p, err)
		}
	}
	if p, err := s.Freeze(AnalysisCollection, AskedParams{}, "p"); err != nil || p.TopK != 1 || p.Threshold != nil {
		t.Errorf("defaults: %+v, %v", p, err)
	}
}

// Whatever a request asks, the band is never crossed, and without leave never
// looser than the company's.
func TestFreezeNeverLoosens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		score := rapid.Float64Range(0, 1)
		asked := rapid.Custom(func(t *rapid.T) *float64 {
			if rapid.Bool().Draw(t, "given") {
				return ptr(score.Draw(t, "asked"))
			}
			return nil
		})
		s := Thresholds{Spoofing: score.Draw(t, "spoofing"), BiometryMin: score.Draw(t, "min"), AllowRequestThresholds: rapid.Bool().Draw(t, "any")}
		s.BiometryMax = rapid.Float64Range(s.BiometryMin, 1).Draw(t, "max")
		a := AskedParams{ThresholdSpoofing: asked.Draw(t, "s"), ThresholdMin: asked.Draw(t, "l"), ThresholdMax: asked.Draw(t, "h")}
		q, err := s.Freeze(AnalysisQuality, a, "p")
		if err != nil || !s.AllowRequestThresholds && q.ThresholdSpoofing > s.Spoofing {
			t.Fatalf("%+v, %v", q, err)
		}
		p, err := s.Freeze(AnalysisBiometry, a, "p")
		if crossed := a.ThresholdMin != nil && a.ThresholdMax != nil && *a.ThresholdMin > *a.ThresholdMax; crossed != (err != nil) {
			t.Fatalf("crossed %t, error %v", crossed, err)
		} else if crossed {
			return
		}
		if p.ThresholdMin > p.ThresholdMax {
			t.Fatalf("%v above %v", p.ThresholdMin, p.ThresholdMax)
		}
		if !s.AllowRequestThresholds && (p.ThresholdMin < s.BiometryMin || p.ThresholdMax < s.BiometryMax) {
			t.Fatalf("%v to %v is looser than %v to %v", p.ThresholdMin, p.ThresholdMax, s.BiometryMin, s.BiometryMax)
		}
		if s.AllowRequestThresholds && (a.ThresholdMin != nil && p.ThresholdMin != *a.ThresholdMin || a.ThresholdMax != nil && p.ThresholdMax != *a.ThresholdMax) {
			t.Fatalf("%v to %v is not what was asked", p.ThresholdMin, p.ThresholdMax)
		}
	})
}
