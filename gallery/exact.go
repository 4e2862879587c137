package gallery

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"unsafe"
)

// Exact is the [Gallery] in the memory of one process. It holds every template
// as float32 and as one byte a component, scans the bytes, and computes the
// float32 similarity of the few images that the bytes cannot rule out.
//
// On every CPU and with every kernel it gives the same result, that of a full
// scan. Removed rows are reused; a block of rows without images is released.
type Exact struct {
	ledger // its lock guards rows as well

	config  Config
	scratch sync.Pool // of *scratch, for searches
	rows    space

	writer  sync.Mutex // held by a change from beginning to end; guards the maps
	images  map[id]place
	persons map[id]int // images of each person

	// Guarded by the ledger's lock: the most the maps ever held, since Go's maps
	// do not shrink.
	mostImages, mostPersons int
}

var _ Gallery = (*Exact)(nil)

// NewExact returns an empty gallery at version 0.
func NewExact(config Config) (*Exact, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	e := &Exact{
		config:  config,
		images:  make(map[id]place),
		persons: make(map[id]int),
	}
	e.scratch.New = func() any {
		return &scratch{
			kernel: newKernel(),
			codes:  make([]int8, rowBytes(config.Dim)),
			sums:   make([]int32, maxBlockRows),
		}
	}
	return e, nil
}

// BuildExact returns a gallery that holds the entries and is at the version:
// the way to fill a gallery from the stored templates. Entries are refused as
// by Apply; the first refusal or error ends the work. The vectors are copied.
func BuildExact(ctx context.Context, config Config, version int64, entries iter.Seq2[Entry, error]) (*Exact, error) {
	e, err := NewExact(config)
	if err != nil {
		return nil, err
	}
	state := State{Version: version}
	for entry, err := range entries {
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err == nil {
			state, err = e.add(state, entry)
		}
		if err != nil {
			_ = e.Close() // it never fails
			return nil, fmt.Errorf("gallery: building at image %d: %w", state.Images, err)
		}
	}
	e.mu.Lock()
	e.settle(state)
	e.mu.Unlock()
	return e, nil
}

// Config returns the model and the length of templates.
func (e *Exact) Config() Config { return e.config }

// Apply applies one change as [Gallery] says.
func (e *Exact) Apply(ctx context.Context, c Change) error {
	e.writer.Lock()
	defer e.writer.Unlock()
	known, err := e.admit(ctx, c.Version)
	if known || err != nil {
		return err
	}
	state := e.State()
	state.Version = c.Version
	var gone []retired
	switch c.Op {
	case OpSkip:
	case OpAdd:
		state, err = e.add(state, c.Entry)
	case OpRemove:
		state, gone, err = e.remove(state, c.Entry.Image)
	case OpMove:
		state, gone, err = e.move(state, c.Entry.Image, c.Entry.Person)
	default:
		err = fmt.Errorf("%w: %v", ErrOp, c.Op)
	}
	if err != nil {
		return fmt.Errorf("gallery: applying version %d: %w", c.Version, err)
	}

	e.mu.Lock()
	e.rows.retired = append(e.rows.retired, gone...)
	e.settle(state)
	due := e.rows.due()
	e.mu.Unlock()
	e.free(due)
	return nil
}

// settle publishes a state; the caller holds the ledger's lock.
func (e *Exact) settle(s State) {
	e.mostImages = max(e.mostImages, s.Images)
	e.mostPersons = max(e.mostPersons, s.Persons)
	e.publish(s)
}

// add, remove and move prepare the rows for state.Version, which no search sees
// before it is published, and return the state to publish. They either succeed
// or change nothing.

func (e *Exact) add(state State, entry Entry) (State, error) {
	image, err := parseID("image", entry.Image)
	if err != nil {
		return state, err
	}
	person, err := parseID("person", entry.Person)
	if err != nil {
		return state, err
	}
	if err := e.config.checkVector(entry.Model, entry.Vector); err != nil {
		return state, err
	}
	if _, ok := e.images[image]; ok {
		return state, fmt.Errorf("%w: %s", ErrExists, image)
	}
	e.insert(image, person, entry.Vector, state.Version)
	state.Images++
	state.Persons = len(e.persons)
	state.Digest = state.Digest.Add(EntryDigest(entry.Image, entry.Person, entry.Vector))
	return state, nil
}

func (e *Exact) remove(state State, imageID string) (State, []retired, error) {
	image, err := parseID("image", imageID)
	if err != nil {
		return state, nil, err
	}
	at, ok := e.images[image]
	if !ok {
		return state, nil, nil
	}
	person, vector := e.row(at)
	state.Digest = state.Digest.Sub(EntryDigest(imageID, person.String(), vector))
	e.withdraw(image, person, at, state.Version)
	state.Images--
	state.Persons = len(e.persons)
	return state, []retired{{place: at, died: state.Version}}, nil
}

// move writes the row anew: searches of older versions still see the old one.
func (e *Exact) move(state State, imageID, personID string) (State, []retired, error) {
	image, err := parseID("image", imageID)
	if err != nil {
		return state, nil, err
	}
	target, err := parseID("person", personID)
	if err != nil {
		return state, nil, err
	}
	at, ok := e.images[image]
	if !ok {
		return state, nil, fmt.Errorf("%w: %s", ErrUnknownImage, image)
	}
	person, vector := e.row(at)
	hash := HashVector(vector)
	state.Digest = state.Digest.Sub(hash.Entry(imageID, person.String())).Add(hash.Entry(imageID, personID))
	e.withdraw(image, person, at, state.Version)
	e.insert(image, target, vector, state.Version)
	state.Persons = len(e.persons)
	return state, []retired{{place: at, died: state.Version}}, nil
}

func (e *Exact) row(at place) (person id, vector []float32) {
	e.mu.Lock()
	b := e.rows.blocks[at.block]
	e.mu.Unlock()
	return b.get(int(at.slot), e.config.Dim)
}

func (e *Exact) insert(image, person id, vector []float32, version int64) {
	e.mu.Lock()
	b, at := e.rows.take()
	e.mu.Unlock()
	b.put(int(at.slot), image, person, vector, version)
	e.images[image] = at
	e.persons[person]++
}

func (e *Exact) withdraw(image, person id, at place, version int64) {
	e.mu.Lock()
	b := e.rows.blocks[at.block]
	e.mu.Unlock()
	b.retire(int(at.slot), version)
	delete(e.images, image)
	if e.persons[person]--; e.persons[person] == 0 {
		delete(e.persons, person)
	}
}

// free overwrites rows that nobody sees and makes their slots free again.
func (e *Exact) free(due []retired) {
	if len(due) == 0 {
		return
	}
	for _, r := range due {
		e.mu.Lock()
		if e.closed {
			e.mu.Unlock()
			return // Close overwrites everything
		}
		b := e.rows.blocks[r.block]
		e.mu.Unlock()

		b.wipe(int(r.slot), e.config.Dim)

		e.mu.Lock()
		if !e.closed {
			if b, empty := e.rows.give(r.place); empty {
				// Under the lock, or the slot could be dealt out before the drop.
				e.rows.held -= b.rows
				b.held = false
				b.drop()
			}
		}
		e.mu.Unlock()
	}
}

// Bytes returns the memory in use, as [Gallery] says.
func (e *Exact) Bytes() int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.reckon(e.rows.held, len(e.rows.blocks), e.mostImages, e.mostPersons)
}

// Cost predicts Bytes for a gallery that never held more than n images at once.
// Rows that wait for a search to end before they can be reused come on top.
func (e *Exact) Cost(n int) int64 {
	rows, blocks := rowsFor(max(n, 0))
	return e.reckon(rows, blocks, max(n, 0), max(n, 0))
}

// mapEntryBytes is what an entry of one of the two maps takes at worst, right
// after the map has doubled: 24 bytes and a control byte, 7/16 full.
const mapEntryBytes = 58

func (e *Exact) reckon(rows, blocks, images, persons int) int64 {
	const perBlock = int64(unsafe.Sizeof(block{})) + maxBlockRows/8 + 16
	return int64(unsafe.Sizeof(*e)) +
		int64(rows)*columnBytes(e.config.Dim) +
		int64(blocks)*perBlock +
		int64(images+persons)*mapEntryBytes
}

// Close overwrites and releases the templates as [Gallery] says.
func (e *Exact) Close() error {
	e.writer.Lock()
	defer e.writer.Unlock()
	e.mu.Lock()
	if !e.shut() {
		e.mu.Unlock()
		return nil
	}
	blocks := e.rows.blocks
	e.rows = space{}
	e.mostImages, e.mostPersons = 0, 0
	e.mu.Unlock()

	e.images, e.persons = nil, nil
	for _, b := range blocks {
		b.drop()
	}
	return nil
}
