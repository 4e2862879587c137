package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"strings"
	"testing"
)

func TestDecodeJPEGColours(t *testing.T) {
	t.Parallel()
	src := decode(t, fixture(t, "pattern.png"), Options{})
	grey := convert(image.NewGray(src.Image.Rect), src.Image)
	for _, c := range []struct {
		name     string
		data     []byte
		want     *image.RGBA
		mean     float64
		channels int
	}{
		{"baseline", encodeJPEG(t, src.Image), src.Image, 6, 3},
		{"progressive", fixture(t, "progressive.jpg"), src.Image, 6, 3},
		{"inks", fixture(t, "ycck.jpg"), src.Image, 6, 3},
		{"grey", encodeJPEG(t, grey), onWhiteGround(grey), 2, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := decode(t, c.data, Options{})
			defer f.Release()
			if mean, most := distance(t, f.Image, c.want); mean > c.mean {
				t.Errorf("differs by %.2f in the mean, %d at most", mean, most)
			}
			if f.Type != JPEG || f.Channels != c.channels || f.Width != 80 || f.Height != 60 {
				t.Errorf("%+v", f)
			}
		})
	}
}

// TestJPEGEnds cuts JPEGs everywhere: only the end marker may be missing.
func TestJPEGEnds(t *testing.T) {
	t.Parallel()
	for name, good := range map[string][]byte{
		"baseline":    encodeJPEG(t, pattern(120, 90)),
		"progressive": fixture(t, "progressive.jpg"),
		"inks":        fixture(t, "ycck.jpg"),
	} {
		whole := decode(t, good, Options{})
		for n := 2; n < len(good)-3; n += 11 {
			wantReason(t, good[:n], Options{}, ReasonUndecodable)
		}
		for _, data := range [][]byte{
			good[:len(good)-2],
			good[:len(good)-1],
			append(append([]byte{}, good...), "a trailer of some camera \xFF\xD8\xFF\xC0"...),
		} {
			f := decode(t, data, Options{})
			if _, most := distance(t, f.Image, whole.Image); most != 0 {
				t.Errorf("%s: differs by %d", name, most)
			}
			f.Release()
		}
		whole.Release()
	}
}

// TestJPEGCutBetweenScans shows why the end marker is not forgiven blindly: a
// progressive image cut there decodes without a complaint.
func TestJPEGCutBetweenScans(t *testing.T) {
	t.Parallel()
	good := fixture(t, "progressive.jpg")
	h, err := readJPEGHeader(good)
	if err != nil {
		t.Fatal(err)
	}
	scans := 0
	for pos := h.scans - 1; ; {
		marker, at := nextMarker(good, pos)
		if marker == markEOI {
			break
		}
		if scans > 0 {
			wantReason(t, good[:at-1], Options{}, ReasonUndecodable)
		}
		_, next := segment(good, at)
		if pos = next; marker == markSOS {
			scans++
			pos = entropyEnd(good, next)
		}
	}
	if scans < 5 {
		t.Fatalf("%d scans are no progressive image", scans)
	}
}

func TestJPEGScanBombs(t *testing.T) {
	t.Parallel()
	good := fixture(t, "progressive.jpg")
	h, err := readJPEGHeader(good)
	if err != nil {
		t.Fatal(err)
	}
	_, next := segment(good, h.scans)
	first := good[h.scans-1 : entropyEnd(good, next)]
	// Scans of one coefficient each are legal, and each walks the whole image.
	bomb := func(width, height, scans int) []byte {
		b := append([]byte{}, good[:h.scans-1]...)
		frame := bytes.Index(b, []byte{0xFF, markSOF2})
		binary.BigEndian.PutUint16(b[frame+5:], uint16(height))
		binary.BigEndian.PutUint16(b[frame+7:], uint16(width))
		b = append(b, first...)
		for i := range scans {
			k := byte(1 + i%63)
			b = append(b, 0xFF, markSOS, 0, 8, 1, byte(1+i/63), 0, k, k, 0)
			b = append(b, bytes.Repeat([]byte{0x55}, 100_000)[:100+width*height/4000]...)
		}
		return append(b, 0xFF, markEOI)
	}
	for _, data := range [][]byte{bomb(80, 60, maxScans), bomb(7000, 7000, 12)} {
		refused := wantReason(t, data, Options{}, ReasonUndecodable)
		if !strings.Contains(refused.Error(), "too many for the image's size") {
			t.Error(refused)
		}
	}
	repeated := append([]byte{}, good[:h.scans-1]...)
	repeated = append(append(repeated, first...), good[h.scans-1:]...)
	wantReason(t, repeated, Options{}, ReasonUndecodable)
	sequential := encodeJPEG(t, pattern(64, 64))
	if h, err = readJPEGHeader(sequential); err != nil {
		t.Fatal(err)
	}
	repeated = append(sequential[:len(sequential)-2:len(sequential)-2], sequential[h.scans-1:]...)
	wantReason(t, repeated, Options{}, ReasonUndecodable)
	if h, err = readJPEGHeader(good); err != nil {
		t.Fatal(err)
	}
	// No scan brings the third component.
	alone := append([]byte{}, good[:h.scans-1]...)
	alone = append(alone, 0xFF, markSOS, 0, 8, 1, 1, 0, 0, 0, 0)
	alone = append(alone, good[next:entropyEnd(good, next)]...)
	wantReason(t, append(alone, 0xFF, markEOI), Options{}, ReasonUndecodable)
}

func TestJPEGHeaders(t *testing.T) {
	t.Parallel()
	good := encodeJPEG(t, pattern(64, 64))
	without := func(marker byte) []byte {
		out := append([]byte{}, good[:2]...)
		for pos := 2; ; {
			m, at := nextMarker(good, pos)
			if m == markSOS {
				return append(out, good[at-1:]...)
			}
			_, next := segment(good, at)
			if m != marker {
				out = append(out, good[at-1:next]...)
			}
			pos = next
		}
	}
	frame := []byte{8, 0, 64, 0, 64, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1}
	for name, data := range map[string][]byte{
		"no quantisation table": without(markDQT),
		"no Huffman table":      without(markDHT),
		"no frame header":       without(markSOF0),
		"two frame headers":     withSegment(good, markSOF0, frame),
		"arithmetic coding":     withSegment(good, 0xC9, frame),
		"end before the scan":   append([]byte{0xFF, markSOI, 0xFF, markEOI}, good[2:]...),
		"segment of length 1":   append([]byte{0xFF, markSOI, 0xFF, 0xE5, 0, 1}, good[2:]...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantReason(t, data, Options{}, ReasonUndecodable)
		})
	}
	fill := append([]byte{0xFF, markSOI, 0xFF, 0xFF, 0xFF}, good[2:]...)
	decode(t, fill, Options{}).Release()
}

// TestTurboAgainstPortable compares the two decoders at all scales.
func TestTurboAgainstPortable(t *testing.T) {
	if !haveTurbo {
		t.Skip("this build has the portable decoder only")
	}
	t.Parallel()
	wide := encodeJPEG(t, pattern(1013, 509))
	for _, data := range [][]byte{wide, fixture(t, "progressive.jpg"), encodeJPEG(t, convert(image.NewGray(image.Rect(0, 0, 333, 77)), pattern(333, 77)))} {
		h, err := readHeader(data, DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{1, 2, 4, 8} {
			d := decoding{header: h, ctx: context.Background(), data: data, factor: n, budget: NewBudget(1 << 30)}
			fast, err := d.decodeJPEG()
			if err != nil {
				t.Fatal(err)
			}
			slow, err := d.decodeJPEGPortable(data)
			if err != nil {
				t.Fatal(err)
			}
			if mean, most := distance(t, fast, slow); mean > 3 {
				t.Errorf("1/%d: differs by %.2f in the mean, %d at most", n, mean, most)
			}
			d.release()
		}
	}
}
