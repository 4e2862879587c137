package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

func fixture(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// pattern is an image without any symmetry, so that every turn of it differs.
func pattern(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{byte(30 + 180*x/w), byte(30 + 180*y/h), 80, 255}
			if dx, dy := x-w/3, y-h/3; dx*dx+dy*dy < w*h/40 {
				c = color.RGBA{220, 60, 50, 255}
			}
			if x > w*2/3 && y > h*3/5 {
				c = color.RGBA{40, 90, 210, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func encodeJPEG(tb testing.TB, img image.Image) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func encodePNG(tb testing.TB, img image.Image) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// tiffBlock is an EXIF block with nothing but an orientation.
func tiffBlock(orientation uint16, order binary.AppendByteOrder) []byte {
	b := []byte("MM\x00*")
	if order.String() == "LittleEndian" {
		b = []byte("II*\x00")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 1)
	b = order.AppendUint16(b, 0x0112)
	b = order.AppendUint16(b, 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, orientation)
	b = order.AppendUint16(b, 0)
	return order.AppendUint32(b, 0)
}

// withSegment puts a segment right behind SOI.
func withSegment(jpg []byte, marker byte, body []byte) []byte {
	out := append([]byte{}, jpg[:2]...)
	out = append(out, 0xFF, marker)
	out = binary.BigEndian.AppendUint16(out, uint16(len(body)+2))
	return append(append(out, body...), jpg[2:]...)
}

func withEXIF(jpg, tiff []byte) []byte {
	return withSegment(jpg, markAPP1, append([]byte("Exif\x00\x00"), tiff...))
}

func chunkPNG(name string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(append(b, name...), body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// withChunk puts chunks right behind IHDR.
func withChunk(data []byte, chunks ...[]byte) []byte {
	const at = 8 + 25
	return bytes.Join([][]byte{data[:at], bytes.Join(chunks, nil), data[at:]}, nil)
}

func chunkWebP(name string, body []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body)))
	b = append(b, body...)
	if len(body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

func riffWebP(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// vp8x is an extended header with the given flags and canvas.
func vp8x(flags byte, w, h int) []byte {
	b := make([]byte, 10)
	b[0] = flags
	putUint24(b[4:], uint32(w-1))
	putUint24(b[7:], uint32(h-1))
	return chunkWebP("VP8X", b)
}

func decode(tb testing.TB, data []byte, opts Options) *Frame {
	tb.Helper()
	f, err := Decode(context.Background(), data, opts)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// wantReason checks that data is refused for one reason by Decode.
func wantReason(tb testing.TB, data []byte, opts Options, want Reason) *Error {
	tb.Helper()
	f, err := Decode(context.Background(), data, opts)
	var refused *Error
	if !errors.As(err, &refused) {
		tb.Fatalf("Decode: frame %v, error %v; want %s", f, err, want)
	}
	if refused.Reason != want {
		tb.Fatalf("Decode: %v; want %s", err, want)
	}
	return refused
}

// distance is the mean and the greatest difference of two images' samples.
func distance(tb testing.TB, a, b *image.RGBA) (mean float64, most int) {
	tb.Helper()
	if a.Rect != b.Rect {
		tb.Fatalf("sizes %v and %v", a.Rect, b.Rect)
	}
	sum := 0
	for i := range a.Pix {
		d := int(a.Pix[i]) - int(b.Pix[i])
		d = max(d, -d)
		sum += d
		most = max(most, d)
	}
	return float64(sum) / float64(len(a.Pix)), most
}

func cloneRGBA(img *image.RGBA) *image.RGBA {
	c := *img
	c.Pix = append([]byte(nil), img.Pix...)
	return &c
}
