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
	"sync"

	"example.org/osprey"
	"example.org/osprey/document"
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

// Options make a Looker.
type Options struct {
	Engine    *face.Engine
	Limits    media.Limits
	Enrolment osprey.Gate
	Analysis  osprey.Gate
	Thumbnail int // longer side of thumbnails, pixels
	// Player plays videos and shot sets; nil: one without a decoder of videos.
	Player *media.Player
	// Observe, when set, is told how long a stage took, in seconds: decode, detect,
	// align, assess, embed, liveness, gesture, evidence, best_shot, preview, document.
	Observe func(stage string, seconds float64)
}

// Looker looks at photographs. It is safe for concurrent use; the engine's
// semaphore bounds the work, the media budget the memory.
type Looker struct {
	o      Options
	kept   *kept
	reader func() (*document.Reader, error) // of documents, made on first use
}

// New makes a Looker.
func New(o Options) *Looker {
	if o.Observe == nil {
		o.Observe = func(string, float64) {}
	}
	if o.Player == nil {
		o.Player, _ = media.NewPlayer(media.PlayerOptions{Decoder: "off"}) // fails for a decoder alone
	}
	return &Looker{o: o, kept: newKept(), reader: sync.OnceValues(func() (*document.Reader, error) { return document.NewReader(o.Engine) })}
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
	frame, file, err := l.inspect(ctx, data)
	frame.Release()
	return file, err
}

// inspect is Inspect, and hands over the frame; nil with an error.
func (l *Looker) inspect(ctx context.Context, data []byte) (*media.Frame, File, error) {
	frame, err := l.decode(ctx, data, decodeSide)
	if err != nil {
		return nil, File{}, err
	}
	file, err := l.file(frame, data)
	if err != nil {
		frame.Release()
		return nil, File{}, err
	}
	return frame, file, nil
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

// face finds, chooses, gates and embeds.
func (l *Looker) face(ctx context.Context, frame *media.Frame, data []byte, gate osprey.Gate, choice Choice, s *Sight) error {
	sub, err := l.subject(ctx, frame, data, gate, choice)
	if err != nil {
		return err
	}
	defer sub.frame.Release()
	s.Face = sub.face()
	if s.Quality, err = l.assess(ctx, sub, gate); err != nil {
		return err
	}
	s.Embedding, err = l.embed(ctx, sub.crop)
	return err
}

func (l *Looker) decode(ctx context.Context, data []byte, side int) (*media.Frame, error) {
	stop := l.stage("decode")
	defer stop()
	frame, err := media.Decode(ctx, data, media.Options{Limits: l.o.Limits, Side: side})
	if err != nil {
		return nil, MediaFault(err)
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
