package wire

import (
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"example.org/osprey"
)

func TestToken(t *testing.T) {
	t.Parallel()
	const main, alternative, bearer = "X-Forensic-Access-Token", "X-Forensics-Access-Token", "Authorization"
	for name, c := range map[string]struct {
		headers [][2]string
		want    string
		refused bool
	}{
		"none":           {},
		"main":           {headers: [][2]string{{main, "a"}}, want: "a"},
		"alternative":    {headers: [][2]string{{alternative, "a"}}, want: "a"},
		"bearer":         {headers: [][2]string{{bearer, "bearer a"}}, want: "a"},
		"basic":          {headers: [][2]string{{bearer, "Basic a"}}},
		"equal":          {headers: [][2]string{{main, "a"}, {alternative, "a"}, {bearer, "Bearer a"}}, want: "a"},
		"different":      {headers: [][2]string{{main, "a"}, {bearer, "Bearer b"}}, refused: true},
		"different once": {headers: [][2]string{{main, "a"}, {main, "b"}}, refused: true},
		"too long":       {headers: [][2]string{{main, strings.Repeat("a", 257)}}, refused: true},
	} {
		h := http.Header{}
		for _, pair := range c.headers {
			h.Add(pair[0], pair[1])
		}
		got, err := Token(h)
		if got != c.want || osprey.IsCode(err, osprey.CodeAuthInvalid) != c.refused {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	proxies := Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for name, c := range map[string]struct {
		peer      string
		forwarded []string
		want      string
	}{
		"direct":            {"192.0.2.1:5", nil, "192.0.2.1"},
		"direct liar":       {"192.0.2.1:5", []string{"203.0.113.9"}, "192.0.2.1"},
		"proxy":             {"10.0.0.1:5", []string{"203.0.113.9"}, "203.0.113.9"},
		"last untrusted":    {"10.0.0.1:5", []string{"198.51.100.1, 203.0.113.9, 10.1.1.1"}, "203.0.113.9"},
		"several headers":   {"10.0.0.1:5", []string{"198.51.100.1", "203.0.113.9"}, "203.0.113.9"},
		"all trusted":       {"10.0.0.1:5", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		"malformed":         {"10.0.0.1:5", []string{"203.0.113.9, unknown, 10.0.0.2"}, "10.0.0.2"},
		"with port":         {"10.0.0.1:5", []string{"203.0.113.9:4711"}, "203.0.113.9"},
		"ipv6":              {"[fd00::1]:5", []string{"[2001:db8::1]:80"}, "2001:db8::1"},
		"mapped":            {"[::ffff:10.0.0.1]:5", []string{"203.0.113.9"}, "203.0.113.9"},
		"unix socket":       {"@", []string{"203.0.113.9"}, LocalAddress},
		"proxy and nothing": {"10.0.0.1:5", nil, "10.0.0.1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		for _, f := range c.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		if got := proxies.ClientAddress(r); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func FuzzClientAddress(f *testing.F) {
	f.Add("10.0.0.1:5", "203.0.113.9, [::1]:80,,unknown")
	f.Fuzz(func(t *testing.T, peer, forwarded string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = peer
		r.Header["X-Forwarded-For"] = []string{forwarded}
		got := Proxies{netip.MustParsePrefix("0.0.0.0/0")}.ClientAddress(r)
		if _, err := netip.ParseAddr(got); err != nil && got != LocalAddress {
			t.Fatalf("%q is no address", got)
		}
		RateKey(got)
	})
}

func TestRateKey(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", LocalAddress: LocalAddress,
	} {
		if got := RateKey(given); got != want {
			t.Errorf("%s: %s", given, got)
		}
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	for id, fit := range map[string]bool{
		"r-1": true, "A.b_c-9": true, "": false, "a b": false, "é": false, "a\nb": false,
		strings.Repeat("a", 128): true, strings.Repeat("a", 129): false,
	} {
		if _, ok := RequestID(http.Header{"X-Request-Id": {id}}); ok != fit {
			t.Errorf("%q: %v", id, ok)
		}
	}
}

// fixed is a clock that stands.
type fixed int64

func (f fixed) Now() time.Time { return time.Unix(int64(f), 0) }

func TestLinkVector(t *testing.T) {
	t.Parallel()
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i)
	}
	const (
		path = "/static/01980000-0000-7000-8000-0000000000f1/01980000-0000-7000-8000-0000000000a1.jpg"
		sig  = "446d9bfba09a0bb69c5c26ec51fc4b4c47219c985a329a9b00532e1c974d0814"
	)
	s := NewSigner(key, time.Hour, fixed(1767225600-3600))
	if got, want := s.Link("https://x", path), "https://x"+path+"?exp=1767225600&sig="+sig; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	for name, c := range map[string]struct {
		now            int64
		path, exp, sig string
		want           *expected
	}{
		"good":          {1767225600, path, "1767225600", sig, nil},
		"late":          {1767225601, path, "1767225600", sig, &expected{code: osprey.CodeAuthForbidden}},
		"wrong":         {1767225600, path, "1767225600", strings.Replace(sig, "4", "5", 1), &expected{code: osprey.CodeNotExist}},
		"wrong, late":   {1767225601, path, "1767225600", "00", &expected{code: osprey.CodeNotExist}},
		"other exp":     {1767225600, path, "1767225601", sig, &expected{code: osprey.CodeNotExist}},
		"other path":    {1767225600, path + "x", "1767225600", sig, &expected{code: osprey.CodeNotExist}},
		"upper case":    {1767225600, path, "1767225600", strings.ToUpper(sig), &expected{code: osprey.CodeNotExist}},
		"no signature":  {1767225600, path, "1767225600", "", &expected{code: osprey.CodeNotExist}},
		"exp no number": {1767225600, path, "x", hex.EncodeToString([]byte("x")), &expected{code: osprey.CodeNotExist}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, NewSigner(key, time.Hour, fixed(c.now)).Check(c.path, c.exp, c.sig), c.want)
		})
	}
	if NewSigner(key, 30*24*time.Hour, fixed(0)).life != MaxLinkLife {
		t.Error("a link lives longer than seven days")
	}
}
