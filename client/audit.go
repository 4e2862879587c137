package client

import (
	"context"
	"net/http"
	"net/url"
)

// AuditRecord is one record of the audit log.
type AuditRecord struct {
	ID          string         `json:"audit_id"`
	Chain       string         `json:"chain"`
	Seq         int64          `json:"seq"`
	Time        Time           `json:"time"`
	ActorUserID *string        `json:"actor_user_id"`
	ActorRole   *string        `json:"actor_role"`
	SessionID   *string        `json:"session_id"`
	IP          *string        `json:"ip"`
	RequestID   *string        `json:"request_id"`
	Action      string         `json:"action"`
	ObjectType  *string        `json:"object_type"`
	ObjectID    *string        `json:"object_id"`
	CompanyID   *string        `json:"company_id"`
	Outcome     string         `json:"outcome"`
	Details     map[string]any `json:"details"`
	PrevHash    string         `json:"prev_hash"`
	Hash        string         `json:"hash"`
}

// AuditRecords lists records, the newest seq first; filters action, actor_user_id,
// object_type, object_id, company_id, outcome, seq.min, seq.max, time_created.min,
// time_created.max.
func (c *Client) AuditRecords(ctx context.Context, l List) (Page[AuditRecord], error) {
	return page[AuditRecord](ctx, c, "/api/audit/", l)
}

// AuditChain is what came of recomputing a chain.
type AuditChain struct {
	Valid       bool   `json:"valid"`
	Chain       string `json:"chain"`
	FirstSeq    int64  `json:"first_seq"`
	LastSeq     int64  `json:"last_seq"`
	HeadHash    string `json:"head_hash"`
	FirstBadSeq *int64 `json:"first_bad_seq"`
}

// VerifyAudit recomputes the chain of a company; empty: the caller's own, for
// administrators that of the system.
func (c *Client) VerifyAudit(ctx context.Context, company string) (AuditChain, error) {
	path := "/api/audit/verify/"
	if company != "" {
		path += "?" + url.Values{"company_id": {company}}.Encode()
	}
	var out AuditChain
	err := c.Do(ctx, http.MethodGet, path, nil, &out)
	return out, err
}
