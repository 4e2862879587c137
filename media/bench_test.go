package media

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"testing"
	"time"
)

// photo12MP is a JPEG of 4000 x 3000 pixels with the detail of a photograph:
// some 3 MB.
func photo12MP(tb testing.TB) []byte {
	tb.Helper()
	img := pattern(4000, 3000)
	r := rand.New(rand.NewPCG(1, 2))
	for i := 0; i < len(img.Pix); i += 4 {
		n := byte(r.IntN(24))
		img.Pix[i] += n
		img.Pix[i+1] += n
		img.Pix[i+2] += n
	}
	data, err := EncodeJPEG(img, 85)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// BenchmarkDecode12MP decodes a photo of 12 megapixels in full, at half, at a
// quarter, and by the standard library, and reports how many times faster than
// the latter it is.
func BenchmarkDecode12MP(b *testing.B) {
	data := photo12MP(b)
	const rounds = 3
	start := time.Now()
	for range rounds {
		img, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			b.Fatal(err)
		}
		recycle(flatten(img))
	}
	baseline := float64(time.Since(start).Nanoseconds()) / rounds
	for _, c := range []struct {
		name string
		side int
	}{{"full", 0}, {"half", 2000}, {"quarter", 1000}, {"eighth", 500}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				f, err := Decode(context.Background(), data, Options{Side: c.side})
				if err != nil {
					b.Fatal(err)
				}
				f.Release()
			}
			perOp := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			b.ReportMetric(perOp/1e6, "ms/op")
			b.ReportMetric(baseline/1e6, "stdlib-ms/op")
			b.ReportMetric(baseline/perOp, "times-stdlib")
		})
	}
}

func BenchmarkThumbnail12MP(b *testing.B) {
	f, err := Decode(context.Background(), photo12MP(b), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Release()
	for b.Loop() {
		if _, err := Thumbnail(f, 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRefuseBomb(b *testing.B) {
	data := sofOnly(20000, 20000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Probe(data, Limits{}); err == nil {
			b.Fatal("a bomb was taken")
		}
	}
}

func BenchmarkOrient12MP(b *testing.B) {
	for o := 2; o <= 8; o += 3 {
		b.Run(string(rune('0'+o)), func(b *testing.B) {
			img := newRGBA(4000, 3000)
			for b.Loop() {
				img = orient(img, o)
			}
			_ = image.Image(img)
		})
	}
}
