package capsule

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"

	"example.org/osprey"
)

// keyBytes is the length of a one-time key.
const keyBytes = sha256.Size

// Keys are what tokens, capsules and marks of media are made with. All nodes of an
// installation have the same, because all have the same instance secret.
type Keys struct {
	token   *ecdsa.PrivateKey // of curve P-384: signs the JWT
	oneTime []byte            // derives the key of each capsule
	marks   []byte            // of media
}

// Deriver gives independent keys for purposes; *vault.Secret is one.
type Deriver interface {
	Derive(purpose string, bytes int) []byte
}

// NewKeys derives the keys from the instance secret, which was made at the first
// start. privatePEM (PKCS8) takes the place of the derived key of tokens; publicPEM
// (SPKI) may be given beside it, for those who keep pairs, and must fit. Errors name
// the setting.
func NewKeys(secret Deriver, privatePEM, publicPEM string) (*Keys, error) {
	k := &Keys{oneTime: secret.Derive("capsule", keyBytes), marks: secret.Derive("capsule media", keyBytes)}
	var err error
	switch {
	case privatePEM != "":
		k.token, err = parsePrivate(privatePEM)
	case publicPEM != "":
		err = errors.New("capsule.jwt_public_key: it needs capsule.jwt_private_key")
	default:
		k.token, err = deriveToken(secret)
	}
	if err == nil && publicPEM != "" {
		err = fits(publicPEM, &k.token.PublicKey)
	}
	if err != nil {
		return nil, err
	}
	return k, nil
}

// deriveToken makes a P-384 key of derived bytes: 64 bits more than the order has, so
// that the remainder is as good as uniform (FIPS 186-5, A.2.1).
func deriveToken(secret Deriver) (*ecdsa.PrivateKey, error) {
	curve := elliptic.P384()
	below := new(big.Int).Sub(curve.Params().N, big.NewInt(1))
	d := new(big.Int).SetBytes(secret.Derive("capsule token", (curve.Params().N.BitLen()+64)/8))
	d.Mod(d, below).Add(d, big.NewInt(1))
	return ecdsa.ParseRawPrivateKey(curve, d.FillBytes(make([]byte, curve.Params().BitSize/8)))
}

func parsePrivate(text string) (*ecdsa.PrivateKey, error) {
	const name = "capsule.jwt_private_key"
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "PRIVATE KEY" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New(name + ": it is not one PKCS8 key in PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P384() {
		return nil, errors.New(name + ": it is not a key of curve P-384")
	}
	return key, nil
}

func fits(text string, want *ecdsa.PublicKey) error {
	const name = "capsule.jwt_public_key"
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "PUBLIC KEY" || len(bytes.TrimSpace(rest)) > 0 {
		return errors.New(name + ": it is not one SPKI key in PEM")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if key, ok := parsed.(*ecdsa.PublicKey); !ok || !key.Equal(want) {
		return errors.New(name + ": it does not belong to capsule.jwt_private_key")
	}
	return nil
}

// of is the one-time key of a token.
func (k *Keys) of(jti osprey.ID) []byte { return mac(k.oneTime, "osprey-capsule-key:"+string(jti)) }

// mark stands for the bytes of a medium within a company: it tells nobody who lacks
// the key which bytes, and differs between companies.
func (k *Keys) mark(company osprey.ID, hash [32]byte) []byte {
	return mac(k.marks, "osprey-capsule-media:"+string(company)+"|"+string(hash[:]))
}

// Sign is the signature of a manifest under a one-time key (api.md 12.2).
func Sign(key, manifest []byte) []byte {
	return mac(key, "osprey-capsule-v1\n"+string(manifest))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	_, _ = h.Write([]byte(text)) // never fails
	return h.Sum(nil)
}
