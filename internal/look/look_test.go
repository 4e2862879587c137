package look_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"example.org/osprey"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/testhouse"
	"example.org/osprey/internal/testphoto"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// encode makes a JPEG.
func encode(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 92}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// place puts an image on a grey canvas.
func place(img image.Image, width, height, left, top int) *image.RGBA {
	canvas := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(canvas, canvas.Rect, image.NewUniform(color.Gray{Y: 110}), image.Point{}, draw.Src)
	b := img.Bounds()
	draw.Draw(canvas, image.Rect(left, top, left+b.Dx(), top+b.Dy()), img, b.Min, draw.Src)
	return canvas
}

func ada(t *testing.T) testphoto.Photo { return testphoto.Mated(t)[0].Photos[0] }
func bea(t *testing.T) testphoto.Photo { return testphoto.Mated(t)[1].Photos[0] }

// TestChoices: which face counts when there are several.
func TestChoices(t *testing.T) {
	t.Parallel()
	l := testhouse.Looker(t)
	big, small := testphoto.Resize(t, ada(t), 420).Image(t), testphoto.Resize(t, bea(t), 200).Image(t)
	equals := testphoto.TwoFaces(t).JPEG
	oneLarge := testphoto.SideBySide(t, "large and small", big, small).JPEG
	const none = osprey.Code(-1)
	tests := []struct {
		name  string
		photo []byte
		want  map[look.Choice]osprey.Code
	}{
		{"one", ada(t).JPEG, map[look.Choice]osprey.Code{look.Strict: none, look.Largest: none, look.Dominant: none}},
		{"two alike", equals, map[look.Choice]osprey.Code{look.Strict: osprey.CodeSeveralFaces, look.Largest: none, look.Dominant: osprey.CodeSeveralFaces}},
		{"a large and a small one", oneLarge, map[look.Choice]osprey.Code{look.Strict: osprey.CodeSeveralFaces, look.Largest: none, look.Dominant: none}},
		{"nobody", testphoto.NoFace(t).JPEG, map[look.Choice]osprey.Code{look.Strict: osprey.CodeNoFace, look.Largest: osprey.CodeNoFace, look.Dominant: osprey.CodeNoFace}},
	}
	for _, tt := range tests {
		for choice, want := range tt.want {
			s, err := l.Photo(t.Context(), tt.photo, osprey.AnalysisGate(), choice)
			code := none
			if err != nil {
				code = osprey.ErrorOf(err).Code
			}
			if code != want {
				t.Errorf("%s, %s: %v, want code %d", tt.name, choice, err, want)
				continue
			}
			switch want {
			case none:
				if tt.name == "a large and a small one" && s.Face.Left > 420 {
					t.Errorf("%s, %s: the small face was taken: %+v", tt.name, choice, s.Face)
				}
			case osprey.CodeSeveralFaces:
				if d := osprey.ErrorOf(err).Details; d["limit"] != 1 || d["actual"] != 2 || d["reason"] != "several_faces" {
					t.Errorf("%s, %s: details %v", tt.name, choice, d)
				}
			}
		}
	}
}

// TestChoiceFor: documents show a small face beside a large one.
func TestChoiceFor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		tags []string
		want look.Choice
	}{{nil, look.Dominant}, {[]string{"photo_selfie"}, look.Dominant}, {[]string{"photo_id"}, look.Largest}, {[]string{"x", "photo_id_back"}, look.Largest}} {
		if got := look.ChoiceFor(tt.tags); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.tags, got, tt.want)
		}
	}
}

// TestGates: every bound refuses with its name, what was measured and the limit.
func TestGates(t *testing.T) {
	t.Parallel()
	l := testhouse.Looker(t)
	good, err := l.Photo(t.Context(), ada(t).JPEG, osprey.EnrolmentGate(), look.Strict)
	if err != nil {
		t.Fatal(err)
	}
	q := good.Quality
	for name, spoil := range map[string]func(g *osprey.Gate){
		"face_size":   func(g *osprey.Gate) { g.FaceSize = q.FaceSize + 1 },
		"yaw":         func(g *osprey.Gate) { g.Yaw = math.Abs(q.Yaw) - 1e-3 },
		"pitch":       func(g *osprey.Gate) { g.Pitch = math.Abs(q.Pitch) - 1e-3 },
		"roll":        func(g *osprey.Gate) { g.Roll = math.Abs(q.Roll) - 1e-3 },
		"sharpness":   func(g *osprey.Gate) { g.Sharpness = q.Sharpness + 1e-3 },
		"brightness":  func(g *osprey.Gate) { g.BrightnessMin = q.Brightness + 1e-3 },
		"face_inside": func(g *osprey.Gate) { g.FaceInside = 1.01 },
	} {
		gate := osprey.EnrolmentGate()
		spoil(&gate)
		_, err := l.Photo(t.Context(), ada(t).JPEG, gate, look.Strict)
		e := osprey.ErrorOf(err)
		checks, _ := e.Details["checks"].([]osprey.GateCheck)
		if e.Code != osprey.CodeLowQuality || len(checks) != 1 || checks[0].Name != name {
			t.Errorf("%s: %v, details %v", name, err, e.Details)
		}
	}
	// The analysis gate asks for less.
	small := testphoto.Resize(t, ada(t), 100).JPEG
	if _, err := l.Photo(t.Context(), small, osprey.EnrolmentGate(), look.Strict); !osprey.IsCode(err, osprey.CodeLowQuality) {
		t.Errorf("a face of about 60 pixels at enrolment: %v", err)
	}
	if s, err := l.Photo(t.Context(), small, osprey.AnalysisGate(), look.Dominant); err != nil || s.Quality.FaceSize >= 64 || s.Quality.FaceSize < 40 {
		t.Errorf("the same in an analysis: %+v, %v", s, err)
	}
}

// TestOneFunction: enrolment and analysis see the same template in the same file.
func TestOneFunction(t *testing.T) {
	t.Parallel()
	l := testhouse.Looker(t)
	whole, err := l.Photo(t.Context(), ada(t).JPEG, l.EnrolmentGate(), look.Strict)
	if err != nil {
		t.Fatal(err)
	}
	again, err := l.Template(t.Context(), ada(t).JPEG, l.AnalysisGate(), look.Dominant)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(whole.Embedding.Vector, again.Embedding.Vector) || whole.Face != again.Face {
		t.Errorf("two looks at one file differ: similarity %v", osprey.Similarity(whole.Embedding.Vector, again.Embedding.Vector))
	}
	file := whole.File
	in, err := l.Receive(t.Context(), ada(t).JPEG)
	if err != nil || in.Info.ImageInfo != file.Info || in.SHA256 != file.SHA256 || !bytes.Equal(in.Thumb, file.Thumb) {
		t.Errorf("Receive sees %+v, Photo %+v (error %v)", in, file.Info, err)
	}
	if file.Info.Size != int64(len(ada(t).JPEG)) || file.Info.MIME != "image/jpeg" || file.Ext != "jpg" || len(file.Info.MD5) != 32 || len(file.SHA256) != 64 {
		t.Errorf("facts %+v, extension %q", file.Info, file.Ext)
	}
	thumb, err := jpeg.DecodeConfig(bytes.NewReader(file.Thumb))
	if err != nil || max(thumb.Width, thumb.Height) > 256 {
		t.Errorf("thumbnail of %d by %d (error %v)", thumb.Width, thumb.Height, err)
	}
}

// TestLargePhotos: a photo of 12 megapixels is decoded reduced; a face that is
// small in it is cut from the whole one. Boxes and sizes are in pixels of the
// original either way, and the face is the same.
func TestLargePhotos(t *testing.T) {
	t.Parallel()
	l := testhouse.Looker(t)
	reference, err := l.Photo(t.Context(), ada(t).JPEG, osprey.AnalysisGate(), look.Dominant)
	if err != nil {
		t.Fatal(err)
	}
	const width, height = 4000, 3000
	for _, side := range []int{700, 2400} { // a face of about 330 and of 1100 pixels
		face := testphoto.Resize(t, ada(t), side).Image(t)
		left, top := (width-side)/2, (height-side)/2
		s, err := l.Photo(t.Context(), encode(t, place(face, width, height, left, top)), osprey.AnalysisGate(), look.Dominant)
		if err != nil {
			t.Errorf("a face in a square of %d pixels: %v", side, err)
			continue
		}
		if s.Info.Width != width || s.Info.Height != height {
			t.Errorf("%d: the photo is %d by %d", side, s.Info.Width, s.Info.Height)
		}
		zoom := float64(side) / float64(reference.Info.Width)
		if want := reference.Quality.FaceSize * zoom; math.Abs(s.Quality.FaceSize-want) > want/6 {
			t.Errorf("%d: the face has %.0f pixels, want about %.0f", side, s.Quality.FaceSize, want)
		}
		near := func(got, want int) bool { return math.Abs(float64(got-want)) < 0.12*float64(side) }
		if !near(s.Face.Left, left+int(float64(reference.Face.Left)*zoom)) || !near(s.Face.Bottom, top+int(float64(reference.Face.Bottom)*zoom)) {
			t.Errorf("%d: the box is %+v; in the small photo %+v, at %d, %d, %.1f times as large", side, s.Face, reference.Face, left, top, zoom)
		}
		if sim := osprey.Similarity(s.Embedding.Vector, reference.Embedding.Vector); sim < 0.8 {
			t.Errorf("%d: the template is not that of the small photo: similarity %.3f", side, sim)
		}
	}
}

// TestOrientation: a photo that lies on its side by its pixels and stands by its
// EXIF gives the face of the upright one, in upright pixels.
func TestOrientation(t *testing.T) {
	t.Parallel()
	l := testhouse.Looker(t)
	upright := place(testphoto.Resize(t, ada(t), 300).Image(t), 320, 480, 10, 30)
	want, err := l.Photo(t.Context(), encode(t, upright), osprey.AnalysisGate(), look.Dominant)
	if err != nil {
		t.Fatal(err)
	}
	turned := image.NewRGBA(image.Rect(0, 0, 480, 320)) // turned left: orientation 6 turns it back
	for y := range 480 {
		for x := range 320 {
			turned.Set(y, 319-x, upright.At(x, y))
		}
	}
	got, err := l.Photo(t.Context(), withOrientation(encode(t, turned), 6), osprey.AnalysisGate(), look.Dominant)
	if err != nil {
		t.Fatal(err)
	}
	if got.Info.Width != 320 || got.Info.Height != 480 {
		t.Errorf("the photo is %d by %d", got.Info.Width, got.Info.Height)
	}
	if d := max(got.Face.Left-want.Face.Left, want.Face.Left-got.Face.Left, got.Face.Top-want.Face.Top, want.Face.Top-got.Face.Top); d > 12 {
		t.Errorf("the box is %+v, upright it is %+v", got.Face, want.Face)
	}
	if sim := osprey.Similarity(got.Embedding.Vector, want.Embedding.Vector); sim < 0.9 {
		t.Errorf("similarity %.3f of the turned and the upright photo", sim)
	}
}

// withOrientation puts an EXIF segment with an orientation into a JPEG.
func withOrientation(file []byte, orientation uint16) []byte {
	tiff := []byte("II*\x00\x08\x00\x00\x00\x01\x00")
	tiff = binary.LittleEndian.AppendUint16(tiff, 0x0112)
	tiff = binary.LittleEndian.AppendUint16(tiff, 3) // SHORT
	tiff = binary.LittleEndian.AppendUint32(tiff, 1)
	tiff = binary.LittleEndian.AppendUint32(tiff, uint32(orientation))
	tiff = binary.LittleEndian.AppendUint32(tiff, 0) // no further directory
	segment := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{}, file[:2]...)
	out = append(out, 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(segment)+2))
	return append(append(out, segment...), file[2:]...)
}

// TestRefusedFiles: what is no photograph has the code of the contract's table.
func TestRefusedFiles(t *testing.T) {
	t.Parallel()
	l := testhouse.Looker(t)
	good := ada(t).JPEG
	var tiny bytes.Buffer
	if err := png.Encode(&tiny, image.NewGray(image.Rect(0, 0, 31, 40))); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		data   []byte
		code   osprey.Code
		reason string
		keys   []string
	}{
		"nothing":   {nil, osprey.CodeInvalidValue, "empty_file", nil},
		"text":      {[]byte("hello, this is a letter"), osprey.CodeUnsupportedMedia, "type", []string{"actual", "accepted"}},
		"gif":       {[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), osprey.CodeUnsupportedMedia, "type", []string{"actual", "accepted"}},
		"too small": {tiny.Bytes(), osprey.CodeInvalidValue, "too_small", []string{"limit", "actual"}},
		"cut off":   {good[:len(good)/2], osprey.CodeInvalidValue, "undecodable", nil},
	} {
		_, err := l.Photo(t.Context(), tt.data, osprey.EnrolmentGate(), look.Strict)
		e := osprey.ErrorOf(err)
		if e.Code != tt.code || e.Details["reason"] != tt.reason {
			t.Errorf("%s: %v, details %v; want code %d, reason %s", name, err, e.Details, tt.code, tt.reason)
		}
		for _, key := range tt.keys {
			if e.Details[key] == nil {
				t.Errorf("%s: details %v lack %s", name, e.Details, key)
			}
		}
		if _, err := l.Receive(t.Context(), tt.data); !osprey.IsCode(err, tt.code) {
			t.Errorf("%s: Receive says %v", name, err)
		}
	}
}

// TestManyLooks: looks side by side give what one alone does.
func TestManyLooks(t *testing.T) {
	t.Parallel()
	l := testhouse.Looker(t)
	want, err := l.Photo(t.Context(), ada(t).JPEG, osprey.EnrolmentGate(), look.Strict)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			got, err := l.Photo(t.Context(), ada(t).JPEG, osprey.EnrolmentGate(), look.Strict)
			if err != nil || !slices.Equal(got.Embedding.Vector, want.Embedding.Vector) || got.Quality != want.Quality {
				t.Errorf("another answer (error %v)", err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Photo(ctx, ada(t).JPEG, osprey.EnrolmentGate(), look.Strict); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who has gone: %v", err)
	}
	wg.Wait()
}
