package audit

import (
	"bytes"
	"context"
	"encoding/json"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// droppedAction is the record that stands for older ones that were dropped: its
// details hold the seq and the hash of the last of them.
const droppedAction = "audit.retention"

// dropBatch is how many records one transaction drops.
const dropBatch = 1000

// Retain drops records that are older than the moment from the beginning of every
// chain, and returns how many chains it shortened. Each time a record tells what went,
// in the same transaction; verification then begins behind it. The newest record of a
// chain always stays. A chain whose old records do nothing but tell of dropped ones
// is left alone.
func (l *Log) Retain(ctx context.Context, st *store.Store, before osprey.Time) (int, error) {
	var chains []string
	err := st.Read(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
		chains, err = tx.AuditChains()
		return err
	})
	shortened := 0
	for _, chain := range chains {
		dropped := false
		for err == nil {
			var more bool
			if more, err = l.retain(ctx, st, chain, before); !more {
				break
			}
			dropped = true
		}
		if err != nil {
			return shortened, err
		}
		if dropped {
			shortened++
		}
	}
	return shortened, err
}

// retain drops one batch of a chain; false when there was nothing to drop.
func (l *Log) retain(ctx context.Context, st *store.Store, chain string, before osprey.Time) (more bool, err error) {
	err = st.Write(ctx, osprey.Everything(), func(tx *store.Tx) error {
		if _, _, err := tx.LockAuditChain(chain); err != nil {
			return err
		}
		if idle, err := onlyDropped(tx, chain, before); idle || err != nil {
			return err
		}
		seq, hash, dropped, err := tx.DropAuditBefore(chain, before, dropBatch)
		if err != nil || !dropped {
			return err
		}
		more = true
		e := Event{Action: droppedAction, Object: "audit", Details: map[string]any{"dropped_seq": seq, "dropped_hash": hash}}
		if chain != System {
			e.Company = osprey.ID(chain)
		}
		return l.Append(tx, osprey.Actor{}, e)
	})
	return more && err == nil, err
}

// onlyDropped reports whether all that is old in a chain are records of dropped ones:
// replacing these by another would go on for ever.
func onlyDropped(tx *store.Tx, chain string, before osprey.Time) (bool, error) {
	first, err := tx.FirstAuditRecord(chain)
	if err != nil {
		return false, ignoreMissing(err)
	}
	records, err := tx.AuditRecords(chain, first.Seq, dropBatch)
	if err != nil {
		return false, err
	}
	for _, r := range records {
		if r.Time >= before {
			break
		}
		if r.Action != droppedAction {
			return false, nil
		}
	}
	return true, nil
}

// anchor is what a record of dropped ones tells.
type anchor struct {
	seq  int64
	hash string
}

// anchorOf reads it; false for every other record.
func anchorOf(r store.AuditRecord) (anchor, bool) {
	if r.Action != droppedAction {
		return anchor{}, false
	}
	var told struct {
		Details struct {
			Seq  int64  `json:"dropped_seq"`
			Hash string `json:"dropped_hash"`
		} `json:"details"`
	}
	if err := json.NewDecoder(bytes.NewReader(r.Record)).Decode(&told); err != nil {
		return anchor{}, false
	}
	return anchor{told.Details.Seq, told.Details.Hash}, true
}
