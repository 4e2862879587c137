package httpapi

import (
	"net/http"
	"slices"
	"strings"
)

const (
	corsRequestHeaders = "Authorization, Content-Type, X-Forensic-Access-Token, X-Forensics-Access-Token, X-Request-Id"
	corsAnswerHeaders  = "Osprey-Ignored-Params, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id"
	corsMaxAge         = "600"
)

// allowOrigin lets pages of the configured origins read answers of /api/. There is
// no credentials mode: a page sends its token itself.
func (a *API) allowOrigin(h http.Header, r *http.Request) {
	if len(a.Config.HTTP.CORSOrigins) == 0 || !strings.HasPrefix(r.URL.Path, "/api/") {
		return
	}
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" || !slices.Contains(a.Config.HTTP.CORSOrigins, origin) {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", corsAnswerHeaders)
}

// options answers OPTIONS on a known path, preflights included.
func (a *API) options(x *crossing, w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Allow", x.allow)
	if h.Get("Access-Control-Allow-Origin") != "" && r.Header.Get("Access-Control-Request-Method") != "" {
		h.Set("Access-Control-Allow-Methods", x.allow)
		h.Set("Access-Control-Allow-Headers", corsRequestHeaders)
		h.Set("Access-Control-Max-Age", corsMaxAge)
	}
	w.WriteHeader(http.StatusNoContent)
}
