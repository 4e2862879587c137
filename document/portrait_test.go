package document

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"testing"

	"golang.org/x/image/draw"

	"example.org/osprey/face"
	"example.org/osprey/internal/testphoto"
)

// pasted draws src into the rectangle, faded towards white by pale, 0 to 1,
// and gives the box.
func pasted(to draw.Image, src image.Image, at image.Rectangle, pale float64) face.Box {
	draw.CatmullRom.Scale(to, at, src, src.Bounds(), draw.Src, nil)
	veil := color.NRGBA{240, 240, 240, uint8(255 * pale)}
	draw.Draw(to, at, image.NewUniform(veil), image.Point{}, draw.Over)
	return face.Box{Left: float64(at.Min.X), Top: float64(at.Min.Y), Right: float64(at.Max.X), Bottom: float64(at.Max.Y)}
}

func TestPortrait(t *testing.T) {
	whole, err := jpeg.Decode(bytes.NewReader(testphoto.Strangers(t)[0].JPEG))
	if err != nil {
		t.Fatal(err)
	}
	b := whole.Bounds()
	photo := image.NewRGBA(image.Rect(0, 0, b.Dx()/2, b.Dy()/2)) // the middle, where the face is
	draw.Draw(photo, photo.Rect, whole, b.Min.Add(b.Size().Div(4)), draw.Src)
	white := func() *image.RGBA {
		img := image.NewRGBA(image.Rect(0, 0, 1000, 640))
		draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
		return img
	}
	main := image.Rect(60, 180, 300, 480)
	for _, c := range []struct {
		name  string
		ghost image.Rectangle
		pale  float64
	}{
		{"smaller and pale", image.Rect(750, 250, 850, 375), 0.6},
		{"small and as strong", image.Rect(750, 250, 850, 375), 0},
		{"as large and pale", image.Rect(600, 180, 840, 480), 0.5},
		{"larger and pale", image.Rect(560, 140, 840, 490), 0.6},
	} {
		img := white()
		ghost := pasted(img, photo, c.ghost, c.pale)
		portrait := pasted(img, photo, main, 0)
		faces := []face.Detection{{Box: ghost, Score: 0.99}, {Box: portrait, Score: 0.98}}
		if got := Portrait(faces, image.Rectangle{}, img); got != 1 {
			t.Errorf("ghost %s: face %d", c.name, got)
		}
	}

	img := white()
	inside, outside := pasted(img, photo, main, 0), pasted(img, photo, image.Rect(500, 100, 900, 600), 0)
	faces := []face.Detection{{Box: outside}, {Box: inside}}
	if got := Portrait(faces, image.Rect(0, 150, 450, 500), img); got != 1 {
		t.Errorf("a larger face beside the document: face %d", got)
	}
	if got := Portrait(faces, image.Rectangle{}, img); got != 0 {
		t.Errorf("without bounds: face %d", got)
	}
	if got := Portrait(nil, image.Rectangle{}, img); got != -1 {
		t.Errorf("no faces: %d", got)
	}
	if got := Portrait([]face.Detection{{Box: face.Box{Left: 2000, Top: 2000, Right: 2100, Bottom: 2100}}}, image.Rectangle{}, img); got != -1 {
		t.Errorf("a face outside the image: %d", got)
	}
	cut := face.Box{Left: -50, Top: -50, Right: 200, Bottom: 200}
	if got := Portrait([]face.Detection{{Box: cut}}, image.Rectangle{}, img); got != 0 {
		t.Errorf("a face cut by the edge: %d", got)
	}
}
