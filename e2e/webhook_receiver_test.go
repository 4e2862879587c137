package e2e

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/osprey/client"
)

// received is one request that a receiver took.
type received struct {
	path   string
	header http.Header
	body   []byte
	doc    object
	at     time.Time
}

// text is a text of the body at a path of keys.
func (r received) text(keys ...string) string {
	var v any = r.doc
	for _, k := range keys {
		m, _ := v.(object)
		v = m[k]
	}
	s, _ := v.(string)
	return s
}

// receiver is where webhooks go: it keeps what it gets, and answers as its path says.
type receiver struct {
	*httptest.Server
	hold chan struct{} // closed at the end: ends slow answers

	mu   sync.Mutex
	took []received
	// answer, when set, decides instead of the path.
	answer func(r received, w http.ResponseWriter)
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{hold: make(chan struct{})}
	r.Server = httptest.NewServer(r)
	t.Cleanup(func() { close(r.hold); r.Close() })
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	got := received{path: q.URL.Path, header: q.Header, body: body, at: time.Now()}
	if err != nil || json.Unmarshal(body, &got.doc) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	r.took = append(r.took, got)
	answer := r.answer
	r.mu.Unlock()
	if answer != nil {
		answer(got, w)
		return
	}
	r.behave(strings.Trim(q.URL.Path, "/"), w, q)
}

// behave does what the last part of the path says: a status, or a word.
func (r *receiver) behave(path string, w http.ResponseWriter, q *http.Request) {
	word := path[strings.LastIndexByte(path, '/')+1:]
	if status, err := strconv.Atoi(word); err == nil {
		w.WriteHeader(status)
		return
	}
	switch word {
	case "redirect":
		http.Redirect(w, q, "/strayed/200", http.StatusFound)
	case "slow":
		<-r.hold
	case "close":
		panic(http.ErrAbortHandler)
	case "gigabyte":
		w.Header().Set("Content-Length", strconv.Itoa(1<<30))
		block := make([]byte, 1<<16)
		for sent := 0; sent < 1<<30; sent += len(block) {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}
}

// of are the requests that came for a path.
func (r *receiver) of(path string) []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []received
	for _, got := range r.took {
		if got.path == path {
			out = append(out, got)
		}
	}
	return out
}

// first waits for a request to a path.
func (r *receiver) first(t *testing.T, s *server, path string) received {
	t.Helper()
	err := s.poll("told at "+path, time.Minute, func() bool { return len(r.of(path)) > 0 })
	if err != nil {
		t.Fatal(err)
	}
	return r.of(path)[0]
}

// signed fails the test unless one of the secrets signed the request.
func (r received) signed(t *testing.T, secrets ...string) {
	t.Helper()
	if err := client.VerifySignature(r.header.Get("Osprey-Signature"), r.body, r.at, secrets...); err != nil {
		t.Errorf("%s: %v", r.header.Get("Osprey-Signature"), err)
	}
}

// port is the port of a server's URL.
func port(t *testing.T, url string) string {
	t.Helper()
	_, p, err := net.SplitHostPort(url[strings.LastIndex(url, "/")+1:])
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// unlinked is a JSON value without its media links, which are signed anew each time.
func unlinked(v any) any {
	switch v := v.(type) {
	case object:
		out := object{}
		for k, e := range v {
			if s, ok := e.(string); ok && strings.HasSuffix(k, "_url") {
				e = s[:strings.Index(s+"?", "?")]
				e = e.(string)[strings.Index(e.(string), "/static/"):]
			}
			out[k] = unlinked(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = unlinked(e)
		}
		return out
	}
	return v
}

// sameObjects fails the test unless two JSON values are equal but for their links.
func sameObjects(t *testing.T, what string, got, want any) {
	t.Helper()
	if a, b := unlinked(got), unlinked(want); !reflect.DeepEqual(a, b) {
		x, _ := json.Marshal(a)
		y, _ := json.Marshal(b)
		t.Errorf("%s\n%s\nwant\n%s", what, x, y)
	}
}
