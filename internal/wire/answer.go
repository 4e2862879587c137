package wire

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"example.org/osprey"
)

// TypeJSON is the content type of every answer that is neither a file nor a text.
const (
	TypeJSON    = "application/json; charset=utf-8"
	minCompress = 1400 // bytes; a shorter answer fits one packet anyway
)

// WriteJSON answers with a status and a JSON body, compressed when the request
// asks for it; HEAD gets the headers alone.
func WriteJSON(w http.ResponseWriter, r *http.Request, status int, body any) error {
	b, err := encode(body)
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	Write(w, r, status, TypeJSON, b)
	return nil
}

// encode is JSON without the escapes that are for pages: links stay readable.
func encode(body any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Write answers with bytes of a content type.
func Write(w http.ResponseWriter, r *http.Request, status int, contentType string, b []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Add("Vary", "Accept-Encoding")
	if len(b) >= minCompress && acceptsGzip(r) {
		b = compress(b)
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(b) // a client that is gone has nobody to tell
	}
}

// acceptsGzip reads Accept-Encoding: gzip or *, unless its weight is zero.
func acceptsGzip(r *http.Request) bool {
	accepted := false
	for _, v := range r.Header.Values("Accept-Encoding") {
		for entry := range strings.SplitSeq(v, ",") {
			name, params, _ := strings.Cut(entry, ";")
			weight := strings.ReplaceAll(strings.ToLower(params), " ", "")
			zero := strings.HasPrefix(weight, "q=0") && strings.Trim(weight[3:], ".0") == ""
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "gzip":
				return !zero
			case "*":
				accepted = !zero
			}
		}
	}
	return accepted
}

var gzipWriters = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}

func compress(b []byte) []byte {
	z := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(z)
	var out bytes.Buffer
	z.Reset(&out)
	_, _ = z.Write(b) // neither fails on a bytes.Buffer
	_ = z.Close()
	return out.Bytes()
}

// errorBody is the body of every refusal (api.md 2.1).
type errorBody struct {
	Code    osprey.Code `json:"error_code"`
	Message string      `json:"error_message"`
	Details any         `json:"details"`
}

// WriteError answers with a fault: status, body, Retry-After. The cause of the
// fault stays here; what a stranger may know is in code, message and details.
func WriteError(w http.ResponseWriter, r *http.Request, e *osprey.Error) {
	WriteErrorStatus(w, r, e.Code.HTTPStatus(), e)
}

// WriteErrorStatus is WriteError with a status that HTTP itself asks for (416).
func WriteErrorStatus(w http.ResponseWriter, r *http.Request, status int, e *osprey.Error) {
	body := errorBody{Code: e.Code, Message: e.Message}
	if len(e.Details) > 0 {
		body.Details = e.Details
	}
	b, err := encode(body)
	if err != nil { // a detail that is not JSON: the code still tells
		body.Details = nil
		b, _ = encode(body)
	}
	if e.RetryAfter > 0 || status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", strconv.FormatInt(RetrySeconds(e), 10))
	}
	Write(w, r, status, TypeJSON, plainNumbers(b))
}

// RetrySeconds is the wait of a fault in whole seconds, at least one.
func RetrySeconds(e *osprey.Error) int64 {
	s := int64(e.RetryAfter.Seconds())
	if float64(s) < e.RetryAfter.Seconds() {
		s++
	}
	return max(s, 1)
}

// Prefers reports whether the Accept header wants the first type rather than the
// second: by weight, and where it leaves that open the second.
func Prefers(r *http.Request, first, second string) bool {
	a, b := acceptWeight(r, first), acceptWeight(r, second)
	return a > b
}

// acceptWeight is the weight (0 to 1) that the Accept headers give a type: that of the
// most specific range which covers it. Without a header everything has weight 1.
func acceptWeight(r *http.Request, want string) float64 {
	values := r.Header.Values("Accept")
	if len(values) == 0 {
		return 1
	}
	family, _, _ := strings.Cut(want, "/")
	weight, best := 0.0, 0
	for _, v := range values {
		for entry := range strings.SplitSeq(v, ",") {
			name, params, _ := strings.Cut(entry, ";")
			specific := map[string]int{"*/*": 1, family + "/*": 2, want: 3}[strings.ToLower(strings.TrimSpace(name))]
			if specific <= best {
				continue
			}
			best, weight = specific, quality(params)
		}
	}
	return weight
}

// quality reads the q of a range's parameters; 1 when there is none.
func quality(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if !strings.EqualFold(name, "q") {
			continue
		}
		if q, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil && q >= 0 && q <= 1 {
			return q
		}
		return 0
	}
	return 1
}
