package access

import "net/netip"

// addressKey is what limits count a client address by. An IPv6 customer owns a
// /64 and can change the rest at will, so the /64 counts. A text that is no
// address (a local socket has none) counts as it is, cut to a bounded length.
func addressKey(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ip[:min(len(ip), 64)]
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return addr.String()
	}
	return prefix.String()
}
