package gallery

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

const testModel = "test/model"

func testID(kind byte, n int) string {
	return fmt.Sprintf("01980000-0000-7000-%c000-0000%08x", kind, n)
}

// testEntry returns the n-th entry of a gallery with two images a person.
func testEntry(rng *rand.Rand, dim, n int) Entry {
	v := make([]float32, dim)
	fillUnit(rng, v)
	return Entry{Image: testID('8', n), Person: testID('9', n/2), Model: testModel, Vector: v}
}

func testEntries(seed uint64, dim, n int) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		rng := rand.New(rand.NewPCG(seed, 0))
		for i := range n {
			if !yield(testEntry(rng, dim, i), nil) {
				return
			}
		}
	}
}

func build(t testing.TB, dim, n int) *Exact {
	t.Helper()
	e, err := BuildExact(context.Background(), Config{Model: testModel, Dim: dim}, int64(n), testEntries(1, dim, n))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// stopAt is a context that halts whoever looks at it for the n-th time until it
// is let go: a search stands still between two blocks.
type stopAt struct {
	context.Context
	n       int
	stopped chan struct{}
	goOn    chan struct{}
}

func newStop(n int) *stopAt {
	return &stopAt{Context: context.Background(), n: n, stopped: make(chan struct{}), goOn: make(chan struct{})}
}

func (s *stopAt) Err() error {
	if s.n--; s.n == 0 {
		close(s.stopped)
		<-s.goOn
	}
	return nil
}

func (s *stopAt) Deadline() (time.Time, bool) { return time.Time{}, false }

// remains reports whether any template in the gallery's blocks has the component.
func (e *Exact) remains(component float32) bool {
	for _, b := range e.rows.blocks {
		b.mu.RLock()
		for _, x := range b.vectors {
			if x == component {
				b.mu.RUnlock()
				return true
			}
		}
		b.mu.RUnlock()
	}
	return false
}

func TestRemovedTemplatesAreOverwritten(t *testing.T) {
	t.Parallel()
	e := build(t, 64, 100)
	at := e.images[mustID(t, testID('8', 60))]
	_, vector := e.rows.blocks[at.block].get(int(at.slot), 64)
	component := vector[0]
	codes := e.rows.blocks[at.block].codes[int(at.slot)*64:][:64]
	if !e.remains(component) {
		t.Fatal("the template is not where this test looks")
	}
	if err := e.Apply(t.Context(), Change{Version: 101, Op: OpRemove, Entry: Entry{Image: testID('8', 60)}}); err != nil {
		t.Fatal(err)
	}
	if e.remains(component) {
		t.Error("the removed template is still in memory")
	}
	for _, c := range codes {
		if c != 0 {
			t.Fatal("the codes of the removed template are still in memory")
		}
	}
}

// TestSearchHoldsNoChangeUp stops a search in the middle, changes everything
// under it, and lets it go on: it has to see the version it began with, and the
// templates removed meanwhile have to go when it ends.
func TestSearchHoldsNoChangeUp(t *testing.T) {
	t.Parallel()
	const n = 200
	e := build(t, 64, n)
	rng := rand.New(rand.NewPCG(9, 9))
	probe := Probe{Model: testModel, Vector: testEntry(rng, 64, 0).Vector}
	want, err := e.Search(t.Context(), probe, 50)
	if err != nil {
		t.Fatal(err)
	}
	_, vector := e.row(e.images[mustID(t, testID('8', n-1))])
	component := vector[0]

	stop := newStop(3)
	type answer struct {
		Result
		error
	}
	got := make(chan answer)
	go func() {
		r, err := e.Search(stop, probe, 50)
		got <- answer{r, err}
	}()
	<-stop.stopped

	version := int64(n)
	change := func(op Op, entry Entry) {
		t.Helper()
		version++
		if err := e.Apply(context.Background(), Change{Version: version, Op: op, Entry: entry}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		change(OpRemove, Entry{Image: testID('8', i)})
		change(OpAdd, testEntry(rng, 64, n+i))
		change(OpMove, Entry{Image: testID('8', n+i), Person: testID('9', 7)})
	}
	if now, err := e.Search(context.Background(), probe, 50); err != nil || now.Version != version || len(now.Matches) != 1 {
		t.Errorf("a new search: version %d with %d matches, %v; want version %d with 1", now.Version, len(now.Matches), err, version)
	}
	if !e.remains(component) {
		t.Error("a template was overwritten under a search that sees it")
	}
	close(stop.goOn)
	a := <-got
	if a.error != nil || fmt.Sprint(a.Matches) != fmt.Sprint(want.Matches) || a.Version != want.Version {
		t.Errorf("the search that was overtaken: version %d, %v; its result differs from that of version %d", a.Version, a.error, n)
	}
	if e.remains(component) {
		t.Error("a removed template outlived the last search that saw it")
	}
}

func TestCloseEndsSearches(t *testing.T) {
	t.Parallel()
	e := build(t, 64, 200)
	stop := newStop(3)
	got := make(chan error)
	go func() {
		_, err := e.Search(stop, Probe{Model: testModel, Vector: testEntry(rand.New(rand.NewPCG(1, 1)), 64, 0).Vector}, 1)
		got <- err
	}()
	<-stop.stopped
	blocks := e.rows.blocks
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		if b.vectors != nil {
			t.Error("Close left a block")
		}
	}
	close(stop.goOn)
	if err := <-got; !errors.Is(err, ErrClosed) {
		t.Errorf("the search: %v, want ErrClosed", err)
	}
}

// TestCancelBetweenBlocks has a context end while the search is under way.
func TestCancelBetweenBlocks(t *testing.T) {
	t.Parallel()
	e := build(t, 64, 200)
	ctx, cancel := context.WithCancel(context.Background())
	looks := 0
	_, err := e.Search(lookCounter{ctx, &looks, 3, cancel}, Probe{Model: testModel, Vector: testEntry(rand.New(rand.NewPCG(1, 1)), 64, 0).Vector}, 1)
	// The fourth look is context.Cause's.
	if !errors.Is(err, context.Canceled) || looks > 4 {
		t.Errorf("%v after %d looks at the context, called off at the third", err, looks)
	}
	if len(e.rows.reading) != 0 {
		t.Error("the search that was called off still counts as a reader")
	}
}

type lookCounter struct {
	context.Context
	looks  *int
	at     int
	cancel func()
}

func (c lookCounter) Err() error {
	if *c.looks++; *c.looks == c.at {
		c.cancel()
	}
	return c.Context.Err()
}

func TestEmptyBlocksAreReleased(t *testing.T) {
	t.Parallel()
	e := build(t, 64, 2000)
	full := e.Bytes()
	for i := range 2000 {
		if err := e.Apply(t.Context(), Change{Version: int64(2001 + i), Op: OpRemove, Entry: Entry{Image: testID('8', i)}}); err != nil {
			t.Fatal(err)
		}
	}
	// What is left are the maps' tables, which Go does not shrink.
	if rows := e.rows.held; rows != 0 || e.Bytes() > full/2 {
		t.Errorf("the empty gallery holds %d rows, %d of %d bytes", rows, e.Bytes(), full)
	}
}

// TestBytesAreTrue compares the reckoning with the runtime's. It does not run in
// parallel, since it looks at the memory of the whole process.
func TestBytesAreTrue(t *testing.T) {
	const n = 9000
	heap := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	e := build(t, 512, n)
	used := heap() - before
	if said, cost := e.Bytes(), e.Cost(n); said > cost || used > said+said/50 || said > used+used/10 {
		t.Errorf("the runtime counts %d bytes, Bytes says %d, Cost said %d", used, said, cost)
	}
	runtime.KeepAlive(e)
}

func TestBuildExactRefuses(t *testing.T) {
	t.Parallel()
	config := Config{Model: testModel, Dim: 8}
	boom := errors.New("the database is gone")
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	twice := func(yield func(Entry, error) bool) {
		e := testEntry(rand.New(rand.NewPCG(1, 1)), 8, 0)
		if yield(e, nil) {
			yield(e, nil)
		}
	}
	for name, test := range map[string]struct {
		ctx     context.Context
		config  Config
		entries iter.Seq2[Entry, error]
		want    error
	}{
		"no model":          {t.Context(), Config{Dim: 8}, testEntries(1, 8, 1), ErrConfig},
		"no components":     {t.Context(), Config{Model: testModel}, testEntries(1, 8, 1), ErrConfig},
		"too many":          {t.Context(), Config{Model: testModel, Dim: MaxDim + 1}, testEntries(1, 8, 1), ErrConfig},
		"too long a name":   {t.Context(), Config{Model: string(make([]byte, MaxModelLen+1)), Dim: 8}, testEntries(1, 8, 1), ErrConfig},
		"another dimension": {t.Context(), config, testEntries(1, 9, 1), ErrVector},
		"an image twice":    {t.Context(), config, twice, ErrExists},
		"the source fails":  {t.Context(), config, func(yield func(Entry, error) bool) { yield(Entry{}, boom) }, boom},
		"called off":        {canceled, config, testEntries(1, 8, 1), context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := BuildExact(test.ctx, test.config, 1, test.entries); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}

func mustID(t testing.TB, s string) id {
	t.Helper()
	x, err := parseID("test", s)
	if err != nil {
		t.Fatal(err)
	}
	return x
}
