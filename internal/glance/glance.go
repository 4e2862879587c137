package glance

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"
	"time"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/look"
	"example.org/osprey/media"
)

// MaxFiles bounds one glance: every pair of files is compared.
const MaxFiles = 100

// maxBytes bounds a file.
const maxBytes = 64 << 20

// pictureSide is how long the longer side of a drawn picture is at least, in pixels.
const pictureSide = 1280

// portraitSide is the longest side of a document's portrait in a drawing, in pixels.
const portraitSide = 160

// Options say what is looked for.
type Options struct {
	Document bool                 // look at photographs as documents, too
	Tags     []string             // of all files, as an upload would carry them; photo_id_front for documents when there are none
	Bounds   osprey.CaptureBounds // what good capture asks
	Limits   media.Limits         // of photographs
	Pictures bool                 // keep the pictures for drawing
	Progress func(done, total int)
}

// Failure is why a file could not be looked at.
type Failure struct {
	Code    osprey.Code `json:"code"` // error_code of the API; 0 where the file cannot be read
	Message string      `json:"message"`
	Reason  string      `json:"reason,omitempty"`
}

// Liveness is the liveness of one file.
type Liveness struct {
	Spoofing     float64            `json:"confidence_spoofing"`
	Extrapolated bool               `json:"extrapolated"` // above what the calibration supports
	Injection    *float64           `json:"injection_score"`
	Signs        map[string]float64 `json:"signs,omitempty"`
	Frames       []Frame            `json:"frames,omitempty"`
}

// Frame is the liveness of one frame.
type Frame struct {
	Index    int     `json:"index"`
	Seconds  float64 `json:"seconds"`
	Spoofing float64 `json:"confidence_spoofing"`
	Used     bool    `json:"used"` // one of those that decide
}

// Document is what was seen of a document.
type Document struct {
	Portrait *osprey.Face       `json:"portrait"`
	MRZ      osprey.DocumentMRZ `json:"mrz"`
	Fields   []osprey.TextField `json:"text_fields"`
	Expiry   string             `json:"expiry_date,omitempty"`
	Grade    osprey.Measures    `json:"measures"`
	Failure  *Failure           `json:"failure,omitempty"`

	portrait image.Image
}

// File is what was seen in one file.
type File struct {
	Path      string               `json:"file"`
	Type      osprey.MediaType     `json:"type,omitempty"`
	Info      osprey.MediaInfo     `json:"info"`
	Face      *osprey.Face         `json:"face"` // of the frame that stands for the medium, pixels
	Landmarks []face.Point         `json:"landmarks,omitempty"`
	Measures  osprey.Measures      `json:"measures,omitempty"`
	Codes     []osprey.QualityCode `json:"codes"` // what is not as good capture asks
	Skipped   []osprey.Check       `json:"checks_skipped,omitempty"`
	Liveness  *Liveness            `json:"liveness"`
	Gesture   *osprey.Gesture      `json:"gesture,omitempty"`
	Document  *Document            `json:"document,omitempty"`
	Trace     osprey.Metadata      `json:"trace,omitempty"`
	Millis    float64              `json:"milliseconds"`
	Failure   *Failure             `json:"failure,omitempty"`

	vector  []float32
	picture *picture
}

// Failed tells whether nothing was seen in the file.
func (f *File) Failed() bool {
	return f.Failure != nil && (f.Document == nil || f.Document.Failure != nil)
}

// Pair is how alike the faces of two files are.
type Pair struct {
	A          string  `json:"a"`
	B          string  `json:"b"`
	Confidence float64 `json:"confidence"`
	// OneIn is of how many different people about one reaches the confidence, 0 where
	// that is beyond what the model's calibration supports.
	OneIn float64 `json:"one_in"`

	i, j int
}

// Report is what was seen in all files.
type Report struct {
	Files  []File   `json:"files"`
	Pairs  []Pair   `json:"pairs"`
	Pack   string   `json:"pack"`
	Models []string `json:"models"` // that took part

	// supported is the number of people that the calibration can speak of.
	supported float64
}

// Look looks at each file in turn. A file in which nothing can be seen has a Failure
// that says why; the error is the context's or the machine's.
func Look(ctx context.Context, l *look.Looker, paths []string, o Options) (*Report, error) {
	if len(paths) > MaxFiles {
		return nil, fmt.Errorf("%d files, more than %d", len(paths), MaxFiles)
	}
	if o.Document && len(o.Tags) == 0 {
		o.Tags = []string{"photo_id_front"}
	}
	before := runs(l.Engine())
	name, version := l.Engine().Profile()
	r := &Report{Pack: name + " " + version, Pairs: []Pair{}}
	for i, path := range paths {
		f, err := one(ctx, l, path, o)
		if err != nil {
			return nil, err
		}
		r.Files = append(r.Files, f)
		if o.Progress != nil {
			o.Progress(i+1, len(paths))
		}
	}
	r.compare(l.Engine().Calibration())
	after := runs(l.Engine())
	for _, m := range l.Engine().Models() {
		if after[m.Name] > before[m.Name] {
			r.Models = append(r.Models, m.Name)
		}
	}
	return r, nil
}

func runs(e *face.Engine) map[string]int64 {
	out := map[string]int64{}
	for _, s := range e.Stats() {
		out[s.Name] = s.Runs
	}
	return out
}

// one looks at one file.
func one(ctx context.Context, l *look.Looker, path string, o Options) (File, error) {
	f := File{Path: path, Codes: []osprey.QualityCode{}}
	data, unreadable := read(path)
	if unreadable != nil {
		f.Failure = &Failure{Message: unreadable.Error(), Reason: "unreadable"}
		return f, nil //nolint:nilerr // the failure is the file's, and told in the report
	}
	start := time.Now()
	in, err := l.Receive(ctx, data)
	if err != nil {
		return f, f.fail(ctx, err, &f.Failure)
	}
	f.Type, f.Info = in.Type, in.Info
	still := in.Type == osprey.MediaImage
	// The portrait on a document is printed, so its liveness would tell nothing.
	want := look.Want{Liveness: !osprey.IsDocument(o.Tags), BestShot: !still}
	seen, err := l.Observe(ctx, look.Medium{Type: in.Type, Data: data, Tags: o.Tags, Info: in.Info, SHA256: in.SHA256}, want)
	f.Millis = float64(time.Since(start).Microseconds()) / 1000
	if err != nil {
		if err := f.fail(ctx, err, &f.Failure); err != nil {
			return f, err
		}
	} else {
		f.take(seen, l.Engine(), o)
	}
	if o.Document && still {
		if err := f.document(ctx, l, data, o); err != nil {
			return f, err
		}
	}
	shown := data
	if !still {
		shown = in.Thumb
		if seen != nil && seen.BestShot != nil {
			shown = seen.BestShot
		}
	}
	return f, f.locate(ctx, l.Engine(), shown, still, o)
}

func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() || info.Size() > maxBytes {
		return nil, fmt.Errorf("%s: a folder, or larger than %d bytes", path, maxBytes)
	}
	return os.ReadFile(path) //nolint:gosec // the user names what to look at
}

// fail notes a refusal; other errors it returns.
func (f *File) fail(ctx context.Context, err error, into **Failure) error {
	var e *osprey.Error
	if ctx.Err() != nil || !errors.As(err, &e) {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	reason, _ := e.Details["reason"].(string)
	*into = &Failure{Code: e.Code, Message: e.Message, Reason: reason}
	return nil
}

// take notes what was observed.
func (f *File) take(seen *look.Observation, e *face.Engine, o Options) {
	f.Face, f.Measures, f.Gesture, f.Trace, f.vector = &seen.Face, seen.Grade, seen.Gesture, seen.Trace, seen.Embedding.Vector
	subject := osprey.Subject{Analysis: osprey.AnalysisQuality, Type: f.Type, Gesture: osprey.GestureTag(o.Tags), Document: osprey.IsDocument(o.Tags)}
	codes, skipped := o.Bounds.Warnings(seen.Grade, subject)
	f.Codes, f.Skipped = append(f.Codes, codes...), skipped
	if v := seen.Liveness; v != nil {
		f.Liveness = &Liveness{Spoofing: v.Spoofing, Injection: v.Injection, Signs: v.Signs}
		if c := e.LivenessCalibration(); c != nil {
			f.Liveness.Extrapolated = c.Extrapolated(v.Spoofing)
		}
		for _, s := range v.Frames {
			f.Liveness.Frames = append(f.Liveness.Frames, Frame{s.Index, s.Time.Seconds(), s.Spoofing, s.Used})
		}
	}
}

// document looks at the file as a photograph of a document.
func (f *File) document(ctx context.Context, l *look.Looker, data []byte, o Options) error {
	start := time.Now()
	d, err := l.Document(ctx, data, time.Now())
	f.Millis += float64(time.Since(start).Microseconds()) / 1000
	f.Document = &Document{}
	if err != nil {
		return f.fail(ctx, err, &f.Document.Failure)
	}
	f.Document.Portrait, f.Document.MRZ, f.Document.Fields, f.Document.Expiry, f.Document.Grade = d.Portrait, d.MRZ, d.Fields, d.ExpiryDate, d.Grade
	if o.Pictures && len(d.PortraitJPEG) > 0 {
		frame, err := media.Decode(ctx, d.PortraitJPEG, media.Options{})
		if err != nil {
			return fmt.Errorf("%s: portrait: %w", f.Path, err)
		}
		defer frame.Release()
		f.Document.portrait = (&picture{img: frame.Image, main: -1}).shrink(portraitSide).img
	}
	return nil
}

// compare compares every two faces.
func (r *Report) compare(c *face.Calibration) {
	r.supported = 1 / math.Max(c.ExtrapolatedBelow, 1e-9)
	for i := range r.Files {
		for j := range r.Files[:i] {
			a, b := &r.Files[j], &r.Files[i]
			if a.vector == nil || b.vector == nil {
				continue
			}
			p := Pair{A: a.Path, B: b.Path, Confidence: c.Confidence(float64(osprey.Similarity(a.vector, b.vector))), i: j, j: i}
			if fmr := c.FMR(p.Confidence); !c.Extrapolated(fmr) {
				p.OneIn = 1 / fmr
			}
			r.Pairs = append(r.Pairs, p)
		}
	}
}

// Count gives how many files failed.
func (r *Report) Count() (failed int) {
	for i := range r.Files {
		if r.Files[i].Failed() {
			failed++
		}
	}
	return failed
}

// base is the file's name for people.
func (f *File) base() string { return filepath.Base(f.Path) }
