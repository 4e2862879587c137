package media

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"runtime"
	"testing"
)

// onWhiteGround is what a viewer with a white page shows of an image.
func onWhiteGround(img image.Image) *image.RGBA {
	out := image.NewRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Over)
	return out
}

// convert redraws an image in another of Go's formats.
func convert[T draw.Image](dst T, src image.Image) T {
	draw.Draw(dst, dst.Bounds(), src, src.Bounds().Min, draw.Src)
	return dst
}

func TestDecodePNGFormats(t *testing.T) {
	t.Parallel()
	r := image.Rect(0, 0, 61, 43)
	opaque := pattern(r.Dx(), r.Dy())
	ramp := image.NewNRGBA(r)
	for i := range r.Dx() * r.Dy() {
		c := opaque.RGBAAt(i%r.Dx(), i/r.Dx())
		ramp.SetNRGBA(i%r.Dx(), i/r.Dx(), color.NRGBA{c.R, c.G, c.B, byte(4 * (i % r.Dx()))})
	}
	palette := color.Palette{color.White, color.Black, color.NRGBA{200, 30, 40, 255}, color.NRGBA{30, 40, 200, 255}}
	clear := append(color.Palette{color.NRGBA{10, 20, 30, 0}, color.NRGBA{0, 200, 0, 128}}, palette...)
	for _, c := range []struct {
		name     string
		img      image.Image
		channels int
	}{
		{"colours", opaque, 3},
		{"colours with alpha", ramp, 3},
		{"colours of 16 bits", convert(image.NewRGBA64(r), opaque), 3},
		{"colours of 16 bits with alpha", convert(image.NewNRGBA64(r), ramp), 3},
		{"grey", convert(image.NewGray(r), opaque), 1},
		{"grey of 16 bits", convert(image.NewGray16(r), opaque), 1},
		{"palette", convert(image.NewPaletted(r, palette), opaque), 3},
		{"palette with transparency", convert(image.NewPaletted(r, clear), ramp), 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := decode(t, encodePNG(t, c.img), Options{})
			defer f.Release()
			if f.Type != PNG || f.Channels != c.channels || f.Width != r.Dx() || f.Height != r.Dy() || f.Scale != 1 || f.Orientation != 1 {
				t.Errorf("%+v", f)
			}
			if _, most := distance(t, f.Image, onWhiteGround(c.img)); most > 1 {
				t.Errorf("differs by %d", most)
			}
			if !f.Image.Opaque() {
				t.Error("not opaque")
			}
		})
	}
}

// TestDecodeInterlacedPNG checks Adam7, which Go's encoder does not write.
func TestDecodeInterlacedPNG(t *testing.T) {
	t.Parallel()
	src := pattern(45, 39)
	var raw bytes.Buffer
	for _, p := range [][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		for y := p[1]; y < 39; y += p[3] {
			raw.WriteByte(0)
			for x := p[0]; x < 45; x += p[2] {
				c := src.RGBAAt(x, y)
				raw.Write([]byte{c.R, c.G, c.B})
			}
		}
	}
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	if _, err := z.Write(raw.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	data := pngStub(45, 39, 8, pngRGB)
	data[8+8+12] = 1 // interlaced
	ihdr := chunkPNG("IHDR", data[16:29])
	data = append(append([]byte(pngSignature), ihdr...), chunkPNG("IDAT", packed.Bytes())...)
	f := decode(t, append(data, pngEnd...), Options{})
	defer f.Release()
	if _, most := distance(t, f.Image, src); most != 0 {
		t.Errorf("differs by %d", most)
	}
}

func TestPNGForgivesWhatMakesNoPixels(t *testing.T) {
	t.Parallel()
	src := pattern(50, 40)
	good := encodePNG(t, src)
	spoilt := chunkPNG("zTXt", []byte("Comment\x00\x00not zlib at all"))
	spoilt[len(spoilt)-1] ^= 1
	for name, data := range map[string][]byte{
		"spoilt text chunk":      withChunk(good, spoilt),
		"colour profile of junk": withChunk(good, chunkPNG("iCCP", make([]byte, 5000))),
		"no IEND":                good[:len(good)-12],
		"trailing bytes":         append(append([]byte{}, good...), "trailer"...),
	} {
		f, err := Decode(context.Background(), data, Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, most := distance(t, f.Image, src); most != 0 {
			t.Errorf("%s: differs by %d", name, most)
		}
		f.Release()
	}
	for n := 8; n < len(good)-12; n += 7 {
		wantReason(t, good[:n], Options{}, ReasonUndecodable)
	}
	flipped := append([]byte{}, good...)
	flipped[len(flipped)/2] ^= 0x10
	wantReason(t, flipped, Options{}, ReasonUndecodable)
	wantReason(t, withChunk(good, chunkPNG("CgBI", make([]byte, 4))), Options{}, ReasonUndecodable)
	damaged := append([]byte("\x89PNG\n\x1a\n"), good[8:]...)
	wantReason(t, damaged, Options{}, ReasonUndecodable)
}

func TestDecodeWebP(t *testing.T) {
	t.Parallel()
	opaque := decode(t, fixture(t, "pattern.png"), Options{})
	alpha := decode(t, fixture(t, "pattern_alpha.png"), Options{})
	for _, c := range []struct {
		file string
		want *Frame
		mean float64
	}{
		{"lossy.webp", opaque, 6},
		{"lossy_alpha.webp", alpha, 6},
		{"lossless.webp", alpha, 0},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			f := decode(t, fixture(t, c.file), Options{})
			defer f.Release()
			if mean, most := distance(t, f.Image, c.want.Image); mean > c.mean {
				t.Errorf("differs by %.2f in the mean, %d at most", mean, most)
			}
			if f.Type != WebP || f.Channels != 3 {
				t.Errorf("%+v", f)
			}
		})
	}
}

// TestWebPForgivesTheContainer takes pixels from files whose frame is wrong,
// and none from files whose image is.
func TestWebPForgivesTheContainer(t *testing.T) {
	t.Parallel()
	good := fixture(t, "lossy.webp")
	wrongSize := append([]byte{}, good...)
	binary.LittleEndian.PutUint32(wrongSize[4:], 12345678)
	image := good[12:]
	for name, data := range map[string][]byte{
		"wrong RIFF size":             wrongSize,
		"trailing bytes":              append(append([]byte{}, good...), "trailer"...),
		"unknown chunk first":         riffWebP(chunkWebP("JUNK", []byte("odd")), image),
		"alpha flag without an ALPH":  riffWebP(vp8x(webpAlpha, 80, 60), image),
		"second image is not read":    riffWebP(image, vp8Stub(9000, 9000)),
		"metadata cut at the end":     append(riffWebP(vp8x(0, 80, 60), image), "EXIF\xFF\x00\x00\x00II*"...),
		"colour profile and the like": riffWebP(vp8x(0x20, 80, 60), chunkWebP("ICCP", make([]byte, 33)), image),
	} {
		f, err := Decode(context.Background(), data, Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		f.Release()
	}
	for _, file := range []string{"lossy.webp", "lossless.webp", "lossy_alpha.webp"} {
		data := fixture(t, file)
		for n := 20; n < len(data)-2; n += 9 {
			wantReason(t, data[:n], Options{}, ReasonUndecodable)
		}
	}
	// Cut inside the image, with lengths that agree to the cut.
	body := good[20 : len(good)-60]
	wantReason(t, riffWebP(chunkWebP("VP8 ", body)), Options{}, ReasonUndecodable)
}

func TestSide(t *testing.T) {
	t.Parallel()
	jpg := encodeJPEG(t, pattern(1001, 601))
	turnedJPG := withEXIF(jpg, tiffBlock(6, binary.LittleEndian))
	png := encodePNG(t, pattern(1001, 601))
	for _, c := range []struct {
		side, w, h int
		scale      float64
	}{
		{0, 1001, 601, 1},
		{5000, 1001, 601, 1},
		{502, 1001, 601, 1},
		{501, 501, 301, .5},
		{300, 501, 301, .5},
		{251, 251, 151, .25},
		{126, 126, 76, .125},
		{1, 126, 76, .125},
	} {
		for _, data := range [][]byte{jpg, png, turnedJPG} {
			f := decode(t, data, Options{Side: c.side})
			w, h, uw, uh := c.w, c.h, 1001, 601
			if f.Orientation == 6 {
				w, h, uw, uh = h, w, uh, uw
			}
			if f.Image.Rect != image.Rect(0, 0, w, h) || f.Scale != c.scale || f.Width != uw || f.Height != uh {
				t.Errorf("side %d: %v of %d x %d at %g", c.side, f.Image.Rect, f.Width, f.Height, f.Scale)
			}
			f.Release()
		}
	}
}

// TestReservationCoversTheNeed compares what a decoding reserves with what it
// allocates. It runs alone, since the count is that of the whole process.
func TestReservationCoversTheNeed(t *testing.T) {
	img := pattern(1000, 700)
	deep := convert(image.NewNRGBA64(img.Rect), img)
	deep.SetNRGBA64(0, 0, color.NRGBA64{})
	jpg := encodeJPEG(t, img)
	for name, data := range map[string][]byte{
		"JPEG":                  jpg,
		"JPEG turned":           withEXIF(jpg, tiffBlock(6, binary.BigEndian)),
		"JPEG without an end":   jpg[:len(jpg)-2],
		"JPEG grey":             encodeJPEG(t, convert(image.NewGray(img.Rect), img)),
		"PNG":                   encodePNG(t, img),
		"PNG of 16 bits":        encodePNG(t, deep),
		"PNG with palette":      encodePNG(t, convert(image.NewPaletted(img.Rect, color.Palette{color.White, color.Black}), img)),
		"WebP":                  fixture(t, "lossy.webp"),
		"WebP with alpha":       fixture(t, "lossy_alpha.webp"),
		"WebP without loss":     fixture(t, "lossless.webp"),
		"JPEG of inks":          fixture(t, "ycck.jpg"),
		"JPEG of several scans": fixture(t, "progressive.jpg"),
	} {
		h, err := readHeader(data, DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{1, 2, -1, -2} {
			portable := n < 0
			if portable && h.jpeg == nil {
				continue
			}
			n = max(n, -n)
			runtime.GC()
			runtime.GC() // empties the pools
			d := decoding{header: h, ctx: context.Background(), data: data, factor: n, budget: NewBudget(1 << 30)}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			decode := d.pixels
			if portable {
				decode = func() (*image.RGBA, error) { return d.decodeJPEGPortable(append(data, 0xFF, markEOI)) }
			}
			img, err := decode()
			if err != nil {
				t.Fatal(err)
			}
			orient(img, h.Orientation)
			runtime.ReadMemStats(&after)
			const fixed = 512 << 10 // tables and buffers that do not grow with the image
			if used := int64(after.TotalAlloc - before.TotalAlloc); used > d.held.bytes+fixed {
				t.Errorf("%s at 1/%d: %d bytes allocated, %d reserved", name, n, used, d.held.bytes)
			}
			d.release()
		}
	}
}

func TestDecodeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, data := range [][]byte{encodeJPEG(t, pattern(64, 64)), encodePNG(t, pattern(64, 64)), fixture(t, "lossy.webp"), fixture(t, "ycck.jpg")} {
		if _, err := Decode(ctx, data, Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want the context's error", err)
		}
	}
}

// TestPanicsAreRefusals holds decodeWhole to its word.
func TestPanicsAreRefusals(t *testing.T) {
	t.Parallel()
	d := decoding{ctx: context.Background(), factor: 1}
	if _, err := d.decodeWhole(nil, nil); err == nil {
		t.Error("no error from a decoder that panics")
	}
	d.Width, d.Height = 64, 65
	if _, err := d.decodeWhole(jpeg.Decode, bytes.NewReader(encodeJPEG(t, pattern(64, 64)))); err == nil {
		t.Error("no error for a size that differs from the header's")
	}
}
