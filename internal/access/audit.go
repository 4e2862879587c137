package access

import (
	"context"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// Event is what this room and the account room tell the audit log: ids and counts
// only, no names, e-mails or tokens.
type Event struct {
	Action   string // an Endpoint of the table, or ActionRestore
	Object   string // type of the object: "session", "user", ...
	ObjectID string // empty when there is none
	Company  osprey.ID
	Denied   bool
	Details  osprey.Details
}

// Audit appends an event to the audit log in the transaction it tells of. The
// house hands in the log; this floor knows it by this one call.
type Audit func(tx *store.Tx, actor osprey.Actor, e Event) error

// Audited runs fn in one write transaction and appends its event to the audit log
// there, as the last thing. When fn is refused for lack of rights (403) or by the
// state of the data (409), the refusal is recorded in a transaction of its own,
// and fn's error comes back. fn may fill the event in; what it set of company and
// object before it was refused is recorded too.
func (a Audit) Audited(ctx context.Context, s *store.Store, scope osprey.Scope, actor osprey.Actor, e Event, fn func(tx *store.Tx, e *Event) error) error {
	err := s.Write(ctx, scope, func(tx *store.Tx) error {
		if err := fn(tx, &e); err != nil {
			return err
		}
		return a(tx, actor, e)
	})
	return a.Refused(ctx, s, actor, e, err)
}

// Refused records that something was refused for lack of rights (403) or by the
// state of the data (409), in a transaction of its own, and returns the error.
// Other errors, nil among them, only come back. A refusal that cannot be recorded
// is the fault of the store that hindered it; a client that hangs up hinders
// nothing.
func (a Audit) Refused(ctx context.Context, s *store.Store, actor osprey.Actor, e Event, err error) error {
	if !osprey.IsCode(err, osprey.CodeAuthForbidden) && !osprey.IsCode(err, osprey.CodeConflict) {
		return err
	}
	e.Denied = true
	e.Details = osprey.Details{"error_code": int(osprey.ErrorOf(err).Code)}
	failed := s.Write(context.WithoutCancel(ctx), osprey.Everything(), func(tx *store.Tx) error { return a(tx, actor, e) })
	if failed != nil {
		return failed
	}
	return err
}
