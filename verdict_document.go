package osprey

import "math"

// DocumentView is what was seen on one source image of a DOCUMENTS analysis.
type DocumentView struct {
	Media    ID
	Tags     []string
	Portrait *Face       // nil when none was found
	MRZ      DocumentMRZ // Found is false when there is none
	Fields   []TextField // of the MRZ
	Expiry   string      // the last day that the document can be good, ISO 8601; empty when it is unknown
	Grade    Measures    // sharpness, glare, resolution
}

// The limits of a DOCUMENTS analysis (api.md 9.5.4).
const (
	DocumentSharpness  = 0.4 // least
	DocumentGlare      = 0.1 // greatest
	DocumentResolution = 600 // least, pixels of the short side
	MRZReadable        = 0.8 // least confidence of an MRZ whose wrong digits count
)

// The names of the checks, in the order in which they are listed.
const (
	CheckPortraitFound = "portrait_found"
	CheckMRZFound      = "mrz_found"
	CheckMRZValid      = "mrz_valid"
	CheckNotExpired    = "not_expired"
)

// JudgeDocuments turns what was seen into the result and the word of a DOCUMENTS
// analysis (api.md 9.5.4). today is the ISO 8601 date that expiry is judged by.
//
// Of several images: the portrait may be on any that is not tagged photo_id_back;
// when all are, none was found. The MRZ is the best that was read: one whose digits
// agree before one whose digits do not, then the one read with the greater
// confidence, then the earlier. Sharpness, glare and resolution are those of the
// worst image, because an operator has to be able to read each of them; one image
// on which such a check could not be made makes it skipped, unless another fails it.
func JudgeDocuments(views []DocumentView, p AnalysisParams, today string) (*DocumentsResult, Resolution) {
	best := bestMRZ(views)
	r := &DocumentsResult{Fields: []TextField{}, Media: make([]MediaDocument, 0, len(views))}
	for _, v := range views {
		r.Media = append(r.Media, MediaDocument{Media: v.Media, Portrait: v.Portrait})
	}
	portrait := DocumentCheck{Name: CheckPortraitFound, Result: passIf(hasPortrait(views))}
	found := DocumentCheck{Name: CheckMRZFound, Result: passIf(best != nil)}
	valid, fresh := DocumentCheck{Name: CheckMRZValid, Result: CheckSkipped}, DocumentCheck{Name: CheckNotExpired, Result: CheckSkipped}
	if best != nil {
		r.MRZ, r.MRZ.Media = best.MRZ, best.Media
		if best.Fields != nil {
			r.Fields = best.Fields
		}
		valid.Result = validity(best.MRZ)
		fresh.Result = freshness(*best, valid.Result, today)
	}
	r.Checks = []DocumentCheck{
		portrait, found, valid, fresh,
		worst(views, CheckSharpness, DocumentSharpness, math.Min),
		worst(views, CheckGlare, DocumentGlare, math.Max),
		worst(views, CheckResolution, DocumentResolution, math.Min),
	}
	return r, documentWord(r.Checks, p)
}

// documentWord is the verdict over the checks.
func documentWord(checks []DocumentCheck, p AnalysisParams) Resolution {
	word := ResolutionSuccess
	for _, c := range checks {
		switch {
		case c.Result == CheckUnsure:
			word = ResolutionOperator
		case c.Result != CheckFail:
		case c.Name == CheckMRZFound && !p.RequireMRZ, c.Name == CheckNotExpired && p.AllowExpired:
		case c.Name == CheckPortraitFound, c.Name == CheckMRZFound, c.Name == CheckMRZValid, c.Name == CheckNotExpired:
			return ResolutionDeclined
		default:
			word = ResolutionOperator
		}
	}
	return word
}

func passIf(ok bool) CheckResult {
	if ok {
		return CheckPass
	}
	return CheckFail
}

func hasPortrait(views []DocumentView) bool {
	for _, v := range views {
		if v.Portrait != nil && !HasTag(v.Tags, TagDocumentBack) {
			return true
		}
	}
	return false
}

// bestMRZ is the view whose MRZ counts, nil when none was found.
func bestMRZ(views []DocumentView) *DocumentView {
	var best *DocumentView
	for i := range views {
		v := &views[i]
		switch {
		case !v.MRZ.Found:
		case best == nil, v.MRZ.Valid && !best.MRZ.Valid,
			v.MRZ.Valid == best.MRZ.Valid && v.MRZ.Confidence > best.MRZ.Confidence:
			best = v
		}
	}
	return best
}

// validity judges the digits of an MRZ: when they disagree and the reader was not
// sure of what it read, the reading is at fault as likely as the document.
func validity(m DocumentMRZ) CheckResult {
	switch {
	case m.Valid:
		return CheckPass
	case !(m.Confidence >= MRZReadable):
		return CheckUnsure
	default:
		return CheckFail
	}
}

// freshness judges the date of expiry, the last day of which is a good one. A date
// that is not known, or was read from an MRZ that counts as not readable, is not
// judged.
func freshness(v DocumentView, valid CheckResult, today string) CheckResult {
	if v.Expiry == "" || valid == CheckUnsure {
		return CheckSkipped
	}
	return passIf(v.Expiry >= today)
}

// worst holds the worst measure of all views against its limit: of the two bounds
// pick chooses the worse.
func worst(views []DocumentView, check Check, limit float64, pick func(a, b float64) float64) DocumentCheck {
	c := DocumentCheck{Name: string(check), Result: CheckSkipped}
	measured := 0
	actual := math.NaN()
	for _, v := range views {
		m, ok := v.Grade[check]
		if !ok {
			continue
		}
		if measured++; measured == 1 {
			actual = m
		} else {
			actual = pick(actual, m)
		}
	}
	if measured == 0 {
		return c
	}
	c.Actual, c.Limit = &actual, &limit
	switch fails := actual != limit && pick(actual, limit) == actual || math.IsNaN(actual); {
	case fails:
		c.Result = CheckFail
	case measured == len(views):
		c.Result = CheckPass
	}
	return c
}
