package egress_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.org/osprey/internal/egress"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// guard lets plain http to the ports of the servers through, on this machine.
func guard(t *testing.T, o egress.Options, servers ...*httptest.Server) *egress.Guard {
	t.Helper()
	o.AllowHTTP, o.Networks = true, loopback
	if o.Timeout == 0 {
		o.Timeout = time.Minute
	}
	for _, s := range servers {
		o.Ports = append(o.Ports, portOf(t, s.URL))
	}
	return egress.New(o)
}

func portOf(t *testing.T, raw string) int {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// raw is a server that speaks for itself on each connection.
func raw(t *testing.T, speak func(net.Conn)) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		speak(conn)
		_ = conn.Close()
	}))
	t.Cleanup(s.Close)
	return s
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// TestAnswers: what each kind of receiver comes to.
func TestAnswers(t *testing.T) {
	t.Parallel()
	var strayed atomic.Int64
	elsewhere := serve(t, func(http.ResponseWriter, *http.Request) { strayed.Add(1) })
	down := httptest.NewServer(nil)
	down.Close()
	hold := make(chan struct{})
	secure := httptest.NewTLSServer(status(200))
	t.Cleanup(secure.Close)
	tests := map[string]struct {
		server *httptest.Server
		url    string // where it is not the server's
		short  bool   // the time of the attempt is the point
		status int
		fault  string
	}{
		"200":      {server: serve(t, status(200)), status: 200},
		"204":      {server: serve(t, status(204)), status: 204},
		"299":      {server: serve(t, status(299)), status: 299},
		"500":      {server: serve(t, status(500)), status: 500, fault: "The receiver answered 500"},
		"410":      {server: serve(t, status(410)), status: 410, fault: "The receiver answered 410"},
		"404":      {server: serve(t, status(404)), status: 404, fault: "The receiver answered 404"},
		"304":      {server: serve(t, status(304)), status: 304, fault: "The receiver answered 304; redirects are not followed"},
		"redirect": {server: serve(t, http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect).ServeHTTP), status: http.StatusTemporaryRedirect, fault: "The receiver answered 307; redirects are not followed"},
		"down":     {server: down, fault: "The connection was refused"},
		"silent":   {server: serve(t, func(http.ResponseWriter, *http.Request) { <-hold }), short: true, fault: "No answer within the time limit"},
		"drips its header": {server: raw(t, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX-Slow: ")
			<-hold
		}), short: true, fault: "No answer within the time limit"},
		"drips its body": {server: raw(t, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome")
			<-hold
		}), short: true, status: 200},
		"closes early":          {server: raw(t, func(net.Conn) {}), fault: "The connection was closed before an answer came"},
		"closes in the header":  {server: raw(t, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200") }), fault: "The connection was closed before an answer came"},
		"closes in the body":    {server: raw(t, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1") }), status: 200},
		"speaks another tongue": {server: raw(t, func(c net.Conn) { _, _ = io.WriteString(c, "220 mail.example.com ESMTP\r\n\r\n") }), fault: "The answer is not HTTP"},
		"a long header": {server: serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 64<<10))
		}), fault: "The header of the answer is too long"},
		"an endless header": {server: raw(t, func(c net.Conn) {
			_, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nX-Long: ")
			for err == nil {
				_, err = io.WriteString(c, strings.Repeat("x", 4096))
			}
		}), fault: "The header of the answer is too long"},
		"endless early hints": {server: raw(t, func(c net.Conn) {
			var err error
			for err == nil {
				_, err = io.WriteString(c, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
			}
		}), fault: "The header of the answer is too long"},
		"an unknown issuer":   {server: secure, fault: "The certificate of the receiver is not valid for the name, or its issuer is not trusted"},
		"TLS to a plain port": {server: elsewhere, url: "https", fault: "The receiver does not speak TLS 1.2 or later"},
		"plain to a TLS port": {server: secure, url: "http", status: 400, fault: "The receiver answered 400"},
	}
	t.Cleanup(func() { close(hold) }) // before the servers are closed, which wait for it
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := time.Minute
			if tt.short {
				limit = 200 * time.Millisecond
			}
			at := tt.server.URL
			if tt.url != "" {
				_, rest, _ := strings.Cut(at, ":")
				at = tt.url + ":" + rest
			}
			a := guard(t, egress.Options{Timeout: limit}, tt.server).Post(t.Context(), at, http.Header{}, []byte("{}"))
			if a.Status != tt.status || a.Fault != tt.fault {
				t.Errorf("%d, %q; want %d, %q", a.Status, a.Fault, tt.status, tt.fault)
			}
		})
	}
	t.Cleanup(func() {
		if strayed.Load() != 0 {
			t.Error("a redirect was followed")
		}
	})
}

// TestLargeAnswer: of an answer of a gigabyte little is read, and it is still a success.
func TestLargeAnswer(t *testing.T) {
	t.Parallel()
	sent := make(chan int64, 1)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(1<<30))
		block, total := make([]byte, 64<<10), int64(0)
		for total < 1<<30 {
			n, err := w.Write(block)
			total += int64(n)
			if err != nil {
				break
			}
		}
		sent <- total
	})
	a := guard(t, egress.Options{}, s).Post(t.Context(), s.URL, http.Header{}, nil)
	if a.Status != 200 || a.Fault != "" {
		t.Errorf("%d %q", a.Status, a.Fault)
	}
	// What the buffers of two sockets hold may be on its way.
	if n := <-sent; n > 64<<20 {
		t.Errorf("%d bytes were taken", n)
	}
}

// TestRequest: method, headers and body arrive as given; nothing is kept from one
// request for the next, and the environment's proxy is not used.
func TestRequest(t *testing.T) {
	proxied := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the environment's proxy was used") })
	t.Setenv("HTTP_PROXY", proxied.URL)
	t.Setenv("http_proxy", proxied.URL)
	type got struct{ method, agent, cookie, body, remote string }
	requests := make(chan got, 2)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		requests <- got{r.Method, r.UserAgent(), r.Header.Get("Cookie"), string(body), r.RemoteAddr}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
	})
	g := guard(t, egress.Options{}, s)
	header := http.Header{"User-Agent": {"Osprey-Webhook/1"}}
	for range 2 {
		if a := g.Post(t.Context(), s.URL, header, []byte("body")); a.Fault != "" {
			t.Fatal(a.Fault)
		}
	}
	one, two := <-requests, <-requests
	if one.remote == two.remote {
		t.Error("a connection was used twice")
	}
	one.remote, two.remote = "", ""
	if want := (got{"POST", "Osprey-Webhook/1", "", "body", ""}); one != want || two != want {
		t.Errorf("%+v and %+v", one, two)
	}
}

// TestConfiguredProxy: the tunnel is asked for by address, which was checked here, and
// with the proxy's credentials.
func TestConfiguredProxy(t *testing.T) {
	t.Parallel()
	s := serve(t, status(200))
	asked := make(chan string, 1)
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		user, password, _ := (&http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth()
		asked <- r.Host + " " + user + ":" + password
		tunnel(w, r.Host)
	})
	at, err := url.Parse(strings.Replace(proxy.URL, "http://", "http://u:p@", 1))
	if err != nil {
		t.Fatal(err)
	}
	o := egress.Options{Proxy: at, Resolver: names{"receiver.example.com": {netip.MustParseAddr("127.0.0.1")}}}
	g := guard(t, o, s)
	port := portOf(t, s.URL)
	a := g.Post(t.Context(), "http://receiver.example.com:"+strconv.Itoa(port), http.Header{}, nil)
	if a.Status != 200 || a.Fault != "" {
		t.Fatalf("%d %q", a.Status, a.Fault)
	}
	if want := "127.0.0.1:" + strconv.Itoa(port) + " u:p"; <-asked != want {
		t.Errorf("not %s", want)
	}
	// A closed address never gets as far as the proxy.
	a = g.Post(t.Context(), "http://inside.example.com:"+strconv.Itoa(port), http.Header{}, nil)
	if a.Fault != "The name has no address" {
		t.Errorf("%q", a.Fault)
	}
	refuses := serve(t, status(403))
	at, err = url.Parse(refuses.URL)
	if err != nil {
		t.Fatal(err)
	}
	a = guard(t, egress.Options{Proxy: at}, s).Post(t.Context(), s.URL, http.Header{}, nil)
	if a.Fault != "The proxy did not open a connection" {
		t.Errorf("%q", a.Fault)
	}
}

// tunnel joins the connection of a CONNECT with one to the address.
func tunnel(w http.ResponseWriter, address string) {
	there, err := net.Dial("tcp", address)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer func() { _ = there.Close() }()
	here, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = here.Close() }()
	_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() { _, _ = io.Copy(there, bufio.NewReader(buffered)) }()
	_, _ = io.Copy(here, there)
}

// names is a resolver that knows some.
type names map[string][]netip.Addr

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if a, ok := n[host]; ok {
		return a, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}
