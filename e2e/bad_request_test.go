package e2e

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// The settings of the server that is tormented: little time and little room.
const (
	badReadTimeout = 3 * time.Second
	badFileBytes   = 256 << 10
	badUploadBytes = 10*badFileBytes + 2<<20
)

// hangUp bounds how long a connection may stay open without an answer: the read
// timeout and ample time for a busy machine.
const hangUp = badReadTimeout + 20*time.Second

// torture is a request as raw bytes.
type torture struct {
	name string
	// send writes it. What it returns is only looked at when there is no answer:
	// the server may hang up while it is sent.
	send func(w *wire) error
	// answers that are right, as HTTP status and error code (0: any); closed allows
	// the server to hang up instead.
	answers [][2]int
	closed  bool
}

// wire is a connection to the server with what a request needs.
type wire struct {
	net.Conn
	host, token string
	list        string
	sent        int64
}

func (w *wire) Write(b []byte) (int, error) {
	n, err := w.Conn.Write(b)
	w.sent += int64(n)
	return n, err
}

// head writes a request line and headers, each as "Name: value".
func (w *wire) head(method, path string, headers ...string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nX-Forensic-Access-Token: %s\r\n", method, path, w.host, w.token)
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	_, err := io.WriteString(w, b.String()+"\r\n")
	return err
}

// post writes a whole request.
func (w *wire) post(path, contentType string, content []byte, headers ...string) error {
	headers = append(headers, "Content-Type: "+contentType, fmt.Sprintf("Content-Length: %d", len(content)))
	if err := w.head(http.MethodPost, path, headers...); err != nil {
		return err
	}
	_, err := w.Write(content)
	return err
}

// chunks writes a chunked body: the beginning, then the same piece again and again
// until the server has had enough.
func (w *wire) chunks(path, beginning, piece string) error {
	err := w.head(http.MethodPost, path, "Content-Type: multipart/form-data; boundary=xyz", "Transfer-Encoding: chunked")
	for s := cmp.Or(beginning, piece); err == nil && w.sent < 10*badUploadBytes; s = piece {
		_, err = fmt.Fprintf(w, "%x\r\n%s\r\n", len(s), s)
	}
	return err
}

// drip writes one byte after the other, slowly, for as long as the server listens.
func (w *wire) drip(b string) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(hangUp); time.Now().Before(end); <-tick.C {
		if _, err := io.WriteString(w, b); err != nil {
			return err
		}
	}
	return errors.New("the server listens for ever")
}

const (
	multipartType = "multipart/form-data; boundary=xyz"
	filePart      = "--xyz\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a.jpg\"\r\n\r\n"
	lastBoundary  = "\r\n--xyz--\r\n"
)

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

// bomb is a gzip of many zeros.
func bomb() []byte { return gzipped(make([]byte, 64<<20)) }

// parts is a multipart body of many small parts.
func parts(n int, header string) []byte {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "--xyz\r\n"+header+"\r\n\r\nx\r\n", i)
	}
	b.WriteString("--xyz--\r\n")
	return []byte(b.String())
}

// deep is JSON of so many arrays in each other.
func deep(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// tortures are the requests.
var tortures = []torture{
	{"a body that is cut off", func(w *wire) error {
		err := w.head("POST", "/api/folders/", "Content-Type: "+multipartType, "Content-Length: 10000")
		_, _ = io.WriteString(w, filePart+"half of it")
		_ = w.Conn.(*net.TCPConn).CloseWrite()
		return err
	}, [][2]int{{400, 3}}, true},
	{"a body without its last boundary", func(w *wire) error {
		return w.post("/api/folders/", multipartType, []byte(filePart+"whole, but not ended"))
	}, [][2]int{{400, 3}}, false},
	{"another boundary than announced", func(w *wire) error {
		return w.post("/api/folders/", multipartType, []byte(strings.ReplaceAll(filePart+"x"+lastBoundary, "xyz", "abc")))
	}, [][2]int{{400, 3}}, false},
	{"a boundary of 10,000 letters", func(w *wire) error {
		return w.post("/api/folders/", "multipart/form-data; boundary="+strings.Repeat("b", 10_000), []byte(filePart))
	}, [][2]int{{400, 3}}, false},
	{"no boundary", func(w *wire) error { return w.post("/api/folders/", "multipart/form-data", []byte(filePart)) }, [][2]int{{400, 3}}, false},
	{"an endless file", func(w *wire) error {
		return w.chunks("/api/folders/", filePart, strings.Repeat("z", 64<<10))
	}, [][2]int{{413, 16}}, true},
	{"an endless file of a person", func(w *wire) error {
		return w.chunks(persons(w.list), filePart, strings.Repeat("z", 64<<10))
	}, [][2]int{{413, 16}}, true},
	{"endless parts", func(w *wire) error {
		return w.chunks("/api/folders/", "", "--xyz\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nx\r\n")
	}, [][2]int{{400, 3}, {413, 16}}, true},
	{"endless preamble", func(w *wire) error {
		return w.chunks("/api/folders/", "", strings.Repeat("not a boundary\r\n", 1000))
	}, [][2]int{{400, 3}, {413, 16}}, true},
	{"an endless header of a part", func(w *wire) error {
		return w.chunks("/api/folders/", "--xyz\r\nContent-Disposition: form-data; name=\"", strings.Repeat("n", 64<<10))
	}, [][2]int{{400, 3}, {413, 16}}, true},
	{"a length beyond the limit", func(w *wire) error {
		return w.head("POST", "/api/folders/", "Content-Type: "+multipartType, "Content-Length: 1000000000000")
	}, [][2]int{{413, 16}}, false},
	{"10,000 parts", func(w *wire) error {
		return w.post("/api/folders/", multipartType, parts(10_000, `Content-Disposition: form-data; name="p%d"`))
	}, [][2]int{{400, 3}}, true},
	{"100 files", func(w *wire) error {
		return w.post("/api/folders/", multipartType, parts(100, `Content-Disposition: form-data; name="p%d"; filename="p"`))
	}, [][2]int{{413, 16}}, false},
	{"10,000 headers of a part", func(w *wire) error {
		header := "Content-Disposition: form-data; name=\"p%d\"" + strings.Repeat("\r\nX-More: x", 10_000)
		return w.post("/api/folders/", multipartType, parts(1, header))
	}, [][2]int{{400, 3}}, false},
	{"parts without names", func(w *wire) error {
		return w.post("/api/folders/", multipartType, parts(3, `Content-Disposition: form-data; filename="f%d"`))
	}, [][2]int{{400, 4}, {400, 3}}, false},
	{"names that are paths", func(w *wire) error {
		return w.post("/api/folders/", multipartType, parts(3, `Content-Disposition: form-data; name="../../%d"; filename="f"`))
	}, [][2]int{{400, 4}}, false},
	{"two parts of one name", func(w *wire) error {
		// Neither is a picture, so that the first part's type leads and the second
		// part's name is listed behind it (api.md 2.4).
		return w.post("/api/folders/", multipartType, parts(2, `Content-Disposition: form-data; name="same"; filename="f%d"`))
	}, [][2]int{{415, 17}}, false},
	{"a multipart in a multipart", func(w *wire) error {
		return w.post("/api/folders/", multipartType, []byte("--xyz\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f\"\r\n"+
			"Content-Type: multipart/form-data; boundary=xyz\r\n\r\n"+filePart+"x"+lastBoundary+lastBoundary))
	}, [][2]int{{400, 3}, {400, 4}, {415, 17}}, false},
	{"a payload deeper than deep", func(w *wire) error {
		return w.post("/api/folders/", multipartType, []byte("--xyz\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n"+
			`{"folder:meta_data": {"a": `+deep(20_000)+`}}`+lastBoundary))
	}, [][2]int{{400, 3}}, false},
	{"JSON deeper than deep", func(w *wire) error {
		return w.post("/api/collections/", "application/json", []byte(`{"alias": `+deep(400_000)+`}`))
	}, [][2]int{{400, 3}}, false},
	{"JSON larger than a MiB", func(w *wire) error {
		return w.post("/api/collections/", "application/json", []byte(`{"alias": "`+strings.Repeat("a", 2<<20)+`"}`))
	}, [][2]int{{413, 16}}, true},
	{"JSON with 100,000 keys", func(w *wire) error {
		var b strings.Builder
		for i := range 80_000 {
			fmt.Fprintf(&b, `"%d":0,`, i)
		}
		return w.post("/api/folders/", "application/json", []byte(`{"folder:meta_data":{`+b.String()+`"z":1}}`))
	}, [][2]int{{400, 4}}, false},
	{"JSON that is no text", func(w *wire) error {
		return w.post("/api/collections/", "application/json", []byte("{\"alias\": \"\xff\xfe\x00\"}"))
	}, [][2]int{{400, 0}}, false},
	{"a number of a million digits", func(w *wire) error {
		return w.post("/api/collections/", "application/json", []byte(`{"alias": "x", "threshold": 1`+strings.Repeat("0", 1_000_000)+`}`))
	}, [][2]int{{400, 0}}, false},
	{"gzip JSON", func(w *wire) error {
		return w.post("/api/collections/", "application/json", gzipped([]byte(`{"alias": "x"}`)), "Content-Encoding: gzip")
	}, [][2]int{{415, 17}}, false},
	{"a gzip bomb as a folder", func(w *wire) error {
		return w.post("/api/folders/", multipartType, bomb(), "Content-Encoding: gzip")
	}, [][2]int{{415, 17}}, true},
	{"a gzip bomb as a file", func(w *wire) error {
		return w.post("/api/folders/", multipartType, slices.Concat([]byte(filePart), bomb(), []byte(lastBoundary)))
	}, [][2]int{{415, 17}}, false},
	{"a header of two MiB", func(w *wire) error {
		return w.head("GET", "/api/folders/", "X-Long: "+strings.Repeat("x", 2<<20))
	}, [][2]int{{431, 0}, {400, 0}}, true},
	{"100,000 headers", func(w *wire) error {
		return w.head("GET", "/api/folders/", strings.Repeat("X-Many: x\r\n", 100_000)+"X-Last: x")
	}, [][2]int{{431, 0}, {400, 0}}, true},
	{"a query string of a MiB", func(w *wire) error {
		return w.head("GET", "/api/folders/?search_text="+strings.Repeat("x", 900<<10))
	}, [][2]int{{400, 4}, {431, 0}, {400, 0}}, true},
	{"two lengths", func(w *wire) error {
		err := w.head("POST", "/api/collections/", "Content-Type: application/json", "Content-Length: 2", "Content-Length: 20")
		_, _ = io.WriteString(w, "{}")
		return err
	}, [][2]int{{400, 0}}, true},
	{"a length and chunks", func(w *wire) error {
		err := w.head("POST", "/api/collections/", "Content-Type: application/json", "Content-Length: 2", "Transfer-Encoding: chunked")
		_, _ = io.WriteString(w, "0\r\n\r\n")
		return err
	}, [][2]int{{400, 0}}, true},
	{"chunks of nonsense", func(w *wire) error {
		err := w.head("POST", "/api/collections/", "Content-Type: application/json", "Transfer-Encoding: chunked")
		_, _ = io.WriteString(w, "ffffffffffffffff\r\nzzzz")
		return err
	}, [][2]int{{400, 0}}, true},
	{"no HTTP at all", func(w *wire) error {
		_, err := w.Write(bytes.Repeat([]byte{0x16, 0x03, 0x01, 0xff, 0x00}, 1000))
		return err
	}, [][2]int{{400, 0}}, true},
	{"headers that drip", func(w *wire) error {
		_, err := fmt.Fprintf(w, "GET /api/folders/ HTTP/1.1\r\nHost: %s\r\nX-Slow: ", w.host)
		return errors.Join(err, w.drip("x"))
	}, [][2]int{{408, 0}, {400, 0}}, true},
	{"a body that drips", func(w *wire) error {
		err := w.head("POST", "/api/folders/", "Content-Type: "+multipartType, "Content-Length: 100000")
		return errors.Join(err, w.drip("x"))
	}, [][2]int{{408, 0}, {400, 0}}, true},
	{"JSON that drips", func(w *wire) error {
		err := w.head("POST", "/api/collections/", "Content-Type: application/json", "Content-Length: 100000")
		return errors.Join(err, w.drip(" "))
	}, [][2]int{{408, 0}, {400, 0}}, true},
	{"a connection that says nothing", func(*wire) error { return nil }, nil, true},
	{"a body that never comes", func(w *wire) error {
		return w.head("POST", "/api/folders/", "Content-Type: "+multipartType, "Content-Length: 100")
	}, [][2]int{{408, 0}, {400, 0}}, true},
}

// TestBadRequests sends requests that no client library would: each is refused
// with its code or the connection is closed in time, nothing is stored, and the
// server is none the worse.
func TestBadRequests(t *testing.T) {
	s := start(t,
		"OSPREY_HTTP_READ_TIMEOUT="+badReadTimeout.String(), fmt.Sprintf("OSPREY_MEDIA_MAX_SIZE=%d", badFileBytes))
	c := s.tenant(t, s.admin(t))
	list := c.collection(t)
	c.unchanged(t, func() {
		defer func() {
			if !s.alive() {
				t.Fatalf("the server is gone: %v", s.cmd.ProcessState)
			}
		}()
		t.Run("all", func(t *testing.T) {
			for _, tt := range tortures {
				t.Run(tt.name, func(t *testing.T) {
					t.Parallel()
					c.torment(t, list, tt)
				})
			}
		})
	})
	c.unharmed(t, list)
}

// torment makes one raw request.
func (c company) torment(t *testing.T, list string, tt torture) {
	t.Helper()
	host := strings.TrimPrefix(c.base, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	begun := time.Now()
	if err := conn.SetDeadline(begun.Add(2 * hangUp)); err != nil {
		t.Fatal(err)
	}
	w := &wire{Conn: conn, host: host, token: c.ca.token, list: list}
	sent := make(chan error, 1)
	go func() { sent <- tt.send(w) }() // the answer may come before all is sent
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			t.Errorf("neither an answer nor a closed connection after %s", time.Since(begun).Round(time.Second))
		} else if !tt.closed {
			t.Errorf("no answer: %v; sending: %v", err, <-sent)
		}
		return
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	var fault struct {
		Code    int             `json:"error_code"`
		Message string          `json:"error_message"`
		Details json.RawMessage `json:"details"`
	}
	_ = json.Unmarshal(raw, &fault)
	right := func(want [2]int) bool {
		return resp.StatusCode == want[0] && (want[1] == 0 || fault.Code == want[1])
	}
	if !slices.ContainsFunc(tt.answers, right) {
		t.Errorf("answer %d with code %d (%s %s), want one of %v", resp.StatusCode, fault.Code, fault.Message, fault.Details, tt.answers)
	}
	_ = conn.Close()
	<-sent
	if w.sent > 3*badUploadBytes {
		t.Errorf("the server took %d MiB before it refused", w.sent>>20)
	}
}
