package face

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// further is a model beyond the four that every engine has: which of them
// there are depends on the pack, and what each lane needs to run one is made
// when it first does.
type further struct {
	manifest ModelManifest
	mu       sync.Mutex // held while the model is loaded
	loaded   atomic.Pointer[session]
}

// lazy tells whether models of the task are loaded on first use: large ones
// that most calls do without.
func (t Task) lazy() bool {
	return t == TaskExpression || t == TaskTextBoxes || t == TaskTextLines
}

// isFurther tells whether models of the task are run beside the four.
func (t Task) isFurther() bool {
	return t == TaskLiveness || t == TaskEyes || t == TaskMesh || t.lazy()
}

// addFurther takes in a model of the pack and, unless it is loaded on first
// use, loads it.
func (e *Engine) addFurther(m ModelManifest) error {
	if m.Task != TaskLiveness && len(e.further[m.Task]) > 0 {
		return &PackError{Dir: e.pack.Dir, File: ManifestName, Problem: fmt.Sprintf("has two models for %q", m.Task)}
	}
	if err := m.checkTask(); err != nil {
		return &PackError{Dir: e.pack.Dir, File: m.Name + "/" + ManifestName, Problem: err.Error(), Err: err}
	}
	f := &further{manifest: m}
	e.further[m.Task] = append(e.further[m.Task], f)
	if m.Task.lazy() {
		return nil
	}
	_, err := e.session(f)
	return err
}

// Has tells whether the pack has a model for the task.
func (e *Engine) Has(t Task) bool { return e.sessions[t] != nil || len(e.further[t]) > 0 }

// session gives a further model's session, loading and testing it the first
// time. A failure is not kept: the next call tries again.
func (e *Engine) session(f *further) (*session, error) {
	if s := f.loaded.Load(); s != nil {
		return s, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.loaded.Load(); s != nil {
		return s, nil
	}
	graph, err := e.pack.graph(f.manifest.Name)
	if err != nil {
		return nil, err
	}
	s, err := newSession(f.manifest, graph)
	if err != nil {
		return nil, err
	}
	if err := s.prove(); err != nil {
		_ = s.ort.Destroy()
		return nil, err
	}
	f.loaded.Store(s)
	return s, nil
}

// slot gives the memory in which the lane runs a further model of fixed
// shape.
func (e *Engine) slot(l *lane, f *further) (*slot, error) {
	if k := l.further[f]; k != nil {
		return k, nil
	}
	s, err := e.session(f)
	if err != nil {
		return nil, err
	}
	k, err := newSlot(s)
	if err != nil {
		return nil, err
	}
	l.further[f] = k
	return k, nil
}

// only gives the memory for the one model of a task, or ErrNoModel.
func (e *Engine) only(l *lane, t Task) (*slot, error) {
	if len(e.further[t]) == 0 {
		return nil, &NoModelError{Task: t}
	}
	return e.slot(l, e.further[t][0])
}

// NoModelError is returned by what needs a model that the pack lacks. Has
// tells beforehand.
type NoModelError struct {
	Task Task
}

// Error names the task.
func (e *NoModelError) Error() string {
	return fmt.Sprintf("face: the pack has no model for %q", e.Task)
}

// prove runs the self-test with tensors of its own, checks that the outputs
// are as large as the manifest says and remembers their shapes.
func (s *session) prove() error {
	m := s.manifest
	shape := m.SelfTest.shape(m.Input)
	in := make([]float32, product(shape))
	if len(m.SelfTest.Values) > 0 {
		m.SelfTest.fill(in, m.Input)
	} else if m.Task.FreeShape() {
		return nil // nothing to compare, no size to try
	}
	out, err := s.runOnce(shape, in)
	if err != nil {
		return err
	}
	values := make([][]float32, len(out))
	for i, t := range out {
		if want := m.Output.Sizes[i]; want != 0 && want != len(t.Values) {
			return fmt.Errorf("face: %s gives %d values as output %s, its manifest says %d", m.Name, len(t.Values), m.Output.Names[i], want)
		}
		values[i] = t.Values
		s.shapes = append(s.shapes, int64s(t.Shape))
	}
	if err := m.SelfTest.compare(values); err != nil {
		return fmt.Errorf("face: self-test of %s: %w", m.Name, err)
	}
	return nil
}

func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

func int64s(shape []int) []int64 {
	out := make([]int64, len(shape))
	for i, d := range shape {
		out[i] = int64(d)
	}
	return out
}
