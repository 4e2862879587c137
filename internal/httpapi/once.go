package httpapi

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"example.org/osprey"
	"example.org/osprey/internal/killpoint"
	"example.org/osprey/internal/replay"
	"example.org/osprey/internal/wire"
)

// once is a request under an Idempotency-Key: it has its effect once, and its answer
// is given again.
type once struct {
	call  *replay.Call
	print *wire.Fingerprint
	// mark stands before the path of a link in what is kept: links are signed on
	// their way out, afresh each time.
	mark string
	idle bool // the handler says that there was nothing to record
}

// maxBody is the largest body that any call takes: that of an upload, or a capsule.
func (a *API) maxBody() int64 {
	files := max(a.Config.Media.MaxCount, osprey.MaxPhotosPerRequest)
	return max(wire.Limits{MaxFiles: files, MaxFileBytes: a.Config.Media.MaxSize}.Bytes(), maxCapsule)
}

const maxCapsule = 64 << 20

// runOnce takes a request through its handler, unless it was answered before.
//
// In the order of checks (api.md 1.11) this stands after the rate limits,
// authentication and the role's right to the endpoint, all of which a repetition
// meets like any request and whose refusals are not kept; and before the ids of the
// path, because an answer is given again whatever has become of them. The body is
// part of what makes two requests the same, so that it is read before a kept answer
// is looked at: digested and thrown away.
func (a *API) runOnce(c *call, rt route, key string) error {
	kept, err := a.Replays.Begin(c.ctx(), replay.Request{
		User: c.caller.User.ID, Company: c.caller.User.Company, Method: rt.method, Path: canonical(c.r.URL.Path), Key: key,
		Objects: c.objects(),
	})
	if err != nil {
		return err
	}
	defer kept.End()
	c.once = &once{call: kept, print: wire.NewFingerprint(c.r, a.maxBody()), mark: "link:" + rand.Text() + ":"}
	defer func() { _ = c.once.print.Close() }() // what is left of the body is nobody's
	if kept.Known() {
		return a.again(c)
	}
	c.show.mark = c.once.mark
	answer, err := rt.handle(a, c)
	if err != nil {
		a.keepRefusal(c, err)
		return err
	}
	d, err := draft(answer, c)
	if err != nil {
		return err
	}
	a.settle(c, d)
	killpoint.Hit(killpoint.AnswerUnsent)
	a.give(c, d)
	return nil
}

// again gives the answer that was kept, if the request is the same.
func (a *API) again(c *call) error {
	sum, err := c.once.print.Finish()
	if err != nil {
		return err
	}
	kept, err := c.once.call.Again(c.ctx(), sum)
	if err != nil {
		return err
	}
	c.w.Header().Set("Idempotent-Replayed", "true")
	a.give(c, kept)
	return nil
}

// objects are the ids in the path.
func (c *call) objects() []osprey.ID {
	var out []osprey.ID
	for _, id := range c.ids {
		out = append(out, id)
	}
	return out
}

// canonical is a path with its ids in lower case, as they are compared.
func canonical(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if id, ok := osprey.ParseID(s); ok {
			segments[i] = string(id)
		}
	}
	return strings.Join(segments, "/")
}

// settle makes sure that an answer is kept before it is given. That of an effect was
// recorded with it; what differs in the end is what went on afterwards.
func (a *API) settle(c *call, d replay.Answer) {
	_, recorded := c.once.call.Effect()
	sum, err := c.once.print.Finish()
	switch {
	case recorded:
		err = c.once.call.Finish(c.ctx(), d)
	case err != nil: // not whole: the handler did not need the rest
		return
	default:
		if !c.once.idle {
			a.Log.Error("an answer is kept apart from the effect it tells of", slog.String("route", c.pattern))
		}
		err = c.once.call.Refuse(c.ctx(), sum, d)
	}
	a.unkept(c, err)
}

// unkept logs that an answer could not be kept. The effect stands and was recorded
// where there was one; the caller gets the answer all the same.
func (a *API) unkept(c *call, err error) {
	if err != nil {
		a.Log.Error("an answer could not be kept", slog.String("request_id", c.origin.RequestID),
			slog.String("route", c.pattern), slog.Any("cause", err))
	}
}

// keepRefusal keeps the answer to a request that was refused, when that would be the
// answer tomorrow too. A body that was not read whole has no fingerprint: what is
// left of it is read for that; where it is broken or too long nothing is kept, and
// the repetition is refused anew.
func (a *API) keepRefusal(c *call, err error) {
	e := osprey.ErrorOf(err)
	switch status := e.Code.HTTPStatus(); {
	case status >= http.StatusInternalServerError, status == http.StatusUnauthorized,
		status == http.StatusForbidden, status == http.StatusTooManyRequests, c.ctx().Err() != nil:
		return
	}
	sum, fault := c.once.print.Finish()
	if fault != nil {
		return
	}
	d, fault := draft(func(w http.ResponseWriter, r *http.Request) error {
		wire.WriteError(w, r, e)
		return nil
	}, c)
	d.Ignored = "" // which refusals do not tell
	if fault == nil {
		fault = c.once.call.Refuse(c.ctx(), sum, d)
	}
	a.unkept(c, fault)
}

// recording returns the context of the request; under an Idempotency-Key one in which
// its answer is recorded in the transaction of its effect: the service that it is
// handed to gives replay.Keep the value that show makes the body of.
func recording[T any](c *call, status int, show func(T) any) (context.Context, error) {
	if c.once == nil {
		return c.ctx(), nil
	}
	sum, err := c.once.print.Finish()
	if err != nil {
		return nil, err
	}
	return c.once.call.With(c.ctx(), sum, func(v any) (replay.Answer, error) {
		t, ok := v.(T)
		if !ok {
			return replay.Answer{}, fmt.Errorf("httpapi: the effect is a %T, the answer shows a %T", v, t)
		}
		return draft(respond(status, show(t)), c)
	}), nil
}

// effect does what a POST asks for, by a service that it hands the context to, and
// answers with what came of it.
func effect[T any](c *call, status int, do func(context.Context) (T, error), show func(T) any) (answer, error) {
	ctx, err := recording(c, status, show)
	if err != nil {
		return nil, err
	}
	v, err := do(ctx)
	if err != nil {
		return nil, err
	}
	return respond(status, show(v)), nil
}

// withoutEffect says that a call changed nothing that would have to be recorded with
// its answer.
func (c *call) withoutEffect() {
	if c.once != nil {
		c.once.idle = true
	}
}

// draft is an answer as it is kept: its links unsigned, nothing compressed.
func draft(write answer, c *call) (replay.Answer, error) {
	w := &page{header: make(http.Header)}
	err := write(w, &http.Request{Method: http.MethodPost, Header: make(http.Header)})
	return replay.Answer{
		Status: w.status, Ignored: strings.Join(c.params.Ignored(), ","), Mark: c.once.mark, Body: w.body.Bytes(),
	}, err
}

// page is a response in memory.
type page struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (p *page) Header() http.Header { return p.header }

func (p *page) WriteHeader(status int) { p.status = status }

func (p *page) Write(b []byte) (int, error) { return p.body.Write(b) }

// give sends an answer that is kept, its links signed.
func (a *API) give(c *call, d replay.Answer) {
	if d.Ignored != "" {
		c.w.Header().Set("Osprey-Ignored-Params", d.Ignored)
	}
	if len(d.Body) == 0 {
		c.w.WriteHeader(d.Status)
		return
	}
	wire.Write(c.w, c.r, d.Status, wire.TypeJSON, a.signed(d, c.show.base))
}

// signed replaces the marked paths in an answer by signed links.
func (a *API) signed(d replay.Answer, base string) []byte {
	if d.Mark == "" {
		return d.Body
	}
	var out bytes.Buffer
	rest := d.Body
	for {
		before, after, found := bytes.Cut(rest, []byte(d.Mark))
		out.Write(before)
		if !found {
			return out.Bytes()
		}
		path, _, _ := bytes.Cut(after, []byte{'"'})
		out.WriteString(a.Signer.Link(base, string(path)))
		rest = after[len(path):]
	}
}
