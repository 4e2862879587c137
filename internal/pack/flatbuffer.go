package pack

import (
	"encoding/binary"
	"errors"
)

var errFlat = errors.New("not a flatbuffer of the expected layout")

// flat reads a FlatBuffers file. Every position is checked against the file's
// length; the first one outside sets err, after which everything reads as 0.
// The caller looks at err once it has read what it wants. Positions may
// overlap or point backwards: reading follows a fixed number of steps, never a
// chain of the file's own length.
type flat struct {
	b   []byte
	err error
}

// at gives n bytes at a position, or nil when they are not all in the file.
func (r *flat) at(pos, n int) []byte {
	if r.err != nil || pos < 0 || n < 0 || pos > len(r.b) || n > len(r.b)-pos {
		r.err = errFlat
		return nil
	}
	return r.b[pos : pos+n]
}

func (r *flat) uint32(pos int) int {
	if b := r.at(pos, 4); b != nil {
		return int(binary.LittleEndian.Uint32(b))
	}
	return 0
}

func (r *flat) int32(pos int) int {
	if b := r.at(pos, 4); b != nil {
		return int(int32(binary.LittleEndian.Uint32(b)))
	}
	return 0
}

func (r *flat) uint16(pos int) int {
	if b := r.at(pos, 2); b != nil {
		return int(binary.LittleEndian.Uint16(b))
	}
	return 0
}

// table is a FlatBuffers table: fields found through a vtable.
type table struct {
	*flat
	pos int
}

// root gives the file's outermost table.
func (r *flat) root() table { return table{r, r.uint32(0)} }

// field gives the position of field i, or 0 where the table does not hold it.
func (t table) field(i int) int {
	vtable := t.pos - t.int32(t.pos)
	slot := 4 + 2*i
	if slot+2 > t.uint16(vtable) {
		return 0
	}
	offset := t.uint16(vtable + slot)
	if offset == 0 {
		return 0
	}
	return t.pos + offset
}

// int gives an int32 field, or def where it is absent.
func (t table) int(i, def int) int {
	if pos := t.field(i); pos != 0 {
		return t.int32(pos)
	}
	return def
}

// byte gives a one-byte field, 0 where it is absent.
func (t table) byte(i int) int {
	if pos := t.field(i); pos != 0 {
		if b := t.at(pos, 1); b != nil {
			return int(b[0])
		}
	}
	return 0
}

// table gives a field that is a table; ok is false where it is absent.
func (t table) table(i int) (sub table, ok bool) {
	pos := t.field(i)
	if pos == 0 {
		return table{}, false
	}
	return table{t.flat, pos + t.uint32(pos)}, true
}

// vector gives the position of the first element and the number of elements
// of a field that is a vector of elements of size bytes. An absent one is
// empty; one of more than limit elements is an error.
func (t table) vector(i, size, limit int) (pos, n int) {
	field := t.field(i)
	if field == 0 {
		return 0, 0
	}
	start := field + t.uint32(field)
	n = t.uint32(start)
	if n > limit {
		t.err = errFlat
		return 0, 0
	}
	if t.at(start+4, n*size) == nil {
		return 0, 0
	}
	return start + 4, n
}

// tables gives a field that is a vector of tables.
func (t table) tables(i, limit int) []table {
	pos, n := t.vector(i, 4, limit)
	out := make([]table, n)
	for k := range out {
		at := pos + 4*k
		out[k] = table{t.flat, at + t.uint32(at)}
	}
	return out
}

// ints gives a field that is a vector of int32.
func (t table) ints(i, limit int) []int {
	pos, n := t.vector(i, 4, limit)
	out := make([]int, n)
	for k := range out {
		out[k] = t.int32(pos + 4*k)
	}
	return out
}

// bytes gives a field that is a vector of at most limit bytes, or a string. It
// is a part of the file, no copy.
func (t table) bytes(i, limit int) []byte {
	pos, n := t.vector(i, 1, limit)
	if n == 0 {
		return nil
	}
	return t.at(pos, n)
}
