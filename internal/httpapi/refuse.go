package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/wire"
)

// refuse answers a request with its fault. Faults of the server are logged with
// their cause here and nowhere else; the caller gets the id to ask by.
func (a *API) refuse(c *call, err error) {
	e := osprey.ErrorOf(err)
	switch {
	case c.r.Context().Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)):
		// The client is gone: nobody reads this, and nothing is wrong.
		e = osprey.Unavailable("canceled", time.Second, "The request was given up")
	case e.Code == osprey.CodeUnknown || e.Code == osprey.CodeDatabase:
		a.Log.Error("request failed", slog.String("request_id", c.origin.RequestID),
			slog.String("route", c.pattern), slog.Int("error_code", int(e.Code)), slog.Any("cause", err))
		e = e.With("request_id", c.origin.RequestID)
	case e.Err != nil && e.Code.HTTPStatus() >= http.StatusInternalServerError:
		a.Log.Warn("request refused", slog.String("request_id", c.origin.RequestID),
			slog.String("route", c.pattern), slog.Int("error_code", int(e.Code)), slog.Any("cause", e.Err))
	}
	wire.WriteError(c.w, c.r, e)
}

// recovered answers a request whose handler panicked. When the answer has begun
// the connection is cut, so that nobody takes half of it for the whole.
func (a *API) recovered(c *call, rec *recorder, fault any) {
	if fault == http.ErrAbortHandler { //nolint:errorlint // recover returns the value itself
		panic(fault)
	}
	err := fmt.Errorf("panic: %v\n%s", fault, debug.Stack())
	if rec.status != 0 {
		a.Log.Error("answer cut off", slog.String("request_id", c.origin.RequestID),
			slog.String("route", c.pattern), slog.Any("cause", err))
		panic(http.ErrAbortHandler)
	}
	a.refuse(c, err)
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader notes the first final status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= http.StatusOK {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write counts.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// logRequest writes the line of the access log: ids and figures. The path itself
// is not in it, for a path that we do not know may hold anything.
func (a *API) logRequest(c *call, rec *recorder, took time.Duration) {
	if !a.Log.Enabled(c.r.Context(), slog.LevelInfo) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", method(c.r.Method)), slog.String("route", c.pattern), slog.Int("status", rec.status),
		slog.Int64("bytes", rec.bytes), slog.Float64("ms", float64(took.Microseconds())/1000), slog.String("request_id", c.origin.RequestID),
	}
	if c.caller.User.ID != "" {
		attrs = append(attrs, slog.String("user_id", string(c.caller.User.ID)))
	}
	if c.caller.User.Company != "" {
		attrs = append(attrs, slog.String("company_id", string(c.caller.User.Company)))
	}
	a.Log.LogAttrs(c.r.Context(), slog.LevelInfo, "request", attrs...)
}

// method is the method when it is a known one, so that labels and lines stay few.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}
