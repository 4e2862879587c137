package face_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"image"
	"image/color"
	_ "image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
	_ "golang.org/x/image/webp"

	"example.org/osprey/face"
	"example.org/osprey/internal/testphoto"
)

// readList gives the first column of a list of the evaluation data.
func readList(tb testing.TB, data, name string) []string {
	tb.Helper()
	f, err := os.Open(filepath.Join(data, name))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	var out []string
	for _, r := range rows[1:] {
		out = append(out, r[0])
	}
	return out
}

// place draws src through m (src's pixels to the canvas's) onto a canvas of
// w by h pixels.
func place(src image.Image, m f64.Aff3, w, h int, ground color.Color) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Rect, image.NewUniform(ground), image.Point{}, draw.Src)
	draw.BiLinear.Transform(out, m, src, src.Bounds(), draw.Over, nil)
	return out
}

func apply(m f64.Aff3, p face.Point) face.Point {
	return face.Point{X: m[0]*p.X + m[1]*p.Y + m[2], Y: m[3]*p.X + m[4]*p.Y + m[5]}
}

// variant is a photograph made from another one, and what is known of the
// face in it.
type variant struct {
	img    image.Image
	centre face.Point
	size   float64 // shorter side of the box
}

// found tells whether one of the detections is the variant's face.
func (v variant) found(all []face.Detection) bool {
	return slices.ContainsFunc(all, func(d face.Detection) bool {
		c, s := d.Box.Center(), d.Box.Shorter()
		return math.Hypot(c.X-v.centre.X, c.Y-v.centre.Y) < 0.5*v.size && s > 0.5*v.size && s < 2*v.size
	})
}

// turned turns the photograph around the face, on a canvas large enough.
func turned(img image.Image, d face.Detection, degrees float64) variant {
	b := img.Bounds()
	w, h := float64(b.Dx()), float64(b.Dy())
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	cw, ch := w*math.Abs(cos)+h*math.Abs(sin), w*math.Abs(sin)+h*math.Abs(cos)
	m := f64.Aff3{cos, -sin, cw/2 - cos*w/2 + sin*h/2, sin, cos, ch/2 - sin*w/2 - cos*h/2}
	return variant{place(img, m, int(cw), int(ch), color.Gray{Y: 80}), apply(m, d.Box.Center()), d.Box.Shorter()}
}

// small makes the face size pixels and puts the photograph's surroundings on
// a canvas of w by h, at a place chosen by i.
func small(img image.Image, d face.Detection, size float64, w, h, i int) variant {
	k := size / d.Box.Shorter()
	c := d.Box.Center()
	x := (0.15 + 0.7*float64(i*7%10)/9) * float64(w)
	y := (0.15 + 0.7*float64(i*3%10)/9) * float64(h)
	m := f64.Aff3{k, 0, x - k*c.X, 0, k, y - k*c.Y}
	return variant{place(img, m, w, h, color.Gray{Y: 110}), apply(m, c), size}
}

// window cuts a part of the photograph, in units of the face box around its
// centre, and gives it the width of 400 pixels.
func window(img image.Image, d face.Detection, left, top, right, bottom float64) (variant, bool) {
	c, w, h := d.Box.Center(), d.Box.Width(), d.Box.Height()
	cut := face.Box{Left: c.X - left*w, Top: c.Y - top*h, Right: c.X + right*w, Bottom: c.Y + bottom*h}
	b := img.Bounds()
	if cut.Left < 0 || cut.Top < 0 || cut.Right > float64(b.Dx()) || cut.Bottom > float64(b.Dy()) {
		return variant{}, false
	}
	k := 400 / cut.Width()
	m := f64.Aff3{k, 0, -k * cut.Left, 0, k, -k * cut.Top}
	return variant{place(img, m, 400, int(k*cut.Height()), color.Black), apply(m, c), k * d.Box.Shorter()}, true
}

// light applies a curve to every channel.
func light(img image.Image, d face.Detection, curve func(float64) float64) variant {
	b := img.Bounds()
	out := image.NewRGBA(b)
	draw.Draw(out, b, img, b.Min, draw.Src)
	for i := range out.Pix {
		if i%4 != 3 {
			out.Pix[i] = uint8(math.Max(0, math.Min(255, 255*curve(float64(out.Pix[i])/255)+0.5)))
		}
	}
	return variant{out, d.Box.Center(), d.Box.Shorter()}
}

type trial struct {
	name string
	make func(img image.Image, d face.Detection, i int) (variant, bool)
	need float64 // least share that must be found
}

func always(f func(image.Image, face.Detection, int) variant) func(image.Image, face.Detection, int) (variant, bool) {
	return func(img image.Image, d face.Detection, i int) (variant, bool) { return f(img, d, i), true }
}

func trials() []trial {
	var out []trial
	for _, a := range []float64{-45, -30, -15, 15, 30, 45} {
		out = append(out, trial{fmt.Sprintf("turned %g", a), always(func(img image.Image, d face.Detection, _ int) variant { return turned(img, d, a) }), 0.97})
	}
	for _, s := range [][3]int{{40, 400, 300}, {40, 533, 400}, {40, 400, 533}, {40, 711, 400}, {40, 400, 711}, {96, 1280, 960}, {96, 960, 1706}, {300, 3000, 4000}, {24, 320, 240}} {
		out = append(out, trial{fmt.Sprintf("%d px in %dx%d", s[0], s[1], s[2]), always(func(img image.Image, d face.Detection, i int) variant {
			return small(img, d, float64(s[0]), s[1], s[2], i)
		}), 0.97})
	}
	for _, w := range []struct {
		name                     string
		left, top, right, bottom float64
	}{
		{"fills the frame", 0.6, 0.6, 0.6, 0.6},
		{"fills all", 0.5, 0.5, 0.5, 0.5},
		{"larger than the frame", 0.45, 0.45, 0.45, 0.45},
		{"cut at the left", 0.3, 1, 1, 1},
		{"cut at the right", 1, 1, 0.3, 1},
		{"cut at the forehead", 1, 0.25, 1, 1},
		{"cut at the chin", 1, 1, 1, 0.35},
		{"cut at the left, near", 0.3, 0.6, 0.6, 0.6},
		{"cut at the chin, near", 0.55, 0.6, 0.55, 0.35},
	} {
		out = append(out, trial{w.name, func(img image.Image, d face.Detection, _ int) (variant, bool) {
			return window(img, d, w.left, w.top, w.right, w.bottom)
		}, 0.97})
	}
	out = append(out,
		trial{"a tenth of the light", always(func(img image.Image, d face.Detection, _ int) variant {
			return light(img, d, func(v float64) float64 { return v / 10 })
		}), 0.94},
		trial{"a quarter of the light", always(func(img image.Image, d face.Detection, _ int) variant {
			return light(img, d, func(v float64) float64 { return v / 4 })
		}), 0.97},
		trial{"twice the light", always(func(img image.Image, d face.Detection, _ int) variant {
			return light(img, d, func(v float64) float64 { return 2 * v })
		}), 0.97},
		trial{"washed out", always(func(img image.Image, d face.Detection, _ int) variant {
			return light(img, d, func(v float64) float64 { return 0.7 + 0.3*v })
		}), 0.97},
	)
	return out
}

// sample gives every n-th photograph of ids and of LFW with its face, where
// one is certain.
func sample(t *testing.T, e *face.Engine, data string) (imgs []image.Image, faces []face.Detection) {
	paths := readList(t, data, "ids.csv")
	lfw := readPairs(t, data)
	for i := 0; i < len(lfw); i += 30 {
		paths = append(paths, lfw[i].a)
	}
	for i, p := range paths {
		if strings.HasPrefix(p, "ids") && i%2 == 1 {
			continue
		}
		img := load(t, filepath.Join(data, p))
		found, err := e.Detect(context.Background(), img)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 0 || found[0].Score < 0.95 || found[0].Box.Shorter() < 48 {
			continue
		}
		imgs, faces = append(imgs, img), append(faces, subject(img, found))
	}
	return imgs, faces
}

// TestDataRecall measures how many known faces are found again in photographs
// made harder in one way at a time, and how many faces are found besides.
func TestDataRecall(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short leaves out the recall measurement")
	}
	data := testphoto.Data(t)
	e := open(t)
	imgs, faces := sample(t, e, data)
	only := os.Getenv("TRIAL")
	for _, tr := range trials() {
		if !strings.Contains(tr.name, only) {
			continue
		}
		var mu sync.Mutex
		var wait sync.WaitGroup
		hit, all, extra := 0, 0, 0
		before := runs(e)
		next := make(chan int)
		for range e.Parallel() {
			wait.Go(func() {
				for i := range next {
					v, ok := tr.make(imgs[i], faces[i], i)
					if !ok {
						continue
					}
					found, err := e.Detect(context.Background(), v.img)
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					all++
					if v.found(found) {
						hit++
						extra += len(found) - 1
					} else {
						extra += len(found)
						if only != "" {
							t.Logf("missed %d: want %.0f at %.0f, got %d", i, v.size, v.centre, len(found))
						}
					}
					mu.Unlock()
				}
			})
		}
		for i := range imgs {
			next <- i
		}
		close(next)
		wait.Wait()
		share := float64(hit) / float64(max(1, all))
		t.Logf("%-28s %4d of %4d %.3f, %3d others, %.1f looks", tr.name, hit, all, share, extra, float64(runs(e)-before)/float64(max(1, all)))
		if share < tr.need {
			t.Errorf("%s: %.3f found, must be %.3f", tr.name, share, tr.need)
		}
	}
}

func runs(e *face.Engine) int64 { return e.Stats()[0].Runs }
