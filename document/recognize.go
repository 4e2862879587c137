package document

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"example.org/osprey/face"
)

// alphabet are the characters of an MRZ; their places in it number the
// columns of a strip's probabilities, and the blank's is after them.
const (
	alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
	letters  = len(alphabet)
	blank    = letters
)

// strip is what the recogniser sees in one line: for each step from left to
// right the probabilities of the alphabet's characters and of the blank,
// which sum to 1.
type strip [][letters + 1]float32

// ocr runs the two models of text.
type ocr struct {
	engine       engine
	boxes, lines face.Input
	classes      []int8 // class of the recogniser -> place in the alphabet, blank, or -1
}

// engine is what is needed of *face.Engine.
type engine interface {
	Run(ctx context.Context, t face.Task, shape []int, input []float32) ([]face.Tensor, error)
}

// high is the height of the recogniser's input; stepWidth is how many of its
// columns give one step.
const (
	high      = 48
	stepWidth = 8
)

func newOCR(e *face.Engine) (*ocr, error) {
	o := &ocr{engine: e}
	var dictionary string
	for _, m := range e.Models() {
		switch m.Task {
		case face.TaskTextBoxes:
			o.boxes = m.Input
		case face.TaskTextLines:
			o.lines, dictionary = m.Input, m.Output.Dictionary
		}
	}
	for _, t := range []face.Task{face.TaskTextBoxes, face.TaskTextLines} {
		if !e.Has(t) {
			return nil, fmt.Errorf("document: %w", &face.NoModelError{Task: t})
		}
	}
	if len(o.boxes.Mean) != 3 || len(o.lines.Mean) != 3 || len(o.lines.Shape) != 4 || o.lines.Shape[2] != high {
		return nil, errors.New("document: the pack's models of text are fed in a way that this version does not know")
	}
	data, err := e.File(dictionary)
	if err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	o.classes, err = classes(data)
	return o, err
}

// classes reads the dictionary, one character a line: class 0 is the blank,
// the dictionary follows, then the space. Characters that are only another
// writing of one of the MRZ's count as it.
func classes(dictionary []byte) ([]int8, error) {
	out := []int8{int8(blank)}
	found := 0
	for _, line := range bytes.Split(bytes.TrimSuffix(dictionary, []byte("\n")), []byte("\n")) {
		r, _ := utf8.DecodeRune(bytes.TrimSuffix(line, []byte("\r")))
		k := -1
		switch {
		case r >= 'a' && r <= 'z':
			k = strings.IndexRune(alphabet, r-'a'+'A')
		case strings.ContainsRune("〈《‹«＜く", r):
			k = letters - 1
		case r < utf8.RuneSelf:
			k = strings.IndexRune(alphabet, r)
			if k >= 0 {
				found++
			}
		}
		out = append(out, int8(k))
	}
	if found != letters {
		return nil, fmt.Errorf("document: the recogniser's dictionary has %d of the %d characters of an MRZ", found, letters)
	}
	return append(out, int8(blank)), nil
}

func three(v []float32) [3]float32 { return [3]float32{v[0], v[1], v[2]} }

// read recognises a row of the raster.
func (o *ocr) read(ctx context.Context, r *raster, line row) (strip, error) {
	f, w := line.frame()
	input := r.draw(f, w, high, three(o.lines.Mean), three(o.lines.Scale), o.lines.Color == "BGR")
	out, err := o.engine.Run(ctx, face.TaskTextLines, []int{1, 3, high, w}, input)
	if err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	if len(out) != 1 || len(out[0].Shape) != 3 || out[0].Shape[2] != len(o.classes) {
		return nil, errors.New("document: the recogniser's output does not fit its dictionary")
	}
	return o.fold(out[0]), nil
}

// frame lays the recogniser's input over the row.
func (r row) frame() (frame, int) {
	l := r.length()
	w := int(math.Round(l/r.high*high/32)) * 32
	w = min(max(w, 64), 2560)
	right := face.Point{X: (r.to.X - r.from.X) / float64(w), Y: (r.to.Y - r.from.Y) / float64(w)}
	s := r.high / high / l
	down := face.Point{X: -(r.to.Y - r.from.Y) * s, Y: (r.to.X - r.from.X) * s}
	return frame{
		origin: face.Point{X: r.from.X - high/2*down.X, Y: r.from.Y - high/2*down.Y}, right: right, down: down,
	}, w
}

// fold sums the classes into the alphabet. What the recogniser gives to
// others, it does not know: that is spread evenly.
func (o *ocr) fold(t face.Tensor) strip {
	n := t.Shape[2]
	out := make(strip, len(t.Values)/n)
	for i := range out {
		var other float32
		for k, p := range t.Values[i*n : (i+1)*n] {
			switch c := o.classes[k]; {
			case c >= 0:
				out[i][c] += p
			default:
				other += p
			}
		}
		for k := range letters {
			out[i][k] += other / float32(letters)
		}
	}
	return out
}

// view is a look of the text detector: which part of the raster it sees, at
// which angle, in how many pixels.
type view struct {
	frame
	w, h int
}

// newView lays a view of w by h pixels of the raster, turned by radians
// clockwise around its middle, over an input with the given longer side.
func newView(centre face.Point, w, h, radians float64, longest int) view {
	s := max(w, h) / float64(longest)
	v := view{w: multiple(w / s), h: multiple(h / s)}
	sin, cos := math.Sincos(radians)
	v.right, v.down = face.Point{X: s * cos, Y: s * sin}, face.Point{X: -s * sin, Y: s * cos}
	x, y := float64(v.w)/2, float64(v.h)/2
	v.origin = face.Point{X: centre.X - x*v.right.X - y*v.down.X, Y: centre.Y - x*v.right.Y - y*v.down.Y}
	return v
}

// multiple rounds to a side that the detector takes.
func multiple(side float64) int { return max(32, int(math.Round(side/32))*32) }

// find gives the pieces of text of a view, in pixels of the raster.
func (o *ocr) find(ctx context.Context, r *raster, v view) ([]box, error) {
	input := r.draw(v.frame, v.w, v.h, three(o.boxes.Mean), three(o.boxes.Scale), o.boxes.Color == "BGR")
	out, err := o.engine.Run(ctx, face.TaskTextBoxes, []int{1, 3, v.h, v.w}, input)
	if err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	if len(out) != 1 || len(out[0].Values) != v.w*v.h {
		return nil, errors.New("document: the text detector's map does not have its input's size")
	}
	found := pieces(out[0].Values, v.w, v.h)
	s := v.step()
	for i, b := range found {
		u := face.Point{X: (b.along.X*v.right.X + b.along.Y*v.down.X) / s, Y: (b.along.X*v.right.Y + b.along.Y*v.down.Y) / s}
		found[i] = box{v.at(b.centre.X, b.centre.Y), forward(u), b.length * s, b.high * s}
	}
	return found, nil
}
