package lite

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/wire"
)

// reply writes the answer of a call that succeeded.
type reply func(w http.ResponseWriter, r *http.Request)

// guarded is serve, with a panic made a fault.
func (c *call) guarded(crowded bool) (answer reply, err error) {
	defer func() {
		if p := recover(); p != nil {
			answer, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if crowded && !c.op.open {
		return nil, overloaded()
	}
	return c.serve()
}

// serve takes a call through the checks in the order of components.md 1.1.
func (c *call) serve() (reply, error) {
	if !c.op.takes(c.r.Method) {
		return nil, refuse(badMethod)
	}
	if c.op.open {
		return c.op.tell(c)
	}
	if err := c.o.MayServe(); err != nil {
		return nil, err
	}
	if err := c.admit(); err != nil {
		return nil, err
	}
	if c.op.tell != nil {
		return c.op.tell(c)
	}
	outcome := NotJudged
	defer func() {
		if c.end != nil {
			c.end(outcome)
		}
	}()
	if c.queue.full() {
		return nil, overloaded()
	}
	answer, err := c.judge()
	outcome = outcomeOf(err)
	return answer, err
}

// outcomeOf tells what of a call counts.
func outcomeOf(err error) Outcome {
	if err == nil {
		return Judged
	}
	if k := faultOf(err).kind; k == unavailable || k == internalFault {
		return NotJudged
	}
	return Failed
}

// judge reads the samples and templates of a call and works on them when it is its turn.
func (c *call) judge() (reply, error) {
	in, err := c.read()
	if err != nil {
		return nil, err
	}
	leave, err := c.queue.enter(c.ctx())
	if err != nil {
		return nil, err
	}
	defer leave()
	return c.op.work(c, in)
}

// admit lets a call pass that its caller may make and that its limits allow.
func (c *call) admit() error {
	if c.o.Open {
		if err := c.limitAddress(); err != nil {
			return err
		}
		return c.pay("")
	}
	token, err := wire.Token(c.r.Header)
	if err == nil {
		c.caller, err = c.o.Sessions.Authenticate(c.ctx(), token, c.origin)
	}
	if err != nil {
		if osprey.ErrorOf(err).Code.HTTPStatus() != http.StatusUnauthorized {
			return err
		}
		c.o.Observer.AuthFailed(authReason(err))
		if limited := c.limitAddress(); limited != nil { // tokens are not guessed faster than passwords
			return limited
		}
		return err
	}
	quota := c.o.Limiter.Caller(c.caller)
	writeQuota(c.w.Header(), quota)
	if !quota.Allowed {
		c.o.Observer.RateLimited("company")
		return quota.Err()
	}
	if err := access.MayCallLite(c.caller, c.op.analysis); err != nil {
		return err
	}
	return c.pay(c.caller.User.Company)
}

// pay finds out whom the call counts for, and whether that one has calls left.
func (c *call) pay(company osprey.ID) (err error) {
	if c.op.analysis == "" {
		return nil // it judges nothing
	}
	if company == "" {
		if company, err = c.o.Company(c.ctx()); err != nil {
			return err
		}
	}
	c.charge = Charge{Company: company, User: c.caller.User.ID, Type: c.op.analysis}
	if c.o.Meter != nil {
		c.end, err = c.o.Meter(c.ctx(), c.charge)
	}
	return err
}

func authReason(err error) string {
	switch osprey.ErrorOf(err).Code {
	case osprey.CodeAuthNotProvided:
		return "missing"
	case osprey.CodeAuthExpired:
		return "expired"
	}
	return "invalid"
}

func (c *call) limitAddress() error {
	quota := c.o.Limiter.Address(wire.RateKey(c.origin.IP))
	if quota.Allowed {
		return nil
	}
	c.o.Observer.RateLimited("address")
	writeQuota(c.w.Header(), quota)
	return quota.Err()
}

func writeQuota(h http.Header, q access.Quota) {
	h.Set("RateLimit-Limit", strconv.Itoa(q.Limit))
	h.Set("RateLimit-Remaining", strconv.Itoa(q.Remaining))
	h.Set("RateLimit-Reset", strconv.FormatInt(int64((q.Reset+time.Second-1)/time.Second), 10))
}

// input is what a call was given: the parts of its body by their names, decoded; a raw
// body under the name of the first rule.
type input map[string]*part

// read reads the body: its type, its size, its parts, their types, their encoding.
func (c *call) read() (input, error) {
	header := c.r.Header.Get("Content-Type")
	kind, boundary := mediaType(header), ""
	switch {
	case kind == typeExternal:
		return nil, refuse(badLocation)
	case wire.CheckEncoding(c.r) != nil:
		return nil, refuse(badType)
	case kind == typeMultipart && len(c.op.parts) > 0:
		if boundary = boundaryOf(header); boundary == "" {
			return nil, refuse(badType)
		}
	case !slices.Contains(c.op.types, kind):
		return nil, refuse(badType)
	}
	body, err := open(c.r, c.o.MaxBody, c.lease)
	if err != nil {
		return nil, err
	}
	encoding := c.r.Header.Get("Content-Transfer-Encoding")
	whole, ok := isBase64(encoding)
	if boundary == "" {
		data, err := body.whole()
		if err != nil {
			return nil, err
		}
		in := input{rawSample: {contentType: kind, encoding: encoding, data: data}}
		return in, c.decodeParts(in, []partRule{{names: []string{rawSample}, kind: samplePart}}, whole)
	}
	parts, err := readParts(body, boundary, c.op.parts)
	if err == nil {
		err = check(parts, c.op.parts)
	}
	if err == nil && !ok {
		err = refuse(badSample)
	}
	if err != nil {
		return nil, err
	}
	return parts, c.decodeParts(parts, c.op.parts, whole)
}

// rawSample is the name of a body that is a sample as a whole.
const rawSample = ""

// decodeParts undoes the encoding of the parts and holds them against the limits of
// what they are.
func (c *call) decodeParts(in input, rules []partRule, whole bool) error {
	for _, r := range rules {
		p := in[r.names[0]]
		if p == nil {
			continue
		}
		data, err := content(p.data, p.encoding, whole && r.kind != metadataPart)
		switch {
		case r.kind == samplePart && (err != nil || p.cut || len(data) == 0):
			return refuse(badSample)
		case r.kind == samplePart && (p.long || int64(len(data)) > c.o.MaxSample):
			return tooLarge()
		case r.kind == samplePart && isLocation(data):
			return refuse(badLocation)
		case r.kind == templatePart && (err != nil || p.cut || p.long):
			return templateFault(reasonFormat)
		case r.kind == metadataPart && (err != nil || p.cut || p.long || len(data) > maxMetadata):
			return refuse(badMetadata)
		}
		p.data = data
	}
	return nil
}

// encoded reports whether the caller speaks base64.
func (c *call) encoded() bool {
	yes, _ := isBase64(c.r.Header.Get("Content-Transfer-Encoding"))
	return yes
}

// errorBody is the body of every refusal.
type errorBody struct {
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Details map[string]any `json:"details,omitempty"`
}

const jsonType = "application/json"

// refuse answers with a fault. Faults of the server are logged with their cause here
// and nowhere else.
func (c *call) refuse(err error) (status int, code string) {
	f := faultOf(err)
	w := f.word(c.op.side)
	c.tell(f, w.code)
	h := c.w.Header()
	switch f.kind {
	case badMethod:
		h.Set("Allow", c.op.allow())
	case limited, unavailable:
		h.Set("Retry-After", strconv.FormatInt(max(int64((f.retry+time.Second-1)/time.Second), 1), 10))
	}
	h.Set("Content-Type", jsonType)
	c.w.WriteHeader(f.status())
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(jsonOf(errorBody{Code: w.code, Message: w.message, Details: maps.Clone(f.details)})) // the caller may be gone
	}
	return f.status(), w.code
}

// tell writes the log line of a fault of the server.
func (c *call) tell(f *fault, code string) {
	level := slog.LevelError
	switch {
	case f.kind == unavailable && f.cause != nil && c.ctx().Err() == nil:
		level = slog.LevelWarn
	case f.kind != internalFault:
		return
	}
	c.o.Log.LogAttrs(c.ctx(), level, "request failed", slog.String("request_id", c.origin.RequestID),
		slog.String("route", c.op.path), slog.String("code", code), slog.Any("cause", f.cause))
}

// log writes the line of the access log: ids, the route, the status. Nothing in it comes
// of a sample.
func (c *call) log(status int, took time.Duration) {
	if !c.o.Log.Enabled(c.ctx(), slog.LevelInfo) {
		return
	}
	attrs := []slog.Attr{
		slog.String("component", component), slog.String("route", c.op.path), slog.Int("status", status),
		slog.Float64("ms", float64(took.Microseconds())/1000), slog.String("request_id", c.origin.RequestID),
	}
	if c.caller.User.ID != "" {
		attrs = append(attrs, slog.String("user_id", string(c.caller.User.ID)))
	}
	if c.caller.User.Company != "" {
		attrs = append(attrs, slog.String("company_id", string(c.caller.User.Company)))
	}
	c.o.Log.LogAttrs(c.ctx(), slog.LevelInfo, "request", attrs...)
}

// takes reports whether an operation offers a method.
func (o *operation) takes(method string) bool {
	return slices.Contains(strings.Split(o.allow(), ", "), method)
}

func (o *operation) allow() string {
	if o.work != nil {
		return http.MethodPost
	}
	return http.MethodGet + ", " + http.MethodHead
}
