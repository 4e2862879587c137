package pack

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// An ONNX file is a protobuf message. Only the few fields that the rewrites
// touch are given names here; everything else is carried as the bytes it
// was, so that an untouched graph is written exactly as it was read.
//
// Field numbers are those of onnx.proto (ONNX 1.x, stable).
const (
	modelGraph = 7

	graphNode        = 1
	graphInitializer = 5
	graphInput       = 11
	graphOutput      = 12
	graphValueInfo   = 13

	nodeInput  = 1
	nodeOutput = 2
	nodeName   = 3
	nodeOpType = 4

	tensorDims      = 1
	tensorDataType  = 2
	tensorFloatData = 4
	tensorInt64Data = 7
	tensorName      = 8
	tensorRawData   = 9

	valueName  = 1
	valueType  = 2
	typeTensor = 1
	typeShape  = 2
	shapeDim   = 1
	dimValue   = 1
	dimParam   = 2
)

const (
	typeFloat32 = 1
	typeInt64   = 7
)

// maxFields bounds the fields of one message.
const maxFields = 1 << 20

var errTruncated = errors.New("not a protobuf message")

// field is one field of a message: its number, its wire type and its value.
// raw is the whole field as read, tag included; it is written again unless
// the field was made here.
type field struct {
	number protowire.Number
	kind   protowire.Type
	raw    []byte
	value  []byte // contents of a length-delimited field
	varint uint64
}

// message is a protobuf message as a list of its fields in order.
type message []field

// parse splits a message into its fields. Groups, which ONNX does not use,
// are refused.
func parse(b []byte) (message, error) {
	var m message
	for len(b) > 0 {
		if len(m) == maxFields {
			return nil, fmt.Errorf("more than %d fields", maxFields)
		}
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil, errTruncated
		}
		f := field{number: number, kind: kind}
		var length int
		switch kind {
		case protowire.VarintType:
			f.varint, length = protowire.ConsumeVarint(b[n:])
		case protowire.BytesType:
			f.value, length = protowire.ConsumeBytes(b[n:])
		case protowire.Fixed32Type, protowire.Fixed64Type:
			length = protowire.ConsumeFieldValue(number, kind, b[n:])
		default:
			return nil, errTruncated
		}
		if length < 0 {
			return nil, errTruncated
		}
		f.raw = b[: n+length : n+length]
		b = b[n+length:]
		m = append(m, f)
	}
	return m, nil
}

// encode writes the message.
func (m message) encode() []byte {
	size := 0
	for _, f := range m {
		size += len(f.raw)
	}
	b := make([]byte, 0, size)
	for _, f := range m {
		b = append(b, f.raw...)
	}
	return b
}

// bytesField makes a length-delimited field.
func bytesField(number protowire.Number, value []byte) field {
	raw := protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), value)
	return field{number: number, kind: protowire.BytesType, raw: raw, value: value}
}

// varintField makes a number field.
func varintField(number protowire.Number, v uint64) field {
	raw := protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), v)
	return field{number: number, kind: protowire.VarintType, raw: raw, varint: v}
}

// text gives the first length-delimited field of that number as a string.
func (m message) text(number protowire.Number) string {
	for _, f := range m {
		if f.number == number && f.kind == protowire.BytesType {
			return string(f.value)
		}
	}
	return ""
}

// texts gives all length-delimited fields of that number.
func (m message) texts(number protowire.Number) []string {
	var out []string
	for _, f := range m {
		if f.number == number && f.kind == protowire.BytesType {
			out = append(out, string(f.value))
		}
	}
	return out
}

// edit replaces the contents of every length-delimited field of that number
// by what change makes of it; nil leaves the field as it was.
func (m message) edit(number protowire.Number, change func([]byte) ([]byte, error)) error {
	for i, f := range m {
		if f.number != number || f.kind != protowire.BytesType {
			continue
		}
		value, err := change(f.value)
		if err != nil {
			return err
		}
		if value != nil {
			m[i] = bytesField(number, value)
		}
	}
	return nil
}

// ints reads a repeated integer field, packed or not.
func (m message) ints(number protowire.Number) ([]int64, error) {
	var out []int64
	for _, f := range m {
		if f.number != number {
			continue
		}
		switch f.kind {
		case protowire.VarintType:
			out = append(out, int64(f.varint))
		case protowire.BytesType:
			for b := f.value; len(b) > 0; {
				v, n := protowire.ConsumeVarint(b)
				if n < 0 {
					return nil, errTruncated
				}
				out = append(out, int64(v))
				b = b[n:]
			}
		}
	}
	return out, nil
}
