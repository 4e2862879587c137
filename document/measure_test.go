package document

import (
	"image"
	"image/color"
	"math"
	"testing"

	"golang.org/x/image/draw"

	"example.org/osprey/internal/testphoto"
)

func TestMeasure(t *testing.T) {
	sharp := testphoto.Card(t, sample(TD3).lines(), 1000)
	m := Measure(sharp)
	if m.Sharpness < 0.9 || m.Glare > 0.001 || m.Found {
		t.Errorf("a sharp card that fills the image: %+v", m)
	}
	last := m.Sharpness
	for _, sigma := range []float64{1, 2, 4, 8} {
		got := Measure(testphoto.Blurred(sharp, sigma)).Sharpness
		if got >= last {
			t.Errorf("blurred by %.0f pixels: sharpness %.3f, was %.3f", sigma, got, last)
		}
		last = got
	}
	if last > 0.1 {
		t.Errorf("blurred by 8 pixels: sharpness %.3f", last)
	}

	glare := image.NewRGBA(sharp.Rect)
	copy(glare.Pix, sharp.Pix)
	draw.Draw(glare, image.Rect(100, 100, 500, 400), image.White, image.Point{}, draw.Src)
	want := 400 * 300 / float64(sharp.Rect.Dx()*sharp.Rect.Dy())
	if got := Measure(glare).Glare; math.Abs(got-want) > 0.01 {
		t.Errorf("glare %.3f, must be %.3f", got, want)
	}
}

// What lies around the document counts neither for glare nor for sharpness.
func TestMeasureFindsTheDocument(t *testing.T) {
	c := testphoto.Card(t, sample(TD1).lines(), 800)
	for _, degrees := range []float64{0, 12, 90} {
		turned := testphoto.Turn(c, degrees, 0.9)
		img := image.NewRGBA(image.Rect(0, 0, 1200, 1200))
		draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{70, 60, 55, 255}), image.Point{}, draw.Src)
		at := turned.Rect.Add(image.Pt((1200-turned.Rect.Dx())/2, (1200-turned.Rect.Dy())/2))
		draw.Draw(img, at, turned, image.Point{}, draw.Src)
		m := Measure(img)
		if !m.Found {
			t.Errorf("turned by %.0f: not found", degrees)
			continue
		}
		long := math.Max(math.Hypot(m.Quad[1].X-m.Quad[0].X, m.Quad[1].Y-m.Quad[0].Y), math.Hypot(m.Quad[2].X-m.Quad[1].X, m.Quad[2].Y-m.Quad[1].Y))
		if math.Abs(long-720) > 30 {
			t.Errorf("turned by %.0f: long side %.0f, must be 720", degrees, long)
		}
		var x, y float64
		for _, p := range m.Quad {
			x, y = x+p.X/4, y+p.Y/4
		}
		if math.Hypot(x-600, y-600) > 15 {
			t.Errorf("turned by %.0f: middle %.0f, %.0f", degrees, x, y)
		}
	}
}

func TestMeasureOfOddImages(t *testing.T) {
	for _, r := range []image.Rectangle{{}, image.Rect(0, 0, 1, 1), image.Rect(0, 0, 3, 900), image.Rect(-5, -5, 40, 20)} {
		m := Measure(image.NewGray(r))
		if m.Sharpness != 0 || m.Glare != 0 {
			t.Errorf("%v: %+v", r, m)
		}
	}
}
