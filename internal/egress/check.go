package egress

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"example.org/osprey"
)

// MaxURL is the longest URL, in characters.
const MaxURL = 2048

// Check refuses, as 400/4 of the field, a URL that no connection would ever be opened
// to: one that is not absolute https (or http where that is allowed), has user
// information, a fragment or a foreign port, or whose host is a closed address. Names
// are not looked up.
func (g *Guard) Check(field, raw string) error {
	if n := utf8.RuneCountInString(raw); n > MaxURL {
		return osprey.OutOfRange(field, MaxURL, n, "%s has more than %d characters", field, MaxURL)
	}
	if _, why := g.parse(raw); why != nil {
		return osprey.InvalidValue(field, "%s %s", field, why.text).With("reason", why.reason)
	}
	return nil
}

// refusal says what is wrong with a URL: a stable word and the rest of a sentence.
type refusal struct{ reason, text string }

func refuse(reason, text string) *refusal { return &refusal{reason, text} }

// target is where a checked URL leads.
type target struct {
	url  *url.URL
	host string // as written, without brackets
	port uint16
}

// parse reads a URL by the rules.
func (g *Guard) parse(raw string) (target, *refusal) {
	for i := range len(raw) {
		if c := raw[i]; c <= ' ' || c >= 0x7f || c == '\\' {
			return target{}, refuse("url", "must be a URL of visible ASCII characters; write international names in their xn-- form")
		}
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || u.Host == "" {
		return target{}, refuse("url", "must be an absolute URL")
	}
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !g.allowHTTP):
		return target{}, refuse("scheme", "must begin with https://")
	case u.User != nil:
		return target{}, refuse("user_info", "must not hold a user name or password")
	case strings.Contains(raw, "#"):
		return target{}, refuse("fragment", "must not have a fragment")
	}
	port, ok := g.port(u)
	if !ok {
		return target{}, refuse("port", "has a port that is not allowed")
	}
	t := target{url: u, host: u.Hostname(), port: port}
	if why := g.checkHost(u.Host, t.host); why != nil {
		return target{}, why
	}
	return t, nil
}

// port is that of the scheme, or one of those allowed.
func (g *Guard) port(u *url.URL) (uint16, bool) {
	usual := 443
	if u.Scheme == "http" {
		usual = 80
	}
	text := u.Port()
	if text == "" {
		return uint16(usual), !strings.HasSuffix(u.Host, ":")
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 65535 || text[0] == '0' {
		return 0, false
	}
	return uint16(n), n == usual || slices.Contains(g.ports, n)
}

// checkHost refuses a host that is neither a name nor an open address. An IPv4 address
// has one spelling here; that which other programs would read as an address too (short,
// decimal, octal, hexadecimal) is refused rather than interpreted.
func (g *Guard) checkHost(authority, host string) *refusal {
	if strings.HasPrefix(authority, "[") {
		a, err := netip.ParseAddr(host)
		if err != nil || !a.Is6() || a.Zone() != "" {
			return refuse("host", "must have a host name or an IP address without a zone")
		}
		return g.checkLiteral(a)
	}
	if a, err := netip.ParseAddr(host); err == nil && a.Is4() {
		return g.checkLiteral(a)
	}
	name := strings.TrimSuffix(host, ".")
	labels := strings.Split(name, ".")
	if last := labels[len(labels)-1]; numeric(last) {
		return refuse("host", "has a host that looks like an IP address but is not written as one")
	}
	if len(name) > 253 || slices.ContainsFunc(labels, func(l string) bool { return !isLabel(l) }) {
		return refuse("host", "must have a host name or an IP address")
	}
	return nil
}

func (g *Guard) checkLiteral(a netip.Addr) *refusal {
	if !g.allowed(a) {
		return refuse("address", "leads to an address that is not allowed")
	}
	return nil
}

// numeric reports whether the last label of a host makes it an IPv4 address for those
// who read addresses as C programs do: digits alone, or 0x and hexadecimal digits.
func numeric(label string) bool {
	if rest, ok := strings.CutPrefix(strings.ToLower(label), "0x"); ok {
		return strings.Trim(rest, "0123456789abcdef") == ""
	}
	return label != "" && strings.Trim(label, "0123456789") == ""
}

// isLabel: one part of a host name; underscores appear in names of services.
func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// dialName is the host and port that net/http asks a dialer for.
func (t target) dialName() string { return net.JoinHostPort(t.host, strconv.Itoa(int(t.port))) }
