package glance

import (
	"context"
	"fmt"
	"image"
	"math"

	"golang.org/x/image/draw"

	"example.org/osprey/face"
	"example.org/osprey/media"
)

// picture is what is drawn of a file: its photo or best frame, with the places of the
// faces in pixels of the image.
type picture struct {
	img   *image.RGBA
	faces []face.Detection
	main  int        // of faces, -1 where none counts
	mesh  *face.Mesh // of the main face, nil where the pack has no model for it
}

// locate finds again the places in the picture that stands for the file: an
// observation tells the face's box alone. A picture that cannot be decoded is none.
func (f *File) locate(ctx context.Context, e *face.Engine, data []byte, still bool, o Options) error {
	if len(data) == 0 {
		return nil
	}
	limits := o.Limits
	if !still {
		limits = media.Limits{MinSide: 1} // made by Osprey itself
	}
	frame, err := media.Decode(ctx, data, media.Options{Side: pictureSide, Limits: limits})
	if err != nil {
		return ctx.Err() // the failure of the file has told it already
	}
	defer frame.Release()
	p := &picture{img: frame.Image, main: -1}
	if p.faces, err = e.Detect(ctx, frame.Image); err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	if f.Face != nil && len(p.faces) > 0 {
		p.main = f.nearest(p.faces, frame.Scale, still)
		main := p.faces[p.main]
		if main.Landmarks == [5]face.Point{} {
			if a, err := e.Align(ctx, frame.Image, main); err == nil {
				main.Landmarks = a.Landmarks
				p.faces[p.main] = main
			}
		}
		for _, l := range main.Landmarks {
			f.Landmarks = append(f.Landmarks, face.Point{X: round(l.X / frame.Scale), Y: round(l.Y / frame.Scale)})
		}
		if o.Pictures && e.Has(face.TaskMesh) {
			if m, err := e.Mesh(ctx, frame.Image, main); err == nil {
				p.mesh = &m
			}
		}
	}
	if o.Pictures {
		f.picture = p.shrink(shownSide)
	}
	return nil
}

// shownSide is the longest side of a picture that is kept for drawing, in pixels.
const shownSide = 640

// shrink is a copy of the picture that fits into a square: frames of the decoder
// belong to its budget and must go back.
func (p *picture) shrink(side int) *picture {
	b := p.img.Bounds()
	by := math.Min(3, float64(side)/float64(max(b.Dx(), b.Dy())))
	out := &picture{img: image.NewRGBA(image.Rect(0, 0, max(1, int(float64(b.Dx())*by)), max(1, int(float64(b.Dy())*by)))), main: p.main}
	draw.CatmullRom.Scale(out.img, out.img.Bounds(), p.img, b, draw.Src, nil)
	for _, d := range p.faces {
		d.Box = face.Box{Left: d.Box.Left * by, Top: d.Box.Top * by, Right: d.Box.Right * by, Bottom: d.Box.Bottom * by}
		for i, l := range d.Landmarks {
			d.Landmarks[i] = face.Point{X: l.X * by, Y: l.Y * by}
		}
		out.faces = append(out.faces, d)
	}
	if p.mesh != nil {
		mesh := *p.mesh
		for i, q := range mesh.Points {
			mesh.Points[i] = face.Point3{X: q.X * by, Y: q.Y * by, Z: q.Z * by}
		}
		out.mesh = &mesh
	}
	return out
}

func round(v float64) float64 { return math.Round(v*10) / 10 }

// nearest is the detection that is the observed face: the one that overlaps it most,
// or of a best frame, which may be cut out, the largest.
func (f *File) nearest(faces []face.Detection, scale float64, still bool) int {
	if !still {
		return 0
	}
	want := face.Box{Left: float64(f.Face.Left) * scale, Top: float64(f.Face.Top) * scale, Right: float64(f.Face.Right) * scale, Bottom: float64(f.Face.Bottom) * scale}
	best, most := 0, -1.0
	for i, d := range faces {
		common := d.Box.Intersect(want).Area()
		if share := common / (d.Box.Area() + want.Area() - common); share > most {
			best, most = i, share
		}
	}
	return best
}
