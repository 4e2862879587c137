package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// host is a machine with fixed facts, so that defaults do not depend on where
// the tests run.
func host() *Host {
	return &Host{CPUs: 3, MemoryLimit: 8 << 30, Executable: "/opt/osprey/bin/osprey"}
}

// sample has, for every key, a value that is not its default.
var sample = map[string]string{
	"data_dir":                   "/srv/osprey",
	"http.listen":                "127.0.0.1:0",
	"http.public_url":            "https://faces.example.com/osprey",
	"http.allowed_hosts":         "faces.example.com,10.0.0.7",
	"http.cors_origins":          "https://app.example.com,http://localhost:5173",
	"http.tls_cert":              "/etc/osprey/cert.pem",
	"http.tls_key":               "/etc/osprey/key.pem",
	"http.trusted_proxies":       "10.0.0.0/8,192.168.1.1/32",
	"http.read_timeout":          "2m",
	"server.components":          "auth,stateless",
	"server.drain_delay":         "0s",
	"server.shutdown_timeout":    "10s",
	"server.secret_key":          "correct horse battery staple, twice over",
	"ops.listen":                 "",
	"ops.pprof":                  "true",
	"log.level":                  "debug",
	"log.format":                 "text",
	"metrics.token":              "0123456789abcdef",
	"db.url":                     "sqlite:///srv/faces.db",
	"storage.url":                "file:///srv/media",
	"storage.encrypt":            "true",
	"keys.file":                  "/run/keys/osprey.json",
	"auth.session_ttl":           "5m",
	"auth.session_ttl_longlive":  "43800h",
	"auth.session_sliding":       "false",
	"auth.session_max_age":       "12h",
	"auth.password_min_length":   "12",
	"analysis.workers":           "7",
	"analysis.queue_max":         "50",
	"analysis.retry_max":         "2",
	"analysis.retry_step":        "1.5s",
	"analysis.run_timeout":       "1m",
	"analysis.queue_timeout":     "2h",
	"analysis.expire_period":     "100ms",
	"analysis.sync_timeout":      "30s",
	"quality.threshold_spoofing": "0.6",
	"quality.gesture_policy":     "enforce",
	"quality.require_take":       "true",
	"quality.bounds":             "",
	"biometry.threshold_min":     "0.7",
	"biometry.threshold_max":     "0.9",
	"collection.threshold":       "0.91",
	"collection.target_fpir":     "0.01",
	"engine.runtime":             "/usr/lib/libonnxruntime.so.1",
	"engine.provider":            "cpu",
	"models.dir":                 "/srv/models",
	"models.profile":             "small",
	"idempotency.max_bytes":      "64MiB",
	"models.require_commercial":  "true",
	"media.max_size":             "5MiB",
	"media.max_count":            "3",
	"media.max_count_folder":     "4",
	"media.max_pixels":           "1000000",
	"media.max_side":             "4000",
	"media.min_side":             "64",
	"media.max_video_seconds":    "30",
	"media.max_frames":           "60",
	"media.max_unpacked":         "50MiB",
	"media.video_decoder":        "/usr/local/bin/ffmpeg",
	"media.url_ttl":              "168h",
	"media.thumbnail_px":         "200",
	"search.index_memory":        "3GiB",
	"capsule.take_ttl":           "10m",

	"capsule.jwt_private_key":       "-----BEGIN PRIVATE KEY-----\neA==\n-----END PRIVATE KEY-----",
	"capsule.jwt_public_key":        "-----BEGIN PUBLIC KEY-----\neA==\n-----END PUBLIC KEY-----",
	"capsule.token_ttl":             "5m",
	"capsule.replay_store":          "memory",
	"capsule.reject_repeated_media": "true",

	"lite.enabled":             "false",
	"lite.auth":                "none",
	"lite.listen":              "127.0.0.1:8082",
	"lite.company":             "01980000-0000-7000-8000-0000000000c1",
	"lite.max_body":            "16MiB",
	"lite.threshold_min":       "0.6",
	"lite.threshold_max":       "0.95",
	"lite.template_protection": "seal",

	"web.injection_mode":          "log",
	"webhook.timeout":             "30s",
	"webhook.allow_http":          "true",
	"webhook.allowed_ports":       "8443,9443",
	"webhook.allowed_networks":    "10.0.0.0/8,192.168.1.1/32",
	"webhook.proxy":               "http://user:secret@proxy.example.com:3128",
	"rate.company_rps":            "1000.5",
	"rate.company_burst":          "2000",
	"rate.public_rps":             "1001",
	"rate.public_burst":           "2001",
	"audit.retention":             "720h",
	"compat.bare_collection_list": "true",
	"compat.client_reads_persons": "true",
	"compat.oz_env":               "true",
	"admin.email":                 "ann@example.com",
	"admin.password":              "a long pass phrase",
}

// singleValued keys have one allowed value, so their sample is their default.
var singleValued = []string{"storage.encrypt", "engine.provider"}

func TestEverySettingFromEverySource(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var env, envFiles []string
	flags := map[string]string{}
	var nested strings.Builder
	for _, k := range Keys() {
		value, ok := sample[k.Name]
		if !ok {
			t.Errorf("%s has no sample", k.Name)
		}
		if k.FileOnly {
			continue
		}
		file := filepath.Join(dir, k.Name)
		if err := os.WriteFile(file, []byte(value+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		env = append(env, k.Env()+"="+value)
		envFiles = append(envFiles, k.Env()+"_FILE="+file)
		flags[k.FlagName()] = value
		if strings.HasSuffix(k.FlagName(), "-file") {
			flags[k.FlagName()] = file
		}
		fmt.Fprintf(&nested, "%s: %q\n", k.Name, value)
	}
	file, err := ParseFile("osprey.yaml", []byte(nested.String()))
	if err != nil {
		t.Fatal(err)
	}
	for source, sources := range map[Source]Sources{
		SourceFile:                   {File: file},
		SourceEnvironment:            {Environ: env},
		SourceFlag:                   {Flags: flags},
		SourceEnvironment + " files": {Environ: envFiles},
	} {
		t.Run(string(source), func(t *testing.T) {
			t.Parallel()
			sources.Host = host()
			got, err := Resolve(sources)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Settings) != len(Keys()) {
				t.Fatalf("%d settings, want %d", len(got.Settings), len(Keys()))
			}
			for _, s := range got.Settings {
				k, _ := Lookup(s.Key)
				if k.FileOnly {
					continue
				}
				if base, _, _ := strings.Cut(string(source), " "); s.Source != Source(base) {
					t.Errorf("%s comes from %s", s.Key, s.Source)
				}
				if k.Secret {
					if s.Text != mask || s.Value != mask {
						t.Errorf("%s is shown as %q, %v", s.Key, s.Text, s.Value)
					}
				} else if s.Text != sample[s.Key] {
					t.Errorf("%s = %q, want %q", s.Key, s.Text, sample[s.Key])
				}
			}
			checkSample(t, got.Config)
		})
	}
}

func checkSample(t *testing.T, c Config) {
	t.Helper()
	for name, ok := range map[string]bool{
		"DB":         c.DB.Path == "/srv/faces.db" && c.DB.URL.Reveal() == sample["db.url"],
		"Storage":    c.Storage.Dir == "/srv/media" && c.Storage.Encrypt,
		"Keys":       c.Keys.File == sample["keys.file"],
		"Server":     c.Server.SecretKey.Reveal() == sample["server.secret_key"] && c.Server.DrainDelay == 0,
		"HTTP":       c.HTTP.ReadTimeout == 2*time.Minute && len(c.HTTP.TrustedProxies) == 2 && len(c.HTTP.CORSOrigins) == 2,
		"Ops":        c.Ops.Listen == "" && c.Ops.Pprof,
		"Admin":      c.Admin.Email == "ann@example.com" && c.Admin.Password.Reveal() == sample["admin.password"],
		"Collection": c.Collection.TargetFPIR != nil && *c.Collection.TargetFPIR == 0.01,
		"Media":      c.Media.MaxSize == 5<<20 && c.Media.URLTTL == 7*24*time.Hour && c.Media.MaxUnpacked == 50<<20 && c.Media.MaxFrames == 60,
		"Capsule":    c.Capsule.TakeTTL == 10*time.Minute && c.Web.InjectionMode == "log",
		"Lite": c.Lite == Lite{Auth: "none", Listen: "127.0.0.1:8082", Company: "01980000-0000-7000-8000-0000000000c1",
			MaxBody: 16 << 20, ThresholdMin: 0.6, ThresholdMax: 0.95, TemplateProtection: "seal"},
		"Search":      c.Search.IndexMemory == 3<<30,
		"Rate":        c.Rate.CompanyRPS == 1000.5 && c.Rate.PublicBurst == 2001,
		"Biometry":    c.Biometry == Biometry{ThresholdMin: 0.7, ThresholdMax: 0.9},
		"Auth":        c.Auth.SessionTTLLonglive == 5*365*24*time.Hour && !c.Auth.SessionSliding,
		"Idempotency": c.Idempotency == Idempotency{MaxBytes: 64 << 20},
		"Models":      c.Models == Models{Dir: "/srv/models", Profile: "small", RequireCommercial: true},
		"Compat":      c.Compat == Compat{BareCollectionList: true, ClientReadsPersons: true, OzEnv: true},
		"Analysis":    c.Analysis.RetryStep == 1500*time.Millisecond && c.Analysis.Workers == 7,
		"Quality":     c.Quality == Quality{ThresholdSpoofing: 0.6, GesturePolicy: "enforce", RequireTake: true, Bounds: standardBounds()},
		"everything ": nonDefault(t, c),
	} {
		if !ok {
			t.Errorf("%s is wrong: %+v", name, c)
		}
	}
}

// nonDefault tells whether every key whose sample differs from its default
// also changed the typed value: a row that is bound to the wrong field fails.
func nonDefault(t *testing.T, c Config) bool {
	t.Helper()
	standard, err := Resolve(Sources{Host: host()})
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	count(reflect.ValueOf(c), reflect.ValueOf(standard.Config), &changed)
	// quality.bounds keeps its default; db.url and storage.url fill two fields.
	want := len(Keys()) - len(singleValued) - 1 + 2
	if changed != want {
		t.Errorf("%d fields changed, want %d", changed, want)
	}
	return changed == want
}

func count(a, b reflect.Value, changed *int) {
	if a.Kind() == reflect.Struct {
		for i := range a.NumField() {
			count(a.Field(i), b.Field(i), changed)
		}
		return
	}
	if !reflect.DeepEqual(a.Interface(), b.Interface()) {
		*changed++
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		host Host
		want map[string]string
	}{
		{
			"ordinary user", Host{CPUs: 2, MemoryLimit: 4 << 30},
			map[string]string{
				"data_dir": "./osprey-data", "models.dir": "osprey-data/models", "analysis.workers": "2",
				"search.index_memory": "2GiB", "log.format": "json", "http.listen": ":8080", "ops.listen": "127.0.0.1:9464",
				"auth.session_ttl": "15m", "auth.session_ttl_longlive": "8760h", "media.max_size": "10MiB",
			},
		},
		{
			"root on a terminal", Host{Root: true, Terminal: true, CPUs: 400, MemoryLimit: 4 << 30},
			map[string]string{"data_dir": "/var/lib/osprey", "log.format": "text", "analysis.workers": "256"},
		},
		{
			"the system's folder is writable", Host{MemoryLimit: 4 << 30, Writable: func(p string) bool { return p == "/var/lib/osprey" }},
			map[string]string{"data_dir": "/var/lib/osprey", "analysis.workers": "1"},
		},
		{
			"models beside the binary",
			Host{MemoryLimit: 4 << 30, Executable: "/opt/bin/osprey", IsDir: func(p string) bool { return p == "/opt/bin/models" }},
			map[string]string{"models.dir": "/opt/bin/models"},
		},
		{
			"models in the data folder come first",
			Host{MemoryLimit: 4 << 30, Executable: "/opt/bin/osprey", IsDir: func(string) bool { return true }},
			map[string]string{"models.dir": "osprey-data/models"},
		},
		{
			"models nowhere", Host{MemoryLimit: 4 << 30, Executable: "/opt/bin/osprey"},
			map[string]string{"models.dir": "osprey-data/models"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Resolve(Sources{Host: &tt.host})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range got.Settings {
				if s.Source != SourceDefault || s.Locked {
					t.Errorf("%s: source %s, locked %v", s.Key, s.Source, s.Locked)
				}
				if want, ok := tt.want[s.Key]; ok && s.Text != want {
					t.Errorf("%s = %q, want %q", s.Key, s.Text, want)
				}
			}
		})
	}
}

// TestDocumentedDefaults: a default that is written as a plain value is one
// that the key takes itself.
func TestDocumentedDefaults(t *testing.T) {
	t.Parallel()
	for _, k := range Keys() {
		if strings.ContainsAny(k.Default, " `") {
			continue
		}
		if _, err := k.read(raw{text: k.Default}, *host()); err != nil {
			t.Errorf("%s: its default %q is refused: %v", k.Name, k.Default, err)
		}
	}
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	const key = "collection.threshold"
	file, err := ParseFile("osprey.yaml", []byte("collection: {threshold: 0.1}"))
	if err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		add    func(*Sources)
		want   float64
		source Source
		locked bool
	}{
		{func(*Sources) {}, 0.85, SourceDefault, false},
		{func(s *Sources) { s.File = file }, 0.1, SourceFile, false},
		{func(s *Sources) { s.Database = map[string]string{key: "0.2"} }, 0.2, SourceDatabase, false},
		{func(s *Sources) { s.Environ = []string{"OSPREY_COLLECTION_THRESHOLD=0.3"} }, 0.3, SourceEnvironment, true},
		{func(s *Sources) { s.Flags = map[string]string{key: "0.4"} }, 0.4, SourceFlag, true},
	}
	sources := Sources{Host: host()}
	for _, step := range steps {
		step.add(&sources)
		got, err := Resolve(sources)
		if err != nil {
			t.Fatal(err)
		}
		if got.Config.Collection.Threshold != step.want || got.Origin(key) != step.source {
			t.Errorf("got %v from %s, want %v from %s", got.Config.Collection.Threshold, got.Origin(key), step.want, step.source)
		}
		i := slices.IndexFunc(got.Settings, func(s Setting) bool { return s.Key == key })
		if got.Settings[i].Locked != step.locked {
			t.Errorf("%s: locked = %v", step.source, got.Settings[i].Locked)
		}
	}
	if (&Resolved{}).Origin("nothing") != "" {
		t.Error("an unknown key has an origin")
	}
}

func TestDatabaseSetsOnlyRuntimeKeys(t *testing.T) {
	t.Parallel()
	base, err := Resolve(Sources{Host: host()})
	if err != nil {
		t.Fatal(err)
	}
	got, err := base.WithDatabase(map[string]string{
		"http.listen": ":1", "rate.company_burst": "7", "rate.public_burst": "many", "gone.key": "1",
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Config.HTTP.Listen != ":8080" || got.Config.Rate.CompanyBurst != 7 || got.Config.Rate.PublicBurst != 30 {
		t.Errorf("got %+v, %+v", got.Config.HTTP, got.Config.Rate)
	}
	if len(got.Notices) != 1 || !strings.Contains(got.Notices[0].Text, "rate.public_burst") {
		t.Errorf("notices: %v", got.Notices)
	}
}

func TestEnvironmentNamesDoNotCollide(t *testing.T) {
	t.Parallel()
	names := map[string]string{}
	flags := map[string]string{}
	for _, k := range Keys() {
		for _, name := range []string{k.Env(), k.Env() + "_FILE"} {
			if other, twice := names[name]; twice {
				t.Errorf("%s belongs to %s and %s", name, other, k.Name)
			}
			names[name] = k.Name
		}
		if other, twice := flags[k.FlagName()]; twice {
			t.Errorf("--%s belongs to %s and %s", k.FlagName(), other, k.Name)
		}
		flags[k.FlagName()] = k.Name
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	byKey := map[string]Flag{}
	for _, flag := range Flags() {
		byKey[flag.Key] = flag
		if flag.Help == "" || flag.Placeholder == "" {
			t.Errorf("--%s has no help or placeholder", flag.Name)
		}
	}
	for key, want := range map[string]string{
		"data_dir": "data-dir DIR", "http.listen": "http.listen TEXT", "metrics.token": "metrics.token-file FILE",
		"keys.file": "keys.file FILE", "ops.pprof": "ops.pprof BOOL", "http.tls_cert": "http.tls-cert FILE",
		"media.max_size": "media.max-size SIZE",
	} {
		if got := byKey[key].Name + " " + byKey[key].Placeholder; got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if _, there := byKey["quality.bounds"]; there {
		t.Error("quality.bounds has a flag")
	}
	got, err := Resolve(Sources{Host: host(), Flags: map[string]string{"http.public_url": "https://a.example"}})
	if err != nil || got.Config.HTTP.PublicURL != "https://a.example" {
		t.Errorf("a flag with an underscore: %v", err)
	}
}

// faults returns the lines of err.
func faults(t *testing.T, err error) []string {
	t.Helper()
	var all Errors
	if !errors.As(err, &all) {
		t.Fatalf("%T: %v", err, err)
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(all) {
		t.Errorf("%d faults in %d lines", len(all), len(lines))
	}
	return lines
}
