package main

import (
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progressEvery is the pace of the lines where there is no terminal.
const progressEvery = 10 * time.Second

// progress tells how far a long command is: a bar on a terminal, else a line now
// and then. It is safe for concurrent use.
type progress struct {
	c     *call
	total int
	unit  string
	bar   *progressbar.ProgressBar // nil without a terminal
	from  time.Time

	mu    sync.Mutex
	first int // done at the start
	done  int
	spoke time.Time
}

// newProgress starts at done of total.
func (c *call) newProgress(total, done int, unit string) *progress {
	now := time.Now()
	p := &progress{c: c, total: total, unit: unit, from: now, spoke: now, first: done, done: done}
	if c.stderrTTY && !c.Quiet {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(c.stderr), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
			progressbar.OptionSetItsString(unit), progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
			progressbar.OptionEnableColorCodes(false))
		_ = p.bar.Set(done)
	}
	return p
}

// add counts one more.
func (p *progress) add() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	if p.bar != nil {
		_ = p.bar.Add(1)
		return
	}
	if now := time.Now(); now.Sub(p.spoke) >= progressEvery {
		p.spoke = now
		rate := float64(p.done-p.first) / now.Sub(p.from).Seconds()
		left := time.Duration(float64(p.total-p.done) / rate * float64(time.Second)).Round(time.Second)
		p.c.notef("%d/%d %s, %.1f/s, %v left\n", p.done, p.total, p.unit, rate, left)
	}
}

// linef writes a line that the bar does not overwrite.
func (p *progress) linef(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	p.c.notef(format, args...)
}

// end takes the bar away.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
