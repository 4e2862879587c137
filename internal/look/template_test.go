package look_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/testhouse"
	"example.org/osprey/internal/vault"
)

// TestTemplates: what was sealed comes back bit by bit, and only for the company,
// object and model that it was sealed for.
func TestTemplates(t *testing.T) {
	t.Parallel()
	h := testhouse.New(t, testhouse.Options{Idle: true})
	company, _ := h.Company("one")
	stranger, _ := h.Company("two")
	object, model := h.IDs.New(), h.Model()
	v := testhouse.Unit(rand.New(rand.NewPCG(1, 1)))
	sealed, err := h.Templates.Seal(t.Context(), company, object, model, face.Embedding{Vector: v, Norm: 21.5})
	if err != nil {
		t.Fatal(err)
	}
	got, err := h.Templates.Open(t.Context(), company, object, sealed)
	if err != nil || !slices.Equal(got, v) {
		t.Errorf("it came back changed (error %v)", err)
	}
	if again, err := h.Templates.Seal(t.Context(), company, object, model, face.Embedding{Vector: v, Norm: 21.5}); err != nil || bytes.Equal(again.Bytes, sealed.Bytes) {
		t.Errorf("two seals of one template are alike (error %v)", err)
	}
	// Each of them needs a data key of its own before it can be tampered with.
	if _, err := h.Templates.Seal(t.Context(), stranger, object, model, face.Embedding{Vector: v}); err != nil {
		t.Fatal(err)
	}
	other := sealed
	other.Model = "another"
	spoiled := sealed
	spoiled.Bytes = slices.Clone(sealed.Bytes)
	spoiled.Bytes[len(spoiled.Bytes)/2] ^= 1
	short := sealed
	short.Bytes = sealed.Bytes[:10]
	for name, tt := range map[string]struct {
		company, object osprey.ID
		sealed          osprey.SealedTemplate
	}{
		"another company": {stranger, object, sealed},
		"another object":  {company, h.IDs.New(), sealed},
		"another model":   {company, object, other},
		"a changed bit":   {company, object, spoiled},
		"a piece":         {company, object, short},
		"nothing":         {company, object, osprey.SealedTemplate{Model: model}},
	} {
		if v, err := h.Templates.Open(t.Context(), tt.company, tt.object, tt.sealed); err == nil {
			t.Errorf("%s: %d components were opened", name, len(v))
		} else if !errors.Is(err, vault.ErrTampered) && !errors.Is(err, vault.ErrMalformed) && !errors.Is(err, vault.ErrKeyDestroyed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
