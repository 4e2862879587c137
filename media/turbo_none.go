//go:build !cgo || noturbo

package media

import (
	"bytes"
	"image"
	"image/jpeg"
)

// haveTurbo tells that this build leaves JPEG to the standard library.
const haveTurbo = false

func turboDecode(*image.RGBA, []byte, int, int) error { return errDoubt }

func turboEncode(img *image.RGBA, quality int) ([]byte, error) {
	var b bytes.Buffer
	err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality})
	return b.Bytes(), err
}
