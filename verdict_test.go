package osprey

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func ptr[T any](v T) *T { return &v }

func TestEffectiveThreshold(t *testing.T) {
	t.Parallel()
	// A scale of 0.17 a power of ten, as components.md 10.1 draws it, to 1e-5.
	confidence := func(fmr float64) float64 { return min(1, -0.17*math.Log10(fmr)) }
	for name, c := range map[string]struct {
		collection Collection
		params     AnalysisParams
		images     int
		want       float64
	}{
		"company's":                            {Collection{OnMatch: OnMatchDecline}, AnalysisParams{CompanyThreshold: .85}, 10, .85},
		"own":                                  {Collection{OnMatch: OnMatchDecline, Threshold: ptr(.9)}, AnalysisParams{CompanyThreshold: .85}, 10, .9},
		"request lower on a block list":        {Collection{OnMatch: OnMatchDecline}, AnalysisParams{CompanyThreshold: .85, Threshold: ptr(.7)}, 10, .7},
		"request higher on a block list":       {Collection{OnMatch: OnMatchDecline}, AnalysisParams{CompanyThreshold: .85, Threshold: ptr(.9)}, 10, .85},
		"request lower on an operator list":    {Collection{OnMatch: OnMatchOperator}, AnalysisParams{CompanyThreshold: .85, Threshold: ptr(.7)}, 10, .7},
		"request lower on an allow list":       {Collection{OnMatch: OnMatchAccept}, AnalysisParams{CompanyThreshold: .85, Threshold: ptr(.7)}, 10, .85},
		"request higher on an allow list":      {Collection{OnMatch: OnMatchAccept}, AnalysisParams{CompanyThreshold: .85, Threshold: ptr(.9)}, 10, .9},
		"request may only raise, block list":   {Collection{OnMatch: OnMatchDecline}, AnalysisParams{CompanyThreshold: .85, Threshold: ptr(0.), OnlyRaise: true}, 10, .85},
		"request may only raise, allow list":   {Collection{OnMatch: OnMatchAccept}, AnalysisParams{CompanyThreshold: .85, Threshold: ptr(.9), OnlyRaise: true}, 10, .9},
		"may only raise, but any is allowed":   {Collection{OnMatch: OnMatchDecline}, AnalysisParams{CompanyThreshold: .85, Threshold: ptr(.1), OnlyRaise: true, AllowRequestThresholds: true}, 10, .1},
		"looser request, allowed":              {Collection{OnMatch: OnMatchDecline}, AnalysisParams{CompanyThreshold: .85, Threshold: ptr(.9), AllowRequestThresholds: true}, 10, .9},
		"target asks less than the threshold":  {Collection{OnMatch: OnMatchDecline, TargetFPIR: ptr(.01)}, AnalysisParams{CompanyThreshold: .85}, 100, .85},
		"target asks more":                     {Collection{OnMatch: OnMatchDecline, TargetFPIR: ptr(.01)}, AnalysisParams{CompanyThreshold: .5}, 100, .68},
		"company's target":                     {Collection{OnMatch: OnMatchDecline}, AnalysisParams{CompanyThreshold: .5, CompanyTargetFPIR: ptr(.01)}, 100, .68},
		"own target before the company's":      {Collection{OnMatch: OnMatchDecline, TargetFPIR: ptr(.1)}, AnalysisParams{CompanyThreshold: .1, CompanyTargetFPIR: ptr(.01)}, 100, .51},
		"target raises a request's, never not": {Collection{OnMatch: OnMatchDecline, TargetFPIR: ptr(.01)}, AnalysisParams{CompanyThreshold: .85, Threshold: ptr(.1)}, 100, .68},
		"nothing searched":                     {Collection{OnMatch: OnMatchDecline, TargetFPIR: ptr(.01)}, AnalysisParams{CompanyThreshold: .85}, 0, .85},
		"never above one":                      {Collection{OnMatch: OnMatchDecline, TargetFPIR: ptr(1e-9)}, AnalysisParams{CompanyThreshold: .85}, 1_000_000, 1},
	} {
		if got := EffectiveThreshold(c.collection, c.params, c.images, confidence); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestJudgeCollections(t *testing.T) {
	t.Parallel()
	block, ask := SearchedCollection{ID: "b", OnMatch: OnMatchDecline}, SearchedCollection{ID: "o", OnMatch: OnMatchOperator}
	allow, allow2 := SearchedCollection{ID: "a", OnMatch: OnMatchAccept}, SearchedCollection{ID: "a2", OnMatch: OnMatchAccept}
	in := func(ids ...ID) MediaMatches { return MediaMatches{MatchedCollections: ids} }
	for name, c := range map[string]struct {
		collections []SearchedCollection
		media       []MediaMatches
		want        Resolution
	}{
		"block list, no match":                  {[]SearchedCollection{block}, []MediaMatches{in()}, ResolutionSuccess},
		"block list, match":                     {[]SearchedCollection{block}, []MediaMatches{in("b")}, ResolutionDeclined},
		"block list, second medium matches":     {[]SearchedCollection{block}, []MediaMatches{in(), in("b")}, ResolutionDeclined},
		"operator list, match":                  {[]SearchedCollection{ask}, []MediaMatches{in("o")}, ResolutionOperator},
		"worst of two lists":                    {[]SearchedCollection{ask, block}, []MediaMatches{in("o", "b")}, ResolutionDeclined},
		"operator beats success":                {[]SearchedCollection{block, ask}, []MediaMatches{in("o")}, ResolutionOperator},
		"allow list, match":                     {[]SearchedCollection{allow}, []MediaMatches{in("a")}, ResolutionSuccess},
		"allow list, stranger":                  {[]SearchedCollection{allow}, []MediaMatches{in()}, ResolutionDeclined},
		"allow list, one medium of two":         {[]SearchedCollection{allow}, []MediaMatches{in("a"), in()}, ResolutionDeclined},
		"two allow lists, one each":             {[]SearchedCollection{allow, allow2}, []MediaMatches{in("a"), in("a2")}, ResolutionSuccess},
		"allow list matched, block list too":    {[]SearchedCollection{allow, block}, []MediaMatches{in("a", "b")}, ResolutionDeclined},
		"allow list matched, operator list too": {[]SearchedCollection{allow, ask}, []MediaMatches{in("a", "o")}, ResolutionOperator},
		"nothing searched":                      {nil, []MediaMatches{in()}, ResolutionSuccess},
	} {
		if got := JudgeCollections(c.collections, c.media); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestFoldFolder(t *testing.T) {
	t.Parallel()
	a := func(kind AnalysisType, group ID, r Resolution) Analysis {
		return Analysis{Type: kind, Group: group, Resolution: r}
	}
	for name, c := range map[string]struct {
		analyses       []Analysis
		status, system Resolution
	}{
		"none":                                {nil, ResolutionInitial, ResolutionInitial},
		"running":                             {[]Analysis{a(AnalysisCollection, "1", ResolutionProcessing)}, ResolutionProcessing, ResolutionProcessing},
		"running hides failed":                {[]Analysis{a(AnalysisCollection, "1", ResolutionFailed), a(AnalysisQuality, "1", ResolutionProcessing)}, ResolutionProcessing, ResolutionProcessing},
		"failed hides declined":               {[]Analysis{a(AnalysisCollection, "1", ResolutionFailed), a(AnalysisQuality, "1", ResolutionDeclined)}, ResolutionFailed, ResolutionFailed},
		"declined":                            {[]Analysis{a(AnalysisCollection, "1", ResolutionDeclined), a(AnalysisQuality, "1", ResolutionOperator)}, ResolutionFinished, ResolutionDeclined},
		"operator":                            {[]Analysis{a(AnalysisCollection, "1", ResolutionSuccess), a(AnalysisQuality, "1", ResolutionOperator)}, ResolutionFinished, ResolutionOperator},
		"success":                             {[]Analysis{a(AnalysisCollection, "1", ResolutionSuccess)}, ResolutionFinished, ResolutionSuccess},
		"repeating replaces":                  {[]Analysis{a(AnalysisCollection, "1", ResolutionDeclined), a(AnalysisCollection, "2", ResolutionSuccess)}, ResolutionFinished, ResolutionSuccess},
		"another type does not hide":          {[]Analysis{a(AnalysisQuality, "1", ResolutionDeclined), a(AnalysisBiometry, "2", ResolutionSuccess)}, ResolutionFinished, ResolutionDeclined},
		"two of one type in one group":        {[]Analysis{a(AnalysisCollection, "2", ResolutionDeclined), a(AnalysisCollection, "2", ResolutionSuccess)}, ResolutionFinished, ResolutionDeclined},
		"four types, the worst decides":       {[]Analysis{a(AnalysisQuality, "1", ResolutionSuccess), a(AnalysisBiometry, "1", ResolutionSuccess), a(AnalysisCollection, "1", ResolutionSuccess), a(AnalysisDocuments, "1", ResolutionOperator)}, ResolutionFinished, ResolutionOperator},
		"four types, all well":                {[]Analysis{a(AnalysisQuality, "1", ResolutionSuccess), a(AnalysisBiometry, "2", ResolutionSuccess), a(AnalysisCollection, "3", ResolutionSuccess), a(AnalysisDocuments, "4", ResolutionSuccess)}, ResolutionFinished, ResolutionSuccess},
		"one of four is repeated and runs":    {[]Analysis{a(AnalysisQuality, "1", ResolutionSuccess), a(AnalysisBiometry, "1", ResolutionDeclined), a(AnalysisDocuments, "1", ResolutionFailed), a(AnalysisDocuments, "2", ResolutionProcessing)}, ResolutionProcessing, ResolutionProcessing},
		"a failed document hides a decline":   {[]Analysis{a(AnalysisBiometry, "2", ResolutionDeclined), a(AnalysisDocuments, "1", ResolutionFailed)}, ResolutionFailed, ResolutionFailed},
		"older group of one type is replaced": {[]Analysis{a(AnalysisCollection, "2", ResolutionSuccess), a(AnalysisCollection, "1", ResolutionFailed)}, ResolutionFinished, ResolutionSuccess},
	} {
		if status, system := FoldFolder(c.analyses); status != c.status || system != c.system {
			t.Errorf("%s: %s, %s; want %s, %s", name, status, system, c.status, c.system)
		}
	}
}

// Whatever the order of the analyses, the words are the same, and they are words
// that a folder can have.
// TestLatestVerdict: the last that an operator decided, whatever came after it.
func TestLatestVerdict(t *testing.T) {
	t.Parallel()
	none := Analysis{ID: "n", Resolution: ResolutionOperator}
	first := Analysis{ID: "1", OperatorStatus: ResolutionDeclined, OperatorTime: 10}
	second := Analysis{ID: "2", OperatorStatus: ResolutionSuccess, OperatorTime: 20}
	for want, all := range map[ID][][]Analysis{
		"":  {nil, {none}},
		"1": {{first}, {none, first}, {first, none}},
		"2": {{first, second}, {second, first}, {second, none, first}},
	} {
		for _, as := range all {
			got := ID("")
			if a := LatestVerdict(as); a != nil {
				got = a.ID
			}
			if got != want {
				t.Errorf("%v: %q, want %q", as, got, want)
			}
		}
	}
}

func TestFoldFolderIgnoresOrder(t *testing.T) {
	t.Parallel()
	legal := map[Resolution]map[Resolution]bool{
		ResolutionInitial:    {ResolutionInitial: true},
		ResolutionProcessing: {ResolutionProcessing: true},
		ResolutionFailed:     {ResolutionFailed: true},
		ResolutionFinished:   {ResolutionDeclined: true, ResolutionOperator: true, ResolutionSuccess: true},
	}
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Analysis {
			return Analysis{
				Type:       rapid.SampledFrom([]AnalysisType{AnalysisCollection, AnalysisQuality, AnalysisBiometry, AnalysisDocuments}).Draw(t, "type"),
				Group:      rapid.SampledFrom([]ID{"1", "2", "3"}).Draw(t, "group"),
				Resolution: rapid.SampledFrom([]Resolution{ResolutionProcessing, ResolutionFailed, ResolutionDeclined, ResolutionOperator, ResolutionSuccess}).Draw(t, "resolution"),
			}
		}), 0, 8).Draw(t, "analyses")
		status, system := FoldFolder(all)
		if !legal[status][system] {
			t.Fatalf("%s with %s", status, system)
		}
		shuffled := rapid.Permutation(all).Draw(t, "shuffled")
		if s2, y2 := FoldFolder(shuffled); s2 != status || y2 != system {
			t.Fatalf("%s, %s in one order; %s, %s in another", status, system, s2, y2)
		}
	})
}

func TestCheckOperatorVerdict(t *testing.T) {
	t.Parallel()
	for _, r := range []Resolution{ResolutionProcessing, ResolutionFailed, ResolutionDeclined, ResolutionSuccess} {
		err := CheckOperatorVerdict(Analysis{Resolution: r}, ResolutionSuccess)
		if !IsCode(err, CodeConflict) || ErrorOf(err).Details["actual"] != string(r) {
			t.Errorf("from %s: %v", r, err)
		}
	}
	a := Analysis{Resolution: ResolutionOperator}
	for _, r := range []Resolution{ResolutionSuccess, ResolutionDeclined} {
		if err := CheckOperatorVerdict(a, r); err != nil {
			t.Errorf("to %s: %v", r, err)
		}
	}
	for _, r := range []Resolution{ResolutionOperator, ResolutionFailed, ResolutionInitial, ""} {
		if err := CheckOperatorVerdict(a, r); !IsCode(err, CodeInvalidValue) {
			t.Errorf("to %q: %v", r, err)
		}
	}
}

func TestSelectMedia(t *testing.T) {
	t.Parallel()
	media := []Media{
		{ID: "selfie", Type: MediaImage, Tags: []string{"photo_selfie"}},
		{ID: "plain", Type: MediaImage},
		{ID: "front", Type: MediaImage, Tags: []string{"photo_id_front"}},
		{ID: "back", Type: MediaImage, Tags: []string{"photo_id_back"}},
		{ID: "video", Type: MediaVideo, Tags: []string{"video_selfie"}},
		{ID: "gone", Type: MediaImage, Cleared: true},
	}
	ids := func(in []Media) (out string) {
		for _, m := range in {
			out += string(m.ID) + " "
		}
		return out
	}
	for kind, want := range map[AnalysisType]string{
		AnalysisQuality:    "selfie plain video ",
		AnalysisBiometry:   "selfie plain front video ",
		AnalysisCollection: "selfie plain front video ",
		AnalysisDocuments:  "front back ",
	} {
		if got := ids(SelectMedia(kind, media)); got != want {
			t.Errorf("%s takes %q, want %q", kind, got, want)
		}
	}
	if got := ids(SelectMedia(AnalysisDocuments, media[:2])); got != "selfie plain " {
		t.Errorf("DOCUMENTS without tags takes %q", got)
	}
}
