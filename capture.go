package osprey

import "math"

// CaptureBounds are what good capture asks of a medium (components.md 9.4, column
// Capture). Between them and the gate of analyses a medium is analysed, and the
// code of what is wrong is a warning.
type CaptureBounds struct {
	DetectorScore float64 // least
	FaceSize      float64 // least, pixels
	FaceShare     float64 // least share of the frame's width
	FaceRatio     float64 // greatest share of the frame's width
	FaceInside    float64 // least
	CenterOffset  float64 // greatest
	Sharpness     float64 // least
	Motion        float64 // greatest, face widths a second
	BrightnessMin float64
	BrightnessMax float64
	LightBalance  float64 // greatest
	LightEvenness float64 // greatest
	Contrast      float64 // least
	Yaw           float64 // greatest, absolute degrees
	Pitch         float64
	Roll          float64
	Occlusion     float64 // greatest
	Mask          float64 // greatest
	Sunglasses    float64 // greatest
	EyesOpen      float64 // least
	MouthOpen     float64 // greatest
	Color         float64 // least number of channels
	Resolution    float64 // least, pixels of the short side
	Frames        float64 // least number of usable frames of a gesture
	Glare         float64 // greatest; documents
	Unified       float64 // least
}

// DefaultCaptureBounds is the table of components.md 9.4.
func DefaultCaptureBounds() CaptureBounds {
	return CaptureBounds{
		DetectorScore: 0.8, FaceSize: 112, FaceShare: 0.22, FaceRatio: 0.8, FaceInside: 0.99, CenterOffset: 0.12,
		Sharpness: 0.4, Motion: 0.6, BrightnessMin: 0.25, BrightnessMax: 0.85, LightBalance: 0.45, LightEvenness: 0.35,
		Contrast: 0.08, Yaw: 15, Pitch: 15, Roll: 15, Occlusion: 0.1, Mask: 0.5, Sunglasses: 0.5, EyesOpen: 0.5,
		MouthOpen: 0.6, Color: colorChannels, Resolution: 480, Frames: 5, Glare: 0.02, Unified: 50,
	}
}

// colorChannels is what liveness needs (components.md 9.4).
const colorChannels = 3

// Subject is what measures were made of: it decides which checks apply.
type Subject struct {
	Analysis AnalysisType // DOCUMENTS looks at the document, the others at the face
	Type     MediaType
	Gesture  string // the gesture tag of the medium, empty for none
	Document bool   // tagged as a photograph of a document
}

// SubjectOf is the subject of an analysis in one of its source media.
func SubjectOf(t AnalysisType, m SourceMedia) Subject {
	return Subject{Analysis: t, Type: m.Type, Gesture: GestureTag(m.Tags), Document: IsDocument(m.Tags)}
}

// sequence reports whether the subject has frames.
func (s Subject) sequence() bool { return s.Type == MediaVideo || s.Type == MediaShotSet }

// captureRule is one row of the table.
type captureRule struct {
	code  QualityCode
	check Check
	// of reads the measure where it is not simply the check's.
	of      func(Measures) (float64, bool)
	bad     func(v float64) bool
	applies func(Subject) bool
}

// read is the measure of the rule.
func (r captureRule) read(m Measures) (float64, bool) {
	if r.of != nil {
		return r.of(m)
	}
	v, ok := m[r.check]
	return v, ok
}

// Warnings lists, in the order of the table, the codes of what is not as good
// capture asks, each once, and the checks that apply to the subject and were not
// measured.
func (b CaptureBounds) Warnings(m Measures, s Subject) (codes []QualityCode, skipped []Check) {
	told := make(map[QualityCode]bool)
	missed := make(map[Check]bool)
	for _, r := range b.rules() {
		if !r.applies(s) {
			continue
		}
		v, ok := r.read(m)
		switch {
		case !ok && !missed[r.check]:
			missed[r.check] = true
			skipped = append(skipped, r.check)
		case ok && r.bad(v) && !told[r.code]:
			told[r.code] = true
			codes = append(codes, r.code)
		}
	}
	return codes, skipped
}

// rules are the rows of components.md 9.4 that have a capture bound.
func (b CaptureBounds) rules() []captureRule {
	return []captureRule{
		{code: NoFace, check: CheckDetectorScore, bad: below(b.DetectorScore), applies: ofFace},
		{code: FaceTooSmall, check: CheckFaceSize, bad: below(b.FaceSize), applies: ofFace},
		{code: FaceTooSmall, check: CheckFaceRatio, of: faceShare, bad: below(b.FaceShare), applies: ofSelfie},
		{code: FaceTooClose, check: CheckFaceRatio, of: faceShare, bad: above(b.FaceRatio), applies: ofSelfie},
		{code: FaceCut, check: CheckFaceInside, bad: below(b.FaceInside), applies: ofFace},
		{code: OffCenter, check: CheckCenterOffset, bad: above(b.CenterOffset), applies: ofSelfie},
		{code: Blurred, check: CheckSharpness, bad: below(b.Sharpness), applies: ofFace},
		{code: MotionBlur, check: CheckMotion, bad: above(b.Motion), applies: ofSequence},
		{code: TooDark, check: CheckBrightness, bad: below(b.BrightnessMin), applies: ofFace},
		{code: TooBright, check: CheckBrightness, bad: above(b.BrightnessMax), applies: ofFace},
		{code: Backlight, check: CheckLightBalance, bad: above(b.LightBalance), applies: ofFace},
		{code: UnevenLight, check: CheckLightEvenness, bad: above(b.LightEvenness), applies: ofFace},
		{code: LowContrast, check: CheckContrast, bad: below(b.Contrast), applies: ofFace},
		{code: Pose, check: CheckYaw, bad: beyond(b.Yaw), applies: ofFace},
		{code: Pose, check: CheckPitch, bad: beyond(b.Pitch), applies: ofFace},
		{code: Pose, check: CheckRoll, bad: beyond(b.Roll), applies: ofFace},
		{code: Occluded, check: CheckOcclusion, bad: above(b.Occlusion), applies: ofFace},
		{code: Mask, check: CheckMask, bad: above(b.Mask), applies: ofFace},
		{code: Sunglasses, check: CheckSunglasses, bad: above(b.Sunglasses), applies: ofFace},
		{code: EyesClosed, check: CheckEyesOpen, bad: below(b.EyesOpen), applies: except(GestureTagEyes)},
		{code: MouthOpen, check: CheckMouthOpen, bad: above(b.MouthOpen), applies: except(GestureTagSmile)},
		{code: Grayscale, check: CheckColor, bad: below(b.Color), applies: ofFace},
		{code: LowResolution, check: CheckResolution, bad: below(b.Resolution), applies: ofAll},
		{code: TooFewFrames, check: CheckFrames, bad: below(b.Frames), applies: ofMovement},
		{code: DocNotFound, check: CheckDocNotFound, of: unmeasured, applies: ofDocument},
		{code: DocTooSmall, check: CheckDocTooSmall, of: unmeasured, applies: ofDocument},
		{code: DocCut, check: CheckDocCut, of: unmeasured, applies: ofDocument},
		{code: Glare, check: CheckGlare, bad: above(b.Glare), applies: ofDocument},
		{code: LowQuality, check: CheckUnified, bad: below(b.Unified), applies: ofFace},
	}
}

// A measure that is no number is as bad as can be.
func below(limit float64) func(float64) bool { return func(v float64) bool { return !(v >= limit) } }

func above(limit float64) func(float64) bool { return func(v float64) bool { return !(v <= limit) } }

func beyond(limit float64) func(float64) bool {
	return func(v float64) bool { return !(math.Abs(v) <= limit) }
}

// faceShare is the box's width by the frame's, which two rows of the table bound
// from either side.
func faceShare(m Measures) (float64, bool) {
	if v, ok := m[CheckFaceRatio]; ok {
		return v, true
	}
	v, ok := m[CheckFaceShare]
	return v, ok
}

// unmeasured is a row of the table that analyses cannot check: it is told as skipped,
// because a check that was left out never passes silently (components.md 9.4).
func unmeasured(Measures) (float64, bool) { return 0, false }

func ofAll(Subject) bool        { return true }
func ofFace(s Subject) bool     { return s.Analysis != AnalysisDocuments }
func ofDocument(s Subject) bool { return s.Analysis == AnalysisDocuments }
func ofSequence(s Subject) bool { return ofFace(s) && s.sequence() }

// ofSelfie leaves out portraits on documents, which are small and beside the middle.
func ofSelfie(s Subject) bool { return ofFace(s) && !s.Document }

// ofMovement are sequences that are to prove a gesture by several frames.
func ofMovement(s Subject) bool { return ofSequence(s) && GestureMoves(s.Gesture) }

// except leaves out one gesture, which breaks the bound by itself.
func except(gesture string) func(Subject) bool {
	return func(s Subject) bool { return ofFace(s) && s.Gesture != gesture }
}

// CheckColors refuses media without three colour channels where liveness is asked
// (code 22, components.md 9.4): its models judge colour. Other analyses only warn.
func CheckColors(t AnalysisType, m Measures) error {
	channels, ok := m[CheckColor]
	if t != AnalysisQuality || !ok || channels >= colorChannels {
		return nil
	}
	return Errorf(CodeLowQuality, "The medium has no colours").With("reason", "low_quality").
		With("checks", []GateCheck{{Name: string(CheckColor), Actual: channels, Limit: colorChannels}})
}
