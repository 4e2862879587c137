package httpapi

import (
	"context"
	"net/http"
	"strings"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/wire"
)

// call is one request on its way through the API.
type call struct {
	w       http.ResponseWriter
	r       *http.Request
	pattern string // of the route table, "" before one was found
	ids     map[string]osprey.ID
	params  *wire.Params
	origin  access.Origin
	caller  access.Caller // zero in public calls
	grant   access.Grant
	show    show
	once    *once       // nil without an Idempotency-Key
	lease   *wire.Lease // of the memory for its body; released after the answer
	sent    *wire.Lease // of the memory for a medium that is sent; likewise
	// unstored tells a call of which nothing is kept.
	unstored bool
}

// answer writes what a handler came to.
type answer func(w http.ResponseWriter, r *http.Request) error

// handler is one call of the route table.
type handler func(*API, *call) (answer, error)

func (c *call) ctx() context.Context { return c.r.Context() }

// source is by which way the call came, as far as the caller tells.
func (c *call) source() osprey.Source {
	if strings.HasPrefix(c.origin.UserAgent, "osprey-cli/") {
		return osprey.SourceCLI
	}
	return osprey.SourceAPI
}

// id is an identifier of the path; the pattern names it, so it is there.
func (c *call) id(name string) osprey.ID { return c.ids[name] }

// body reads the JSON object of the request.
func (c *call) body() (*wire.Object, error) { return wire.ReadObject(c.r, c.lease) }

// leaveBody has the connection closed after the answer, so that this one does not wait
// for a body that nobody reads.
func (c *call) leaveBody() {
	if c.r.ProtoMajor == 1 {
		c.w.Header().Set("Connection", "close")
	}
}

func respond(status int, body any) answer {
	return func(w http.ResponseWriter, r *http.Request) error { return wire.WriteJSON(w, r, status, body) }
}

func ok(body any) (answer, error)      { return respond(http.StatusOK, body), nil }
func created(body any) (answer, error) { return respond(http.StatusCreated, body), nil }

func noContent() (answer, error) {
	return func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}, nil
}

// done is noContent after an action, or its error.
func done(err error) (answer, error) {
	if err != nil {
		return nil, err
	}
	return noContent()
}

// text answers with a plain text.
func text(status int, s string) answer {
	return func(w http.ResponseWriter, r *http.Request) error {
		wire.Write(w, r, status, "text/plain; charset=utf-8", []byte(s))
		return nil
	}
}

type contextKey int

const (
	callKey contextKey = iota
	localKey
	opsKey
	ownerKey
)

// Local marks connections that come from this machine alone: neither the rate
// limits nor the list of hosts concern them.
func Local(ctx context.Context) context.Context { return context.WithValue(ctx, localKey, true) }

// Operations marks the connections of the operations listener: probes tell
// everything there, and metrics need no token.
func Operations(ctx context.Context) context.Context {
	return context.WithValue(Local(ctx), opsKey, true)
}

// Owner marks the connections of whoever owns the machine, the local socket's:
// without a token they are those of an ADMIN.
func Owner(ctx context.Context) context.Context {
	return context.WithValue(Local(ctx), ownerKey, true)
}

func isOwner(ctx context.Context) bool { return ctx.Value(ownerKey) != nil }

func isOps(ctx context.Context) bool { return ctx.Value(opsKey) != nil }

func isLocal(ctx context.Context) bool { return ctx.Value(localKey) != nil }
