package lite

import "encoding/base64"

// decodeBase64 reads base64 in place, in the standard or the URL-safe alphabet, with or
// without padding; blanks and line breaks are passed over. It reports false for
// anything else. The bytes of b are overwritten.
func decodeBase64(b []byte) ([]byte, bool) {
	n, padding := 0, 0
	for _, c := range b {
		switch c {
		case '\r', '\n', ' ', '\t':
			continue
		case '=':
			padding++
			continue
		case '-':
			c = '+'
		case '_':
			c = '/'
		}
		if padding > 0 { // something follows the end
			return nil, false
		}
		b[n] = c
		n++
	}
	if padding > 2 || padding > 0 && (n+padding)%4 != 0 {
		return nil, false
	}
	// Four characters become three bytes: the decoder never overtakes itself.
	size, err := base64.RawStdEncoding.Decode(b, b[:n])
	if err != nil {
		return nil, false
	}
	return b[:size], true
}
