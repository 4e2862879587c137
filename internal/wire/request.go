package wire

import (
	"net/http"
	"net/netip"
	"strings"

	"example.org/osprey"
)

// MaxToken is the longest access token that is looked at, in characters.
const MaxToken = 256

// Token returns the access token of a request, empty when there is none. Headers
// that disagree are 401/7.
func Token(h http.Header) (string, error) {
	found := ""
	for _, name := range []string{"X-Forensic-Access-Token", "X-Forensics-Access-Token"} {
		for _, v := range h.Values(name) {
			if err := agree(&found, strings.TrimSpace(v)); err != nil {
				return "", err
			}
		}
	}
	for _, v := range h.Values("Authorization") {
		if token, ok := Bearer(v); ok {
			if err := agree(&found, token); err != nil {
				return "", err
			}
		}
	}
	if len(found) > MaxToken {
		return "", osprey.Errorf(osprey.CodeAuthInvalid, "The access token is not known")
	}
	return found, nil
}

func agree(found *string, token string) error {
	if token == "" {
		return nil
	}
	if *found != "" && *found != token {
		return osprey.Errorf(osprey.CodeAuthInvalid, "The request carries different access tokens")
	}
	*found = token
	return nil
}

// Bearer returns the token of an Authorization header of that scheme.
func Bearer(value string) (string, bool) {
	scheme, token, ok := strings.Cut(strings.TrimSpace(value), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return strings.TrimSpace(token), true
}

// RequestID returns the inbound X-Request-Id when it is fit to be repeated.
func RequestID(h http.Header) (string, bool) {
	id := h.Get("X-Request-Id")
	if len(id) < 1 || len(id) > 128 {
		return "", false
	}
	for i := range len(id) {
		if !isIDByte(id[i]) {
			return "", false
		}
	}
	return id, true
}

func isIDByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-'
}

// Proxies are the peers whose X-Forwarded-* headers count.
type Proxies []netip.Prefix

func (p Proxies) trust(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// LocalAddress stands for a peer without an IP address: a Unix socket.
const LocalAddress = "local"

// ClientAddress is the peer of a request or, when that is a trusted proxy, the
// last untrusted entry of X-Forwarded-For. A malformed entry ends the walk: what
// stands before it was written by nobody we know.
func (p Proxies) ClientAddress(r *http.Request) string {
	peer, ok := parseAddress(r.RemoteAddr)
	if !ok {
		return LocalAddress
	}
	client := peer
	entries := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(entries) - 1; i >= 0 && p.trust(client); i-- {
		next, ok := parseAddress(strings.TrimSpace(entries[i]))
		if !ok {
			break
		}
		client = next
	}
	return client.String()
}

// parseAddress reads an IP address with or without a port.
func parseAddress(s string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap().WithZone(""), err == nil
}

// Secure reports whether the client speaks TLS, to us or to a trusted proxy.
func (p Proxies) Secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	peer, ok := parseAddress(r.RemoteAddr)
	return ok && p.trust(peer) && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

// RateKey groups addresses that one client can change between at will: a /64 of
// IPv6.
func RateKey(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Is4() {
		return address
	}
	if p, err := a.Prefix(64); err == nil {
		return p.Masked().String()
	}
	return address
}
