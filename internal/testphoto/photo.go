package testphoto

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"golang.org/x/image/draw"
)

// Photo is one photograph.
type Photo struct {
	Name string // for messages: "ada-3"
	JPEG []byte // must not be changed
}

// Image decodes the photograph.
func (p Photo) Image(tb testing.TB) image.Image {
	tb.Helper()
	img, err := jpeg.Decode(bytes.NewReader(p.JPEG))
	if err != nil {
		tb.Fatal(err)
	}
	return img
}

// Person is somebody with photographs taken on different occasions.
type Person struct {
	Name   string // made up
	Photos []Photo
}

// cell is a place in the grid of faces of the screenshot, row and column
// from 0.
type cell struct{ row, column int }

// people are the clusters of the grid that show one person each. The cells
// were looked at one by one and are different photographs, none a
// re-encoding of another. Any two photographs of one person score above
// confidence 0.85 with the default pack, any two of different people far
// below. Left out are photographs of these people in which sunglasses, paint
// or blur hide the face.
var people = []struct {
	name  string
	cells []cell
}{
	{"ada", []cell{{0, 0}, {0, 1}, {0, 2}, {0, 3}, {0, 4}, {0, 5}, {0, 6}, {0, 8}, {0, 10}, {0, 11}, {0, 15}, {0, 17}}},
	{"bea", []cell{{1, 17}, {2, 1}, {4, 2}, {4, 16}}},
	{"cem", []cell{{3, 2}, {4, 4}, {5, 7}}},
	{"dua", []cell{{4, 0}, {5, 3}, {5, 12}}},
	{"eli", []cell{{2, 5}, {2, 6}}},
	{"fay", []cell{{4, 12}, {5, 9}}},
}

// strangers are people who are on the grid once.
var strangers = []cell{{5, 5}, {2, 3}, {4, 8}, {5, 17}, {3, 15}}

// The grid's geometry in pixels of the screenshot, and how much a cell is
// enlarged: its faces are 50 to 70 pixels wide.
const (
	gridLeft    = 2
	gridTop     = 283
	columnPitch = 106.4
	rowPitch    = 112.4
	cellSide    = 106
	enlarge     = 2
)

var grid = sync.OnceValues(func() (image.Image, error) {
	raw, err := extract(human, "package/assets/screenshot-facematch.jpg", 329156)
	if err != nil {
		return nil, err
	}
	return jpeg.Decode(bytes.NewReader(raw))
})

// cut takes one face out of the grid.
func cut(tb testing.TB, name string, c cell) Photo {
	tb.Helper()
	sheet, err := grid()
	if err != nil {
		tb.Fatal(err)
	}
	x, y := gridLeft+int(columnPitch*float64(c.column)), gridTop+int(rowPitch*float64(c.row))
	photo := image.NewRGBA(image.Rect(0, 0, enlarge*cellSide, enlarge*cellSide))
	draw.CatmullRom.Scale(photo, photo.Rect, sheet, image.Rect(x, y, x+cellSide, y+cellSide), draw.Src, nil)
	return encode(tb, name, photo)
}

// Mated gives six people with two to twelve photographs each; the first has
// twelve. Every photograph shows one face and passes the enrolment gate.
func Mated(tb testing.TB) []Person {
	tb.Helper()
	var out []Person
	for _, p := range people {
		person := Person{Name: p.name}
		for i, c := range p.cells {
			person.Photos = append(person.Photos, cut(tb, fmt.Sprintf("%s-%d", p.name, i+1), c))
		}
		out = append(out, person)
	}
	return out
}

// Strangers gives photographs of five more people, one each, none of whom is
// among Mated's.
func Strangers(tb testing.TB) []Photo {
	tb.Helper()
	var out []Photo
	for i, c := range strangers {
		out = append(out, cut(tb, fmt.Sprintf("stranger-%d", i+1), c))
	}
	return out
}

// Groups gives six group photographs of 3, 3, 3, 4, 5 and 4 people, 1920
// pixels wide.
func Groups(tb testing.TB) []Photo {
	tb.Helper()
	var out []Photo
	for i, size := range []int64{144516, 181758, 221049, 210824, 166400, 302445} {
		name := fmt.Sprintf("sample%d.jpg", i+1)
		raw, err := extract(faceAPI, "package/demo/"+name, size)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, Photo{Name: name, JPEG: raw})
	}
	return out
}

// TwoFaces gives a photograph of two people side by side.
func TwoFaces(tb testing.TB) Photo {
	tb.Helper()
	left, right := cut(tb, "left", people[0].cells[0]).Image(tb), cut(tb, "right", people[1].cells[0]).Image(tb)
	return SideBySide(tb, "two-faces", left, right)
}

// SideBySide joins images into one photograph, from left to right.
func SideBySide(tb testing.TB, name string, images ...image.Image) Photo {
	tb.Helper()
	width, height := 0, 0
	for _, img := range images {
		width += img.Bounds().Dx()
		height = max(height, img.Bounds().Dy())
	}
	sheet := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(sheet, sheet.Rect, image.NewUniform(color.Gray{Y: 90}), image.Point{}, draw.Src)
	x := 0
	for _, img := range images {
		b := img.Bounds()
		draw.Draw(sheet, image.Rect(x, 0, x+b.Dx(), b.Dy()), img, b.Min, draw.Src)
		x += b.Dx()
	}
	return encode(tb, name, sheet)
}

// NoFace gives a generated landscape: a sky, hills and a textured field.
func NoFace(tb testing.TB) Photo {
	tb.Helper()
	const width, height = 640, 480
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	random := rand.New(rand.NewPCG(7, 7))
	for x := range width {
		hills := 240 + 40*math.Sin(float64(x)/90) + 15*math.Sin(float64(x)/23)
		for y := range height {
			grain := random.Float64() * 18
			c := color.RGBA{uint8(110 + y/5), uint8(150 + y/6), 225, 255}
			if float64(y) > hills {
				stripe := 20 * math.Sin(float64(y)*float64(y)/900+float64(x)/40)
				c = color.RGBA{uint8(70 + stripe + grain), uint8(115 + stripe + grain), uint8(45 + grain), 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return encode(tb, "no-face", img)
}

// Resize gives the photograph at another width, its proportions kept.
func Resize(tb testing.TB, p Photo, width int) Photo {
	tb.Helper()
	img := p.Image(tb)
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, width, max(1, b.Dy()*width/b.Dx())))
	draw.CatmullRom.Scale(out, out.Rect, img, b, draw.Src, nil)
	return encode(tb, fmt.Sprintf("%s-%d", p.Name, width), out)
}

func encode(tb testing.TB, name string, img image.Image) Photo {
	tb.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 92}); err != nil {
		tb.Fatal(err)
	}
	return Photo{Name: name, JPEG: b.Bytes()}
}

// Encoded is a picture as a photograph.
func Encoded(tb testing.TB, name string, img image.Image) Photo {
	tb.Helper()
	return encode(tb, name, img)
}
