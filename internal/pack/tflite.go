package pack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// A TensorFlow Lite model is a FlatBuffers file. Field numbers and enum
// values are those of TensorFlow Lite's schema, version 3; only what the
// importer understands has a name here.
const (
	tfliteVersion = 3

	liteFloat32 = 0
	liteFloat16 = 1
	liteInt32   = 2

	liteAdd       = 0
	liteConv      = 3
	liteDepthwise = 4
	liteDequant   = 6
	liteMaxPool   = 17
	liteReshape   = 22
	litePad       = 34
	litePRelu     = 54

	litePaddingSame  = 0
	litePaddingValid = 1

	liteNoActivation = 0
	liteRelu         = 1
)

// Bounds of what an imported file may ask for.
const (
	maxLiteParts  = 4096     // tensors, operators, buffers, kinds of operators
	maxLiteRank   = 4        // dimensions of a tensor
	maxLiteName   = 256      // bytes of a tensor's name
	maxLiteInputs = 8        // inputs or outputs of an operator
	maxLiteValues = 16 << 20 // values of a tensor, and of all constants together
)

// liteModel is the one graph of a TensorFlow Lite file.
type liteModel struct {
	tensors         []liteTensor
	operators       []liteOperator
	inputs, outputs []int // indices of tensors
}

// liteTensor is a tensor: its shape as the file declares it, and its data
// where it is constant.
type liteTensor struct {
	name  string
	shape []int
	kind  int
	data  []byte // nil for what is computed
}

// size is the number of values, which is bounded when the tensor is read.
func (t *liteTensor) size() int {
	n := 1
	for _, d := range t.shape {
		n *= d
	}
	return n
}

// liteOperator is one operation on tensors. An input of -1 is left out.
type liteOperator struct {
	code            int
	inputs, outputs []int
	options         table
	hasOptions      bool
}

// readTFLite reads a file with one graph whose tensors all have fixed shapes.
// Every index in the result is an index of a tensor.
func readTFLite(b []byte) (*liteModel, error) {
	if len(b) < 8 || string(b[4:8]) != "TFL3" {
		return nil, errors.New("not a TensorFlow Lite file")
	}
	r := &flat{b: b}
	root := r.root()
	if v := root.int(0, 0); v != tfliteVersion {
		return nil, fmt.Errorf("has version %d of the schema, must be %d", v, tfliteVersion)
	}
	codes := operatorCodes(root)
	graphs := root.tables(2, maxLiteParts)
	if r.err == nil && len(graphs) != 1 {
		return nil, fmt.Errorf("has %d graphs, must have one", len(graphs))
	}
	if r.err != nil {
		return nil, r.err
	}
	buffers := root.tables(4, maxLiteParts)
	m := new(liteModel)
	graph := graphs[0]
	for i, t := range graph.tables(0, maxLiteParts) {
		tensor, err := readLiteTensor(t, buffers)
		if err != nil {
			return nil, fmt.Errorf("tensor %d: %w", i, err)
		}
		m.tensors = append(m.tensors, tensor)
	}
	m.inputs = graph.ints(1, maxLiteInputs)
	m.outputs = graph.ints(2, maxLiteInputs)
	for i, t := range graph.tables(3, maxLiteParts) {
		op, err := readLiteOperator(t, codes)
		if err != nil {
			return nil, fmt.Errorf("operator %d: %w", i, err)
		}
		m.operators = append(m.operators, op)
	}
	if r.err != nil {
		return nil, r.err
	}
	return m, m.check()
}

// operatorCodes gives the kinds of operators that the file's operators refer
// to. Files from before the number outgrew a byte keep it in field 0.
func operatorCodes(root table) []int {
	var codes []int
	for _, t := range root.tables(1, maxLiteParts) {
		codes = append(codes, max(t.byte(0), t.int(3, 0)))
	}
	return codes
}

func readLiteTensor(t table, buffers []table) (liteTensor, error) {
	out := liteTensor{kind: t.byte(1), name: string(t.bytes(3, maxLiteName)), shape: t.ints(0, maxLiteRank)}
	size := 1
	for _, d := range out.shape {
		if d < 1 || d > maxLiteValues/size {
			return out, fmt.Errorf("has the shape %v", out.shape)
		}
		size *= d
	}
	buffer := t.int(2, 0)
	if buffer < 0 || buffer >= len(buffers) {
		return out, fmt.Errorf("refers to buffer %d of %d", buffer, len(buffers))
	}
	out.data = buffers[buffer].bytes(0, 4*maxLiteValues)
	width := 4
	if out.kind == liteFloat16 {
		width = 2
	}
	if out.data != nil && len(out.data) != width*size {
		return out, fmt.Errorf("has %d bytes of data for %d values", len(out.data), size)
	}
	return out, t.err
}

func readLiteOperator(t table, codes []int) (liteOperator, error) {
	code := t.int(0, 0)
	if code < 0 || code >= len(codes) {
		return liteOperator{}, fmt.Errorf("refers to kind %d of %d", code, len(codes))
	}
	op := liteOperator{code: codes[code], inputs: t.ints(1, maxLiteInputs), outputs: t.ints(2, maxLiteInputs)}
	op.options, op.hasOptions = t.table(4)
	return op, t.err
}

// check refuses indices outside the tensors.
func (m *liteModel) check() error {
	within := func(list []int, least int) bool {
		for _, i := range list {
			if i < least || i >= len(m.tensors) {
				return false
			}
		}
		return true
	}
	ok := within(m.inputs, 0) && within(m.outputs, 0) && len(m.inputs) > 0 && len(m.outputs) > 0
	for _, op := range m.operators {
		ok = ok && within(op.inputs, -1) && within(op.outputs, 0)
	}
	if !ok {
		return errors.New("refers to a tensor that is not there")
	}
	return nil
}

// floats gives a constant tensor's values as float32; float16 has an exact
// one for each of its values.
func (t *liteTensor) floats() ([]float32, error) {
	if t.data == nil {
		return nil, fmt.Errorf("tensor %q is not a constant", t.name)
	}
	out := make([]float32, t.size())
	for i := range out {
		switch t.kind {
		case liteFloat32:
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.data[4*i:]))
		case liteFloat16:
			out[i] = fromHalf(binary.LittleEndian.Uint16(t.data[2*i:]))
		default:
			return nil, fmt.Errorf("tensor %q is not of floating point", t.name)
		}
	}
	return out, nil
}

// int32s gives a constant tensor's values.
func (t *liteTensor) int32s() ([]int, error) {
	if t.data == nil || t.kind != liteInt32 {
		return nil, fmt.Errorf("tensor %q is not a constant of int32", t.name)
	}
	out := make([]int, t.size())
	for i := range out {
		out[i] = int(int32(binary.LittleEndian.Uint32(t.data[4*i:])))
	}
	return out, nil
}

// fromHalf gives the float32 that equals an IEEE 754 half.
func fromHalf(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exponent, fraction := uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exponent {
	case 0: // zero and subnormal: fraction * 2^-24
		v := float32(fraction) / (1 << 24)
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 0x1f: // infinite and not a number
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
