package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// The JPEG markers that the walk tells apart (ITU-T T.81, table B.1).
const (
	markTEM  = 0x01
	markSOF0 = 0xC0 // baseline
	markSOF1 = 0xC1 // extended sequential
	markSOF2 = 0xC2 // progressive
	markDHT  = 0xC4
	markJPG  = 0xC8
	markDAC  = 0xCC
	markRST0 = 0xD0
	markRST7 = 0xD7
	markSOI  = 0xD8
	markEOI  = 0xD9
	markSOS  = 0xDA
	markDQT  = 0xDB
	markAPP1 = 0xE1
)

const (
	// maxScans is far above what encoders write (10 as a rule, some 20 after a
	// search for the smallest file). Each scan of a progressive JPEG walks over
	// the whole image, however few bytes it has.
	maxScans = 100
	// maxScanPixels bounds scans times pixels, that is, the time of a decode.
	maxScanPixels = 600_000_000
)

// jpegComponent is one colour channel as the frame header declares it.
type jpegComponent struct {
	id, h, v, tq byte
}

// jpegHeader is what stands before the first scan.
type jpegHeader struct {
	width, height int
	framed        bool // a frame header was read: width and height are known
	progressive   bool
	components    []jpegComponent // 1, 3 or 4 once the frame header was taken
	exif          []byte          // TIFF block of the first Exif segment
	scans         int             // offset of the first SOS marker
}

var errJPEGHeader = errors.New("broken JPEG header")

// readJPEGHeader reads the segments up to the first scan. With an error the
// header is filled as far as it was read, so that limits can be judged first.
func readJPEGHeader(data []byte) (jpegHeader, error) {
	var h jpegHeader
	var tables struct {
		quant   [4]bool
		huffman bool
	}
	for pos := 2; ; {
		marker, at := nextMarker(data, pos)
		switch {
		case at < 0:
			return h, fmt.Errorf("%w: no scan", errJPEGHeader)
		case marker == markSOI || marker == markEOI:
			return h, fmt.Errorf("%w: marker %#x before the first scan", errJPEGHeader, marker)
		case marker == markSOS:
			h.scans = at
			return h, h.complete(tables.quant, tables.huffman)
		}
		body, next := segment(data, at)
		switch {
		case body == nil:
			return h, fmt.Errorf("%w: segment %#x is cut", errJPEGHeader, marker)
		case isFrameHeader(marker):
			if h.framed {
				return h, fmt.Errorf("%w: two frame headers", errJPEGHeader)
			}
			if err := h.readFrame(marker, body); err != nil {
				return h, err
			}
		case marker == markDQT:
			for len(body) > 0 {
				tables.quant[body[0]&3] = true
				size := 1 + 64*(1+int(body[0]>>4&1))
				body = body[min(size, len(body)):]
			}
		case marker == markDHT:
			tables.huffman = true
		case marker == markAPP1 && h.exif == nil && bytes.HasPrefix(body, []byte("Exif\x00")) && len(body) > 6:
			h.exif = body[6:]
		}
		pos = next
	}
}

// readFrame reads a frame header. Only 8-bit Huffman-coded frames are taken:
// arithmetic coding, 12 bits and lossless frames are no photographs that a
// camera or a browser writes, and the two decoders differ on them.
func (h *jpegHeader) readFrame(marker byte, body []byte) error {
	if len(body) < 6 || len(body) != 6+3*int(body[5]) {
		return fmt.Errorf("%w: frame header of %d bytes", errJPEGHeader, len(body))
	}
	h.height = int(binary.BigEndian.Uint16(body[1:]))
	h.width = int(binary.BigEndian.Uint16(body[3:]))
	h.framed, h.progressive = true, marker == markSOF2
	if marker > markSOF2 || body[0] != 8 {
		return fmt.Errorf("%w: frame type %#x with %d bits", errJPEGHeader, marker, body[0])
	}
	n := int(body[5])
	if n != 1 && n != 3 && n != 4 {
		return fmt.Errorf("%w: %d components", errJPEGHeader, n)
	}
	h.components = make([]jpegComponent, n)
	for i := range h.components {
		c := body[6+3*i:]
		h.components[i] = jpegComponent{id: c[0], h: c[1] >> 4, v: c[1] & 15, tq: c[2]}
		if hv := h.components[i]; hv.h < 1 || hv.h > 4 || hv.v < 1 || hv.v > 4 || hv.tq > 3 {
			return fmt.Errorf("%w: component %d", errJPEGHeader, i)
		}
		if n == 1 {
			h.components[i].h, h.components[i].v = 1, 1 // never interleaved (A.2.2)
		}
	}
	return nil
}

// complete refuses a scan without the tables that it needs. libjpeg would fall
// back to the standard Huffman tables and the portable decoder to quantisation
// by zero, a grey image.
func (h *jpegHeader) complete(quant [4]bool, huffman bool) error {
	if h.components == nil {
		return fmt.Errorf("%w: a scan before the frame header", errJPEGHeader)
	}
	for _, c := range h.components {
		if !quant[c.tq] {
			return fmt.Errorf("%w: no quantisation table %d", errJPEGHeader, c.tq)
		}
	}
	if !huffman {
		return fmt.Errorf("%w: no Huffman table", errJPEGHeader)
	}
	return nil
}

// channels is 1 for a greyscale image and 3 for a colour one.
func (h *jpegHeader) channels() int {
	if len(h.components) == 1 {
		return 1
	}
	return 3
}

// blocks counts the 8x8 blocks of component i, padded to whole MCUs.
func (h *jpegHeader) blocks(i int) int64 {
	var hmax, vmax int
	for _, c := range h.components {
		hmax, vmax = max(hmax, int(c.h)), max(vmax, int(c.v))
	}
	across := (h.width + 8*hmax - 1) / (8 * hmax)
	down := (h.height + 8*vmax - 1) / (8 * vmax)
	c := h.components[i]
	return int64(across*int(c.h)) * int64(down*int(c.v))
}

// allBlocks counts the blocks of all components.
func (h *jpegHeader) allBlocks() int64 {
	var n int64
	for i := range h.components {
		n += h.blocks(i)
	}
	return n
}

func isFrameHeader(marker byte) bool {
	return marker >= markSOF0 && marker <= 0xCF && marker != markDHT && marker != markJPG && marker != markDAC
}

// nextMarker finds the next marker at or behind pos. It skips what the decoders
// skip too: stray bytes, stuffed zeros, fill bytes, and markers without
// content. The offset is that of the marker code; -1 at the end of the data.
func nextMarker(data []byte, pos int) (marker byte, at int) {
	for pos < len(data) {
		i := bytes.IndexByte(data[pos:], 0xFF)
		if i < 0 {
			break
		}
		for pos += i + 1; pos < len(data) && data[pos] == 0xFF; pos++ {
			continue
		}
		if pos >= len(data) {
			break
		}
		if m := data[pos]; m != 0 && m != markTEM && (m < markRST0 || m > markRST7) {
			return m, pos
		}
		pos++
	}
	return 0, -1
}

// segment returns the content of the segment whose marker code stands at at,
// and the offset behind it; nil when it is cut.
func segment(data []byte, at int) (body []byte, next int) {
	if at+3 > len(data) {
		return nil, 0
	}
	size := int(binary.BigEndian.Uint16(data[at+1:]))
	next = at + 1 + size
	if size < 2 || next > len(data) {
		return nil, 0
	}
	return data[at+3 : next : next], next
}
