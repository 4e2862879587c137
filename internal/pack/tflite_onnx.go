package pack

import (
	"errors"
	"fmt"
	"slices"
)

// importTFLite turns a TensorFlow Lite model into an ONNX model that computes
// the same. Images go in as 1 x channels x height x width where the original
// takes 1 x height x width x channels, every output is a vector [1, n], and
// constants are float32. An operator that the importer does not know is an
// error.
func importTFLite(b []byte) ([]byte, error) {
	lite, err := readTFLite(b)
	if err != nil {
		return nil, err
	}
	im := &importer{lite: lite, names: map[int]string{}, constants: map[string]bool{}}
	if err := im.run(); err != nil {
		return nil, err
	}
	return onnxModel(im.graph), nil
}

// importer writes an ONNX graph.
type importer struct {
	lite      *liteModel
	graph     message
	names     map[int]string  // names of the tensors that are computed so far
	constants map[string]bool // initializers written so far
	values    int             // in them
}

func (im *importer) run() error {
	if len(im.lite.inputs) != 1 {
		return fmt.Errorf("has %d inputs, must have one", len(im.lite.inputs))
	}
	input := im.lite.inputs[0]
	shape, err := im.image(input)
	if err != nil {
		return fmt.Errorf("input: %w", err)
	}
	im.names[input] = "input"
	im.graph = append(im.graph, onnxValue(graphInput, "input", 1, shape.channels, shape.height, shape.width))
	if err := im.widen(); err != nil {
		return err
	}
	for i := range im.lite.operators {
		if err := im.operator(&im.lite.operators[i]); err != nil {
			return fmt.Errorf("operator %d: %w", i, err)
		}
	}
	return im.finish()
}

// widen gives every tensor that is a constant of float16 made float32 the
// constant's data, so that it is a constant itself.
func (im *importer) widen() error {
	for i, op := range im.lite.operators {
		if op.code != liteDequant {
			continue
		}
		if len(op.inputs) != 1 || op.inputs[0] < 0 || len(op.outputs) != 1 {
			return fmt.Errorf("operator %d: takes one tensor and gives one", i)
		}
		from, to := &im.lite.tensors[op.inputs[0]], &im.lite.tensors[op.outputs[0]]
		if from.data == nil || from.kind != liteFloat16 || to.kind != liteFloat32 || to.data != nil || !slices.Equal(from.shape, to.shape) {
			return fmt.Errorf("operator %d: only widens constants of float16", i)
		}
		to.kind, to.data = from.kind, from.data
	}
	return nil
}

// operator writes what one operator computes.
func (im *importer) operator(op *liteOperator) error {
	switch op.code {
	case liteDequant:
		return nil
	case liteConv, liteDepthwise:
		return im.conv(op)
	case liteMaxPool:
		return im.maxPool(op)
	case litePRelu:
		return im.prelu(op)
	case litePad:
		return im.pad(op)
	case liteAdd:
		return im.add(op)
	}
	return fmt.Errorf("is of the unknown kind %d", op.code)
}

// layout is the shape of an image: height x width x channels.
type layout struct{ height, width, channels int }

// image gives the shape of a tensor that is a single image.
func (im *importer) image(i int) (layout, error) {
	s := im.lite.tensors[i].shape
	if len(s) != 4 || s[0] != 1 || im.lite.tensors[i].kind != liteFloat32 {
		return layout{}, fmt.Errorf("tensor %d is no image of float32", i)
	}
	return layout{s[1], s[2], s[3]}, nil
}

// pass gives the first input of an operator and its output, both images, and
// the input's name. The operator has as many inputs as count says, or fewer
// by at most the optional ones.
func (im *importer) pass(op *liteOperator, count, optional int) (name string, in, out layout, err error) {
	if n := len(op.inputs); n > count || n < count-optional || len(op.outputs) != 1 {
		return "", in, out, fmt.Errorf("has %d inputs and %d outputs", len(op.inputs), len(op.outputs))
	}
	for _, i := range op.inputs[:count-optional] {
		if i < 0 {
			return "", in, out, errors.New("leaves out an input")
		}
	}
	if name, err = im.computed(op.inputs[0]); err != nil {
		return "", in, out, err
	}
	if in, err = im.image(op.inputs[0]); err != nil {
		return "", in, out, err
	}
	out, err = im.image(op.outputs[0])
	return name, in, out, err
}

// computed gives the name of a tensor that an operator before has given.
func (im *importer) computed(i int) (string, error) {
	name, ok := im.names[i]
	if !ok {
		return "", fmt.Errorf("takes tensor %d, which nothing has computed yet", i)
	}
	return name, nil
}

// emit writes an operator whose result is tensor i.
func (im *importer) emit(i int, kind string, in []string, attributes ...field) error {
	if _, ok := im.names[i]; ok || im.lite.tensors[i].data != nil {
		return fmt.Errorf("gives tensor %d, which is there already", i)
	}
	im.names[i] = fmt.Sprintf("t%d", i)
	im.graph = append(im.graph, operator(kind, in, im.names[i], attributes...))
	return nil
}

// constant writes a constant of float32 unless it is there, and gives its
// name, which says where it is used: dims may differ from one use to another.
func (im *importer) constant(i int, use string, dims []int, change func([]float32) []float32) (string, error) {
	name := fmt.Sprintf("t%d_%s", i, use)
	if im.constants[name] {
		return name, nil
	}
	t := &im.lite.tensors[i]
	if im.values += t.size(); im.values > maxLiteValues {
		return "", fmt.Errorf("needs more than %d values of constants", maxLiteValues)
	}
	values, err := t.floats()
	if err != nil {
		return "", err
	}
	if change != nil {
		values = change(values)
	}
	im.constants[name] = true
	im.graph = append(im.graph, onnxFloats(name, dims, values))
	return name, nil
}

// conv writes a convolution, each channel for itself where it is depthwise.
// Fields of the options: padding, stride across, stride down, then for a
// depthwise one the channels' multiplier, activation, dilation across, down.
func (im *importer) conv(op *liteOperator) error {
	name, in, out, err := im.pass(op, 3, 1)
	if err != nil {
		return err
	}
	weights := &im.lite.tensors[op.inputs[1]]
	if len(weights.shape) != 4 {
		return errors.New("has weights that are not of four dimensions")
	}
	depthwise := op.code == liteDepthwise
	o, h, w, i := weights.shape[0], weights.shape[1], weights.shape[2], weights.shape[3]
	order, dims, group, rest := [4]int{0, 3, 1, 2}, []int{o, i, h, w}, 1, 3
	fits := o == out.channels && i == in.channels
	if depthwise {
		order, dims, group, rest = [4]int{3, 0, 1, 2}, []int{i, 1, h, w}, in.channels, 4
		fits = o == 1 && i == out.channels && i%in.channels == 0
	}
	if !fits {
		return fmt.Errorf("has weights of %v for %d channels to %d", weights.shape, in.channels, out.channels)
	}
	move := window{kernel: [2]int{h, w}}
	if err := move.read(op, rest, rest+1); err != nil {
		return err
	}
	pads, err := move.pads(in, out)
	if err != nil {
		return err
	}
	kernel, err := im.constant(op.inputs[1], "weights", dims, func(v []float32) []float32 {
		return permute(v, [4]int{o, h, w, i}, order)
	})
	if err != nil {
		return err
	}
	inputs := []string{name, kernel}
	if len(op.inputs) == 3 && op.inputs[2] >= 0 {
		if n := im.lite.tensors[op.inputs[2]].size(); n != out.channels {
			return fmt.Errorf("has a bias of %d values for %d channels", n, out.channels)
		}
		bias, err := im.constant(op.inputs[2], "bias", []int{out.channels}, nil)
		if err != nil {
			return err
		}
		inputs = append(inputs, bias)
	}
	return im.emit(op.outputs[0], "Conv", inputs, attributeInt("group", group), attributeInts("kernel_shape", h, w),
		attributeInts("pads", pads[:]...), attributeInts("strides", move.stride[:]...), attributeInts("dilations", move.dilation[:]...))
}

// maxPool writes the largest of each window. Fields of the options: padding,
// stride across, stride down, width, height, activation.
func (im *importer) maxPool(op *liteOperator) error {
	name, in, out, err := im.pass(op, 1, 0)
	if err != nil {
		return err
	}
	if in.channels != out.channels {
		return errors.New("changes the number of channels")
	}
	var move window
	if op.hasOptions {
		move.kernel = [2]int{op.options.int(4, 0), op.options.int(3, 0)}
	}
	if err := move.read(op, 5, -1); err != nil {
		return err
	}
	pads, err := move.pads(in, out)
	if err != nil {
		return err
	}
	return im.emit(op.outputs[0], "MaxPool", []string{name}, attributeInts("kernel_shape", move.kernel[:]...),
		attributeInts("pads", pads[:]...), attributeInts("strides", move.stride[:]...))
}

// prelu writes x where it is positive and a multiple of it elsewhere, one for
// each channel.
func (im *importer) prelu(op *liteOperator) error {
	name, in, out, err := im.pass(op, 2, 0)
	if err != nil {
		return err
	}
	slope := &im.lite.tensors[op.inputs[1]]
	if in != out || slope.size() != in.channels || len(slope.shape) == 0 || slope.shape[len(slope.shape)-1] != in.channels {
		return fmt.Errorf("has slopes of %v for %d channels", slope.shape, in.channels)
	}
	slopes, err := im.constant(op.inputs[1], "slope", []int{in.channels, 1, 1}, nil)
	if err != nil {
		return err
	}
	return im.emit(op.outputs[0], "PRelu", []string{name, slopes})
}

// pad writes zeros around an image or behind its channels.
func (im *importer) pad(op *liteOperator) error {
	name, in, out, err := im.pass(op, 2, 0)
	if err != nil {
		return err
	}
	p, err := im.lite.tensors[op.inputs[1]].int32s()
	if err != nil {
		return err
	}
	if !slices.Equal(im.lite.tensors[op.inputs[1]].shape, []int{4, 2}) || slices.Min(p) < 0 || slices.Max(p) > maxLiteValues || p[0] != 0 || p[1] != 0 {
		return errors.New("does not say how much to pad each dimension of one image")
	}
	if (layout{in.height + p[2] + p[3], in.width + p[4] + p[5], in.channels + p[6] + p[7]}) != out {
		return errors.New("gives another shape than it says")
	}
	pads := fmt.Sprintf("t%d_pads", op.outputs[0])
	im.graph = append(im.graph, onnxInts(pads, 0, p[6], p[2], p[4], 0, p[7], p[3], p[5]))
	return im.emit(op.outputs[0], "Pad", []string{name, pads})
}

// add writes the sum of two images of one shape.
func (im *importer) add(op *liteOperator) error {
	name, in, out, err := im.pass(op, 2, 0)
	if err != nil {
		return err
	}
	other, err := im.computed(op.inputs[1])
	if err != nil {
		return err
	}
	second, err := im.image(op.inputs[1])
	if err != nil {
		return err
	}
	if in != out || in != second {
		return errors.New("adds images of different shapes")
	}
	if op.hasOptions && op.options.byte(0) != liteNoActivation {
		return errors.New("has an activation")
	}
	return im.emit(op.outputs[0], "Add", []string{name, other})
}

// finish writes the outputs, under the names they have in the file.
func (im *importer) finish() error {
	taken := map[string]bool{"input": true}
	for _, i := range im.lite.outputs {
		from, err := im.computed(i)
		if err != nil {
			return fmt.Errorf("output: %w", err)
		}
		shape, err := im.image(i)
		if err != nil {
			return fmt.Errorf("output: %w", err)
		}
		name := im.lite.tensors[i].name
		if shape.height != 1 || shape.width != 1 || name == "" || taken[name] {
			return fmt.Errorf("output: tensor %d has the name %q and %dx%d places, must have a name of its own and one place", i, name, shape.height, shape.width)
		}
		taken[name] = true
		im.graph = append(im.graph, operator("Flatten", []string{from}, name), onnxValue(graphOutput, name, 1, shape.channels))
	}
	return nil
}
