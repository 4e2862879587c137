package look

import (
	"context"
	"errors"
	"fmt"
	"math"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/media"
)

// centralAreaShare is the share of the largest face's area that a face needs to be
// taken for the subject.
const centralAreaShare = 0.25

// alignSide is the face size in decoded pixels below which a photo that was
// decoded smaller is decoded whole before the face is cut out, so that the crop
// of 112 pixels is never an enlargement of lost detail.
const alignSide = 144

// subject is the face that counts in a picture, cut out and ready to be measured.
// Places are pixels of the decoded frame; the face and the measures that are shown
// are in upright pixels of the original.
type subject struct {
	frame *media.Frame
	det   face.Detection
	crop  *face.Aligned
	found int // faces in the picture
}

// subject finds the faces of a photo, chooses the one that counts and cuts it out.
// All rules use the unclipped box in upright pixels of the original; only what is
// shown is clipped and rounded. It owns the frame from here on: released with an
// error, else in the subject.
func (l *Looker) subject(ctx context.Context, frame *media.Frame, data []byte, gate osprey.Gate, choice Choice) (sub *subject, err error) {
	defer func() {
		if err != nil && frame != nil {
			frame.Release()
		}
	}()
	stop := l.stage("detect")
	faces, err := l.o.Engine.Detect(ctx, frame.Image)
	stop()
	if err != nil {
		return nil, fmt.Errorf("detect: %w", err)
	}
	det, err := choose(faces, gate, choice, frame)
	if err != nil {
		return nil, err
	}
	if det, frame, err = l.sharpen(ctx, det, frame, data); err != nil {
		return nil, err
	}
	crop, err := l.align(ctx, frame, det)
	if err != nil {
		return nil, err
	}
	return &subject{frame: frame, det: det, crop: crop, found: len(faces)}, nil
}

// sharpen decodes the photo whole when the face is small in the reduced one, which
// it then releases. The frame it returns is the one to go on with.
func (l *Looker) sharpen(ctx context.Context, det face.Detection, frame *media.Frame, data []byte) (face.Detection, *media.Frame, error) {
	if frame.Scale >= 1 || det.Box.Shorter() >= alignSide {
		return det, frame, nil
	}
	scale := frame.Scale
	// One frame at a time: two that wait for each other's memory would wait for ever.
	frame.Release()
	whole, err := l.decode(ctx, data, 0)
	if err != nil {
		return det, nil, err
	}
	return enlarge(det, whole.Scale/scale), whole, nil
}

// enlarge moves a detection into an image that is so many times as large.
func enlarge(d face.Detection, by float64) face.Detection {
	d.Box = face.Box{Left: d.Box.Left * by, Top: d.Box.Top * by, Right: d.Box.Right * by, Bottom: d.Box.Bottom * by}
	for i, p := range d.Landmarks {
		d.Landmarks[i] = face.Point{X: p.X * by, Y: p.Y * by}
	}
	return d
}

// align cuts the face out. A detection whose five points span no face is none: the error
// then is that of a picture without a face and wraps face.ErrNoGeometry.
func (l *Looker) align(ctx context.Context, frame *media.Frame, det face.Detection) (*face.Aligned, error) {
	defer l.stage("align")()
	crop, err := l.o.Engine.Align(ctx, frame.Image, det)
	if errors.Is(err, face.ErrNoGeometry) {
		// What the detector took for a face has no eyes, nose and mouth.
		fault := noFace()
		fault.Err = err
		return nil, fault
	}
	if err != nil {
		return nil, fmt.Errorf("align: %w", err)
	}
	return crop, nil
}

func (l *Looker) embed(ctx context.Context, crop *face.Aligned) (face.Embedding, error) {
	defer l.stage("embed")()
	e, err := l.o.Engine.Embed(ctx, crop)
	if err != nil {
		return face.Embedding{}, fmt.Errorf("embed: %w", err)
	}
	return e, nil
}

// face is the box as it is shown.
func (s *subject) face() osprey.Face {
	f := clip(s.det.Box, s.frame)
	f.FacesFound = s.found
	return f
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
		return face.Detection{}, noFace()
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
		return face.Detection{}, severalFaces(count)
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
