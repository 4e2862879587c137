package media

import (
	"image"
	"math/bits"
	"sync"
)

// Pixel buffers are kept for reuse in classes of capacity, four to each power
// of two, so that a buffer is at most a quarter larger than needed. A buffer
// comes back with the pixels of another photo in it: whoever takes one writes
// every byte or throws it away.

const (
	smallestPixels = 16 // log2 of the smallest capacity that is worth keeping
	classesPerOct  = 4
)

var pixelPools [40 * classesPerOct]sync.Pool

// classCapacity is the number of bytes of class i.
func classCapacity(i int) int {
	base := 1 << (smallestPixels + i/classesPerOct)
	return base + base/classesPerOct*(i%classesPerOct)
}

// classFor is the smallest class with at least n bytes.
func classFor(n int) int {
	if n <= 1<<smallestPixels {
		return 0
	}
	i := (bits.Len(uint(n-1)) - 1 - smallestPixels) * classesPerOct
	for classCapacity(i) < n {
		i++
	}
	return i
}

// newRGBA returns an image of undefined content.
func newRGBA(width, height int) *image.RGBA {
	n := 4 * width * height
	class := classFor(n)
	pix, _ := pixelPools[class].Get().(*[]byte)
	if pix == nil {
		b := make([]byte, classCapacity(class))
		pix = &b
	}
	return &image.RGBA{Pix: (*pix)[:n], Stride: 4 * width, Rect: image.Rect(0, 0, width, height)}
}

// recycle puts an image's buffer back. Nobody may use the image afterwards.
func recycle(img *image.RGBA) {
	if img == nil {
		return
	}
	pix := img.Pix[:cap(img.Pix)]
	img.Pix = nil
	if len(pix) < 1<<smallestPixels {
		return
	}
	class := classFor(len(pix))
	if classCapacity(class) > len(pix) {
		class-- // a buffer that a decoder allocated: it fills the class below
	}
	pixelPools[class].Put(&pix)
}
