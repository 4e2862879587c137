package store

import (
	"testing"
	"time"

	"example.org/osprey"
)

// TestReplayHeld: what a company's kept answers take is counted from their coming to
// their going, however they go.
func TestReplayHeld(t *testing.T) {
	t.Parallel()
	h := open(t)
	count := func(company osprey.ID, want int64) {
		t.Helper()
		h.see(osprey.Everything(), func(tx *Tx) error {
			got, err := tx.ReplayHeld(company)
			if got != want {
				t.Errorf("%q holds %d bytes, want %d", company, got, want)
			}
			return err
		})
	}
	keep := func(company osprey.ID, key string, size int, life time.Duration) (won bool) {
		h.do(osprey.Everything(), func(tx *Tx) (err error) {
			won, err = tx.InsertReplay(Replay{Key: key, Company: company, Answer: make([]byte, size), Objects: []osprey.ID{"o"}, Expires: tx.Now().Add(life)})
			return err
		})
		return won
	}
	count("a", 0)
	if !keep("a", "1", 100, time.Hour) || keep("a", "1", 70, time.Hour) || !keep("a", "2", 30, 2*time.Hour) || !keep("", "3", 7, time.Hour) {
		t.Fatal("another answer was kept than the first of each key")
	}
	count("a", 130)
	count("", 7)
	h.do(osprey.Everything(), func(tx *Tx) error {
		if ok, err := tx.SetReplayAnswer("1", make([]byte, 110), nil); !ok || err != nil {
			t.Errorf("%v, %v", ok, err)
		}
		ok, err := tx.SetReplayAnswer("4", make([]byte, 9), nil)
		if ok {
			t.Error("an answer came to a key that has none")
		}
		return err
	})
	count("a", 140)
	h.do(osprey.Everything(), func(tx *Tx) error { return tx.forget("o") })
	count("a", 140) // the rows are there still
	h.do(osprey.Everything(), func(tx *Tx) error {
		ok, err := tx.SetReplayAnswer("1", make([]byte, 1000), nil)
		if ok {
			t.Error("a forgotten answer came back")
		}
		return err
	})
	h.clock.add(time.Hour)
	if !keep("a", "1", 5, time.Hour) {
		t.Error("an expired answer does not give way")
	}
	count("a", 35)
	h.clock.add(2 * time.Hour)
	for _, want := range []int{2, 1, 0} {
		h.do(osprey.Everything(), func(tx *Tx) error {
			n, err := tx.DeleteExpiredReplays(tx.Now(), 2)
			if n != want {
				t.Errorf("%d went at once, want %d", n, want)
			}
			return err
		})
	}
	count("a", 0)
	count("", 0)
}
