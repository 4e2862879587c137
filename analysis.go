package osprey

import "strings"

// AnalysisType is what an analysis asks.
type AnalysisType string

// The four types.
const (
	AnalysisQuality    AnalysisType = "QUALITY"
	AnalysisBiometry   AnalysisType = "BIOMETRY"
	AnalysisCollection AnalysisType = "COLLECTION"
	AnalysisDocuments  AnalysisType = "DOCUMENTS"
)

// ParseAnalysisType reads one without regard to case.
func ParseAnalysisType(s string) (AnalysisType, bool) {
	switch t := AnalysisType(strings.ToUpper(s)); t {
	case AnalysisQuality, AnalysisBiometry, AnalysisCollection, AnalysisDocuments:
		return t, true
	}
	return "", false
}

// State is where an analysis stands.
type State string

// Processing becomes Finished or Failed, once.
const (
	StateProcessing State = "PROCESSING"
	StateFinished   State = "FINISHED"
	StateFailed     State = "FAILED"
)

// ParseState reads one without regard to case.
func ParseState(s string) (State, bool) {
	switch t := State(strings.ToUpper(s)); t {
	case StateProcessing, StateFinished, StateFailed:
		return t, true
	}
	return "", false
}

// Resolution is a status word of an analysis or a folder.
type Resolution string

// The status words.
const (
	ResolutionInitial    Resolution = "INITIAL"
	ResolutionProcessing Resolution = "PROCESSING"
	ResolutionFailed     Resolution = "FAILED"
	ResolutionFinished   Resolution = "FINISHED"
	ResolutionDeclined   Resolution = "DECLINED"
	ResolutionOperator   Resolution = "OPERATOR_REQUIRED"
	ResolutionSuccess    Resolution = "SUCCESS"
)

// ParseResolution reads one without regard to case.
func ParseResolution(s string) (Resolution, bool) {
	switch t := Resolution(strings.ToUpper(s)); t {
	case ResolutionInitial, ResolutionProcessing, ResolutionFailed, ResolutionFinished,
		ResolutionDeclined, ResolutionOperator, ResolutionSuccess:
		return t, true
	}
	return "", false
}

// Analysis is one question asked about media of a folder, and its answer.
type Analysis struct {
	ID         ID
	Group      ID // common to the analyses of one request
	Folder     ID
	Company    ID
	Owner      ID // the folder's user
	Type       AnalysisType
	State      State
	Resolution Resolution // the word in force, operator verdict included
	System     Resolution // the machine's word
	// The operator's verdict, when there is one.
	OperatorStatus  Resolution
	Operator        ID
	OperatorComment *string
	OperatorTime    Time
	Source          []SourceMedia
	Params          AnalysisParams
	Result          *Result // nil until FINISHED
	// Of a FAILED analysis.
	ErrorCode    *Code
	ErrorMessage string

	// ResolutionEndpoint is the address that counts, of all scopes; empty or nil: none.
	ResolutionEndpoint *string
	Run                int64 // grows with every try; a result of an older run is thrown away
	Metadata           Metadata
	Technical          Metadata
	Created            Time
	Updated            Time
	Finished           Time
}

// SourceMedia is a medium as an analysis took it.
type SourceMedia struct {
	Media        ID        `json:"media"`
	Type         MediaType `json:"type"`
	OriginalName string    `json:"original_name"`
	Tags         []string  `json:"tags"`
	Cleared      bool      `json:"cleared,omitempty"`
}

// AnalysisParams are frozen when the analysis is created: what the request asked
// and what the company's settings were then.
type AnalysisParams struct {
	// Collections named by the request; empty means all but allow lists.
	Collections []ID `json:"collections,omitempty"`
	TopK        int  `json:"top_k"`
	// Threshold is the request's own, nil when it named none.
	Threshold *float64 `json:"threshold,omitempty"`
	// The company's values at creation.
	CompanyThreshold       float64  `json:"company_threshold"`
	CompanyTargetFPIR      *float64 `json:"company_target_fpir,omitempty"`
	AllowRequestThresholds bool     `json:"allow_request_thresholds,omitempty"`
	OnlyRaise              bool     `json:"only_raise,omitempty"`

	// Of a QUALITY analysis: the threshold in force, whether best shots are cut
	// out, and the installation's policies at creation.
	ThresholdSpoofing float64       `json:"threshold_spoofing,omitempty"`
	ExtractBestShot   bool          `json:"extract_best_shot,omitempty"`
	GesturePolicy     GesturePolicy `json:"gesture_policy,omitempty"`
	InjectionMode     InjectionMode `json:"injection_mode,omitempty"`
	RequireTake       bool          `json:"require_take,omitempty"`
	// Of a BIOMETRY analysis: the band in force.
	ThresholdMin float64 `json:"threshold_min,omitempty"`
	ThresholdMax float64 `json:"threshold_max,omitempty"`
	// Of a DOCUMENTS analysis.
	RequireMRZ   bool `json:"require_mrz,omitempty"`
	AllowExpired bool `json:"allow_expired,omitempty"`
}

// GesturePolicy says what a gesture that was not seen does (quality.gesture_policy).
type GesturePolicy string

// The policies.
const (
	GestureReport  GesturePolicy = "report"  // it is told
	GestureEnforce GesturePolicy = "enforce" // it is DECLINED
)

// InjectionMode says what signs of injected media do (web.injection_mode).
type InjectionMode string

// The modes.
const (
	InjectionLog     InjectionMode = "log"     // they are kept
	InjectionScore   InjectionMode = "score"   // they raise confidence_spoofing
	InjectionEnforce InjectionMode = "enforce" // they also refuse at the capture
)

// The limits of an analysis request.
const (
	MaxAnalysesPerRequest = 20
	MaxOperatorComment    = 2000 // characters
)

// CollectionResult is the answer of a COLLECTION analysis.
type CollectionResult struct {
	Matched     bool                 `json:"matched"`
	Min         *float64             `json:"min"`
	Max         *float64             `json:"max"`
	Collections []SearchedCollection `json:"collections"`
	Media       []MediaMatches       `json:"media"`
}

// SearchedCollection is a collection as it was when it was searched.
type SearchedCollection struct {
	ID        ID      `json:"collection_id"`
	Alias     string  `json:"alias"`
	OnMatch   OnMatch `json:"on_match"`
	Threshold float64 `json:"threshold"` // the effective one
	Persons   int     `json:"persons_searched"`
	Images    int     `json:"images_searched"`
}

// MediaMatches is what was found for one source medium.
type MediaMatches struct {
	Media ID `json:"media"`
	// Persons at or above their collection's threshold, best first, at most top_k.
	Persons []PersonMatch `json:"persons"`
	// MatchedCollections are all collections with somebody at or above their
	// threshold, also beyond top_k: the verdict reads them.
	MatchedCollections []ID `json:"matched_collections,omitempty"`
	// Confidence of the first person, else the best score seen below, else nil.
	Confidence *float64 `json:"confidence"`
}

// PersonMatch is one person that a probe matched, by the best of its photos.
type PersonMatch struct {
	Person     ID      `json:"person_id"`
	Image      ID      `json:"person_image_id"`
	Collection ID      `json:"collection_id"`
	Alias      string  `json:"alias"`
	Confidence float64 `json:"confidence"`
}
