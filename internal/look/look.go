// Package look turns a photograph into what Osprey keeps of it: the face that
// counts, its measures, its template. It is one function with two gates
// (enrolment, analysis) and three choices of face (strict, largest, dominant),
// used by enrolment, dry run, search by photo, analysis and evaluation alike.
package look

import (
	"context"
	"crypto/md5" //nolint:gosec // the contract shows an MD5 of the file; nothing trusts it
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/media"
)

// Choice says which face of a photograph counts.
type Choice string

// The choices.
const (
	Strict   Choice = "strict"   // exactly one face, or it is several faces
	Largest  Choice = "largest"  // the largest, whatever else is there
	Dominant Choice = "dominant" // the largest, unless another has half its area
	// Central is for sets of photographs that have their subject in the middle: of
	// the faces with a quarter of the largest's area, the one nearest to the centre.
	Central Choice = "central"
)

// centralAreaShare is the share of the largest face's area that a face needs to be
// taken for the subject.
const centralAreaShare = 0.25

// ChoiceFor is the choice of an analysis for a medium with these tags: on a
// document the largest face counts, elsewhere one must dominate.
func ChoiceFor(tags []string) Choice {
	if osprey.IsDocument(tags) {
		return Largest
	}
	return Dominant
}

// decodeSide is the length in pixels that the longer side of a decoded photo
// keeps at least: enough for the detector's smallest face, and a quarter of the
// work for a photo of 12 megapixels.
const decodeSide = 1600

// alignSide is the face size in decoded pixels below which a photo that was
// decoded smaller is decoded whole before the face is cut out, so that the crop
// of 112 pixels is never an enlargement of lost detail.
const alignSide = 144

// Options make a Looker.
type Options struct {
	Engine    *face.Engine
	Limits    media.Limits
	Enrolment osprey.Gate
	Analysis  osprey.Gate
	Thumbnail int // longer side of thumbnails, pixels
	// Observe, when set, is told how long a stage took, in seconds: decode,
	// detect, align, embed, assess.
	Observe func(stage string, seconds float64)
}

// Looker looks at photographs. It is safe for concurrent use; the engine's
// semaphore bounds the work, the media budget the memory.
type Looker struct{ o Options }

// New makes a Looker.
func New(o Options) *Looker {
	if o.Observe == nil {
		o.Observe = func(string, float64) {}
	}
	return &Looker{o: o}
}

// Engine is the face engine it looks with.
func (l *Looker) Engine() *face.Engine { return l.o.Engine }

// EnrolmentGate is the gate for enrolled photos.
func (l *Looker) EnrolmentGate() osprey.Gate { return l.o.Enrolment }

// AnalysisGate is the gate for analysed media.
func (l *Looker) AnalysisGate() osprey.Gate { return l.o.Analysis }

// File is an image file that was decoded once: its facts and its thumbnail.
type File struct {
	Info   osprey.ImageInfo
	SHA256 string // hex, of the bytes
	Thumb  []byte // JPEG
	Ext    string // file extension of the sniffed type, without dot
}

// Sight is what was seen in a photograph.
type Sight struct {
	File
	Face      osprey.Face
	Quality   osprey.Quality
	Embedding face.Embedding
}

// Inspect decodes an image file without looking for a face.
func (l *Looker) Inspect(ctx context.Context, data []byte) (File, error) {
	frame, err := l.decode(ctx, data, decodeSide)
	if err != nil {
		return File{}, err
	}
	defer frame.Release()
	return l.file(frame, data)
}

// Photo looks at a photograph with one of the gates. The error is an
// *osprey.Error with the code and details of api.md 7.4, without the field.
func (l *Looker) Photo(ctx context.Context, data []byte, gate osprey.Gate, choice Choice) (*Sight, error) {
	frame, err := l.decode(ctx, data, decodeSide)
	if err != nil {
		return nil, stillOnly(err)
	}
	defer frame.Release()
	file, err := l.file(frame, data)
	if err != nil {
		return nil, err
	}
	s := &Sight{File: file}
	if err := l.face(ctx, frame, data, gate, choice, s); err != nil {
		return nil, err
	}
	return s, nil
}

// Template looks at a photograph that was inspected before: no thumbnail and no
// hashes are made again.
func (l *Looker) Template(ctx context.Context, data []byte, gate osprey.Gate, choice Choice) (*Sight, error) {
	frame, err := l.decode(ctx, data, decodeSide)
	if err != nil {
		return nil, err
	}
	defer frame.Release()
	s := &Sight{}
	if err := l.face(ctx, frame, data, gate, choice, s); err != nil {
		return nil, err
	}
	return s, nil
}

// face finds, chooses, gates and embeds. All rules use the unclipped box in
// upright pixels of the original; only the answer is clipped and rounded.
func (l *Looker) face(ctx context.Context, frame *media.Frame, data []byte, gate osprey.Gate, choice Choice, s *Sight) error {
	stop := l.stage("detect")
	faces, err := l.o.Engine.Detect(ctx, frame.Image)
	stop()
	if err != nil {
		return fmt.Errorf("detect: %w", err)
	}
	det, err := choose(faces, gate, choice, frame)
	if err != nil {
		return err
	}
	det, frame, done, err := l.sharpen(ctx, det, frame, data)
	if err != nil {
		return err
	}
	defer done()

	stop = l.stage("align")
	crop, err := l.o.Engine.Align(ctx, frame.Image, det)
	stop()
	if err != nil {
		return fmt.Errorf("align: %w", err)
	}
	s.Face = clip(det.Box, frame)
	s.Face.FacesFound = len(faces)
	if err := l.assess(ctx, frame, det, crop, gate, s); err != nil {
		return err
	}
	stop = l.stage("embed")
	defer stop()
	s.Embedding, err = l.o.Engine.Embed(ctx, crop)
	if err != nil {
		return fmt.Errorf("embed: %w", err)
	}
	return nil
}

// assess measures the face and applies the gate before the embedder runs. The
// measures of pose cost an inference, which the weak gate of analyses does not
// ask for.
func (l *Looker) assess(ctx context.Context, frame *media.Frame, det face.Detection, crop *face.Aligned, gate osprey.Gate, s *Sight) error {
	if !gate.Full {
		s.Quality = osprey.Quality{FaceSize: size(det, frame.Scale), DetectorScore: det.Score}
	} else {
		stop := l.stage("assess")
		q, err := l.o.Engine.Assess(ctx, frame.Image, det, crop)
		stop()
		if err != nil {
			return fmt.Errorf("assess: %w", err)
		}
		s.Quality = osprey.Quality{
			FaceSize: size(det, frame.Scale), Yaw: q.Yaw, Pitch: q.Pitch, Roll: q.Roll, Sharpness: q.Sharpness,
			Brightness: q.Brightness, FaceInside: q.FaceInside, DetectorScore: q.DetectorScore,
		}
	}
	return GateError(gate, s.Quality)
}

// GateError is the refusal of a face that breaks the gate, or nil.
func GateError(gate osprey.Gate, q osprey.Quality) error {
	if broken := gate.Check(q); len(broken) > 0 {
		return osprey.Errorf(osprey.CodeLowQuality, "The face does not pass the quality gate").
			With("reason", "low_quality").With("checks", broken)
	}
	return nil
}

// choose applies the rules of which faces count.
func choose(faces []face.Detection, gate osprey.Gate, choice Choice, frame *media.Frame) (face.Detection, error) {
	kept := faces[:0:0]
	for _, f := range faces {
		if f.Score >= gate.DetectorScore {
			kept = append(kept, f)
		}
	}
	if len(kept) == 0 {
		return face.Detection{}, osprey.Errorf(osprey.CodeNoFace, "No face found").With("reason", "no_face")
	}
	largest := kept[0] // Detect sorts by area
	if choice == Central {
		return central(kept, frame), nil
	}
	count := 1
	for _, f := range kept[1:] {
		switch share := f.Box.Area() / largest.Box.Area(); choice {
		case Strict:
			if share >= osprey.SeveralMinAreaShare && size(f, frame.Scale) >= osprey.SeveralMinSide {
				count++
			}
		case Dominant:
			if share >= osprey.DominantAreaShare {
				count++
			}
		case Largest:
		}
	}
	if count > 1 {
		return face.Detection{}, osprey.Errorf(osprey.CodeSeveralFaces, "Several faces found where one is required").
			With("reason", "several_faces").With("limit", 1).With("actual", count)
	}
	return largest, nil
}

// central is the face nearest to the middle of the photo among those that are not
// much smaller than the largest.
func central(faces []face.Detection, frame *media.Frame) face.Detection {
	b := frame.Image.Bounds()
	cx, cy := float64(b.Min.X+b.Max.X)/2, float64(b.Min.Y+b.Max.Y)/2
	best, least := faces[0], math.Inf(1)
	for _, f := range faces {
		c := f.Box.Center()
		if d := math.Hypot(c.X-cx, c.Y-cy); d < least && f.Box.Area() >= centralAreaShare*faces[0].Box.Area() {
			best, least = f, d
		}
	}
	return best
}

// sharpen decodes the photo whole when the face is small in the reduced one, whose
// frame it then releases. The frame it returns is the one to go on with; done
// releases what it made.
func (l *Looker) sharpen(ctx context.Context, det face.Detection, frame *media.Frame, data []byte) (face.Detection, *media.Frame, func(), error) {
	if frame.Scale >= 1 || det.Box.Shorter() >= alignSide {
		return det, frame, func() {}, nil
	}
	scale := frame.Scale
	// One frame at a time: two that wait for each other's memory would wait for ever.
	frame.Release()
	whole, err := l.decode(ctx, data, 0)
	if err != nil {
		return det, nil, nil, err
	}
	up := whole.Scale / scale
	det.Box = face.Box{Left: det.Box.Left * up, Top: det.Box.Top * up, Right: det.Box.Right * up, Bottom: det.Box.Bottom * up}
	for i, p := range det.Landmarks {
		det.Landmarks[i] = face.Point{X: p.X * up, Y: p.Y * up}
	}
	return det, whole, whole.Release, nil
}

// size is the shorter side of the unclipped box in pixels of the original.
func size(d face.Detection, scale float64) float64 { return d.Box.Shorter() / scale }

// clip brings a box into the original and rounds it.
func clip(b face.Box, frame *media.Frame) osprey.Face {
	in := func(v float64, limit int) int {
		return min(max(int(math.Round(v/frame.Scale)), 0), limit)
	}
	return osprey.Face{
		Left: in(b.Left, frame.Width), Top: in(b.Top, frame.Height),
		Right: in(b.Right, frame.Width), Bottom: in(b.Bottom, frame.Height),
	}
}

func (l *Looker) decode(ctx context.Context, data []byte, side int) (*media.Frame, error) {
	stop := l.stage("decode")
	defer stop()
	frame, err := media.Decode(ctx, data, media.Options{Limits: l.o.Limits, Side: side})
	if err != nil {
		return nil, mediaFault(err)
	}
	return frame, nil
}

func (l *Looker) file(frame *media.Frame, data []byte) (File, error) {
	thumb, err := media.Thumbnail(frame, l.o.Thumbnail)
	if err != nil {
		return File{}, fmt.Errorf("thumbnail: %w", err)
	}
	sum5 := md5.Sum(data) //nolint:gosec // see the import
	sum := sha256.Sum256(data)
	return File{
		Info: osprey.ImageInfo{
			MD5: hex.EncodeToString(sum5[:]), Size: int64(len(data)), MIME: frame.Type.MIME(),
			Width: frame.Width, Height: frame.Height,
		},
		SHA256: hex.EncodeToString(sum[:]), Thumb: thumb, Ext: frame.Type.Ext(),
	}, nil
}
