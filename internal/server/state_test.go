package server

import (
	"errors"
	"testing"
	"time"

	"example.org/osprey"
)

// at is a clock that stands still.
type at struct{ now time.Time }

func (a *at) Now() time.Time { return a.now }

func TestPhases(t *testing.T) {
	t.Parallel()
	s := &state{disk: &disk{dir: t.TempDir(), clock: osprey.SystemClock{}}}
	for _, one := range []struct {
		to           phase
		serve, write bool
	}{
		{starting, true, false},
		{ready, true, true},
		{draining, true, true},
		{refusing, false, true},
		{ready, false, true}, // there is no way back
	} {
		s.advance(one.to)
		if serve, write := s.MayServe() == nil, s.MayWrite() == nil; serve != one.serve || write != one.write {
			t.Errorf("phase %d: serves %v, writes %v; want %v, %v", one.to, serve, write, one.serve, one.write)
		}
	}
	var e *osprey.Error
	if err := s.MayServe(); !errors.As(err, &e) || e.Code != osprey.CodeUnavailable || e.RetryAfter <= 0 {
		t.Errorf("refusal %v", err)
	}
}

func TestDiskWords(t *testing.T) {
	t.Parallel()
	clock := &at{time.Unix(1_000_000, 0)}
	for _, one := range []struct {
		free, total uint64
		known       bool
		word        string
		full        bool
	}{
		{1 << 40, 2 << 40, true, wordOK, false},
		{1 << 40, 20 << 40, true, wordLow, false},
		{diskFullBytes, 1 << 40, true, wordLow, false},
		{diskFullBytes - 1, 300 << 20, true, wordFull, true},
		{0, 0, false, wordFailed, false},
	} {
		d := &disk{clock: clock, asked: clock.now, free: one.free, total: one.total, known: one.known}
		if d.word() != one.word || d.full() != one.full {
			t.Errorf("%+v: %s, full %v", one, d.word(), d.full())
		}
	}
	real := &disk{dir: t.TempDir(), clock: clock}
	if free, total, known := real.space(); !known || total == 0 || free > total {
		t.Errorf("space %d of %d, %v", free, total, known)
	}
	gone := &disk{dir: "/nowhere/at/all", clock: clock}
	if gone.word() != wordFailed || gone.full() {
		t.Errorf("a folder that is not there: %s", gone.word())
	}
}

func TestFaultsOfADay(t *testing.T) {
	t.Parallel()
	var f faults
	begin := time.Unix(1_767_225_600, 0)
	for hour := range 48 {
		f.add(begin.Add(time.Duration(hour) * time.Hour))
		f.add(begin.Add(time.Duration(hour)*time.Hour + time.Minute))
	}
	end := begin.Add(47*time.Hour + 30*time.Minute)
	if got := f.day(end); got != 48 {
		t.Errorf("%d faults in the last day, want 48", got)
	}
	if got := f.day(end.Add(100 * time.Hour)); got != 0 {
		t.Errorf("%d faults long after, want 0", got)
	}
}

func TestLockNamesItsHolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := LockData(dir)
	if err != nil {
		t.Fatal(err)
	}
	var locked *LockedError
	if _, err := LockData(dir); !errors.As(err, &locked) || locked.PID == 0 {
		t.Errorf("a second lock: %v", err)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := LockData(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Release(); err != nil {
		t.Fatal(err)
	}
	var none *Lock
	if err := none.Release(); err != nil {
		t.Error(err)
	}
}
