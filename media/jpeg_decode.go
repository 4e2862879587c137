package media

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
)

// errDoubt says that libjpeg-turbo met a fault which is no error to it. It
// names only the first of them, and what a harmless one hides is unknown.
var errDoubt = errors.New("libjpeg-turbo warns")

// decodeJPEG decodes by libjpeg-turbo. Where that is in doubt, and for inks
// (CMYK), which it does not turn into colours, the standard library decides: it
// is slower and takes no data that ends too soon, so that both builds refuse
// the same damaged photos.
func (d *decoding) decodeJPEG() (*image.RGBA, error) {
	scans, err := walkJPEGScans(d.data, d.jpeg)
	if err != nil {
		return nil, err
	}
	data := closedJPEG(d.data, scans)
	if haveTurbo && len(d.jpeg.components) != 4 {
		img, err := d.decodeTurbo(data, scans)
		if !errors.Is(err, errDoubt) {
			return img, err
		}
	}
	return d.decodeJPEGPortable(data)
}

func (d *decoding) decodeTurbo(data []byte, scans jpegScans) (*image.RGBA, error) {
	need := int64(d.Width) * 512 // rows in work
	if d.jpeg.progressive || scans.count > 1 {
		need += d.jpeg.allBlocks() * 128 // all coefficients, 16 bits each
	}
	if !scans.closed {
		need += int64(len(data))
	}
	if err := d.reserve(need); err != nil {
		return nil, err
	}
	img := newRGBA(scaled(d.Width, d.factor), scaled(d.Height, d.factor))
	if err := turboDecode(img, data, d.Width, d.Height); err != nil {
		recycle(img)
		return nil, err
	}
	return img, nil
}

func (d *decoding) decodeJPEGPortable(data []byte) (*image.RGBA, error) {
	need := d.jpeg.allBlocks()*64 + int64(len(data))
	if d.jpeg.progressive {
		need += d.jpeg.allBlocks() * 256 // all coefficients, 32 bits each
	}
	full := 4 * int64(d.Width) * int64(d.Height)
	if d.factor > 1 {
		need += full
	}
	if len(d.jpeg.components) == 4 {
		need += full // inks are joined from planes before they are colours
	}
	if err := d.reserve(need); err != nil {
		return nil, err
	}
	return d.decodeWhole(jpeg.Decode, bytes.NewReader(data))
}
