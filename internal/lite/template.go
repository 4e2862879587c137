package lite

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"

	"example.org/osprey/internal/vault"
)

// The format of a template (components.md 1.4): head, payload, signature.
const (
	templateMagic   = "OSPT"
	templateVersion = 1
	flagSealed      = 1
	elementFloat32  = 1
	headBytes       = 32
	signatureBytes  = sha256.Size
	nonceBytes      = 12
	tagBytes        = 16
	maxTemplate     = 4 << 10
	qualityUnknown  = 255

	offsetFlags     = 5
	offsetReserved  = 6
	offsetModel     = 8
	offsetKey       = 24
	offsetDimension = 28
	offsetElement   = 30
	offsetQuality   = 31
)

// modelID names the model of a template: the first half of the SHA-256 of its file.
type modelID [16]byte

// modelIDOf shortens the id of an engine's model, 64 hex digits.
func modelIDOf(sha string) (modelID, error) {
	var id modelID
	b, err := hex.DecodeString(sha)
	if err != nil || len(b) != sha256.Size {
		return id, fmt.Errorf("lite: a model's id is no SHA-256: %q", sha)
	}
	copy(id[:], b)
	return id, nil
}

// template is what a caller keeps of a face.
type template struct {
	model   modelID
	quality uint8 // 0..100, or qualityUnknown
	vector  []float32
}

// Keys give the keys that protect templates. They are safe for concurrent use.
type Keys interface {
	Current() *vault.TemplateKey
	Key(id uint32) (*vault.TemplateKey, bool)
}

// The reasons for which a template is refused, as details.reason tells them.
const (
	reasonFormat    = "FORMAT"
	reasonSignature = "SIGNATURE"
	reasonModel     = "MODEL_MISMATCH"
	reasonKey       = "KEY_UNKNOWN"
)

// templateFault is the refusal of a template.
func templateFault(reason string) *fault { return because(badTemplate, reason) }

// encode writes a template, signed with a key and sealed where asked. Without sealing
// the same template and key give the same bytes.
func (t template) encode(key *vault.TemplateKey, seal bool) ([]byte, error) {
	out := make([]byte, headBytes, headBytes+nonceBytes+4*len(t.vector)+tagBytes+signatureBytes)
	copy(out, templateMagic)
	out[4] = templateVersion
	copy(out[offsetModel:], t.model[:])
	binary.BigEndian.PutUint32(out[offsetKey:], key.ID)
	binary.BigEndian.PutUint16(out[offsetDimension:], uint16(len(t.vector)))
	out[offsetElement], out[offsetQuality] = elementFloat32, t.quality
	payload := make([]byte, 0, 4*len(t.vector))
	for _, v := range t.vector {
		payload = binary.LittleEndian.AppendUint32(payload, math.Float32bits(v))
	}
	if seal {
		out[offsetFlags] |= flagSealed
		gcm, err := sealer(key)
		if err != nil {
			return nil, err
		}
		nonce := make([]byte, nonceBytes)
		_, _ = rand.Read(nonce) // never fails: it ends the process instead
		payload = gcm.Seal(nonce, nonce, payload, out[:headBytes])
	}
	out = sign(key, append(out, payload...))
	if len(out) > maxTemplate {
		return nil, fmt.Errorf("lite: a template of %d elements takes %d bytes, at most %d fit", len(t.vector), len(out), maxTemplate)
	}
	return out, nil
}

func sealer(key *vault.TemplateKey) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key.Seal)
	if err != nil {
		return nil, fmt.Errorf("lite: template key: %w", err)
	}
	return cipher.NewGCM(block)
}

// sign appends the signature of all that is there.
func sign(key *vault.TemplateKey, b []byte) []byte { return append(b, signature(key, b)...) }

func signature(key *vault.TemplateKey, b []byte) []byte {
	h := hmac.New(sha256.New, key.Sign)
	_, _ = h.Write(b) // never fails
	return h.Sum(nil)
}

// decode reads a template and verifies it. Nothing of the payload is looked at before
// the signature holds. The error is a *fault with its reason.
func decode(b []byte, keys Keys) (template, error) {
	sealed, dimension, err := checkHead(b)
	if err != nil {
		return template{}, err
	}
	key, ok := keys.Key(binary.BigEndian.Uint32(b[offsetKey:]))
	if !ok {
		return template{}, templateFault(reasonKey)
	}
	body, claimed := b[:len(b)-signatureBytes], b[len(b)-signatureBytes:]
	if !hmac.Equal(claimed, signature(key, body)) {
		return template{}, templateFault(reasonSignature)
	}
	payload := body[headBytes:]
	if sealed {
		gcm, err := sealer(key)
		if err != nil {
			return template{}, err
		}
		if payload, err = gcm.Open(nil, payload[:nonceBytes], payload[nonceBytes:], body[:headBytes]); err != nil {
			return template{}, templateFault(reasonSignature)
		}
	}
	t := template{model: modelID(b[offsetModel:offsetKey]), quality: b[offsetQuality], vector: make([]float32, dimension)}
	length := 0.0
	for i := range t.vector {
		t.vector[i] = math.Float32frombits(binary.LittleEndian.Uint32(payload[4*i:]))
		length += float64(t.vector[i]) * float64(t.vector[i])
	}
	if !(math.Abs(length-1) < normTolerance) { // not a number too
		return template{}, templateFault(reasonFormat)
	}
	return t, nil
}

// normTolerance is how far the squared length of a vector may be from 1.
const normTolerance = 1e-3

// checkHead holds the head and the length of a template against the format.
func checkHead(b []byte) (sealed bool, dimension int, err error) {
	if len(b) < headBytes+signatureBytes || len(b) > maxTemplate || !bytes.HasPrefix(b, []byte(templateMagic)) {
		return false, 0, templateFault(reasonFormat)
	}
	sealed = b[offsetFlags]&flagSealed != 0
	dimension = int(binary.BigEndian.Uint16(b[offsetDimension:]))
	want := headBytes + 4*dimension + signatureBytes
	if sealed {
		want += nonceBytes + tagBytes
	}
	quality := b[offsetQuality]
	switch {
	case b[4] != templateVersion, b[offsetFlags]&^flagSealed != 0, b[offsetReserved] != 0, b[offsetReserved+1] != 0,
		b[offsetElement] != elementFloat32, quality > 100 && quality != qualityUnknown, dimension == 0, len(b) != want:
		return false, 0, templateFault(reasonFormat)
	}
	return sealed, dimension, nil
}
