package media

import (
	"encoding/binary"
	"image"
)

// tap is where one row or column of a scaled image is taken from: between the one at
// first and the one at second, as many 256ths of the way as weight says.
type tap struct {
	first, second int
	weight        uint32
}

// taps are those of a side of n pixels made from one of size: the centre of each lies
// where it does in the original, and what would lie outside is the outermost pixel.
func taps(n, size int) []tap {
	out := make([]tap, n)
	for i := range out {
		// In 256ths of a pixel: (i + 1/2) size/n - 1/2.
		at := (256*(2*i+1)*size+n)/(2*n) - 128
		at = min(max(at, 0), 256*(size-1))
		out[i] = tap{first: at >> 8, second: min(at>>8+1, size-1), weight: uint32(at & 255)}
	}
	return out
}

// bilinear scales an image into another, each pixel between the four around its place.
// It neither reads all pixels nor smooths where dst is less than half of src.
func bilinear(dst, src *image.RGBA) {
	columns := taps(dst.Rect.Dx(), src.Rect.Dx())
	for i := range columns {
		columns[i].first *= 4
		columns[i].second *= 4
	}
	for y, row := range taps(dst.Rect.Dy(), src.Rect.Dy()) {
		top := src.Pix[row.first*src.Stride:][:src.Stride]
		bottom := src.Pix[row.second*src.Stride:][:src.Stride]
		out := dst.Pix[y*dst.Stride:][:dst.Stride]
		down, up := uint64(row.weight), uint64(256-row.weight)
		for x, c := range columns {
			evenTop, oddTop := between(top, c)
			evenBottom, oddBottom := between(bottom, c)
			const half = 1<<15 | 1<<47
			even := (evenTop*up + evenBottom*down + half) >> 16 & 0x000000ff000000ff
			odd := (oddTop*up + oddBottom*down + half) >> 16 & 0x000000ff000000ff
			binary.LittleEndian.PutUint32(out[4*x:], uint32(even|even>>16|odd<<8|odd>>8))
		}
	}
}

// between mixes two pixels of a row; it gives the first and the third byte, and the
// second and the fourth, times 256, in the halves of a word each.
func between(row []byte, c tap) (even, odd uint64) {
	a, b := binary.LittleEndian.Uint32(row[c.first:]), binary.LittleEndian.Uint32(row[c.second:])
	const lanes = 0x00ff00ff
	e := (a&lanes)*(256-c.weight) + (b&lanes)*c.weight
	o := (a>>8&lanes)*(256-c.weight) + (b>>8&lanes)*c.weight
	return uint64(e&0xffff) | uint64(e>>16)<<32, uint64(o&0xffff) | uint64(o>>16)<<32
}
