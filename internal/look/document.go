package look

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"slices"
	"time"

	"example.org/osprey"
	"example.org/osprey/document"
	"example.org/osprey/face"
	"example.org/osprey/media"
)

// documentSide is the length in pixels that the longer side of a document's photo
// keeps at least when it is decoded: the small print of a passport that fills two
// thirds of the picture is then still read.
const documentSide = 2400

// portraitMargin is what is left around the holder's face, of the face box's sides, and
// portraitQuality the quality of the JPEG.
const (
	portraitMargin  = 0.35
	portraitQuality = 92
)

// Document looks at a photograph of a document. today decides the centuries of
// two-digit years. The error is an *osprey.Error about the file as of Photo, or the
// engine's: a document without a portrait or MRZ is none.
func (l *Looker) Document(ctx context.Context, data []byte, today time.Time) (*DocumentSight, error) {
	clock := newClock()
	frame, err := l.decode(ctx, data, documentSide)
	if err != nil {
		return nil, stillOnly(err)
	}
	defer frame.Release()
	clock.lap("decode")
	s := &DocumentSight{Grade: paper(frame)}
	if err := l.portrait(ctx, frame, s); err != nil {
		return nil, err
	}
	clock.lap("detect")
	reader, err := l.reader()
	if err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	stop := l.stage("document")
	found, err := reader.Read(ctx, frame.Image, today)
	stop()
	if err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	clock.lap("document")
	if found.Found {
		s.MRZ, s.Fields, s.ExpiryDate = mrz(found)
	}
	s.Trace = osprey.Metadata{"ms": clock.spent}
	return s, nil
}

// mrz puts a reading into the contract's words, with the last day that its date of
// expiry can mean: a document that leaves the day or the month open is good until then.
func mrz(r document.Reading) (osprey.DocumentMRZ, []osprey.TextField, string) {
	z := osprey.DocumentMRZ{
		Found: true, Format: string(r.MRZ.Format), Valid: r.MRZ.Valid, Lines: r.MRZ.Lines, CheckDigits: r.MRZ.CheckDigits,
		Confidence: r.Confidence,
	}
	var fields []osprey.TextField
	for _, f := range r.MRZ.Fields.List() {
		fields = append(fields, osprey.TextField{Name: f.Name, MRZ: f.Value, Valid: f.Valid})
	}
	last, known := r.MRZ.Fields.ExpiryDate.Last()
	if !known {
		return z, fields, ""
	}
	return z, fields, last.Format(time.DateOnly)
}

// portrait finds the holder's face, not a ghost of it, and cuts it out. None is no error.
func (l *Looker) portrait(ctx context.Context, frame *media.Frame, s *DocumentSight) error {
	stop := l.stage("detect")
	faces, err := l.o.Engine.Detect(ctx, frame.Image)
	stop()
	if err != nil {
		return fmt.Errorf("detect: %w", err)
	}
	faces = slices.DeleteFunc(faces, func(d face.Detection) bool { return d.Score < l.o.Analysis.DetectorScore })
	at := document.Portrait(faces, image.Rectangle{}, frame.Image)
	if at < 0 {
		return nil
	}
	det := faces[at]
	box := clip(det.Box, frame)
	box.FacesFound = len(faces)
	s.Portrait = &box
	s.Grade[osprey.CheckDetectorScore], s.Grade[osprey.CheckFaceSize] = det.Score, size(det, frame.Scale)
	cut := frame.Image.SubImage(margin(det.Box).Intersect(frame.Image.Rect))
	if cut.Bounds().Empty() {
		return errors.New("document: the portrait lies outside the picture")
	}
	if s.PortraitJPEG, err = media.EncodeJPEG(cut, portraitQuality); err != nil {
		return fmt.Errorf("portrait: %w", err)
	}
	return nil
}

// margin is a face box with what belongs to a portrait around it.
func margin(b face.Box) image.Rectangle {
	w, h := portraitMargin*b.Width(), portraitMargin*b.Height()
	return image.Rect(int(math.Floor(b.Left-w)), int(math.Floor(b.Top-h)), int(math.Ceil(b.Right+w)), int(math.Ceil(b.Bottom+h)))
}

// paper measures the photograph of a document: sharpness and glare of the document,
// resolution (pixels of the short side of the original), colour.
func paper(frame *media.Frame) osprey.Measures {
	m := document.Measure(frame.Image)
	return osprey.Measures{
		osprey.CheckSharpness:  m.Sharpness,
		osprey.CheckGlare:      m.Glare,
		osprey.CheckResolution: float64(min(frame.Width, frame.Height)),
		osprey.CheckColor:      float64(frame.Channels),
	}
}
