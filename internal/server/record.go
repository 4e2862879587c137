package server

import (
	"context"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/audit"
	"example.org/osprey/internal/store"
)

// record writes an event of a room to the audit log.
func (h *House) record(tx *store.Tx, actor osprey.Actor, e access.Event) error {
	outcome := audit.OK
	if e.Denied {
		outcome = audit.Denied
	}
	return h.audit.Append(tx, actor, audit.Event{
		Action: e.Action, Object: e.Object, ObjectID: osprey.ID(e.ObjectID), Company: e.Company,
		Outcome: outcome, Details: e.Details,
	})
}

// recordRefusal writes down that the role table refused a call that changes
// something.
func (h *House) recordRefusal(ctx context.Context, actor osprey.Actor, call access.Endpoint, refusal error) error {
	return h.audit.Denied(ctx, h.st, actor, audit.Event{
		Action: string(call), Company: actor.Company,
		Details: osprey.Details{"error_code": int(osprey.ErrorOf(refusal).Code)},
	})
}

func settingEvent(keys []string) audit.Event {
	return audit.Event{Action: "setting.change", Object: "setting", Details: osprey.Details{"keys": keys}}
}

func (h *House) settingsChanged(tx *store.Tx, actor osprey.Actor, keys []string) error {
	return h.audit.Append(tx, actor, settingEvent(keys))
}

func (h *House) settingsRefused(tx *store.Tx, actor osprey.Actor, keys []string, refusal *osprey.Error) error {
	e := settingEvent(keys)
	e.Outcome = audit.Denied
	e.Details["error_code"] = int(refusal.Code)
	return h.audit.Append(tx, actor, e)
}

// retainAudit drops audit records that are older than audit.retention.
func (h *House) retainAudit(ctx context.Context) error {
	_, err := h.audit.Retain(ctx, h.st, osprey.TimeOf(h.clock.Now().Add(-h.config.Audit.Retention)))
	return err
}

// verifyAudit recomputes all chains; a broken one is an alarm.
func (h *House) verifyAudit(ctx context.Context) error {
	broken, err := audit.VerifyAll(ctx, h.st)
	if err != nil {
		return err
	}
	h.chains.whole.Store(len(broken) == 0)
	h.chains.known.Store(true)
	for _, r := range broken {
		h.log.Error("an audit chain is broken; run: osprey check", "chain", r.Chain, "first_bad_seq", *r.FirstBadSeq)
	}
	return nil
}
