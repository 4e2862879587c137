package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"testing"
)

// fuzzLimits keep each input fast; everything else is as in production.
var fuzzLimits = Limits{MaxBytes: 64 << 10, MaxPixels: 1 << 16, MaxSide: 1024, MinSide: 1}

func FuzzSniff(f *testing.F) {
	for _, m := range magics {
		f.Add([]byte(m.prefix))
	}
	f.Add([]byte(pngSignature))
	f.Add(fixture(f, "animated.webp"))
	f.Add([]byte("\x00\x00\x00\x14ftypmif1\x00\x00\x00\x00avif"))
	f.Add([]byte("\x1A\x45\xDF\xA3\x9F\x42\x82\x84webm"))
	f.Add([]byte("<svg/>"))
	f.Fuzz(func(t *testing.T, head []byte) {
		typ := Sniff(head)
		if int(typ) >= len(types) || typ.MIME() == "" {
			t.Errorf("type %d", typ)
		}
	})
}

func addImages(f *testing.F) {
	f.Helper()
	for _, name := range []string{"pattern.png", "pattern_alpha.png", "lossy.webp", "lossy_alpha.webp", "lossless.webp", "animated.webp", "progressive.jpg", "ycck.jpg"} {
		f.Add(fixture(f, name))
	}
	f.Add(withEXIF(encodeJPEG(f, pattern(40, 40)), tiffBlock(6, binary.LittleEndian)))
	f.Add(riffWebP(vp8x(0, 64, 64), vp8lStub(64, 64)))
	f.Add(pngStub(64, 64, 8, pngRGB))
}

// checkDecode holds Probe and Decode to their contracts.
func checkDecode(t *testing.T, data []byte) {
	t.Helper()
	info, probeErr := Probe(data, fuzzLimits)
	f, err := Decode(context.Background(), data, Options{Limits: fuzzLimits, Side: 40})
	var refused *Error
	switch {
	case err == nil && probeErr != nil:
		t.Fatalf("Decode takes what Probe refuses: %v", probeErr)
	case err != nil && !errors.As(err, &refused):
		t.Fatalf("no refusal: %v", err)
	case err != nil:
		return
	}
	defer f.Release()
	w, h := info.Upright()
	if f.Width != w || f.Height != h || f.Orientation != info.Orientation || f.Channels != info.Channels {
		t.Fatalf("frame %+v of %+v", f, info)
	}
	n := int(1 / f.Scale)
	if f.Image.Rect != image.Rect(0, 0, scaled(w, n), scaled(h, n)) || !f.Image.Opaque() {
		t.Fatalf("image %v of %d x %d at %g", f.Image.Rect, w, h, f.Scale)
	}
	if _, err := Thumbnail(f, 16); err != nil {
		t.Fatal(err)
	}
}

func FuzzProbe(f *testing.F) {
	addImages(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := Probe(data, fuzzLimits)
		if err != nil {
			return
		}
		if !info.Type.Still() || info.Width < 1 || info.Height < 1 || info.Width*info.Height > 1<<16 ||
			info.Orientation < 1 || info.Orientation > 8 || (info.Channels != 1 && info.Channels != 3) {
			t.Errorf("%+v", info)
		}
	})
}

func FuzzDecodeJPEG(f *testing.F) {
	f.Add(fixture(f, "progressive.jpg"))
	f.Add(fixture(f, "ycck.jpg"))
	f.Add(withEXIF(encodeJPEG(f, pattern(40, 40)), tiffBlock(6, binary.LittleEndian)))
	f.Add(encodeJPEG(f, convert(image.NewGray(image.Rect(0, 0, 40, 33)), pattern(40, 33))))
	f.Fuzz(func(t *testing.T, data []byte) {
		if Sniff(data) == JPEG {
			checkDecode(t, data)
		}
	})
}

// FuzzDecodePNG mends the checksums, which would hide the decoder from the
// fuzzer.
func FuzzDecodePNG(f *testing.F) {
	f.Add(fixture(f, "pattern.png"))
	f.Add(fixture(f, "pattern_alpha.png"))
	f.Add(withChunk(encodePNG(f, pattern(40, 40)), chunkPNG("eXIf", tiffBlock(5, binary.BigEndian))))
	f.Add(encodePNG(f, image.NewGray16(image.Rect(0, 0, 33, 5))))
	f.Add(encodePNG(f, image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{color.Black, color.Transparent})))
	f.Fuzz(func(t *testing.T, data []byte) {
		mended := append([]byte{}, data[:min(len(data), 8)]...)
		it := pngChunks(data)
		for it.next() {
			mended = append(mended, chunkPNG(it.name, it.body)...)
		}
		mended = append(mended, it.rest...)
		if Sniff(mended) == PNG {
			checkDecode(t, mended)
		}
	})
}

func FuzzDecodeWebP(f *testing.F) {
	for _, name := range []string{"lossy.webp", "lossy_alpha.webp", "lossless.webp"} {
		f.Add(fixture(f, name))
	}
	f.Add(riffWebP(vp8x(0, 64, 64), vp8lStub(64, 64)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if Sniff(data) == WebP {
			checkDecode(t, data)
		}
	})
}

func FuzzEXIF(f *testing.F) {
	f.Add(tiffBlock(6, binary.LittleEndian))
	f.Add(tiffBlock(8, binary.BigEndian))
	f.Add(bytes.Repeat([]byte{0xFF}, 64))
	f.Fuzz(func(t *testing.T, tiff []byte) {
		if o := exifOrientation(tiff); o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
	})
}
