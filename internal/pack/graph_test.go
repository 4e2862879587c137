package pack

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// tensor makes a float32 initializer.
func tensor(name string, values ...float32) field {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	m := message{
		varintField(tensorDims, uint64(len(values))), varintField(tensorDims, 1),
		varintField(tensorDataType, typeFloat32), bytesField(tensorName, []byte(name)), bytesField(tensorRawData, raw),
	}
	return bytesField(graphInitializer, m.encode())
}

// shape makes an int64 initializer.
func shape(name string, dims ...int64) field {
	var raw []byte
	for _, d := range dims {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(d))
	}
	m := message{varintField(tensorDataType, typeInt64), bytesField(tensorName, []byte(name)), bytesField(tensorRawData, raw)}
	return bytesField(graphInitializer, m.encode())
}

// value makes a declared input or output of fixed dimensions.
func value(number int, name string, dims ...uint64) field {
	var s message
	for _, d := range dims {
		s = append(s, bytesField(shapeDim, message{varintField(dimValue, d)}.encode()))
	}
	typed := message{varintField(1, 1), bytesField(typeShape, s.encode())}
	m := message{bytesField(valueName, []byte(name)), bytesField(valueType, message{bytesField(typeTensor, typed.encode())}.encode())}
	return bytesField(protowire.Number(number), m.encode())
}

// model wraps a graph, between fields that nobody here knows.
func model(graph message) []byte {
	unknown := field{raw: protowire.AppendFixed64(protowire.AppendTag(nil, 99, protowire.Fixed64Type), 42)}
	return message{varintField(1, 7), bytesField(modelGraph, graph.encode()), unknown}.encode()
}

func operators(t *testing.T, onnx []byte) (ops []string) {
	t.Helper()
	m, err := parse(onnx)
	if err != nil {
		t.Fatal(err)
	}
	graph, err := parse([]byte(m.text(modelGraph)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range graph {
		if f.number == graphNode {
			node, err := parse(f.value)
			if err != nil {
				t.Fatal(err)
			}
			ops = append(ops, node.text(nodeOpType)+"("+strings.Join(node.texts(nodeInput), ",")+")="+strings.Join(node.texts(nodeOutput), ","))
		}
	}
	return ops
}

func TestExpandPRelu(t *testing.T) {
	t.Parallel()
	in := model(message{
		operator("PRelu", []string{"x", "a"}, "y"), operator("PRelu", []string{"y", "a"}, "z"),
		operator("Conv", []string{"z"}, "out"), tensor("a", 0.25, -0.5),
	})
	out, err := rewriteGraph(in, []string{"prelu"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"Relu(x)=y_positive", "Mul(x,a)=y_sloped", "Mul(y_positive,a_rest)=y_lifted", "Add(y_sloped,y_lifted)=y",
		"Relu(y)=z_positive", "Mul(y,a)=z_sloped", "Mul(z_positive,a_rest)=z_lifted", "Add(z_sloped,z_lifted)=z",
		"Conv(z)=out",
	}
	if got := operators(t, out); !slices.Equal(got, want) {
		t.Errorf("nodes %q, want %q", got, want)
	}
	m, _ := parse(out)
	graph, _ := parse([]byte(m.text(modelGraph)))
	tensors, err := initializers(graph)
	if err != nil || len(tensors) != 2 {
		t.Fatalf("%d tensors, %v", len(tensors), err)
	}
	raw, err := float32Bytes(tensors["a_rest"])
	if err != nil || math.Float32frombits(binary.LittleEndian.Uint32(raw)) != 0.75 || math.Float32frombits(binary.LittleEndian.Uint32(raw[4:])) != 1.5 {
		t.Errorf("1-a is %v, %v", raw, err)
	}
	if dims, err := tensors["a_rest"].ints(tensorDims); err != nil || !slices.Equal(dims, []int64{2, 1}) {
		t.Errorf("1-a has dimensions %v, %v", dims, err)
	}
	if !bytes.HasSuffix(out, protowire.AppendFixed64(protowire.AppendTag(nil, 99, protowire.Fixed64Type), 42)) {
		t.Error("a field that nobody knows was lost")
	}
}

func TestFreeBatch(t *testing.T) {
	t.Parallel()
	in := model(message{
		operator("Reshape", []string{"x", "s"}, "y"), shape("s", 1, -1), shape("other", 1, -1),
		value(graphInput, "x", 1, 3, 4), value(graphOutput, "y", 1, 12), value(graphValueInfo, "mid", 1, 12),
	})
	out, err := rewriteGraph(in, []string{"batch"})
	if err != nil {
		t.Fatal(err)
	}
	m, _ := parse(out)
	graph, _ := parse([]byte(m.text(modelGraph)))
	want := message{
		operator("Reshape", []string{"x", "s"}, "y"), shape("s", 0, -1), shape("other", 1, -1),
	}
	if !bytes.HasPrefix(graph.encode(), want.encode()) {
		t.Error("the Reshape's target is not [0, -1], or another tensor was touched")
	}
	if n := bytes.Count(graph.encode(), []byte("\x12\x01N")); n != 2 {
		t.Errorf("%d free dimensions, want 2", n)
	}
	if bytes.Contains(graph.encode(), []byte("mid")) {
		t.Error("a hint with the fixed size was kept")
	}
}

func TestRewriteRefusals(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		onnx    []byte
		rewrite string
	}{
		"no message":         {[]byte{0xff}, "prelu"},
		"no graph":           {message{varintField(1, 7)}.encode(), "prelu"},
		"unknown rewrite":    {model(nil), "shrink"},
		"slope no constant":  {model(message{operator("PRelu", []string{"x", "a"}, "y")}), "prelu"},
		"one input":          {model(message{operator("PRelu", []string{"x"}, "y")}), "prelu"},
		"slope of int64":     {model(message{operator("PRelu", []string{"x", "a"}, "y"), shape("a", 1)}), "prelu"},
		"shape of float32":   {model(message{operator("Reshape", []string{"x", "s"}, "y"), tensor("s", 1)}), "batch"},
		"broken initializer": {model(message{operator("Reshape", []string{"x", "s"}, "y"), bytesField(graphInitializer, []byte{0xff})}), "batch"},
	} {
		if _, err := rewriteGraph(tt.onnx, []string{tt.rewrite}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// What is not rewritten is written as it was, byte for byte.
func FuzzGraph(f *testing.F) {
	f.Add(model(message{operator("PRelu", []string{"x", "a"}, "y"), tensor("a", 0.25)}))
	f.Add(model(message{operator("Reshape", []string{"x", "s"}, "y"), shape("s", 1, -1), value(graphInput, "x", 1, 2)}))
	f.Add([]byte{0x3a, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := parse(b); err == nil && !bytes.Equal(m.encode(), b) {
			t.Error("parse and encode changed the message")
		}
		out, err := rewriteGraph(b, []string{"prelu", "batch"})
		if err != nil {
			return
		}
		if _, err := parse(out); err != nil {
			t.Errorf("a rewritten graph does not parse: %v", err)
		}
		again, err := rewriteGraph(out, []string{"prelu", "batch"})
		if err != nil || !bytes.Equal(again, out) {
			t.Errorf("a second rewrite changed something (%v)", err)
		}
	})
}

// archive makes a tarball.
func archive(tb testing.TB, headers ...*tar.Header) []byte {
	tb.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, h := range headers {
		if err := w.WriteHeader(h); err != nil {
			tb.Fatal(err)
		}
		if _, err := w.Write(make([]byte, h.Size)); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func TestExtract(t *testing.T) {
	t.Parallel()
	file := func(name string, size int64) *tar.Header {
		return &tar.Header{Name: name, Size: size, Mode: 0o600, Typeflag: tar.TypeReg}
	}
	want := map[string]int64{"package/a": 3}
	for name, tt := range map[string]struct {
		raw []byte
		ok  bool
	}{
		"right":        {archive(t, file("package/other", 10), file("package/a", 3)), true},
		"missing":      {archive(t, file("package/b", 3)), false},
		"another size": {archive(t, file("package/a", 4)), false},
		"a link":       {archive(t, &tar.Header{Name: "package/a", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}), false},
		"no gzip":      {[]byte("PK"), false},
		"cut":          {archive(t, file("package/a", 3))[:40], false},
	} {
		files, err := extract(bytes.NewReader(tt.raw), want)
		if (err == nil) != tt.ok || tt.ok && len(files["package/a"]) != 3 {
			t.Errorf("%s: %v, %v", name, files, err)
		}
	}
}

func FuzzExtract(f *testing.F) {
	f.Add(archive(f, &tar.Header{Name: "package/a", Size: 3, Mode: 0o600, Typeflag: tar.TypeReg}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		files, err := extract(bytes.NewReader(raw), map[string]int64{"package/a": 3})
		if err == nil && len(files["package/a"]) != 3 {
			t.Error("a file of another size was taken")
		}
	})
}
