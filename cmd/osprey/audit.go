package main

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"example.org/osprey/client"
)

// auditCommand reads the audit log.
type auditCommand struct {
	List   auditListCommand `cmd:"" help:"List audit records, the newest first."`
	Verify auditVerify      `cmd:"" help:"Recompute audit chains; exit 8 when a record is missing or not what was written."`
}

var auditColumns = []column[client.AuditRecord]{
	{"time", func(r client.AuditRecord) string { return r.Time.UTC().Format(time.RFC3339Nano) }},
	{"chain", func(r client.AuditRecord) string { return r.Chain }},
	{"seq", func(r client.AuditRecord) string { return strconv.FormatInt(r.Seq, 10) }},
	{"action", func(r client.AuditRecord) string { return r.Action }},
	{"outcome", func(r client.AuditRecord) string { return r.Outcome }},
	{"object_type", func(r client.AuditRecord) string { return orDash(r.ObjectType) }},
	{"object_id", func(r client.AuditRecord) string { return orDash(r.ObjectID) }},
	{"actor_user_id", func(r client.AuditRecord) string { return orDash(r.ActorUserID) }},
}

func orDash(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}

type auditListCommand struct {
	Company string    `placeholder:"COMPANY" help:"Only the chain of this company (id or name)."`
	Action  string    `placeholder:"ACTION" help:"Only these actions, comma-separated."`
	Actor   string    `placeholder:"ID" help:"Only what this user did."`
	Object  string    `placeholder:"ID" help:"Only what was done to this object."`
	Outcome string    `placeholder:"OUTCOME" help:"Only ok or denied."`
	From    time.Time `placeholder:"TIME" help:"Only from this moment on, as in 2026-01-31T00:00:00Z."`
	To      time.Time `placeholder:"TIME" help:"Only up to this moment."`
	Limit   int       `default:"100" help:"How many records at most; up to 1000."`
}

// Run lists records.
func (l *auditListCommand) Run(c *call) error {
	if l.Limit < 1 || l.Limit > 1000 {
		return usagef("--limit must be between 1 and 1000")
	}
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	company, err := c.companyOf(api, l.Company)
	if err != nil {
		return err
	}
	filter := url.Values{}
	for name, value := range map[string]string{
		"company_id": company, "action": l.Action, "actor_user_id": l.Actor, "object_id": l.Object, "outcome": l.Outcome,
		"time_created.min": stamp(l.From), "time_created.max": stamp(l.To),
	} {
		if value != "" {
			filter.Set(name, value)
		}
	}
	page, err := api.AuditRecords(c.ctx, client.List{Limit: l.Limit, Filter: filter})
	if err != nil {
		return err
	}
	return list(c, page.Items, auditColumns)
}

// stamp is a moment as the API takes it; empty for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatFloat(float64(t.UnixMicro())/1e6, 'f', 6, 64)
}

var chainColumns = []column[client.AuditChain]{
	{"chain", func(r client.AuditChain) string { return r.Chain }},
	{"valid", func(r client.AuditChain) string { return yesNo(r.Valid) }},
	{"first_seq", func(r client.AuditChain) string { return strconv.FormatInt(r.FirstSeq, 10) }},
	{"last_seq", func(r client.AuditChain) string { return strconv.FormatInt(r.LastSeq, 10) }},
	{"first_bad_seq", func(r client.AuditChain) string {
		if r.FirstBadSeq == nil {
			return "-"
		}
		return strconv.FormatInt(*r.FirstBadSeq, 10)
	}},
	{"head_hash", func(r client.AuditChain) string { return r.HeadHash }},
}

type auditVerify struct {
	Company string `placeholder:"COMPANY" help:"Only the chain of this company (id or name); else that of the system and those of all companies, deleted ones too."`
}

// Run recomputes chains.
func (v *auditVerify) Run(c *call) error {
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	companies, err := v.chains(c, api)
	if err != nil {
		return err
	}
	results := make([]client.AuditChain, 0, len(companies))
	bad := 0
	for _, company := range companies {
		r, err := api.VerifyAudit(c.ctx, company)
		if err != nil {
			return err
		}
		if !r.Valid {
			bad++
		}
		results = append(results, r)
	}
	if err := list(c, results, chainColumns); err != nil {
		return err
	}
	c.notef("Chains recomputed: %d, broken: %d.\n", len(results), bad)
	if bad > 0 {
		return silent(exitVerification)
	}
	return nil
}

// chains are the companies whose chains are recomputed; empty stands for the caller's
// own, for administrators that of the system. A company that is deleted leaves its
// chain behind, and the record of its deletion names it.
func (v *auditVerify) chains(c *call, api *client.Client) ([]string, error) {
	if v.Company != "" {
		one, err := c.companyOf(api, v.Company)
		return []string{one}, err
	}
	all, err := collect(c.ctx, client.List{}, api.Companies)
	if err != nil {
		return nil, err
	}
	companies := []string{""}
	for _, company := range all {
		companies = append(companies, company.ID)
	}
	gone, err := collect(c.ctx, client.List{Filter: url.Values{"action": {"company.delete"}, "outcome": {"ok"}}}, api.AuditRecords)
	if err != nil {
		return nil, err
	}
	for _, r := range gone {
		if r.ObjectID != nil && !slices.Contains(companies, *r.ObjectID) {
			companies = append(companies, *r.ObjectID)
		}
	}
	return companies, nil
}
