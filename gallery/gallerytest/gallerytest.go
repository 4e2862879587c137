// Package gallerytest holds the tests that every gallery.Gallery has to pass: the
// contract of that interface, sentence by sentence. A new implementation calls
// Run from one test of its own.
package gallerytest

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"example.org/osprey/gallery"
)

// Factory returns an empty gallery at version 0. The suite closes it.
type Factory func(t testing.TB, config gallery.Config) gallery.Gallery

const model = "gallerytest/model"

// Run tests the implementation that the factory makes.
func Run(t *testing.T, factory Factory) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Factory){
		"Empty":             testEmpty,
		"AddMoveRemove":     testAddMoveRemove,
		"Versions":          testVersions,
		"RefusedChanges":    testRefusedChanges,
		"RefusedSearches":   testRefusedSearches,
		"CopiesItsInput":    testCopies,
		"Ties":              testTies,
		"Dimensions":        testDimensions,
		"EqualsFullScan":    testEqualsFullScan,
		"History":           testHistory,
		"WaitVersion":       testWaitVersion,
		"Contexts":          testContexts,
		"Memory":            testMemory,
		"Close":             testClose,
		"ConcurrentReaders": testConcurrent,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, factory)
		})
	}
}

// open makes a gallery that is closed with the test.
func open(t testing.TB, factory Factory, dim int) gallery.Gallery {
	t.Helper()
	g := factory(t, gallery.Config{Model: model, Dim: dim})
	if g == nil {
		t.Fatal("the factory returned nil")
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return g
}

// apply applies changes that have to be accepted.
func apply(t fataler, g gallery.Gallery, changes ...gallery.Change) {
	t.Helper()
	for _, c := range changes {
		if err := g.Apply(context.Background(), c); err != nil {
			t.Fatalf("%v at version %d: %v", c.Op, c.Version, err)
		}
	}
}

// search searches with a probe that has to be accepted.
func search(t fataler, g gallery.Gallery, vector []float32, k int) gallery.Result {
	t.Helper()
	r, err := g.Search(context.Background(), gallery.Probe{Model: model, Vector: vector}, k)
	if err != nil {
		t.Fatalf("Search: %v", err)
	}
	return r
}

func testEmpty(t *testing.T, factory Factory) {
	g := open(t, factory, 8)
	if got := g.State(); got != (gallery.State{}) {
		t.Errorf("State %+v, want nothing at version 0", got)
	}
	r := search(t, g, axis(8, 0), 10)
	if r.Matches == nil || len(r.Matches) != 0 || r.Version != 0 || r.Images != 0 || r.Persons != 0 {
		t.Errorf("Result %+v, want no matches, and not nil", r)
	}
}

func testAddMoveRemove(t *testing.T, factory Factory) {
	g := open(t, factory, 8)
	m := &script{}
	steps := []gallery.Change{
		m.add(image(1), person(1), axis(8, 0)),
		m.add(image(2), person(1), axis(8, 1)),
		m.add(image(3), person(2), axis(8, 2)),
		m.move(image(2), person(2)),
		m.move(image(2), person(2)), // to where it is
		m.remove(image(3)),
		m.skip(),
		m.remove(image(3)), // nothing to do
		m.add(image(3), person(3), axis(8, 2)),
		m.move(image(1), person(3)), // person 1 has no image left
		m.remove(image(1)),
		m.remove(image(2)),
		m.remove(image(3)),
	}
	for _, c := range steps {
		apply(t, g, c)
		want := m.at(c.Version)
		if got := g.State(); got != want.state(c.Version) {
			t.Errorf("after %v at version %d: state %+v, want %+v", c.Op, c.Version, got, want.state(c.Version))
		}
		for i := range 3 {
			compare(t, search(t, g, axis(8, i), 5), want, axis(8, i), 5, c.Version)
		}
	}
	if got := g.State(); got.Digest != (gallery.Digest{}) {
		t.Errorf("the digest of nothing is %v", got.Digest)
	}
}

func testVersions(t *testing.T, factory Factory) {
	g := open(t, factory, 8)
	m := &script{}
	first := m.add(image(1), person(1), axis(8, 0))
	second := m.add(image(2), person(2), axis(8, 1))
	third := m.remove(image(1))

	err := g.Apply(context.Background(), second)
	var gap *gallery.GapError
	if !errors.Is(err, gallery.ErrGap) || !errors.As(err, &gap) || *gap != (gallery.GapError{Current: 0, Got: 2}) {
		t.Fatalf("a change too far ahead: %v", err)
	}
	apply(t, g, first, second)
	if err := g.Apply(context.Background(), gallery.Change{Version: math.MaxInt64, Op: gallery.OpSkip}); !errors.Is(err, gallery.ErrGap) {
		t.Errorf("the last version of all: %v", err)
	}
	before := g.State()
	// Known changes are passed over, whatever is in them.
	apply(t, g, first, second, gallery.Change{Version: 2, Op: 99}, gallery.Change{Version: 0}, gallery.Change{Version: math.MinInt64})
	if got := g.State(); got != before {
		t.Errorf("applying known changes made %+v of %+v", got, before)
	}
	apply(t, g, third)
	compare(t, search(t, g, axis(8, 0), 5), m.at(3), axis(8, 0), 5, 3)
}

func testRefusedChanges(t *testing.T, factory Factory) {
	g := open(t, factory, 8)
	m := &script{}
	apply(t, g, m.add(image(1), person(1), axis(8, 0)))
	before := g.State()
	entry := func(edit func(*gallery.Entry)) gallery.Entry {
		e := gallery.Entry{Image: image(2), Person: person(2), Model: model, Vector: axis(8, 1)}
		edit(&e)
		return e
	}
	tests := []struct {
		name  string
		op    gallery.Op
		entry gallery.Entry
		want  error
	}{
		{"no operation", 0, entry(func(*gallery.Entry) {}), gallery.ErrOp},
		{"unknown operation", 5, entry(func(*gallery.Entry) {}), gallery.ErrOp},
		{"add twice", gallery.OpAdd, entry(func(e *gallery.Entry) { e.Image = image(1) }), gallery.ErrExists},
		{"add without image", gallery.OpAdd, entry(func(e *gallery.Entry) { e.Image = "" }), gallery.ErrID},
		{"add without person", gallery.OpAdd, entry(func(e *gallery.Entry) { e.Person = "" }), gallery.ErrID},
		{"add upper case", gallery.OpAdd, entry(func(e *gallery.Entry) { e.Image = "01980000-0000-7000-8000-00000000000A" }), gallery.ErrID},
		{"add id without hyphens", gallery.OpAdd, entry(func(e *gallery.Entry) { e.Image = "019800000000700080000000000000000000" }), gallery.ErrID},
		{"add id with hyphens elsewhere", gallery.OpAdd, entry(func(e *gallery.Entry) { e.Image = "0198-0000-0000-7000-800000000000-000" }), gallery.ErrID},
		{"add another model", gallery.OpAdd, entry(func(e *gallery.Entry) { e.Model = "other" }), gallery.ErrModel},
		{"add no model", gallery.OpAdd, entry(func(e *gallery.Entry) { e.Model = "" }), gallery.ErrModel},
		{"remove malformed id", gallery.OpRemove, entry(func(e *gallery.Entry) { e.Image = "x" }), gallery.ErrID},
		{"move unknown image", gallery.OpMove, entry(func(*gallery.Entry) {}), gallery.ErrUnknownImage},
		{"move malformed image", gallery.OpMove, entry(func(e *gallery.Entry) { e.Image = "x" }), gallery.ErrID},
		{"move to malformed person", gallery.OpMove, entry(func(e *gallery.Entry) { e.Image, e.Person = image(1), "x" }), gallery.ErrID},
	}
	for name, vector := range refusedVectors() {
		tests = append(tests, struct {
			name  string
			op    gallery.Op
			entry gallery.Entry
			want  error
		}{"add " + name, gallery.OpAdd, entry(func(e *gallery.Entry) { e.Vector = vector }), gallery.ErrVector})
	}
	for _, test := range tests {
		err := g.Apply(context.Background(), gallery.Change{Version: 2, Op: test.op, Entry: test.entry})
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		if got := g.State(); got != before {
			t.Errorf("%s changed the state to %+v", test.name, got)
		}
	}
	compare(t, search(t, g, axis(8, 0), 5), m.at(1), axis(8, 0), 5, 1)
	apply(t, g, m.add(image(2), person(2), axis(8, 1))) // none of them used up the version
}

// refusedVectors are templates that no gallery of 8 components may take.
func refusedVectors() map[string][]float32 {
	with := func(x float32) []float32 {
		v := axis(8, 0)
		v[3] = x
		return v
	}
	scaled := func(x float32) []float32 {
		v := axis(8, 0)
		v[0] = x
		return v
	}
	return map[string][]float32{
		"no vector":          nil,
		"too short":          axis(7, 0),
		"too long":           axis(9, 0),
		"all zero":           make([]float32, 8),
		"NaN":                with(float32(math.NaN())),
		"Inf":                with(float32(math.Inf(1))),
		"-Inf":               with(float32(math.Inf(-1))),
		"huge":               with(math.MaxFloat32),
		"length above 1.001": scaled(1.0011),
		"length below 0.999": scaled(0.9989),
	}
}

func testRefusedSearches(t *testing.T, factory Factory) {
	g := open(t, factory, 8)
	m := &script{}
	apply(t, g, m.add(image(1), person(1), axis(8, 0)))
	check := func(name string, probe gallery.Probe, k int, want error) {
		t.Helper()
		r, err := g.Search(context.Background(), probe, k)
		if !errors.Is(err, want) || len(r.Matches) != 0 {
			t.Errorf("%s: %+v, %v, want %v", name, r, err, want)
		}
	}
	for name, vector := range refusedVectors() {
		check(name, gallery.Probe{Model: model, Vector: vector}, 1, gallery.ErrVector)
	}
	check("another model", gallery.Probe{Model: "other", Vector: axis(8, 0)}, 1, gallery.ErrModel)
	for _, k := range []int{0, -1, gallery.MaxK + 1, math.MaxInt, math.MinInt} {
		check("k", gallery.Probe{Model: model, Vector: axis(8, 0)}, k, gallery.ErrK)
	}
	if r := search(t, g, axis(8, 0), gallery.MaxK); len(r.Matches) != 1 {
		t.Errorf("the greatest k: %+v", r)
	}
}

func testCopies(t *testing.T, factory Factory) {
	g := open(t, factory, 8)
	m := &script{}
	c := m.add(image(1), person(1), axis(8, 0))
	own := slices.Clone(c.Entry.Vector)
	c.Entry.Vector = own
	apply(t, g, c)
	clear(own)
	compare(t, search(t, g, axis(8, 0), 1), m.at(1), axis(8, 0), 1, 1)
	apply(t, g, gallery.Change{Version: 2, Op: gallery.OpRemove, Entry: gallery.Entry{Image: image(1)}})
	if got := g.State().Digest; got != (gallery.Digest{}) {
		t.Errorf("the digest %v took the caller's change over", got)
	}
}
