package pack_test

import (
	"bytes"
	"image"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	ort "github.com/yalue/onnxruntime_go"
	"golang.org/x/image/draw"

	"example.org/osprey/face"
	"example.org/osprey/internal/pack"
	"example.org/osprey/internal/testphoto"
)

// picture is an image of rows, columns and channels, in this order.
type picture struct {
	h, w, c int
	v       []float64
}

func newPicture(h, w, c int) picture { return picture{h, w, c, make([]float64, h*w*c)} }

func (p picture) at(y, x, c int) float64 {
	if y < 0 || y >= p.h || x < 0 || x >= p.w {
		return 0
	}
	return p.v[(y*p.w+x)*p.c+c]
}

// samePad is how far TensorFlow's SAME begins before the first pixel.
func samePad(n, kernel, stride int) int {
	out := (n + stride - 1) / stride
	return max((out-1)*stride+kernel-n, 0) / 2
}

// smallModel is a model with every operator that the importer knows, its input and
// what it must give.
func smallModel() (file []byte, in picture, want []float64) {
	l := newLiteBuilder()
	in = newPicture(7, 6, 2)
	for i := range in.v {
		in.v[i] = float64(l.random.IntN(256)) / 255
	}
	input := l.tensor(0, nil, "image", 1, 7, 6, 2)

	// A convolution by 3x3 with stride 2 and a bias: 7x6x2 to 4x3x4.
	kernel, k := l.half(4, 3, 3, 2)
	bias, b := l.half(4)
	a := newPicture(4, 3, 4)
	top, left := samePad(7, 3, 2), samePad(6, 3, 2)
	for i := range a.v {
		y, x, o := i/12, i/4%3, i%4
		a.v[i] = b[o]
		for j := range 18 {
			dy, dx, c := j/6, j/2%3, j%2
			a.v[i] += k[o*18+j] * in.at(2*y+dy-top, 2*x+dx-left, c)
		}
	}
	ta := l.tensor(0, nil, "", 1, 4, 3, 4)
	l.operator(3, []int{input, kernel, bias}, ta, flatTable{byte(0), 2, 2, byte(0), 1, 1})

	// Slopes for the negative values of each channel.
	slope, s := l.half(1, 1, 4)
	p := newPicture(4, 3, 4)
	for i, v := range a.v {
		p.v[i] = math.Max(v, 0) + s[i%4]*math.Min(v, 0)
	}
	tp := l.tensor(0, nil, "", 1, 4, 3, 4)
	l.operator(54, []int{ta, slope}, tp, nil)

	// Each channel for itself by 3x3, without a bias.
	deep, d := l.half(1, 3, 3, 4)
	e := newPicture(4, 3, 4)
	for i := range e.v {
		y, x, c := i/12, i/4%3, i%4
		for j := range 9 {
			e.v[i] += d[j*4+c] * p.at(y+j/3-1, x+j%3-1, c)
		}
	}
	te := l.tensor(0, nil, "", 1, 4, 3, 4)
	l.operator(4, []int{tp, deep, -1}, te, flatTable{byte(0), 1, 1, 1, byte(0), 1, 1})

	// Two zero channels behind, then the sum with itself.
	pads := l.tensor(2, int32Bytes([]int{0, 0, 0, 0, 0, 0, 0, 2}), "", 4, 2)
	te2 := l.tensor(0, nil, "", 1, 4, 3, 6)
	l.operator(34, []int{te, pads}, te2, nil)
	sum := l.tensor(0, nil, "", 1, 4, 3, 6)
	l.operator(0, []int{te2, te2}, sum, flatTable{byte(0)})

	// The largest of 2x2 with stride 2: 4x3 to 2x2.
	m := newPicture(2, 2, 6)
	for i := range m.v {
		y, x, c := i/12, i/6%2, i%6
		m.v[i] = math.Inf(-1)
		for j := range 4 {
			if yy, xx := 2*y+j/2, 2*x+j%2; yy < 4 && xx < 3 && c < 4 {
				m.v[i] = math.Max(m.v[i], 2*e.at(yy, xx, c))
			} else if yy < 4 && xx < 3 {
				m.v[i] = math.Max(m.v[i], 0)
			}
		}
	}
	tm := l.tensor(0, nil, "", 1, 2, 2, 6)
	l.operator(17, []int{sum}, tm, flatTable{byte(0), 2, 2, 2, 2, byte(0)})

	// A convolution over all that is left: 2x2x6 to 1x1x5.
	last, z := l.half(5, 2, 2, 6)
	out := l.tensor(0, nil, "result", 1, 1, 1, 5)
	l.operator(3, []int{tm, last}, out, flatTable{byte(1), 1, 1, byte(0)})
	for o := range 5 {
		v := 0.0
		for j := range 24 {
			v += z[o*24+j] * m.v[j]
		}
		want = append(want, v)
	}
	return l.file(input, out), in, want
}

// session loads a graph. ONNX Runtime is the pack's.
func session(t *testing.T, graph []byte) *ort.DynamicAdvancedSession {
	t.Helper()
	e, err := face.Open(testphoto.Pack(t), face.Options{Parallel: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	in, out, err := ort.GetInputOutputInfoWithONNXData(graph)
	if err != nil {
		t.Fatal(err)
	}
	names := func(list []ort.InputOutputInfo) (names []string) {
		for _, i := range list {
			names = append(names, i.Name)
		}
		return names
	}
	s, err := ort.NewDynamicAdvancedSessionWithONNXData(graph, names(in), names(out), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Destroy() })
	return s
}

// run gives n outputs for an input.
func run(t *testing.T, s *ort.DynamicAdvancedSession, n int, shape []int64, values []float32) [][]float32 {
	t.Helper()
	in, err := ort.NewTensor(ort.NewShape(shape...), values)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Destroy()
	out := make([]ort.Value, n)
	if err := s.Run([]ort.Value{in}, out); err != nil {
		t.Fatal(err)
	}
	all := make([][]float32, n)
	for i, o := range out {
		all[i] = slices.Clone(o.(*ort.Tensor[float32]).GetData())
		_ = o.Destroy()
	}
	return all
}

// byChannel reorders an image from channels last to channels first.
func byChannel(v []float32, channels int) []float32 {
	plane := len(v) / channels
	out := make([]float32, len(v))
	for i, x := range v {
		out[i%channels*plane+i/channels] = x
	}
	return out
}

func furthest(a, b []float32) float64 {
	most := 0.0
	for i := range a {
		most = math.Max(most, math.Abs(float64(a[i]-b[i])))
	}
	return most
}

// Every operator computes what TensorFlow Lite's description of it says.
func TestImportTFLite(t *testing.T) {
	file, in, want := smallModel()
	values := make([]float32, len(in.v))
	for i, v := range in.v {
		values[i] = float32(v)
	}
	for _, steps := range [][]string{{"tflite"}, {"tflite", "prelu"}} {
		graph, err := pack.RewriteGraph(file, steps)
		if err != nil {
			t.Fatal(err)
		}
		got := run(t, session(t, graph), 1, []int64{1, 2, 7, 6}, byChannel(values, 2))[0]
		for i, w := range want {
			if math.Abs(float64(got[i])-w) > 1e-5*math.Max(1, math.Abs(w)) {
				t.Errorf("%v: value %d is %g, must be %g", steps, i, got[i], w)
			}
		}
	}
}

func TestFromHalf(t *testing.T) {
	t.Parallel()
	for h := range 1 << 16 {
		exponent, fraction := h>>10&0x1f, float64(h&0x3ff)
		want := math.Ldexp(1024+fraction, exponent-25)
		switch {
		case exponent == 0:
			want = math.Ldexp(fraction, -24)
		case exponent == 0x1f && fraction == 0:
			want = math.Inf(1)
		case exponent == 0x1f:
			want = math.NaN()
		}
		if h>>15 == 1 {
			want = -want
		}
		got := float64(pack.FromHalf(uint16(h)))
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) || math.Signbit(got) != (h>>15 == 1) && !math.IsNaN(want) {
			t.Fatalf("half %#04x is %g, must be %g", h, got, want)
		}
	}
}

func TestImportTFLiteRefusals(t *testing.T) {
	t.Parallel()
	one := func(change func(l *liteBuilder) (input, output int)) []byte {
		l := newLiteBuilder()
		return l.file(change(l))
	}
	image := func(l *liteBuilder) int { return l.tensor(0, nil, "in", 1, 4, 4, 2) }
	for name, tt := range map[string]struct {
		file []byte
		want string
	}{
		"no file":    {nil, "not a TensorFlow Lite file"},
		"another":    {flatFile("GLTF", flatTable{3}), "not a TensorFlow Lite file"},
		"version":    {flatFile("TFL3", flatTable{2}), "version 2"},
		"two graphs": {flatFile("TFL3", flatTable{3, nil, []flatTable{{}, {}}}), "2 graphs"},
		"no tensors": {flatFile("TFL3", flatTable{3, nil, []flatTable{{nil, []int{0}, []int{0}}}}), "not there"},
		"no output computed": {one(func(l *liteBuilder) (int, int) {
			return image(l), l.tensor(0, nil, "out", 1, 1, 1, 2)
		}), "nothing has computed"},
		"no image": {one(func(l *liteBuilder) (int, int) { i := l.tensor(0, nil, "in", 4, 4); return i, i }), "no image"},
		"huge": {one(func(l *liteBuilder) (int, int) {
			i := l.tensor(0, nil, "in", 1, 1<<20, 1<<20, 3)
			return i, i
		}), "has the shape"},
		"stride": {one(func(l *liteBuilder) (int, int) {
			in, out := image(l), l.tensor(0, nil, "out", 1, 1, 1, 2)
			l.operator(17, []int{in}, out, flatTable{byte(0), 0, 1, 4, 4, byte(0)})
			return in, out
		}), "moves by 0"},
		"activation": {one(func(l *liteBuilder) (int, int) {
			in, out := image(l), l.tensor(0, nil, "out", 1, 1, 1, 2)
			l.operator(17, []int{in}, out, flatTable{byte(1), 1, 1, 4, 4, byte(1)})
			return in, out
		}), "has an activation"},
		"declared size": {one(func(l *liteBuilder) (int, int) {
			in, out := image(l), l.tensor(0, nil, "out", 1, 2, 1, 2)
			l.operator(17, []int{in}, out, flatTable{byte(1), 1, 1, 4, 4, byte(0)})
			return in, out
		}), "declared are 2"},
		"weights": {one(func(l *liteBuilder) (int, int) {
			in, out := image(l), l.tensor(0, nil, "out", 1, 1, 1, 3)
			kernel, _ := l.half(3, 4, 4, 5)
			l.operator(3, []int{in, kernel}, out, flatTable{byte(1), 1, 1, byte(0)})
			return in, out
		}), "has weights of"},
		"weights computed": {one(func(l *liteBuilder) (int, int) {
			in, out := image(l), l.tensor(0, nil, "out", 1, 1, 1, 1)
			l.operator(3, []int{in, in}, out, flatTable{byte(1), 1, 1, byte(0)})
			return in, out
		}), "not a constant"},
		"data too short": {one(func(l *liteBuilder) (int, int) {
			l.tensor(0, []byte{1, 2, 3, 4}, "", 2)
			in := image(l)
			return in, in
		}), "4 bytes of data for 2 values"},
		"twice": {one(func(l *liteBuilder) (int, int) {
			in, out := image(l), l.tensor(0, nil, "out", 1, 4, 4, 2)
			l.operator(0, []int{in, in}, out, nil)
			l.operator(0, []int{in, in}, out, nil)
			return in, out
		}), "there already"},
		"output no vector": {one(func(l *liteBuilder) (int, int) { i := image(l); return i, i }), "one place"},
	} {
		if _, err := pack.RewriteGraph(tt.file, []string{"tflite"}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

// Whatever the bytes are, the importer gives a graph that parses, or an error.
func FuzzImportTFLite(f *testing.F) {
	file, _, _ := smallModel()
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add(flatFile("TFL3", flatTable{3, nil, []flatTable{{}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		graph, err := pack.RewriteGraph(b, []string{"tflite", "prelu"})
		if err != nil {
			return
		}
		again, err := pack.RewriteGraph(b, []string{"tflite", "prelu"})
		if err != nil || !bytes.Equal(graph, again) {
			t.Errorf("a second import differs (%v)", err)
		}
	})
}

// The mesh of the installed pack gives the recorded values for a grey image.
func TestMeshValues(t *testing.T) {
	graph, err := os.ReadFile(filepath.Join(testphoto.Pack(t), "face_mesh", "model.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	grey := make([]float32, 3*192*192)
	for i := range grey {
		grey[i] = 0.5
	}
	out := run(t, session(t, graph), 2, []int64{1, 3, 192, 192}, grey)
	if len(out[0]) != 1404 || len(out[1]) != 1 {
		t.Fatalf("outputs of %d and %d values", len(out[0]), len(out[1]))
	}
	got := []float32{out[0][0], out[0][1], out[0][2], out[0][1401], out[0][1402], out[0][1403], out[1][0]}
	want := []float32{96.39931, 116.64149, -14.996187, 142.34021, 72.68518, 8.389874, -11.913183}
	if furthest(got, want) > 1e-3 {
		t.Errorf("values %v, recorded are %v", got, want)
	}
}

// Another conversion of the same file, made with other tools, gives the same
// points on real faces.
func TestDataMeshParity(t *testing.T) {
	path := filepath.Join(filepath.Dir(testphoto.Data(t)), "models-optional", "mediapipe_face_landmark_468.onnx")
	reference, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		t.Skipf("SKIPPED: %s is not here; this test compares with that conversion", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	graph, err := os.ReadFile(filepath.Join(testphoto.Pack(t), "face_mesh", "model.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := session(t, graph), session(t, reference)
	crops := faceCrops(t)
	worst, present := 0.0, 0
	for _, crop := range crops {
		a := run(t, ours, 2, []int64{1, 3, 192, 192}, byChannel(crop, 3))
		b := run(t, theirs, 2, []int64{1, 192, 192, 3}, crop)
		worst = math.Max(worst, math.Max(furthest(a[0], b[0]), furthest(a[1], b[1])))
		if a[1][0] > 0 {
			present++
		}
	}
	t.Logf("%d crops, a face present in %d of them, largest difference %.2g pixels", len(crops), present, worst)
	if worst > 1e-3 {
		t.Errorf("largest difference %g pixels, must be at most 1e-3", worst)
	}
	if len(crops) < 20 || present < len(crops)*9/10 {
		t.Errorf("a face in %d of %d crops: no good photographs to compare on", present, len(crops))
	}
}

// faceCrops gives squares of 1.35 boxes around the faces of test photographs,
// red, green and blue of 0 to 1, channels last.
func faceCrops(t *testing.T) (crops [][]float32) {
	t.Helper()
	e, err := face.Open(testphoto.Pack(t), face.Options{Parallel: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, person := range testphoto.Mated(t) {
		for _, photo := range person.Photos {
			img := photo.Image(t)
			found, err := e.Detect(t.Context(), img)
			if err != nil || len(found) == 0 {
				t.Fatalf("%s: %d faces, %v", photo.Name, len(found), err)
			}
			box, center := found[0].Box, found[0].Box.Center()
			half := 1.35 * math.Max(box.Width(), box.Height()) / 2
			part := image.Rect(int(center.X-half), int(center.Y-half), int(center.X+half), int(center.Y+half))
			small := image.NewRGBA(image.Rect(0, 0, 192, 192))
			draw.BiLinear.Scale(small, small.Rect, img, part, draw.Src, nil)
			crop := make([]float32, 0, 3*192*192)
			for i := range 192 * 192 {
				for c := range 3 {
					crop = append(crop, float32(small.Pix[4*i+c])/255)
				}
			}
			crops = append(crops, crop)
		}
	}
	return crops
}
