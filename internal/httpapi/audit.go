package httpapi

import (
	"strings"

	"example.org/osprey"
	"example.org/osprey/internal/audit"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/wire"
)

// auditList is the log as api.md 15.3 lists it: by seq, the newest first.
var auditList = wire.List{Filters: []wire.Filter{
	wire.ByText("action", store.FieldAction),
	wire.ByID("actor_user_id", store.FieldActor),
	wire.ByText("object_type", store.FieldObjectType),
	wire.ByText("object_id", store.FieldObject),
	wire.ByID("company_id", store.FieldCompany),
	wire.ByWord("outcome", store.FieldOutcome, parseOutcome),
}}

func parseOutcome(s string) (audit.Outcome, bool) {
	o := audit.Outcome(strings.ToLower(s))
	return o, o == audit.OK || o == audit.Denied
}

const maxSeq = 1<<53 - 1

func (a *API) listAudit(c *call) (answer, error) {
	p := c.params
	q := audit.Query{SeqMin: int64(p.Int("seq.min", 0, 0, maxSeq)), SeqMax: int64(p.Int("seq.max", 0, 0, maxSeq))}
	from, to := p.Time("time_created.min"), p.Time("time_created.max")
	page, err := auditList.Page(p)
	if err != nil {
		return nil, err
	}
	q.Query = page.Query
	q.CreatedMin, q.CreatedMax = from, to
	items, total, err := a.Audits.List(c.ctx(), c.grant.View, q)
	if err != nil {
		return nil, err
	}
	return ok(wire.Body(page, items, total))
}

// verifyAudit recomputes a chain: that of the company named, else the caller's own,
// else the system's.
func (a *API) verifyAudit(c *call) (answer, error) {
	company := c.params.ID("company_id")
	if err := c.params.Err(); err != nil {
		return nil, err
	}
	view := c.grant.View
	switch {
	case company == "" && view.All:
		result, err := a.Audits.Verify(c.ctx(), audit.System)
		if err != nil {
			return nil, err
		}
		return ok(result)
	case company == "":
		company = view.Company
	case !view.Covers(company, view.Owner):
		return nil, osprey.NotExistField("company_id")
	}
	result, err := a.Audits.Verify(c.ctx(), string(company))
	if err != nil {
		return nil, err
	}
	return ok(result)
}
