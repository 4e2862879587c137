package audit

import (
	"context"
	"encoding/json"
	"fmt"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// Query narrows a list of records, newest seq first. Its fields are those of
// store.Tx.AuditList; a seq of 0 is no bound.
type Query struct {
	store.Query
	SeqMin, SeqMax int64
}

// Reader reads the log for those who may see it.
type Reader struct{ st *store.Store }

// NewReader makes a Reader.
func NewReader(st *store.Store) *Reader { return &Reader{st: st} }

// Verify recomputes a chain (Verify).
func (r *Reader) Verify(ctx context.Context, chain string) (Result, error) {
	return Verify(ctx, r.st, chain)
}

// List returns records of the scope's chains as api.md 15.3 shows them, and how many
// there are.
func (r *Reader) List(ctx context.Context, scope osprey.Scope, q Query) (items []json.RawMessage, total int, err error) {
	q.Sort = store.SeqDesc
	err = r.st.Read(ctx, scope, func(tx *store.Tx) error {
		records, n, err := tx.AuditList(q.Query, q.SeqMin, q.SeqMax)
		if err != nil {
			return err
		}
		total, items = n, make([]json.RawMessage, len(records))
		for i, one := range records {
			if items[i], err = whole(one); err != nil {
				return err
			}
		}
		return nil
	})
	return items, total, err
}

// whole is a record with its hash.
func whole(r store.AuditRecord) (json.RawMessage, error) {
	n := len(r.Record)
	if n < 2 || r.Record[n-1] != '}' || !json.Valid(r.Record) {
		return nil, fmt.Errorf("audit: the record %d of the chain %s is not what was written", r.Seq, r.Chain)
	}
	out := make([]byte, 0, n+len(r.Hash)+12)
	out = append(out, r.Record[:n-1]...)
	return fmt.Appendf(out, `,"hash":%q}`, r.Hash), nil
}
