package media

import (
	"fmt"
	"image"
	"io"

	"golang.org/x/image/webp"
)

func (d *decoding) decodeWebP() (*image.RGBA, error) {
	if d.webp.cut {
		return nil, fmt.Errorf("%w: the file ends inside the image", errWebP)
	}
	if err := d.webp.plausible(); err != nil {
		return nil, err
	}
	need := d.webp.decodedBytes()
	if d.factor > 1 {
		need += 4 * int64(d.Width) * int64(d.Height)
	}
	if err := d.reserve(need); err != nil {
		return nil, err
	}
	return d.decodeWhole(decodeWebPColours, d.webp.stream())
}

// decodeWebPColours turns VP8's luma and chroma into colours itself: VP8 stores
// them in the range of video (16 to 235), while image.YCbCr means the full
// range of JPEG and would come out pale.
func decodeWebPColours(r io.Reader) (image.Image, error) {
	img, err := webp.Decode(r)
	if err != nil {
		return nil, err
	}
	switch img := img.(type) {
	case *image.YCbCr:
		return videoRange(img, nil, 0), nil
	case *image.NYCbCrA:
		return videoRange(&img.YCbCr, img.A, img.AStride), nil
	}
	return img, nil
}

// videoRange converts BT.601 of video range in the integer arithmetic of
// libwebp, and lays transparency on white.
func videoRange(src *image.YCbCr, alpha []byte, alphaStride int) *image.RGBA {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dst := newRGBA(w, h)
	for y := range h {
		luma := src.Y[src.YOffset(src.Rect.Min.X, src.Rect.Min.Y+y):]
		c := src.COffset(src.Rect.Min.X, src.Rect.Min.Y+y)
		cb, cr := src.Cb[c:], src.Cr[c:]
		row := dst.Pix[y*dst.Stride:][: 4*w : 4*w]
		for x := range w {
			yy := int32(luma[x]) * 19077 >> 8
			u, v := int32(cb[x/2]), int32(cr[x/2])
			p := row[4*x:][:4:4]
			p[0] = clip6(yy + v*26149>>8 - 14234)
			p[1] = clip6(yy - u*6419>>8 - v*13320>>8 + 8708)
			p[2] = clip6(yy + u*33050>>8 - 17685)
			p[3] = 255
			if alpha != nil {
				onWhite(p, uint32(alpha[y*alphaStride+x]))
			}
		}
	}
	return dst
}

// clip6 drops six fractional bits and clamps to a byte.
func clip6(v int32) byte { return byte(min(max(v>>6, 0), 255)) }
