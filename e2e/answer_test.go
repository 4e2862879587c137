package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// answer is what a server said.
type answer struct {
	tb      testing.TB
	request string // "GET /api/folders/"
	method  string
	path    string
	status  int
	header  http.Header
	body    []byte
	doc     any // the body, when it is JSON
	// breaches are the ways in which it differs from the OpenAPI document.
	breaches []string
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// String is request and answer for messages.
func (a answer) String() string {
	b := a.body
	if len(b) > 1000 {
		b = append(slices.Clone(b[:1000]), "..."...)
	}
	if a.doc == nil && len(b) > 0 {
		return fmt.Sprintf("%s: %d, %d bytes of %s", a.request, a.status, len(a.body), a.header.Get("Content-Type"))
	}
	return fmt.Sprintf("%s: %d %s", a.request, a.status, bytes.TrimSpace(b))
}

// checkHeaders holds what the contract promises of every answer (api.md 1.3,
// 1.8, 2.1).
func (a answer) checkHeaders() {
	a.tb.Helper()
	for _, breach := range a.breaches {
		a.tb.Errorf("%s\n%s", breach, a)
	}
	want := map[string]string{"X-Content-Type-Options": "nosniff"}
	api := strings.HasPrefix(a.path, "/api/")
	if api {
		want["Cache-Control"] = "no-store"
	}
	for name, value := range want {
		if got := a.header.Get(name); got != value {
			a.tb.Errorf("%s: header %s is %q, want %q", a, name, got, value)
		}
	}
	if a.header.Get("X-Request-Id") == "" {
		a.tb.Errorf("%s: no X-Request-Id", a)
	}
	if a.status >= 300 && a.status < 400 {
		a.tb.Errorf("%s: a redirection", a)
	}
	if (a.status == 429 || a.status == 503) && a.header.Get("Retry-After") == "" {
		a.tb.Errorf("%s: no Retry-After", a)
	}
	if len(a.body) > 0 && a.doc != nil && a.header.Get("Content-Type") != "application/json; charset=utf-8" {
		a.tb.Errorf("%s: content type %q", a, a.header.Get("Content-Type"))
	}
	if a.status >= 400 && a.method != http.MethodHead && !strings.HasPrefix(a.path, "/readyz") {
		a.checkFaultBody()
	}
}

// checkFaultBody: every refusal has exactly three keys.
func (a answer) checkFaultBody() {
	a.tb.Helper()
	body, _ := a.doc.(object)
	_, number := body["error_code"].(float64)
	message, _ := body["error_message"].(string)
	_, isObject := body["details"].(object)
	if len(body) != 3 || !number || message == "" || !isObject && body["details"] != nil {
		a.tb.Errorf("%s: not the body of a refusal", a)
	}
	if a.status >= 500 && a.status != 501 && a.status != 503 {
		a.tb.Errorf("%s: the server's own fault", a)
	}
}

// want ends the test unless the status is this one.
func (a answer) want(status int) answer {
	a.tb.Helper()
	if a.status != status {
		a.tb.Fatalf("want status %d\n%s", status, a)
	}
	if status == http.StatusNoContent && len(a.body) > 0 {
		a.tb.Errorf("%s: 204 with a body", a)
	}
	return a
}

// look finds the value at a dotted path: "items.0.person_id".
func (a answer) look(path string) (any, bool) {
	v := a.doc
	if path == "" {
		return v, v != nil
	}
	for step := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case object:
			next, ok := at[step]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(at) {
				return nil, false
			}
			v = at[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// at is the value at a path, which must be there.
func (a answer) at(path string) any {
	a.tb.Helper()
	v, ok := a.look(path)
	if !ok {
		a.tb.Fatalf("%s: nothing at %s", a, path)
	}
	return v
}

// text is the string at a path.
func (a answer) text(path string) string {
	a.tb.Helper()
	s, ok := a.at(path).(string)
	if !ok {
		a.tb.Fatalf("%s: %s is no string", a, path)
	}
	return s
}

// id is the UUID at a path.
func (a answer) id(path string) string {
	a.tb.Helper()
	s := a.text(path)
	if !uuid.MatchString(s) {
		a.tb.Fatalf("%s: %s is no UUIDv7", a, path)
	}
	return s
}

// number is the number at a path.
func (a answer) number(path string) float64 {
	a.tb.Helper()
	f, ok := a.at(path).(float64)
	if !ok {
		a.tb.Fatalf("%s: %s is no number", a, path)
	}
	return f
}

// list is the array at a path.
func (a answer) list(path string) []any {
	a.tb.Helper()
	l, ok := a.at(path).([]any)
	if !ok {
		a.tb.Fatalf("%s: %s is no array", a, path)
	}
	return l
}

// ids are the values of a key of the objects in an array.
func (a answer) ids(path, key string) []string {
	a.tb.Helper()
	var out []string
	for i, v := range a.list(path) {
		o, _ := v.(object)
		s, ok := o[key].(string)
		if !ok {
			a.tb.Fatalf("%s: %s.%d has no %s", a, path, i, key)
		}
		out = append(out, s)
	}
	return out
}

// check compares the value at a path; objects and arrays as a whole.
func (a answer) check(path string, want any) answer {
	a.tb.Helper()
	got, ok := a.look(path)
	if !ok || !equal(got, want) {
		a.tb.Errorf("%s is %v, want %v\n%s", path, got, want, a)
	}
	return a
}

// checkAbsent: there is no key of that path.
func (a answer) checkAbsent(path string) answer {
	a.tb.Helper()
	if v, ok := a.look(path); ok {
		a.tb.Errorf("%s is there: %v\n%s", path, v, a)
	}
	return a
}

// equal compares as JSON does: 1 and 1.0 are one number.
func equal(got, want any) bool {
	return reflect.DeepEqual(plain(got), plain(want))
}

func plain(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		return v
	}
	var out any
	if json.Unmarshal(b, &out) != nil {
		return v
	}
	return out
}

// In the wanted details of a fault, absent demands that there is no such key and
// given that there is one, whatever its value.
type demand string

const (
	absent demand = "absent"
	given  demand = "given"
)

// fault is a wanted refusal.
type fault struct {
	status  int
	code    int
	details object // nil: not looked at
	message string // empty: not looked at
}

// notExist is the one answer for what is unknown or not the caller's.
var notExist = fault{404, 10, nil, "Object does not exist"}

// forbidden is the answer for what the role may not do.
var forbidden = fault{status: 403, code: 9}

// missing is the fixed answer for a required key that is not there.
func missing(keyPath string) fault {
	return fault{400, 3, nil, "Could not locate field for key_path " + keyPath + " from provided dict data"}
}

func (f fault) with(key string, value any) fault {
	details := object{key: value}
	for k, v := range f.details {
		if k != key {
			details[k] = v
		}
	}
	f.details = details
	return f
}

// fault compares the answer with a wanted refusal.
func (a answer) fault(want fault) answer {
	a.tb.Helper()
	if a.status != want.status || !equal(a.doc.(object)["error_code"], want.code) {
		a.tb.Errorf("want %d with code %d\n%s", want.status, want.code, a)
		return a
	}
	if want.message != "" {
		a.check("error_message", want.message)
	}
	for key, value := range want.details {
		got, ok := a.look("details." + key)
		switch {
		case value == absent && ok, value == given && !ok:
			a.tb.Errorf("%s: details.%s must be %s", a, key, value)
		case value == absent || value == given:
		case !ok || !equal(got, value):
			a.tb.Errorf("details.%s is %v, want %v\n%s", key, got, value, a)
		}
	}
	return a
}
