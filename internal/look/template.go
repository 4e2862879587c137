package look

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"

	"example.org/osprey"
	"example.org/osprey/face"
)

// Vault seals and opens bytes with the data key of a company and purpose.
type Vault interface {
	Seal(ctx context.Context, company osprey.ID, purpose string, aad, plaintext []byte) ([]byte, error)
	Open(ctx context.Context, company osprey.ID, purpose string, aad, sealed []byte) ([]byte, error)
}

// purposeTemplate names the data key that templates are sealed with.
const purposeTemplate = "template"

// Templates seals templates and opens them again. A sealed template is bound to
// company, object and model, so that a row copied elsewhere does not open.
type Templates struct {
	vault Vault
	bind  func(purpose string, company, object osprey.ID, model string) []byte
}

// NewTemplates makes one; bind makes the additional data of a seal.
func NewTemplates(v Vault, bind func(purpose string, company, object osprey.ID, model string) []byte) *Templates {
	return &Templates{vault: v, bind: bind}
}

// Seal packs an embedding (its components as float32 little-endian, 512 of them
// with the default pack, then its length before normalisation) and seals it.
func (t *Templates) Seal(ctx context.Context, company, object osprey.ID, model string, e face.Embedding) (osprey.SealedTemplate, error) {
	b := make([]byte, 0, 4*(len(e.Vector)+1))
	for _, v := range e.Vector {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(e.Norm)))
	sealed, err := t.vault.Seal(ctx, company, purposeTemplate, t.bind(purposeTemplate, company, object, model), b)
	clear(b)
	if err != nil {
		return osprey.SealedTemplate{}, fmt.Errorf("seal template: %w", err)
	}
	return osprey.SealedTemplate{Model: model, Bytes: sealed}, nil
}

// Open unpacks a sealed template into the vector that was sealed, bit for bit.
func (t *Templates) Open(ctx context.Context, company, object osprey.ID, s osprey.SealedTemplate) ([]float32, error) {
	b, err := t.vault.Open(ctx, company, purposeTemplate, t.bind(purposeTemplate, company, object, s.Model), s.Bytes)
	if err != nil {
		return nil, fmt.Errorf("open template: %w", err)
	}
	defer clear(b)
	if len(b) < 8 || len(b)%4 != 0 {
		return nil, fmt.Errorf("sealed template of %d bytes holds no components", len(b))
	}
	v := make([]float32, len(b)/4-1)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v, nil
}
