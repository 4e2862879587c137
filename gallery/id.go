package gallery

import (
	"bytes"
	"encoding/hex"
	"fmt"
)

// id is a UUID in 16 bytes: less than half of its text, and in the same order.
type id [16]byte

// idDigits says where in the text the digits of each byte are.
var idDigits = [16]int{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34}

// parseID reads a UUID in its one canonical form. Any other spelling is refused,
// so that ids that differ as texts are different ids.
func parseID(what, s string) (id, error) {
	var out id
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id{}, fmt.Errorf("%w: %s %.40q", ErrID, what, s)
	}
	for i, at := range idDigits {
		high, ok1 := nibble(s[at])
		low, ok2 := nibble(s[at+1])
		if !ok1 || !ok2 {
			return id{}, fmt.Errorf("%w: %s %.40q", ErrID, what, s)
		}
		out[i] = high<<4 | low
	}
	return out, nil
}

func nibble(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	default:
		return 0, false
	}
}

// String returns the canonical text.
func (x id) String() string {
	var s [36]byte
	hex.Encode(s[0:8], x[0:4])
	hex.Encode(s[9:13], x[4:6])
	hex.Encode(s[14:18], x[6:8])
	hex.Encode(s[19:23], x[8:10])
	hex.Encode(s[24:36], x[10:16])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}

func (x id) compare(y id) int { return bytes.Compare(x[:], y[:]) }
