package gallery

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"
)

const testBinding = "osprey/v1|snapshot|company|collection|test/model"

// gcm seals with AES-256-GCM, as the vault does.
type gcm struct{ cipher.AEAD }

func newGCM(t testing.TB) gcm {
	t.Helper()
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	return gcm{aead}
}

func (g gcm) Seal(plaintext, aad []byte) ([]byte, error) {
	return g.AEAD.Seal(nil, nil, plaintext, aad), nil
}

func (g gcm) Open(sealed, aad []byte) ([]byte, error) {
	return g.AEAD.Open(nil, nil, sealed, aad)
}

// unsealed lets everything through, so that a fuzzer gets past the seals.
type unsealed struct{}

func (unsealed) Seal(plaintext, _ []byte) ([]byte, error) { return bytes.Clone(plaintext), nil }
func (unsealed) Open(sealed, _ []byte) ([]byte, error)    { return bytes.Clone(sealed), nil }

func snapshot(t testing.TB, e *Exact, seal Sealer) []byte {
	t.Helper()
	var b bytes.Buffer
	state, err := e.WriteSnapshot(context.Background(), &b, seal, testBinding)
	if err != nil {
		t.Fatal(err)
	}
	if state != e.State() {
		t.Fatalf("wrote %+v, the gallery is at %+v", state, e.State())
	}
	return b.Bytes()
}

func restore(data []byte, open Opener, config Config) (*Exact, error) {
	return ReadSnapshot(context.Background(), bytes.NewReader(data), open, testBinding, config)
}

func TestSnapshotRoundTrip(t *testing.T) {
	t.Parallel()
	perChunk := Config{Dim: 64}.chunkRows()
	for _, n := range []int{0, 1, 17, perChunk - 1, perChunk, perChunk + 1, 2 * perChunk} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			seal := newGCM(t)
			e := build(t, 64, n)
			back, err := restore(snapshot(t, e, seal), seal, e.Config())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = back.Close() }()
			if back.State() != e.State() {
				t.Fatalf("read %+v, wrote %+v", back.State(), e.State())
			}
			for entry := range testEntries(2, 64, 3) {
				probe := Probe{Model: testModel, Vector: entry.Vector}
				want, err1 := e.Search(t.Context(), probe, 20)
				got, err2 := back.Search(t.Context(), probe, 20)
				if err1 != nil || err2 != nil || fmt.Sprint(got.Matches) != fmt.Sprint(want.Matches) {
					t.Fatalf("found %v (%v), want %v (%v)", got.Matches, err2, want.Matches, err1)
				}
			}
			// It goes on where it was.
			if err := back.Apply(t.Context(), Change{Version: int64(n + 1), Op: OpSkip}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestSnapshotShowsNothing looks for plain templates and ids in the file.
func TestSnapshotShowsNothing(t *testing.T) {
	t.Parallel()
	e := build(t, 64, 50)
	data := snapshot(t, e, newGCM(t))
	for entry := range testEntries(1, 64, 50) {
		var plain [64]byte
		putVector(plain[:], entry.Vector[:16])
		image, person := mustID(t, entry.Image), mustID(t, entry.Person)
		for _, secret := range [][]byte{plain[:8], image[:], person[:], []byte(entry.Image), []byte(entry.Person)} {
			if bytes.Contains(data, secret) {
				t.Fatalf("the snapshot shows %x", secret)
			}
		}
	}
}

// chunks cuts a snapshot into its header and its chunks with their lengths.
func chunks(data []byte) (header []byte, parts [][]byte) {
	at := headerFixed + len(testModel)
	header, data = data[:at], data[at:]
	for len(data) > 0 {
		n := 4 + int(binary.LittleEndian.Uint32(data))
		parts, data = append(parts, data[:n]), data[n:]
	}
	return header, parts
}

func TestSnapshotRefusesWhatWasTamperedWith(t *testing.T) {
	t.Parallel()
	seal := newGCM(t)
	config := Config{Model: testModel, Dim: 64}
	n := 3 * config.chunkRows()
	e := build(t, 64, n)
	data := snapshot(t, e, seal)
	header, c := chunks(data)
	if len(c) != 3 {
		t.Fatalf("%d chunks, want 3", len(c))
	}
	_, twin := chunks(snapshot(t, e, seal)) // another snapshot of the same version
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	patched := func(at int, x byte) []byte {
		b := bytes.Clone(data)
		b[at] ^= x
		return b
	}
	whole := unsealedSnapshot(t, build(t, 64, 3))
	other := config
	other.Model = "test/other"
	shorter := config
	shorter.Dim = 63
	for name, test := range map[string]struct {
		data   []byte
		open   Opener
		config Config
		want   error
	}{
		"empty":                {nil, seal, config, ErrSnapshotTruncated},
		"header cut":           {header[:20], seal, config, ErrSnapshotTruncated},
		"model cut":            {header[:len(header)-1], seal, config, ErrSnapshotTruncated},
		"header only":          {header, seal, config, ErrSnapshotTruncated},
		"last chunk missing":   {join(header, c[0], c[1]), seal, config, ErrSnapshotTruncated},
		"last byte missing":    {data[:len(data)-1], seal, config, ErrSnapshotTruncated},
		"first chunk missing":  {join(header, c[1], c[2]), seal, config, ErrSnapshotSeal},
		"chunks exchanged":     {join(header, c[1], c[0], c[2]), seal, config, ErrSnapshotSeal},
		"chunk twice":          {join(header, c[0], c[0], c[2]), seal, config, ErrSnapshotSeal},
		"chunk of a twin":      {join(header, c[0], twin[1], c[2]), seal, config, ErrSnapshotSeal},
		"something follows":    {join(data, []byte{0}), seal, config, ErrSnapshotCorrupt},
		"another key":          {data, newGCM(t), config, ErrSnapshotSeal},
		"another model":        {data, seal, other, ErrSnapshotMismatch},
		"another dimension":    {data, seal, shorter, ErrSnapshotMismatch},
		"magic":                {patched(0, 1), seal, config, ErrSnapshotFormat},
		"format":               {patched(8, 2), seal, config, ErrSnapshotFormat},
		"dimension of nothing": {patched(12, 64), seal, config, ErrSnapshotCorrupt},
		"count":                {patched(16, 1), seal, config, ErrSnapshotSeal},
		"huge count":           {patched(22, 0xff), seal, config, ErrSnapshotSeal},
		"version":              {patched(24, 1), seal, config, ErrSnapshotSeal},
		"negative version":     {patched(31, 0x80), seal, config, ErrSnapshotCorrupt},
		"digest":               {patched(32, 1), seal, config, ErrSnapshotSeal},
		"nonce":                {patched(64, 1), seal, config, ErrSnapshotSeal},
		"length of a chunk":    {patched(len(header)+3, 0x40), seal, config, ErrSnapshotCorrupt},
		"sealed byte":          {patched(len(header)+100, 1), seal, config, ErrSnapshotSeal},
		// Below, the seals are whole but the content is not.
		"digest of others":     {whole.with(func(b []byte) { b[32] ^= 1 }), unsealed{}, config, ErrSnapshotCorrupt},
		"an image twice":       {whole.with(func(b []byte) { copy(b[whole.rows+288:], b[whole.rows:whole.rows+16]) }), unsealed{}, config, ErrExists},
		"a row not normalised": {whole.with(func(b []byte) { b[whole.rows+35] ^= 0x40 }), unsealed{}, config, ErrVector},
		"a chunk too short":    {whole.with(func(b []byte) { b[16]++ }), unsealed{}, config, ErrSnapshotCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := restore(test.data, test.open, test.config)
			if !errors.Is(err, test.want) || !errors.Is(err, ErrSnapshot) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
	if _, err := ReadSnapshot(t.Context(), bytes.NewReader(data), seal, testBinding+"x", config); !errors.Is(err, ErrSnapshotSeal) {
		t.Errorf("another binding: %v", err)
	}
	if _, err := restore(data, seal, config); err != nil {
		t.Errorf("the snapshot itself: %v", err)
	}
}

type plainSnapshot struct {
	data []byte
	rows int // where the first row begins
}

func unsealedSnapshot(t testing.TB, e *Exact) plainSnapshot {
	return plainSnapshot{data: snapshot(t, e, unsealed{}), rows: headerFixed + len(testModel) + 4}
}

func (p plainSnapshot) with(edit func([]byte)) []byte {
	b := bytes.Clone(p.data)
	edit(b)
	return b
}

// TestSnapshotAllocatesForWhatIsThere feeds headers that promise the world.
func TestSnapshotAllocatesForWhatIsThere(t *testing.T) {
	config := Config{Model: testModel, Dim: 512}
	h := snapshotHeader{config: config, count: 1 << 62}
	data := binary.LittleEndian.AppendUint32(h.encode(), chunkTarget)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := restore(data, unsealed{}, config)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrSnapshotTruncated) {
		t.Fatal(err)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 4<<20 {
		t.Errorf("%d bytes of input took %d bytes of memory", len(data), got)
	}
}

// TestSnapshotKeepsToItsVersion changes the gallery between the chunks.
func TestSnapshotKeepsToItsVersion(t *testing.T) {
	t.Parallel()
	n := 2*Config{Dim: 64}.chunkRows() + 5
	e := build(t, 64, n)
	want := e.State()
	seal := &meddler{e: e, version: int64(n)}
	var b bytes.Buffer
	if _, err := e.WriteSnapshot(t.Context(), &b, seal, testBinding); err != nil {
		t.Fatal(err)
	}
	if seal.version == int64(n) {
		t.Fatal("nothing was changed meanwhile")
	}
	back, err := restore(b.Bytes(), unsealed{}, e.Config())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = back.Close() }()
	if back.State() != want {
		t.Errorf("read %+v, want %+v", back.State(), want)
	}
}

// meddler removes images while the snapshot is written.
type meddler struct {
	unsealed
	e       *Exact
	version int64
}

func (m *meddler) Seal(plaintext, aad []byte) ([]byte, error) {
	for range 20 {
		m.version++
		c := Change{Version: m.version, Op: OpRemove, Entry: Entry{Image: testID('8', int(m.version)*37%5000)}}
		if err := m.e.Apply(context.Background(), c); err != nil {
			return nil, err
		}
	}
	return m.unsealed.Seal(plaintext, aad)
}

func TestWriteSnapshotErrors(t *testing.T) {
	t.Parallel()
	e := build(t, 64, 50)
	boom := errors.New("no room on the disk")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := e.WriteSnapshot(ctx, io.Discard, unsealed{}, testBinding)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("called off: %v", err)
	}
	if _, err := e.WriteSnapshot(t.Context(), failing{boom}, unsealed{}, testBinding); !errors.Is(err, boom) {
		t.Errorf("the writer fails: %v", err)
	}
	if _, err := e.WriteSnapshot(t.Context(), io.Discard, failing{boom}, testBinding); !errors.Is(err, boom) {
		t.Errorf("the sealer fails: %v", err)
	}
	if _, err := e.WriteSnapshot(t.Context(), io.Discard, unsealed{}, string(make([]byte, maxBinding+1))); !errors.Is(err, ErrSnapshot) {
		t.Errorf("too long a binding: %v", err)
	}
	if len(e.rows.reading) != 0 {
		t.Error("a writer that failed still counts as a reader")
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.WriteSnapshot(t.Context(), io.Discard, unsealed{}, testBinding); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error)             { return 0, f.error }
func (f failing) Seal(_, _ []byte) ([]byte, error)      { return nil, f.error }
func (f failing) Read([]byte) (int, error)              { return 0, f.error }
func (f failing) Open(sealed, _ []byte) ([]byte, error) { return sealed, nil }

func TestReadSnapshotReaderFails(t *testing.T) {
	t.Parallel()
	boom := errors.New("the disk is gone")
	_, err := ReadSnapshot(t.Context(), failing{boom}, unsealed{}, testBinding, Config{Model: testModel, Dim: 64})
	if !errors.Is(err, boom) || !errors.Is(err, ErrSnapshot) {
		t.Error(err)
	}
}

// FuzzReadSnapshot: whatever is read, it is refused with ErrSnapshot or it is a
// gallery that agrees with the header.
func FuzzReadSnapshot(f *testing.F) {
	config := Config{Model: testModel, Dim: 8}
	for _, n := range []int{0, 1, 3, 100} {
		e, err := BuildExact(context.Background(), config, int64(n), testEntries(1, 8, n))
		if err != nil {
			f.Fatal(err)
		}
		data := snapshot(f, e, unsealed{})
		f.Add(data)
		f.Add(data[:len(data)-1])
		f.Add(append(bytes.Clone(data), 0))
		huge := bytes.Clone(data)
		huge[22] = 0xff
		f.Add(huge)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := restore(data, unsealed{}, config)
		if err != nil {
			if !errors.Is(err, ErrSnapshot) || e != nil {
				t.Fatalf("%v, %v", e, err)
			}
			return
		}
		defer func() { _ = e.Close() }()
		header, _, err := readHeader(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("read, but its header is refused: %v", err)
		}
		s := e.State()
		if s.Version != header.version || uint64(s.Images) != header.count || s.Digest != header.digest {
			t.Fatalf("state %+v, header %+v", s, header)
		}
		again := snapshot(t, e, unsealed{})
		if len(again) != len(data) {
			t.Fatalf("%d bytes were read, %d are written for the same", len(data), len(again))
		}
	})
}
