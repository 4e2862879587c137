package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"testing"
)

func TestThumbnail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ w, h, side, tw, th int }{
		{1280, 960, 0, 320, 240},
		{3000, 700, 320, 320, 75},
		{701, 2999, 320, 75, 320},
		{321, 100, 320, 320, 100},
		{320, 100, 320, 320, 100},
		{100, 90, 320, 100, 90},
		{12000, 32, 100, 100, 1},
	} {
		src := pattern(c.w, c.h)
		f := decode(t, withEXIF(encodeJPEG(t, src), tiffBlock(1, binary.BigEndian)), Options{})
		data, err := Thumbnail(f, c.side)
		f.Release()
		if err != nil {
			t.Fatal(err)
		}
		thumb := decode(t, data, Options{Limits: Limits{MinSide: 1}})
		if thumb.Image.Rect != image.Rect(0, 0, c.tw, c.th) {
			t.Errorf("%d x %d: %v, want %d x %d", c.w, c.h, thumb.Image.Rect, c.tw, c.th)
		}
		if bytes.Contains(data, []byte("Exif")) {
			t.Error("metadata in a thumbnail")
		}
		if c.th > 50 && c.tw > 50 {
			if mean, _ := distance(t, thumb.Image, pattern(c.tw, c.th)); mean > 6 {
				t.Errorf("%d x %d: differs by %.2f", c.w, c.h, mean)
			}
		}
		if _, err := Thumbnail(f, 0); !errors.Is(err, errReleased) {
			t.Errorf("thumbnail of a released frame: %v", err)
		}
	}
}

// TestThumbnailKeepsNoAliases draws stripes of one pixel: they must come out as
// their mean, not as a pattern.
func TestThumbnailKeepsNoAliases(t *testing.T) {
	t.Parallel()
	img := image.NewGray(image.Rect(0, 0, 2000, 1500))
	for i := range img.Pix {
		img.Pix[i] = byte(255 * (i % 2))
	}
	f := decode(t, encodePNG(t, img), Options{})
	defer f.Release()
	data, err := Thumbnail(f, 0)
	if err != nil {
		t.Fatal(err)
	}
	thumb := decode(t, data, Options{})
	defer thumb.Release()
	for i := 0; i < len(thumb.Image.Pix); i += 4 {
		if g := int(thumb.Image.Pix[i]); g < 118 || g > 138 {
			t.Fatalf("grey %d at %d", g, i/4)
		}
	}
}

func TestEncodeJPEG(t *testing.T) {
	t.Parallel()
	src := pattern(97, 55)
	glass := image.NewNRGBA(src.Rect)
	part := cloneRGBA(src).SubImage(image.Rect(10, 5, 70, 50))
	for name, c := range map[string]struct{ img, want image.Image }{
		"RGBA":        {src, src},
		"part":        {part, part},
		"transparent": {glass, image.NewUniform(color.White)},
		"YCbCr":       {image.NewYCbCr(src.Rect, image.YCbCrSubsampleRatio444), nil},
	} {
		data, err := EncodeJPEG(c.img, 0)
		if err != nil {
			t.Fatal(err)
		}
		f := decode(t, data, Options{})
		if f.Image.Rect.Size() != c.img.Bounds().Size() {
			t.Errorf("%s: %v", name, f.Image.Rect)
		}
		if c.want != nil {
			want := convert(image.NewRGBA(c.img.Bounds()), c.img)
			if name == "transparent" {
				want = convert(want, image.White)
			}
			want.Rect = want.Rect.Sub(want.Rect.Min)
			if mean, _ := distance(t, f.Image, want); mean > 6 {
				t.Errorf("%s: differs by %.2f", name, mean)
			}
		}
		f.Release()
	}
	low, err := EncodeJPEG(src, 10)
	if err != nil {
		t.Fatal(err)
	}
	high, err := EncodeJPEG(src, 500)
	if err != nil {
		t.Fatal(err)
	}
	if len(low) >= len(high) {
		t.Errorf("quality 10 takes %d bytes, 100 takes %d", len(low), len(high))
	}
	for _, r := range []image.Rectangle{{}, image.Rect(0, 0, 70000, 1)} {
		if _, err := EncodeJPEG(image.NewGray(r), 0); err == nil {
			t.Errorf("%v was encoded", r)
		}
	}
}
