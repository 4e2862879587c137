package lite

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"example.org/osprey/internal/vault"
)

// ring is keys in memory.
type ring struct {
	keys map[uint32]*vault.TemplateKey
	last uint32
}

func (r ring) Current() *vault.TemplateKey { return r.keys[r.last] }
func (r ring) Key(id uint32) (*vault.TemplateKey, bool) {
	k, ok := r.keys[id]
	return k, ok
}

// newRing makes the keys of an instance.
func newRing(secret string, ids ...uint32) ring {
	r := ring{keys: make(map[uint32]*vault.TemplateKey)}
	for _, id := range ids {
		derive := func(salt string) []byte {
			k, err := hkdf.Key(sha256.New, []byte(secret), []byte(salt), string(binary.BigEndian.AppendUint32(nil, id)), 32)
			if err != nil {
				panic(err)
			}
			return k
		}
		r.keys[id], r.last = &vault.TemplateKey{ID: id, Sign: derive("sign"), Seal: derive("seal")}, id
	}
	return r
}

// unit is a vector of length 1.
func unit(seed uint64, n int) []float32 {
	random := rand.New(rand.NewPCG(seed, seed))
	v, sum := make([]float32, n), 0.0
	for i := range v {
		v[i] = float32(random.NormFloat64())
		sum += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

func sampleTemplate() template {
	return template{model: modelID{1, 2, 3}, quality: 77, vector: unit(1, 512)}
}

func encoded(t testing.TB, tm template, keys ring, seal bool) []byte {
	t.Helper()
	b, err := tm.encode(keys.Current(), seal)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func reasonOf(err error) string {
	var f *fault
	if !errors.As(err, &f) || f.kind != badTemplate {
		return "not a template fault"
	}
	return f.details["reason"].(string)
}

// TestTemplateLayout holds the bytes against the table of components.md 1.4.
func TestTemplateLayout(t *testing.T) {
	t.Parallel()
	keys := newRing("a", 1, 258)
	for _, seal := range []bool{false, true} {
		b := encoded(t, sampleTemplate(), keys, seal)
		flags, length := byte(0), 32+2048+32
		if seal {
			flags, length = 1, length+12+16
		}
		head := append([]byte{'O', 'S', 'P', 'T', 1, flags, 0, 0, 1, 2, 3}, make([]byte, 13)...)
		head = append(head, 0, 0, 1, 2, 2, 0, 1, 77)
		if len(b) != length || !bytes.Equal(b[:32], head) {
			t.Fatalf("%d bytes, head % x", len(b), b[:32])
		}
		if first := math.Float32frombits(binary.LittleEndian.Uint32(b[32:])); seal == (first == sampleTemplate().vector[0]) {
			t.Errorf("sealed %v: the first element reads %v", seal, first)
		}
		if again := encoded(t, sampleTemplate(), keys, seal); bytes.Equal(b, again) == seal {
			t.Errorf("sealed %v: two templates of one face are equal: %v", seal, !seal)
		}
		got, err := decode(b, keys)
		if err != nil || got.model != sampleTemplate().model || got.quality != 77 || len(got.vector) != 512 {
			t.Fatalf("%v %v", got.quality, err)
		}
		for i, v := range sampleTemplate().vector {
			if math.Float32bits(v) != math.Float32bits(got.vector[i]) {
				t.Fatalf("element %d: %v became %v", i, v, got.vector[i])
			}
		}
		if len(b) > maxTemplate {
			t.Errorf("%d bytes", len(b))
		}
	}
}

// TestTemplateBitFlips: every bit of a template matters, sealed or not.
func TestTemplateBitFlips(t *testing.T) {
	t.Parallel()
	keys := newRing("a", 1)
	for _, seal := range []bool{false, true} {
		good := encoded(t, sampleTemplate(), keys, seal)
		told := map[string]int{}
		for bit := range 8 * len(good) {
			b := bytes.Clone(good)
			b[bit/8] ^= 1 << (bit % 8)
			_, err := decode(b, keys)
			if err == nil {
				t.Fatalf("sealed %v: bit %d can be flipped", seal, bit)
			}
			reason := reasonOf(err)
			told[reason]++
			if inKey := bit/8 >= 24 && bit/8 < 28; inKey != (reason == reasonKey) {
				t.Errorf("sealed %v: bit %d: %s", seal, bit, reason)
			}
			if bit/8 >= 32 && reason != reasonSignature {
				t.Errorf("sealed %v: bit %d of the payload: %s", seal, bit, reason)
			}
		}
		if told[reasonKey] != 32 || told[reasonFormat] == 0 || told[reasonSignature] == 0 || len(told) != 3 {
			t.Errorf("sealed %v: %v", seal, told)
		}
	}
}

// TestTemplateRefusals: what else is no template.
func TestTemplateRefusals(t *testing.T) {
	t.Parallel()
	keys := newRing("a", 1, 2)
	good := encoded(t, sampleTemplate(), keys, false)
	resigned := func(change func(b []byte) []byte) []byte {
		b := change(bytes.Clone(good[:len(good)-signatureBytes]))
		return sign(keys.Current(), b)
	}
	set := func(at int, v byte) []byte {
		return resigned(func(b []byte) []byte { b[at] = v; return b })
	}
	scaled := func(by float32) []byte {
		tm := sampleTemplate()
		for i := range tm.vector {
			tm.vector[i] *= by
		}
		return encoded(t, tm, keys, false)
	}
	for name, row := range map[string]struct {
		b    []byte
		want string
	}{
		"empty":              {nil, reasonFormat},
		"zeros":              {make([]byte, 1024), reasonFormat},
		"head only":          {good[:32], reasonFormat},
		"cut":                {good[:len(good)-1], reasonFormat},
		"one byte more":      {append(bytes.Clone(good), 0), reasonFormat},
		"too long":           {make([]byte, maxTemplate+1), reasonFormat},
		"version 2":          {set(4, 2), reasonFormat},
		"another flag":       {set(5, 2), reasonFormat},
		"reserved":           {set(7, 1), reasonFormat},
		"another dimension":  {set(29, 1), reasonFormat},
		"no dimension":       {resigned(func(b []byte) []byte { b[28], b[29] = 0, 0; return b[:32] }), reasonFormat},
		"another element":    {set(30, 2), reasonFormat},
		"quality 101":        {set(31, 101), reasonFormat},
		"sealed by its flag": {set(5, 1), reasonFormat},
		"half as long":       {scaled(0.5), reasonFormat},
		"not a number":       {scaled(float32(math.NaN())), reasonFormat},
		"zero":               {scaled(0), reasonFormat},
		"another instance":   {encoded(t, sampleTemplate(), newRing("b", 2), false), reasonSignature},
		"sealed elsewhere":   {encoded(t, sampleTemplate(), newRing("b", 2), true), reasonSignature},
		"a removed key":      {encoded(t, sampleTemplate(), newRing("a", 3), false), reasonKey},
	} {
		if _, err := decode(row.b, keys); err == nil || reasonOf(err) != row.want {
			t.Errorf("%s: %v, want %s", name, err, row.want)
		}
	}
	if tm, err := decode(set(31, qualityUnknown), keys); err != nil || tm.quality != qualityUnknown {
		t.Errorf("a quality that was not measured: %v", err)
	}
	if _, err := (template{vector: unit(1, 1002)}).encode(keys.Current(), true); err == nil {
		t.Error("a template of more than 4 KiB was written")
	}
	if old := encoded(t, sampleTemplate(), newRing("a", 1), false); len(old) > 0 {
		if _, err := decode(old, keys); err != nil {
			t.Errorf("an older key of the ring: %v", err)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	keys := newRing("a", 1)
	good := encoded(f, sampleTemplate(), keys, false)
	f.Add(good, false)
	f.Add(encoded(f, sampleTemplate(), keys, true), false)
	f.Add(good[:len(good)-signatureBytes], true)
	f.Add(encoded(f, template{vector: unit(2, 4)}, keys, true)[:32+12+16+16], true)
	f.Add([]byte("OSPT"), true)
	// Signed bytes get behind the signature, where nobody else's do.
	f.Fuzz(func(t *testing.T, b []byte, signed bool) {
		if signed {
			b = sign(keys.Current(), bytes.Clone(b))
		}
		tm, err := decode(b, keys)
		if err != nil {
			if reasonOf(err) == "not a template fault" {
				t.Fatal(err)
			}
			return
		}
		if b[offsetFlags] == 0 {
			if again := encoded(t, tm, keys, false); !bytes.Equal(again, b) {
				t.Fatal("a template that was read is written differently")
			}
		}
	})
}
