package face

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"testing"
)

// gradient is a picture whose red grows to the right and green downwards.
func gradient(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, color.RGBA{uint8(255 * x / w), uint8(255 * y / h), 64, 255})
		}
	}
	return img
}

func TestWarpPlacesPixels(t *testing.T) {
	t.Parallel()
	img := gradient(400, 300)
	for name, m := range map[string]affine{
		"identity": {a: 1, e: 1}, "half": {a: 2, e: 2}, "fifth": {a: 5, e: 5}, "double": {a: 0.5, e: 0.5, c: 100, f: 80},
		"turned": {a: 0.8, b: -0.6, c: 150, d: 0.6, e: 0.8, f: 50},
	} {
		var buf, mip, dst pixels
		src := view(img, img.Rect, &buf)
		warp(src, m, 60, 50, borderGrey, brisk, &mip, &dst)
		for y := range 50 {
			for x := range 60 {
				p := m.apply(Point{float64(x) + 0.5, float64(y) + 0.5})
				if p.X < 3 || p.Y < 3 || p.X > 397 || p.Y > 297 {
					continue
				}
				red, green := float64(dst.pix[4*(60*y+x)]), float64(dst.pix[4*(60*y+x)+1])
				if math.Abs(red-255*p.X/400) > 3 || math.Abs(green-255*p.Y/300) > 3 {
					t.Fatalf("%s: pixel %d,%d is %g,%g, want %g,%g", name, x, y, red, green, 255*p.X/400, 255*p.Y/300)
				}
			}
		}
	}
}

func TestWarpBorders(t *testing.T) {
	t.Parallel()
	img := image.NewRGBA(image.Rect(0, 0, 4, 4))
	draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
	var buf, mip, dst pixels
	warp(view(img, img.Rect, &buf), affine{a: 1, c: -10, e: 1, f: -10}, 8, 8, borderGrey, brisk, &mip, &dst)
	if dst.pix[0] != 127 {
		t.Errorf("beyond the edge is %d, want grey", dst.pix[0])
	}
	warp(view(img, img.Rect, &buf), affine{a: 1, c: -10, e: 1, f: -10}, 8, 8, borderNearest, brisk, &mip, &dst)
	if dst.pix[0] != 255 {
		t.Errorf("beyond the edge is %d, want the nearest pixel", dst.pix[0])
	}
}

// Every kind of image gives nearly the same pixels, a part of a larger image
// too.
func TestViewOfEveryKind(t *testing.T) {
	t.Parallel()
	base := gradient(64, 48)
	ycc := image.NewYCbCr(base.Rect, image.YCbCrSubsampleRatio444)
	gray := image.NewGray(base.Rect)
	nrgba := image.NewNRGBA(base.Rect)
	wide := image.NewRGBA64(base.Rect)
	shifted := image.NewRGBA(image.Rect(-5, -7, 59, 41))
	for y := range 48 {
		for x := range 64 {
			c := base.RGBAAt(x, y)
			i := ycc.YOffset(x, y)
			ycc.Y[i], ycc.Cb[i], ycc.Cr[i] = color.RGBToYCbCr(c.R, c.G, c.B)
			gray.Set(x, y, c)
			nrgba.Set(x, y, c)
			wide.Set(x, y, c)
			shifted.Set(x-5, y-7, c)
		}
	}
	region := image.Rect(10, 12, 40, 30)
	for name, img := range map[string]image.Image{"ycbcr": ycc, "nrgba": nrgba, "rgba64": wide, "shifted": shifted, "gray": gray, "rgba": base} {
		var buf pixels
		p := view(img, region, &buf)
		for y := region.Min.Y; y < region.Max.Y; y++ {
			for x := region.Min.X; x < region.Max.X; x++ {
				got := p.pix[(y-int(p.y))*p.stride+4*(x-int(p.x)):]
				want := base.RGBAAt(x, y)
				if name == "gray" {
					v := gray.GrayAt(x, y).Y
					want = color.RGBA{v, v, v, 255}
				}
				for i, w := range []uint8{want.R, want.G, want.B} {
					if d := int(got[i]) - int(w); d > 2 || d < -2 {
						t.Fatalf("%s: pixel %d,%d is %v, want %v", name, x, y, got[:3], want)
					}
				}
			}
		}
	}
}

func TestStretch(t *testing.T) {
	t.Parallel()
	fill := func(lo, hi int) pixels {
		p := pixels{w: 64, h: 64, stride: 256, pix: make([]uint8, 64*64*4)}
		for i := range p.pix {
			p.pix[i] = uint8(lo + (hi-lo)*(i/4%64)/63)
		}
		return p
	}
	dim := fill(5, 40)
	if !stretch(dim) || dim.pix[4*62] < 230 || dim.pix[4] > 20 {
		t.Error("a dim picture was not spread over the range")
	}
	if stretch(fill(0, 255)) {
		t.Error("a picture of full range was changed")
	}
	if stretch(fill(90, 91)) {
		t.Error("an empty picture was changed")
	}
}

func TestTilesCoverTheImage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ w, h, tw, th float64 }{{400, 300, 320, 240}, {1000, 4000, 1200, 900}, {50, 50, 320, 240}, {333, 777, 100, 75}} {
		covered := make(map[[2]int]bool)
		list := tiles(tt.w, tt.h, tt.tw, tt.th)
		for _, b := range list {
			for y := 0.5; y < 40; y++ {
				for x := 0.5; x < 40; x++ {
					px, py := x*tt.w/40, y*tt.h/40
					if px >= b.Left && px <= b.Right && py >= b.Top && py <= b.Bottom {
						covered[[2]int{int(x), int(y)}] = true
					}
				}
			}
		}
		if len(covered) != 1600 {
			t.Errorf("%+v: %d of 1600 places covered by %d tiles", tt, len(covered), len(list))
		}
	}
}

func TestSimilarityTransform(t *testing.T) {
	t.Parallel()
	from := []Point{{0, 0}, {10, 0}, {5, 6}, {2, 9}, {8, 9}}
	want := affine{a: 1.6, b: -1.2, c: 30, d: 1.2, e: 1.6, f: -4}
	to := make([]Point, len(from))
	for i, p := range from {
		to[i] = want.apply(p)
	}
	got, ok := similarity(from, to)
	if !ok || math.Abs(got.a-want.a)+math.Abs(got.b-want.b)+math.Abs(got.c-want.c)+math.Abs(got.f-want.f) > 1e-9 {
		t.Errorf("similarity = %+v, want %+v", got, want)
	}
	for i, p := range to {
		if back := got.invert().apply(p); math.Hypot(back.X-from[i].X, back.Y-from[i].Y) > 1e-9 {
			t.Errorf("invert moves %v to %v, want %v", p, back, from[i])
		}
	}
	if _, ok := similarity([]Point{{1, 1}, {1, 1}}, []Point{{0, 0}, {1, 1}}); ok {
		t.Error("one point spans no similarity")
	}
}

// The detector's outputs come from a model file that users may bring: no
// value of theirs may break the decoder.
func FuzzDecodeCorners(f *testing.F) {
	f.Add([]byte{0, 0, 128, 63, 0, 0, 128, 63, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 128, 63})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var values []float32
		for ; len(raw) >= 4; raw = raw[4:] {
			values = append(values, math.Float32frombits(uint32(raw[0])|uint32(raw[1])<<8|uint32(raw[2])<<16|uint32(raw[3])<<24))
		}
		third := len(values) / 3
		found := decodeCorners(values[:third], values[third:], 320, 240, affine{a: 2, e: 2}, 0, MinScore)
		for _, c := range suppress(found, 0.35) {
			if c.score < MinScore || c.score > 1 || !finite(c.box.Area()) {
				t.Errorf("candidate %+v", c)
			}
		}
	})
}

func FuzzModelManifest(f *testing.F) {
	f.Add([]byte(`{"name":"m","version":"1","task":"pose","sha256":"","input":{"name":"i","shape":[1,3,2,2],"layout":"NCHW","color":"RGB","mean":[0,0,0],"scale":[1,1,1],"crop":"box"},"output":{"names":["o"],"sizes":[66],"decoding":"bins66"},"license":"MIT","commercial_use":true,"source":"s","training_data":"","calibration":null,"accuracy":[],"self_test":{"values":[]}}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := parseModelManifest(raw)
		if err != nil {
			return
		}
		if len(m.Input.Shape) != 4 || m.License == "" {
			t.Errorf("accepted %+v", m)
		}
		_ = m.checkTask()
	})
}
