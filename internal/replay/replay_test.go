package replay

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/vault"
)

type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newDesk(t *testing.T, c *clock) *Desk {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "osprey.db"), Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	own, err := vault.NewOpenKey(make([]byte, vault.MasterBytes))
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{Store: st, Own: own, MaxHeld: 10 << 10})
}

// do makes a request with an effect under a key; ran tells whether the effect stayed.
func (d *Desk) do(t *testing.T, key string, body []byte) (a Answer, ran bool, err error) {
	t.Helper()
	c, err := d.Begin(t.Context(), Request{Method: "POST", Path: "/x", Key: key})
	if err != nil {
		return a, false, err
	}
	defer c.End()
	if c.Known() {
		a, err = c.Again(t.Context(), "f")
		return a, false, err
	}
	ctx := c.With(t.Context(), "f", func(any) (Answer, error) { return Answer{Status: 201, Body: body}, nil })
	err = d.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) error { return Keep(tx, nil) })
	a, ran = c.Effect()
	return a, ran && err == nil, err
}

// TestMaxHeld: answers have a bound together. Above it a call with a key is refused
// before its effect, and goes on once others have expired.
func TestMaxHeld(t *testing.T) {
	t.Parallel()
	c := &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	d := newDesk(t, c)
	body := make([]byte, 3<<10)
	kept := 0
	for ; kept < 10; kept++ {
		if _, ran, err := d.do(t, strconv.Itoa(kept), body); err != nil || !ran {
			break
		}
	}
	if kept != 3 {
		t.Fatalf("%d answers of 3 KiB were kept in 10", kept)
	}
	_, ran, err := d.do(t, "more", body)
	e := osprey.ErrorOf(err)
	if ran || e.Code != osprey.CodeRateLimited || e.Details["reason"] != "kept_answers" || e.RetryAfter != time.Hour {
		t.Errorf("%v, %v", ran, err)
	}
	if a, ran, err := d.do(t, "0", nil); err != nil || ran || a.Status != 201 || len(a.Body) != len(body) {
		t.Errorf("a repetition: %v, %v, %d bytes", err, ran, len(a.Body))
	}
	// A refusal that found no room is none that the caller hears of.
	call, err := d.Begin(t.Context(), Request{Method: "POST", Path: "/x", Key: "refused"})
	if err != nil {
		t.Fatal(err)
	}
	if err := call.Refuse(t.Context(), "f", Answer{Status: 400, Body: body}); err != nil {
		t.Error(err)
	}
	call.End()
	c.now = c.now.Add(Life)
	if err := d.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ran, err := d.do(t, "more", body); err != nil || !ran {
		t.Errorf("after a day: %v, %v", ran, err)
	}
}

// TestSweepInBatches: all that has expired goes, however much it is.
func TestSweepInBatches(t *testing.T) {
	t.Parallel()
	c := &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	d := newDesk(t, c)
	err := d.o.Store.Write(t.Context(), osprey.Everything(), func(tx *store.Tx) error {
		for i := range 2*sweepBatch + 1 {
			if _, err := tx.InsertReplay(store.Replay{Key: strconv.Itoa(i), Answer: []byte("a"), Expires: tx.Now().Add(Life)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c.now = c.now.Add(Life)
	if err := d.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	err = d.o.Store.Read(context.Background(), osprey.Everything(), func(tx *store.Tx) error {
		if held, err := tx.ReplayHeld(""); err != nil || held != 0 {
			t.Errorf("%d bytes are held still, %v", held, err)
		}
		_, err := tx.Replay("0", 0)
		return err
	})
	if !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
}
