package usage

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// SigningPurpose is what the key that signs reports is derived for.
const SigningPurpose = "usage reports"

// The bounds of keys and signature files, in bytes.
const (
	KeyBytes     = ed25519.PublicKeySize
	MaxSignature = 4096
)

// signatureHead is the first line of a signature file.
const signatureHead = "osprey usage signature 1"

// signedText is what is signed: the bytes of the report under a name, so that no other
// thing signed by the key can be taken for a report.
func signedText(report []byte) []byte {
	return append([]byte("osprey/v1|usage report|"), report...)
}

// PublicKey is the public half.
func PublicKey(key ed25519.PrivateKey) []byte {
	public, _ := key.Public().(ed25519.PublicKey)
	return public
}

// Sign makes the signature file of a report: three lines, with the public key and the
// Ed25519 signature in base64.
func Sign(key ed25519.PrivateKey, report []byte) []byte {
	return fmt.Appendf(nil, "%s\nkey %s\nsignature %s\n", signatureHead,
		base64.StdEncoding.EncodeToString(PublicKey(key)), base64.StdEncoding.EncodeToString(ed25519.Sign(key, signedText(report))))
}

// Why a report is not what was signed.
var (
	ErrSignatureForm = errors.New("the signature file is not one of a usage report")
	ErrOtherKey      = errors.New("another installation's key has signed it")
	ErrNotSigned     = errors.New("it is not what was signed")
)

// Verify holds a report against its signature file and the public key of the
// installation that has to have made it.
func Verify(key, report, signature []byte) error {
	if len(signature) > MaxSignature {
		return ErrSignatureForm
	}
	lines := strings.Split(string(signature), "\n")
	if len(lines) != 4 || lines[0] != signatureHead || lines[3] != "" {
		return ErrSignatureForm
	}
	named, err1 := field(lines[1], "key ", ed25519.PublicKeySize)
	sig, err2 := field(lines[2], "signature ", ed25519.SignatureSize)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if !bytes.Equal(named, key) {
		return ErrOtherKey
	}
	if !ed25519.Verify(key, signedText(report), sig) {
		return ErrNotSigned
	}
	return nil
}

func field(line, name string, size int) ([]byte, error) {
	text, ok := strings.CutPrefix(line, name)
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if !ok || err != nil || len(b) != size {
		return nil, ErrSignatureForm
	}
	return b, nil
}
