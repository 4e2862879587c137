package server

import (
	"sync/atomic"
	"time"

	"example.org/osprey"
)

// phase is how far the process has come.
type phase int32

// The phases, in order.
const (
	starting phase = iota // the galleries are not loaded: reads are answered
	ready                 // everything is answered
	draining              // still everything, but probes send new work elsewhere
	refusing              // new requests are refused, running ones end
)

// state is the phase and the room on the disk: what decides, with every request,
// whether it is taken.
type state struct {
	now      atomic.Int32
	wasReady atomic.Bool
	disk     *disk
}

func (s *state) phase() phase { return phase(s.now.Load()) }

// advance moves on to a phase, never back.
func (s *state) advance(to phase) {
	if to == ready {
		s.wasReady.Store(true)
	}
	for {
		now := s.now.Load()
		if now >= int32(to) || s.now.CompareAndSwap(now, int32(to)) {
			return
		}
	}
}

// The Retry-After of refusals.
const (
	retryStarting = 2 * time.Second
	retryStopping = 5 * time.Second
	retryDisk     = time.Minute
)

// MayServe is nil until the process refuses new requests.
func (s *state) MayServe() error {
	if s.phase() == refusing {
		return osprey.Unavailable("shutting_down", retryStopping, "The server is shutting down")
	}
	return nil
}

// MayWrite is nil once the galleries are loaded.
func (s *state) MayWrite() error {
	if s.phase() == starting {
		return osprey.Unavailable("starting", retryStarting, "The server is starting")
	}
	return nil
}

// MayUpload is nil while there is room on the disk.
func (s *state) MayUpload() error {
	if s.disk.full() {
		return osprey.Unavailable("disk_full", retryDisk, "The disk of the server is full")
	}
	return nil
}
