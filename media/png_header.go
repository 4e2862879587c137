package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

var errPNG = errors.New("broken PNG")

// pngChunk iterates over the chunks of a PNG without copying.
type pngChunk struct {
	rest []byte
	name string
	raw  []byte // the whole chunk: length, name, body, checksum
	body []byte
	cut  bool // the file ends inside a chunk
}

const pngSignature = "\x89PNG\r\n\x1a\n"

func pngChunks(data []byte) *pngChunk {
	return &pngChunk{rest: data[min(len(data), len(pngSignature)):]}
}

func (c *pngChunk) next() bool {
	const around = 12
	if len(c.rest) == 0 {
		return false
	}
	if len(c.rest) < 8 {
		c.cut = true
		return false
	}
	size := int64(binary.BigEndian.Uint32(c.rest))
	c.name = string(c.rest[4:8])
	if size+around > int64(len(c.rest)) {
		c.cut = true
		return false
	}
	c.raw, c.rest = c.rest[:size+around], c.rest[size+around:]
	c.body = c.raw[8 : 8+size]
	return true
}

// needed tells the chunks that make pixels. All others are left out before
// decoding, so that neither a compressed bomb nor a wrong checksum in a comment
// or colour profile matters.
func (c *pngChunk) needed() bool {
	switch c.name {
	case "IHDR", "PLTE", "tRNS", "IDAT", "IEND":
		return true
	}
	return false
}

// pngHeader is what the chunks say before anything is inflated.
type pngHeader struct {
	width, height int
	bits          int // per sample
	colour        byte
	interlaced    bool
	animated      bool
	alpha         bool // an alpha channel or a tRNS chunk
	ended         bool // IEND is there
	cut           bool // the file ends inside a chunk
	packed        int64
	exif          []byte
}

// The colour types of IHDR.
const (
	pngGrey      = 0
	pngRGB       = 2
	pngPalette   = 3
	pngGreyAlpha = 4
	pngRGBA      = 6
)

// readPNGHeader reads IHDR and, if the size passes check, walks the chunks.
func readPNGHeader(data []byte, check func(width, height int) error) (pngHeader, error) {
	var h pngHeader
	if len(data) < len(pngSignature) || string(data[:len(pngSignature)]) != pngSignature {
		return h, fmt.Errorf("%w: damaged signature", errPNG)
	}
	it := pngChunks(data)
	if !it.next() || it.name != "IHDR" || len(it.body) != 13 {
		return h, fmt.Errorf("%w: no IHDR", errPNG)
	}
	w, ht := binary.BigEndian.Uint32(it.body), binary.BigEndian.Uint32(it.body[4:])
	if w > 1<<31-1 || ht > 1<<31-1 {
		return h, fmt.Errorf("%w: size beyond the format", errPNG)
	}
	h.width, h.height = int(w), int(ht)
	h.bits, h.colour, h.interlaced = int(it.body[8]), it.body[9], it.body[12] == 1
	if err := check(h.width, h.height); err != nil {
		return h, err
	}
	if h.samples() == 0 {
		return h, fmt.Errorf("%w: colour type %d with %d bits", errPNG, h.colour, h.bits)
	}
	h.alpha = h.colour == pngGreyAlpha || h.colour == pngRGBA
	for it.next() && it.name != "IEND" {
		switch it.name {
		case "acTL":
			h.animated = h.animated || h.packed == 0
		case "IDAT":
			h.packed += int64(len(it.body))
		case "tRNS":
			h.alpha = true
		case "eXIf":
			if h.exif == nil {
				h.exif = it.body
			}
		default:
			if critical := it.name[0]&0x20 == 0; critical && !it.needed() {
				return h, fmt.Errorf("%w: unknown critical chunk %q", errPNG, it.name)
			}
		}
	}
	h.ended, h.cut = it.name == "IEND" && !it.cut, it.cut
	return h, nil
}

// samples is the number of samples of a pixel, 0 for a combination of colour
// type and bits that the format does not have.
func (h *pngHeader) samples() int {
	deep := h.bits == 8 || h.bits == 16
	shallow := h.bits == 1 || h.bits == 2 || h.bits == 4
	switch {
	case h.colour == pngGrey && (deep || shallow):
		return 1
	case h.colour == pngPalette && (shallow || h.bits == 8):
		return 1
	case h.colour == pngRGB && deep:
		return 3
	case h.colour == pngGreyAlpha && deep:
		return 2
	case h.colour == pngRGBA && deep:
		return 4
	}
	return 0
}

func (h *pngHeader) channels() int {
	if h.colour == pngGrey || h.colour == pngGreyAlpha {
		return 1
	}
	return 3
}

// plausible compares the compressed bytes with the pixels: deflate cannot pack
// better than 1032 to 1, so a large header on a small file is a bomb or a stub.
func (h *pngHeader) plausible() error {
	const bestRatio, slack = 1032, 4096
	raw := int64(h.width) * int64(h.height) * int64(h.samples()*h.bits) / 8
	if h.packed*bestRatio+slack < raw {
		return fmt.Errorf("%w: %d compressed bytes for %d", errPNG, h.packed, raw)
	}
	return nil
}

// decodedBytes is what image/png allocates for the image itself.
func (h *pngHeader) decodedBytes() int64 {
	perPixel := int64(4)
	switch {
	case h.colour == pngPalette, h.colour == pngGrey && !h.alpha && h.bits <= 8:
		perPixel = 1
	case h.colour == pngGrey && !h.alpha:
		perPixel = 2
	case h.bits == 16:
		perPixel = 8
	}
	n := perPixel * int64(h.width) * int64(h.height)
	if h.interlaced {
		n *= 2 // the seven passes are images of their own
	}
	return n
}

// pngPixels reads the signature and the chunks that make pixels, and closes a
// file that ends without IEND.
type pngPixels struct {
	chunks *pngChunk
	buf    []byte
	done   bool
}

const pngEnd = "\x00\x00\x00\x00IEND\xae\x42\x60\x82"

func newPNGPixels(data []byte) io.Reader {
	return &pngPixels{chunks: pngChunks(data), buf: []byte(pngSignature)}
}

func (p *pngPixels) Read(b []byte) (int, error) {
	for len(p.buf) == 0 {
		switch {
		case p.done:
			return 0, io.EOF
		case !p.chunks.next():
			p.done = true
			if !p.chunks.cut {
				p.buf = []byte(pngEnd)
			}
		case p.chunks.needed():
			p.buf = p.chunks.raw
			p.done = p.chunks.name == "IEND"
		}
	}
	n := copy(b, p.buf)
	p.buf = p.buf[n:]
	return n, nil
}
