package store

import "example.org/osprey"

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

// LockAuditChain returns the last seq and hash of a chain and holds it until the
// transaction ends; a new chain gives 0 and 64 zeros. Take it last in a
// transaction: it is the lock that everybody needs.
func (tx *Tx) LockAuditChain(chain string) (seq int64, hash string, err error) { panic("unwritten") }

// AppendAudit writes a record and moves the head of its chain.
func (tx *Tx) AppendAudit(r AuditRecord) error { panic("unwritten") }

// AuditRecords returns records of a chain from a seq on, in order, at most limit.
func (tx *Tx) AuditRecords(chain string, from int64, limit int) ([]AuditRecord, error) {
	panic("unwritten")
}

// AuditChains lists the chains.
func (tx *Tx) AuditChains() ([]string, error) { panic("unwritten") }
