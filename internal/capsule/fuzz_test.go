package capsule

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"example.org/osprey"
)

// FuzzArchive: whatever is read as a ZIP file lies inside it, in order, and unpacks to
// what it claims or not at all.
func FuzzArchive(f *testing.F) {
	b := newBench(f, "memory")
	for _, change := range []func(*draft){
		func(*draft) {}, func(d *draft) { d.descr = true }, func(d *draft) { d.files[1].deflate = true },
	} {
		d := b.draft()
		change(d)
		f.Add(d.bytes(f))
	}
	f.Add(zipOf(f, false))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		entries, err := readArchive(raw)
		if err != nil {
			return
		}
		total := 0
		for _, e := range entries {
			if total += len(e.packed); total > len(raw) {
				t.Fatalf("%d packed bytes in %d", total, len(raw))
			}
			if e.size > 1<<20 {
				continue
			}
			if data, err := e.unpack(); err == nil && int64(len(data)) != e.size {
				t.Fatalf("%d bytes, %d claimed", len(data), e.size)
			}
		}
	})
}

// FuzzManifest: what is taken has entries with hashes, names and keys of their own.
func FuzzManifest(f *testing.F) {
	f.Add(manifestOf(f, newBench(f, "memory").draft()))
	f.Add([]byte(`{"version":1,"session_token":"a.b.c","time_created":1,"client":null,"entries":[{"name":"payload.json","size":1,"sha256":""}]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, ok := readManifest(raw)
		if !ok {
			return
		}
		seen := map[string]bool{}
		for _, e := range m.entries {
			if e.size < 0 || seen["n"+e.name] || seen["k"+e.key] || e.key == "" && e.name != payloadName {
				t.Fatalf("%+v", m.entries)
			}
			seen["n"+e.name] = true
			if e.key != "" {
				seen["k"+e.key] = true
			}
		}
		if len(m.entries) == 0 || m.created < 0 {
			t.Fatalf("%+v", m)
		}
	})
}

// FuzzToken: nothing but what was signed here is taken.
func FuzzToken(f *testing.F) {
	b := newBench(f, "memory")
	good, _ := b.mint(acme)
	f.Add(good)
	f.Add("eyJhbGciOiJub25lIn0..")
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		c, ok := b.o.Keys.read(token)
		if ok && (c.company() != acme || c.Audience != audience) {
			t.Fatalf("%q says %+v", token, c)
		}
	})
}

// FuzzOpen: no bytes but the capsule itself open. The input is an edit of a good capsule,
// because every process of a fuzzing run signs one of its own.
func FuzzOpen(f *testing.F) {
	b := newBench(f, "memory")
	good := b.draft().bytes(f)
	f.Add(uint(0), uint(0), []byte{})
	f.Add(uint(len(good)-1), uint(1), []byte{})
	f.Add(uint(0), uint(len(good)), []byte{})
	f.Add(uint(30), uint(1), []byte("M"))
	f.Add(uint(len(good)), uint(0), []byte("PK"))
	f.Fuzz(func(t *testing.T, at, cut uint, text []byte) {
		at = min(at, uint(len(good)))
		raw := slices.Concat(good[:at], text, good[at+min(cut, uint(len(good))-at):])
		desk := newBench(t, "memory", func(o *Options) { o.Keys = b.o.Keys })
		_, err := desk.Open(context.Background(), raw, Owner{Company: acme}, roomy())
		if (err == nil) != bytes.Equal(raw, good) {
			t.Fatalf("%q: %v", raw, err)
		}
		if err != nil && osprey.ErrorOf(err).Code.HTTPStatus() >= 500 {
			t.Fatalf("%v", err)
		}
	})
}
