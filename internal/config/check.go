package config

import (
	"bytes"
	"encoding/pem"
	"errors"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// isAddress: host:port with a numeric port; the host may be empty.
func isAddress(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil || strings.ContainsAny(host, " /@") {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// isBase: an absolute http or https URL without credentials, query or fragment.
func isBase(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		u.User == nil && u.RawQuery == "" && !u.ForceQuery && u.Fragment == "" && u.Opaque == "" &&
		!strings.HasSuffix(s, "#") && isPort(u.Port())
}

// isPort: a port that can be connected to, or none.
func isPort(s string) bool {
	if s == "" {
		return true
	}
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

// parseOrigin takes scheme://host[:port] as a browser writes it.
func parseOrigin(s string) (string, error) {
	if s == "*" {
		return "", errors.New("every origin at once is never allowed")
	}
	u, err := url.Parse(s)
	if err != nil || !isBase(s) || u.Path != "" {
		return "", errMalformed
	}
	return strings.ToLower(s), nil
}

// parseHost takes a host name or an IP address without a port.
func parseHost(s string) (string, error) {
	if s == "*" {
		return "", errors.New("an empty list allows any host")
	}
	bare := strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	if addr, err := netip.ParseAddr(bare); err == nil {
		return addr.String(), nil
	}
	if s == "" || len(s) > 253 {
		return "", errMalformed
	}
	for _, label := range strings.Split(s, ".") {
		if !isLabel(label) {
			return "", errMalformed
		}
	}
	return strings.ToLower(s), nil
}

// isLabel: one part of a host name; underscores appear in container names.
func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for _, c := range []byte(s) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// parsePrefix takes a CIDR range, or one address as the range of itself.
func parsePrefix(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		if addr.Zone() != "" {
			return netip.Prefix{}, errMalformed
		}
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, errMalformed
	}
	return prefix.Masked(), nil
}

// isEmail: one bare address.
func isEmail(s string) bool {
	address, err := mail.ParseAddress(s)
	return err == nil && address.Address == s && len(s) <= 254
}

// isKeyText: empty, or printable text of low to high characters.
func isKeyText(low, high int) func(string) bool {
	return func(s string) bool {
		if s == "" {
			return true
		}
		n := utf8.RuneCountInString(s)
		return n >= low && n <= high && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
	}
}

// isPEM: empty, or one PEM block of a type. What is in it is for those to read who use
// it.
func isPEM(kind string) func(string) bool {
	return func(s string) bool {
		if s == "" {
			return true
		}
		block, rest := pem.Decode([]byte(s))
		return block != nil && block.Type == kind && len(bytes.TrimSpace(rest)) == 0
	}
}

// isToken: empty, or visible ASCII of low to high characters, as it must fit
// in a request header.
func isToken(low, high int) func(string) bool {
	return func(s string) bool {
		if s == "" {
			return true
		}
		hidden := func(r rune) bool { return r <= ' ' || r > '~' }
		return len(s) >= low && len(s) <= high && !strings.ContainsFunc(s, hidden)
	}
}

// isName: letters, digits, dot, dash, underscore.
func isName(s string) bool {
	if s == "" || len(s) > 64 || s[0] == '.' {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && r != '.' && r != '-' && r != '_'
	})
}

// parsePort takes the number of a port.
func parsePort(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, errMalformed
	}
	return int(n), nil
}

// isProxy: an http or https URL of a host, with or without credentials, and nothing else.
func isProxy(s string) bool {
	u, err := url.Parse(s)
	if err != nil {
		return false
	}
	u.User = nil
	return isBase(u.String()) && (u.Path == "" || u.Path == "/")
}
