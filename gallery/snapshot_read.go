package gallery

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
)

// ReadSnapshot returns the gallery that WriteSnapshot wrote, at the version it
// had then. Every error wraps ErrSnapshot, except those of the context and of an
// unusable Config; the gallery then has to be built anew.
//
// It believes nothing: the header is authenticated by every chunk, rows are
// checked like those of Apply, their number and digest are compared with the
// header's, and memory is taken only for what has been read and opened, never
// for what a header claims. A snapshot that is whole may still be old: comparing
// its version and digest with the truth is the caller's part.
func ReadSnapshot(ctx context.Context, r io.Reader, open Opener, binding string, config Config) (*Exact, error) {
	e, err := NewExact(config)
	if err != nil {
		return nil, err
	}
	if err := e.readSnapshot(ctx, r, open, binding); err != nil {
		_ = e.Close() // it never fails
		return nil, fmt.Errorf("gallery: reading a snapshot: %w", err)
	}
	return e, nil
}

func (e *Exact) readSnapshot(ctx context.Context, r io.Reader, open Opener, binding string) error {
	if err := checkBinding(binding); err != nil {
		return err
	}
	header, raw, err := readHeader(r)
	if err != nil {
		return err
	}
	if header.config != e.config {
		return fmt.Errorf("%w: model %.80q with %d components, wanted %.80q with %d", ErrSnapshotMismatch,
			header.config.Model, header.config.Dim, e.config.Model, e.config.Dim)
	}
	c := &chunkReader{r: r, open: open, binding: binding, header: raw, config: e.config, left: header.count}
	defer c.wipe()
	state := State{Version: header.version}
	entry := Entry{Model: e.config.Model, Vector: make([]float32, e.config.Dim)}
	defer clear(entry.Vector)
	for last := false; !last; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var rows []byte
		if rows, last, err = c.next(); err != nil {
			return err
		}
		for ; len(rows) > 0; rows = rows[e.config.rowSize():] {
			entry.Image = id(rows[:16]).String()
			entry.Person = id(rows[16:32]).String()
			getVector(entry.Vector, rows[32:])
			if state, err = e.add(state, entry); err != nil {
				return fmt.Errorf("%w: row %d: %w", ErrSnapshotCorrupt, state.Images, err)
			}
		}
		c.wipe()
	}
	if n, err := io.ReadFull(r, make([]byte, 1)); n != 0 || err != io.EOF {
		return fmt.Errorf("%w: something follows the last chunk", ErrSnapshotCorrupt)
	}
	if state.Digest != header.digest {
		return fmt.Errorf("%w: digest %v, the header says %v", ErrSnapshotCorrupt, state.Digest, header.digest)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.settle(state)
	return nil
}

// chunkReader reads and opens one chunk after the other.
type chunkReader struct {
	r       io.Reader
	open    Opener
	binding string
	header  []byte
	config  Config
	sealed  []byte // room for a chunk as it is read
	rows    []byte // the chunk opened last
	number  uint64 // of the next chunk
	left    uint64 // rows not yet read
}

// next returns the rows of the next chunk, and whether it is the last one. How
// many rows it has follows from the header.
func (c *chunkReader) next() (rows []byte, last bool, err error) {
	n := min(c.left, uint64(c.config.chunkRows()))
	last = n == c.left
	want := int(n) * c.config.rowSize()

	var prefix [4]byte
	if err := readFull(c.r, prefix[:]); err != nil {
		return nil, false, err
	}
	length := int64(binary.LittleEndian.Uint32(prefix[:]))
	if length > int64(want+sealOverhead) {
		return nil, false, fmt.Errorf("%w: chunk %d has %d bytes where %d would do", ErrSnapshotCorrupt, c.number, length, want)
	}
	if int64(cap(c.sealed)) < length {
		c.sealed = make([]byte, length)
	}
	c.sealed = c.sealed[:length]
	if err := readFull(c.r, c.sealed); err != nil {
		return nil, false, err
	}
	c.rows, err = c.open.Open(c.sealed, chunkAAD(c.binding, c.header, c.number, last))
	if err != nil {
		return nil, false, fmt.Errorf("%w: chunk %d: %w", ErrSnapshotSeal, c.number, err)
	}
	if len(c.rows) != want {
		return nil, false, fmt.Errorf("%w: chunk %d holds %d bytes instead of %d", ErrSnapshotCorrupt, c.number, len(c.rows), want)
	}
	c.number++
	c.left -= n
	return c.rows, last, nil
}

// wipe overwrites the rows that next returned.
func (c *chunkReader) wipe() { clear(c.rows) }
