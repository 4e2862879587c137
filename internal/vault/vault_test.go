package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"example.org/osprey"
)

// shelfStore is a KeyStore in memory that counts what is asked of it.
type shelfStore struct {
	mu    sync.Mutex
	keys  map[string]map[uint32][]byte
	loads int
	adds  int
}

func newShelfStore() *shelfStore { return &shelfStore{keys: make(map[string]map[uint32][]byte)} }

func (s *shelfStore) Load(ctx context.Context, company osprey.ID, purpose string) (map[uint32][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loads++
	out := make(map[uint32][]byte)
	for id, w := range s.keys[string(company)+"/"+purpose] {
		out[id] = bytes.Clone(w)
	}
	return out, ctx.Err()
}

func (s *shelfStore) Add(ctx context.Context, company osprey.ID, purpose string, id uint32, wrapped []byte) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	name := string(company) + "/" + purpose
	if s.keys[name] == nil {
		s.keys[name] = make(map[uint32][]byte)
	}
	if s.keys[name][id] != nil {
		return false, nil
	}
	s.adds++
	s.keys[name][id] = wrapped
	return true, nil
}

func (s *shelfStore) drop(company osprey.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.keys {
		if name[:len(company)] == string(company) {
			delete(s.keys, name)
		}
	}
}

func newTestRing(t testing.TB, size int) (*Ring, *shelfStore) {
	t.Helper()
	v, err := New(bytes.Repeat([]byte{7}, MasterBytes))
	if err != nil {
		t.Fatal(err)
	}
	s := newShelfStore()
	return NewRing(v, s, size), s
}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	r, _ := newTestRing(t, 0)
	ctx := context.Background()
	aad := AAD("template", "c1", "o1", "m1")
	for _, n := range []int{0, 1, 2048, 1 << 20} {
		plain := bytes.Repeat([]byte{0xab}, n)
		sealed, err := r.Seal(ctx, "c1", "template", aad, plain)
		if err != nil {
			t.Fatal(err)
		}
		if len(sealed) != n+Overhead {
			t.Errorf("%d bytes became %d, Overhead says %d", n, len(sealed), n+Overhead)
		}
		if n > 16 && bytes.Contains(sealed, plain[:16]) {
			t.Error("the plaintext shows")
		}
		got, err := r.Open(ctx, "c1", "template", aad, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestSealTwiceDiffers(t *testing.T) {
	t.Parallel()
	r, _ := newTestRing(t, 0)
	a, err1 := r.Seal(context.Background(), "c1", "media", nil, []byte("same"))
	b, err2 := r.Seal(context.Background(), "c1", "media", nil, []byte("same"))
	if err1 != nil || err2 != nil || bytes.Equal(a, b) {
		t.Error("two seals of the same text are equal", err1, err2)
	}
}

// TestBoundToEverything opens sealed bytes as something else.
func TestBoundToEverything(t *testing.T) {
	t.Parallel()
	r, _ := newTestRing(t, 0)
	ctx := context.Background()
	aad := AAD("template", "c1", "o1", "m1")
	sealed, err := r.Seal(ctx, "c1", "template", aad, []byte("face"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []osprey.ID{"c2"} { // so that there is a key to try
		if _, err := r.Seal(ctx, c, "template", aad, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Seal(ctx, "c1", "media", aad, nil); err != nil {
		t.Fatal(err)
	}
	flip := func(i int) []byte {
		b := bytes.Clone(sealed)
		b[i] ^= 1
		return b
	}
	for _, test := range []struct {
		name    string
		company osprey.ID
		purpose string
		aad     []byte
		sealed  []byte
		want    error
	}{
		{"another company", "c2", "template", aad, sealed, ErrTampered},
		{"another purpose", "c1", "media", aad, sealed, ErrTampered},
		{"another object", "c1", "template", AAD("template", "c1", "o2", "m1"), sealed, ErrTampered},
		{"another model", "c1", "template", AAD("template", "c1", "o1", "m2"), sealed, ErrTampered},
		{"another company in the binding", "c1", "template", AAD("template", "c2", "o1", "m1"), sealed, ErrTampered},
		{"no binding", "c1", "template", nil, sealed, ErrTampered},
		{"a changed nonce", "c1", "template", aad, flip(sealHead), ErrTampered},
		{"a changed byte", "c1", "template", aad, flip(sealHead + 13), ErrTampered},
		{"a changed tag", "c1", "template", aad, flip(len(sealed) - 1), ErrTampered},
		{"another key id", "c1", "template", aad, flip(4), ErrKeyDestroyed},
		{"another version", "c1", "template", aad, flip(0), ErrMalformed},
		{"cut short", "c1", "template", aad, sealed[:Overhead-1], ErrMalformed},
		{"nothing", "c1", "template", aad, nil, ErrMalformed},
	} {
		if got, err := r.Open(ctx, test.company, test.purpose, test.aad, test.sealed); !errors.Is(err, test.want) || got != nil {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

func TestRotate(t *testing.T) {
	t.Parallel()
	r, s := newTestRing(t, 0)
	ctx := context.Background()
	old, err := r.Seal(ctx, "c1", "media", nil, []byte("old"))
	if err != nil {
		t.Fatal(err)
	}
	other := NewRing(r.vault, s, 0) // another node, whose memory is older
	if _, err := other.Open(ctx, "c1", "media", nil, old); err != nil {
		t.Fatal(err)
	}
	if err := r.Rotate(ctx, "c1", "media"); err != nil {
		t.Fatal(err)
	}
	fresh, err := r.Seal(ctx, "c1", "media", nil, []byte("new"))
	if err != nil {
		t.Fatal(err)
	}
	for sealed, want := range map[string]uint32{string(old): 1, string(fresh): 2} {
		if id, err := KeyID([]byte(sealed)); id != want || err != nil {
			t.Errorf("key %d, want %d: %v", id, want, err)
		}
		for _, ring := range []*Ring{r, other} {
			if _, err := ring.Open(ctx, "c1", "media", nil, []byte(sealed)); err != nil {
				t.Errorf("key %d: %v", want, err)
			}
		}
	}
}

func TestDestroyedKey(t *testing.T) {
	t.Parallel()
	r, s := newTestRing(t, 0)
	ctx := context.Background()
	sealed, err := r.Seal(ctx, "c1", "media", nil, []byte("gone"))
	if err != nil {
		t.Fatal(err)
	}
	s.drop("c1")
	r.Forget("c1")
	if _, err := r.Open(ctx, "c1", "media", nil, sealed); !errors.Is(err, ErrKeyDestroyed) {
		t.Errorf("got %v", err)
	}
}

// TestForeignMaster is a database that met another key file.
func TestForeignMaster(t *testing.T) {
	t.Parallel()
	r, s := newTestRing(t, 0)
	sealed, err := r.Seal(context.Background(), "c1", "media", nil, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := New(bytes.Repeat([]byte{8}, MasterBytes))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewRing(v, s, 0).Open(context.Background(), "c1", "media", nil, sealed); !errors.Is(err, ErrTampered) {
		t.Errorf("got %v", err)
	}
}

// TestFirstKeyIsMadeOnce lets many rings of one store need the first key at once.
func TestFirstKeyIsMadeOnce(t *testing.T) {
	t.Parallel()
	r, s := newTestRing(t, 0)
	rings := []*Ring{r, NewRing(r.vault, s, 0), NewRing(r.vault, s, 0)}
	const each = 20
	var wg sync.WaitGroup
	sealed := make([][]byte, len(rings)*each)
	for i := range sealed {
		wg.Go(func() {
			b, err := rings[i%len(rings)].Seal(context.Background(), "c1", "media", nil, fmt.Append(nil, i))
			if err != nil {
				t.Error(err)
			}
			sealed[i] = b
		})
	}
	wg.Wait()
	if s.adds != 1 {
		t.Errorf("%d keys were made", s.adds)
	}
	for i, b := range sealed {
		got, err := r.Open(context.Background(), "c1", "media", nil, b)
		if err != nil || string(got) != fmt.Sprint(i) {
			t.Errorf("%d: %q, %v", i, got, err)
		}
	}
}

func TestRingIsBounded(t *testing.T) {
	t.Parallel()
	r, s := newTestRing(t, 3)
	ctx := context.Background()
	for i := range 10 {
		if _, err := r.Seal(ctx, osprey.ID(fmt.Sprintf("c%d", i)), "media", nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.shelf) != 3 || r.recent.Len() != 3 {
		t.Errorf("%d shelves, %d in the list", len(r.shelf), r.recent.Len())
	}
	before := s.loads
	if _, err := r.Seal(ctx, "c9", "media", nil, nil); err != nil || s.loads != before {
		t.Errorf("the shelf used last was loaded again: %v", err)
	}
	if _, err := r.Seal(ctx, "c0", "media", nil, nil); err != nil || s.loads != before+1 || s.adds != 10 {
		t.Errorf("loads %d, adds %d: %v", s.loads-before, s.adds, err)
	}
}

func TestEndedContext(t *testing.T) {
	t.Parallel()
	r, _ := newTestRing(t, 0)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Seal(ctx, "c1", "media", nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestMasterLength(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 16, 31, 33} {
		if _, err := New(make([]byte, n)); err == nil {
			t.Errorf("a master key of %d bytes was taken", n)
		}
	}
}

func TestAAD(t *testing.T) {
	t.Parallel()
	if got := string(AAD("template", "c", "o", "m")); got != "osprey/v1|template|c|o|m" {
		t.Error(got)
	}
}

func FuzzOpen(f *testing.F) {
	r, _ := newTestRing(f, 0)
	ctx := context.Background()
	sealed, err := r.Seal(ctx, "c1", "media", []byte("aad"), []byte("text"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add([]byte{})
	f.Add([]byte{version, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := r.Open(ctx, "c1", "media", []byte("aad"), b)
		if bytes.Equal(b, sealed) {
			return
		}
		if err == nil {
			t.Fatalf("%x opened as %q", b, got)
		}
		if !errors.Is(err, ErrTampered) && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrKeyDestroyed) {
			t.Fatal(err)
		}
	})
}

func FuzzUnwrap(f *testing.F) {
	v, err := New(bytes.Repeat([]byte{7}, MasterBytes))
	if err != nil {
		f.Fatal(err)
	}
	wrapped, err := v.newKey("c1", "media", 1)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(wrapped)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		// Nothing was wrapped for this id, the seed included.
		if _, err := v.unwrap("c1", "media", 2, b); !errors.Is(err, ErrTampered) && !errors.Is(err, ErrMalformed) {
			t.Fatalf("%x: %v", b, err)
		}
	})
}

// BenchmarkOpenTemplate is what an index pays for each template it loads.
func BenchmarkOpenTemplate(b *testing.B) {
	r, _ := newTestRing(b, 0)
	ctx := context.Background()
	aad := AAD("template", "c1", "o1", "m1")
	sealed, err := r.Seal(ctx, "c1", "template", aad, make([]byte, 2048))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(2048)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Open(ctx, "c1", "template", aad, sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealMedia(b *testing.B) {
	r, _ := newTestRing(b, 0)
	ctx := context.Background()
	photo := make([]byte, 3<<20)
	b.SetBytes(int64(len(photo)))
	for b.Loop() {
		if _, err := r.Seal(ctx, "c1", "media", nil, photo); err != nil {
			b.Fatal(err)
		}
	}
}
