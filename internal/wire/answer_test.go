package wire

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.org/osprey"
)

func TestScores(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{
		0: "0", 1: "1", 0.93120441: "0.93120441", 1.0 / 3: "0.333333333", 1e-7: "0.0000001", 1e-12: "0", -1e-12: "0",
		0.05790174: "0.05790174", 408: "408", -2.5: "-2.5", math.NaN(): "null", math.Inf(1): "null", 0.1 + 0.2: "0.3",
	} {
		if b, err := json.Marshal(Score(v)); err != nil || string(b) != want {
			t.Errorf("%v is %s, want %s (%v)", v, b, want, err)
		}
	}
}

func TestWriteError(t *testing.T) {
	t.Parallel()
	secret := errors.New("SELECT * FROM user: /var/lib/secret")
	for name, c := range map[string]struct {
		err        *osprey.Error
		status     int
		body       string
		retryAfter string
	}{
		"value": {
			osprey.OutOfRange("limit", 1000, 5000, "limit must be between 0 and 1000"), 400,
			`{"error_code":4,"error_message":"limit must be between 0 and 1000","details":{"actual":5000,"field":"limit","limit":1000}}`, "",
		},
		"no details": {osprey.NotExist(), 404, `{"error_code":10,"error_message":"Object does not exist","details":null}`, ""},
		"cause stays": {
			&osprey.Error{Code: osprey.CodeDatabase, Message: "The store failed", Err: secret}, 500,
			`{"error_code":12,"error_message":"The store failed","details":null}`, "",
		},
		"retry":                {osprey.Unavailable("", 1500*time.Millisecond, "Later"), 503, `{"error_code":19,"error_message":"Later","details":null}`, "2"},
		"429 always says when": {osprey.Errorf(osprey.CodeRateLimited, "Slowly"), 429, `{"error_code":18,"error_message":"Slowly","details":null}`, "1"},
		"no exponents": {
			osprey.OutOfRange("t", 0, 1e-7, "e1e9 <t>").With("x", []any{2.5e-8, "1e5", 3}), 400,
			`{"error_code":4,"error_message":"e1e9 <t>","details":{"actual":0.0000001,"field":"t","limit":0,"x":[0.000000025,"1e5",3]}}`, "",
		},
		"details that are no JSON": {osprey.NotExist().With("f", func() {}), 404, `{"error_code":10,"error_message":"Object does not exist","details":null}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			WriteError(w, httptest.NewRequest(http.MethodGet, "/", nil), c.err)
			if w.Code != c.status || strings.TrimSpace(w.Body.String()) != c.body || w.Header().Get("Retry-After") != c.retryAfter {
				t.Errorf("%d %s (Retry-After %q)", w.Code, w.Body, w.Header().Get("Retry-After"))
			}
			if got := w.Header().Get("Content-Type"); got != "application/json; charset=utf-8" {
				t.Error(got)
			}
		})
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	long := map[string]string{"a": strings.Repeat("x&", 2000)}
	for accept, compressed := range map[string]bool{
		"": false, "gzip": true, "br, gzip;q=0.5": true, "gzip;q=0": false, "gzip; q=0.000": false, "*": true, "*;q=0": false, "deflate": false,
		"identity, *;q=0, gzip": true,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if accept != "" {
			r.Header.Set("Accept-Encoding", accept)
		}
		w := httptest.NewRecorder()
		if err := WriteJSON(w, r, 200, long); err != nil {
			t.Fatal(err)
		}
		if (w.Header().Get("Content-Encoding") == "gzip") != compressed {
			t.Errorf("%q: %v", accept, w.Header())
			continue
		}
		var body io.Reader = w.Body
		if compressed {
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			body = z
		}
		b, err := io.ReadAll(body)
		if err != nil || !strings.Contains(string(b), "x&x&") {
			t.Errorf("%q: %.40s %v", accept, b, err)
		}
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodHead, "/", nil)
	if err := WriteJSON(w, r, 200, long); err != nil || w.Body.Len() != 0 || w.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD: %d bytes, %v", w.Body.Len(), w.Header())
	}
}

func FuzzPlainNumbers(f *testing.F) {
	f.Add(`{"a":1e-7,"b":["1e9",-2.5E+3,0],"c\"1e5":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		var v any
		if json.Unmarshal([]byte(text), &v) != nil {
			return
		}
		b, err := encode(v)
		if err != nil {
			t.Skip()
		}
		if out := plainNumbers(b); !json.Valid(out) {
			t.Fatalf("%s became %s", b, out)
		}
	})
}
