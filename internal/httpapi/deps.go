package httpapi

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/account"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/audit"
	"example.org/osprey/internal/capsule"
	"example.org/osprey/internal/collection"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/folder"
	"example.org/osprey/internal/metadata"
	"example.org/osprey/internal/replay"
	"example.org/osprey/internal/report"
	"example.org/osprey/internal/setting"
	"example.org/osprey/internal/usage"
	"example.org/osprey/internal/webhook"
	"example.org/osprey/internal/wire"
)

// Deps is what the API stands on. All fields are required but those that say
// otherwise.
type Deps struct {
	Collections *collection.Service
	Folders     *folder.Service
	Analyses    *analysis.Service
	Instant     *analysis.Instant
	Receiver    *folder.Receiver
	Metadata    *metadata.Service
	Accounts    *account.Service
	Reports     *report.Service
	Sessions    *access.Sessions
	Capsules    *capsule.Desk
	Webhooks    *webhook.Service
	Limiter     *access.Limiter
	Settings    *setting.Service
	Usage       *usage.Service
	Audits      *audit.Reader
	Policy      access.Policy
	// Replays keeps the answers to requests with an Idempotency-Key.
	Replays *replay.Desk

	// Thresholds are the installation's in force.
	Thresholds func() osprey.Thresholds
	// CheckEndpoint refuses an address that no webhook would be sent to, as 400/4 of the
	// field.
	CheckEndpoint func(field, url string) error
	// OwnURL is where links lead that are made without a request, when no public URL is
	// set. Optional.
	OwnURL func() string

	// Refused records in the audit log that the role table refused a call that
	// changes something. Optional.
	Refused func(ctx context.Context, actor osprey.Actor, call access.Endpoint, refusal error) error

	Signer  *wire.Signer
	Uploads *wire.Budget // bytes of request bodies in flight, of the whole process
	Process Process
	Models  Models
	System  System
	// Gatherer is what /metrics shows.
	Gatherer prometheus.Gatherer
	// Observer is told of every request. Optional.
	Observer Observer

	Config config.Config
	Build  Build
	Clock  osprey.Clock
	IDs    *osprey.IDs
	Log    *slog.Logger
	// MaxInFlight bounds the requests that run at a time; 0 is 1024.
	MaxInFlight int
}

// Build is what this binary is.
type Build struct {
	Version string // "1.4.0"
	Commit  string
	Go      string
	Engine  string // version of the inference runtime
}

// Process tells what the running process can do at this moment. Its methods are
// called with every request: they must not wait.
type Process interface {
	// MayServe is nil until the process refuses new requests, then 503/19.
	MayServe() error
	// MayWrite is nil once the photo index is loaded, before that 503/19.
	MayWrite() error
	// MayUpload is nil while there is room on the disk, else 503/19.
	MayUpload() error
	// Checks looks at every part the process needs, for the probes only; it may
	// take a while and honours ctx.
	Checks(ctx context.Context) (ready bool, checks []Check)
}

// Check is the state of one part of the process.
type Check struct {
	Name   string // store, storage, index, models, queue, disk, decoder
	Status string // ok, missing, low, full, loading, failed; of hidden ones any word
	Detail string // for people; no path, no address
	Took   time.Duration
	// Hidden checks are told to the operations listener alone.
	Hidden bool
}

// Models lists the models of the pack.
type Models interface {
	Models() []Model
}

// Model is one model as GET /api/models shows it.
type Model struct {
	Name          string
	Version       string
	Task          string
	SHA256        string
	License       string // SPDX
	CommercialUse bool
	InUse         bool
	Calibration   any // as the manifest has it; nil when it has none
	Accuracy      any
}

// System tells the figures of GET /api/system.
type System interface {
	Figures(ctx context.Context) Figures
}

// Figures are counts and sizes of the installation; nil is unknown.
type Figures struct {
	QueueDepth    int64
	DiskFree      *int64 // bytes
	DatabaseBytes int64
	IndexPhotos   int64
	IndexBytes    int64
	RecallProbe   *float64 // 0..1
	LastBackup    osprey.Time
	Errors24h     int64 // answers with a status of 500 and more
}

// Observer is told of requests, for the metrics; *metric.Set is one.
type Observer interface {
	// RequestBegun is called when a request arrives, the function that it returns
	// when the answer is out. route is the pattern of the route table, "" for a
	// path that is not in it.
	RequestBegun(component string) (done func(method, route string, status int, took time.Duration))
	// RateLimited counts a 429 of a rate limit; scope is "company" or "address".
	RateLimited(scope string)
	// AuthFailed counts a refused login or token by a stable word.
	AuthFailed(reason string)
}

// component is the label of this API among the faces of the binary.
const component = "api"

// authFailed counts what is wrong with credentials; other faults are not counted.
func (a *API) authFailed(err error) {
	reasons := map[osprey.Code]string{
		osprey.CodeAuthNotProvided: "missing", osprey.CodeAuthInvalid: "invalid",
		osprey.CodeAuthExpired: "expired", osprey.CodeRateLimited: "back_off",
	}
	if reason, ok := reasons[osprey.ErrorOf(err).Code]; ok {
		a.Observer.AuthFailed(reason)
	}
}

// nobody observes nothing.
type nobody struct{}

func (nobody) RequestBegun(string) func(string, string, int, time.Duration) {
	return func(string, string, int, time.Duration) {}
}
func (nobody) RateLimited(string) {}
func (nobody) AuthFailed(string)  {}
