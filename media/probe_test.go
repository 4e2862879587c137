package media

import (
	"encoding/binary"
	"errors"
	"image"
	"math"
	"runtime"
	"testing"
)

// sofOnly is a JPEG that ends behind its frame header.
func sofOnly(w, h int) []byte {
	b := []byte{0xFF, 0xD8, 0xFF, markSOF0, 0, 17, 8}
	b = binary.BigEndian.AppendUint16(b, uint16(h))
	b = binary.BigEndian.AppendUint16(b, uint16(w))
	return append(b, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1)
}

func pngStub(w, h uint32, bits, colour byte) []byte {
	ihdr := binary.BigEndian.AppendUint32(nil, w)
	ihdr = binary.BigEndian.AppendUint32(ihdr, h)
	ihdr = append(ihdr, bits, colour, 0, 0, 0)
	return append([]byte(pngSignature), chunkPNG("IHDR", ihdr)...)
}

func vp8Stub(w, h int) []byte {
	b := []byte{0x10, 0, 0, 0x9D, 0x01, 0x2A}
	b = binary.LittleEndian.AppendUint16(b, uint16(w))
	return chunkWebP("VP8 ", binary.LittleEndian.AppendUint16(b, uint16(h)))
}

func vp8lStub(w, h int) []byte {
	n := uint32(w-1) | uint32(h-1)<<14
	return chunkWebP("VP8L", append([]byte{0x2F}, binary.LittleEndian.AppendUint32(nil, n)...))
}

func TestProbeRefusals(t *testing.T) {
	t.Parallel()
	big := make([]byte, 10<<20+1)
	copy(big, encodeJPEG(t, pattern(64, 64)))
	for _, c := range []struct {
		name          string
		data          []byte
		reason        Reason
		kind          Kind
		limit, actual int64
		typ           Type
	}{
		{"no bytes", nil, ReasonEmpty, KindInvalid, 0, 0, Unknown},
		{"one byte too many", big, ReasonBytes, KindTooLarge, 10 << 20, 10<<20 + 1, JPEG},
		{"JPEG 20000", sofOnly(20000, 20000), ReasonPixels, KindTooLarge, 12000, 20000, JPEG},
		{"JPEG of 72 megapixels", sofOnly(12000, 6000), ReasonPixels, KindTooLarge, 50e6, 72e6, JPEG},
		{"JPEG at the limit but cut", sofOnly(10000, 5000), ReasonUndecodable, KindInvalid, 0, 0, JPEG},
		{"JPEG 31", encodeJPEG(t, pattern(200, 31)), ReasonTooSmall, KindInvalid, 32, 31, JPEG},
		{"JPEG without height", sofOnly(100, 0), ReasonUndecodable, KindInvalid, 0, 0, JPEG},
		{"PNG 20000", pngStub(20000, 20000, 8, pngRGB), ReasonPixels, KindTooLarge, 12000, 20000, PNG},
		{"PNG wide", pngStub(12001, 32, 8, pngRGB), ReasonPixels, KindTooLarge, 12000, 12001, PNG},
		{"PNG beyond 32 bits", pngStub(math.MaxUint32, math.MaxUint32, 8, pngRGB), ReasonUndecodable, KindInvalid, 0, 0, PNG},
		{"PNG at the end of 31 bits", pngStub(math.MaxInt32, math.MaxInt32, 8, pngRGB), ReasonPixels, KindTooLarge, 12000, math.MaxInt32, PNG},
		{"PNG of a colour type that is none", pngStub(100, 100, 8, 5), ReasonUndecodable, KindInvalid, 0, 0, PNG},
		{"PNG 1x1", pngStub(1, 1, 8, pngRGB), ReasonTooSmall, KindInvalid, 32, 1, PNG},
		{"APNG", withChunk(encodePNG(t, pattern(64, 64)), chunkPNG("acTL", make([]byte, 8))), ReasonType, KindUnsupported, 0, 0, APNG},
		{"APNG behind much else", withChunk(encodePNG(t, pattern(64, 64)), chunkPNG("zTXt", make([]byte, 9000)), chunkPNG("acTL", make([]byte, 8))), ReasonType, KindUnsupported, 0, 0, APNG},
		{"VP8 16383", riffWebP(vp8Stub(16383, 16383)), ReasonPixels, KindTooLarge, 12000, 16383, WebP},
		{"VP8L 16384", riffWebP(vp8lStub(16384, 16384)), ReasonPixels, KindTooLarge, 12000, 16384, WebP},
		{"VP8X small around VP8L large", riffWebP(vp8x(0, 64, 64), vp8lStub(9000, 5000)), ReasonUndecodable, KindInvalid, 0, 0, WebP},
		{"VP8X large around VP8 small", riffWebP(vp8x(0, 1<<24, 1<<24), vp8Stub(64, 64)), ReasonUndecodable, KindInvalid, 0, 0, WebP},
		{"WebP without an image", riffWebP(vp8x(0, 64, 64)), ReasonUndecodable, KindInvalid, 0, 0, WebP},
		{"WebP animated", fixture(t, "animated.webp"), ReasonType, KindUnsupported, 0, 0, AnimatedWebP},
		{"WebP animated without the flag", riffWebP(vp8x(0, 64, 64), chunkWebP("ANIM", make([]byte, 6))), ReasonType, KindUnsupported, 0, 0, AnimatedWebP},
		{"HEIC", []byte("\x00\x00\x00\x14ftypheic\x00\x00\x00\x00mif1"), ReasonHEIF, KindUnsupported, 0, 0, HEIC},
		{"AVIF", []byte("\x00\x00\x00\x14ftypavif\x00\x00\x00\x00mif1"), ReasonHEIF, KindUnsupported, 0, 0, AVIF},
		{"video", []byte("\x00\x00\x00\x14ftypisom\x00\x00\x00\x00avc1"), ReasonVideo, KindUnsupported, 0, 0, MP4},
		{"GIF", []byte("GIF89a"), ReasonType, KindUnsupported, 0, 0, GIF},
		{"text", []byte("not an image"), ReasonType, KindUnsupported, 0, 0, Text},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			info, err := Probe(c.data, Limits{})
			var got *Error
			if !errors.As(err, &got) {
				t.Fatalf("%+v, %v; want %s", info, err, c.reason)
			}
			if got.Reason != c.reason || got.Kind() != c.kind || got.Limit != c.limit || got.Actual != c.actual || got.Type != c.typ {
				t.Errorf("%+v of kind %d, want %s of kind %d, limit %d, actual %d, %v", got, got.Kind(), c.reason, c.kind, c.limit, c.actual, c.typ)
			}
			if got.Error() == "" || info != (Info{}) {
				t.Errorf("message %q, info %+v", got.Error(), info)
			}
			if again := wantReason(t, c.data, Options{}, c.reason); again.Limit != c.limit || again.Actual != c.actual {
				t.Errorf("Decode differs from Probe: %+v", again)
			}
		})
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	grey := image.NewGray(image.Rect(0, 0, 40, 50))
	for _, c := range []struct {
		name string
		data []byte
		want Info
	}{
		{"JPEG", encodeJPEG(t, pattern(64, 48)), Info{JPEG, 64, 48, 1, 3}},
		{"JPEG grey", encodeJPEG(t, grey), Info{JPEG, 40, 50, 1, 1}},
		{"JPEG turned", withEXIF(encodeJPEG(t, pattern(64, 48)), tiffBlock(6, binary.BigEndian)), Info{JPEG, 64, 48, 6, 3}},
		{"JPEG progressive", fixture(t, "progressive.jpg"), Info{JPEG, 80, 60, 1, 3}},
		{"JPEG of inks", fixture(t, "ycck.jpg"), Info{JPEG, 80, 60, 1, 3}},
		{"PNG", encodePNG(t, pattern(64, 48)), Info{PNG, 64, 48, 1, 3}},
		{"PNG grey", encodePNG(t, grey), Info{PNG, 40, 50, 1, 1}},
		{"WebP lossy", fixture(t, "lossy.webp"), Info{WebP, 80, 60, 1, 3}},
		{"WebP lossy with alpha", fixture(t, "lossy_alpha.webp"), Info{WebP, 80, 60, 1, 3}},
		{"WebP lossless", fixture(t, "lossless.webp"), Info{WebP, 80, 60, 1, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := Probe(c.data, Limits{})
			if err != nil || got != c.want {
				t.Errorf("%+v, %v; want %+v", got, err, c.want)
			}
		})
	}
	if w, h := (Info{Width: 64, Height: 48, Orientation: 6}).Upright(); w != 48 || h != 64 {
		t.Errorf("upright %d x %d", w, h)
	}
}

func TestLimitsOfTheCaller(t *testing.T) {
	t.Parallel()
	data := encodeJPEG(t, pattern(20, 20))
	wantReason(t, data, Options{}, ReasonTooSmall)
	decode(t, data, Options{Limits: Limits{MinSide: 1}}).Release()
	wantReason(t, data, Options{Limits: Limits{MinSide: 1, MaxSide: 19}}, ReasonPixels)
	wantReason(t, data, Options{Limits: Limits{MinSide: 1, MaxPixels: 399}}, ReasonPixels)
	wantReason(t, data, Options{Limits: Limits{MinSide: 1, MaxBytes: 100}}, ReasonBytes)
}

// TestBombsCostNothing refuses large headers and stubs of large images without
// allocating for their pixels.
func TestBombsCostNothing(t *testing.T) {
	idat := append(pngStub(7000, 7000, 8, pngRGBA), chunkPNG("IDAT", make([]byte, 100))...)
	j := encodeJPEG(t, pattern(64, 64))
	var at int // patch the frame header of a good JPEG up to 49 megapixels
	for at = 2; j[at+1] != markSOF0; {
		at += 2 + int(binary.BigEndian.Uint16(j[at+2:]))
	}
	binary.BigEndian.PutUint16(j[at+5:], 7000)
	binary.BigEndian.PutUint16(j[at+7:], 7000)
	for name, c := range map[string]struct {
		data   []byte
		reason Reason
	}{
		"JPEG 20000":          {sofOnly(20000, 20000), ReasonPixels},
		"PNG 20000":           {pngStub(20000, 20000, 8, pngRGB), ReasonPixels},
		"WebP 49 MP of 10 B":  {riffWebP(vp8Stub(7000, 7000)), ReasonUndecodable},
		"WebP 16383":          {riffWebP(vp8Stub(16383, 16383)), ReasonPixels},
		"PNG 49 MP of 100 B":  {idat, ReasonUndecodable},
		"JPEG 49 MP of 600 B": {j, ReasonUndecodable},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		wantReason(t, c.data, Options{}, c.reason)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 256<<10 {
			t.Errorf("%s: %d bytes allocated", name, n)
		}
	}
}
