package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"example.org/osprey"
)

// TestNegative sends malformed variants of every operation of the API's own
// document: other methods, ids that are none, queries and bodies of wrong types,
// huge ones and broken ones. Each must be refused with a documented 4xx (every
// answer is held to the document anyway), none may do anything, and the server must
// be as well afterwards as before.
func TestNegative(t *testing.T) {
	t.Parallel()
	n := newNegative(t)
	sent := make(map[string]int)
	c := n.c
	c.unchanged(t, func() {
		for _, o := range n.operations {
			t.Run(o.name(), func(t *testing.T) {
				for _, v := range slices.Concat(n.methods(o), n.ids(o), n.queries(o), n.bodies(o), n.uploads(o)) {
					n.send(t, o, v)
					sent[v.kind]++
				}
			})
		}
	})
	t.Logf("%d operations, malformed requests by kind: %v", len(n.operations), sent)
	for _, kind := range []string{"method", "id", "query", "body", "upload"} {
		if sent[kind] == 0 {
			t.Errorf("no request of the kind %s was sent", kind)
		}
	}
	if !c.alive() {
		t.Fatal("the server is gone")
	}
	c.person(t, c.collection(t), people(t).ada[0])
}

// negative is what the test knows of the API: its document and ids that exist.
type negative struct {
	c          company
	operator   caller
	known      ids
	schemas    map[string]any
	operations []operation
}

// operation is one call of the document.
type operation struct {
	method, path string
	query        map[string]any // schema by name
	body         map[string]any // schema of the JSON body, nil for none
	upload       bool
	others       []string // methods that the path does not have
	allowed      []string
}

func (o operation) name() string {
	return o.method + strings.ReplaceAll(o.path, "/", "_")
}

// variant is a malformed request.
type variant struct {
	kind, what    string
	method, query string
	ids           ids
	body          any
	headers       []string
	want          []int // statuses, nil: any 4xx
	// lenient variants may also be taken: what they ask for is odd, not wrong.
	lenient bool
}

// discards is the call that throws any body away.
const discards = "/api/event_sessions"

func newNegative(t *testing.T) *negative {
	t.Helper()
	n := &negative{c: tenant(t)}
	w := &world{a: n.c, b: n.c, root: n.c.root, cache: map[string]ids{}, lists: map[string]ids{}}
	owner := n.c.user(t, osprey.RoleClientAdmin)
	w.mate, w.host = owner, owner
	n.operator = n.c.user(t, osprey.RoleOperator).caller
	n.known = ids{"user": n.c.user(t, osprey.RoleClient).id}
	for _, noun := range []noun{companies, analyses, reports, templates, tokens, personsNoun} {
		for k, v := range noun.make(t, w, n.c, owner) {
			n.known[k] = v
		}
	}
	var doc struct {
		Paths      map[string]map[string]json.RawMessage
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(n.c.as("").get(t, "/openapi.json").want(200).body, &doc); err != nil {
		t.Fatal(err)
	}
	n.schemas = doc.Components.Schemas
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		if path == discards || !strings.HasPrefix(path, "/api/") {
			continue
		}
		var allowed, others []string
		for _, m := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			if doc.Paths[path][strings.ToLower(m)] != nil {
				allowed = append(allowed, m)
			} else {
				others = append(others, m)
			}
		}
		for i, m := range allowed {
			o := n.operation(t, m, path, doc.Paths[path][strings.ToLower(m)])
			o.allowed = allowed
			if i == 0 {
				o.others = others
			}
			n.operations = append(n.operations, o)
		}
	}
	return n
}

// operation reads one call of the document.
func (n *negative) operation(t *testing.T, method, path string, raw json.RawMessage) operation {
	t.Helper()
	var d struct {
		Parameters []struct {
			Name, In string
			Schema   map[string]any
		}
		RequestBody struct {
			Content map[string]struct{ Schema map[string]any }
		}
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	o := operation{method: method, path: path, query: map[string]any{}}
	for _, p := range d.Parameters {
		if p.In == "query" {
			o.query[p.Name] = p.Schema
		}
	}
	if c, ok := d.RequestBody.Content["application/json"]; ok {
		o.body = n.resolve(c.Schema)
	}
	_, o.upload = d.RequestBody.Content["multipart/form-data"]
	return o
}

// resolve follows a reference.
func (n *negative) resolve(schema map[string]any) map[string]any {
	for {
		ref, ok := schema["$ref"].(string)
		if !ok {
			return schema
		}
		schema, _ = n.schemas[ref[strings.LastIndex(ref, "/")+1:]].(map[string]any)
	}
}

// by is who makes a call: somebody who may.
func (n *negative) by(o operation) caller {
	if o.method == "PATCH" && o.path == "/api/analyses/{analysis_id}" {
		return n.operator
	}
	return n.c.root
}

// address fills ids into the path; an unknown one is an id of nothing.
func (n *negative) address(o operation, own ids) string {
	path := o.path
	for strings.Contains(path, "{") {
		from, to := strings.Index(path, "{"), strings.Index(path, "}")
		name := path[from+1 : to]
		noun := strings.TrimSuffix(name, "_id")
		id, ok := own[name]
		if !ok {
			if id, ok = n.known[noun]; !ok {
				id = "01980000-0000-7000-8000-000000000000"
			}
		}
		path = path[:from] + url.PathEscape(id) + path[to+1:]
	}
	return path
}

// send makes a malformed call and judges the answer.
func (n *negative) send(t *testing.T, o operation, v variant) {
	t.Helper()
	method := o.method
	if v.method != "" {
		method = v.method
	}
	path := n.address(o, v.ids)
	if v.query != "" {
		path += "?" + v.query
	}
	a := n.by(o).call(t, method, path, v.body, v.headers...)
	// A login that is refused is 401; nobody else may be unknown here.
	strange := a.status == 403 || a.status == 429 || a.status == 401 && !strings.HasPrefix(o.path, "/api/authorize/")
	fine := a.status >= 400 && a.status < 500 && !strange
	switch {
	case len(v.want) > 0:
		fine = slices.Contains(v.want, a.status)
	case v.lenient:
		fine = fine || a.status < 400 || a.status == 501
	}
	if !fine {
		t.Errorf("%s %q: want %v\n%.600s", v.kind, v.what, v.want, a.String())
		return
	}
	if a.status >= 400 && method != "HEAD" {
		if fault, ok := a.doc.(object); !ok || fault["error_code"] == nil || fault["error_message"] == "" {
			t.Errorf("%s %q: no error in the body\n%.600s", v.kind, v.what, a.String())
		}
	}
	if len(v.want) == 1 && v.want[0] == 405 && a.header.Get("Allow") == "" {
		t.Errorf("%s %q: 405 without Allow", v.kind, v.what)
	}
}

// methods are those that the path does not have.
func (n *negative) methods(o operation) (out []variant) {
	for _, m := range slices.Concat(o.others, []string{"TRACE", "BREW"}) {
		out = append(out, variant{kind: "method", what: m, method: m, want: []int{405}})
	}
	return out
}

// ids are ids of the path that are none, or of nothing.
func (n *negative) ids(o operation) (out []variant) {
	for _, part := range strings.Split(o.path, "/") {
		name, ok := strings.CutPrefix(strings.TrimSuffix(part, "}"), "{")
		if !ok {
			continue
		}
		for _, id := range []string{"x", "00000000-0000-0000-0000-000000000000", "'; DROP TABLE folder; --", strings.Repeat("a", 4000), "%00", "☃", "-1", "..%2f.."} {
			out = append(out, variant{kind: "id", what: fmt.Sprintf("%s=%.40s", name, id), ids: ids{name: id}, body: n.plain(o), want: []int{404}})
		}
	}
	return out
}

// plain is a body that the call needs in order to get to the question whether its
// path exists.
func (n *negative) plain(o operation) any {
	if o.body == nil {
		return nil
	}
	return object{}
}
