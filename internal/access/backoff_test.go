package access

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

const wrong = "granite lantern 41 ottes"

// try makes a login try and returns its code and wait.
func (h *house) try(email, password, ip string) (osprey.Code, time.Duration) {
	h.t.Helper()
	_, err := h.Login(h.t.Context(), email, password, Origin{IP: ip})
	if err == nil {
		return fine, 0
	}
	e := osprey.ErrorOf(err)
	return e.Code, e.RetryAfter
}

// outcome is what the outside sees of a try.
type outcome struct {
	code osprey.Code
	wait time.Duration // rounded to the second
}

// sequence plays one user's failures against the back-off: two tries at once each
// time, then the wait that the second was told, twenty times.
func (h *house) sequence(email, ip string) (seen []outcome) {
	for range 20 {
		for range 2 {
			code, wait := h.try(email, wrong, ip)
			seen = append(seen, outcome{code, wait.Round(time.Second)})
			if wait > 0 {
				h.clock.advance(wait + time.Millisecond)
			}
		}
	}
	return seen
}

func TestBackoffSequence(t *testing.T) {
	t.Parallel()
	h := setup(t)
	const invalid, limited = osprey.CodeAuthInvalid, osprey.CodeRateLimited
	email, ip := "cl-a@example.com", "192.0.2.1"
	for i := range 5 {
		if code, _ := h.try(email, wrong, ip); code != invalid {
			t.Fatalf("failure %d: code %d", i+1, code)
		}
	}
	for i, seconds := range []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
		want := time.Duration(seconds) * time.Second
		code, wait := h.try(email, password, ip) // the right one, too early
		if code != limited || wait > want || wait < want-time.Second {
			t.Errorf("wait %d: code %d, %v instead of %v", i, code, wait, want)
		}
		if event := h.last(); event.Action != ActionLogin || h.denials() != 5+i {
			t.Errorf("wait %d: a try that came too early was counted", i)
		}
		h.clock.advance(want + time.Millisecond)
		if code, _ := h.try(email, wrong, ip); code != invalid {
			t.Errorf("after wait %d: code %d", i, code)
		}
	}
	h.clock.advance(901 * time.Second)
	if code, _ := h.try(email, password, ip); code != fine {
		t.Errorf("the right password in time: code %d", code)
	}
	for i := range 5 { // the pair starts afresh
		if code, _ := h.try(email, wrong, ip); code != invalid {
			t.Errorf("failure %d after a success: code %d", i+1, code)
		}
	}
	if code, _ := h.try(email, wrong, ip); code != limited {
		t.Error("the fifth failure does not count any more")
	}
}

// denials counts the failed logins in the audit log.
func (h *house) denials() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.events {
		if e.Denied {
			n++
		}
	}
	return n
}

func TestBackoffIsOfThePair(t *testing.T) {
	t.Parallel()
	h := setup(t)
	for range 6 {
		h.try("cl-a@example.com", wrong, "192.0.2.1")
	}
	for _, c := range []struct {
		email, ip string
		code      osprey.Code
	}{
		{"CL-A@Example.COM", "192.0.2.1", osprey.CodeRateLimited},
		{"cl-a@example.com", "::ffff:192.0.2.1", osprey.CodeRateLimited},
		{"cl-a@example.com", "192.0.2.2", fine},
		{"co-a@example.com", "192.0.2.1", fine},
	} {
		if code, _ := h.try(c.email, password, c.ip); code != c.code {
			t.Errorf("%s from %s: code %d", c.email, c.ip, code)
		}
	}
}

// TestBackoffTellsNothing compares all that the outside sees of a known and of an
// unknown e-mail, alone, and among the failures of many others.
func TestBackoffTellsNothing(t *testing.T) {
	t.Parallel()
	others := func(h *house, n int, ip string) {
		for i := range n {
			h.try(fmt.Sprintf("nobody%d@example.com", i), wrong, ip)
			if i%40 == 39 {
				h.clock.advance(addressWindow)
			}
		}
	}
	for _, c := range []struct {
		name   string
		before func(h *house, ip string)
	}{
		{"alone", func(*house, string) {}},
		{"after four of another unknown", func(h *house, ip string) {
			for range 4 {
				h.try("nobody0@example.com", wrong, ip)
			}
		}},
		{"after four of another known", func(h *house, ip string) {
			for range 4 {
				h.try("co-a@example.com", wrong, ip)
			}
		}},
		{"after thirty others", func(h *house, ip string) { others(h, 30, ip) }},
		{"after more others than there are rows", func(h *house, ip string) { others(h, pairsPerAddress+30, ip) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var seen [2][]outcome
			for i, email := range []string{"cl-a@example.com", "stranger@example.com"} {
				h := setup(t)
				c.before(h, "192.0.2.1")
				seen[i] = h.sequence(email, "192.0.2.1")
			}
			if fmt.Sprint(seen[0]) != fmt.Sprint(seen[1]) {
				t.Errorf("known:   %v\nunknown: %v", seen[0], seen[1])
			}
		})
	}
}

func TestAddressWindow(t *testing.T) {
	t.Parallel()
	h := setup(t)
	ip := "2001:db8::1"
	for i := range addressFailures {
		if code, _ := h.try(fmt.Sprintf("nobody%d@example.com", i), wrong, ip); code != osprey.CodeAuthInvalid {
			t.Fatalf("failure %d: code %d", i+1, code)
		}
	}
	h.clock.advance(5 * time.Minute)
	code, wait := h.try("cl-a@example.com", password, "2001:db8::2") // the same customer
	if code != osprey.CodeRateLimited || wait.Round(time.Second) != 10*time.Minute {
		t.Errorf("code %d, %v", code, wait)
	}
	if code, _ := h.try("cl-a@example.com", password, "2001:db8:0:1::1"); code != fine {
		t.Errorf("another address: code %d", code)
	}
	h.clock.advance(10*time.Minute + time.Second)
	if code, _ := h.try("cl-a@example.com", password, ip); code != fine {
		t.Errorf("after the window: code %d", code)
	}
}

// TestFailureRowsAreBounded lets one address fail with new e-mails for a day.
func TestFailureRowsAreBounded(t *testing.T) {
	t.Parallel()
	h := setup(t)
	made := make(map[string]bool)
	for i := range 500 {
		keys := keysOf(fmt.Sprintf("nobody%d@example.com", i), "192.0.2.1")
		h.clock.advance(2 * time.Minute)
		h.write(func(tx *store.Tx) error {
			f, err := readFailures(tx, keys)
			made[f.pair.Key] = true
			if err != nil {
				return err
			}
			return countFailure(tx, keys)
		})
	}
	if len(made) != pairsPerAddress+1 {
		t.Errorf("%d rows", len(made))
	}
	for key := range made {
		if strings.Contains(key, "nobody") {
			t.Errorf("%q holds the e-mail", key)
		}
	}
}

func TestSweepForgetsFailures(t *testing.T) {
	t.Parallel()
	h := setup(t)
	for range 6 {
		h.try("cl-a@example.com", wrong, "192.0.2.1")
	}
	for _, c := range []struct {
		after time.Duration
		count int
	}{{failuresKept - time.Minute, 5}, {2 * time.Minute, 0}} {
		h.clock.advance(c.after)
		if err := h.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.write(func(tx *store.Tx) error {
			f, err := readFailures(tx, keysOf("cl-a@example.com", "192.0.2.1"))
			if f.pair.Count != c.count {
				t.Errorf("%d failures are kept", f.pair.Count)
			}
			return err
		})
	}
}

// TestBackoffUnderABurst sends many tries of one pair at the same moment: no more
// of them are judged than would be one after the other.
func TestBackoffUnderABurst(t *testing.T) {
	t.Parallel()
	h := setup(t)
	var wg sync.WaitGroup
	for range 24 {
		wg.Go(func() { _, _ = h.Login(t.Context(), "cl-a@example.com", wrong, here) })
	}
	wg.Wait()
	if n := h.denials(); n != freeFailures {
		t.Errorf("%d tries were judged", n)
	}
}

func TestTurnsAreBounded(t *testing.T) {
	t.Parallel()
	var line turns
	done, err := line.take(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	results := make(chan error, 3*maxInLine)
	for range cap(results) {
		wg.Go(func() {
			end, err := line.take(t.Context(), "k")
			if err == nil {
				end()
			}
			results <- err
		})
	}
	busy := 0
	for range cap(results) - maxInLine { // these cannot wait, so they are answered now
		if osprey.IsCode(<-results, osprey.CodeUnavailable) {
			busy++
		}
	}
	done()
	wg.Wait()
	if busy != cap(results)-maxInLine {
		t.Errorf("%d sent away", busy)
	}
	if len(line.lines) != 0 {
		t.Errorf("%d lines are left over", len(line.lines))
	}
}
