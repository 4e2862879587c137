package media

import (
	"bytes"
	"errors"
	"fmt"
)

var errJPEGScan = errors.New("broken JPEG scans")

// jpegScans is the outcome of walking the scans without decoding them.
type jpegScans struct {
	count  int
	end    int  // offset behind the last scan's data
	closed bool // EOI stands at end
}

// walkJPEGScans counts the scans and refuses what would only waste a decoder's
// time or give a half-grey image: too many scans, components that no scan
// holds, fewer bytes than the pixels need at the very least, and a progressive
// image that ends before its last refinement.
func walkJPEGScans(data []byte, h *jpegHeader) (jpegScans, error) {
	var s jpegScans
	coverage := newCoverage()
	var coded int64
	pixels := int64(h.width) * int64(h.height)
	pos := h.scans - 1
walk:
	for {
		marker, at := nextMarker(data, pos)
		switch {
		case at < 0:
			s.end = len(data)
			break walk
		case marker == markEOI:
			s.end, s.closed = at-1, true
			break walk
		case marker == markSOI || isFrameHeader(marker):
			return s, fmt.Errorf("%w: marker %#x between scans", errJPEGScan, marker)
		}
		body, next := segment(data, at)
		if body == nil {
			s.end = at - 1 // garbage in the place of EOI: leave it out, let the decoder judge
			break walk
		}
		pos = next
		if marker != markSOS {
			continue
		}
		s.count++
		if s.count > 1 && (s.count > maxScans || int64(s.count)*pixels > maxScanPixels) {
			return s, fmt.Errorf("%w: more than %d, too many for the image's size", errJPEGScan, s.count-1)
		}
		if err := coverage.add(body, h); err != nil {
			return s, err
		}
		pos = entropyEnd(data, next)
		coded += int64(pos - next)
	}
	if err := coverage.check(h, s.closed); err != nil {
		return s, err
	}
	// The shortest code of a block has one bit. A quarter of that leaves room
	// for the padding blocks, which not every scan codes.
	if coded*8 < h.allBlocks()/4 {
		return s, fmt.Errorf("%w: %d bytes for %d blocks", errJPEGScan, coded, h.allBlocks())
	}
	return s, nil
}

// coverage notes, for each component and coefficient, how many low bits the
// scans have left out so far; -1 for a coefficient that no scan has brought.
type coverage [4][64]int8

func newCoverage() *coverage {
	var c coverage
	for i := range c {
		for k := range c[i] {
			c[i][k] = -1
		}
	}
	return &c
}

// add takes in a scan header. A scan that repeats what the earlier ones brought,
// instead of refining it, is refused: repetition is the cheapest way to waste
// time, and the decoders differ on it.
func (c *coverage) add(sos []byte, h *jpegHeader) error {
	if len(sos) < 1 || len(sos) != 4+2*int(sos[0]) {
		return fmt.Errorf("%w: header of %d bytes", errJPEGScan, len(sos))
	}
	n := int(sos[0])
	first, last, high, low := int(sos[1+2*n]), int(sos[2+2*n]), int8(sos[3+2*n]>>4), int8(sos[3+2*n]&15)
	if !h.progressive {
		first, last, high, low = 0, 63, 0, 0 // a sequential scan brings all, whatever it says
	}
	for i := range n {
		for j, component := range h.components {
			if component.id != sos[1+2*i] {
				continue
			}
			for k := first; k <= min(last, 63); k++ {
				refines := high > 0 && c[j][k] == high
				if !refines && (high > 0 || c[j][k] >= 0) {
					return fmt.Errorf("%w: inconsistent progression", errJPEGScan)
				}
				c[j][k] = low
			}
		}
	}
	return nil
}

// check demands the DC coefficients of every component, and of a file that does
// not end in EOI all coefficients in full: a progressive image that is cut
// between two scans decodes without a warning, only coarser than it was.
func (c *coverage) check(h *jpegHeader, closed bool) error {
	for j := range h.components {
		for k, low := range c[j] {
			switch {
			case k == 0 && low < 0:
				return fmt.Errorf("%w: none holds component %d", errJPEGScan, j)
			case low != 0 && !closed:
				return fmt.Errorf("%w: the file ends before the last", errJPEGScan)
			}
		}
	}
	return nil
}

// entropyEnd is the offset of the 0xFF that ends entropy-coded data.
func entropyEnd(data []byte, pos int) int {
	for pos < len(data) {
		i := bytes.IndexByte(data[pos:], 0xFF)
		if i < 0 || pos+i+1 >= len(data) {
			return len(data)
		}
		pos += i
		if m := data[pos+1]; m != 0 && m != 0xFF && (m < markRST0 || m > markRST7) {
			return pos
		}
		pos++
	}
	return len(data)
}

// closedJPEG gives the decoders the image and nothing behind it. Cameras that
// leave EOI out are forgiven by adding it: a decoder that still needs data then
// meets the marker and fails, one that has all pixels does not.
func closedJPEG(data []byte, s jpegScans) []byte {
	if s.closed {
		return data[:s.end+2]
	}
	closed := make([]byte, 0, s.end+2)
	return append(append(closed, data[:s.end]...), 0xFF, markEOI)
}
