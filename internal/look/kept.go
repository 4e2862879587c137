package look

import (
	"slices"
	"sync"
	"time"

	"example.org/osprey/media"
)

// The bounds of what is kept of photos between their intake and the analysis that
// mostly follows at once.
const (
	keptBytes = 64 << 20 // of pixels, which stay taken out of the media budget
	keptTime  = 10 * time.Second
)

// kept holds the decoded frames of photos that were received a moment ago, by the
// SHA-256 of the file in hex, so that the analysis need not decode them again. The oldest
// make room for the newest; each is given out once, and released when its time is up.
// Nothing of it is written anywhere. It is safe for concurrent use.
type kept struct {
	most   int64
	after  func(time.Duration, func()) (stop func() bool)
	mu     sync.Mutex
	bytes  int64
	frames []*keptFrame // oldest first
}

type keptFrame struct {
	sum   string
	frame *media.Frame
	stop  func() bool // ends the clock
}

func newKept() *kept {
	return &kept{most: keptBytes, after: func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }}
}

func (f *keptFrame) bytes() int64 { return int64(cap(f.frame.Image.Pix)) }

// put takes over a frame.
func (k *kept) put(sum string, frame *media.Frame) {
	f := &keptFrame{sum: sum, frame: frame}
	if f.bytes() > k.most {
		frame.Release()
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.bytes+f.bytes() > k.most {
		k.remove(0).Release()
	}
	k.frames, k.bytes = append(k.frames, f), k.bytes+f.bytes()
	f.stop = k.after(keptTime, func() { k.expire(f) })
}

// take gives out the frame of a file, nil where there is none. The caller releases it.
func (k *kept) take(sum string) *media.Frame {
	k.mu.Lock()
	defer k.mu.Unlock()
	at := slices.IndexFunc(k.frames, func(f *keptFrame) bool { return f.sum == sum })
	if at < 0 {
		return nil
	}
	return k.remove(at)
}

func (k *kept) expire(f *keptFrame) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if at := slices.Index(k.frames, f); at >= 0 {
		k.remove(at).Release()
	}
}

// remove takes a frame out. The lock is held.
func (k *kept) remove(at int) *media.Frame {
	f := k.frames[at]
	f.stop()
	k.frames, k.bytes = slices.Delete(k.frames, at, at+1), k.bytes-f.bytes()
	return f.frame
}
