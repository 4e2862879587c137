package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

var errWebP = errors.New("broken WebP")

// Flags of the VP8X chunk.
const (
	webpAnimation = 1 << 1
	webpAlpha     = 1 << 4
)

// webpHeader is what the chunks and the bitstream's own header say.
type webpHeader struct {
	width, height int
	lossless      bool
	animated      bool
	bits          []byte // the VP8 or VP8L chunk, without its header
	alpha         []byte // the ALPH chunk that goes with a lossy image
	exif          []byte
	cut           bool // the file ends inside the image's own chunk
}

// readWebPHeader walks the chunks. The size of the RIFF form is not believed:
// what counts is the bytes that are there. The size of the image comes from the
// bitstream, and a canvas of VP8X that differs from it is refused: the
// decoder's memory must follow from the one number that was checked.
func readWebPHeader(data []byte) (webpHeader, error) {
	var h webpHeader
	var canvas [2]int
	for rest := data[min(len(data), 12):]; len(rest) >= 8; {
		name := string(rest[:4])
		size := int64(binary.LittleEndian.Uint32(rest[4:]))
		body, cut := rest[8:], false
		if size > int64(len(body)) {
			size, cut = int64(len(body)), true
		}
		body = body[:size]
		switch name {
		case "VP8X":
			if len(body) < 10 {
				return h, fmt.Errorf("%w: VP8X of %d bytes", errWebP, len(body))
			}
			h.animated = h.animated || body[0]&webpAnimation != 0
			canvas = [2]int{1 + int(uint24(body[4:])), 1 + int(uint24(body[7:]))}
		case "ANIM", "ANMF":
			h.animated = true
		case "ALPH":
			if h.bits == nil && h.alpha == nil && !cut {
				h.alpha = body
			}
		case "VP8 ", "VP8L":
			if h.bits == nil {
				h.bits, h.lossless, h.cut = body, name == "VP8L", cut
			}
		case "EXIF":
			if h.exif == nil {
				h.exif = bytes.TrimPrefix(body, []byte("Exif\x00\x00"))
			}
		}
		rest = rest[min(int64(len(rest)), 8+size+size&1):]
	}
	if h.animated {
		return h, nil
	}
	if err := h.readSize(); err != nil {
		return h, err
	}
	if canvas != [2]int{} && canvas != [2]int{h.width, h.height} {
		return h, fmt.Errorf("%w: canvas %d x %d around an image of %d x %d", errWebP, canvas[0], canvas[1], h.width, h.height)
	}
	return h, nil
}

// readSize reads the width and height from the bitstream's header.
func (h *webpHeader) readSize() error {
	b := h.bits
	switch {
	case h.lossless:
		if len(b) < 5 || b[0] != 0x2F || b[4]>>5 != 0 {
			return fmt.Errorf("%w: bad VP8L header", errWebP)
		}
		n := binary.LittleEndian.Uint32(b[1:])
		h.width, h.height = 1+int(n&0x3FFF), 1+int(n>>14&0x3FFF)
	default:
		if len(b) < 10 || b[0]&1 != 0 || !bytes.Equal(b[3:6], []byte{0x9D, 0x01, 0x2A}) {
			return fmt.Errorf("%w: bad VP8 key frame header", errWebP)
		}
		h.width = int(binary.LittleEndian.Uint16(b[6:]) & 0x3FFF)
		h.height = int(binary.LittleEndian.Uint16(b[8:]) & 0x3FFF)
	}
	return nil
}

// plausible compares the bytes of a lossy image with its size. Each macroblock
// of 16 x 16 pixels names its prediction modes, which takes two bits at the
// least; one is demanded. A lossless image may be of one colour in a few bytes.
func (h *webpHeader) plausible() error {
	blocks := int64(h.width+15) / 16 * (int64(h.height+15) / 16)
	if !h.lossless && int64(len(h.bits))*8 < blocks {
		return fmt.Errorf("%w: %d bytes for %d macroblocks", errWebP, len(h.bits), blocks)
	}
	return nil
}

// stream is a WebP file made anew of the chunks that make pixels, so that the
// decoder meets no other and no wrong length.
func (h *webpHeader) stream() io.Reader {
	var parts []io.Reader
	total := 4
	chunk := func(name string, body []byte) {
		head := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body)))
		parts = append(parts, bytes.NewReader(head), bytes.NewReader(body))
		total += len(head) + len(body)
		if len(body)%2 == 1 {
			parts = append(parts, bytes.NewReader([]byte{0}))
			total++
		}
	}
	switch {
	case h.lossless:
		chunk("VP8L", h.bits)
	case h.alpha != nil:
		vp8x := make([]byte, 10)
		vp8x[0] = webpAlpha
		putUint24(vp8x[4:], uint32(h.width-1))
		putUint24(vp8x[7:], uint32(h.height-1))
		chunk("VP8X", vp8x)
		chunk("ALPH", h.alpha)
		chunk("VP8 ", h.bits)
	default:
		chunk("VP8 ", h.bits)
	}
	head := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(total))
	return io.MultiReader(append([]io.Reader{bytes.NewReader(append(head, "WEBP"...))}, parts...)...)
}

// decodedBytes is what the decoder allocates besides the RGBA image that the
// caller makes of a lossy one. A lossless image is decoded to NRGBA, which is
// then used in place.
func (h *webpHeader) decodedBytes() int64 {
	pixels := int64(h.width+15) * int64(h.height+15)
	if h.lossless {
		return pixels*5 + h.treeBytes(len(h.bits)) // NRGBA and the transforms' tiles
	}
	n := pixels*2 + pixels/2 // 4:2:0 and the per-macroblock state
	if h.alpha != nil {
		n += pixels*6 + h.treeBytes(len(h.alpha))
	}
	return n
}

// treeBytes bounds the Huffman trees of a lossless stream: a byte of the file
// describes at most some 16 symbols, each of them two nodes of 8 bytes, and the
// decoder takes no more than 2600 groups.
func (h *webpHeader) treeBytes(packed int) int64 {
	const perByte, most = 256, 140 << 20
	return min(int64(packed)*perByte, most)
}

func uint24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }

func putUint24(b []byte, v uint32) { b[0], b[1], b[2] = byte(v), byte(v>>8), byte(v>>16) }
