package pack_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
)

// flatTable is a FlatBuffers table to write: its fields in order, nil for one
// that is left out. A field is an int (int32), a byte, a string, a flatTable or
// a list of int32, bytes or tables.
type flatTable []any

// flatFile writes a table as a file with an identifier of four letters.
func flatFile(identifier string, root flatTable) []byte {
	w := &flatWriter{b: append(make([]byte, 4), identifier...)}
	binary.LittleEndian.PutUint32(w.b, uint32(w.table(root)))
	return w.b
}

// flatWriter appends values; what a table refers to comes after it.
type flatWriter struct{ b []byte }

func (w *flatWriter) uint32(v int) { w.b = binary.LittleEndian.AppendUint32(w.b, uint32(int32(v))) }

// refer lets the offset at pos point to where the next value begins.
func (w *flatWriter) refer(pos, to int) {
	binary.LittleEndian.PutUint32(w.b[pos:], uint32(to-pos))
}

func (w *flatWriter) table(t flatTable) int {
	vtable := len(w.b)
	size := 4 + 2*len(t)
	w.b = binary.LittleEndian.AppendUint16(w.b, uint16(size))
	w.b = binary.LittleEndian.AppendUint16(w.b, uint16(4+4*len(t)))
	for i, v := range t {
		offset := 4 + 4*i
		if v == nil {
			offset = 0
		}
		w.b = binary.LittleEndian.AppendUint16(w.b, uint16(offset))
	}
	pos := len(w.b)
	w.uint32(pos - vtable)
	for _, v := range t {
		switch v := v.(type) {
		case int:
			w.uint32(v)
		case byte:
			w.uint32(int(v))
		default:
			w.uint32(0)
		}
	}
	for i, v := range t {
		at := pos + 4 + 4*i
		switch v := v.(type) {
		case string:
			w.refer(at, w.vector(len(v), []byte(v)))
		case []byte:
			w.refer(at, w.vector(len(v), v))
		case []int:
			w.refer(at, w.vector(len(v), int32Bytes(v)))
		case flatTable:
			w.refer(at, w.table(v))
		case []flatTable:
			list := w.vector(len(v), make([]byte, 4*len(v)))
			w.refer(at, list)
			for k, sub := range v {
				w.refer(list+4+4*k, w.table(sub))
			}
		}
	}
	return pos
}

func (w *flatWriter) vector(n int, content []byte) int {
	pos := len(w.b)
	w.uint32(n)
	w.b = append(w.b, content...)
	return pos
}

func int32Bytes(values []int) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, uint32(int32(v)))
	}
	return b
}

// liteBuilder makes TensorFlow Lite files and, beside it, computes with plain
// loops what they mean.
type liteBuilder struct {
	tensors, operators []flatTable
	buffers            []flatTable
	random             *rand.Rand
}

func newLiteBuilder() *liteBuilder {
	return &liteBuilder{buffers: []flatTable{{}}, random: rand.New(rand.NewPCG(1, 2))}
}

// tensor adds a tensor: kind 0 float32, 1 float16, 2 int32.
func (l *liteBuilder) tensor(kind byte, data []byte, name string, shape ...int) int {
	buffer := 0
	if data != nil {
		buffer = len(l.buffers)
		l.buffers = append(l.buffers, flatTable{data})
	}
	l.tensors = append(l.tensors, flatTable{shape, kind, buffer, name})
	return len(l.tensors) - 1
}

// half adds a constant of float16 and the tensor that it is widened to. Its
// values are random multiples of 1/16 below 1, which float16 holds exactly.
func (l *liteBuilder) half(shape ...int) (int, []float64) {
	n := 1
	for _, d := range shape {
		n *= d
	}
	values := make([]float64, n)
	var data []byte
	for i := range values {
		values[i] = float64(l.random.IntN(31)-15) / 16
		data = binary.LittleEndian.AppendUint16(data, toHalf(values[i]))
	}
	from := l.tensor(1, data, "", shape...)
	to := l.tensor(0, nil, "", shape...)
	l.operator(6, []int{from}, to, nil)
	return to, values
}

// toHalf gives the bits of a multiple of 1/16 between -1 and 1.
func toHalf(v float64) uint16 {
	if v == 0 {
		return 0
	}
	fraction, exponent := math.Frexp(math.Abs(v)) // 0.5 <= fraction < 1
	bits := uint16(exponent-1+15)<<10 | uint16((2*fraction-1)*1024)
	if v < 0 {
		bits |= 0x8000
	}
	return bits
}

// operator adds an operator. Its kind in the file is the index of its code.
func (l *liteBuilder) operator(code int, inputs []int, output int, options flatTable) {
	t := flatTable{liteCodes[code], inputs, []int{output}}
	if options != nil {
		t = append(t, byte(1), options)
	}
	l.operators = append(l.operators, t)
}

// liteCodes are the places of operator codes in the files made here.
var liteCodes = map[int]int{0: 0, 3: 1, 4: 2, 6: 3, 17: 4, 34: 5, 54: 6}

// file writes the model.
func (l *liteBuilder) file(input, output int) []byte {
	codes := make([]flatTable, len(liteCodes))
	for code, at := range liteCodes {
		codes[at] = flatTable{byte(code), nil, nil, code}
	}
	graph := flatTable{l.tensors, []int{input}, []int{output}, l.operators}
	return flatFile("TFL3", flatTable{3, codes, []flatTable{graph}, "made by a test", l.buffers})
}
