package config

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
)

// Source is where a value came from.
type Source string

// The sources, from weakest to strongest.
const (
	SourceDefault     Source = "default"
	SourceFile        Source = "file"
	SourceDatabase    Source = "database"
	SourceEnvironment Source = "environment"
	SourceFlag        Source = "flag"
)

// Sources is everything that settings are read from.
type Sources struct {
	File     File
	Database map[string]string // run-time keys and the texts of their values, as Change returned them
	Environ  []string          // NAME=value, as os.Environ has it
	Flags    map[string]string // by the name of the flag
	Host     *Host             // nil: this machine
}

// Setting is one resolved setting, as it may be shown.
type Setting struct {
	Key     string
	Value   any    // as JSON has it: string (durations and sizes too), bool, int, float64, []string, map or nil
	Text    string // the same for people
	Source  Source
	From    string // the place in the source: "osprey.yaml:12", "OSPREY_HTTP_LISTEN", "--http.listen"
	Runtime bool   // can be changed at run time
	Locked  bool   // a run-time key that environment or flag hold fast
}

// Notice is something to log once at the start.
type Notice struct {
	Level slog.Level
	Text  string
}

// Resolved is the outcome of [Resolve].
type Resolved struct {
	Config   Config
	Settings []Setting // every key, in the order of the registry; secrets are masked
	Notices  []Notice

	sources Sources
}

// Resolve reads all sources and checks every value in them, those that a
// stronger source hides included. Its error is of type [Errors].
func Resolve(sources Sources) (*Resolved, error) {
	var host Host
	if sources.Host != nil {
		host = *sources.Host
	} else {
		host = ThisHost()
	}
	if host.IsDir == nil {
		host.IsDir = func(string) bool { return false }
	}
	if host.Writable == nil {
		host.Writable = func(string) bool { return false }
	}
	r := resolver{sources: sources, host: host, env: environ(sources.Environ), flags: map[string]givenFlag{}}
	r.readFlags()
	r.ozEnv = r.readsCommonNames()
	for _, k := range registry {
		r.resolve(k)
	}
	r.derive()
	r.mention()
	if err := r.faults.orNil(); err != nil {
		return nil, err
	}
	return &Resolved{Config: r.config, Settings: r.settings, Notices: r.notices, sources: sources}, nil
}

// Origin is the source of key's value; empty for an unknown key.
func (r *Resolved) Origin(key string) Source {
	for _, s := range r.Settings {
		if s.Key == key {
			return s.Source
		}
	}
	return ""
}

// WithDatabase resolves the same sources again with these run-time values.
func (r *Resolved) WithDatabase(values map[string]string) (*Resolved, error) {
	sources := r.sources
	sources.Database = maps.Clone(values)
	return Resolve(sources)
}

// WithFile resolves the same sources again with another file, for a reload.
func (r *Resolved) WithFile(file File) (*Resolved, error) {
	sources := r.sources
	sources.File = file
	return Resolve(sources)
}

type givenFlag struct{ name, value string }

// resolver is the state of one Resolve.
type resolver struct {
	sources  Sources
	host     Host
	env      map[string]string
	flags    map[string]givenFlag // by key
	ozEnv    bool
	config   Config
	settings []Setting
	notices  []Notice
	faults   Errors
}

func environ(lines []string) map[string]string {
	env := make(map[string]string, len(lines))
	for _, line := range lines {
		if name, value, ok := strings.Cut(line, "="); ok {
			env[name] = value
		}
	}
	return env
}

func (r *resolver) readFlags() {
	for _, name := range slices.Sorted(maps.Keys(r.sources.Flags)) {
		k, ok := flagKey(name)
		if !ok {
			var names []string
			for _, flag := range Flags() {
				names = append(names, flag.Name)
			}
			r.faults = append(r.faults, unknown(name, "flag", names))
			continue
		}
		r.flags[k.Name] = givenFlag{name: "--" + k.FlagName(), value: r.sources.Flags[name]}
	}
}

// readsCommonNames looks ahead for compat.oz_env; its faults are found when
// its turn comes.
func (r *resolver) readsCommonNames() bool {
	k, _ := Lookup("compat.oz_env")
	ahead := resolver{sources: r.sources, host: r.host, env: r.env, flags: r.flags}
	ahead.resolve(k)
	return ahead.config.Compat.OzEnv
}

// candidate is a value of one source.
type candidate struct {
	raw    raw
	source Source
	from   string
	err    error // the value could not even be read
}

// resolve reads k from every source and keeps the strongest value.
func (r *resolver) resolve(k *Key) {
	standard := raw{text: k.standard(r.host, &r.config)}
	candidates := []candidate{{raw: standard, source: SourceDefault}}
	if v, ok := r.sources.File.values[k.Name]; ok {
		candidates = append(candidates, candidate{raw: v.raw, source: SourceFile, from: r.sources.File.at(v.line)})
	}
	if v, ok := r.sources.Database[k.Name]; ok && k.Runtime {
		candidates = append(candidates, candidate{raw: raw{text: v}, source: SourceDatabase})
	}
	candidates = append(candidates, r.fromEnvironment(k)...)
	candidates = append(candidates, r.fromFlag(k)...)

	var value any
	var won candidate
	for _, c := range candidates {
		read, err := r.read(k, c)
		switch {
		case err == nil:
			value, won = read, c
		case c.source == SourceDatabase:
			// It was valid when it was stored, so another version wrote it; an
			// instance that cannot start could not be mended through its API.
			r.warn(badValue(k, c.raw.shown(), "stored at run time, ignored", err).Text)
		default:
			r.faults = append(r.faults, badValue(k, c.raw.shown(), c.from, err))
		}
	}
	if value == nil {
		return
	}
	k.assign(&r.config, value)
	r.settings = append(r.settings, setting(k, value, won))
}

func (r *resolver) read(k *Key, c candidate) (any, error) {
	if c.err != nil {
		return nil, c.err
	}
	if k.expand != nil {
		c.raw.text = k.expand(c.raw.text, r.config)
	}
	return k.read(c.raw, r.host)
}

func setting(k *Key, value any, c candidate) Setting {
	s := Setting{
		Key: k.Name, Value: k.shape(value), Text: k.text(value), Source: c.source, From: c.from,
		Runtime: k.Runtime, Locked: k.Runtime && (c.source == SourceEnvironment || c.source == SourceFlag),
	}
	if k.Secret {
		s.Text = Secret(s.Text).masked()
		s.Value = s.Text
	}
	return s
}

// derive fills the fields that come of others and checks what single rows
// cannot: the order of two limits, settings that need each other.
func (r *resolver) derive() {
	c := &r.config
	c.DB.Path = strings.TrimPrefix(c.DB.URL.Reveal(), "sqlite://")
	c.Storage.Dir = strings.TrimPrefix(c.Storage.URL.Reveal(), "file://")
	c.HTTP.PublicURL = strings.TrimRight(c.HTTP.PublicURL, "/")
	if len(r.faults) > 0 {
		return // what was not read would only cause false alarms
	}
	r.demand((c.HTTP.TLSCert == "") == (c.HTTP.TLSKey == ""), "http.tls_cert", "must be set together with http.tls_key")
	r.demand(c.Biometry.ThresholdMin <= c.Biometry.ThresholdMax, "biometry.threshold_min", "must be at most biometry.threshold_max")
	r.demand(c.Lite.ThresholdMin <= c.Lite.ThresholdMax, "lite.threshold_min", "must be at most lite.threshold_max")
	r.demand(c.Media.MinSide <= c.Media.MaxSide, "media.min_side", "must be at most media.max_side")
	r.demand(c.Auth.SessionMaxAge == 0 || c.Auth.SessionTTL <= c.Auth.SessionMaxAge, "auth.session_ttl", "must be at most auth.session_max_age")
	r.demand(c.Capsule.JWTPublicKey == "" || c.Capsule.JWTPrivateKey != "", "capsule.jwt_public_key", "must be set together with capsule.jwt_private_key")
	r.demand((c.Admin.Email == "") == (c.Admin.Password == ""), "admin.email", "must be set together with admin.password")
	long := len([]rune(c.Admin.Password.Reveal())) >= c.Auth.PasswordMinLength
	r.demand(c.Admin.Password == "" || long, "admin.password", "must have at least auth.password_min_length characters")
}

func (r *resolver) demand(holds bool, key, rule string) {
	if !holds {
		r.faults = append(r.faults, &Error{Key: key, Reason: ReasonInvalid, Text: key + ": " + rule})
	}
}

func (r *resolver) warn(text string) {
	r.notices = append(r.notices, Notice{Level: slog.LevelWarn, Text: text})
}
