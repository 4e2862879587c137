package capsule

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"

	"example.org/osprey"
)

// The fixed parts of a session token.
const (
	audience = "osprey-capsule"
	// header is the only one that is accepted, to the byte: what the token says about
	// its own algorithm decides nothing.
	header = `{"alg":"ES384"}`

	maxToken   = 4096 // characters
	scalarByte = 48   // bytes of each half of a signature
)

// claims are what a session token says (api.md 12.1).
type claims struct {
	Issuer   string     `json:"iss"`
	Audience string     `json:"aud"`
	Subject  *osprey.ID `json:"sub"`
	Company  *osprey.ID `json:"cid"`
	ID       osprey.ID  `json:"jti"`
	Issued   int64      `json:"iat"` // seconds
	Expires  int64      `json:"exp"`
}

// base64url is strict: of each text there is one spelling.
var base64url = base64.RawURLEncoding.Strict()

// sign makes the compact JWS of claims.
func (k *Keys) sign(c claims) (string, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	text := base64url.EncodeToString([]byte(header)) + "." + base64url.EncodeToString(body)
	hash := sha512.Sum384([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, k.token, hash[:])
	if err != nil {
		return "", err
	}
	var signature [2 * scalarByte]byte
	r.FillBytes(signature[:scalarByte])
	s.FillBytes(signature[scalarByte:])
	return text + "." + base64url.EncodeToString(signature[:]), nil
}

// read verifies a token and returns what it says; false: it was not made here, or not
// for capsules. Whether it has expired is the caller's to ask.
func (k *Keys) read(token string) (claims, bool) {
	var c claims
	if len(token) > maxToken {
		return c, false
	}
	body, signature, ok := cutLast(token)
	if !ok {
		return c, false
	}
	head, said, ok := strings.Cut(body, ".")
	if !ok || head != base64url.EncodeToString([]byte(header)) {
		return c, false
	}
	raw, err := base64url.DecodeString(signature)
	if err != nil || len(raw) != 2*scalarByte {
		return c, false
	}
	hash := sha512.Sum384([]byte(body))
	r, s := new(big.Int).SetBytes(raw[:scalarByte]), new(big.Int).SetBytes(raw[scalarByte:])
	if !ecdsa.Verify(&k.token.PublicKey, hash[:], r, s) {
		return c, false
	}
	text, err := base64url.DecodeString(said)
	if err != nil || json.Unmarshal(text, &c) != nil {
		return claims{}, false
	}
	_, isID := osprey.ParseID(string(c.ID))
	return c, isID && c.Audience == audience && c.Expires > 0
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// company is whose the token is, empty for a user outside any.
func (c claims) company() osprey.ID {
	if c.Company == nil {
		return ""
	}
	return *c.Company
}
