package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.org/osprey"
)

// TestCapsuleTokens: a token is spent once, or by its third bad signature, and
// forgotten when it has expired.
func TestCapsuleTokens(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	h.do(e.scope(), func(tx *Tx) error {
		got, err := tx.CapsuleToken(e.token.ID)
		if got.Failures != 1 || got.Spent != 0 || got.Expires != e.token.Expires || got.Company != e.company.ID {
			t.Errorf("%+v", got)
		}
		fresh := CapsuleToken{ID: "fresh", Company: e.company.ID, Expires: tx.Now().Add(time.Hour)}
		for i, want := range []bool{true, false} {
			won, spendErr := tx.SpendCapsuleToken(fresh)
			if won != want {
				t.Errorf("try %d: won %t", i+1, won)
			}
			err = errors.Join(err, spendErr)
		}
		err = errors.Join(err, tx.FailCapsuleToken(fresh, 3), tx.FailCapsuleToken(e.token, 3))
		if won, e3 := tx.SpendCapsuleToken(CapsuleToken{ID: e.token.ID, Company: "", Expires: 1}); won || !errors.Is(e3, ErrNotFound) {
			t.Errorf("for nobody's company: %t, %v", won, e3)
		}
		err = errors.Join(err, tx.FailCapsuleToken(e.token, 3))
		if won, spendErr := tx.SpendCapsuleToken(e.token); won || spendErr != nil {
			t.Errorf("after three bad signatures: won %t, %v", won, spendErr)
		}
		if got, _ = tx.CapsuleToken(e.token.ID); got.Failures != 3 || got.Spent == 0 {
			t.Errorf("%+v", got)
		}
		if got, _ = tx.CapsuleToken("fresh"); got.Failures != 0 || got.Spent == 0 {
			t.Errorf("a spent token took a failure: %+v", got)
		}
		return err
	})
	h.do(osprey.Everything(), func(tx *Tx) error {
		kept, err := tx.DeleteExpiredCapsules(e.token.Expires)
		gone, err2 := tx.DeleteExpiredCapsules(e.token.Expires.Add(time.Hour))
		if kept != 0 || gone != 3 { // two tokens, one mark
			t.Errorf("%d and %d were deleted", kept, gone)
		}
		won, err3 := tx.SpendCapsuleToken(CapsuleToken{ID: "admins", Expires: 1})
		if !won {
			t.Error("a token of no company was not spent")
		}
		return errors.Join(err, err2, err3)
	})
}

// TestCapsuleTokenRace: of many who spend one token at a time one wins.
func TestCapsuleTokenRace(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	token := CapsuleToken{ID: "raced", Company: e.company.ID, Expires: 1 << 60}
	var wins atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			err := h.Write(context.Background(), e.scope(), func(tx *Tx) error {
				won, err := tx.SpendCapsuleToken(token)
				if won {
					wins.Add(1)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if wins.Load() != 1 {
		t.Errorf("%d won", wins.Load())
	}
}

// TestCapsuleMedia: a mark belongs to the capsule that brought it until it expires.
func TestCapsuleMedia(t *testing.T) {
	t.Parallel()
	h := open(t)
	e, other := h.build("acme"), h.build("beta")
	h.do(osprey.Everything(), func(tx *Tx) error {
		var err error
		for _, c := range []struct {
			company     osprey.ID
			mark, token string
			life        time.Duration
			noted       bool
		}{
			{e.company.ID, "m", "t1", time.Hour, true},
			{e.company.ID, "m", "t1", time.Hour, true},
			{e.company.ID, "m", "t2", time.Hour, false},
			{other.company.ID, "m", "t2", time.Hour, true},
			{e.company.ID, "n", "t2", -time.Second, true},
			{e.company.ID, "n", "t3", time.Hour, true},
			{e.company.ID, "n", "t2", time.Hour, false},
		} {
			noted, noteErr := tx.NoteCapsuleMedium(c.company, c.mark, osprey.ID(c.token), tx.Now().Add(c.life))
			if noted != c.noted {
				t.Errorf("%+v: %t", c, noted)
			}
			err = errors.Join(err, noteErr)
		}
		return err
	})
}
