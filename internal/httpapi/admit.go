package httpapi

import (
	"net/http"
	"strconv"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/wire"
)

// admit lets a call pass that its address, its caller, the caller's company and
// the role table allow, in this order.
func (a *API) admit(c *call, may access.Endpoint) error {
	rule, _ := access.RuleOf(may)
	// A refresh tells itself whose token it is: that one may have expired.
	if rule.Public() || may == access.MayRefresh {
		return a.limitAddress(c)
	}
	if a.Config.Server.Storeless() {
		return a.anonymous(c)
	}
	if err := a.authenticate(c); err != nil {
		return err
	}
	var err error
	c.grant, err = a.Policy.Authorize(c.caller, may)
	if err != nil && rule.Write && a.Refused != nil {
		if fault := a.Refused(c.ctx(), c.caller.Actor, may, err); fault != nil {
			return fault
		}
	}
	return err
}

// authenticate fills in the caller and takes the call out of its company's bucket.
// A failure costs the address like a public call: tokens are not guessed faster
// than passwords.
func (a *API) authenticate(c *call) error {
	token, err := wire.Token(c.r.Header)
	if err == nil && token == "" && isOwner(c.ctx()) {
		c.caller = owner(c.origin)
		return nil
	}
	if err == nil {
		c.caller, err = a.Sessions.Authenticate(c.ctx(), token, c.origin)
	}
	if err != nil {
		if osprey.ErrorOf(err).Code.HTTPStatus() == http.StatusUnauthorized {
			a.authFailed(err)
			if limited := a.limitAddress(c); limited != nil {
				return limited
			}
		}
		return err
	}
	if isLocal(c.ctx()) {
		return nil
	}
	quota := a.Limiter.Caller(c.caller)
	writeQuota(c.w.Header(), quota)
	if !quota.Allowed {
		a.Observer.RateLimited("company")
	}
	return quota.Err()
}

// owner is who owns the machine: an ADMIN without an account.
func owner(from access.Origin) access.Caller {
	return access.Caller{
		User:  osprey.User{Role: osprey.RoleAdmin, Active: true, Flags: osprey.AllAnalyses()},
		Actor: osprey.Actor{Role: osprey.RoleAdmin, IP: from.IP, RequestID: from.RequestID},
	}
}

func (a *API) limitAddress(c *call) error {
	if isLocal(c.ctx()) {
		return nil
	}
	quota := a.Limiter.Address(wire.RateKey(c.origin.IP))
	if quota.Allowed {
		return nil
	}
	a.Observer.RateLimited("address")
	writeQuota(c.w.Header(), quota)
	return quota.Err()
}

func writeQuota(h http.Header, q access.Quota) {
	h.Set("RateLimit-Limit", strconv.Itoa(q.Limit))
	h.Set("RateLimit-Remaining", strconv.Itoa(q.Remaining))
	h.Set("RateLimit-Reset", strconv.FormatInt(int64((q.Reset+time.Second-1)/time.Second), 10))
}
