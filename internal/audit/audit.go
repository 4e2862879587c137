// Package audit keeps the log of who did what: one chain of hashes per company and
// one for what concerns no company. A record is written in the transaction of the
// change that it tells of, so that neither is without the other, and never touched
// again; editing, removing or reordering one breaks the chain (Verify).
//
//	err := st.Write(ctx, scope, func(tx *store.Tx) error {
//		...the change...
//		return log.Append(tx, actor, audit.Event{Action: "person.delete",
//			Object: "person", ObjectID: id, Company: company,
//			Details: map[string]any{"images": 3}})
//	})
//	if err != nil {
//		return errors.Join(err, log.Denied(ctx, st, actor, audit.Event{...}))
//	}
package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// System is the chain of events that concern no company.
const System = "system"

// Outcome is how an event ended.
type Outcome string

// A change that was made, and one that was refused (403, 409). The zero Outcome is
// OK.
const (
	OK     Outcome = "ok"
	Denied Outcome = "denied"
)

// Event is what happened. The actor, the moment and the chain come from elsewhere.
type Event struct {
	Action   string    // "person.delete": noun, dot, verb
	Object   string    // type of the object: "person"; empty for none
	ObjectID osprey.ID // empty for none
	Company  osprey.ID // whose chain it goes to; empty: the system's
	Outcome  Outcome
	// Details hold ids and counts: integers, booleans, ids, lists of ids, and words
	// of the program (a reason, the name of a field, a status). No names, e-mail
	// addresses, scores, media or tokens; Append refuses what cannot be one of these.
	Details map[string]any
}

// Log writes records. It is safe for concurrent use.
type Log struct{ ids *osprey.IDs }

// New makes a log whose records have ids of this source.
func New(ids *osprey.IDs) *Log { return &Log{ids: ids} }

// Append writes a record in the transaction. It takes the lock of the chain, which
// everybody needs: call it last.
func (l *Log) Append(tx *store.Tx, actor osprey.Actor, e Event) error {
	if e.Outcome == "" {
		e.Outcome = OK
	}
	if err := e.check(); err != nil {
		return err
	}
	chain := chainOf(e.Company)
	seq, prev, err := tx.LockAuditChain(chain)
	if err != nil {
		return err
	}
	r := store.AuditRecord{
		ID: l.ids.New(), Chain: chain, Seq: seq + 1, Time: tx.Now(), Action: e.Action, Object: e.Object,
		ObjectID: string(e.ObjectID), Outcome: string(e.Outcome), Actor: actor.User, PrevHash: prev,
	}
	if r.Record, err = canonical(fields(r, actor, e)); err != nil {
		return err
	}
	r.Hash = hashOf(prev, r.Record)
	return tx.AppendAudit(r)
}

// Denied writes a refusal in a small transaction of its own: the change it tells of
// was rolled back. It outlives the request's context, so that hanging up hides
// nothing.
func (l *Log) Denied(ctx context.Context, st *store.Store, actor osprey.Actor, e Event) error {
	e.Outcome = Denied
	return st.Write(context.WithoutCancel(ctx), osprey.Everything(), func(tx *store.Tx) error {
		return l.Append(tx, actor, e)
	})
}

func chainOf(company osprey.ID) string {
	if company == "" {
		return System
	}
	return string(company)
}

// fields is the record of api.md 15.3 without its hash.
func fields(r store.AuditRecord, actor osprey.Actor, e Event) map[string]any {
	details := e.Details
	if details == nil {
		details = map[string]any{}
	}
	return map[string]any{
		"audit_id":      r.ID,
		"chain":         r.Chain,
		"seq":           r.Seq,
		"time":          r.Time,
		"actor_user_id": orNull(actor.User),
		"actor_role":    orNull(actor.Role),
		"session_id":    orNull(actor.Session),
		"ip":            orNull(text(actor.IP)),
		"request_id":    orNull(text(actor.RequestID)),
		"action":        r.Action,
		"object_type":   orNull(r.Object),
		"object_id":     orNull(r.ObjectID),
		"company_id":    orNull(e.Company),
		"outcome":       r.Outcome,
		"details":       details,
		"prev_hash":     r.PrevHash,
	}
}

// maxText bounds what a request may bring into a record, in bytes.
const maxText = 128

// text makes what a request brought fit for a record.
func text(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}

func orNull[T ~string](s T) any {
	if s == "" {
		return nil
	}
	return string(s)
}

// hashOf chains a record to the one before it.
func hashOf(prev string, record []byte) string {
	h := sha256.New()
	_, _ = h.Write([]byte(prev))
	_, _ = h.Write([]byte{'\n'})
	_, _ = h.Write(record)
	return hex.EncodeToString(h.Sum(nil))
}

// Bounds of an event's details.
const (
	maxDetails = 32
	maxIDs     = 1000
)

var (
	actionWord = regexp.MustCompile(`^[a-z_]+(\.[a-z_]+)+$`)
	objectWord = regexp.MustCompile(`^[a-z_]*$`)
	keyWord    = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	// detailWord is a word of the program or an id: no space, no @, nothing beyond
	// ASCII, so that no sentence, name of two words or address gets in.
	detailWord = regexp.MustCompile(`^[A-Za-z0-9_.:\[\]-]{0,128}$`)
)

// check refuses an event that is not fit for the log: a fault of the program.
func (e Event) check() error {
	if !actionWord.MatchString(e.Action) || !objectWord.MatchString(e.Object) {
		return fmt.Errorf("audit: action %q of object %q", e.Action, e.Object)
	}
	if e.Outcome != OK && e.Outcome != Denied {
		return fmt.Errorf("audit: %s: outcome %q", e.Action, e.Outcome)
	}
	if len(e.Details) > maxDetails {
		return fmt.Errorf("audit: %s: %d details", e.Action, len(e.Details))
	}
	for key, v := range e.Details {
		if !keyWord.MatchString(key) || !fitDetail(v) {
			return fmt.Errorf("audit: %s: the detail %q (a %T) is neither an id, a count nor a word", e.Action, key, v)
		}
	}
	return nil
}

func fitDetail(v any) bool {
	switch v := v.(type) {
	case nil, bool, int, int64, osprey.Code:
		return true
	case osprey.ID:
		return detailWord.MatchString(string(v))
	case string:
		return detailWord.MatchString(v)
	case []osprey.ID:
		return len(v) <= maxIDs && allWords(v)
	case []string:
		return len(v) <= maxIDs && allWords(v)
	}
	return false
}

func allWords[T ~string](list []T) bool {
	for _, s := range list {
		if !detailWord.MatchString(string(s)) {
			return false
		}
	}
	return true
}
