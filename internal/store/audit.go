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

func auditRecordOf(r query.AuditRecord) (AuditRecord, error) {
	return AuditRecord{
		ID: r.ID, Chain: r.Chain, Seq: r.Seq, Time: r.Created, Action: r.Action, Object: r.ObjectType,
		ObjectID: r.ObjectID, Outcome: r.Outcome, Actor: r.ActorID, Record: r.Record, PrevHash: r.PrevHash, Hash: r.Hash,
	}, nil
}

// AuditRecords returns records of a chain from a seq on, in order, at most limit.
func (tx *Tx) AuditRecords(chain string, from int64, limit int) ([]AuditRecord, error) {
	rows, err := tx.q.AuditRecords(tx.ctx, query.AuditRecordsParams{
		Chain: chain, FromSeq: from, Scope: string(tx.company()), Most: int64(limit),
	})
	if err != nil {
		return nil, tx.fail(err)
	}
	return all(rows, auditRecordOf)
}

// FirstAuditRecord returns the oldest record that a chain still has, ErrNotFound when
// it has none.
func (tx *Tx) FirstAuditRecord(chain string) (AuditRecord, error) {
	r, err := tx.q.FirstAuditRecord(tx.ctx, query.FirstAuditRecordParams{Chain: chain, Scope: string(tx.company())})
	if err != nil {
		return AuditRecord{}, tx.fail(err)
	}
	return auditRecordOf(r)
}

var auditList = &list{
	table: "audit_record", company: "chain", updated: "created",
	fields: map[Field]condition{
		FieldID: column("id"), FieldCompany: column("chain"), FieldAction: column("action"), FieldActor: column("actor_id"),
		FieldObjectType: column("object_type"), FieldObject: column("object_id"), FieldOutcome: column("outcome"),
	},
}

// AuditList lists records of the scope's chains; a seq of 0 is no bound. Fields:
// company_id (the chain), action, actor_user_id, object_type, object_id, outcome.
func (tx *Tx) AuditList(q Query, seqMin, seqMax int64) ([]AuditRecord, int, error) {
	var bounds []clause
	if seqMin > 0 {
		bounds = append(bounds, clause{"seq >= ?", []any{seqMin}})
	}
	if seqMax > 0 {
		bounds = append(bounds, clause{"seq <= ?", []any{seqMax}})
	}
	return page(tx, auditList, q, auditRecordOf, bounds...)
}

// DropAuditBefore removes the oldest records of a chain that are older than a moment,
// at most limit and never the newest, and returns the seq and hash of the last that
// went, for the record that tells of it. False when there is nothing to drop. It needs
// osprey.Everything() and the lock of the chain.
func (tx *Tx) DropAuditBefore(chain string, before osprey.Time, limit int) (seq int64, hash string, dropped bool, err error) {
	if err := tx.everything(); err != nil {
		return 0, "", false, err
	}
	first, err := tx.FirstAuditRecord(chain)
	if err != nil {
		if isNotFound(err) {
			err = nil
		}
		return 0, "", false, err
	}
	head, _, err := tx.AuditHead(chain)
	if err != nil {
		return 0, "", false, err
	}
	records, err := tx.AuditRecords(chain, first.Seq, limit)
	if err != nil {
		return 0, "", false, err
	}
	// By seq, not by time alone: where a clock went back, what is between stays whole.
	for _, r := range records {
		if r.Time >= before || r.Seq >= head {
			break
		}
		seq, hash = r.Seq, r.Hash
	}
	if seq == 0 {
		return 0, "", false, nil
	}
	_, err = tx.q.DropAuditRecords(tx.ctx, query.DropAuditRecordsParams{Chain: chain, LastSeq: seq})
	return seq, hash, err == nil, tx.fail(err)
}

// AuditChains lists the chains of the scope.
func (tx *Tx) AuditChains() ([]string, error) {
	chains, err := tx.q.AuditChains(tx.ctx, string(tx.company()))
	return chains, tx.fail(err)
}
