package media

import (
	"image"
	"math/rand/v2"
	"testing"

	"golang.org/x/image/draw"
)

// TestBilinear holds the scaler against one in floating point.
func TestBilinear(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct{ w, h, to, tall int }{
		{270, 360, 240, 320}, {1, 1, 1, 1}, {1, 9, 1, 5}, {9, 1, 5, 1}, {2, 2, 1, 1}, {320, 240, 320, 240}, {639, 333, 320, 167}, {3, 5, 7, 11},
	} {
		src, dst := newRGBA(c.w, c.h), newRGBA(c.to, c.tall)
		for i := range src.Pix {
			src.Pix[i] = byte(r.Uint32())
			if i%4 == 3 {
				src.Pix[i] = 255
			}
		}
		bilinear(dst, src)
		want := image.NewRGBA(dst.Rect)
		draw.ApproxBiLinear.Scale(want, want.Rect, src, src.Rect, draw.Src, nil)
		for i, v := range dst.Pix {
			if d := int(v) - int(want.Pix[i]); d < -2 || d > 2 {
				t.Fatalf("%+v: byte %d is %d, want %d", c, i, v, want.Pix[i])
			}
		}
	}
}
