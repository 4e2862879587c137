package egress_test

import (
	"bufio"
	"net/netip"
	"os"
	"strings"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/egress"
)

// hosts reads the table of hosts: what becomes of each.
func hosts(t testing.TB) map[string]string {
	t.Helper()
	f, err := os.Open("testdata/hosts.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	out := make(map[string]string)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if verdict, host, ok := strings.Cut(lines.Text(), " "); ok && verdict != "#" {
			out[host] = verdict
		}
	}
	if lines.Err() != nil || len(out) < 100 {
		t.Fatalf("%d hosts, error %v", len(out), lines.Err())
	}
	return out
}

// TestHosts: every spelling of an address that is not on the internet is refused when the
// URL is given.
func TestHosts(t *testing.T) {
	t.Parallel()
	g := egress.New(egress.Options{})
	for host, want := range hosts(t) {
		err := g.Check("url", "https://"+host+"/hook")
		if refused := want == "refused"; refused != (err != nil) {
			t.Errorf("%s: %v, want %s", host, err, want)
		}
		if err != nil && (osprey.ErrorOf(err).Code != osprey.CodeInvalidValue || osprey.ErrorOf(err).Details["field"] != "url") {
			t.Errorf("%s: %+v", host, err)
		}
	}
}

// TestURLs: the other rules of an address, with the word that tells which was broken.
func TestURLs(t *testing.T) {
	t.Parallel()
	strict := egress.New(egress.Options{})
	open := egress.New(egress.Options{
		AllowHTTP: true, Ports: []int{8443, 8080},
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("fd00::/8")},
	})
	long := "https://example.com/" + strings.Repeat("a", egress.MaxURL)
	for _, tt := range []struct {
		url          string
		strict, open string // the reason of the refusal; "" is taken, "limit" has a limit
	}{
		{"https://example.com/hook?a=b&c=%20", "", ""},
		{"HTTPS://example.com", "", ""},
		{"http://example.com/", "scheme", ""},
		{"http://example.com:80/", "scheme", ""},
		{"http://example.com:443/", "scheme", "port"},
		{"https://example.com:80/", "port", "port"},
		{"https://example.com:8443/", "port", ""},
		{"http://127.0.0.1:8080/", "scheme", ""},
		{"https://127.0.0.1/", "address", ""},
		{"https://[::ffff:127.0.0.1]/", "address", ""},
		{"https://[64:ff9b::127.0.0.1]/", "address", ""},
		{"https://[fd00::1]/", "address", ""},
		{"https://10.0.0.1/", "address", "address"},
		{"https://127.1/", "host", "host"},
		{"https://2130706433/", "host", "host"},
		{"https://user@example.com/", "user_info", "user_info"},
		{"https://@example.com/", "user_info", "user_info"},
		{"https://example.com/#part", "fragment", "fragment"},
		{"https://example.com/#", "fragment", "fragment"},
		{"ftp://example.com/", "scheme", "scheme"},
		{"gopher://127.0.0.1:70/", "scheme", "scheme"},
		{"file:///etc/passwd", "url", "url"},
		{"javascript:alert(1)", "url", "url"},
		{"//example.com/", "scheme", "scheme"},
		{"/hook", "url", "url"},
		{"example.com/hook", "url", "url"},
		{"https:example.com", "url", "url"},
		{"https:///hook", "url", "url"},
		{"https://", "url", "url"},
		{" https://example.com", "url", "url"},
		{"https://example.com/a b", "url", "url"},
		{"https://example.com/\r\nHost: other", "url", "url"},
		{"https://example.com/\x00", "url", "url"},
		{"https://example.com/ä", "url", "url"},
		{"https://example.com\\@127.0.0.1/", "url", "url"},
		{"https://example.com/%zz", "url", "url"},
		{"https://" + strings.Repeat("a", 64) + ".com/", "host", "host"},
		{"https://" + strings.Repeat("aaaaaaaa.", 30) + "com/", "host", "host"},
		{long, "limit", "limit"},
		{long[:egress.MaxURL], "", ""},
	} {
		for want, g := range map[*string]*egress.Guard{&tt.strict: strict, &tt.open: open} {
			if got := reason(g.Check("resolution_endpoint", tt.url)); got != *want {
				t.Errorf("%.80s: %q, want %q", tt.url, got, *want)
			}
		}
	}
}

// reason is the word of a refusal, "limit" where a bound was broken.
func reason(err error) string {
	if err == nil {
		return ""
	}
	d := osprey.ErrorOf(err).Details
	if d["limit"] != nil {
		return "limit"
	}
	word, _ := d["reason"].(string)
	return word
}

// FuzzCheck: whatever is taken has a host that is a name or an open address.
func FuzzCheck(f *testing.F) {
	for host := range hosts(f) {
		f.Add("https://" + host + "/")
	}
	g := egress.New(egress.Options{})
	f.Fuzz(func(t *testing.T, raw string) {
		if g.Check("url", raw) != nil {
			return
		}
		for i := range len(raw) {
			if raw[i] <= ' ' || raw[i] >= 0x7f {
				t.Fatalf("taken: %q", raw)
			}
		}
		rest, ok := strings.CutPrefix(strings.ToLower(raw), "https://")
		host, _, _ := strings.Cut(strings.SplitN(strings.SplitN(rest, "/", 2)[0], "?", 2)[0], "@")
		if !ok || strings.Contains(raw, "#") || host == "" {
			t.Fatalf("taken: %q", raw)
		}
		if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil && (a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || !a.IsGlobalUnicast()) {
			t.Fatalf("taken: %q", raw)
		}
	})
}
