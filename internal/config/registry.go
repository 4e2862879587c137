package config

import (
	"log/slog"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"example.org/osprey"
)

const (
	day       = 24 * time.Hour
	fiveYears = 5 * 365 * day
)

// registry is every setting of this build. The order is that of the reference
// page; data_dir comes first because other values are built from it.
var registry = []*Key{
	path("data_dir", "/var/lib/osprey", func(c *Config) *string { return &c.DataDir },
		"the path of a folder",
		"Folder of the database, media, keys and snapshots; made when it is absent.").
		by("`/var/lib/osprey` for root or where that folder is writable, else `./osprey-data`", standardDataDir),

	text("http.listen", ":8080", func(c *Config) *string { return &c.HTTP.Listen },
		"an address as in `:8080` or `127.0.0.1:8080`; port 0 takes a free one", isAddress,
		"Main listener. Plain HTTP off loopback is logged as a warning; put TLS in front or set `http.tls_cert`."),
	text("http.public_url", "", func(c *Config) *string { return &c.HTTP.PublicURL },
		"empty, or an http or https URL without credentials and query", func(s string) bool { return s == "" || isBase(s) },
		"Base of the links in answers; empty: the request's `Host`.").
		ozBy("SCHEME+HOST+PORT", ozPublicURL),
	list("http.allowed_hosts", func(c *Config) *[]string { return &c.HTTP.AllowedHosts },
		"host names or IP addresses without ports", parseHost, same[string],
		"Values of the `Host` header that are answered; empty: any.").
		ozBy("APP_ALLOWED_HOSTS", ozHosts("APP_ALLOWED_HOSTS")).ozBy("ALLOWED_HOSTS", ozHosts("ALLOWED_HOSTS")),
	list("http.cors_origins", func(c *Config) *[]string { return &c.HTTP.CORSOrigins },
		"origins as in `https://app.example.com`; `*` is refused", parseOrigin, same[string],
		"Origins whose pages may call `/api/`; empty: CORS is off."),
	path("http.tls_cert", "", func(c *Config) *string { return &c.HTTP.TLSCert },
		"empty, or the path of a PEM file", "Certificate chain; set together with `http.tls_key`."),
	path("http.tls_key", "", func(c *Config) *string { return &c.HTTP.TLSKey },
		"empty, or the path of a PEM file", "Private key of the certificate."),
	list("http.trusted_proxies", func(c *Config) *[]netip.Prefix { return &c.HTTP.TrustedProxies },
		"CIDR ranges or IP addresses", parsePrefix, netip.Prefix.String,
		"Peers whose `X-Forwarded-For` and `X-Forwarded-Proto` count."),
	duration("http.read_timeout", "60s", time.Second, time.Hour, func(c *Config) *time.Duration { return &c.HTTP.ReadTimeout },
		"Time to read a whole request, its body included."),

	text("server.components", "auth,stateful,oz_collections", func(c *Config) *string { return &c.Server.Components },
		"`stateful` with `auth`, or `stateless` with or without `auth`, and `oz_collections` beside `stateful`, with commas between them", areComponents,
		"Parts of the API that are served: users and tokens; folders and analyses that are stored; collections. Instant is always served. "+
			"`stateless` alone: nothing is stored, nobody logs in, and no token is asked for; it needs `server.secret_key` or an existing `keys.file`.").
		oz("OZ_APP_COMPONENTS"),
	duration("server.drain_delay", "5s", 0, 10*time.Minute, func(c *Config) *time.Duration { return &c.Server.DrainDelay },
		"Time from SIGTERM, when `/readyz` turns 503, to refusing new requests."),
	duration("server.shutdown_timeout", "30s", 0, time.Hour, func(c *Config) *time.Duration { return &c.Server.ShutdownTimeout },
		"Time that running requests get after that."),
	secretText("server.secret_key", "", func(c *Config) *Secret { return &c.Server.SecretKey },
		"empty, or a text of 32 to 1024 characters", isKeyText(32, 1024),
		"Instance secret, from which signing keys derive and which wraps the data keys; empty: made at the first start and kept in `keys.file`.").
		oz("OZ_API_SECRET_KEY"),

	text("ops.listen", "127.0.0.1:9464", func(c *Config) *string { return &c.Ops.Listen },
		"empty, or an address as in `127.0.0.1:9464`", func(s string) bool { return s == "" || isAddress(s) },
		"Operations listener: metrics, probes, pprof; no authentication, so keep it private. Empty: off."),
	boolean("ops.pprof", false, func(c *Config) *bool { return &c.Ops.Pprof },
		"Serve `/debug/pprof/` on the operations listener."),

	logLevel(),
	choice("log.format", "", func(c *Config) *string { return &c.Log.Format }, "Form of the log lines.", "text", "json").
		by("`text` on a terminal, else `json`", standardLogFormat),
	secretText("metrics.token", "", func(c *Config) *Secret { return &c.Metrics.Token },
		"empty, or 16 to 512 visible ASCII characters", isToken(16, 512),
		"Bearer token for `/metrics` on the main listener; empty: it is only on the operations listener."),

	databaseURL(),
	storageURL(),
	boolean("storage.encrypt", true, func(c *Config) *bool { return &c.Storage.Encrypt },
		"Media and templates are always encrypted with AES-256-GCM, one key a company and purpose; `false` is refused.").
		only("true", "media at rest are always encrypted in this build"),
	path("keys.file", "{data_dir}/keys.json", func(c *Config) *string { return &c.Keys.File },
		"the path of a file", "Key ring, made at the first start with mode 0600. Without it nothing at rest can be read: back it up apart from the data.").
		secret().inDataDir(),

	duration("auth.session_ttl", "15m", time.Second, 30*day, func(c *Config) *time.Duration { return &c.Auth.SessionTTL },
		"Life of an access token.").oz("OZ_SESSION_TTL"),
	duration("auth.session_ttl_longlive", "8760h", time.Minute, fiveYears, func(c *Config) *time.Duration { return &c.Auth.SessionTTLLonglive },
		"Longest life of a service token.").oz("OZ_SESSION_LONGLIVE_TTL"),
	boolean("auth.session_sliding", true, func(c *Config) *bool { return &c.Auth.SessionSliding },
		"Every authenticated request extends its session by `auth.session_ttl`."),
	duration("auth.session_max_age", "24h", 0, fiveYears, func(c *Config) *time.Duration { return &c.Auth.SessionMaxAge },
		"Cap on sliding and refreshing since the login; 0: no cap."),
	integer("auth.password_min_length", 10, 8, 128, func(c *Config) *int { return &c.Auth.PasswordMinLength },
		"Least number of characters of a new password."),

	integer("analysis.workers", 0, 1, 256, func(c *Config) *int { return &c.Analysis.Workers },
		"Analyses and inferences that run at a time.").
		by("the number of cores, cgroup limits applied", func(h Host, _ *Config) string { return strconv.Itoa(min(max(h.CPUs, 1), 256)) }),
	integer("analysis.queue_max", 10000, 1, 1_000_000, func(c *Config) *int { return &c.Analysis.QueueMax },
		"Analyses that may wait; beyond that a start is answered 503."),
	integer("analysis.retry_max", 7, 0, 100, func(c *Config) *int { return &c.Analysis.RetryMax },
		"Tries of an analysis, the first one included; there is always one.").oz("OZ_CELERY_RETRY_MAX_COUNT"),
	duration("analysis.retry_step", "30s", 0, time.Hour, func(c *Config) *time.Duration { return &c.Analysis.RetryStep },
		"Wait before each further try.").oz("OZ_CELERY_RETRY_STEP"),
	duration("analysis.run_timeout", "15m", time.Second, day, func(c *Config) *time.Duration { return &c.Analysis.RunTimeout },
		"Longest time from the first try of an analysis to its result.").oz("OZ_ANALYSE_PROCESSING_EXPIRE_TIMEOUT"),
	duration("analysis.queue_timeout", "60m", time.Second, 7*day, func(c *Config) *time.Duration { return &c.Analysis.QueueTimeout },
		"Longest time that an analysis waits for its first try.").oz("OZ_ANALYSE_DELIVERY_EXPIRE_TIMEOUT"),
	duration("analysis.expire_period", "60s", 100*time.Millisecond, time.Hour, func(c *Config) *time.Duration { return &c.Analysis.ExpirePeriod },
		"Time between two sweeps for overdue analyses.").oz("OZ_ANALYSE_EXPIRE_BEAT_PERIOD"),
	duration("analysis.sync_timeout", "60s", time.Second, 10*time.Minute, func(c *Config) *time.Duration { return &c.Analysis.SyncTimeout },
		"Longest time that a single request waits for its analyses before it is answered 202, and an Instant request before it is given up with 503."),

	float("quality.threshold_spoofing", 0.5, 0, 1, func(c *Config) *float64 { return &c.Quality.ThresholdSpoofing },
		"Company default: a spoofing score from here on is DECLINED.").runtime(),
	choiceOf("quality.gesture_policy", osprey.GestureReport, func(c *Config) *osprey.GesturePolicy { return &c.Quality.GesturePolicy },
		"What a gesture that a medium's tag names and that was not seen does: `report`: it is told; `enforce`: it is DECLINED. "+
			"In a verified take it is always DECLINED.", osprey.GestureReport, osprey.GestureEnforce).runtime(),
	boolean("quality.require_take", false, func(c *Config) *bool { return &c.Quality.RequireTake },
		"QUALITY analyses decline media that are not verified takes, the frames of a capture client with the proof that a challenge was met."),
	qualityBounds(),
	float("biometry.threshold_min", 0.85, 0, 1, func(c *Config) *float64 { return &c.Biometry.ThresholdMin },
		"Company default: below it a comparison is DECLINED. At most `biometry.threshold_max`.").runtime(),
	float("biometry.threshold_max", 0.85, 0, 1, func(c *Config) *float64 { return &c.Biometry.ThresholdMax },
		"Company default: from here on a comparison is SUCCESS; between the two an operator decides.").runtime(),
	float("collection.threshold", 0.85, 0, 1, func(c *Config) *float64 { return &c.Collection.Threshold },
		"Company default: a score from here on is a match.").runtime(),
	share("collection.target_fpir", func(c *Config) **float64 { return &c.Collection.TargetFPIR },
		"Company default: wanted bound on the share of strangers that match somebody; it raises the threshold as a collection grows. Empty: off.").runtime(),

	path("engine.runtime", "auto", func(c *Config) *string { return &c.Engine.Runtime },
		"`auto`, or the path of a library", "The ONNX Runtime library; `auto`: the one of the model pack."),
	choice("engine.provider", "cpu", func(c *Config) *string { return &c.Engine.Provider },
		"Where inference runs.", "cpu").
		only("cpu", "this build runs inference on the CPU only"),
	path("models.dir", "{data_dir}/models", func(c *Config) *string { return &c.Models.Dir },
		"the path of a folder", "Folder of the model pack.").
		inDataDir().by("`{data_dir}/models`; where that folder is absent and `models` beside the osprey binary exists, the latter", standardModelsDir),
	text("models.profile", "default", func(c *Config) *string { return &c.Models.Profile },
		"a name of letters, digits, `.`, `-` and `_`", isName, "Which set of models of the pack is loaded."),
	boolean("models.require_commercial", false, func(c *Config) *bool { return &c.Models.RequireCommercial },
		"Refuse models whose licence forbids commercial use."),

	size("media.max_size", "10MiB", 1<<10, 256<<20, func(c *Config) *int64 { return &c.Media.MaxSize },
		"Largest file of an upload.").oz("OZ_ATTACHMENT_MAX_SIZE"),
	integer("media.max_count", 10, 1, 100, func(c *Config) *int { return &c.Media.MaxCount },
		"Most files of one request.").oz("OZ_ATTACHMENT_MAX_COUNT"),
	integer("media.max_count_folder", 10, 1, 1000, func(c *Config) *int { return &c.Media.MaxCountFolder },
		"Most files of one folder.").oz("OZ_ATTACHMENT_MAX_COUNT"),
	integer("media.max_pixels", 50_000_000, 1024, 200_000_000, func(c *Config) *int { return &c.Media.MaxPixels },
		"Most pixels of an image."),
	integer("media.max_side", 12000, 32, 32767, func(c *Config) *int { return &c.Media.MaxSide },
		"Longest side of an image, in pixels."),
	integer("media.min_side", 32, 16, 4096, func(c *Config) *int { return &c.Media.MinSide },
		"Shortest side of an image, in pixels. At most `media.max_side`."),
	integer("media.max_video_seconds", 60, 1, 600, func(c *Config) *int { return &c.Media.MaxVideoSeconds },
		"Longest video, in seconds."),
	integer("media.max_frames", 300, 1, 3000, func(c *Config) *int { return &c.Media.MaxFrames },
		"Most frames of a shot set (a ZIP of images)."),
	size("media.max_unpacked", "100MiB", 1<<20, 1<<30, func(c *Config) *int64 { return &c.Media.MaxUnpacked },
		"Most bytes of a shot set's frames, unpacked."),
	path("media.video_decoder", "auto", func(c *Config) *string { return &c.Media.VideoDecoder },
		"`auto`, `off`, or the path of ffmpeg",
		"What decodes videos, always in a process of its own; `auto`: the ffmpeg on `PATH`. Without one, and with `off`, videos are refused with 415."),
	duration("media.url_ttl", "1h", time.Second, 7*day, func(c *Config) *time.Duration { return &c.Media.URLTTL },
		"Life of the signed media links."),
	integer("media.thumbnail_px", 320, 32, 1024, func(c *Config) *int { return &c.Media.ThumbnailPX },
		"Longer side of a thumbnail, in pixels."),

	indexMemory(),

	secretText("capsule.jwt_private_key", "", func(c *Config) *Secret { return &c.Capsule.JWTPrivateKey },
		"empty, or a PKCS8 key of curve P-384 in PEM", isPEM("PRIVATE KEY"),
		"Signs session tokens; empty: derived from the instance secret, so it is made at the first start and is the same on all nodes. Change it to make all session tokens invalid at once.").
		ozBy("OZ_JWT_PRIVATE_KEY_PATH", ozFile("OZ_JWT_PRIVATE_KEY_PATH")),
	text("capsule.jwt_public_key", "", func(c *Config) *string { return &c.Capsule.JWTPublicKey },
		"empty, or an SPKI key of curve P-384 in PEM", isPEM("PUBLIC KEY"),
		"The other half of `capsule.jwt_private_key`, for those who keep both; when it is set the two must belong together.").
		ozBy("OZ_JWT_PUBLIC_KEY_PATH", ozFile("OZ_JWT_PUBLIC_KEY_PATH")),
	duration("capsule.token_ttl", "10m", time.Second, day, func(c *Config) *time.Duration { return &c.Capsule.TokenTTL },
		"Life of a session token, with which one capsule is signed."),
	choice("capsule.replay_store", "auto", func(c *Config) *string { return &c.Capsule.ReplayStore },
		"Where spent session tokens are kept until they expire. `store`, and so `auto`: in the database, for all nodes and across restarts. "+
			"`memory`: a token is spent for one process only, which `/readyz` reports.", "auto", "store", "memory"),
	boolean("capsule.reject_repeated_media", false, func(c *Config) *bool { return &c.Capsule.RejectRepeated },
		"Refuse a capsule with media that came in another capsule of the company within 24 hours."),
	duration("capsule.take_ttl", "1h", time.Second, 7*day, func(c *Config) *time.Duration { return &c.Capsule.TakeTTL },
		"How long a take is accepted after its challenge was given; later it is stored as invalid."),

	boolean("lite.enabled", true, func(c *Config) *bool { return &c.Lite.Enabled },
		"API Lite: `/version` and `/v1/face/`. Off: these paths are answered 404."),
	choice("lite.auth", "token", func(c *Config) *string { return &c.Lite.Auth },
		"Who may call API Lite: `token`: users who may start the matching analysis; `none`: everybody who reaches it, which is logged as a warning.",
		"token", "none"),
	text("lite.listen", "", func(c *Config) *string { return &c.Lite.Listen },
		"empty, or an address as in `127.0.0.1:8081`", func(s string) bool { return s == "" || isAddress(s) },
		"A listener of API Lite's own, which the main one then does not serve; empty: the main listener."),
	liteCompany(),
	size("idempotency.max_bytes", "8GiB", 16<<20, 1<<40, func(c *Config) *int64 { return &c.Idempotency.MaxBytes },
		"What is kept of the answers to one company's requests with an Idempotency-Key, for 24 hours each; beyond that a request with a new key is answered 429."),
	size("lite.max_body", "32MiB", 64<<10, 256<<20, func(c *Config) *int64 { return &c.Lite.MaxBody },
		"Largest body of a call of API Lite."),
	float("lite.threshold_min", 0.85, 0, 1, func(c *Config) *float64 { return &c.Lite.ThresholdMin },
		"A comparison of API Lite below it is `declined`. At most `lite.threshold_max`."),
	float("lite.threshold_max", 0.85, 0, 1, func(c *Config) *float64 { return &c.Lite.ThresholdMax },
		"A comparison of API Lite from here on is `approved`; between the two it is `operator_required`."),
	choice("lite.template_protection", "sign", func(c *Config) *string { return &c.Lite.TemplateProtection },
		"How templates of API Lite are protected: `sign`: signed, the same photo gives the same bytes; `seal`: encrypted too, with other bytes each time. Both are read.",
		"sign", "seal"),

	choiceOf("web.injection_mode", osprey.InjectionScore, func(c *Config) *osprey.InjectionMode { return &c.Web.InjectionMode },
		"What signs that media did not come from a live camera do: `log`: they are kept; `score`: they raise `confidence_spoofing`; "+
			"`enforce`: they also refuse at the capture.", osprey.InjectionLog, osprey.InjectionScore, osprey.InjectionEnforce).runtime(),

	duration("webhook.timeout", "10s", 100*time.Millisecond, 5*time.Minute, func(c *Config) *time.Duration { return &c.Webhook.Timeout },
		"Time of one attempt to deliver a webhook: look-up, connection, request and answer.").oz("OZ_EXTERNAL_REQUEST_TIMEOUT"),
	boolean("webhook.allow_http", false, func(c *Config) *bool { return &c.Webhook.AllowHTTP },
		"Webhook addresses may begin with `http://` too."),
	list("webhook.allowed_ports", func(c *Config) *[]int { return &c.Webhook.AllowedPorts },
		"whole numbers from 1 to 65535", parsePort, strconv.Itoa,
		"Ports of webhook addresses beside 443, and 80 for http."),
	list("webhook.allowed_networks", func(c *Config) *[]netip.Prefix { return &c.Webhook.AllowedNetworks },
		"CIDR ranges or IP addresses", parsePrefix, netip.Prefix.String,
		"Private or reserved networks that webhooks may be delivered to all the same. Everybody who may name an address can then reach what listens there."),
	secretText("webhook.proxy", "", func(c *Config) *Secret { return &c.Webhook.Proxy },
		"empty, or an http or https URL of a proxy, with credentials where it wants some", func(s string) bool { return s == "" || isProxy(s) },
		"HTTP proxy that webhooks go through (CONNECT, by address); the environment's proxies are never used."),

	float("rate.company_rps", 50, 0.01, 1_000_000, func(c *Config) *float64 { return &c.Rate.CompanyRPS },
		"Requests a second that a company's token bucket refills.").runtime(),
	integer("rate.company_burst", 200, 1, 1_000_000, func(c *Config) *int { return &c.Rate.CompanyBurst },
		"Requests that a company's token bucket holds.").runtime(),
	float("rate.public_rps", 10, 0.01, 1_000_000, func(c *Config) *float64 { return &c.Rate.PublicRPS },
		"The same for each client address, on public calls.").runtime(),
	integer("rate.public_burst", 30, 1, 1_000_000, func(c *Config) *int { return &c.Rate.PublicBurst },
		"The same for each client address, on public calls.").runtime(),

	duration("audit.retention", "0s", 0, 100*365*day, func(c *Config) *time.Duration { return &c.Audit.Retention },
		"How long audit records are kept; 0: for ever. Older ones are dropped once a day, and a record tells up to where."),

	boolean("compat.bare_collection_list", false, func(c *Config) *bool { return &c.Compat.BareCollectionList },
		"The list of collections is a bare array."),
	boolean("compat.client_reads_persons", false, func(c *Config) *bool { return &c.Compat.ClientReadsPersons },
		"Users of role CLIENT read every person of their company, not only those whom their own folders matched."),
	boolean("compat.oz_env", false, func(c *Config) *bool { return &c.Compat.OzEnv },
		"Read the Oz environment names that are common words too: `HOST`, `PORT`, `SCHEME`, `DEBUG`, `DB_*`, `ALLOWED_HOSTS`, `LICENSE_KEY`."),

	text("admin.email", "", func(c *Config) *string { return &c.Admin.Email },
		"empty, or an e-mail address", func(s string) bool { return s == "" || isEmail(s) },
		"The first administrator, made at the first start; set together with `admin.password`."),
	secretText("admin.password", "", func(c *Config) *Secret { return &c.Admin.Password },
		"empty, or a text of at most 256 characters, at least `auth.password_min_length`", isKeyText(1, 256),
		"Password of the first administrator; only its hash is kept, and later starts ignore it."),
}

const systemDataDir = "/var/lib/osprey"

func standardDataDir(h Host, _ *Config) string {
	if h.Root || h.Writable(systemDataDir) {
		return systemDataDir
	}
	return "./osprey-data"
}

func standardLogFormat(h Host, _ *Config) string {
	if h.Terminal {
		return "text"
	}
	return "json"
}

func standardModelsDir(h Host, c *Config) string {
	own := filepath.Join(c.DataDir, "models")
	if h.Executable == "" || h.IsDir(own) {
		return own
	}
	if beside := filepath.Join(filepath.Dir(h.Executable), "models"); h.IsDir(beside) {
		return beside
	}
	return own
}

func logLevel() *Key {
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	c := codec[slog.Level]{
		kind: KindString,
		parse: func(s string, _ Host) (slog.Level, error) {
			level, ok := levels[strings.ToLower(s)]
			if !ok {
				return 0, errMalformed
			}
			return level, nil
		},
		text: func(l slog.Level) string { return strings.ToLower(l.String()) },
	}
	return row("log.level", c, "info", func(c *Config) *slog.Level { return &c.Log.Level },
		oneOf([]string{"debug", "info", "warn", "error"}), nil, "Least level that is logged.").
		ozBy("DEBUG", ozDebug)
}

func databaseURL() *Key {
	c := urlCodec("sqlite", "this build has SQLite only: `sqlite://PATH`")
	return row("db.url", c, "sqlite://{data_dir}/osprey.db", func(c *Config) *Secret { return &c.DB.URL },
		"`sqlite://PATH`", nil, "The database, a SQLite file.").
		secret().inDataDir().ozBy("DB_ENGINE+DB_USER+DB_PASS+DB_HOST+DB_NAME", ozDatabase)
}

func storageURL() *Key {
	c := urlCodec("file", "this build stores media in local files only: `file://PATH`")
	return row("storage.url", c, "file://{data_dir}/media", func(c *Config) *Secret { return &c.Storage.URL },
		"`file://PATH`", nil, "Where media bytes are kept, a local folder.").
		secret().inDataDir()
}

// urlCodec takes SCHEME://PATH, the path relative or absolute, to the letter.
func urlCodec(scheme, refused string) codec[Secret] {
	return codec[Secret]{
		kind: KindString,
		parse: func(s string, _ Host) (Secret, error) {
			rest, ok := strings.CutPrefix(s, scheme+"://")
			if !ok {
				return "", refusal(refused)
			}
			if rest == "" || len(rest) > maxPath || strings.ContainsAny(rest, "?#\x00") {
				return "", refusal("`" + scheme + "://` must be followed by a path without `?` and `#`")
			}
			return Secret(s), nil
		},
		text: func(s Secret) string { return s.masked() },
	}
}

func liteCompany() *Key {
	c := codec[osprey.ID]{
		kind: KindString,
		parse: func(s string, _ Host) (osprey.ID, error) {
			if s == "" {
				return "", nil
			}
			id, ok := osprey.ParseID(s)
			if !ok {
				return "", errMalformed
			}
			return id, nil
		},
		text: func(id osprey.ID) string { return string(id) },
	}
	return row("lite.company", c, "", func(c *Config) *osprey.ID { return &c.Lite.Company },
		"empty, or the id of a company", nil,
		"Company that calls of API Lite count for where the caller has none; empty: the oldest company.")
}

func indexMemory() *Key {
	c := codec[int64]{kind: KindSize, parse: parseMemory, text: formatSize}
	return row("search.index_memory", c, "50%", func(c *Config) *int64 { return &c.Search.IndexMemory },
		"a size of at least 1MiB as in `4GiB`, or a percentage from `1%` to `95%`",
		func(n int64) bool { return n >= 1<<20 && n <= 1<<50 },
		"Memory that the photo index may take; percentages are of the memory limit (cgroup limits applied). The start fails when the stored photos need more; enrolment beyond it is answered 503.")
}
