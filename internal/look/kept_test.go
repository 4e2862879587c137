package look

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/testphoto"
	"example.org/osprey/media"
)

// alarms are clocks that a test lets strike.
type alarms struct {
	mu  sync.Mutex
	set map[int]func()
}

func (a *alarms) after(_ time.Duration, f func()) func() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := len(a.set)
	a.set[n] = f
	return func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.set[n] = nil
		return true
	}
}

func (a *alarms) strike() {
	a.mu.Lock()
	all := a.set
	a.set = map[int]func(){}
	a.mu.Unlock()
	for _, f := range all {
		if f != nil {
			f()
		}
	}
}

// TestKept: frames are given out once, the oldest make room, and time ends them all.
func TestKept(t *testing.T) {
	data := testphoto.Strangers(t)[0].JPEG
	frame := func() *media.Frame {
		f, err := media.Decode(context.Background(), data, media.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	one := int64(cap(frame().Image.Pix))
	clocks := &alarms{set: map[int]func(){}}
	k := newKept()
	k.most, k.after = 2*one+one/2, clocks.after
	first, second, third := frame(), frame(), frame()
	k.put("first", first)
	k.put("second", second)
	k.put("third", third)
	if first.Image != nil || k.take("first") != nil {
		t.Error("the oldest frame did not make room for the newest")
	}
	if got := k.take("third"); got != third || got.Image == nil {
		t.Errorf("a frame that was kept comes back as %v", got)
	}
	if k.take("third") != nil {
		t.Error("a frame was given out twice")
	}
	if k.bytes != one || len(k.frames) != 1 {
		t.Errorf("%d bytes are kept of one frame of %d", k.bytes, one)
	}
	clocks.strike()
	if second.Image != nil || len(k.frames) != 0 || k.bytes != 0 {
		t.Error("a frame whose time is up is still there")
	}
	if third.Image == nil {
		t.Error("a frame that was given out was released")
	}
	third.Release()
	k.most = one - 1
	large := frame()
	k.put("large", large)
	if large.Image != nil || len(k.frames) != 0 {
		t.Error("a frame that is larger than all that may be kept was kept")
	}
}

// TestReceivedFrame: an analysis after the intake sees, to the bit, what one without it
// does, and uses the intake's frame.
func TestReceivedFrame(t *testing.T) {
	e, err := face.Open(testphoto.Pack(t), face.Options{Parallel: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	decoded := 0
	l := New(Options{Engine: e, Enrolment: osprey.EnrolmentGate(), Analysis: osprey.AnalysisGate(), Thumbnail: 256, Observe: func(stage string, _ float64) {
		if stage == "decode" {
			decoded++
		}
	}})
	m := Medium{Type: osprey.MediaImage, Data: testphoto.Strangers(t)[0].JPEG}
	want, err := l.Observe(t.Context(), m, Want{Liveness: true})
	if err != nil {
		t.Fatal(err)
	}
	in, err := l.Receive(t.Context(), m.Data)
	if err != nil {
		t.Fatal(err)
	}
	m.SHA256 = in.SHA256
	for i, times := range []int{2, 3} { // the second analysis finds it gone
		got, err := l.Observe(t.Context(), m, Want{Liveness: true})
		if err != nil {
			t.Fatal(err)
		}
		if decoded != times {
			t.Errorf("analysis %d: decoded %d times, want %d", i, decoded, times)
		}
		same := slices.Equal(got.Embedding.Vector, want.Embedding.Vector) && got.Liveness.Spoofing == want.Liveness.Spoofing
		if !same || got.Face != want.Face || !maps.Equal(got.Grade, want.Grade) {
			t.Errorf("analysis %d sees something else", i)
		}
	}
}
