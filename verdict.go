package osprey

import (
	"math"
	"slices"
)

// EffectiveThreshold is the confidence from which a score counts as a match in a
// collection (api.md 9.5.3): the collection's own threshold or the company's,
// replaced by the request's where that is allowed, raised to what the bound on
// false positive identifications asks at the size searched.
//
// confidenceAtFMR is the inverse of the model's calibration table.
func EffectiveThreshold(c Collection, p AnalysisParams, imagesSearched int, confidenceAtFMR func(fmr float64) float64) float64 {
	threshold := p.CompanyThreshold
	if c.Threshold != nil {
		threshold = *c.Threshold
	}
	if p.Threshold != nil && (p.AllowRequestThresholds || stricter(c.OnMatch, p.OnlyRaise, *p.Threshold, threshold)) {
		threshold = *p.Threshold
	}
	target := p.CompanyTargetFPIR
	if c.TargetFPIR != nil {
		target = c.TargetFPIR
	}
	if target != nil && imagesSearched > 0 {
		threshold = math.Max(threshold, confidenceAtFMR(*target/float64(imagesSearched)))
	}
	return math.Min(threshold, 1)
}

// stricter reports whether a request's threshold catches more: for a block list
// that is a lower one, for an allow list a higher one. A capture device may hold
// the token, so a request can only tighten; where it may only raise, a lower one
// counts for nothing: with 0 it would match, and then may read, whom it likes.
func stricter(on OnMatch, onlyRaise bool, request, configured float64) bool {
	if on == OnMatchAccept {
		return request > configured
	}
	return request < configured && !onlyRaise
}

// JudgeCollections turns what was found into the word of the analysis: the worst
// over the collections searched, in the order DECLINED, OPERATOR_REQUIRED,
// SUCCESS.
func JudgeCollections(collections []SearchedCollection, media []MediaMatches) Resolution {
	word := ResolutionSuccess
	allowed := make(map[ID]bool)
	for _, c := range collections {
		switch c.OnMatch {
		case OnMatchAccept:
			allowed[c.ID] = true
		case OnMatchDecline:
			if matchedIn(c.ID, media) {
				return ResolutionDeclined
			}
		case OnMatchOperator:
			if matchedIn(c.ID, media) {
				word = ResolutionOperator
			}
		}
	}
	if len(allowed) == 0 {
		return word
	}
	for _, m := range media {
		if !slices.ContainsFunc(m.MatchedCollections, func(id ID) bool { return allowed[id] }) {
			return ResolutionDeclined
		}
	}
	return word
}

func matchedIn(collection ID, media []MediaMatches) bool {
	return slices.ContainsFunc(media, func(m MediaMatches) bool {
		return slices.Contains(m.MatchedCollections, collection)
	})
}

// FoldFolder computes the two status words of a folder from its analyses
// (api.md 9.7). Only the current ones count: for each type, those of the newest
// group that contains the type.
func FoldFolder(analyses []Analysis) (status, system Resolution) {
	newest := make(map[AnalysisType]ID)
	for _, a := range analyses {
		if a.Group > newest[a.Type] {
			newest[a.Type] = a.Group
		}
	}
	rank := map[Resolution]int{ResolutionProcessing: 5, ResolutionFailed: 4, ResolutionDeclined: 3, ResolutionOperator: 2, ResolutionSuccess: 1}
	system = ResolutionInitial
	for _, a := range analyses {
		if a.Group == newest[a.Type] && rank[a.Resolution] > rank[system] {
			system = a.Resolution
		}
	}
	switch system {
	case ResolutionInitial, ResolutionProcessing, ResolutionFailed:
		return system, system
	default:
		return ResolutionFinished, system
	}
}

// LatestVerdict is the one of the analyses that an operator decided last, nil when none
// did. A folder repeats its verdict (api.md 9.7).
func LatestVerdict(analyses []Analysis) *Analysis {
	var latest *Analysis
	for i := range analyses {
		if a := &analyses[i]; a.OperatorStatus != "" && (latest == nil || a.OperatorTime > latest.OperatorTime) {
			latest = a
		}
	}
	return latest
}

// Terminal reports whether a folder status is an end.
func (r Resolution) Terminal() bool {
	return r != ResolutionInitial && r != ResolutionProcessing
}

// CheckOperatorVerdict refuses a verdict that the state of the analysis does not
// allow: only OPERATOR_REQUIRED becomes SUCCESS or DECLINED.
func CheckOperatorVerdict(a Analysis, verdict Resolution) error {
	if verdict != ResolutionSuccess && verdict != ResolutionDeclined {
		return InvalidValue("resolution_status", "resolution_status must be SUCCESS or DECLINED")
	}
	if a.Resolution != ResolutionOperator {
		return Conflict("resolution_status", "not_operator_required",
			"Only an analysis that is OPERATOR_REQUIRED takes a verdict").With("actual", string(a.Resolution))
	}
	return nil
}

// SelectMedia picks the media of a folder that a type of analysis takes when the
// request names none (api.md 9.2). Erased media count as absent.
func SelectMedia(t AnalysisType, media []Media) []Media {
	var out []Media
	for _, m := range media {
		if m.Cleared {
			continue
		}
		switch t {
		case AnalysisQuality:
			if IsDocument(m.Tags) {
				continue
			}
		case AnalysisBiometry, AnalysisCollection:
			if HasTag(m.Tags, TagDocumentBack) {
				continue
			}
		case AnalysisDocuments:
			if m.Type != MediaImage || !IsDocument(m.Tags) {
				continue
			}
		}
		out = append(out, m)
	}
	if t == AnalysisDocuments && len(out) == 0 {
		for _, m := range media {
			if m.Type == MediaImage && !m.Cleared {
				out = append(out, m)
			}
		}
	}
	return out
}

// RoundScore rounds a score to the nine decimals of the contract.
func RoundScore(v float64) float64 { return math.Round(v*1e9) / 1e9 }
