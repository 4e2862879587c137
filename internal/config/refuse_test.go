package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRefusedValues(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 5000)
	tests := map[string][]string{
		"data_dir":                  {"", "a\x00b", long},
		"http.listen":               {"", "8080", ":99999", "a b:1", ":http", "::1:80"},
		"http.public_url":           {"example.com", "ftp://a", "https://u:p@a", "https://a?x=1", "https://a#x", "https://", "http://a:0", "http://a:99999"},
		"server.components":         {"auth", "stateful", "stateless,oz_collections", "auth,stateful,stateless", "auth,auth,stateful", "stateless,", "auth,stateful,faces", ""},
		"http.allowed_hosts":        {"*", "a b", "https://a", "-a", "a..b", ".a", strings.Repeat("a", 64)},
		"http.cors_origins":         {"*", "https://a,*", "https://a/", "a.example", "null"},
		"http.trusted_proxies":      {"10.0.0.0/33", "proxy", "fe80::1%eth0"},
		"http.read_timeout":         {"", "0", "soon", "2h", "-1s", "1e300", "0x10"},
		"server.secret_key":         {"too short", long, "a\tb" + strings.Repeat("x", 40)},
		"ops.listen":                {"9464"},
		"ops.pprof":                 {"", "maybe"},
		"log.level":                 {"", "verbose"},
		"log.format":                {"xml"},
		"metrics.token":             {"short", "0123456789abcde f", strings.Repeat("x", 513)},
		"db.url":                    {"", "postgres://u:hunter2@h/db", "sqlite://", "sqlite://a?mode=ro", "/a.db"},
		"storage.url":               {"s3://bucket", "file://"},
		"storage.encrypt":           {"false", ""},
		"auth.session_ttl_longlive": {"43801h", "59"},
		"auth.password_min_length":  {"7", "129", "ten"},
		"analysis.workers":          {"0", "257", "1.5"},
		"collection.threshold":      {"", "1.01", "-0.1", "NaN", "Inf", "0,5"},
		"collection.target_fpir":    {"0", "1.1", "off"},
		"engine.provider":           {"cuda", "auto"},
		"engine.runtime":            {""},
		"models.profile":            {"", "../x", "a b"},
		"media.max_size":            {"", "1B", "1MB", "257MiB", "-1", "99999999999999999999", "1e30TiB"},
		"media.url_ttl":             {"169h", "0"},
		"search.index_memory":       {"0%", "96%", "half", "1KiB"},
		"webhook.timeout":           {"0", "99ms", "6m"},
		"webhook.allow_http":        {"perhaps"},
		"webhook.allowed_ports":     {"0", "65536", "-1", "https", "80,"},
		"webhook.allowed_networks":  {"10.0.0.0/33", "example.com"},
		"webhook.proxy":             {"proxy:3128", "socks5://proxy", "http://", "http://proxy/path", "http://proxy?a=b", "http://proxy:0"},
		"rate.company_rps":          {"0", "1000001"},
		"audit.retention":           {"-1s", "never", "876001h"},
		"capsule.jwt_private_key":   {"/etc/osprey/jwt.pem", "-----BEGIN PUBLIC KEY-----\neA==\n-----END PUBLIC KEY-----"},
		"capsule.jwt_public_key":    {"key", "-----BEGIN PUBLIC KEY-----\neA==\n-----END PUBLIC KEY-----x"},
		"capsule.token_ttl":         {"0", "25h", ""},
		"capsule.replay_store":      {"", "redis://cache"},
		"admin.email":               {"ann", "Ann <ann@example.com>", "a@b, c@d"},
		"admin.password":            {strings.Repeat("x", 257)},
	}
	for name, values := range tests {
		for _, value := range values {
			t.Run(name+"="+clip(value), func(t *testing.T) {
				t.Parallel()
				k, ok := Lookup(name)
				if !ok {
					t.Fatal("no such key")
				}
				_, err := Resolve(Sources{Host: host(), Environ: []string{k.Env() + "=" + value}})
				if err == nil {
					t.Fatal("accepted")
				}
				lines := faults(t, err)
				if len(lines) != 1 || !strings.HasPrefix(lines[0], name+": ") || !strings.Contains(lines[0], k.Env()) {
					t.Errorf("message: %s", err)
				}
				if k.Secret && len(value) > len("sqlite://") && strings.Contains(err.Error(), value) {
					t.Errorf("the message shows the secret: %s", err)
				}
				if !k.Secret && len(value) < shownLimit && !strings.Contains(err.Error(), fmt.Sprintf("%q", clip(value))) {
					t.Errorf("the message does not show the value: %s", err)
				}
				if len(err.Error()) > 1000 {
					t.Errorf("the message has %d bytes", len(err.Error()))
				}
			})
		}
	}
}

func TestRefusedMessages(t *testing.T) {
	t.Parallel()
	for env, want := range map[string]string{
		"OSPREY_DB_URL=postgres://h/db":         "this build has SQLite only",
		"OSPREY_STORAGE_URL=s3://b":             "local files only",
		"OSPREY_STORAGE_ENCRYPT=false":          "always encrypted",
		"OSPREY_ENGINE_PROVIDER=cuda":           "CPU only",
		"OSPREY_HTTP_CORS_ORIGINS=*":            "every origin at once",
		"OSPREY_ANALYSIS_WORKERS=0":             "a whole number from 1 to 256",
		"OSPREY_HTTP_READ_TIMEOUT=9":            "",
		"OSPREY_QUALITY_BOUNDS={}":              "only be set in the file",
		"OSPREY_MEDIA_URL_TTL=200h":             "from 1s to 168h",
		"OZ_JWT_PRIVATE_KEY_PATH=/no/such/file": "capsule.jwt_private_key: ",
		"OSPREY_CAPSULE_JWT_PUBLIC_KEY=-----BEGIN PUBLIC KEY-----\neA==\n-----END PUBLIC KEY-----": "set together with capsule.jwt_private_key",
		"OSPREY_ADMIN_EMAIL=a@b.example": "admin.email: must be set together with admin.password",
	} {
		_, err := Resolve(Sources{Host: host(), Environ: []string{env}})
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", env, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", env, err, want)
		}
	}
}

func TestSettingsThatNeedEachOther(t *testing.T) {
	t.Parallel()
	tests := []struct {
		env  []string
		want string
	}{
		{[]string{"OSPREY_HTTP_TLS_CERT=a.pem"}, "http.tls_cert: must be set together with http.tls_key"},
		{[]string{"OSPREY_BIOMETRY_THRESHOLD_MIN=0.9"}, "biometry.threshold_min: must be at most biometry.threshold_max"},
		{[]string{"OSPREY_LITE_THRESHOLD_MIN=0.9"}, "lite.threshold_min: must be at most lite.threshold_max"},
		{[]string{"OSPREY_MEDIA_MIN_SIDE=100", "OSPREY_MEDIA_MAX_SIDE=99"}, "media.min_side: must be at most media.max_side"},
		{[]string{"OSPREY_AUTH_SESSION_TTL=25h"}, "auth.session_ttl: must be at most auth.session_max_age"},
		{[]string{"OSPREY_AUTH_SESSION_TTL=25h", "OSPREY_AUTH_SESSION_MAX_AGE=0"}, ""},
		{[]string{"OSPREY_ADMIN_PASSWORD=long enough it is"}, "admin.email: must be set together with admin.password"},
		{
			[]string{"OSPREY_ADMIN_EMAIL=a@b.example", "OSPREY_ADMIN_PASSWORD=too short"},
			"admin.password: must have at least auth.password_min_length characters",
		},
		{[]string{"OSPREY_METRICS_TOKEN=0123456789abcdef", "OSPREY_METRICS_TOKEN_FILE=/x"}, "OSPREY_METRICS_TOKEN and OSPREY_METRICS_TOKEN_FILE are both set"},
		{[]string{"OSPREY_METRICS_TOKEN_FILE=/nowhere/token"}, "no such file"},
	}
	for _, tt := range tests {
		_, err := Resolve(Sources{Host: host(), Environ: tt.env})
		if tt.want == "" {
			if err != nil {
				t.Errorf("%v: %v", tt.env, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: %v, want %q", tt.env, err, tt.want)
		}
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	file, err := ParseFile("o.yaml", []byte("log.level: loud\nhttp: {read_timeout: soon}"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Resolve(Sources{
		Host: host(), File: file,
		// The file's value is hidden by this one, and is wrong all the same.
		Environ: []string{"OSPREY_LOG_LEVEL=info", "OSPREY_OPS_PPROF=x", "OSPREY_RATE_PUBLIC_RPS=-1"},
		Flags:   map[string]string{"http.lisen": ":1", "media.max-size": "1MB"},
	})
	lines := faults(t, err)
	want := []string{
		"http.lisen: unknown setting (flag); the nearest is http.listen",
		`http.read_timeout: "soon" (o.yaml:2) is not valid`,
		`ops.pprof: "x" (OSPREY_OPS_PPROF) is not valid`,
		`log.level: "loud" (o.yaml:1) is not valid`,
		`media.max_size: "1MB" (--media.max-size) is not valid`,
		`rate.public_rps: "-1" (OSPREY_RATE_PUBLIC_RPS) is not valid`,
	}
	if len(lines) != len(want) {
		t.Fatalf("%d faults:\n%v", len(lines), err)
	}
	for i := range want {
		if !strings.HasPrefix(lines[i], want[i]) {
			t.Errorf("line %d: %s\nwant %s", i, lines[i], want[i])
		}
	}
	var single *Error
	if !errors.As(err, &single) || single.Key != "http.lisen" || single.Reason != ReasonUnknown {
		t.Errorf("first fault: %+v", single)
	}
}

func TestFlagOfASecretNamesAFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("0123456789abcdef\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Resolve(Sources{Host: host(), Flags: map[string]string{"metrics.token-file": file}})
	if err != nil || got.Config.Metrics.Token.Reveal() != "0123456789abcdef" {
		t.Errorf("token %q, %v", got.Config.Metrics.Token.Reveal(), err)
	}
	if _, err := Resolve(Sources{Host: host(), Flags: map[string]string{"metrics.token": "0123456789abcdef"}}); err == nil {
		t.Error("a secret was taken from the command line")
	}
	if err := os.WriteFile(file, make([]byte, maxSecretFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Resolve(Sources{Host: host(), Flags: map[string]string{"metrics.token-file": file}}); err == nil {
		t.Error("a huge file was read")
	}
}
