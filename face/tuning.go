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
}
