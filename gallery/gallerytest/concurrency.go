package gallerytest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"example.org/osprey/gallery"
)

// testWaitVersion has waiters for several versions; each has to come back, and
// none before its version is there.
func testWaitVersion(t *testing.T, factory Factory) {
	g := open(t, factory, 8)
	m := &script{}
	if err := g.WaitVersion(context.Background(), 0); err != nil {
		t.Errorf("the present version: %v", err)
	}
	var waiting sync.WaitGroup
	for v := int64(1); v <= 8; v++ {
		for range 3 {
			waiting.Go(func() {
				if err := g.WaitVersion(context.Background(), v); err != nil {
					t.Errorf("waiting for version %d: %v", v, err)
				}
				if at := g.State().Version; at < v {
					t.Errorf("WaitVersion(%d) came back at version %d", v, at)
				}
				if r := search(t, g, axis(8, 0), 1); r.Version < v {
					t.Errorf("a search after WaitVersion(%d) saw version %d", v, r.Version)
				}
			})
		}
	}
	for i := range 8 {
		apply(t, g, m.add(image(i), person(i), axis(8, 0)))
	}
	waiting.Wait()
}

func testContexts(t *testing.T, factory Factory) {
	g := open(t, factory, 8)
	m := &script{}
	apply(t, g, m.add(image(1), person(1), axis(8, 0)))
	cause := errors.New("enough of it")
	ctx, cancel := context.WithCancelCause(context.Background())
	waiting := make(chan error, 1)
	go func() { waiting <- g.WaitVersion(ctx, 1000) }()
	cancel(cause)
	if err := <-waiting; !errors.Is(err, cause) {
		t.Errorf("WaitVersion: %v, want the context's cause", err)
	}
	if _, err := g.Search(ctx, gallery.Probe{Model: model, Vector: axis(8, 0)}, 1); !errors.Is(err, cause) {
		t.Errorf("Search: %v, want the context's cause", err)
	}
	if err := g.Apply(ctx, gallery.Change{Version: 2, Op: gallery.OpSkip}); !errors.Is(err, cause) {
		t.Errorf("Apply: %v, want the context's cause", err)
	}
	if at := g.State().Version; at != 1 {
		t.Errorf("version %d after a change that was called off", at)
	}
}

func testMemory(t *testing.T, factory Factory) {
	const n, dim = 700, 64
	g := open(t, factory, dim)
	rng := rand.New(rand.NewPCG(1, 1))
	add := func(version, i int) gallery.Change {
		return gallery.Change{Version: int64(version), Op: gallery.OpAdd, Entry: gallery.Entry{
			Image: image(i), Person: person(i), Model: model, Vector: random(rng, dim)}}
	}
	last := int64(0)
	for i := range n {
		apply(t, g, add(i+1, i))
		if now, cost := g.Bytes(), g.Cost(i+1); now > cost || now < int64(4*dim*(i+1)) {
			t.Fatalf("%d images take %d bytes, predicted were %d", i+1, now, cost)
		}
		if cost := g.Cost(i + 1); cost < last {
			t.Fatalf("%d images cost less than %d", i+1, i)
		} else {
			last = cost
		}
	}
	full := g.Bytes()
	for round := range 5 {
		for i := range n {
			v := n + 2*(round*n+i)
			apply(t, g,
				gallery.Change{Version: int64(v + 1), Op: gallery.OpRemove, Entry: gallery.Entry{Image: image(i)}},
				add(v+2, i))
		}
	}
	if now := g.Bytes(); now > full {
		t.Errorf("replacing images made %d bytes of %d: removed rows are not used again", now, full)
	}
	if g.Cost(0) < 0 || g.Cost(-1) < 0 {
		t.Error("an empty gallery costs less than nothing")
	}
}

func testClose(t *testing.T, factory Factory) {
	g := open(t, factory, 8)
	m := &script{}
	apply(t, g, m.add(image(1), person(1), axis(8, 0)))
	waiting := make(chan error, 1)
	go func() { waiting <- g.WaitVersion(context.Background(), 1000) }()
	if err := g.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	for name, err := range map[string]error{
		"the waiter":  <-waiting,
		"WaitVersion": g.WaitVersion(context.Background(), 1),
		"Apply":       g.Apply(context.Background(), gallery.Change{Version: 2, Op: gallery.OpSkip}),
		"Search": func() error {
			_, err := g.Search(context.Background(), gallery.Probe{Model: model, Vector: axis(8, 0)}, 1)
			return err
		}(),
	} {
		if !errors.Is(err, gallery.ErrClosed) {
			t.Errorf("%s: %v, want ErrClosed", name, err)
		}
	}
	if err := g.Close(); err != nil {
		t.Errorf("Close again: %v", err)
	}
	g.State()
	if g.Bytes() < 0 {
		t.Error("a closed gallery takes less than nothing")
	}
}

// testConcurrent lets searches run while a log is applied. Each result has to be
// the full scan of the version it names, and that version must not be older than
// what was applied before the search began.
func testConcurrent(t *testing.T, factory Factory) {
	const dim, images, changes, readers = 16, 150, 1500, 4
	g := open(t, factory, dim)
	m := &script{}
	rng := rand.New(rand.NewPCG(7, 7))
	for range changes {
		n, p := image(rng.IntN(images)), person(rng.IntN(40))
		_, there := m.at(m.version())[n]
		switch choice := rng.IntN(5); {
		case !there:
			m.add(n, p, random(rng, dim))
		case choice < 3:
			m.remove(n)
		default:
			m.move(n, p)
		}
	}

	done := make(chan struct{})
	var working sync.WaitGroup
	for r := range readers {
		working.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(r), 8))
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := readOnce(g, m, random(rng, dim), 1+rng.IntN(8)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	// Two writers offer every change; whoever comes second finds it known, and
	// whoever is ahead waits for the version before.
	var writing sync.WaitGroup
	for range 2 {
		writing.Go(func() {
			for _, c := range m.changes {
				err := g.WaitVersion(context.Background(), c.Version-1)
				if err == nil {
					err = g.Apply(context.Background(), c)
				}
				if err != nil {
					t.Errorf("version %d: %v", c.Version, err)
					return
				}
			}
		})
	}
	writing.Wait()
	close(done)
	working.Wait()
	if got, want := g.State(), m.at(changes).state(changes); got != want {
		t.Errorf("in the end %+v, want %+v", got, want)
	}
}

func readOnce(g gallery.Gallery, m *script, probe []float32, k int) error {
	before := g.State().Version
	r, err := g.Search(context.Background(), gallery.Probe{Model: model, Vector: probe}, k)
	if err != nil {
		return err
	}
	if r.Version < before {
		return fmt.Errorf("a search begun at version %d saw version %d", before, r.Version)
	}
	return difference(r, m.at(r.Version), probe, k, r.Version)
}
