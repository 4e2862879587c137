package testphoto

import (
	"image"
	"image/color"
	"math"
	"testing"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/math/fixed"
)

// Card gives the picture of a made-up document of width pixels with the lines as
// its MRZ and some other text above it.
func Card(tb testing.TB, lines []string, width int) *image.RGBA {
	tb.Helper()
	w := float64(width)
	img := image.NewRGBA(image.Rect(0, 0, width, int(w*0.68)))
	draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{214, 226, 222, 255}), image.Point{}, draw.Src)
	for i, s := range []string{"UTOPIA", "Surname / Nom", "Given names / Prenoms", "Date of birth / Date de naissance", "Authority / Autorite"} {
		write(tb, img, goregular.TTF, s, w*0.35, w*(0.08+0.07*float64(i)), w*0.026, 0)
	}
	if len(lines) == 0 {
		return img
	}
	pitch := 0.9 * w / float64(len(lines[0]))
	for i, s := range lines {
		write(tb, img, gomono.TTF, s, w*0.05, w*(0.68-0.065*float64(len(lines)-i)+0.01), pitch*1.45, pitch)
	}
	return img
}

// Document gives the photograph of a Card with a portrait on it.
func Document(tb testing.TB, name string, lines []string, width int, portrait Photo) Photo {
	tb.Helper()
	img := Card(tb, lines, width)
	face := portrait.Image(tb)
	b := face.Bounds()
	w := width * 27 / 100
	at := image.Rect(0, 0, w, w*b.Dy()/b.Dx()).Add(image.Pt(width*5/100, width*6/100))
	draw.CatmullRom.Scale(img, at, face, b, draw.Src, nil)
	return encode(tb, name, img)
}

// write draws text with its base line at x, y; with a pitch, each character
// on its own place.
func write(tb testing.TB, img draw.Image, ttf []byte, s string, x, y, size, pitch float64) {
	tb.Helper()
	f, err := opentype.Parse(ttf)
	if err != nil {
		tb.Fatal(err)
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		tb.Fatal(err)
	}
	defer face.Close()
	d := font.Drawer{Dst: img, Src: image.NewUniform(color.RGBA{25, 25, 35, 255}), Face: face}
	at := func(x float64) { d.Dot = fixed.Point26_6{X: fixed.Int26_6(x * 64), Y: fixed.Int26_6(y * 64)} }
	if at(x); pitch == 0 {
		d.DrawString(s)
		return
	}
	for i := range len(s) {
		at(x + float64(i)*pitch)
		d.DrawString(s[i : i+1])
	}
}

// Turn gives img turned clockwise by degrees and scaled, on a larger ground.
func Turn(img image.Image, degrees, scale float64) *image.RGBA {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	b := img.Bounds()
	w, h := float64(b.Dx()), float64(b.Dy())
	ow, oh := scale*(w*math.Abs(cos)+h*math.Abs(sin))+20, scale*(w*math.Abs(sin)+h*math.Abs(cos))+20
	m := f64.Aff3{
		scale * cos, -scale * sin, ow/2 - scale*(cos*w-sin*h)/2,
		scale * sin, scale * cos, oh/2 - scale*(sin*w+cos*h)/2,
	}
	m[2] -= m[0]*float64(b.Min.X) + m[1]*float64(b.Min.Y)
	m[5] -= m[3]*float64(b.Min.X) + m[4]*float64(b.Min.Y)
	out := image.NewRGBA(image.Rect(0, 0, int(ow), int(oh)))
	draw.Draw(out, out.Rect, image.NewUniform(color.RGBA{70, 60, 55, 255}), image.Point{}, draw.Src)
	draw.CatmullRom.Transform(out, m, img, b, draw.Over, nil)
	return out
}

// Blurred gives img out of focus by a Gaussian of sigma pixels.
func Blurred(img image.Image, sigma float64) *image.RGBA {
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, img, b.Min, draw.Over)
	n := int(math.Ceil(3 * sigma))
	kernel, sum := make([]float64, 2*n+1), 0.0
	for i := range kernel {
		kernel[i] = math.Exp(-float64((i-n)*(i-n)) / 2 / sigma / sigma)
		sum += kernel[i]
	}
	for _, step := range []image.Point{{1, 0}, {0, 1}} {
		src := append([]uint8(nil), out.Pix...)
		for y := range b.Dy() {
			for x := range b.Dx() {
				var v [3]float64
				for i, k := range kernel {
					at := src[out.PixOffset(max(0, min(x+(i-n)*step.X, b.Dx()-1)), max(0, min(y+(i-n)*step.Y, b.Dy()-1))):]
					for c := range v {
						v[c] += k * float64(at[c])
					}
				}
				to := out.Pix[out.PixOffset(x, y):]
				for c := range v {
					to[c] = uint8(v[c]/sum + 0.5)
				}
			}
		}
	}
	return out
}
