package face

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	ort "github.com/yalue/onnxruntime_go"
)

// session is one model, loaded once and run by every lane. ONNX Runtime
// sessions may be run by several threads at a time.
type session struct {
	manifest ModelManifest
	ort      *ort.DynamicAdvancedSession
	tables   [3]*[256]float32 // pixel -> input value, for red, green and blue (or grey)
	shapes   [][]int64        // of the outputs, where prove has found them
	runs     atomic.Int64
	nanos    atomic.Int64
}

// newSession loads a model. One thread inside a call and no spinning: with
// one call a core this gives the most calls a second, and idle threads leave
// the cores to others.
func newSession(m ModelManifest, graph []byte) (*session, error) {
	opts, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("face: %w", err)
	}
	defer opts.Destroy() //nolint:errcheck // releases memory, cannot fail
	if m.Task.FreeShape() {
		// Every size of input would leave its own blocks behind in an arena.
		err = errors.Join(opts.SetCpuMemArena(false), opts.SetMemPattern(false))
		if err != nil {
			return nil, fmt.Errorf("face: session options: %w", err)
		}
	}
	err = errors.Join(
		opts.SetIntraOpNumThreads(1),
		opts.SetInterOpNumThreads(1),
		opts.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"),
		opts.AddSessionConfigEntry("session.inter_op.allow_spinning", "0"),
		opts.SetGraphOptimizationLevel(ort.GraphOptimizationLevelEnableAll),
		opts.SetLogSeverityLevel(ort.LoggingLevelError),
	)
	if err != nil {
		return nil, fmt.Errorf("face: session options: %w", err)
	}
	s, err := ort.NewDynamicAdvancedSessionWithONNXData(graph, []string{m.Input.Name}, m.Output.Names, opts)
	if err != nil {
		return nil, fmt.Errorf("face: load %s: %w", m.Name, err)
	}
	return &session{manifest: m, ort: s, tables: inputTables(m.Input)}, nil
}

// inputTables gives, for each channel of a pixel, the value that the model
// is fed for 0..255. The manifest lists mean and scale in the model's order.
func inputTables(in Input) [3]*[256]float32 {
	var tables [3]*[256]float32
	for c := range in.Mean {
		t := new([256]float32)
		for v := range t {
			t[v] = (float32(v) - in.Mean[c]) / in.Scale[c]
		}
		if in.Color == "BGR" {
			tables[2-c] = t
		} else {
			tables[c] = t
		}
	}
	return tables
}

// slot is the memory in which one lane runs one model: the tensors are made
// once and reused by every call.
type slot struct {
	session *session
	in      []float32   // the input's values
	out     [][]float32 // each output's values
	inputs  []ort.Value
	outputs []ort.Value
	pin     runtime.Pinner
}

func newSlot(s *session) (*slot, error) {
	k := &slot{session: s}
	shape := make([]int64, len(s.manifest.Input.Shape))
	size := 1
	for i, d := range s.manifest.Input.Shape {
		shape[i] = int64(d)
		size *= d
	}
	k.in = make([]float32, size)
	in, err := k.tensor(shape, k.in)
	if err != nil {
		return nil, err
	}
	k.inputs = []ort.Value{in}
	for i, n := range s.manifest.Output.Sizes {
		values := make([]float32, n)
		out, err := k.tensor(s.outputShape(i), values)
		if err != nil {
			k.close()
			return nil, err
		}
		k.out = append(k.out, values)
		k.outputs = append(k.outputs, out)
	}
	return k, nil
}

// outputShape gives the shape in which ONNX Runtime wants output i.
func (s *session) outputShape(i int) []int64 {
	n := int64(s.manifest.Output.Sizes[i])
	switch {
	case s.shapes != nil:
		return s.shapes[i]
	case s.manifest.Output.Decoding == "corners" && i == 0:
		return []int64{1, n / 2, 2}
	case s.manifest.Output.Decoding == "corners":
		return []int64{1, n / 4, 4}
	}
	return []int64{1, n}
}

// tensor wraps Go memory, pinned because ONNX Runtime keeps its address
// between calls.
func (k *slot) tensor(shape []int64, values []float32) (ort.Value, error) {
	k.pin.Pin(&values[0])
	t, err := ort.NewTensor(ort.NewShape(shape...), values)
	if err != nil {
		return nil, fmt.Errorf("face: tensor for %s: %w", k.session.manifest.Name, err)
	}
	return t, nil
}

// run computes the outputs from the inputs.
func (k *slot) run() error {
	start := time.Now()
	err := k.session.ort.Run(k.inputs, k.outputs)
	k.session.count(start)
	if err != nil {
		return fmt.Errorf("face: run %s: %w", k.session.manifest.Name, err)
	}
	return nil
}

// count adds a run that began at start to the session's figures.
func (s *session) count(start time.Time) {
	s.nanos.Add(int64(time.Since(start)))
	s.runs.Add(1)
}

func (k *slot) close() {
	for _, v := range append(k.inputs, k.outputs...) {
		_ = v.Destroy()
	}
	k.inputs, k.outputs = nil, nil
	k.pin.Unpin()
}

// selfTest runs the fixed pattern and compares with the manifest: a library,
// a processor or a graph that computes something else is found before it
// judges anybody.
func (k *slot) selfTest() error {
	m := k.session.manifest
	if len(m.SelfTest.Values) == 0 {
		return nil
	}
	m.SelfTest.fill(k.in, m.Input)
	if err := k.run(); err != nil {
		return err
	}
	if err := m.SelfTest.compare(k.out); err != nil {
		return fmt.Errorf("face: self-test of %s: %w", m.Name, err)
	}
	return nil
}

func abs32(v float32) float32 {
	if v < 0 {
		return -v
	}
	return v
}
