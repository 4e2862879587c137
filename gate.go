package osprey

// Gate holds the bounds that a face must keep (api.md 17.3). The zero value of
// a bound's switch means it is not checked; see the two constructors.
type Gate struct {
	DetectorScore float64 // least score of a face
	FaceSize      float64 // least shorter side, pixels
	// The rest is checked by the enrolment gate only.
	Full          bool
	Yaw           float64 // greatest absolute degrees
	Pitch         float64
	Roll          float64
	Sharpness     float64
	BrightnessMin float64
	BrightnessMax float64
	FaceInside    float64
}

// EnrolmentGate is the default gate of enrolled photos.
func EnrolmentGate() Gate {
	return Gate{
		DetectorScore: 0.6, FaceSize: 64, Full: true, Yaw: 40, Pitch: 35, Roll: 45,
		Sharpness: 0.15, BrightnessMin: 0.08, BrightnessMax: 0.95, FaceInside: 0.9,
	}
}

// AnalysisGate is the default gate of analysed media: weaker, because refusing
// to look at a doubtful face would help the one who is on the list.
func AnalysisGate() Gate { return Gate{DetectorScore: 0.6, FaceSize: 40} }

// GateCheck is one bound that a face broke, as api.md 7.4 shows it.
type GateCheck struct {
	Name   string  `json:"name"`
	Actual float64 `json:"actual"`
	Limit  float64 `json:"limit"`
}

// Check lists the bounds that the quality breaks, in the order of the table;
// empty when the face passes. The detector score is not among them: below its
// bound there is no face at all.
func (g Gate) Check(q Quality) []GateCheck {
	var broken []GateCheck
	least := func(name string, actual, limit float64) {
		if actual < limit {
			broken = append(broken, GateCheck{name, actual, limit})
		}
	}
	most := func(name string, actual, limit float64) {
		if actual > limit {
			broken = append(broken, GateCheck{name, actual, limit})
		}
	}
	least("face_size", q.FaceSize, g.FaceSize)
	if !g.Full {
		return broken
	}
	most("yaw", abs(q.Yaw), g.Yaw)
	most("pitch", abs(q.Pitch), g.Pitch)
	most("roll", abs(q.Roll), g.Roll)
	least("sharpness", q.Sharpness, g.Sharpness)
	least("brightness", q.Brightness, g.BrightnessMin)
	most("brightness", q.Brightness, g.BrightnessMax)
	least("face_inside", q.FaceInside, g.FaceInside)
	return broken
}

func abs(v float64) float64 {
	if v < 0 {
		return -v
	}
	return v
}

// What makes a second face count (api.md 9.4, 17.3).
const (
	SeveralMinSide      = 24.0 // pixels of the original, shorter side
	SeveralMinAreaShare = 0.05 // of the largest face, at enrolment
	DominantAreaShare   = 0.5  // of the largest face, in analyses
)
