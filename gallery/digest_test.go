package gallery

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestDigestForgetsOrderOnly(t *testing.T) {
	t.Parallel()
	const n = 50
	var parts []Digest
	for e := range testEntries(1, 16, n) {
		parts = append(parts, EntryDigest(e.Image, e.Person, e.Vector))
	}
	var sum Digest
	for _, d := range parts {
		sum = sum.Add(d)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	var other Digest
	for _, i := range rng.Perm(n) {
		other = other.Add(parts[i])
	}
	if other != sum {
		t.Error("another order gives another digest")
	}
	for _, i := range rng.Perm(n) {
		other = other.Sub(parts[i])
	}
	if other != (Digest{}) {
		t.Errorf("all taken away again leaves %v", other)
	}
	if twice := sum.Add(parts[0]); twice == sum || twice == sum.Sub(parts[0]) {
		t.Error("an entry twice looks like once or never")
	}
}

func TestEntryDigestTellsEntriesApart(t *testing.T) {
	t.Parallel()
	negativeZero := []float32{1, 0}
	negativeZero[1] = float32(math.Copysign(0, -1))
	seen := make(map[Digest]string)
	for name, d := range map[string]Digest{
		"one":            EntryDigest("a", "b", []float32{1, 0}),
		"another image":  EntryDigest("c", "b", []float32{1, 0}),
		"another person": EntryDigest("a", "c", []float32{1, 0}),
		"exchanged":      EntryDigest("b", "a", []float32{1, 0}),
		"shifted":        EntryDigest("ab", "", []float32{1, 0}),
		"another vector": EntryDigest("a", "b", []float32{0, 1}),
		"shorter vector": EntryDigest("a", "b", []float32{1}),
		"negative zero":  EntryDigest("a", "b", negativeZero),
		"no vector":      EntryDigest("a", "b", nil),
	} {
		if before, ok := seen[d]; ok {
			t.Errorf("%q and %q have the digest %v", name, before, d)
		}
		seen[d] = name
	}
}

// TestDigestIsPinned: the digest is kept in databases, so it must never change.
func TestDigestIsPinned(t *testing.T) {
	t.Parallel()
	v := make([]float32, 512)
	for i := range v {
		v[i] = float32(i) / 512
	}
	d := EntryDigest("01980000-0000-7000-8000-000000000001", "01980000-0000-7000-8000-000000000002", v)
	const want = "14f1b98754d7e949c36e69dd74efb9164b1147bf35a9eb274109fd1fc21954a2"
	if d.String() != want {
		t.Errorf("%v, want %v", d, want)
	}
	const twice = "28e2730fa9aed39386ddd2bae9de732d96228e7e6b52d74f8212fa3f8433a844"
	if d.Add(d).String() != twice {
		t.Errorf("twice: %v, want %v", d.Add(d), twice)
	}
}
