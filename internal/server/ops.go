package server

import (
	"net/http"
	"net/http/pprof"

	"example.org/osprey/internal/httpapi"
)

// opsHandler is the operations listener: figures without a token, the probes, and
// pprof when it is switched on.
func (h *House) opsHandler() http.Handler {
	mux := http.NewServeMux()
	api := marked(h.api, httpapi.Operations)
	for _, path := range []string{"/metrics", "/livez", "/healthz", "/readyz"} {
		mux.Handle("GET "+path, api)
	}
	if h.config.Ops.Pprof {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	return mux
}
