package capsule

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// rows is the Replay of the store: it holds for all nodes of the installation.
type rows struct{ st *store.Store }

// NewRows returns the Replay that keeps its notes in the store.
func NewRows(st *store.Store) Replay { return rows{st} }

func scope(company osprey.ID) osprey.Scope {
	if company == "" {
		return osprey.Everything()
	}
	return osprey.Within(company)
}

func (u Use) row() store.CapsuleToken {
	return store.CapsuleToken{ID: u.Token, Company: u.Company, Expires: u.Expires}
}

func (r rows) Spent(ctx context.Context, u Use) (spent bool, err error) {
	err = r.st.Read(ctx, scope(u.Company), func(tx *store.Tx) error {
		row, err := tx.CapsuleToken(u.Token)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		spent = row.Spent != 0
		return err
	})
	return spent, err
}

func (r rows) Spend(ctx context.Context, u Use) (won bool, err error) {
	err = r.st.Write(ctx, scope(u.Company), func(tx *store.Tx) (err error) {
		won, err = tx.SpendCapsuleToken(u.row())
		return err
	})
	return won && err == nil, err
}

func (r rows) Fail(ctx context.Context, u Use) error {
	return r.st.Write(ctx, scope(u.Company), func(tx *store.Tx) error {
		return tx.FailCapsuleToken(u.row(), maxFailures)
	})
}

// errReplayed rolls back what was noted of a capsule.
var errReplayed = errors.New("a medium came before")

func (r rows) Note(ctx context.Context, u Use, marks [][]byte, life time.Duration) (bool, error) {
	err := r.st.Write(ctx, scope(u.Company), func(tx *store.Tx) error {
		for _, mark := range marks {
			noted, err := tx.NoteCapsuleMedium(u.Company, hex.EncodeToString(mark), u.Token, tx.Now().Add(life))
			if err != nil {
				return err
			}
			if !noted {
				return errReplayed
			}
		}
		return nil
	})
	if errors.Is(err, errReplayed) {
		return false, nil
	}
	return err == nil, err
}

func (r rows) Sweep(ctx context.Context) error {
	return r.st.Write(ctx, osprey.Everything(), func(tx *store.Tx) error {
		_, err := tx.DeleteExpiredCapsules(tx.Now().Add(-sweepDelay))
		return err
	})
}

func (rows) Shared() bool { return true }
