package media

import (
	"io"
	"sync"
	"time"
)

// job is one run of the decoder.
type job struct {
	args   []string
	input  []byte                      // fd 3; nil for none
	output bool                        // fd 4 is a file in memory to write to, else a pipe
	feed   bool                        // stdin is a pipe to write to
	most   int64                       // bytes of the written file
	heed   func(c *child, r io.Reader) // reads fd 4, where that is a pipe
}

// stopwatch runs while the caller waits for the child, and calls expire when
// the time is used up.
type stopwatch struct {
	mu      sync.Mutex
	expire  func()
	left    time.Duration
	timer   *time.Timer
	started time.Time
}

func (s *stopwatch) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer == nil {
		s.started = time.Now()
		s.timer = time.AfterFunc(s.left, s.expire)
	}
}

func (s *stopwatch) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
		s.left = max(0, s.left-time.Since(s.started))
	}
}
