package gallery

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"example.org/osprey"
)

// Brute is the [Gallery] that shows what the others have to equal: it compares
// the probe with every image and sorts. It is made for tests and benchmarks; a
// change waits for the searches that run.
type Brute struct {
	ledger

	config Config

	rw      sync.RWMutex // guards the rows
	rows    []bruteRow
	at      map[string]int // image -> index in rows
	persons map[string]int // images of each person
	reserve int            // most rows ever held
}

type bruteRow struct {
	image, person string
	vector        []float32
}

var _ Gallery = (*Brute)(nil)

// NewBrute returns an empty gallery at version 0.
func NewBrute(config Config) (*Brute, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	return &Brute{config: config, at: make(map[string]int), persons: make(map[string]int)}, nil
}

// Apply applies one change as [Gallery] says.
func (b *Brute) Apply(ctx context.Context, c Change) error {
	b.rw.Lock()
	defer b.rw.Unlock()
	known, err := b.admit(ctx, c.Version)
	if known || err != nil {
		return err
	}
	state := b.State()
	state.Version = c.Version
	if err := b.change(&state.Digest, c); err != nil {
		return fmt.Errorf("gallery: applying version %d: %w", c.Version, err)
	}
	state.Images, state.Persons = len(b.rows), len(b.persons)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.publish(state)
	return nil
}

func (b *Brute) change(sum *Digest, c Change) error {
	if c.Op == OpSkip {
		return nil
	}
	if c.Op < OpSkip || c.Op > OpMove {
		return fmt.Errorf("%w: %v", ErrOp, c.Op)
	}
	if _, err := parseID("image", c.Entry.Image); err != nil {
		return err
	}
	i, there := b.at[c.Entry.Image]
	if c.Op == OpRemove {
		if there {
			*sum = sum.Sub(b.rows[i].digest())
			b.remove(i)
		}
		return nil
	}
	if _, err := parseID("person", c.Entry.Person); err != nil {
		return err
	}
	if c.Op == OpMove {
		if !there {
			return fmt.Errorf("%w: %s", ErrUnknownImage, c.Entry.Image)
		}
		row := &b.rows[i]
		*sum = sum.Sub(row.digest())
		b.count(row.person, -1)
		row.person = c.Entry.Person
		b.count(row.person, +1)
		*sum = sum.Add(row.digest())
		return nil
	}
	if err := b.config.checkVector(c.Entry.Model, c.Entry.Vector); err != nil {
		return err
	}
	if there {
		return fmt.Errorf("%w: %s", ErrExists, c.Entry.Image)
	}
	row := bruteRow{image: c.Entry.Image, person: c.Entry.Person, vector: slices.Clone(c.Entry.Vector)}
	b.at[row.image] = len(b.rows)
	b.rows = append(b.rows, row)
	b.reserve = max(b.reserve, len(b.rows))
	b.count(row.person, +1)
	*sum = sum.Add(row.digest())
	return nil
}

func (b *Brute) remove(i int) {
	row, last := b.rows[i], len(b.rows)-1
	clear(row.vector)
	b.count(row.person, -1)
	delete(b.at, row.image)
	if i != last {
		b.rows[i] = b.rows[last]
		b.at[b.rows[i].image] = i
	}
	b.rows[last] = bruteRow{}
	b.rows = b.rows[:last]
}

func (b *Brute) count(person string, by int) {
	if b.persons[person] += by; b.persons[person] == 0 {
		delete(b.persons, person)
	}
}

func (r *bruteRow) digest() Digest { return EntryDigest(r.image, r.person, r.vector) }

// Search compares the probe with every image.
func (b *Brute) Search(ctx context.Context, probe Probe, k int) (Result, error) {
	if err := checkK(k); err != nil {
		return Result{}, err
	}
	if err := b.config.checkVector(probe.Model, probe.Vector); err != nil {
		return Result{}, err
	}
	b.rw.RLock()
	defer b.rw.RUnlock()
	b.mu.Lock()
	state, closed := b.state, b.closed
	b.mu.Unlock()
	if closed {
		return Result{}, ErrClosed
	}

	best := make(map[string]Match, state.Persons)
	for i := range b.rows {
		if i%256 == 0 && ctx.Err() != nil {
			return Result{}, fmt.Errorf("gallery: searching version %d: %w", state.Version, context.Cause(ctx))
		}
		row := &b.rows[i]
		m := Match{Person: row.person, Image: row.image, Similarity: osprey.Similarity(probe.Vector, row.vector)}
		if old, ok := best[m.Person]; !ok || m.Similarity > old.Similarity ||
			m.Similarity == old.Similarity && m.Image < old.Image {
			best[m.Person] = m
		}
	}
	matches := make([]Match, 0, len(best))
	for _, m := range best {
		matches = append(matches, m)
	}
	slices.SortFunc(matches, func(x, y Match) int {
		switch {
		case x.Similarity > y.Similarity:
			return -1
		case x.Similarity < y.Similarity:
			return +1
		default:
			return strings.Compare(x.Person, y.Person)
		}
	})
	return Result{
		Matches:  slices.Clip(matches[:min(k, len(matches))]),
		Version:  state.Version,
		Images:   state.Images,
		Persons:  state.Persons,
		Reranked: state.Images,
	}, nil
}

// Bytes returns the memory in use, as [Gallery] says.
func (b *Brute) Bytes() int64 {
	b.rw.RLock()
	defer b.rw.RUnlock()
	return b.Cost(b.reserve)
}

// Cost predicts Bytes, as [Gallery] says.
func (b *Brute) Cost(n int) int64 {
	const perRow = int64(2*unsafe.Sizeof(bruteRow{})) + 2*36 + 2*mapEntryBytes
	return int64(unsafe.Sizeof(*b)) + int64(max(n, 0))*(perRow+4*int64(b.config.Dim))
}

// Close overwrites and releases the templates as [Gallery] says.
func (b *Brute) Close() error {
	b.rw.Lock()
	defer b.rw.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shut() {
		for _, row := range b.rows {
			clear(row.vector)
		}
		b.rows, b.at, b.persons, b.reserve = nil, nil, nil, 0
	}
	return nil
}
