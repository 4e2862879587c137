package face_test

import (
	"context"
	"image"
	"image/color"
	"math"
	"testing"

	"golang.org/x/image/draw"

	"example.org/osprey/face"
	"example.org/osprey/internal/testphoto"
)

// examine measures a photograph at the place of a known face.
func examine(t *testing.T, e *face.Engine, img image.Image, d face.Detection) face.Examination {
	t.Helper()
	ctx := context.Background()
	a, err := e.Align(ctx, img, d)
	if err != nil {
		t.Fatal(err)
	}
	emb, err := e.Embed(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	x, err := e.Examine(ctx, img, d, a, emb)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// falls checks that a measure falls from each photograph of a ladder to the
// next.
func falls(t *testing.T, what string, values []float64) {
	t.Helper()
	for i := 1; i < len(values); i++ {
		if !(values[i] < values[i-1]) {
			t.Errorf("%s does not fall: %.4f", what, values)
			return
		}
	}
}

// Ladders of blur, gamma, contrast and crop make their measures fall.
func TestMeasureLadders(t *testing.T) {
	e := open(t)
	img := rgba(testphoto.Mated(t)[3].Photos[2].Image(t))
	d := measure(t, e, img).Found[0]
	base := examine(t, e, img, d)

	sharpness, norm, unified := []float64{base.Sharpness}, []float64{base.Norm}, []float64{*base.Unified}
	for _, radius := range []int{2, 4, 8} {
		x := examine(t, e, boxBlur(img, radius), d)
		sharpness, norm, unified = append(sharpness, x.Sharpness), append(norm, x.Norm), append(unified, *x.Unified)
	}
	falls(t, "sharpness by blur", sharpness)
	falls(t, "norm by blur", norm)
	falls(t, "unified by blur", unified)

	brightness := []float64{base.Brightness}
	for _, gamma := range []float64{1.5, 2.2, 4} {
		x := examine(t, e, light(img, d, func(v float64) float64 { return math.Pow(v, gamma) }).img, d)
		brightness = append(brightness, x.Brightness)
	}
	falls(t, "brightness by gamma", brightness)

	contrast, unified := []float64{base.Contrast}, []float64{*base.Unified}
	for _, k := range []float64{0.6, 0.3, 0.1} {
		x := examine(t, e, light(img, d, func(v float64) float64 { return 0.5 + k*(v-0.5) }).img, d)
		contrast, unified = append(contrast, x.Contrast), append(unified, *x.Unified)
	}
	falls(t, "contrast", contrast)
	falls(t, "unified by contrast", unified)

	inside, offset := []float64{}, []float64{}
	for _, share := range []float64{0.1, 0.3, 0.5} {
		cut := img.SubImage(image.Rect(int(d.Box.Left+share*d.Box.Width()), 0, img.Rect.Dx(), img.Rect.Dy()))
		x := examine(t, e, cut, d)
		inside, offset = append(inside, x.FaceInside), append(offset, -x.CenterOffset)
	}
	falls(t, "face_inside by crop", inside)
	falls(t, "centring by crop", offset)
}

// Light from one side and from behind is measured where it is, and only
// there.
func TestLight(t *testing.T) {
	e := open(t)
	portrait := rgba(testphoto.Mated(t)[0].Photos[0].Image(t))
	img := rgba(small(portrait, measure(t, e, portrait).Found[0], 120, 480, 480, 5).img)
	d := measure(t, e, img).Found[0]
	base := examine(t, e, img, d)
	side := image.NewRGBA(img.Rect)
	behind := image.NewRGBA(img.Rect)
	face := image.Rect(int(d.Box.Left), int(d.Box.Top), int(d.Box.Right), int(d.Box.Bottom))
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			c := img.RGBAAt(x, y)
			if float64(x) < d.Box.Center().X {
				c = color.RGBA{c.R / 4, c.G / 4, c.B / 4, 255}
			}
			side.SetRGBA(x, y, c)
			c = img.RGBAAt(x, y)
			if !(image.Point{X: x, Y: y}).In(face) {
				c = color.RGBA{255, 255, 255, 255}
			}
			behind.SetRGBA(x, y, c)
		}
	}
	if x := examine(t, e, side, d); x.LightEvenness < base.LightEvenness+0.15 {
		t.Errorf("light_evenness %.3f of a face lit from one side, %.3f before", x.LightEvenness, base.LightEvenness)
	}
	if base.LightBalance == nil {
		t.Fatal("no light_balance of a portrait")
	}
	if x := examine(t, e, behind, d); *x.LightBalance < *base.LightBalance+0.2 {
		t.Errorf("light_balance %.3f before a white wall, %.3f before", *x.LightBalance, *base.LightBalance)
	}
	full := img.SubImage(face)
	if x := examine(t, e, full, d); x.LightBalance != nil {
		t.Errorf("light_balance %.3f of an image that is all face", *x.LightBalance)
	}
}

// A grey picture is grey whatever its form and tint; a dim one in colour is
// not.
func TestColors(t *testing.T) {
	e := open(t)
	for _, p := range testphoto.Mated(t)[:3] {
		img := rgba(p.Photos[0].Image(t))
		d := measure(t, e, img).Found[0]
		gray := image.NewGray(img.Rect)
		draw.Draw(gray, img.Rect, img, img.Rect.Min, draw.Src)
		sepia := image.NewRGBA(img.Rect)
		for i, v := range gray.Pix {
			copy(sepia.Pix[4*i:], []uint8{v, uint8(int(v) * 9 / 10), uint8(int(v) * 7 / 10), 255})
		}
		dim := light(img, d, func(v float64) float64 { return v / 4 }).img
		for name, c := range map[string]struct {
			img  image.Image
			want int
		}{"colour": {img, 3}, "a quarter of the light": {dim, 3}, "grey": {gray, 1}, "sepia": {sepia, 1}} {
			if x := examine(t, e, c.img, d); x.Colors != c.want {
				t.Errorf("%s, %s: %d channels, want %d", p.Photos[0].Name, name, x.Colors, c.want)
			}
		}
	}
}

// The mesh lies where the five landmarks are, wherever the image begins.
func TestMeshLiesOnTheFace(t *testing.T) {
	e, ctx := open(t), context.Background()
	img := rgba(testphoto.Mated(t)[0].Photos[0].Image(t))
	d := measure(t, e, img).Found[0]
	m, err := e.Mesh(ctx, img, d)
	if err != nil {
		t.Fatal(err)
	}
	if m.Presence < 0.9 {
		t.Errorf("presence %.2f", m.Presence)
	}
	for name, c := range map[string]struct {
		mesh int
		at   face.Point
	}{"nose": {4, d.Landmarks[2]}, "left mouth corner": {61, d.Landmarks[3]}, "right mouth corner": {291, d.Landmarks[4]}} {
		p := m.Points[c.mesh]
		if off := math.Hypot(p.X-c.at.X, p.Y-c.at.Y) / d.Box.Width(); off > 0.1 {
			t.Errorf("%s is %.2f box widths off", name, off)
		}
	}
	sheet := image.NewRGBA(img.Rect.Add(image.Pt(-37, 51)))
	copy(sheet.Pix, img.Pix)
	moved := d
	moved.Box = face.Box{Left: d.Box.Left - 37, Top: d.Box.Top + 51, Right: d.Box.Right - 37, Bottom: d.Box.Bottom + 51}
	for i := range moved.Landmarks {
		moved.Landmarks[i].X, moved.Landmarks[i].Y = d.Landmarks[i].X-37, d.Landmarks[i].Y+51
	}
	n, err := e.Mesh(ctx, sheet, moved)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := m.Points[100], n.Points[100]; math.Abs(a.X-37-b.X) > 0.5 || math.Abs(a.Y+51-b.Y) > 0.5 {
		t.Errorf("point 100 at %v, in the moved image at %v", a, b)
	}
	a, err := e.Liveness(ctx, img, d)
	if err != nil {
		t.Fatal(err)
	}
	b, err := e.Liveness(ctx, sheet, moved)
	if err != nil || math.Abs(a.Raw-b.Raw) > 0.2 {
		t.Errorf("liveness %.2f, in the moved image %.2f (%v)", a.Raw, b.Raw, err)
	}
	if len(a.Members) == 0 || a.Confidence != e.LivenessCalibration().Confidence(a.Raw) {
		t.Errorf("liveness %+v", a)
	}
}

// Follow finds what Detect finds, with or without a frame before, and
// nothing where nobody is.
func TestFollow(t *testing.T) {
	e, ctx := open(t), context.Background()
	for _, p := range testphoto.Mated(t)[:4] {
		img := p.Photos[0].Image(t)
		want := measure(t, e, img).Found[0]
		for _, previous := range []*face.Detection{nil, &want, {Box: face.Box{Left: math.NaN()}}} {
			got, err := e.Follow(ctx, img, previous)
			if err != nil || len(got) != 1 || got[0].Box.Intersect(want.Box).Area() < 0.8*want.Box.Area() {
				t.Errorf("%s: %v (%v), want %v", p.Photos[0].Name, got, err, want)
			}
		}
	}
	if got, err := e.Follow(ctx, testphoto.NoFace(t).Image(t), nil); err != nil || len(got) != 0 {
		t.Errorf("%d faces where nobody is, %v", len(got), err)
	}
}

// Faces at senseless places are errors or numbers, never a crash.
func TestExamineOddPlaces(t *testing.T) {
	e, ctx := open(t), context.Background()
	img := testphoto.NoFace(t).Image(t)
	for _, b := range []face.Box{
		{},
		{Left: 1, Top: 1},
		{Left: -1e300, Top: -1e300, Right: 1e300, Bottom: 1e300},
		{Left: math.NaN(), Right: 1, Bottom: 1},
		{Left: 1e5, Top: 1e5, Right: 1e5 + 50, Bottom: 1e5 + 50},
		{Left: -500, Top: -500, Right: -400, Bottom: -400},
		{Right: 2, Bottom: 2},
	} {
		d := face.Detection{Box: b}
		l, err := e.Liveness(ctx, img, d)
		if err == nil && !(l.Confidence >= 0 && l.Confidence <= 1) {
			t.Errorf("%v: liveness %v", b, l)
		}
		if m, err := e.Mesh(ctx, img, d); err == nil {
			_, _ = e.Eyes(ctx, img, &m)
		}
		if v, err := e.Smile(ctx, img, d); err == nil && !(v >= 0 && v <= 1) {
			t.Errorf("%v: smile %v", b, v)
		}
		if p, err := e.Pose(ctx, img, d); err == nil && math.Abs(p.Yaw) > 99 {
			t.Errorf("%v: pose %v", b, p)
		}
	}
	if _, err := e.Eyes(ctx, img, &face.Mesh{}); err == nil {
		t.Error("eyes of a mesh without extent are measured")
	}
}
