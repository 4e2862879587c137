package gallery

// place says where a row is.
type place struct {
	block uint32 // index in space.blocks
	slot  uint32 // index in the block
}

// retired is a row that was removed while searches may still see it.
type retired struct {
	place
	died int64
}

// space deals out the slots of the blocks and takes them back when no search
// can see the row any more. It has no lock of its own: its owner's guards it,
// and is held for a few instructions at a time, never for a scan or a copy.
type space struct {
	blocks []*block // only ever appended to, so that a search can keep the slice
	open   []*block // those with a free slot, the next one to fill last
	rows   int      // slots in all blocks
	held   int      // slots in the blocks whose columns are allocated

	reading map[int64]int // version -> searches that look at it
	retired []retired     // removed rows not yet free, by rising version
}

// nextBlockRows returns how many rows the block after that many rows gets.
func nextBlockRows(rows int) int { return max(minBlockRows, min(rows, maxBlockRows)) }

// rowsFor returns the slots of all blocks once n rows are taken.
func rowsFor(n int) (rows, blocks int) {
	for rows < n && rows < maxBlockRows {
		rows += nextBlockRows(rows)
		blocks++
	}
	if rows < n {
		more := (n - rows + maxBlockRows - 1) / maxBlockRows
		rows += more * maxBlockRows
		blocks += more
	}
	return rows, blocks
}

// take reserves a slot.
func (s *space) take() (*block, place) {
	if len(s.open) == 0 {
		b := newBlock(nextBlockRows(s.rows))
		b.index = uint32(len(s.blocks))
		b.listed = true
		s.rows += b.rows
		s.blocks = append(s.blocks, b)
		s.open = append(s.open, b)
	}
	b := s.open[len(s.open)-1]
	slot := b.freeSlot()
	b.taken[slot/64] |= 1 << (slot % 64)
	b.inUse++
	if b.inUse == b.rows {
		b.listed = false
		s.open = s.open[:len(s.open)-1]
	}
	if !b.held {
		b.held = true
		s.held += b.rows
	}
	return b, place{block: b.index, slot: uint32(slot)}
}

// give takes a slot back and reports whether the block has none in use now.
func (s *space) give(p place) (b *block, empty bool) {
	b = s.blocks[p.block]
	b.taken[p.slot/64] &^= 1 << (p.slot % 64)
	b.inUse--
	if !b.listed {
		b.listed = true
		s.open = append(s.open, b)
	}
	return b, b.inUse == 0
}

// enter notes a search of the version.
func (s *space) enter(version int64) {
	if s.reading == nil {
		s.reading = make(map[int64]int)
	}
	s.reading[version]++
}

// leave undoes enter.
func (s *space) leave(version int64) {
	if s.reading[version]--; s.reading[version] == 0 {
		delete(s.reading, version)
	}
}

// due removes from the retired rows those that no search sees and returns them.
func (s *space) due() []retired {
	oldest := int64(never)
	for version := range s.reading {
		oldest = min(oldest, version)
	}
	n := 0
	for n < len(s.retired) && s.retired[n].died <= oldest {
		n++
	}
	due := s.retired[:n:n]
	if s.retired = s.retired[n:]; len(s.retired) == 0 {
		s.retired = nil
	}
	return due
}
