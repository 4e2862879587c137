package face

// Tuning holds the constants that depend on a pack's models. All of it are
// plain values, so that two can be compared.
type Tuning struct {
	// SharpnessE0 is the Laplacian energy (squared grey levels) at which
	// sharpness is 1-1/e.
	SharpnessE0 float64 `json:"sharpness_e0"`
	// FaceNorm is the length of the embedder's raw vector under which a
	// doubtful detection is no face. 0 turns the check off.
	FaceNorm float64 `json:"face_norm"`
	// Eyes is how the mesh and the eye model become the openness of an eye.
	Eyes EyesTuning `json:"eyes,omitzero"`
	// MouthOpen is the distance of the inner lips over the mouth's width at
	// which mouth_open is 1. 0 leaves it unmeasured.
	MouthOpen float64 `json:"mouth_open,omitempty"`
	// Unified is the fit of the unified quality score.
	Unified UnifiedTuning `json:"unified,omitzero"`
}

// EyesTuning is a logistic model of whether an eye is open.
type EyesTuning struct {
	Intercept float64 `json:"intercept"`
	Ratio     float64 `json:"ratio"`  // of the mesh's lid distance over eye width
	Closed    float64 `json:"closed"` // of the eye model's log-odds of closed, at most 4 either way; negative
	FittedOn  string  `json:"fitted_on"`
}

// open gives the openness of an eye, 0 to 1.
func (t EyesTuning) open(ratio, closed float64) float64 {
	const most = 4 // log-odds: the eye model is often sure and wrong
	return sigmoid(t.Intercept + t.Ratio*ratio + t.Closed*clamp(logit(closed), -most, most))
}

// UnifiedTuning is a logistic model of whether a mated comparison succeeds at
// FMR 1e-5, by what one picture shows. Angles enter as degrees over 90,
// squared.
type UnifiedTuning struct {
	Intercept     float64 `json:"intercept"`
	Norm          float64 `json:"norm"`           // of the embedding
	Sharpness     float64 `json:"sharpness"`      // log of it
	Size          float64 `json:"size"`           // log2 of the box's shorter side over 112 px, at most 0
	Brightness    float64 `json:"brightness"`     // log of it, at most that of 0.25
	Contrast      float64 `json:"contrast"`       // log of it
	Turn          float64 `json:"turn"`           // yaw and pitch
	DetectorScore float64 `json:"detector_score"` //
	FittedOn      string  `json:"fitted_on"`
	Pairs         int     `json:"pairs"`
	Date          string  `json:"date"` // YYYY-MM-DD
}
