package osprey

// QualityCode is the machine code of something wrong with a picture: the same in
// analyses, hints, reasons and texts of every component (components.md 9.4).
type QualityCode string

// The codes.
const (
	NoFace        QualityCode = "NO_FACE"
	SeveralFaces  QualityCode = "SEVERAL_FACES"
	FaceTooSmall  QualityCode = "FACE_TOO_SMALL"
	FaceTooClose  QualityCode = "FACE_TOO_CLOSE"
	FaceCut       QualityCode = "FACE_CUT"
	OffCenter     QualityCode = "OFF_CENTER"
	Blurred       QualityCode = "BLURRED"
	MotionBlur    QualityCode = "MOTION_BLUR"
	TooDark       QualityCode = "TOO_DARK"
	TooBright     QualityCode = "TOO_BRIGHT"
	Backlight     QualityCode = "BACKLIGHT"
	UnevenLight   QualityCode = "UNEVEN_LIGHT"
	LowContrast   QualityCode = "LOW_CONTRAST"
	Pose          QualityCode = "POSE"
	Occluded      QualityCode = "OCCLUDED"
	Mask          QualityCode = "MASK"
	Sunglasses    QualityCode = "SUNGLASSES"
	EyesClosed    QualityCode = "EYES_CLOSED"
	MouthOpen     QualityCode = "MOUTH_OPEN"
	Grayscale     QualityCode = "GRAYSCALE"
	LowResolution QualityCode = "LOW_RESOLUTION"
	TooFewFrames  QualityCode = "TOO_FEW_FRAMES"
	DocNotFound   QualityCode = "DOC_NOT_FOUND"
	DocTooSmall   QualityCode = "DOC_TOO_SMALL"
	DocCut        QualityCode = "DOC_CUT"
	Glare         QualityCode = "GLARE"
	LowQuality    QualityCode = "LOW_QUALITY"
)

// Check names a measure of a picture, as details.checks of code 22 does.
type Check string

// The checks, with their units.
const (
	CheckDetectorScore Check = "detector_score" // 0..1
	CheckFaceSize      Check = "face_size"      // shorter box side, pixels of the original
	CheckFaceShare     Check = "face_share"     // box width / frame width; FACE_TOO_SMALL asks for a least share while capturing
	CheckFaceRatio     Check = "face_ratio"     // box width / frame width
	CheckFaceInside    Check = "face_inside"    // share of the box inside the image
	CheckCenterOffset  Check = "center_offset"  // distance of centres / frame width
	CheckSharpness     Check = "sharpness"      // 0..1
	CheckMotion        Check = "motion"         // face widths a second; sequences only
	CheckBrightness    Check = "brightness"     // mean luma, 0..1
	CheckLightBalance  Check = "light_balance"  // background minus face luma
	CheckLightEvenness Check = "light_evenness" // left/right luma difference
	CheckContrast      Check = "contrast"       // luma deviation
	CheckYaw           Check = "yaw"            // degrees
	CheckPitch         Check = "pitch"          // degrees
	CheckRoll          Check = "roll"           // degrees
	CheckOcclusion     Check = "occlusion"      // share of the face covered
	CheckMask          Check = "mask"           // probability
	CheckSunglasses    Check = "sunglasses"     // probability
	CheckEyesOpen      Check = "eyes_open"      // lower eye, 0..1
	CheckMouthOpen     Check = "mouth_open"     // 0..1
	CheckColor         Check = "color"          // image channels
	CheckResolution    Check = "resolution"     // short image side, pixels
	CheckFrames        Check = "frames"         // frames with a usable face; sequences only
	CheckUnified       Check = "unified"        // 0..100
	CheckGlare         Check = "glare"          // share of saturated pixels; documents only
	// The place of a document in the picture; nothing in an analysis measures it yet.
	CheckDocNotFound Check = "doc_not_found"
	CheckDocTooSmall Check = "doc_too_small"
	CheckDocCut      Check = "doc_cut"
)

// Measures are what was measured of a picture. A check that is not there could not
// be made: it never passes silently.
type Measures map[Check]float64
