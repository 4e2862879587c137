package osprey

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// passport is a document without fault.
func passport() DocumentView {
	return DocumentView{
		Media: "a", Tags: []string{TagDocument}, Portrait: &Face{Right: 100, Bottom: 100},
		MRZ:    DocumentMRZ{Found: true, Format: "TD3", Valid: true, Confidence: .99},
		Fields: []TextField{{Name: "surname"}}, Expiry: "2034-09-30",
		Grade: Measures{CheckSharpness: .74, CheckGlare: .02, CheckResolution: 1240},
	}
}

const testDay = "2026-01-02"

func resultsOf(checks []DocumentCheck) map[string]CheckResult {
	out := make(map[string]CheckResult)
	for _, c := range checks {
		out[c.Name] = c.Result
	}
	return out
}

func TestJudgeDocuments(t *testing.T) {
	t.Parallel()
	with := func(change func(*DocumentView)) []DocumentView {
		d := passport()
		change(&d)
		return []DocumentView{d}
	}
	noMRZ := func(d *DocumentView) { d.MRZ, d.Fields, d.Expiry = DocumentMRZ{}, nil, "" }
	for name, c := range map[string]struct {
		views  []DocumentView
		params AnalysisParams
		want   Resolution
		checks map[string]CheckResult
	}{
		"good":                   {[]DocumentView{passport()}, AnalysisParams{}, ResolutionSuccess, map[string]CheckResult{CheckPortraitFound: CheckPass, CheckMRZFound: CheckPass, CheckMRZValid: CheckPass, CheckNotExpired: CheckPass, "sharpness": CheckPass, "glare": CheckPass, "resolution": CheckPass}},
		"no portrait":            {with(func(d *DocumentView) { d.Portrait = nil }), AnalysisParams{}, ResolutionDeclined, map[string]CheckResult{CheckPortraitFound: CheckFail}},
		"a portrait on the back": {with(func(d *DocumentView) { d.Tags = []string{TagDocumentBack} }), AnalysisParams{}, ResolutionDeclined, map[string]CheckResult{CheckPortraitFound: CheckFail}},
		"no MRZ":                 {with(noMRZ), AnalysisParams{}, ResolutionSuccess, map[string]CheckResult{CheckMRZFound: CheckFail, CheckMRZValid: CheckSkipped, CheckNotExpired: CheckSkipped}},
		"no MRZ, required":       {with(noMRZ), AnalysisParams{RequireMRZ: true}, ResolutionDeclined, nil},
		"wrong digits":           {with(func(d *DocumentView) { d.MRZ.Valid = false }), AnalysisParams{}, ResolutionDeclined, map[string]CheckResult{CheckMRZValid: CheckFail}},
		"wrong digits at 0.8":    {with(func(d *DocumentView) { d.MRZ.Valid, d.MRZ.Confidence = false, .8 }), AnalysisParams{}, ResolutionDeclined, map[string]CheckResult{CheckMRZValid: CheckFail}},
		"not readable":           {with(func(d *DocumentView) { d.MRZ.Valid, d.MRZ.Confidence = false, .79 }), AnalysisParams{}, ResolutionOperator, map[string]CheckResult{CheckMRZFound: CheckPass, CheckMRZValid: CheckUnsure}},
		"not readable, expired by what was read": {with(func(d *DocumentView) {
			d.MRZ.Valid, d.MRZ.Confidence, d.Expiry = false, .5, "2001-01-01"
		}), AnalysisParams{}, ResolutionOperator, map[string]CheckResult{CheckNotExpired: CheckSkipped}},
		"not readable, required":         {with(func(d *DocumentView) { d.MRZ.Valid, d.MRZ.Confidence = false, .5 }), AnalysisParams{RequireMRZ: true}, ResolutionOperator, nil},
		"low confidence but good digits": {with(func(d *DocumentView) { d.MRZ.Confidence = .3 }), AnalysisParams{}, ResolutionSuccess, map[string]CheckResult{CheckMRZValid: CheckPass}},
		"expired yesterday":              {with(func(d *DocumentView) { d.Expiry = "2026-01-01" }), AnalysisParams{}, ResolutionDeclined, map[string]CheckResult{CheckNotExpired: CheckFail}},
		"expires today":                  {with(func(d *DocumentView) { d.Expiry = testDay }), AnalysisParams{}, ResolutionSuccess, map[string]CheckResult{CheckNotExpired: CheckPass}},
		"expired, allowed":               {with(func(d *DocumentView) { d.Expiry = "2020-01-01" }), AnalysisParams{AllowExpired: true}, ResolutionSuccess, map[string]CheckResult{CheckNotExpired: CheckFail}},
		"no date of expiry":              {with(func(d *DocumentView) { d.Expiry = "" }), AnalysisParams{}, ResolutionSuccess, map[string]CheckResult{CheckNotExpired: CheckSkipped}},
		"blurred":                        {with(func(d *DocumentView) { d.Grade[CheckSharpness] = .39 }), AnalysisParams{}, ResolutionOperator, map[string]CheckResult{"sharpness": CheckFail}},
		"glare":                          {with(func(d *DocumentView) { d.Grade[CheckGlare] = .11 }), AnalysisParams{}, ResolutionOperator, map[string]CheckResult{"glare": CheckFail}},
		"small":                          {with(func(d *DocumentView) { d.Grade[CheckResolution] = 599 }), AnalysisParams{}, ResolutionOperator, map[string]CheckResult{"resolution": CheckFail}},
		"all at their limits":            {with(func(d *DocumentView) { d.Grade = Measures{CheckSharpness: .4, CheckGlare: .1, CheckResolution: 600} }), AnalysisParams{}, ResolutionSuccess, map[string]CheckResult{"sharpness": CheckPass, "glare": CheckPass, "resolution": CheckPass}},
		"glare not measured":             {with(func(d *DocumentView) { delete(d.Grade, CheckGlare) }), AnalysisParams{}, ResolutionSuccess, map[string]CheckResult{"glare": CheckSkipped}},
		"declined before the operator": {with(func(d *DocumentView) {
			d.Grade[CheckSharpness], d.MRZ.Valid = 0, false
		}), AnalysisParams{}, ResolutionDeclined, nil},
	} {
		r, word := JudgeDocuments(c.views, c.params, testDay)
		if word != c.want {
			t.Errorf("%s: %s, want %s: %+v", name, word, c.want, r.Checks)
		}
		got := resultsOf(r.Checks)
		for check, want := range c.checks {
			if got[check] != want {
				t.Errorf("%s: %s is %s, want %s", name, check, got[check], want)
			}
		}
		var order []string
		for _, check := range r.Checks {
			order = append(order, check.Name)
			if numbers := check.Actual != nil && check.Limit != nil; numbers != slices.Contains([]string{"sharpness", "glare", "resolution"}, check.Name) && check.Result != CheckSkipped {
				t.Errorf("%s: %s has numbers: %t", name, check.Name, numbers)
			}
		}
		if want := []string{"portrait_found", "mrz_found", "mrz_valid", "not_expired", "sharpness", "glare", "resolution"}; !slices.Equal(order, want) {
			t.Errorf("%s: checks %v", name, order)
		}
	}
}

// TestJudgeSeveralImages: which of several images counts for what.
func TestJudgeSeveralImages(t *testing.T) {
	t.Parallel()
	front, back := passport(), passport()
	front.MRZ, front.Fields, front.Expiry, front.Tags = DocumentMRZ{}, nil, "", []string{"photo_id_front"}
	back.Media, back.Portrait, back.Tags, back.Grade = "b", nil, []string{TagDocumentBack}, Measures{CheckSharpness: .5, CheckGlare: .05, CheckResolution: 900}
	r, word := JudgeDocuments([]DocumentView{front, back}, AnalysisParams{RequireMRZ: true}, testDay)
	if word != ResolutionSuccess || r.MRZ.Media != "b" || len(r.Fields) != 1 || r.Media[0].Portrait == nil || r.Media[1].Portrait != nil {
		t.Errorf("front and back: %s, %+v", word, r)
	}
	if c := r.Checks[4]; *c.Actual != .5 || *c.Limit != DocumentSharpness {
		t.Errorf("sharpness is judged by %v, want the worst image's", *c.Actual)
	}
	if c := r.Checks[5]; *c.Actual != .05 {
		t.Errorf("glare is judged by %v, want the worst image's", *c.Actual)
	}
	mrz := func(id ID, valid bool, confidence float64) DocumentView {
		d := passport()
		d.Media, d.MRZ.Valid, d.MRZ.Confidence = id, valid, confidence
		return d
	}
	for name, c := range map[string]struct {
		views []DocumentView
		want  ID
	}{
		"the valid one":     {[]DocumentView{mrz("a", false, .99), mrz("b", true, .6), mrz("c", false, .7)}, "b"},
		"the surer one":     {[]DocumentView{mrz("a", false, .7), mrz("b", false, .9)}, "b"},
		"the earlier one":   {[]DocumentView{mrz("a", true, .9), mrz("b", true, .9)}, "a"},
		"the only one read": {[]DocumentView{front, mrz("b", false, .1)}, "b"},
	} {
		if r, _ := JudgeDocuments(c.views, AnalysisParams{}, testDay); r.MRZ.Media != c.want {
			t.Errorf("%s: that of %s", name, r.MRZ.Media)
		}
	}
	blind := passport()
	blind.Grade = nil
	if r, word := JudgeDocuments([]DocumentView{passport(), blind}, AnalysisParams{}, testDay); word != ResolutionSuccess || r.Checks[4].Result != CheckSkipped {
		t.Errorf("an image that was not measured: %s, sharpness %s", word, r.Checks[4].Result)
	}
	blurred := passport()
	blurred.Grade = Measures{CheckSharpness: .1}
	if r, word := JudgeDocuments([]DocumentView{blurred, blind}, AnalysisParams{}, testDay); word != ResolutionOperator || r.Checks[4].Result != CheckFail {
		t.Errorf("a blurred one and one that was not measured: %s, sharpness %s", word, r.Checks[4].Result)
	}
	if _, word := JudgeDocuments(nil, AnalysisParams{}, testDay); word != ResolutionDeclined {
		t.Errorf("no image: %s", word)
	}
}

// What a request can set only ever changes the word in its own direction.
func TestJudgeDocumentsParams(t *testing.T) {
	t.Parallel()
	rank := map[Resolution]int{ResolutionSuccess: 0, ResolutionOperator: 1, ResolutionDeclined: 2}
	rapid.Check(t, func(t *rapid.T) {
		views := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) DocumentView {
			d := passport()
			d.Tags = rapid.SampledFrom([][]string{nil, {TagDocument}, {TagDocumentBack}}).Draw(t, "tags")
			if rapid.Bool().Draw(t, "no portrait") {
				d.Portrait = nil
			}
			d.MRZ.Found, d.MRZ.Valid = rapid.Bool().Draw(t, "found"), rapid.Bool().Draw(t, "valid")
			d.MRZ.Confidence = rapid.Float64Range(0, 1).Draw(t, "confidence")
			d.Expiry = rapid.SampledFrom([]string{"", "2020-01-01", "2030-01-01"}).Draw(t, "expiry")
			d.Grade[CheckGlare] = rapid.Float64Range(0, .2).Draw(t, "glare")
			return d
		}), 1, 4).Draw(t, "views")
		_, word := JudgeDocuments(views, AnalysisParams{}, testDay)
		if _, strict := JudgeDocuments(views, AnalysisParams{RequireMRZ: true}, testDay); rank[strict] < rank[word] {
			t.Fatalf("require_mrz turned %s into %s", word, strict)
		}
		if _, lax := JudgeDocuments(views, AnalysisParams{AllowExpired: true}, testDay); rank[lax] > rank[word] {
			t.Fatalf("allow_expired turned %s into %s", word, lax)
		}
	})
}
