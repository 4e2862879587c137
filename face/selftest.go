package face

import (
	"errors"
	"fmt"
)

// Patterns of a self-test.
const (
	patternNoise = ""     // a ramp from left to right with noise on it
	patternBars  = "bars" // dark strokes on a light ground, for models that look for text
)

// shape gives the input's dimensions of the self-test: its own where it has
// one, else the model's.
func (t SelfTest) shape(in Input) []int {
	if len(t.Shape) > 0 {
		return t.Shape
	}
	return in.Shape
}

// check refuses a self-test that does not fit the model: a shape that differs
// from the model's where that is fixed, places outside the outputs.
func (t SelfTest) check(in Input, out Output) error {
	if t.Pattern != patternNoise && t.Pattern != patternBars {
		return fmt.Errorf("has a self-test with the unknown pattern %q", t.Pattern)
	}
	if len(t.Values) == 0 {
		return nil
	}
	shape := t.shape(in)
	if len(shape) != len(in.Shape) {
		return errors.New("has a self-test whose shape is no input of the model")
	}
	size := 1
	for i, d := range shape {
		if d < 1 || d > maxDimension || in.Shape[i] != 0 && d != in.Shape[i] {
			return errors.New("has a self-test whose shape is no input of the model")
		}
		if size *= d; size > maxTensorSize/4 {
			return errors.New("has a self-test that is too large")
		}
	}
	if len(t.Places) != 0 && len(t.Places) != len(t.Values) {
		return fmt.Errorf("has a self-test of %d values at %d places", len(t.Values), len(t.Places))
	}
	total := 0
	for _, n := range out.Sizes {
		if n == 0 { // not known in advance: the run itself will tell
			total = maxTensorSize / 4
		}
		total += n
	}
	for _, p := range t.Places {
		if p < 0 || p >= total {
			return fmt.Errorf("has a self-test that looks at place %d of %d", p, total)
		}
	}
	return nil
}

// fill writes the test's pattern of pixels 0..255 into a tensor of its shape,
// through the model's own mean and scale.
func (t SelfTest) fill(tensor []float32, in Input) {
	shape := t.shape(in)
	height, width := shape[2], shape[3]
	plane := height * width
	state := uint32(1)
	for i := range tensor {
		c := i / plane
		var pixel float32
		if t.Pattern == patternBars {
			pixel = barsPixel(i%width, i%plane/width, height)
		} else {
			state = state*1664525 + 1013904223
			pixel = 64 + 128*float32(i%width)/float32(width) + float32(state>>24)/4
		}
		tensor[i] = (pixel - in.Mean[c]) / in.Scale[c]
	}
}

// barsPixel is a light ground with, in its middle half, squares of three
// pixels of which five in eight are dark, in an order that looks random.
func barsPixel(x, y, height int) float32 {
	const light, dark, cell = 230, 30, 3
	if y < height/4 || y >= height-height/4 {
		return light
	}
	mixed := uint32(x/cell)*1664525 + uint32(y/cell)*22695477 + 1013904223
	mixed ^= mixed >> 15
	mixed *= 2246822519
	if mixed>>30 == 0 || mixed>>31 == 1 {
		return dark
	}
	return light
}

// sample takes the values to compare out of the model's outputs: those at
// Places of the concatenated outputs, or as many as Values at evenly spaced
// ones.
func (t SelfTest) sample(outputs [][]float32) ([]float32, error) {
	var all []float32
	for _, o := range outputs {
		all = append(all, o...)
	}
	n := len(t.Values)
	values := make([]float32, n)
	for i := range values {
		place := (2*i + 1) * len(all) / (2 * n)
		if len(t.Places) > 0 {
			place = t.Places[i]
		}
		if place >= len(all) {
			return nil, fmt.Errorf("the model gives %d values, the test looks at place %d", len(all), place)
		}
		values[i] = all[place]
	}
	return values, nil
}

// compare tells whether outputs are the known ones, within 1e-3 of each value
// or, for values below 1, within 1e-3.
func (t SelfTest) compare(outputs [][]float32) error {
	got, err := t.sample(outputs)
	if err != nil {
		return err
	}
	const tolerance = 1e-3
	for i, want := range t.Values {
		if !(abs32(got[i]-want) <= tolerance*max(1, abs32(want))) {
			return fmt.Errorf("value %d is %g, must be %g", i, got[i], want)
		}
	}
	return nil
}
