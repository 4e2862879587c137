package gallery

import (
	"math"
	"math/bits"
	"sync"
	"unsafe"
)

const (
	// A gallery's first block is small, since an installation may have many small
	// collections; then each new block doubles the room until blocks have
	// maxBlockRows rows. That many take some 50 microseconds to scan, and that
	// is how long a change may have to wait for a search.
	minBlockRows = 16
	maxBlockRows = 512

	// never is a version that no change reaches.
	never = math.MaxInt64
)

// block is a run of rows, kept column by column so that a scan reads the codes
// and nothing else of the rows it can rule out.
type block struct {
	// Guarded by the space's lock: which slots are taken.
	index  uint32   // position in space.blocks; never changes
	taken  []uint64 // bit per slot
	inUse  int      // bits set in taken
	listed bool     // whether the space has the block among those with room
	held   bool     // whether the columns count as allocated

	mu sync.RWMutex // guards everything below; held by a search for one block's scan

	rows int // slots in the block
	high int // slots ever used since the columns were allocated: what a scan reads

	// Columns, nil while no slot is in use.
	codes    []byte    // rows x width, q+128
	vectors  []float32 // rows x dim
	scale    []float32 // s
	residual []float32 // upper bound of |r|
	image    []id
	person   []id
	born     []int64 // version that added the row; never while the slot is free
	died     []int64 // version that removed it; never while it is there
}

func newBlock(rows int) *block {
	return &block{taken: make([]uint64, (rows+63)/64), rows: rows}
}

// freeSlot returns the lowest free slot; there must be one.
func (b *block) freeSlot() int {
	for i, word := range b.taken {
		if word != math.MaxUint64 {
			return 64*i + bits.TrailingZeros64(^word)
		}
	}
	return b.rows
}

// columnBytes is what one row takes in the columns of a block.
func columnBytes(dim int) int64 {
	return int64(rowBytes(dim)) + 4*int64(dim) +
		2*int64(unsafe.Sizeof(float32(0))+unsafe.Sizeof(id{})+unsafe.Sizeof(int64(0)))
}

// put writes a row. The slot is the caller's alone.
func (b *block) put(slot int, image, person id, vector []float32, version int64) {
	dim, width := len(vector), rowBytes(len(vector))
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.codes == nil {
		b.allocate(dim, width)
	}
	copy(b.vectors[slot*dim:][:dim], vector)
	b.scale[slot], b.residual[slot] = quantiseRow(b.codes[slot*width:][:width], vector)
	b.image[slot], b.person[slot] = image, person
	b.born[slot], b.died[slot] = version, never
	b.high = max(b.high, slot+1)
}

func (b *block) allocate(dim, width int) {
	b.codes = make([]byte, b.rows*width)
	b.vectors = make([]float32, b.rows*dim)
	floats := make([]float32, 2*b.rows)
	b.scale, b.residual = floats[:b.rows:b.rows], floats[b.rows:]
	ids := make([]id, 2*b.rows)
	b.image, b.person = ids[:b.rows:b.rows], ids[b.rows:]
	versions := make([]int64, 2*b.rows)
	b.born, b.died = versions[:b.rows:b.rows], versions[b.rows:]
	for i := range b.born {
		b.born[i] = never
	}
	b.high = 0
}

// get returns a row that cannot go away before the caller is done with it. The
// vector is the block's own and must not be changed.
func (b *block) get(slot, dim int) (person id, vector []float32) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.person[slot], b.vectors[slot*dim:][:dim:dim]
}

// retire hides the row from searches of the version and later ones.
func (b *block) retire(slot int, version int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.died[slot] = version
}

// wipe overwrites a row that no search can see any more.
func (b *block) wipe(slot, dim int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.codes == nil {
		return // the gallery was closed meanwhile
	}
	width := rowBytes(dim)
	clear(b.codes[slot*width:][:width])
	clear(b.vectors[slot*dim:][:dim])
	b.scale[slot], b.residual[slot] = 0, 0
	b.image[slot], b.person[slot] = id{}, id{}
	b.born[slot], b.died[slot] = never, never
}

// drop overwrites all rows and gives the columns back to the runtime.
func (b *block) drop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.codes)
	clear(b.vectors)
	clear(b.scale)
	clear(b.residual)
	clear(b.image)
	clear(b.person)
	b.codes, b.vectors, b.scale, b.residual = nil, nil, nil, nil
	b.image, b.person, b.born, b.died = nil, nil, nil, nil
	b.high = 0
}

// visible reports whether a search of the version sees the row.
func (b *block) visible(slot int, version int64) bool {
	return b.born[slot] <= version && version < b.died[slot]
}
