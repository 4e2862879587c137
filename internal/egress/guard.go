package egress

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"
)

// Options are the settings webhook.*, and what tests replace.
type Options struct {
	Timeout   time.Duration // of a whole attempt: look-up, connection, request, answer
	AllowHTTP bool          // plain http too
	Ports     []int         // beside 443, and 80 for http
	Networks  []netip.Prefix
	Proxy     *url.URL // nil: none; http or https

	// Resolver looks names up; nil is the system's.
	Resolver Resolver
	// Connect opens a TCP connection to an address that was checked; nil is the system's
	// dialer.
	Connect func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
}

// Resolver looks up the addresses of a name; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Guard opens connections by the rules. It is safe for concurrent use.
type Guard struct {
	timeout   time.Duration
	allowHTTP bool
	ports     []int
	networks  []netip.Prefix
	proxy     *url.URL
	resolver  Resolver
	connect   func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
}

// New returns a Guard.
func New(o Options) *Guard {
	g := &Guard{
		timeout: o.Timeout, allowHTTP: o.AllowHTTP, ports: slices.Clone(o.Ports), networks: slices.Clone(o.Networks),
		proxy: o.Proxy, resolver: o.Resolver, connect: o.Connect,
	}
	if g.resolver == nil {
		g.resolver = net.DefaultResolver
	}
	if g.connect == nil {
		g.connect = g.dial
	}
	return g
}

// dial connects to one address, and asks once more, at the moment of the connection,
// whether that is the one meant: whatever stands between cannot change it unseen.
func (g *Guard) dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	d := net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		if at, err := netip.ParseAddrPort(address); err != nil || at.Port() != to.Port() || at.Addr().Unmap() != to.Addr().Unmap() {
			return errClosed
		}
		return nil
	}}
	return d.DialContext(ctx, "tcp", to.String())
}

var (
	// errClosed means that the address, or one of the addresses of the name, is not
	// allowed.
	errClosed = errors.New("egress: the address is not allowed")
	errNoHost = errors.New("egress: the name has no address")
)

// maxAnswers bounds the addresses of one name; with more it is refused.
const maxAnswers = 64

// resolve looks a host up once and checks every answer.
func (g *Guard) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		if !g.allowed(a) {
			return nil, errClosed
		}
		return []netip.Addr{a}, nil
	}
	answers, err := g.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	if len(answers) == 0 {
		return nil, errNoHost
	}
	if len(answers) > maxAnswers || slices.ContainsFunc(answers, func(a netip.Addr) bool { return !g.allowed(a) }) {
		return nil, errClosed
	}
	return answers, nil
}

// open connects to the target: to one after the other of its checked addresses until
// one answers.
func (g *Guard) open(ctx context.Context, t target) (net.Conn, error) {
	answers, err := g.resolve(ctx, t.host)
	if err != nil {
		return nil, err
	}
	for i, a := range answers {
		var conn net.Conn
		share, cancel := partOf(ctx, len(answers)-i)
		to := netip.AddrPortFrom(a.Unmap(), t.port)
		if g.proxy != nil {
			conn, err = g.through(share, to)
		} else {
			conn, err = g.connect(share, to)
		}
		cancel()
		if err == nil {
			return conn, nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, err
}

// partOf is the context of one of n tries that share the time left, so that an address
// that does not answer leaves some to the next.
func partOf(ctx context.Context, n int) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok || n <= 1 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)/2)
}
