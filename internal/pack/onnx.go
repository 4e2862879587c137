package pack

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Field numbers and values of onnx.proto that only a new model needs.
const (
	modelVersion   = 1
	modelProducer  = 2
	modelOperators = 8 // which version of the operators is meant

	operatorsVersion = 2

	graphName     = 2
	nodeAttribute = 5

	attributeName  = 1
	attributeValue = 3
	attributeList  = 8
	attributeType  = 20

	typeElement = 1 // of a tensor's declared type

	attributeIsInt  = 2
	attributeIsInts = 7

	fileVersion  = 8  // IR version of ONNX 1.10 and later
	operatorsSet = 13 // operators of ONNX 1.8 and later
)

// onnxModel wraps a graph into a model file.
func onnxModel(graph message) []byte {
	graph = append(message{bytesField(graphName, []byte("imported"))}, graph...)
	return message{
		varintField(modelVersion, fileVersion),
		bytesField(modelProducer, []byte("osprey")),
		bytesField(modelGraph, graph.encode()),
		bytesField(modelOperators, message{varintField(operatorsVersion, operatorsSet)}.encode()),
	}.encode()
}

// onnxValue declares an input or output of float32.
func onnxValue(number protowire.Number, name string, dims ...int) field {
	var shape message
	for _, d := range dims {
		shape = append(shape, bytesField(shapeDim, message{varintField(dimValue, uint64(d))}.encode()))
	}
	tensor := message{varintField(typeElement, typeFloat32), bytesField(typeShape, shape.encode())}
	kind := message{bytesField(typeTensor, tensor.encode())}
	return bytesField(number, message{bytesField(valueName, []byte(name)), bytesField(valueType, kind.encode())}.encode())
}

// onnxFloats makes a constant of float32.
func onnxFloats(name string, dims []int, values []float32) field {
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return onnxTensor(name, typeFloat32, dims, raw)
}

// onnxInts makes a constant list of int64.
func onnxInts(name string, values ...int) field {
	raw := make([]byte, 0, 8*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return onnxTensor(name, typeInt64, []int{len(values)}, raw)
}

func onnxTensor(name string, kind uint64, dims []int, raw []byte) field {
	var m message
	for _, d := range dims {
		m = append(m, varintField(tensorDims, uint64(d)))
	}
	m = append(m, varintField(tensorDataType, kind), bytesField(tensorName, []byte(name)), bytesField(tensorRawData, raw))
	return bytesField(graphInitializer, m.encode())
}

// attributeInt makes an operator's attribute that is a number.
func attributeInt(name string, v int) field {
	return bytesField(nodeAttribute, message{
		bytesField(attributeName, []byte(name)), varintField(attributeValue, uint64(v)), varintField(attributeType, attributeIsInt),
	}.encode())
}

// attributeInts makes an operator's attribute that is a list of numbers.
func attributeInts(name string, values ...int) field {
	m := message{bytesField(attributeName, []byte(name))}
	for _, v := range values {
		m = append(m, varintField(attributeList, uint64(v)))
	}
	return bytesField(nodeAttribute, append(m, varintField(attributeType, attributeIsInts)).encode())
}
