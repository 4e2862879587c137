package egress_test

import (
	"context"
	"encoding/binary"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/osprey/internal/egress"
)

// nameServer is a DNS server on this machine. It answers each question for A records by
// the next of the rows of its script, the last one for ever, and has no AAAA records.
type nameServer struct {
	conn net.PacketConn

	mu     sync.Mutex
	script [][]string
	asked  int
}

func newNameServer(t *testing.T, script ...[]string) *nameServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &nameServer{conn: conn, script: script}
	done := make(chan struct{})
	go func() { defer close(done); s.serve() }()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return s
}

func (s *nameServer) serve() {
	buffer := make([]byte, 1500)
	for {
		n, from, err := s.conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		_, _ = s.conn.WriteTo(s.answer(buffer[:n]), from)
	}
}

// answer repeats header and question and appends the records (RFC 1035, 4.1).
func (s *nameServer) answer(query []byte) []byte {
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5 // the root label, type and class
	kind := binary.BigEndian.Uint16(query[end-4:])
	reply := slices.Clone(query[:end])
	binary.BigEndian.PutUint16(reply[2:], 0x8580) // an answer, authoritative, no error
	var records []string
	if kind == 1 {
		s.mu.Lock()
		records = s.script[min(s.asked, len(s.script)-1)]
		s.asked++
		s.mu.Unlock()
	}
	binary.BigEndian.PutUint16(reply[6:], uint16(len(records)))
	binary.BigEndian.PutUint32(reply[8:], 0)
	for _, r := range records {
		ip := netip.MustParseAddr(r).As4()
		reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		reply = append(reply, ip[:]...)
	}
	return reply
}

func (s *nameServer) questions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// resolver asks the server and nobody else.
func (s *nameServer) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", s.conn.LocalAddr().String())
	}}
}

// wires notes where connections would go, and takes them all to one server.
type wires struct {
	mu sync.Mutex
	to []string
	at string
}

func (w *wires) connect(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	w.mu.Lock()
	w.to = append(w.to, to.String())
	w.mu.Unlock()
	return (&net.Dialer{}).DialContext(ctx, "tcp", w.at)
}

const (
	public = "8.8.8.8"
	closed = "The name leads to an address that is not allowed"
)

// TestNamesThatChange: a name is looked up once for each attempt, all its answers count,
// and the connection goes to the address that was checked, whatever a second look-up
// would say.
func TestNamesThatChange(t *testing.T) {
	t.Parallel()
	receiver := serve(t, status(200))
	ns := newNameServer(t, []string{public}, []string{"127.0.0.1"})
	w := &wires{at: strings.TrimPrefix(receiver.URL, "http://")}
	g := egress.New(egress.Options{Timeout: time.Minute, AllowHTTP: true, Resolver: ns.resolver(), Connect: w.connect})

	first := g.Post(t.Context(), "http://rebind.example.com./", http.Header{}, nil)
	if first.Status != 200 || first.Fault != "" {
		t.Errorf("the first attempt: %+v", first)
	}
	if n := ns.questions(); n != 1 {
		t.Errorf("%d look-ups for one attempt", n)
	}
	second := g.Post(t.Context(), "http://rebind.example.com./", http.Header{}, nil)
	if second.Status != 0 || second.Fault != closed {
		t.Errorf("the second attempt: %+v", second)
	}
	if want := []string{public + ":80"}; !slices.Equal(w.to, want) {
		t.Errorf("connected to %v, want %v", w.to, want)
	}
}

// TestAnswersOfNames: one closed answer among many refuses the name.
func TestAnswersOfNames(t *testing.T) {
	t.Parallel()
	receiver := serve(t, status(200))
	many := make([]string, 65)
	for i := range many {
		many[i] = "8.8.4." + strconv.Itoa(i)
	}
	for name, tt := range map[string]struct {
		answers []string
		fault   string
	}{
		"public":            {[]string{public}, ""},
		"two public":        {[]string{public, "1.1.1.1"}, ""},
		"loopback":          {[]string{"127.0.0.1"}, closed},
		"public, loopback":  {[]string{public, "127.0.0.1"}, closed},
		"loopback, public":  {[]string{"127.0.0.1", public}, closed},
		"metadata":          {[]string{"169.254.169.254"}, closed},
		"private":           {[]string{public, "192.168.1.1"}, closed},
		"shared":            {[]string{"100.64.0.1"}, closed},
		"this network":      {[]string{"0.0.0.0"}, closed},
		"broadcast":         {[]string{"255.255.255.255"}, closed},
		"multicast":         {[]string{"224.0.0.1"}, closed},
		"nothing":           {nil, "The name has no address"},
		"too many to check": {many, closed},
	} {
		ns := newNameServer(t, tt.answers)
		w := &wires{at: strings.TrimPrefix(receiver.URL, "http://")}
		g := egress.New(egress.Options{Timeout: time.Minute, AllowHTTP: true, Resolver: ns.resolver(), Connect: w.connect})
		a := g.Post(t.Context(), "http://host.example.com./", http.Header{}, nil)
		if a.Fault != tt.fault || (a.Fault != "") != (len(w.to) == 0) {
			t.Errorf("%s: %+v, connected to %v", name, a, w.to)
		}
	}
}

// TestMappedAnswers: a resolver may also answer in IPv6, in any form of an IPv4 address.
func TestMappedAnswers(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		"::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:c0a8:101::1",
		"fe80::1", "fe80::1%eth0", "fd00:ec2::254", "fc00::1", "ff02::1", "2001:db8::1", "2001::1", "100::1",
	} {
		w := &wires{}
		g := egress.New(egress.Options{
			Timeout: time.Minute, AllowHTTP: true, Connect: w.connect,
			Resolver: names{"host.example.com": {netip.MustParseAddr("2606:4700:4700::1111"), netip.MustParseAddr(answer)}},
		})
		if a := g.Post(t.Context(), "http://host.example.com/", http.Header{}, nil); a.Fault != closed || len(w.to) != 0 {
			t.Errorf("%s: %+v, connected to %v", answer, a, w.to)
		}
	}
}

// TestRulesThatChanged: a URL that was taken under looser rules is refused at the attempt.
func TestRulesThatChanged(t *testing.T) {
	t.Parallel()
	w := &wires{}
	g := egress.New(egress.Options{Timeout: time.Minute, Connect: w.connect})
	for _, raw := range []string{"http://example.com/", "https://127.0.0.1/", "https://example.com:8443/"} {
		if a := g.Post(t.Context(), raw, http.Header{}, nil); a.Fault != "The URL is not allowed (any more)" || len(w.to) != 0 {
			t.Errorf("%s: %+v", raw, a)
		}
	}
}
