package gallery

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/bits"
)

// Digest is a fingerprint of a set of entries that does not depend on their
// order: the sum modulo 2^256 of the entries' own digests. So whoever stores
// the entries can keep it up to date with one addition or subtraction a change,
// and compare it with a gallery's to learn whether both hold the same.
//
// The zero value is the digest of nothing. It is meant against loss and mishap,
// not against somebody who may choose the templates: it is no signature.
type Digest [32]byte

// EntryDigest returns the digest of one entry: SHA-256 over a domain name, the
// two ids as given and the HashVector of the template. To move an image from
// person p to q: d.Sub(EntryDigest(image, p, v)).Add(EntryDigest(image, q, v)).
func EntryDigest(image, person string, vector []float32) Digest {
	return HashVector(vector).Entry(image, person)
}

// VectorHash is SHA-256 over a template's components, float32 little-endian.
// Kept beside a sealed template it spares opening that to update a Digest.
type VectorHash [32]byte

// HashVector returns the hash of a template.
func HashVector(vector []float32) VectorHash {
	h := sha256.New()
	var chunk [256]byte
	for len(vector) > 0 {
		n := min(len(vector), len(chunk)/4)
		putVector(chunk[:4*n], vector[:n])
		h.Write(chunk[:4*n]) // a hash.Hash never returns an error
		vector = vector[n:]
	}
	clear(chunk[:])
	var out VectorHash
	h.Sum(out[:0])
	return out
}

// Entry returns the EntryDigest of the image with this template.
func (v VectorHash) Entry(image, person string) Digest {
	b := make([]byte, 0, 160)
	b = append(b, "osprey/gallery/entry/v1"...)
	for _, s := range [2]string{image, person} {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	b = append(b, v[:]...)
	return sha256.Sum256(b)
}

// Add returns the digest of the set with one more entry, or of two disjoint sets.
func (d Digest) Add(x Digest) Digest {
	var carry uint64
	for i := 0; i < len(d); i += 8 {
		var w uint64
		w, carry = bits.Add64(binary.LittleEndian.Uint64(d[i:]), binary.LittleEndian.Uint64(x[i:]), carry)
		binary.LittleEndian.PutUint64(d[i:], w)
	}
	return d
}

// Sub undoes Add: the digest of the set without that entry.
func (d Digest) Sub(x Digest) Digest {
	var borrow uint64
	for i := 0; i < len(d); i += 8 {
		var w uint64
		w, borrow = bits.Sub64(binary.LittleEndian.Uint64(d[i:]), binary.LittleEndian.Uint64(x[i:]), borrow)
		binary.LittleEndian.PutUint64(d[i:], w)
	}
	return d
}

// String returns the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// putVector writes the vector to dst as float32 little-endian, 4 bytes each.
func putVector(dst []byte, vector []float32) {
	for i, x := range vector {
		binary.LittleEndian.PutUint32(dst[4*i:], math.Float32bits(x))
	}
}

// getVector is the inverse of putVector; src has 4 bytes for each component.
func getVector(vector []float32, src []byte) {
	for i := range vector {
		vector[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
	}
}
