package look

import (
	"time"

	"example.org/osprey"
	"example.org/osprey/face"
)

// Intake is a file that was received for a folder and found good: what it is and
// what is made of it at once.
type Intake struct {
	Type    osprey.MediaType
	Info    osprey.MediaInfo
	SHA256  string // hex, of the bytes
	Thumb   []byte // JPEG
	Preview []byte // MP4 of a shot set, nil where none can be made
	// Manifest and Frames are, for a shot set, its manifest.json (nil when there is
	// none) and the SHA-256 of each frame in order.
	Manifest []byte
	Frames   [][32]byte
}

// Medium is what an analysis looks at.
type Medium struct {
	Type osprey.MediaType
	Data []byte
	Tags []string
	Info osprey.MediaInfo // as the intake measured it
	// SHA256 is that of Data, hex, by which the intake's frame of a photo is found;
	// empty where there was no intake.
	SHA256 string
	// Gesture is the gesture tag that the step of a verified take asks for, which counts
	// whatever the tags say; empty for every other medium.
	Gesture string
}

// gesture is the tag of the gesture that the medium is judged by, empty for none.
func (m Medium) gesture() string {
	if m.Gesture != "" {
		return m.Gesture
	}
	return osprey.GestureTag(m.Tags)
}

// Want says what of a medium is asked for beyond its face, measures and template.
type Want struct {
	Liveness bool // presentation attack, signs of injection, the gesture of the take or the tags
	BestShot bool // the best frame as a JPEG, of videos and shot sets
}

// Observation is everything that was seen in a medium.
type Observation struct {
	Face    osprey.Face     // of the frame that stands for the medium
	Quality osprey.Quality  // of that frame
	Grade   osprey.Measures // every measure that could be made, of that frame and of the sequence
	// Embedding is the template: of a photo its face's, of a sequence the mean of its
	// best frames' weighted by their quality, made length 1 again.
	Embedding face.Embedding
	Liveness  *Liveness       // nil unless it was wanted
	Gesture   *osprey.Gesture // nil where neither take nor tags ask for one, or unless liveness was wanted
	BestShot  []byte          // JPEG; nil unless wanted, and for photos
	// Trace tells how it came about: frames read and used, which frame stands for the
	// medium, which decided the liveness, milliseconds of the stages.
	Trace osprey.Metadata
}

// Liveness is how likely a medium shows a presentation attack.
type Liveness struct {
	// Spoofing is confidence_spoofing, 0 to 1, by the presentation models alone.
	Spoofing float64
	// Injection is the chance, 0 to 1, that the frames did not come from a live
	// camera; nil when it could not be measured (a photo).
	Injection *float64
	// Signs are what raised Injection: frozen, looped, repeated, moved_still, cut,
	// identity_changed ..., each 0 to 1.
	Signs  map[string]float64
	Frames []FrameScore
}

// FrameScore is the liveness of one frame.
type FrameScore struct {
	Index    int
	Time     time.Duration
	Raw      float64 // log-odds of an attack, as the pack's fusion gives it
	Spoofing float64 // the same on the scale of confidence_spoofing
	Used     bool    // one of the highest, whose mean is the medium's
	// Members are the log-odds of an attack of each member of the pack's fusion, in
	// the manifest's order.
	Members []float64
}

// DocumentSight is what was seen on a photograph of a document.
type DocumentSight struct {
	Portrait     *osprey.Face // nil when none was found
	PortraitJPEG []byte       // the holder's portrait cut out with a margin, nil without one
	MRZ          osprey.DocumentMRZ
	Fields       []osprey.TextField
	ExpiryDate   string          // the last day that the document can be good, ISO 8601; empty where it is not known
	Grade        osprey.Measures // sharpness, glare, resolution and the other measures of documents
	Trace        osprey.Metadata
}
