package media

import (
	"errors"
	"fmt"
	"image"
	"image/draw"
)

const (
	// DefaultThumbnailSide is the longer side of a thumbnail in pixels.
	DefaultThumbnailSide = 320
	// DefaultQuality is the JPEG quality of images made here.
	DefaultQuality = 85
)

var errReleased = errors.New("media: the frame has been released")

// Thumbnail makes a small JPEG of a frame, without any metadata. Its longer
// side has so many pixels, DefaultThumbnailSide when side is 0, or those of the
// frame's image when that is smaller.
func Thumbnail(f *Frame, side int) ([]byte, error) {
	if f == nil || f.Image == nil {
		return nil, errReleased
	}
	if side <= 0 {
		side = DefaultThumbnailSide
	}
	img := f.Image
	w, h := img.Rect.Dx(), img.Rect.Dy()
	long := max(w, h)
	if long <= side {
		return EncodeJPEG(img, DefaultQuality)
	}
	// Means over whole blocks are many times faster than a filter over the whole
	// image. They end between the wanted size and twice that, where interpolation
	// neither aliases nor costs much.
	if n := coarseFactor(long, side); n > 1 {
		img = shrink(img, n)
		defer recycle(img)
	}
	small := newRGBA(max(1, (w*side+long/2)/long), max(1, (h*side+long/2)/long))
	defer recycle(small)
	bilinear(small, img)
	return EncodeJPEG(small, DefaultQuality)
}

func coarseFactor(long, side int) int {
	n := 1
	for long/(2*n) >= side {
		n *= 2
	}
	return n
}

// EncodeJPEG encodes an image with a quality of 1 to 100, DefaultQuality when it
// is 0. Transparency is laid on white. Nothing but the pixels is written.
func EncodeJPEG(img image.Image, quality int) ([]byte, error) {
	const most = 65_500 // libjpeg's limit, just under that of the format
	b := img.Bounds()
	if b.Empty() || b.Dx() > most || b.Dy() > most {
		return nil, fmt.Errorf("media: no JPEG of %d x %d pixels", b.Dx(), b.Dy())
	}
	if quality == 0 {
		quality = DefaultQuality
	}
	rgba, ok := img.(*image.RGBA)
	if !ok || !rgba.Opaque() {
		rgba = newRGBA(b.Dx(), b.Dy())
		defer recycle(rgba)
		draw.Draw(rgba, rgba.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(rgba, rgba.Rect, img, b.Min, draw.Over)
	} else if rgba.Rect.Min != (image.Point{}) {
		rgba = &image.RGBA{Pix: rgba.Pix, Stride: rgba.Stride, Rect: rgba.Rect.Sub(rgba.Rect.Min)}
	}
	out, err := turboEncode(rgba, min(max(quality, 1), 100))
	if err != nil {
		return nil, fmt.Errorf("media: encode JPEG: %w", err)
	}
	return out, nil
}
