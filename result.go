package osprey

// Result is the answer of a FINISHED analysis: the one of its type is set, the
// others are nil.
type Result struct {
	Quality    *QualityResult    `json:"quality,omitempty"`
	Biometry   *BiometryResult   `json:"biometry,omitempty"`
	Collection *CollectionResult `json:"collection,omitempty"`
	Documents  *DocumentsResult  `json:"documents,omitempty"`
}

// Scores lists the scores that decided, for statistics: those of each medium, or of
// each pair.
func (r *Result) Scores() []float64 {
	var out []float64
	switch {
	case r == nil:
	case r.Quality != nil:
		for _, m := range r.Quality.Media {
			out = append(out, m.Spoofing)
		}
	case r.Biometry != nil:
		for _, p := range r.Biometry.Pairs {
			out = append(out, p.Confidence)
		}
	case r.Collection != nil:
		for _, m := range r.Collection.Media {
			if m.Confidence != nil {
				out = append(out, *m.Confidence)
			}
		}
	}
	return out
}

// QualityResult is the answer of a QUALITY analysis (liveness). The worst medium
// decides.
type QualityResult struct {
	// Spoofing is 0 (bona fide) to 1 (presentation attack): the greatest of the
	// media's, injection signs included where the installation counts them.
	Spoofing float64 `json:"confidence_spoofing"`
	// Injection is the chance, 0 to 1, that media did not come from a live camera;
	// nil when no medium allows to measure it.
	Injection *float64       `json:"injection_score"`
	Media     []MediaQuality `json:"media"`
}

// MediaQuality is the liveness of one source medium.
type MediaQuality struct {
	Media     ID       `json:"media"`
	Spoofing  float64  `json:"confidence_spoofing"`
	Injection *float64 `json:"injection_score"`
	Gesture   *Gesture `json:"gesture"`
	// BestShot is the result image, empty when none was asked for or the medium is
	// a photo.
	BestShot ID `json:"best_shot,omitempty"`
}

// Gesture says whether the movement that a medium's tag names was seen.
type Gesture struct {
	Tag      string         `json:"tag"`
	Detected bool           `json:"detected"`
	Reason   *GestureReason `json:"reason"`
	// Enforced: not detected is DECLINED, whatever else was found.
	Enforced bool `json:"enforced,omitempty"`
}

// GestureReason is why a gesture does not count.
type GestureReason string

// The reasons (api.md 9.4).
const (
	GestureNotPerformed    GestureReason = "NOT_PERFORMED"
	GestureWrong           GestureReason = "WRONG_GESTURE"
	GestureTooEarly        GestureReason = "TOO_EARLY"
	GestureDiscontinuity   GestureReason = "DISCONTINUITY"
	GestureIdentityChanged GestureReason = "IDENTITY_CHANGED"
)

// BiometryResult is the answer of a BIOMETRY analysis: the least similar pair
// decides.
type BiometryResult struct {
	Min   float64    `json:"min_confidence"`
	Max   float64    `json:"max_confidence"`
	Pairs []FacePair `json:"pairs"` // all n(n-1)/2, least similar first
}

// FacePair is how alike the faces of two media are.
type FacePair struct {
	A          ID      `json:"a"`
	B          ID      `json:"b"`
	Confidence float64 `json:"confidence"` // 0..1
}

// DocumentsResult is the answer of a DOCUMENTS analysis.
type DocumentsResult struct {
	Fields []TextField     `json:"text_fields"`
	MRZ    DocumentMRZ     `json:"mrz"`
	Checks []DocumentCheck `json:"checks"` // in the order of api.md 9.5.4
	Media  []MediaDocument `json:"media"`
}

// TextField is one text of a document.
type TextField struct {
	Name  string  `json:"field_name"`
	MRZ   *string `json:"mrz"`
	Valid *bool   `json:"valid"` // nil when nothing can be checked
}

// DocumentMRZ is the machine-readable zone that was read, the zero value when none
// was found.
type DocumentMRZ struct {
	Found       bool            `json:"found"`
	Format      string          `json:"format"` // TD1, TD2, TD3, MRV_A, MRV_B
	Valid       bool            `json:"valid"`
	Lines       []string        `json:"lines"`
	CheckDigits map[string]bool `json:"check_digits"`
	Media       ID              `json:"source_media_id"`
	Confidence  float64         `json:"confidence"`
}

// CheckResult is the outcome of one check of a document.
type CheckResult string

// The outcomes.
const (
	CheckPass    CheckResult = "pass"
	CheckFail    CheckResult = "fail"
	CheckSkipped CheckResult = "skipped"
	CheckUnsure  CheckResult = "unsure"
)

// DocumentCheck is one check that was made. Actual and Limit are nil for checks
// that compare nothing.
type DocumentCheck struct {
	Name   string      `json:"name"`
	Result CheckResult `json:"result"`
	Actual *float64    `json:"actual,omitempty"`
	Limit  *float64    `json:"limit,omitempty"`
}

// MediaDocument is what was found on one source image.
type MediaDocument struct {
	Media ID `json:"media"`
	// Portrait is the holder's face in EXIF-upright pixels, nil when none was found.
	Portrait *Face `json:"portrait"`
	// Image is the result image of the portrait, empty when there is none.
	Image ID `json:"image,omitempty"`
}
