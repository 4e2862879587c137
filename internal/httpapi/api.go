package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/wire"
)

// API is the handler of the main listener. It is safe for concurrent use.
type API struct {
	Deps
	mux      *http.ServeMux
	paths    map[string]*crossing
	document document
	media    *wire.Budget // bytes of media being sent
	inFlight atomic.Int64
}

const defaultMaxInFlight = 1024

// maxMediaBytes bounds the media that are in memory to be sent, whatever the pace
// at which their readers take them.
const maxMediaBytes = 512 << 20

// New returns the API over its dependencies.
func New(d Deps) *API {
	if d.MaxInFlight == 0 {
		d.MaxInFlight = defaultMaxInFlight
	}
	if d.Observer == nil {
		d.Observer = nobody{}
	}
	table := routes()
	a := &API{
		Deps: d, mux: http.NewServeMux(), paths: crossings(table), document: newDocument(d.Build.Version, table),
		media: wire.NewBudget(maxMediaBytes),
	}
	for pattern, x := range a.paths {
		a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { a.cross(x, w, r) })
	}
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		a.refuse(callOf(w, r), osprey.NotExist())
	})
	return a
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := a.Clock.Now()
	done := a.Observer.RequestBegun(component)
	rec := &recorder{ResponseWriter: w}
	c := a.begin(rec, r)
	defer func() {
		a.inFlight.Add(-1)
		if fault := recover(); fault != nil {
			a.recovered(c, rec, fault)
		}
		took := a.Clock.Now().Sub(start)
		done(r.Method, c.pattern, rec.status, took)
		a.logRequest(c, rec, took)
	}()
	crowded := a.inFlight.Add(1) > int64(a.MaxInFlight)
	clean, ok := cleanPath(r)
	switch {
	case crowded && !isProbe(clean):
		a.refuse(c, osprey.Unavailable("busy", time.Second, "Too many requests are running"))
	case !a.hostAllowed(r):
		a.refuse(c, osprey.InvalidValue("Host", "The host is not served here"))
	case !ok:
		a.refuse(c, osprey.NotExist())
	default:
		a.mux.ServeHTTP(rec, c.at(clean))
	}
}

// begin reads what every answer needs: the id of the request, where it came from,
// and the headers that all answers carry.
func (a *API) begin(w http.ResponseWriter, r *http.Request) *call {
	id, ok := wire.RequestID(r.Header)
	if !ok {
		id = string(a.IDs.New())
	}
	h := w.Header()
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	a.allowOrigin(h, r)
	proxies := wire.Proxies(a.Config.HTTP.TrustedProxies)
	return &call{
		w: w, r: r,
		origin: access.Origin{IP: proxies.ClientAddress(r), UserAgent: userAgent(r), RequestID: id},
		show:   show{signer: a.Signer, base: a.base(r)},
	}
}

const maxUserAgent = 256

func userAgent(r *http.Request) string {
	ua := strings.ToValidUTF8(r.UserAgent(), "")
	if len(ua) > maxUserAgent {
		ua = strings.ToValidUTF8(ua[:maxUserAgent], "")
	}
	return ua
}

// at is the request under its clean path, carrying the call.
func (c *call) at(clean string) *http.Request {
	r := c.r.WithContext(context.WithValue(c.r.Context(), callKey, c))
	u := *r.URL
	u.Path = clean
	r.URL = &u
	return r
}

func callOf(w http.ResponseWriter, r *http.Request) *call {
	c := r.Context().Value(callKey).(*call)
	c.w, c.r = w, r
	return c
}

// cross answers a request whose path is in the table.
func (a *API) cross(x *crossing, w http.ResponseWriter, r *http.Request) {
	c := callOf(w, r)
	c.pattern = x.pattern
	rt, ok := x.find(r.Method)
	switch {
	case r.Method == http.MethodOptions:
		a.options(x, w, r)
	case !ok:
		w.Header().Set("Allow", x.allow)
		a.refuse(c, osprey.Errorf(osprey.CodeNotAllowed, "The path does not offer this method"))
	default:
		if err := a.run(c, x, rt); err != nil {
			a.refuse(c, err)
		}
	}
}

// run takes a request through the checks and its handler to the answer.
func (a *API) run(c *call, x *crossing, rt route) error {
	if rt.may != open {
		if err := a.Process.MayServe(); err != nil {
			return err
		}
		if err := a.offered(rt.may); err != nil {
			return err
		}
		if err := a.admit(c, rt.may); err != nil {
			return err
		}
	}
	key, err := readIdempotencyKey(c.r, rt.path)
	if err != nil {
		return err
	}
	if c.ids, err = x.readIDs(c.r); err != nil {
		return err
	}
	if rule, _ := access.RuleOf(rt.may); rule.Write {
		if err := a.Process.MayWrite(); err != nil {
			return err
		}
	}
	c.lease, c.sent = a.Uploads.Lease(), a.media.Lease()
	defer c.lease.Release()
	defer c.sent.Release()
	c.params = wire.ParseParams(c.r)
	if err := c.params.Err(); err != nil {
		return err
	}
	if key != "" {
		return a.runOnce(c, rt, key)
	}
	answer, err := rt.handle(a, c)
	if err != nil {
		return err
	}
	if ignored := c.params.Ignored(); len(ignored) > 0 && rt.may != open {
		c.w.Header().Set("Osprey-Ignored-Params", strings.Join(ignored, ","))
	}
	return answer(c.w, c.r)
}

// ServesHost reports whether the host of a request is served here, for what answers on
// the same listener beside the API.
func (a *API) ServesHost(r *http.Request) bool { return a.hostAllowed(r) }

// hostAllowed holds the Host header against http.allowed_hosts.
func (a *API) hostAllowed(r *http.Request) bool {
	allowed := a.Config.HTTP.AllowedHosts
	return len(allowed) == 0 || isLocal(r.Context()) || slices.Contains(allowed, hostName(r.Host))
}

// hostName is a Host header in lower case without its port.
func hostName(host string) string {
	host = strings.ToLower(host)
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}

// base is what links in answers begin with.
func (a *API) base(r *http.Request) string {
	if url := a.Config.HTTP.PublicURL; url != "" {
		return url
	}
	scheme := "http"
	if wire.Proxies(a.Config.HTTP.TrustedProxies).Secure(r) {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
