package look

import (
	"encoding/binary"
	"hash/crc32"
	"image"
	"math"
	"time"

	"example.org/osprey/face"
)

// The sides of what is kept of a frame's pixels, in cells.
const (
	sceneSide  = 48 // of the whole frame
	coarseSide = 24 // of the whole frame, to find repetitions
	patchSide  = face.CropSize / 2
)

// imprint is what is kept of a frame to compare it with others: too little to show
// anybody, enough to tell whether it moved, repeats or was cut. Memory is 6 kB a
// frame.
type imprint struct {
	at     time.Duration
	hash   uint32                         // of every pixel
	scene  [sceneSide * sceneSide]uint8   // mean luma of cells of the frame
	coarse [coarseSide * coarseSide]uint8 // the same, coarser
	patch  *[patchSide * patchSide]uint8  // luma of the aligned face; nil without one
}

// imprintOf makes the imprint of a frame and, unless nil, its aligned face.
func imprintOf(img *image.RGBA, crop *face.Aligned, at time.Duration) imprint {
	p := imprint{at: at, hash: hashOf(img)}
	sketch(img, &p.scene)
	const f = sceneSide / coarseSide
	for y := range coarseSide {
		for x := range coarseSide {
			sum := 0
			for v := range f {
				for u := range f {
					sum += int(p.scene[(f*y+v)*sceneSide+f*x+u])
				}
			}
			p.coarse[y*coarseSide+x] = uint8((sum + f*f/2) / (f * f))
		}
	}
	if crop != nil {
		p.patch = patchOf(crop)
	}
	return p
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// hashOf is a checksum of the pixels. Equal ones of frames that also look alike are
// equal frames: nobody gains by a collision, which would only raise suspicion.
func hashOf(img *image.RGBA) uint32 {
	b := img.Bounds()
	h := crc32.Checksum(binary.LittleEndian.AppendUint32(nil, uint32(b.Dx())), castagnoli)
	for y := range b.Dy() {
		h = crc32.Update(h, castagnoli, img.Pix[y*img.Stride:y*img.Stride+4*b.Dx()])
	}
	return h
}

// sketch gives the mean luma of the cells of a frame. Every second pixel of every
// second row is read, which is enough to average out the noise.
func sketch(img *image.RGBA, out *[sceneSide * sceneSide]uint8) {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	for cy := range sceneSide {
		top, bottom := span(cy, h)
		for cx := range sceneSide {
			left, right := span(cx, w)
			sum, n := 0, 0
			for y := top; y < bottom; y += 2 {
				row := img.Pix[y*img.Stride : y*img.Stride+4*w]
				for x := left; x < right; x += 2 {
					sum += lumaOf(row[4*x:])
					n++
				}
			}
			out[cy*sceneSide+cx] = uint8(sum / n)
		}
	}
}

// span is the part of a side that belongs to a cell, at least one pixel.
func span(cell, side int) (from, to int) {
	from = min(cell*side/sceneSide, side-1)
	return from, max((cell+1)*side/sceneSide, from+1)
}

// lumaOf is the luma of a pixel, BT.601.
func lumaOf(p []uint8) int { return (77*int(p[0]) + 150*int(p[1]) + 29*int(p[2])) >> 8 }

// patchOf is the luma of an aligned face at half its size.
func patchOf(crop *face.Aligned) *[patchSide * patchSide]uint8 {
	out := new([patchSide * patchSide]uint8)
	const row = 4 * face.CropSize
	for y := range patchSide {
		for x := range patchSide {
			i := 2*y*row + 8*x
			sum := lumaOf(crop.Pix[i:]) + lumaOf(crop.Pix[i+4:]) + lumaOf(crop.Pix[i+row:]) + lumaOf(crop.Pix[i+row+4:])
			out[y*patchSide+x] = uint8(sum / 4)
		}
	}
	return out
}

// detail is the mean squared Laplacian of an aligned face's luma, which orders the
// frames of one sequence by sharpness.
func detail(crop *face.Aligned) float64 {
	const n = face.CropSize
	var luma [n * n]int32
	for i := range luma {
		luma[i] = int32(lumaOf(crop.Pix[4*i:]))
	}
	var sum int64
	for y := 1; y < n-1; y++ {
		for x := 1; x < n-1; x++ {
			i := y*n + x
			d := int64(4*luma[i] - luma[i-1] - luma[i+1] - luma[i-n] - luma[i+n])
			sum += d * d
		}
	}
	return float64(sum) / ((n - 2) * (n - 2))
}

// change is the grey levels by which the fiftieth part of the cells that differ most
// differs at least between two frames.
func change(a, b *imprint) int {
	var count [256]int
	for i, v := range a.scene {
		count[max(int(v), int(b.scene[i]))-min(int(v), int(b.scene[i]))]++
	}
	left := len(a.scene) / 50
	for d := 255; d > 0; d-- {
		if left -= count[d]; left <= 0 {
			return d
		}
	}
	return 0
}

// unlike is 1 minus the correlation of two frames' scenes: 0 for the same scene in
// any light, near 1 for scenes that have nothing in common.
func unlike(a, b *imprint) float64 {
	var sa, sb, saa, sbb, sab int
	for i, v := range a.scene {
		x, y := int(v), int(b.scene[i])
		sa, sb, saa, sbb, sab = sa+x, sb+y, saa+x*x, sbb+y*y, sab+x*y
	}
	n := len(a.scene)
	va, vb := n*saa-sa*sa, n*sbb-sb*sb
	if va <= 0 || vb <= 0 { // one has no contents: black, say
		if va == vb {
			return 0
		}
		return 1
	}
	return 1 - float64(n*sab-sa*sb)/math.Sqrt(float64(va)*float64(vb))
}
