package config

import (
	"log/slog"
	"net/netip"
	"time"

	"example.org/osprey"
)

// Config is every setting of one instance, typed and already valid.
type Config struct {
	// DataDir is the folder of the database, media, keys and snapshots.
	DataDir     string
	HTTP        HTTP
	Server      Server
	Ops         Ops
	Log         Log
	Metrics     Metrics
	DB          DB
	Storage     Storage
	Keys        KeyRing
	Auth        Auth
	Analysis    Analysis
	Quality     Quality
	Biometry    Biometry
	Collection  Collection
	Engine      Engine
	Models      Models
	Media       Media
	Search      Search
	Capsule     Capsule
	Lite        Lite
	Idempotency Idempotency
	Web         Web
	Webhook     Webhook
	Rate        Rate
	Audit       Audit
	Compat      Compat
	Admin       Admin
}

// HTTP is the main listener.
type HTTP struct {
	Listen         string         // host:port; port 0 takes a free one
	PublicURL      string         // base of links, without a slash at the end; empty: the request's Host
	AllowedHosts   []string       // lower case, without ports; empty: any
	CORSOrigins    []string       // exact origins; empty: CORS is off
	TLSCert        string         // PEM file; set together with TLSKey or not at all
	TLSKey         string         // PEM file
	TrustedProxies []netip.Prefix // peers whose X-Forwarded-* headers count
	ReadTimeout    time.Duration  // for a whole request, its body included
}

// Server is the life of the process.
type Server struct {
	Components      string        // words with commas between them; ask Has
	DrainDelay      time.Duration // from SIGTERM to refusing new requests
	ShutdownTimeout time.Duration // for running requests after that
	SecretKey       Secret        // instance secret; empty: kept in Keys.File
}

// Ops is the operations listener: metrics, probes, pprof.
type Ops struct {
	Listen string // host:port; empty: off
	Pprof  bool
}

// Log is how the process writes its log to standard error.
type Log struct {
	Level  slog.Level
	Format string // "text" or "json"
}

// Metrics guards /metrics on the main listener.
type Metrics struct {
	Token Secret // empty: /metrics is only on the operations listener
}

// DB is the database.
type DB struct {
	URL  Secret
	Path string // the SQLite file that URL names
}

// Storage is where media bytes live.
type Storage struct {
	URL     Secret
	Dir     string // the folder that URL names
	Encrypt bool   // always true in this build
}

// KeyRing is where the keys are kept.
type KeyRing struct {
	File string
}

// Auth is sessions and passwords.
type Auth struct {
	SessionTTL         time.Duration
	SessionTTLLonglive time.Duration // service tokens
	SessionSliding     bool
	SessionMaxAge      time.Duration // 0: no cap
	PasswordMinLength  int           // characters
}

// Analysis is the work queue of analyses.
type Analysis struct {
	Workers      int // analyses and inferences at a time
	QueueMax     int // waiting analyses; beyond it 503
	RetryMax     int // tries, the first one included
	RetryStep    time.Duration
	RunTimeout   time.Duration // of one analysis, from its first try
	QueueTimeout time.Duration // of waiting
	ExpirePeriod time.Duration // between sweeps for overdue analyses
	SyncTimeout  time.Duration // of a request that waits for its analyses
}

// Quality is the gates for faces and the policies of liveness.
type Quality struct {
	ThresholdSpoofing float64
	GesturePolicy     osprey.GesturePolicy
	RequireTake       bool // only verified takes may pass a QUALITY analysis
	Bounds            Bounds
}

// Biometry is the installation's default for 1:1 comparisons.
type Biometry struct {
	ThresholdMin float64
	ThresholdMax float64 // never below ThresholdMin
}

// Collection is the installation's default for 1:N searches.
type Collection struct {
	Threshold  float64
	TargetFPIR *float64 // above 0 to 1; nil: off
}

// Webhook is the requests to addresses that companies name.
type Webhook struct {
	Timeout         time.Duration // of a whole attempt
	AllowHTTP       bool
	AllowedPorts    []int // beside 443, and 80 for http
	AllowedNetworks []netip.Prefix
	Proxy           Secret // URL, which may hold credentials; empty: none
}

// Engine is the inference runtime.
type Engine struct {
	Runtime  string // path of the ONNX Runtime library, or "auto"
	Provider string // "cpu"
}

// Models is the model pack.
type Models struct {
	Dir               string
	Profile           string
	RequireCommercial bool
}

// Media is the limits on uploads.
type Media struct {
	MaxSize         int64  // bytes of one file
	MaxCount        int    // files of one request
	MaxCountFolder  int    // files of one folder
	MaxPixels       int    // of one image
	MaxSide         int    // pixels
	MinSide         int    // pixels
	MaxVideoSeconds int    // of one video
	MaxFrames       int    // of one shot set
	MaxUnpacked     int64  // bytes of one shot set's frames
	VideoDecoder    string // path of ffmpeg, "auto" (found on PATH) or "off"
	URLTTL          time.Duration
	ThumbnailPX     int // longer side of a thumbnail
}

// Capsule is what capture clients send, and the tokens that they sign it with.
type Capsule struct {
	JWTPrivateKey  Secret        // PEM; empty: derived from the instance secret
	JWTPublicKey   string        // PEM, of the private key; may be empty
	TokenTTL       time.Duration // of a session token
	ReplayStore    string        // where spent tokens are kept: "store" or "memory"
	RejectRepeated bool          // refuse media that came in another capsule within a day
	TakeTTL        time.Duration // of a take, from its challenge on
}

// Idempotency is what is kept for requests that are repeated with their key.
type Idempotency struct {
	MaxBytes int64 // of the answers to one company
}

// Lite is API Lite, the calls that store nothing.
type Lite struct {
	Enabled            bool
	Auth               string    // "token" or "none"
	Listen             string    // host:port of a listener of its own; empty: the main one
	Company            osprey.ID // pays for callers without a company; empty: the first company
	MaxBody            int64     // bytes of a request body
	ThresholdMin       float64
	ThresholdMax       float64 // never below ThresholdMin
	TemplateProtection string  // "sign" or "seal"
}

// Web is how captures of web pages are judged.
type Web struct {
	InjectionMode osprey.InjectionMode
}

// Search is the photo index.
type Search struct {
	IndexMemory int64 // bytes
}

// Rate is the token buckets, in requests a second and requests.
type Rate struct {
	CompanyRPS   float64
	CompanyBurst int
	PublicRPS    float64
	PublicBurst  int
}

// Audit is the audit log.
type Audit struct {
	Retention time.Duration // always 0 (for ever) in this build
}

// Compat is switches for clients written for other versions of the API.
type Compat struct {
	BareCollectionList bool
	ClientReadsPersons bool
	OzEnv              bool
}

// Admin is the first administrator, made at the first start; both or neither.
type Admin struct {
	Email    string
	Password Secret
}

// Bounds is quality.bounds: what a face must measure.
type Bounds struct {
	Enrol   osprey.Gate          // for collection photos
	Hard    osprey.Gate          // for every photo, in analyses too; never stricter than Enrol
	Capture osprey.CaptureBounds // of good capture; analyses warn beyond them
}
