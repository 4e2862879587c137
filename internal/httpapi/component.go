package httpapi

import (
	"strings"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/config"
)

// components are the parts of the API by the first word of what a call may do; what is
// not among them belongs to auth. always is for calls that every server answers.
var components = map[string]string{
	"version": always, "license": always, "session_token": always, "instant": always,
	"folder": config.ComponentStateful, "media": config.ComponentStateful, "analysis": config.ComponentStateful,
	"claim": config.ComponentStateful, "report": config.ComponentStateful, "template": config.ComponentStateful,
	"statistics": config.ComponentStateful, "webhook": config.ComponentStateful,
	"collection": config.ComponentCollections, "person": config.ComponentCollections, "image": config.ComponentCollections,
	"import": config.ComponentCollections,
}

const always = ""

// offered refuses a call of a component that is not served (api.md 11, last rule).
func (a *API) offered(may access.Endpoint) error {
	noun, _, _ := strings.Cut(string(may), ".")
	part, known := components[noun]
	if !known {
		part = config.ComponentAuth
	}
	if part == always || a.Config.Server.Has(part) {
		return nil
	}
	return osprey.Errorf(osprey.CodeNotRealized, "The component %s is not served here", part).
		With("field", "server.components").With("reason", "component_off").With("limit", part)
}

// anonymous lets a call pass on a server without users: all callers share one bucket,
// and access control is the operator's duty.
func (a *API) anonymous(c *call) error {
	c.grant = access.Anybody()
	if isLocal(c.ctx()) {
		return nil
	}
	quota := a.Limiter.Caller(access.Caller{})
	writeQuota(c.w.Header(), quota)
	if !quota.Allowed {
		a.Observer.RateLimited("company")
	}
	return quota.Err()
}
