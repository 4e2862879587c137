package media

import (
	"encoding/binary"
	"image"
	"math/bits"
)

// orient turns an image upright by its EXIF orientation. It uses up the image
// that it is given.
func orient(src *image.RGBA, orientation int) *image.RGBA {
	if orientation <= 1 || orientation > 8 {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	// dst(x, y) = src[first + x*dx + y*dy], in pixels.
	var first, dx, dy int
	switch orientation {
	case 2: // mirrored left to right
		first, dx, dy = w-1, -1, w
	case 3: // upside down
		first, dx, dy = w*h-1, -1, -w
	case 4: // mirrored top to bottom
		first, dx, dy = w*(h-1), 1, -w
	case 5: // mirrored about the main diagonal
		first, dx, dy = 0, w, 1
	case 6: // to be turned clockwise
		first, dx, dy = w*(h-1), -w, 1
	case 7: // mirrored about the other diagonal
		first, dx, dy = w*h-1, -w, -1
	case 8: // to be turned counter-clockwise
		first, dx, dy = w-1, w, -1
	}
	if turned(orientation) {
		w, h = h, w
	}
	dst := newRGBA(w, h)
	// Tiles keep both sides in the cache where one of them runs along columns.
	tile := 64
	if !turned(orientation) {
		tile = w
	}
	for ty := 0; ty < h; ty += tile {
		for tx := 0; tx < w; tx += tile {
			for y := ty; y < min(ty+tile, h); y++ {
				at := 4 * (first + tx*dx + y*dy)
				out := dst.Pix[4*(y*w+tx) : 4*(y*w+min(tx+tile, w))]
				for len(out) >= 4 {
					binary.NativeEndian.PutUint32(out, binary.NativeEndian.Uint32(src.Pix[at:]))
					out = out[4:]
					at += 4 * dx
				}
			}
		}
	}
	recycle(src)
	return dst
}

// reduce divides an image's size by a power of two, rounding up, each pixel the
// mean of those it covers. It uses up the image that it is given.
func reduce(src *image.RGBA, factor int) *image.RGBA {
	if factor <= 1 {
		return src
	}
	dst := shrink(src, factor)
	recycle(src)
	return dst
}

// shrink is reduce for an image that is still needed.
func shrink(src *image.RGBA, factor int) *image.RGBA {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dst := newRGBA(scaled(w, factor), scaled(h, factor))
	sums := make([]uint32, 4*dst.Rect.Dx())
	var pairs []uint64
	if factor%2 == 0 && factor <= mostPaired {
		pairs = make([]uint64, 2*(w/factor))
	}
	for y := range dst.Rect.Dy() {
		clear(sums)
		clear(pairs)
		rows := min(factor, h-y*factor)
		for sy := y * factor; sy < y*factor+rows; sy++ {
			row := src.Pix[sy*src.Stride:][: 4*w : 4*w]
			addPairs(pairs, row, factor)
			done := len(pairs) / 2 // blocks
			addBlocks(sums[4*done:], row[4*done*factor:], factor)
		}
		joinPairs(sums, pairs)
		out := dst.Pix[y*dst.Stride:][:dst.Stride]
		last := len(sums) - 4
		average(out[:last], sums[:last], uint32(rows*factor))
		average(out[last:], sums[last:], uint32(rows*(w-last/4*factor)))
	}
	return dst
}

// average divides sums of n bytes by n.
func average(out []byte, sums []uint32, n uint32) {
	if n&(n-1) != 0 {
		for i, s := range sums {
			out[i] = byte((s + n/2) / n)
		}
		return
	}
	shift := bits.TrailingZeros32(n)
	for i, s := range sums {
		out[i] = byte((s + n/2) >> shift)
	}
}

// mostPaired is the largest block, in pixels a side, that addPairs can sum: half a
// row of it in each of its rows, in 16 bits.
const mostPaired = 16

// addPairs adds each whole run of an even number of pixels of a row to its two words of
// pairs: four sums of 16 bits each, of the first and the third byte, and of the second
// and the fourth, of the even pixels below those of the odd ones.
func addPairs(pairs []uint64, row []byte, factor int) {
	const even = 0x00ff00ff00ff00ff
	for len(pairs) >= 2 {
		block := row[: 4*factor : 4*factor]
		row = row[4*factor:]
		var a, b uint64
		for len(block) >= 16 {
			p, q := binary.LittleEndian.Uint64(block), binary.LittleEndian.Uint64(block[8:])
			a += p&even + q&even
			b += p>>8&even + q>>8&even
			block = block[16:]
		}
		if len(block) >= 8 {
			p := binary.LittleEndian.Uint64(block)
			a += p & even
			b += p >> 8 & even
		}
		pairs[0] += a
		pairs[1] += b
		pairs = pairs[2:]
	}
}

// joinPairs adds what addPairs has summed to the sums of bytes.
func joinPairs(sums []uint32, pairs []uint64) {
	for ; len(pairs) >= 2; pairs, sums = pairs[2:], sums[4:] {
		a, b, s := pairs[0], pairs[1], sums[:4:4]
		s[0] += uint32(a&0xffff) + uint32(a>>32&0xffff)
		s[1] += uint32(b&0xffff) + uint32(b>>32&0xffff)
		s[2] += uint32(a>>16&0xffff) + uint32(a>>48)
		s[3] += uint32(b>>16&0xffff) + uint32(b>>48)
	}
}

// addBlocks adds each run of factor pixels of a row to its sums.
func addBlocks(sums []uint32, row []byte, factor int) {
	for i := 0; i < len(sums); i += 4 {
		s := sums[i:][:4:4]
		block := row[min(len(row), i*factor):min(len(row), (i+4)*factor)]
		for j := 0; j+4 <= len(block); j += 4 {
			p := block[j:][:4:4]
			s[0] += uint32(p[0])
			s[1] += uint32(p[1])
			s[2] += uint32(p[2])
			s[3] += uint32(p[3])
		}
	}
}
