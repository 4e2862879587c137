package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// Result is what Verify found, as api.md 15.3 shows it.
type Result struct {
	Valid    bool   `json:"valid"`
	Chain    string `json:"chain"`
	FirstSeq int64  `json:"first_seq"` // the oldest that was not dropped; 0 when the chain is empty
	LastSeq  int64  `json:"last_seq"`
	HeadHash string `json:"head_hash"`
	// FirstBadSeq is the first record that is missing or not what was written, nil
	// when there is none.
	FirstBadSeq *int64 `json:"first_bad_seq"`
}

// verifyChunk is how many records Verify holds at a time.
const verifyChunk = 500

// noHash is the prev_hash of the first record.
var noHash = strings.Repeat("0", 64)

// Verify recomputes a chain up to the head it had when the call began. An unknown
// chain is valid and empty.
func Verify(ctx context.Context, st *store.Store, chain string) (Result, error) {
	for again := 0; ; again++ {
		before, err := firstSeq(ctx, st, chain)
		if err != nil {
			return Result{}, err
		}
		r, err := verify(ctx, st, chain)
		if err != nil || r.Valid || again == maxAgain {
			return r, err
		}
		// Old records that were dropped meanwhile make a sound chain look broken.
		after, err := firstSeq(ctx, st, chain)
		if err != nil || after == before {
			return r, err
		}
	}
}

// maxAgain bounds how often a walk is repeated.
const maxAgain = 3

// firstSeq is the seq of the oldest record that a chain still has, 0 for none.
func firstSeq(ctx context.Context, st *store.Store, chain string) (seq int64, err error) {
	err = st.Read(ctx, osprey.Everything(), func(tx *store.Tx) error {
		r, err := tx.FirstAuditRecord(chain)
		seq = r.Seq
		return ignoreMissing(err)
	})
	return seq, err
}

func verify(ctx context.Context, st *store.Store, chain string) (Result, error) {
	r := Result{Valid: true, Chain: chain, HeadHash: noHash}
	seq, hash, err := head(ctx, st, chain)
	if err != nil {
		return Result{}, err
	}
	r.LastSeq, r.HeadHash = seq, hash
	first, bad, err := walk(ctx, st, chain, seq, hash)
	if err != nil {
		return Result{}, err
	}
	r.FirstSeq = first
	if bad != 0 {
		r.Valid, r.FirstBadSeq = false, &bad
	}
	return r, nil
}

// head reads where a chain ends.
func head(ctx context.Context, st *store.Store, chain string) (seq int64, hash string, err error) {
	err = st.Read(ctx, osprey.Everything(), func(tx *store.Tx) error {
		var err error
		seq, hash, err = tx.AuditHead(chain)
		if errors.Is(err, store.ErrNotFound) {
			seq, hash, err = 0, noHash, nil
		}
		return err
	})
	return seq, hash, err
}

func ignoreMissing(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// walk follows a chain to its head and returns the seq of its first record and the
// first bad seq, 0 when all is well. Records are only ever added, so that each chunk
// may be a transaction of its own; what came after the head was read does not count.
//
// A chain whose oldest records were dropped begins where the newest record of dropped
// ones says; which one that is turns out on the way.
func walk(ctx context.Context, st *store.Store, chain string, last int64, headHash string) (first, bad int64, err error) {
	if last == 0 {
		if headHash != noHash {
			return 0, 1, nil
		}
		return 0, 0, nil
	}
	begin := anchor{hash: noHash} // what the first record follows
	told := begin                 // what it has to follow
	next, prev := int64(0), ""
	for next <= last {
		var records []store.AuditRecord
		err := st.Read(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
			records, err = tx.AuditRecords(chain, next, verifyChunk)
			return err
		})
		if err != nil {
			return 0, 0, err
		}
		if len(records) == 0 {
			return first, max(next, 1), nil
		}
		if first == 0 {
			first = records[0].Seq
			begin = anchor{first - 1, records[0].PrevHash}
			next, prev = first, begin.hash
		}
		for _, r := range records {
			if next > last {
				break
			}
			if !intact(r, chain, next, prev) {
				return first, next, nil
			}
			if a, ok := anchorOf(r); ok {
				told = a
			}
			next, prev = next+1, r.Hash
		}
	}
	switch {
	case begin.seq > told.seq:
		return first, told.seq + 1, nil // more is gone than was told
	case begin != told:
		return first, first, nil
	case prev != headHash:
		return first, max(last, 1), nil
	}
	return first, 0, nil
}

// intact reports whether a row is the record of this place in the chain: its hash
// follows from its text and the hash before, and its columns say what its text
// says.
func intact(r store.AuditRecord, chain string, seq int64, prev string) bool {
	if r.Chain != chain || r.Seq != seq || r.PrevHash != prev || r.Hash != hashOf(prev, r.Record) {
		return false
	}
	var told struct {
		ID       osprey.ID   `json:"audit_id"`
		Chain    string      `json:"chain"`
		Seq      int64       `json:"seq"`
		Time     json.Number `json:"time"`
		Actor    osprey.ID   `json:"actor_user_id"`
		Action   string      `json:"action"`
		Object   string      `json:"object_type"`
		ObjectID string      `json:"object_id"`
		Outcome  string      `json:"outcome"`
		PrevHash string      `json:"prev_hash"`
	}
	if err := json.NewDecoder(bytes.NewReader(r.Record)).Decode(&told); err != nil {
		return false
	}
	moment, err := appendMoment(nil, r.Time)
	return err == nil && told.ID == r.ID && told.Chain == chain && told.Seq == seq && told.Time.String() == string(moment) &&
		told.Actor == r.Actor && told.Action == r.Action && told.Object == r.Object && told.ObjectID == r.ObjectID &&
		told.Outcome == r.Outcome && told.PrevHash == prev
}

// VerifyAll recomputes every chain and returns those that are broken.
func VerifyAll(ctx context.Context, st *store.Store) ([]Result, error) {
	var chains []string
	err := st.Read(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
		chains, err = tx.AuditChains()
		return err
	})
	if err != nil {
		return nil, err
	}
	var broken []Result
	for _, c := range chains {
		r, err := Verify(ctx, st, c)
		if err != nil {
			return nil, fmt.Errorf("audit: verify the chain %s: %w", c, err)
		}
		if !r.Valid {
			broken = append(broken, r)
		}
	}
	return broken, nil
}
