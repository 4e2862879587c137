package index

import (
	"encoding/hex"
	"fmt"

	"example.org/osprey/gallery"
)

// DigestText is a digest as the collection's row holds it. The digest of nothing
// is the empty text, so that a new row needs no gallery to be made.
func DigestText(d gallery.Digest) string {
	if d == (gallery.Digest{}) {
		return ""
	}
	return d.String()
}

// ParseDigest reads what DigestText wrote.
func ParseDigest(s string) (gallery.Digest, error) {
	var d gallery.Digest
	if s == "" {
		return d, nil
	}
	if len(s) != hex.EncodedLen(len(d)) {
		return d, fmt.Errorf("index: a digest of %d characters", len(s))
	}
	if _, err := hex.Decode(d[:], []byte(s)); err != nil {
		return d, fmt.Errorf("index: digest: %w", err)
	}
	return d, nil
}
