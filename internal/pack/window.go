package pack

import (
	"errors"
	"fmt"
)

// maxStep bounds strides, dilations and the sides of kernels.
const maxStep = 1024

// window is how a convolution or a pooling moves over an image: down, then
// across.
type window struct {
	kernel, stride, dilation [2]int
	same                     bool // as many results as fit when the border is padded
}

// read takes padding, strides and dilations from an operator's options, whose
// activation is field activation and whose dilations begin at field dilation,
// or nowhere when that is negative.
func (w *window) read(op *liteOperator, activation, dilation int) error {
	if !op.hasOptions {
		return errors.New("has no options")
	}
	o := op.options
	switch o.byte(0) {
	case litePaddingSame:
		w.same = true
	case litePaddingValid:
	default:
		return errors.New("pads in an unknown way")
	}
	w.stride = [2]int{o.int(2, 0), o.int(1, 0)}
	w.dilation = [2]int{1, 1}
	if dilation >= 0 {
		// The multiplier of a depthwise convolution is left out: the shapes tell it.
		w.dilation = [2]int{o.int(dilation+1, 1), o.int(dilation, 1)}
	}
	if o.byte(activation) != liteNoActivation {
		return errors.New("has an activation")
	}
	for axis := range 2 {
		for _, v := range []int{w.kernel[axis], w.stride[axis], w.dilation[axis]} {
			if v < 1 || v > maxStep {
				return fmt.Errorf("moves by %d, out of 1..%d", v, maxStep)
			}
		}
	}
	return o.err
}

// pads gives the zeros above, left of, below and right of the image, and
// checks that the result has the size it is declared to have.
func (w *window) pads(in, out layout) ([4]int, error) {
	var pads [4]int
	for axis, n := range [2][2]int{{in.height, out.height}, {in.width, out.width}} {
		span := (w.kernel[axis]-1)*w.dilation[axis] + 1
		want := 0
		if w.same {
			want = (n[0] + w.stride[axis] - 1) / w.stride[axis]
			total := max((want-1)*w.stride[axis]+span-n[0], 0)
			pads[axis], pads[axis+2] = total/2, total-total/2
		} else if n[0] >= span {
			want = (n[0]-span)/w.stride[axis] + 1
		}
		if want != n[1] {
			return pads, fmt.Errorf("gives %d places of %d, declared are %d", want, n[0], n[1])
		}
	}
	return pads, nil
}

// permute reorders a tensor's dimensions: dimension k of the result is
// dimension order[k] of the tensor.
func permute(v []float32, dims, order [4]int) []float32 {
	step := [4]int{dims[1] * dims[2] * dims[3], dims[2] * dims[3], dims[3], 1}
	out := make([]float32, 0, len(v))
	for a := range dims[order[0]] {
		for b := range dims[order[1]] {
			for c := range dims[order[2]] {
				for d := range dims[order[3]] {
					out = append(out, v[a*step[order[0]]+b*step[order[1]]+c*step[order[2]]+d*step[order[3]]])
				}
			}
		}
	}
	return out
}
