package lite

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/wire"
)

// Eyes look at samples; *look.Looker has them.
type Eyes interface {
	// Observe looks at a medium as an analysis does.
	Observe(ctx context.Context, m look.Medium, w look.Want) (*look.Observation, error)
	// Inspect decodes a photo without looking for a face.
	Inspect(ctx context.Context, data []byte) (look.File, error)
	// Survey judges a video or shot set by its bytes and makes nothing of it.
	Survey(ctx context.Context, data []byte) (*look.Intake, error)
}

// Sessions tell whose an access token is; *access.Sessions does.
type Sessions interface {
	Authenticate(ctx context.Context, token string, from access.Origin) (access.Caller, error)
}

// Observer is told of calls, for the metrics; *metric.Set is one. Labels are words of
// this package, never anything that a caller sent.
type Observer interface {
	RequestBegun(component string) (done func(method, route string, status int, took time.Duration))
	// LiteAnswered counts a call by its name (extract, detect ...) and its code, "ok"
	// where it succeeded.
	LiteAnswered(method, code string)
	// FaceRejected counts a sample refused for its face.
	FaceRejected(code osprey.Code, place string)
	RateLimited(scope string)
	AuthFailed(reason string)
}

// Charge is one call and who pays for it.
type Charge struct {
	Company osprey.ID // empty: there is no company at all
	User    osprey.ID // empty: a caller without a token
	// Type is that of the analysis which does the same.
	Type osprey.AnalysisType
}

// Outcome is what came of a call that was reserved.
type Outcome int

// The outcomes.
const (
	NotJudged Outcome = iota // nobody looked at the sample: overload, a fault of the server
	Judged                   // it was answered
	Failed                   // the sample or template was refused
)

// Meter reserves a call and returns what is to be told of its outcome, once. It refuses
// a call whose company has used up its calls: *osprey.Error 429/18 with the reason
// quota_exceeded and when to come again.
type Meter func(ctx context.Context, c Charge) (end func(Outcome), err error)

// Options put a Lite together. All fields are required but those that say otherwise.
type Options struct {
	Eyes Eyes
	// Models are those that are loaded, the embedder of the samples among them; Retired
	// are embedders that are not loaded and whose templates can be compared among
	// themselves.
	Models  []face.ModelManifest
	Retired []face.ModelManifest
	Engine  string // the inference runtime, "onnxruntime 1.30.0"
	Version string // of this build
	// Health tells why models of these tasks cannot work, empty when they can.
	Health func(tasks ...face.Task) string

	Keys Keys
	Seal bool // templates are sealed, not only signed

	// Open lets everybody call; else a token is needed.
	Open     bool
	Sessions Sessions
	Limiter  *access.Limiter
	// Company pays for callers without one; it may be empty.
	Company func(ctx context.Context) (osprey.ID, error)
	Meter   Meter // nil: nothing is counted
	// MayServe is nil until the process refuses new requests.
	MayServe func() error

	// Thresholds are the installation's in force, of liveness; ThresholdMin and
	// ThresholdMax are those of comparisons.
	Thresholds                 func() osprey.Thresholds
	ThresholdMin, ThresholdMax float64
	// SettleTake verifies a shot set that claims to answer a challenge and spends the
	// step when it does. Optional: no take is verified then.
	SettleTake func(ctx context.Context, company osprey.ID, in *look.Intake) (osprey.TakeStatus, error)
	// TakeAction is the gesture tag that such a shot set is held to, empty where it does
	// not hold; it spends nothing. It goes with SettleTake.
	TakeAction func(ctx context.Context, company osprey.ID, in *look.Intake) (string, error)

	MaxBody   int64 // bytes of a request
	MaxSample int64 // bytes of a sample
	Memory    *wire.Budget
	Working   int // calls that are judged at a time
	Waiting   int // calls that wait for their turn; beyond them 503

	Proxies  wire.Proxies
	Observer Observer
	Clock    osprey.Clock
	IDs      *osprey.IDs
	Log      *slog.Logger
}

// maxInFlight bounds the requests that are read or judged at a time.
const maxInFlight = 1024

// component is the label of this face of the binary.
const component = "lite"

// Lite answers the calls. It is safe for concurrent use.
type Lite struct {
	o        Options
	queue    *queue
	inFlight atomic.Int64
	scales   map[modelID]*face.Calibration
	embedder face.ModelManifest
	model    modelID
}

// New returns a Lite.
func New(o Options) (*Lite, error) {
	l := &Lite{o: o, queue: newQueue(o.Working, o.Waiting), scales: make(map[modelID]*face.Calibration)}
	for _, m := range append(o.Retired[:len(o.Retired):len(o.Retired)], o.Models...) {
		if m.Task != face.TaskEmbed || m.Calibration == nil {
			continue
		}
		id, err := modelIDOf(m.SHA256)
		if err != nil {
			return nil, err
		}
		l.scales[id] = m.Calibration
		l.embedder, l.model = m, id // the loaded one comes last
	}
	if l.embedder.Name == "" {
		return nil, errors.New("lite: no model makes templates")
	}
	return l, nil
}

// Serves reports whether a path is one of a call.
func (*Lite) Serves(urlPath string) bool {
	_, ok := operations[clean(urlPath)]
	return ok
}

// clean drops one trailing slash; what is no plain path becomes none.
func clean(p string) string {
	if len(p) > 1 {
		p = strings.TrimSuffix(p, "/")
	}
	if p == "" || path.Clean(p) != p {
		return ""
	}
	return p
}

// call is one request on its way.
type call struct {
	*Lite
	w      http.ResponseWriter
	r      *http.Request
	op     *operation
	origin access.Origin
	caller access.Caller // zero without a token
	charge Charge
	end    func(Outcome) // of the meter; nil where nothing was reserved
	lease  *wire.Lease
}

func (c *call) ctx() context.Context { return c.r.Context() }

// ServeHTTP answers one request. A path of no call is 404.
func (l *Lite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun := l.o.Clock.Now()
	id, ok := wire.RequestID(r.Header)
	if !ok {
		id = string(l.o.IDs.New())
	}
	h := w.Header()
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	op, ok := operations[clean(r.URL.Path)]
	if !ok || r.URL.RawPath != "" {
		wire.WriteError(w, r, osprey.NotExist())
		return
	}
	c := &call{Lite: l, w: w, r: r, op: op, origin: access.Origin{IP: l.o.Proxies.ClientAddress(r), UserAgent: r.UserAgent(), RequestID: id}}
	done := l.o.Observer.RequestBegun(component)
	status, code := c.answer()
	took := l.o.Clock.Now().Sub(begun)
	done(r.Method, op.path, status, took)
	l.o.Observer.LiteAnswered(op.name, code)
	c.log(status, took)
}

// answer serves the call or refuses it, whatever happens.
func (c *call) answer() (status int, code string) {
	crowded := c.inFlight.Add(1) > maxInFlight
	defer c.inFlight.Add(-1)
	c.lease = c.o.Memory.Lease()
	defer c.lease.Release()
	reply, err := c.guarded(crowded)
	if err != nil {
		return c.refuse(err)
	}
	reply(c.w, c.r)
	return http.StatusOK, "ok"
}
