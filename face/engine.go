package face

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// ErrClosed is returned by every call on a closed Engine.
var ErrClosed = errors.New("face: engine is closed")

// Options of Open. The zero value is good.
type Options struct {
	// Parallel is how many calls may compute at a time; the others wait. 0
	// means runtime.GOMAXPROCS(0), which since Go 1.25 follows the CPU limit
	// of the cgroup (cpu.max, cpu.cfs_quota_us), so a container with two of
	// 64 cores gets two.
	Parallel int
	// Runtime is the path of an ONNX Runtime library to load in place of the
	// pack's: one for another accelerator, say. It is not verified. Empty means
	// the pack's own.
	Runtime string
}

// Engine runs the models of one pack. It is safe for use by many goroutines.
type Engine struct {
	pack     *Pack
	sessions map[Task]*session // of the four that every pack has
	order    []*session
	further  map[Task][]*further
	lanes    chan *lane // the semaphore: a call takes a lane and puts it back
	closed   chan struct{}
	close    sync.Once
}

// lane is the memory of one running call: the tensors of each model and the
// pixel buffers. Whoever holds a lane owns it alone.
type lane struct {
	detect, landmarks, embed, pose *slot
	further                        map[*further]*slot
	patch                          pixels // converted or reduced part of the photograph
	mip                            [2]pixels
}

// Open loads the pack in dir: checks every file against the manifest, starts
// ONNX Runtime (once per process), loads each model and compares its answer
// to a fixed input with the known one. Errors of the pack's files are
// *PackError.
func Open(dir string, opts Options) (*Engine, error) {
	p, err := readPack(dir)
	if err != nil {
		return nil, err
	}
	if p.Manifest.Arch != runtime.GOARCH {
		return nil, &PackError{Dir: dir, File: ManifestName, Problem: fmt.Sprintf("is for %s, this is %s", p.Manifest.Arch, runtime.GOARCH)}
	}
	if err := startRuntime(p, opts.Runtime); err != nil {
		return nil, err
	}
	e := &Engine{pack: p, sessions: map[Task]*session{}, further: map[Task][]*further{}, closed: make(chan struct{})}
	if err := e.load(max(1, orDefault(opts.Parallel, runtime.GOMAXPROCS(0)))); err != nil {
		e.destroy()
		return nil, err
	}
	return e, nil
}

func orDefault(v, def int) int {
	if v > 0 {
		return v
	}
	return def
}

func (e *Engine) load(parallel int) error {
	for _, m := range e.pack.Models {
		if m.Task.isFurther() {
			if err := e.addFurther(m); err != nil {
				return err
			}
			continue
		}
		if !required(m.Task) {
			continue
		}
		if e.sessions[m.Task] != nil {
			return &PackError{Dir: e.pack.Dir, File: ManifestName, Problem: fmt.Sprintf("has two models for %q", m.Task)}
		}
		if err := m.checkTask(); err != nil {
			return &PackError{Dir: e.pack.Dir, File: m.Name + "/" + ManifestName, Problem: err.Error(), Err: err}
		}
		s, err := newSession(m, e.pack.graphs[m.Name])
		if err != nil {
			return err
		}
		e.sessions[m.Task] = s
		e.order = append(e.order, s)
	}
	e.pack.graphs = nil // the sessions hold their own copies
	for _, t := range []Task{TaskDetect, TaskLandmarks, TaskEmbed, TaskPose} {
		if e.sessions[t] == nil {
			return &PackError{Dir: e.pack.Dir, File: ManifestName, Problem: fmt.Sprintf("has no model for %q", t)}
		}
	}
	e.lanes = make(chan *lane, parallel)
	for range parallel {
		l, err := e.newLane()
		if err != nil {
			return err
		}
		e.lanes <- l
	}
	first := <-e.lanes
	defer func() { e.lanes <- first }()
	for _, k := range first.slots() {
		if err := k.selfTest(); err != nil {
			return err
		}
	}
	return nil
}

func required(t Task) bool {
	return t == TaskDetect || t == TaskLandmarks || t == TaskEmbed || t == TaskPose
}

func (e *Engine) newLane() (*lane, error) {
	l := &lane{further: map[*further]*slot{}}
	for _, p := range []struct {
		slot **slot
		task Task
	}{{&l.detect, TaskDetect}, {&l.landmarks, TaskLandmarks}, {&l.embed, TaskEmbed}, {&l.pose, TaskPose}} {
		k, err := newSlot(e.sessions[p.task])
		if err != nil {
			l.destroy()
			return nil, err
		}
		*p.slot = k
	}
	return l, nil
}

func (l *lane) slots() []*slot { return []*slot{l.detect, l.landmarks, l.embed, l.pose} }

func (l *lane) destroy() {
	for _, k := range l.slots() {
		if k != nil {
			k.close()
		}
	}
	for _, k := range l.further {
		k.close()
	}
}

// take waits for a free lane. The caller gives it back with put.
func (e *Engine) take(ctx context.Context) (*lane, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-e.closed:
		return nil, ErrClosed
	default:
	}
	select {
	case l := <-e.lanes:
		return l, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-e.closed:
		return nil, ErrClosed
	}
}

func (e *Engine) put(l *lane) { e.lanes <- l }

// Close waits for running calls and frees the models. ONNX Runtime itself
// stays loaded. Later calls return ErrClosed.
func (e *Engine) Close() error {
	e.close.Do(func() {
		close(e.closed)
		for range cap(e.lanes) {
			l := <-e.lanes
			l.destroy()
		}
		e.destroySessions()
	})
	return nil
}

// destroy frees what a failed load has made.
func (e *Engine) destroy() {
	for len(e.lanes) > 0 {
		(<-e.lanes).destroy()
	}
	e.destroySessions()
}

func (e *Engine) destroySessions() {
	for _, s := range e.order {
		_ = s.ort.Destroy()
	}
	for _, models := range e.further {
		for _, f := range models {
			if s := f.loaded.Swap(nil); s != nil {
				_ = s.ort.Destroy()
			}
		}
	}
}

// ModelID names the model whose templates this engine makes: the SHA-256 of
// its graph, 64 hex digits. Templates of different ids must not be compared.
func (e *Engine) ModelID() string { return e.sessions[TaskEmbed].manifest.SHA256 }

// Calibration is the table that turns similarities of this engine's
// templates into confidence. It must not be changed.
func (e *Engine) Calibration() *Calibration { return e.sessions[TaskEmbed].manifest.Calibration }

// Profile gives the pack's profile and version.
func (e *Engine) Profile() (name, version string) {
	return e.pack.Manifest.Profile, e.pack.Manifest.Version
}

// Models describes the models of the pack, in the manifest's order.
func (e *Engine) Models() []ModelManifest {
	return append([]ModelManifest(nil), e.pack.Models...)
}

// Parallel is how many calls compute at a time.
func (e *Engine) Parallel() int { return cap(e.lanes) }

// ModelStats counts the work of one model since Open.
type ModelStats struct {
	Name string
	Task Task
	Runs int64         // inferences
	Time time.Duration // inside ONNX Runtime, summed over callers
}

// Stats gives the work done since Open by each loaded model: the four that
// every pack has, in the manifest's order, then the further ones in theirs.
func (e *Engine) Stats() []ModelStats {
	loaded := append([]*session(nil), e.order...)
	for _, m := range e.pack.Models {
		for _, f := range e.further[m.Task] {
			if s := f.loaded.Load(); s != nil && f.manifest.Name == m.Name {
				loaded = append(loaded, s)
			}
		}
	}
	stats := make([]ModelStats, len(loaded))
	for i, s := range loaded {
		stats[i] = ModelStats{s.manifest.Name, s.manifest.Task, s.runs.Load(), time.Duration(s.nanos.Load())}
	}
	return stats
}
