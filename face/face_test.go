package face_test

import (
	"context"
	"errors"
	"image"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"

	"golang.org/x/image/draw"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/testphoto"
)

func open(tb testing.TB) *face.Engine {
	tb.Helper()
	e, err := face.Open(testphoto.Pack(tb), face.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = e.Close() })
	return e
}

func rgba(img image.Image) *image.RGBA {
	out := image.NewRGBA(img.Bounds())
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
	return out
}

// facts is everything that one photograph gives.
type facts struct {
	Found     []face.Detection
	Aligned   *face.Aligned
	Embedding face.Embedding
	Quality   face.Quality
}

func measure(tb testing.TB, e *face.Engine, img image.Image) facts {
	tb.Helper()
	ctx := context.Background()
	var f facts
	var err error
	if f.Found, err = e.Detect(ctx, img); err != nil || len(f.Found) == 0 {
		tb.Fatalf("%d faces, error %v", len(f.Found), err)
	}
	if f.Aligned, err = e.Align(ctx, img, f.Found[0]); err != nil {
		tb.Fatal(err)
	}
	if f.Embedding, err = e.Embed(ctx, f.Aligned); err != nil {
		tb.Fatal(err)
	}
	if f.Quality, err = e.Assess(ctx, img, f.Found[0], f.Aligned); err != nil {
		tb.Fatal(err)
	}
	return f
}

func TestOpenDescribesItself(t *testing.T) {
	e := open(t)
	models := e.Models()
	if len(models) < 4 || len(e.ModelID()) != 64 || e.Parallel() < 1 {
		t.Errorf("%d models, id %q, %d lanes", len(models), e.ModelID(), e.Parallel())
	}
	if !slices.ContainsFunc(models, func(m face.ModelManifest) bool { return m.Task == face.TaskEmbed && m.SHA256 == e.ModelID() }) {
		t.Error("the model id is not the embedder's SHA-256")
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if _, err := e.Detect(context.Background(), testphoto.NoFace(t).Image(t)); !errors.Is(err, face.ErrClosed) {
		t.Errorf("Detect on a closed engine: %v", err)
	}
}

// The same photograph gives the same numbers, one call at a time or many,
// with two engines in one process.
func TestSameInSameOut(t *testing.T) {
	a, b := open(t), open(t)
	img := rgba(testphoto.Mated(t)[0].Photos[0].Image(t))
	group := rgba(testphoto.Groups(t)[4].Image(t))
	want, wantGroup := measure(t, a, img), measure(t, a, group)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			e := []*face.Engine{a, b}[i%2]
			if got := measure(t, e, img); !reflect.DeepEqual(got, want) {
				t.Error("a photograph gave other numbers than before")
			}
			if got := measure(t, e, group); !reflect.DeepEqual(got, wantGroup) {
				t.Error("a group gave other numbers than before")
			}
		})
	}
	wait.Wait()
	if s := osprey.Similarity(want.Embedding.Vector, want.Embedding.Vector); s != 1 {
		t.Errorf("a template's similarity with itself is %v", s)
	}
	for _, s := range a.Stats() {
		if s.Runs == 0 || s.Time <= 0 {
			t.Errorf("no work counted for %s", s.Name)
		}
	}
}

// Every kind of image, and a part of a larger one, gives the same face.
func TestKindsOfImages(t *testing.T) {
	e := open(t)
	ycc := testphoto.Mated(t)[1].Photos[0].Image(t)
	want := measure(t, e, ycc)
	b := ycc.Bounds()
	nrgba := image.NewNRGBA(b)
	draw.Draw(nrgba, b, ycc, b.Min, draw.Src)
	wide := image.NewRGBA64(b)
	draw.Draw(wide, b, ycc, b.Min, draw.Src)
	sheet := image.NewRGBA(image.Rect(-100, -50, 400, 400))
	at := image.Rect(30, 40, 30+b.Dx(), 40+b.Dy())
	draw.Draw(sheet, at, ycc, b.Min, draw.Src)
	for name, img := range map[string]image.Image{"rgba": rgba(ycc), "nrgba": nrgba, "rgba64": wide, "part": sheet.SubImage(at)} {
		got := measure(t, e, img)
		if s := osprey.Similarity(got.Embedding.Vector, want.Embedding.Vector); s < 0.999 {
			t.Errorf("%s: similarity %.4f with the first", name, s)
		}
		shift := 0.0
		if name == "part" {
			shift = 30
		}
		if d := got.Found[0].Box.Left - want.Found[0].Box.Left - shift; d > 1 || d < -1 {
			t.Errorf("%s: the box is %g pixels off", name, d)
		}
		if got.Quality.FaceInside != 1 {
			t.Errorf("%s: %.3f of the face inside", name, got.Quality.FaceInside)
		}
	}
}

func TestContext(t *testing.T) {
	e := open(t)
	img := testphoto.Mated(t)[0].Photos[0].Image(t)
	f := measure(t, e, img)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for name, call := range map[string]func() error{
		"Detect": func() error { _, err := e.Detect(ctx, img); return err },
		"Align":  func() error { _, err := e.Align(ctx, img, f.Found[0]); return err },
		"Embed":  func() error { _, err := e.Embed(ctx, f.Aligned); return err },
		"Assess": func() error { _, err := e.Assess(ctx, img, f.Found[0], f.Aligned); return err },
	} {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a cancelled context: %v", name, err)
		}
	}
}

func TestOddInput(t *testing.T) {
	e := open(t)
	ctx := context.Background()
	if _, err := e.Detect(ctx, image.NewRGBA(image.Rect(0, 0, 0, 5))); err == nil {
		t.Error("an empty image is no error")
	}
	for _, r := range []image.Rectangle{image.Rect(0, 0, 1, 1), image.Rect(0, 0, 1, 5000), image.Rect(0, 0, 5000, 2), image.Rect(-3, -3, 0, 0)} {
		found, err := e.Detect(ctx, image.NewRGBA(r))
		if err != nil || len(found) != 0 {
			t.Errorf("%v: %d faces, %v", r, len(found), err)
		}
	}
	img := testphoto.NoFace(t).Image(t)
	for _, d := range []face.Detection{
		{},
		{Box: face.Box{Left: 1, Top: 1, Right: 0, Bottom: 0}},
		{Box: face.Box{Left: -1e300, Top: -1e300, Right: 1e300, Bottom: 1e300}},
		{Box: face.Box{Left: 1e9, Top: 1e9, Right: 1e9 + 50, Bottom: 1e9 + 50}},
	} {
		if a, err := e.Align(ctx, img, d); err == nil {
			if _, err := e.Assess(ctx, img, d, a); err != nil {
				t.Errorf("Assess of %v: %v", d.Box, err)
			}
		}
	}
}

// Align finds the landmarks of a box that somebody else has found.
func TestAlignFromABox(t *testing.T) {
	e := open(t)
	img := testphoto.Mated(t)[0].Photos[0].Image(t)
	f := measure(t, e, img)
	a, err := e.Align(context.Background(), img, face.Detection{Box: f.Found[0].Box})
	if err != nil {
		t.Fatal(err)
	}
	if a.Pix != f.Aligned.Pix {
		t.Error("the crop differs from the detection's own")
	}
}

// Sharpness falls as a photograph is blurred, brightness as it is darkened.
func TestQualityLadders(t *testing.T) {
	e := open(t)
	ctx := context.Background()
	img := testphoto.Mated(t)[3].Photos[2].Image(t)
	base := measure(t, e, img)
	if base.Quality.Sharpness < 0.4 {
		t.Errorf("sharpness %.2f of a clear photograph", base.Quality.Sharpness)
	}
	last := base.Quality.Sharpness
	for _, radius := range []int{1, 2, 4, 8} {
		blurred := boxBlur(rgba(img), radius)
		a, err := e.Align(ctx, blurred, base.Found[0])
		if err != nil {
			t.Fatal(err)
		}
		q, err := e.Assess(ctx, blurred, base.Found[0], a)
		if err != nil {
			t.Fatal(err)
		}
		if q.Sharpness >= last {
			t.Errorf("sharpness %.3f at radius %d, was %.3f", q.Sharpness, radius, last)
		}
		last = q.Sharpness
	}
	if last >= 0.15 {
		t.Errorf("sharpness %.3f of a face blurred beyond recognition", last)
	}
	last = base.Quality.Brightness
	for _, k := range []float64{0.7, 0.4, 0.2} {
		v := light(rgba(img), base.Found[0], func(x float64) float64 { return k * x })
		a, err := e.Align(ctx, v.img, base.Found[0])
		if err != nil {
			t.Fatal(err)
		}
		q, err := e.Assess(ctx, v.img, base.Found[0], a)
		if err != nil {
			t.Fatal(err)
		}
		if q.Brightness >= last {
			t.Errorf("brightness %.3f at %g of the light, was %.3f", q.Brightness, k, last)
		}
		last = q.Brightness
	}
}

// boxBlur averages over squares of side 2*radius+1.
func boxBlur(src *image.RGBA, radius int) *image.RGBA {
	out := image.NewRGBA(src.Rect)
	b := src.Rect
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			part := image.Rect(x-radius, y-radius, x+radius+1, y+radius+1).Intersect(b)
			var sum [3]int
			for v := part.Min.Y; v < part.Max.Y; v++ {
				for u := part.Min.X; u < part.Max.X; u++ {
					i := src.PixOffset(u, v)
					for c := range sum {
						sum[c] += int(src.Pix[i+c])
					}
				}
			}
			i, n := out.PixOffset(x, y), part.Dx()*part.Dy()
			for c := range sum {
				out.Pix[i+c] = uint8(sum[c] / n)
			}
			out.Pix[i+3] = 255
		}
	}
	return out
}

func TestRoll(t *testing.T) {
	e := open(t)
	img := testphoto.Mated(t)[0].Photos[0].Image(t)
	d := measure(t, e, img).Found[0]
	for _, degrees := range []float64{-25, 25} {
		if q := measure(t, e, turned(img, d, degrees).img).Quality; q.Roll*degrees < 10*25 {
			t.Errorf("turned by %g degrees clockwise: roll %.1f", degrees, q.Roll)
		}
	}
}

// A second pack may lie elsewhere when it brings the same runtime.
func TestTwoPacks(t *testing.T) {
	first := open(t)
	dir := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(dir, os.DirFS(testphoto.Pack(t))); err != nil {
		t.Fatal(err)
	}
	second, err := face.Open(dir, face.Options{Parallel: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = second.Close() })
	img := testphoto.Mated(t)[2].Photos[0].Image(t)
	if !reflect.DeepEqual(measure(t, first, img), measure(t, second, img)) {
		t.Error("two packs of the same models differ")
	}
}

// BenchmarkSelfie measures one photograph from pixels to template and
// quality, and the share of the time that is spent inside ONNX Runtime.
func BenchmarkSelfie(b *testing.B) {
	e := open(b)
	img := rgba(testphoto.Resize(b, testphoto.Mated(b)[0].Photos[0], 720).Image(b))
	measure(b, e, img)
	before := inference(e)
	for b.Loop() {
		measure(b, e, img)
	}
	b.ReportMetric(float64(inference(e)-before)/float64(b.Elapsed())*100, "%ort")
}

func inference(e *face.Engine) (nanos int64) {
	for _, s := range e.Stats() {
		nanos += int64(s.Time)
	}
	return nanos
}
