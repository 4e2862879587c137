package document

import (
	"image"
	"math"

	"example.org/osprey/face"
)

// rival is the share of the largest face's area from which another may be the
// portrait: secondary portraits are rarely larger than the first, but some
// are.
const rival = 0.4

// Portrait picks the holder's portrait among the faces that were detected on
// the image of a document: the largest, unless one of about its size is
// printed more strongly. Ghost images, the secondary portraits of many
// documents, are smaller or pale. Faces whose middle lies outside bounds do
// not count; empty bounds are the whole image. Boxes and bounds are in pixels
// of the image whose upper left corner is (0, 0). The result is an index into
// faces, -1 when there is none.
func Portrait(faces []face.Detection, bounds image.Rectangle, img image.Image) int {
	if bounds.Empty() {
		bounds = img.Bounds().Sub(img.Bounds().Min)
	}
	within := func(b face.Box) bool {
		c := b.Center()
		return b.Area() > 0 && c.X >= float64(bounds.Min.X) && c.X < float64(bounds.Max.X) &&
			c.Y >= float64(bounds.Min.Y) && c.Y < float64(bounds.Max.Y)
	}
	largest := 0.0
	for _, f := range faces {
		if within(f.Box) {
			largest = max(largest, f.Box.Area())
		}
	}
	best, most := -1, -1.0
	for i, f := range faces {
		if area := f.Box.Area(); within(f.Box) && area >= rival*largest {
			if s := strength(img, f.Box) * math.Sqrt(area); s > most {
				best, most = i, s
			}
		}
	}
	return best
}

// strength tells how strongly a face is printed: the spread of its brightness
// and, less, of its colour, in values of 0 to 255.
func strength(img image.Image, b face.Box) float64 {
	const samples = 48
	min := img.Bounds().Min
	var sum, square, chroma float64
	for y := range samples {
		for x := range samples {
			p := image.Pt(
				min.X+int(b.Left+(float64(x)+0.5)*b.Width()/samples),
				min.Y+int(b.Top+(float64(y)+0.5)*b.Height()/samples),
			)
			if !p.In(img.Bounds()) {
				p = nearest(p, img.Bounds())
			}
			r, g, bl, _ := img.At(p.X, p.Y).RGBA()
			red, green, blue := float64(r>>8), float64(g>>8), float64(bl>>8)
			luma := 0.299*red + 0.587*green + 0.114*blue
			sum += luma
			square += luma * luma
			chroma += math.Max(red, math.Max(green, blue)) - math.Min(red, math.Min(green, blue))
		}
	}
	n := float64(samples * samples)
	return math.Sqrt(math.Max(0, square/n-sum*sum/n/n)) + 0.25*chroma/n
}

func nearest(p image.Point, r image.Rectangle) image.Point {
	return image.Pt(max(r.Min.X, min(p.X, r.Max.X-1)), max(r.Min.Y, min(p.Y, r.Max.Y-1)))
}
