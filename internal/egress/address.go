package egress

import (
	"net/netip"
)

// closed are the ranges that no connection goes to: the machine itself, private and
// shared networks, and what the registries of IANA do not hand out to hosts of the
// internet. IPv6 is the other way round, see open6.
var closed = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	// Within open6: protocol assignments with Teredo among them, and documentation.
	"2001::/23", "2001:db8::/32", "3fff::/20",
)

// open6 is all of IPv6 that is handed out; the rest is loopback, link-local, unique
// local, multicast, discarded, or not assigned to anything.
var open6 = netip.MustParsePrefix("2000::/3")

// The forms of IPv6 that carry an IPv4 address, which is the one that counts.
var (
	nat64  = netip.MustParsePrefix("64:ff9b::/96") // in the last 4 bytes
	sixTo4 = netip.MustParsePrefix("2002::/16")    // behind the first 2
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}

// inner is the IPv4 address that an address stands for, or the address itself.
func inner(a netip.Addr) netip.Addr {
	a = a.Unmap()
	b := a.As16()
	switch {
	case nat64.Contains(a):
		return netip.AddrFrom4([4]byte(b[12:16]))
	case sixTo4.Contains(a):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return a
}

// allowed reports whether a connection may go to the address: it is one of the internet,
// or in one of the exceptions. An address with a zone is never.
func (g *Guard) allowed(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	target := inner(a)
	if within(g.networks, a.Unmap()) || within(g.networks, target) {
		return true
	}
	return !within(closed, target) && (target.Is4() || open6.Contains(target))
}

func within(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
