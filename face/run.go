package face

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	ort "github.com/yalue/onnxruntime_go"
)

// Tensor is what a model gives: Values holds the product of Shape numbers,
// the last dimension the fastest.
type Tensor struct {
	Shape  []int
	Values []float32
}

// MaxRunValues bounds the input of Run: 8 Mi values, a picture of 1,672 by
// 1,672 pixels of three channels.
const MaxRunValues = 8 << 20

// Run runs a further model of the pack on an input of the given shape, for
// packages that bring their own decoding. The input holds what the model is
// fed (mean and scale of its manifest are the caller's to apply), as many
// values as shape says and at most MaxRunValues; where the manifest fixes a
// dimension the shape must agree. The result is the outputs in the manifest's
// order. A pack without such a model gives a *NoModelError.
//
// The call takes its turn among the engine's others (see Options.Parallel).
// What the model needs inside grows with the input and is freed afterwards; after
// a large one it is also returned to the system.
func (e *Engine) Run(ctx context.Context, t Task, shape []int, input []float32) ([]Tensor, error) {
	if len(e.further[t]) == 0 {
		return nil, &NoModelError{Task: t}
	}
	f := e.further[t][0]
	if err := f.manifest.Input.fits(shape, MaxRunValues); err != nil {
		return nil, fmt.Errorf("face: the input of %s %w", f.manifest.Name, err)
	}
	if n := product(shape); n != len(input) {
		return nil, fmt.Errorf("face: the input of %s has %d values, its shape %v wants %d", f.manifest.Name, len(input), shape, n)
	}
	l, err := e.take(ctx)
	if err != nil {
		return nil, err
	}
	defer e.put(l)
	s, err := e.session(f)
	if err != nil {
		return nil, err
	}
	if len(input) >= largeRun {
		defer giveBack()
	}
	return s.runOnce(shape, input)
}

// fits tells whether an input of the shape may be fed.
func (in Input) fits(shape []int, most int) error {
	if len(shape) != len(in.Shape) {
		return fmt.Errorf("has %d dimensions, must have %d", len(shape), len(in.Shape))
	}
	size := 1
	for i, d := range shape {
		want := in.Shape[i]
		if want != 0 && d != want {
			return fmt.Errorf("has %d in dimension %d, must be %d", d, i, want)
		}
		if d < 1 || d > most/size {
			return fmt.Errorf("has a shape of more than %d values or none", most)
		}
		size *= d
	}
	return nil
}

// File gives a file that lies beside a model in the pack and is neither its
// graph nor its manifest: a dictionary, say. Its name is the path inside the
// pack. The bytes were checked and read by Open and must not be changed.
func (e *Engine) File(name string) ([]byte, error) {
	data, ok := e.pack.extras[name]
	if !ok {
		return nil, &PackError{Dir: e.pack.Dir, File: name, Problem: "is not among the further files of the pack's models"}
	}
	return data, nil
}

// runOnce runs the model on an input of any shape, with tensors made for
// this call.
func (s *session) runOnce(shape []int, input []float32) ([]Tensor, error) {
	var pin runtime.Pinner
	defer pin.Unpin()
	pin.Pin(&input[0])
	in, err := ort.NewTensor(ort.NewShape(int64s(shape)...), input)
	if err != nil {
		return nil, fmt.Errorf("face: tensor for %s: %w", s.manifest.Name, err)
	}
	defer in.Destroy() //nolint:errcheck // releases memory, cannot fail
	outputs := make([]ort.Value, len(s.manifest.Output.Names))
	start := time.Now()
	err = s.ort.Run([]ort.Value{in}, outputs)
	s.count(start)
	defer func() {
		for _, o := range outputs {
			if o != nil {
				_ = o.Destroy()
			}
		}
	}()
	if err != nil {
		return nil, fmt.Errorf("face: run %s: %w", s.manifest.Name, err)
	}
	result := make([]Tensor, len(outputs))
	for i, o := range outputs {
		t, ok := o.(*ort.Tensor[float32])
		if !ok {
			return nil, fmt.Errorf("face: %s gives no float32 values as output %s", s.manifest.Name, s.manifest.Output.Names[i])
		}
		result[i].Values = slices.Clone(t.GetData())
		for _, d := range t.GetShape() {
			result[i].Shape = append(result[i].Shape, int(d))
		}
	}
	return result, nil
}
