package store

import (
	"strings"

	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

// AuditRecord is one row of a chain, as written: Record is the canonical JSON
// without its hash.
type AuditRecord struct {
	ID       osprey.ID
	Chain    string // a company id, or "system"
	Seq      int64
	Time     osprey.Time
	Action   string
	Object   string // object type
	ObjectID string
	Outcome  string
	Actor    osprey.ID
	Record   []byte
	PrevHash string
	Hash     string
}

// noHash comes before the first record of a chain.
var noHash = strings.Repeat("0", 64)

// LockAuditChain returns the last seq and hash of a chain and holds it until the
// transaction ends; a new chain gives 0 and 64 zeros. Take it last in a
// transaction: it is the lock that everybody needs. Whoever may write a record
// may append to its chain, whatever the scope.
func (tx *Tx) LockAuditChain(chain string) (seq int64, hash string, err error) {
	if err := tx.q.OpenAuditChain(tx.ctx, query.OpenAuditChainParams{Chain: chain, Hash: noHash}); err != nil {
		return 0, "", tx.fail(err)
	}
	r, err := tx.q.LockAuditChain(tx.ctx, chain)
	return r.Seq, r.Hash, tx.fail(err)
}

// AppendAudit writes a record and moves the head of its chain. ErrNotFound: the
// head is not where the record says, the chain was not locked.
func (tx *Tx) AppendAudit(r AuditRecord) error {
	err := tx.one(tx.q.MoveAuditHead(tx.ctx, query.MoveAuditHeadParams{
		Chain: r.Chain, Seq: r.Seq, Hash: r.Hash, PrevHash: r.PrevHash,
	}))
	if err != nil {
		return err
	}
	return tx.fail(tx.q.InsertAuditRecord(tx.ctx, query.InsertAuditRecordParams{
		ID: r.ID, Chain: r.Chain, Seq: r.Seq, Created: r.Time, Action: r.Action, ObjectType: r.Object, ObjectID: r.ObjectID,
		Outcome: r.Outcome, ActorID: r.Actor, Record: r.Record, PrevHash: r.PrevHash, Hash: r.Hash,
	}))
}

// AuditHead returns the seq and hash of the newest record of a chain in the scope,
// ErrNotFound when there is no such chain.
func (tx *Tx) AuditHead(chain string) (seq int64, hash string, err error) {
	r, err := tx.q.AuditHead(tx.ctx, query.AuditHeadParams{Chain: chain, Scope: string(tx.company())})
	return r.Seq, r.Hash, tx.fail(err)
}

// AuditRecords returns records of a chain from a seq on, in order, at most limit.
func (tx *Tx) AuditRecords(chain string, from int64, limit int) ([]AuditRecord, error) {
	rows, err := tx.q.AuditRecords(tx.ctx, query.AuditRecordsParams{
		Chain: chain, FromSeq: from, Scope: string(tx.company()), Most: int64(limit),
	})
	if err != nil {
		return nil, tx.fail(err)
	}
	out := make([]AuditRecord, len(rows))
	for i, r := range rows {
		out[i] = AuditRecord{
			ID: r.ID, Chain: r.Chain, Seq: r.Seq, Time: r.Created, Action: r.Action, Object: r.ObjectType,
			ObjectID: r.ObjectID, Outcome: r.Outcome, Actor: r.ActorID, Record: r.Record, PrevHash: r.PrevHash, Hash: r.Hash,
		}
	}
	return out, nil
}

// AuditChains lists the chains of the scope.
func (tx *Tx) AuditChains() ([]string, error) {
	chains, err := tx.q.AuditChains(tx.ctx, string(tx.company()))
	return chains, tx.fail(err)
}
