package server

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"example.org/osprey"
)

// What counts as little room on the disk (api.md 16).
const (
	diskLowShare  = 0.10
	diskFullBytes = 256 << 20
)

// diskAge is how old the figures of the disk may be: they are asked for with every
// upload.
const diskAge = time.Second

// disk tells the room on the disk that holds a folder. It is safe for concurrent
// use.
type disk struct {
	dir   string
	clock osprey.Clock

	mu          sync.Mutex
	asked       time.Time
	free, total uint64
	known       bool
}

// space returns the bytes that this process may still write and the bytes there
// are; false when the system does not tell.
func (d *disk) space() (free, total uint64, known bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if now := d.clock.Now(); d.asked.IsZero() || now.Sub(d.asked) >= diskAge || now.Before(d.asked) {
		d.asked = now
		var s unix.Statfs_t
		d.known = unix.Statfs(d.dir, &s) == nil && s.Bsize > 0
		if d.known {
			d.free, d.total = s.Bavail*uint64(s.Bsize), s.Blocks*uint64(s.Bsize)
		}
	}
	return d.free, d.total, d.known
}

func (d *disk) full() bool {
	free, _, known := d.space()
	return known && free < diskFullBytes
}

// share is the free part of the disk, 0 to 1.
func (d *disk) share() (float64, bool) {
	free, total, known := d.space()
	if !known || total == 0 {
		return 0, false
	}
	return float64(free) / float64(total), true
}

// word is the state of the disk as the probes name it.
func (d *disk) word() string {
	free, total, known := d.space()
	switch {
	case !known:
		return wordFailed
	case free < diskFullBytes:
		return wordFull
	case float64(free) < diskLowShare*float64(total):
		return wordLow
	}
	return wordOK
}
