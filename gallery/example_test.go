package gallery_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"log"

	"example.org/osprey/gallery"
)

const (
	ada   = "01980000-0000-7000-8000-0000000000a1"
	grace = "01980000-0000-7000-8000-0000000000a2"
)

// gallery of two persons, three images; templates of three components for show.
func small() *gallery.Exact {
	g, err := gallery.NewExact(gallery.Config{Model: "toy", Dim: 3})
	if err != nil {
		log.Fatal(err)
	}
	for i, entry := range []gallery.Entry{
		{Image: "01980000-0000-7000-8000-0000000000b1", Person: ada, Model: "toy", Vector: []float32{1, 0, 0}},
		{Image: "01980000-0000-7000-8000-0000000000b2", Person: ada, Model: "toy", Vector: []float32{0.6, 0.8, 0}},
		{Image: "01980000-0000-7000-8000-0000000000b3", Person: grace, Model: "toy", Vector: []float32{0, 0.6, 0.8}},
	} {
		change := gallery.Change{Version: int64(i + 1), Op: gallery.OpAdd, Entry: entry}
		if err := g.Apply(context.Background(), change); err != nil {
			log.Fatal(err)
		}
	}
	return g
}

func ExampleExact_Search() {
	g := small()
	defer g.Close()

	r, err := g.Search(context.Background(), gallery.Probe{Model: "toy", Vector: []float32{0, 1, 0}}, 10)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("version %d, %d images of %d persons\n", r.Version, r.Images, r.Persons)
	for _, m := range r.Matches {
		fmt.Printf("%.2f %s %s\n", m.Similarity, m.Person, m.Image)
	}
	// Output:
	// version 3, 3 images of 2 persons
	// 0.80 01980000-0000-7000-8000-0000000000a1 01980000-0000-7000-8000-0000000000b2
	// 0.60 01980000-0000-7000-8000-0000000000a2 01980000-0000-7000-8000-0000000000b3
}

// The digest of a gallery is the sum of its entries' digests, so whoever keeps
// the entries can keep the digest too, one change at a time.
func ExampleEntryDigest() {
	g := small()
	defer g.Close()

	moved := "01980000-0000-7000-8000-0000000000b2"
	hash := gallery.HashVector([]float32{0.6, 0.8, 0})
	want := g.Digest().Sub(hash.Entry(moved, ada)).Add(hash.Entry(moved, grace))

	change := gallery.Change{Version: 4, Op: gallery.OpMove, Entry: gallery.Entry{Image: moved, Person: grace}}
	if err := g.Apply(context.Background(), change); err != nil {
		log.Fatal(err)
	}
	fmt.Println(g.Digest() == want)
	// Output: true
}

// sealer seals with AES-GCM under one key; real keys come from a key store.
type sealer struct{ cipher.AEAD }

func (s sealer) Seal(plaintext, aad []byte) ([]byte, error) {
	return s.AEAD.Seal(nil, nil, plaintext, aad), nil
}

func (s sealer) Open(sealed, aad []byte) ([]byte, error) {
	return s.AEAD.Open(nil, nil, sealed, aad)
}

func ExampleReadSnapshot() {
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		log.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		log.Fatal(err)
	}
	ctx, key, binding := context.Background(), sealer{aead}, "company 1, collection 2"

	g := small()
	defer g.Close()
	var file bytes.Buffer
	if _, err := g.WriteSnapshot(ctx, &file, key, binding); err != nil {
		log.Fatal(err)
	}
	back, err := gallery.ReadSnapshot(ctx, &file, key, binding, g.Config())
	if err != nil {
		log.Fatal(err)
	}
	defer back.Close()
	fmt.Println(back.State() == g.State(), back.Version())
	// Output: true 3
}
