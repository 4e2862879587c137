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

// mrz puts a reading into the contract's words.
func mrz(r document.Reading) (osprey.DocumentMRZ, []osprey.TextField, string) {
	z := osprey.DocumentMRZ{
		Found: true, Format: string(r.MRZ.Format), Valid: r.MRZ.Valid, Lines: r.MRZ.Lines, CheckDigits: r.MRZ.CheckDigits,
		Confidence: r.Confidence,
	}
	var fields []osprey.TextField
	for _, f := range r.MRZ.Fields.List() {
		fields = append(fields, osprey.TextField{Name: f.Name, MRZ: f.Value, Valid: f.Valid})
	}
	return z, fields, r.MRZ.Fields.ExpiryDate.String()
}

// portrait finds the holder's face, the largest, and cuts it out. None is no error.
func (l *Looker) portrait(ctx context.Context, frame *media.Frame, s *DocumentSight) error {
	stop := l.stage("detect")
	faces, err := l.o.Engine.Detect(ctx, frame.Image)
	stop()
	if err != nil {
		return fmt.Errorf("detect: %w", err)
	}
	det, err := choose(faces, l.o.Analysis, Largest, frame)
	if osprey.IsCode(err, osprey.CodeNoFace) {
		return nil
	}
	if err != nil {
		return err
	}
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

// What a document's picture is measured at.
const (
	paperSide    = 1200 // pixels of the longer side for sharpness
	paperBlock   = 24   // pixels of the side of a block
	paperSharp   = 0.8  // ... the energy of that share of the blocks counts: print, not paper
	paperEnergy  = 250  // squared grey levels at which sharpness is 1-1/e
	paperGlaring = 250  // of all three channels, from which a pixel is saturated
)

// paper measures the photograph of a document: sharpness 0 to 1 (the Laplacian energy
// of the blocks that hold print), glare (share of saturated pixels), resolution (pixels
// of the short side), brightness (mean luma, 0 to 1), colour.
func paper(frame *media.Frame) osprey.Measures {
	luma, w, h := reduced(frame.Image)
	sum := 0
	for _, v := range luma {
		sum += int(v)
	}
	glaring := 0
	b := frame.Image.Rect
	for y := range b.Dy() {
		row := frame.Image.Pix[y*frame.Image.Stride : y*frame.Image.Stride+4*b.Dx()]
		for x := 0; x < len(row); x += 4 {
			if min(row[x], row[x+1], row[x+2]) >= paperGlaring {
				glaring++
			}
		}
	}
	return osprey.Measures{
		osprey.CheckSharpness:  1 - math.Exp(-printEnergy(luma, w, h)/paperEnergy),
		osprey.CheckGlare:      float64(glaring) / float64(b.Dx()*b.Dy()),
		osprey.CheckResolution: float64(min(frame.Width, frame.Height)),
		osprey.CheckBrightness: float64(sum) / float64(len(luma)) / 255,
		osprey.CheckColor:      float64(frame.Channels),
	}
}

// reduced is the luma of a picture, made smaller by a whole number so that its longer
// side has paperSide pixels or more, less than twice as many.
func reduced(img *image.RGBA) (luma []uint8, w, h int) {
	b := img.Rect
	by := max(1, max(b.Dx(), b.Dy())/paperSide)
	w, h = max(1, b.Dx()/by), max(1, b.Dy()/by)
	luma = make([]uint8, w*h)
	for y := range h {
		for x := range w {
			sum, n := 0, 0
			for v := y * by; v < min((y+1)*by, b.Dy()); v++ {
				for u := x * by; u < min((x+1)*by, b.Dx()); u++ {
					sum += lumaOf(img.Pix[v*img.Stride+4*u:])
					n++
				}
			}
			luma[y*w+x] = uint8(sum / n)
		}
	}
	return luma, w, h
}

// printEnergy is the mean squared Laplacian of the block at the paperSharp part of all.
func printEnergy(luma []uint8, w, h int) float64 {
	var blocks []float64
	for top := 1; top+paperBlock < h; top += paperBlock {
		for left := 1; left+paperBlock < w; left += paperBlock {
			sum := 0
			for y := top; y < top+paperBlock; y++ {
				for x := left; x < left+paperBlock; x++ {
					i := y*w + x
					d := 4*int(luma[i]) - int(luma[i-1]) - int(luma[i+1]) - int(luma[i-w]) - int(luma[i+w])
					sum += d * d
				}
			}
			blocks = append(blocks, float64(sum)/(paperBlock*paperBlock))
		}
	}
	slices.Sort(blocks)
	return percentile(blocks, paperSharp)
}
