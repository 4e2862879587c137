package media

import (
	"fmt"
	"image"
	"image/png"
)

func (d *decoding) decodePNG() (*image.RGBA, error) {
	if err := d.png.plausible(); err != nil {
		return nil, err
	}
	if d.png.cut && !d.png.ended {
		return nil, fmt.Errorf("%w: the file ends inside a chunk", errPNG)
	}
	need := d.png.decodedBytes()
	if d.factor > 1 {
		need += 4 * int64(d.Width) * int64(d.Height)
	}
	if err := d.reserve(need); err != nil {
		return nil, err
	}
	return d.decodeWhole(png.Decode, newPNGPixels(d.data))
}
