package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestOzAliases(t *testing.T) {
	t.Parallel()
	const common = "OSPREY_COMPAT_OZ_ENV=true"
	tests := []struct {
		name   string
		env    []string
		check  func(Config) bool
		notice string // "" for none
	}{
		{"seconds", []string{"OZ_SESSION_TTL=600"}, func(c Config) bool { return formatDuration(c.Auth.SessionTTL) == "10m" }, "OZ_SESSION_TTL is read as auth.session_ttl"},
		{"our name wins", []string{"OZ_SESSION_TTL=600", "OSPREY_AUTH_SESSION_TTL=5m"}, func(c Config) bool { return formatDuration(c.Auth.SessionTTL) == "5m" }, ""},
		{"one name, two keys", []string{"OZ_ATTACHMENT_MAX_COUNT=4"}, func(c Config) bool { return c.Media.MaxCount == 4 && c.Media.MaxCountFolder == 4 }, "OZ_ATTACHMENT_MAX_COUNT is read as media.max_count_folder"},
		{"python list", []string{`APP_ALLOWED_HOSTS=["a.example", 'b.example']`}, func(c Config) bool { return slices.Equal(c.HTTP.AllowedHosts, []string{"a.example", "b.example"}) }, "APP_ALLOWED_HOSTS is read"},
		{"any host", []string{"APP_ALLOWED_HOSTS=*"}, func(c Config) bool { return len(c.HTTP.AllowedHosts) == 0 }, "APP_ALLOWED_HOSTS is read"},
		{"common words are left alone", []string{"HOST=a", "DEBUG=True", "ALLOWED_HOSTS=a", "LICENSE_KEY=x", "DB_ENGINE=postgresql"}, func(c Config) bool {
			return c.HTTP.PublicURL == "" && c.Log.Level == 0 && len(c.HTTP.AllowedHosts) == 0
		}, ""},
		{"public URL", []string{common, "SCHEME=https", "HOST=a.example", "PORT=8443"}, func(c Config) bool { return c.HTTP.PublicURL == "https://a.example:8443" }, "SCHEME+HOST+PORT is read as http.public_url"},
		{"public URL, host only", []string{common, "HOST=a.example"}, func(c Config) bool { return c.HTTP.PublicURL == "http://a.example" }, "SCHEME+HOST+PORT"},
		{"debug", []string{common, "DEBUG=True"}, func(c Config) bool { return c.Log.Level < 0 }, "DEBUG is read as log.level"},
		{"no debug", []string{common, "DEBUG=False"}, func(c Config) bool { return c.Log.Level == 0 }, ""},
		{"sqlite", []string{common, "DB_ENGINE=django.db.backends.sqlite3", "DB_NAME=/srv/x.db"}, func(c Config) bool { return c.DB.Path == "/srv/x.db" }, "is read as db.url"},
		{"a key file", []string{"OZ_JWT_PRIVATE_KEY_PATH=" + keyFile(t)}, func(c Config) bool {
			return strings.HasPrefix(c.Capsule.JWTPrivateKey.Reveal(), "-----BEGIN PRIVATE KEY-----")
		}, "OZ_JWT_PRIVATE_KEY_PATH is read as capsule.jwt_private_key"},
		{"no effect", []string{common, "LICENSE_KEY=secret"}, func(Config) bool { return true }, "LICENSE_KEY is accepted and has no effect"},
		{"no effect, own prefix", []string{"OZ_LOCAL_STORAGE_SUPPORT_ENABLE=1"}, func(Config) bool { return true }, "OZ_LOCAL_STORAGE_SUPPORT_ENABLE is accepted"},
		{"a typing error is pointed out", []string{"OSPREY_HTP_LISTEN=:1"}, func(Config) bool { return true }, "OSPREY_HTP_LISTEN is no setting and has no effect; the nearest is OSPREY_HTTP_LISTEN"},
		{"names of others", []string{"OSPREY_SERVER=http://x", "OSPREY_PORT_8080_TCP=tcp://x", "OSPREY_SERVICE_HOST=x"}, func(Config) bool { return true }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Resolve(Sources{Host: host(), Environ: tt.env})
			if err != nil {
				t.Fatal(err)
			}
			if !tt.check(got.Config) {
				t.Errorf("got %+v", got.Config)
			}
			var all []string
			for _, n := range got.Notices {
				all = append(all, n.Text)
			}
			text := strings.Join(all, "\n")
			if tt.notice == "" && text != "" || !strings.Contains(text, tt.notice) {
				t.Errorf("notices %q, want %q", text, tt.notice)
			}
			if strings.Contains(text, "secret") {
				t.Errorf("a notice shows a value: %s", text)
			}
		})
	}
}

func TestOzFaults(t *testing.T) {
	t.Parallel()
	for _, env := range [][]string{
		{"OZ_API_SECRET_KEY=short"},
		{"OZ_SESSION_TTL=-1"},
		{"OSPREY_COMPAT_OZ_ENV=1", "DB_ENGINE=postgresql", "DB_PASS=hunter2"},
		{"OSPREY_COMPAT_OZ_ENV=1", "DB_ENGINE=mysql"},
	} {
		_, err := Resolve(Sources{Host: host(), Environ: env})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v: %v", env, err)
		}
	}
}

// TestAliasGivesWayToFlag: the flag sets the Osprey name, so the alias is not
// even read.
func TestAliasGivesWayToFlag(t *testing.T) {
	t.Parallel()
	got, err := Resolve(Sources{
		Host: host(), Environ: []string{"OZ_SESSION_TTL=nonsense"}, Flags: map[string]string{"auth.session-ttl": "1m"},
	})
	if err != nil || formatDuration(got.Config.Auth.SessionTTL) != "1m" || len(got.Notices) != 0 {
		t.Errorf("%v", err)
	}
}

// keyFile is the path of a PEM file.
func keyFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, []byte(sample["capsule.jwt_private_key"]+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
