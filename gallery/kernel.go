package gallery

import "encoding/binary"

// rowAlign is what the bytes of a row are padded to, the width of the widest
// vector register: a kernel never meets a partial register.
const rowAlign = 64

// rowBytes returns the bytes of a row of codes with dim components.
func rowBytes(dim int) int { return (dim + rowAlign - 1) / rowAlign * rowAlign }

// kernel compares rows of codes with one probe. A kernel is used by one
// goroutine at a time.
type kernel interface {
	// prepare takes the probe's codes, -127..127, a multiple of rowAlign of them.
	// The kernel may keep the slice until the next prepare.
	prepare(probe []int8)
	// score writes to each sums[i] the exact sum over j of
	// rows[i*len(probe)+j] * probe[j], row bytes taken as unsigned.
	// len(rows) is len(sums) * len(probe). No sum overflows, since
	// MaxDim * 255 * 127 < 2^31.
	score(sums []int32, rows []byte)
}

// newKernel makes the kernel that searches use. This is the seam for kernels
// in assembly: they replace it when the CPU has what they need.
var newKernel = func() kernel { return new(pairKernel) }

// pairKernel is the portable kernel. It multiplies two codes at once in a 64-bit
// word: with a row's bytes a, b in the halves of one word and the probe's codes
// p, q crosswise in those of another,
//
//	(a + b<<32) * (q + p<<32) = a*q + (a*p + b*q)<<32   modulo 2^64,
//
// so the upper half gathers the dot product and the lower half a by-product.
// Both halves stay below 2^31 in absolute value over a whole row (see score),
// therefore the words can be added up as they are and separated once at the end.
type pairKernel struct {
	// words has four words for every eight codes p0..p7 of the probe, see
	// crosswise; four times eight of them are one step of score.
	words [][4][4]uint64
	width int // codes of the probe
}

func (k *pairKernel) prepare(probe []int8) {
	k.width = len(probe)
	k.words = k.words[:0]
	for i := 0; i < len(probe); i += 32 {
		k.words = append(k.words, [4][4]uint64{
			crosswise(probe[i : i+8]), crosswise(probe[i+8 : i+16]),
			crosswise(probe[i+16 : i+24]), crosswise(probe[i+24 : i+32]),
		})
	}
}

// crosswise returns the words p[b+4] + p[b]<<32 for b from 0 to 3. The halves
// are signed: where the lower one is negative it borrows from the upper one,
// and score gives that back.
func crosswise(p []int8) (words [4]uint64) {
	for b := range words {
		words[b] = uint64(int64(p[b+4]) + int64(p[b])<<32)
	}
	return words
}

func (k *pairKernel) score(sums []int32, rows []byte) {
	for i := range sums {
		row := rows[i*k.width:][:k.width]
		var total uint64
		for j := range k.words {
			p, r := &k.words[j], row[32*j:][:32]
			total += pairs(binary.LittleEndian.Uint64(r[0:8]), &p[0])
			total += pairs(binary.LittleEndian.Uint64(r[8:16]), &p[1])
			total += pairs(binary.LittleEndian.Uint64(r[16:24]), &p[2])
			total += pairs(binary.LittleEndian.Uint64(r[24:32]), &p[3])
		}
		low := int64(int32(total))
		sums[i] = int32((int64(total) - low) >> 32)
	}
}

// pairs multiplies eight codes of a row, bytes b and b+4 at a time.
func pairs(row uint64, p *[4]uint64) uint64 {
	const halves = 0x000000ff_000000ff
	return (row&halves)*p[0] + (row>>8&halves)*p[1] + (row>>16&halves)*p[2] + (row>>24&halves)*p[3]
}
