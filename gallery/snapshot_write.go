package gallery

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
)

// WriteSnapshot writes the present version of the gallery to w and returns its
// state. Nothing of a template or an id is written unsealed. Changes and
// searches go on meanwhile; templates removed meanwhile are overwritten in
// memory when WriteSnapshot ends.
//
// The binding says whom the snapshot belongs to, such as company, collection and
// model, in up to 1 KiB. It is not written but goes into the aad of every chunk:
// only who names the same binding can read the snapshot.
func (e *Exact) WriteSnapshot(ctx context.Context, w io.Writer, seal Sealer, binding string) (State, error) {
	if err := checkBinding(binding); err != nil {
		return State{}, err
	}
	v, err := e.enter()
	if err != nil {
		return State{}, err
	}
	err = e.writeView(ctx, w, seal, binding, v)
	if !e.leave(v) && err == nil {
		err = ErrClosed
	}
	if err != nil {
		return State{}, fmt.Errorf("gallery: writing a snapshot of version %d: %w", v.state.Version, err)
	}
	return v.state, nil
}

func (e *Exact) writeView(ctx context.Context, w io.Writer, seal Sealer, binding string, v view) error {
	header := snapshotHeader{
		config:  e.config,
		count:   uint64(v.state.Images),
		version: v.state.Version,
		digest:  v.state.Digest,
	}
	_, _ = rand.Read(header.nonce[:]) // never fails: it ends the process instead
	c := &chunkWriter{w: w, seal: seal, binding: binding, header: header.encode(), left: header.count}
	c.chunk = make([]byte, 0, e.config.chunkRows()*e.config.rowSize())
	defer func() { clear(c.chunk[:cap(c.chunk)]) }()
	if _, err := w.Write(c.header); err != nil {
		return err
	}
	for _, b := range v.blocks {
		for slot, more := 0, true; more; {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			slot, more = c.fill(b, slot, e.config.Dim, v.state.Version)
			if more {
				if err := c.flush(); err != nil {
					return err
				}
			}
		}
	}
	if c.left != 0 {
		return ErrClosed // the only way for rows to go away under a reader
	}
	return c.flush() // the last chunk, perhaps without a row
}

// chunkWriter gathers rows and writes them in sealed chunks.
type chunkWriter struct {
	w       io.Writer
	seal    Sealer
	binding string
	header  []byte
	chunk   []byte // rows not yet written; its capacity is a full chunk
	number  uint64 // of the chunk
	left    uint64 // rows not yet in a chunk
}

// fill takes rows of the block, from the slot on. It stops where the chunk has
// to be written first, which it leaves to the caller, since that must not be
// done under the block's lock; more says so. A full chunk that is the last one
// is left for the final flush.
func (c *chunkWriter) fill(b *block, slot, dim int, version int64) (next int, more bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for ; slot < b.high; slot++ {
		if !b.visible(slot, version) {
			continue
		}
		if len(c.chunk) == cap(c.chunk) {
			return slot, true
		}
		c.chunk = append(c.chunk, b.image[slot][:]...)
		c.chunk = append(c.chunk, b.person[slot][:]...)
		at := len(c.chunk)
		c.chunk = c.chunk[:at+4*dim]
		putVector(c.chunk[at:], b.vectors[slot*dim:][:dim])
		c.left--
	}
	return slot, false
}

func (c *chunkWriter) flush() error {
	sealed, err := c.seal.Seal(c.chunk, chunkAAD(c.binding, c.header, c.number, c.left == 0))
	if err != nil {
		return fmt.Errorf("sealing chunk %d: %w", c.number, err)
	}
	if len(sealed) > len(c.chunk)+sealOverhead {
		return fmt.Errorf("%w: the seal of chunk %d adds more than %d bytes", ErrSnapshot, c.number, sealOverhead)
	}
	if err := binary.Write(c.w, binary.LittleEndian, uint32(len(sealed))); err != nil {
		return err
	}
	if _, err := c.w.Write(sealed); err != nil {
		return err
	}
	c.number++
	c.chunk = c.chunk[:0]
	return nil
}
