package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/osprey/internal/access"
)

// ignoringKey are the calls of api.md 1.9 that take an Idempotency-Key and ignore it.
var ignoringKey = regexp.MustCompile(`^/api/(authorize/.*|users/\{user_id\}/(tokens|password_reset|otp.*)|` +
	`companies/\{company_id\}/webhook_secrets|collections/\{collection_id\}/search|instant/.*|event_sessions)$`)

// underKey is the header.
func underKey(key string) string { return "Idempotency-Key: " + key }

// The refusals of api.md 1.9.
var (
	otherRequest = fault{status: 409, code: 15, details: object{"field": "Idempotency-Key", "reason": "idempotency_mismatch"}}
	stillRunning = fault{status: 409, code: 15, details: object{"field": "Idempotency-Key", "reason": "idempotency_in_progress"}}
)

// replayed wants the answer that was given before, its links aside.
func (a answer) replayed(first answer) answer {
	a.tb.Helper()
	a.want(first.status)
	if got := a.header.Get("Idempotent-Replayed"); got != "true" {
		a.tb.Errorf("%s: Idempotent-Replayed is %q", a, got)
	}
	if got := first.header.Get("Idempotent-Replayed"); got != "" {
		a.tb.Errorf("%s: the first answer is marked as replayed", first)
	}
	if got, want := withoutSignatures(a.body), withoutSignatures(first.body); got != want {
		a.tb.Errorf("the answer was\n%s\nand is now\n%s", want, got)
	}
	for _, name := range []string{"Content-Type", "Osprey-Ignored-Params"} {
		if got, want := a.header.Get(name), first.header.Get(name); got != want {
			a.tb.Errorf("%s: %s is %q, was %q", a, name, got, want)
		}
	}
	return a
}

var signature = regexp.MustCompile(`\?exp=\d+&sig=[0-9a-f]{64}`)

func withoutSignatures(body []byte) string { return signature.ReplaceAllString(string(body), "") }

// TestIdempotencyOfEveryCall walks through every POST of the API that honours the
// header: a repetition is given the first answer and changes nothing, another request
// under the key is refused, and so is one that comes while the first runs.
func TestIdempotencyOfEveryCall(t *testing.T) {
	t.Parallel()
	people(t) // whom the probes enrol
	w := newWorld(t)
	walked := make(map[string]bool)
	for _, p := range probes {
		if p.method != "POST" || ignoringKey.MatchString(documented(p.path)) {
			continue
		}
		walked[shape(p.path)] = true
		t.Run(strings.ReplaceAll(p.path, "/", "_"), func(t *testing.T) { w.once(t, p) })
	}
	for _, path := range honouring(t, w.a.server) {
		if !walked[shape(path)] && !walked[shape(strings.TrimSuffix(path, "/metadata")+"/meta_data")] {
			t.Errorf("POST %s honours an Idempotency-Key and no probe calls it: add one to the probes of the role table", path)
		}
	}
	if s := w.a.log.String(); strings.Contains(s, "an answer is kept apart from the effect") || strings.Contains(s, "an answer could not be kept") {
		t.Error("an answer was not recorded in the transaction of its effect: the service lacks replay.Keep or the handler effect()")
	}
}

// documented is the path of a probe as the route table spells it.
func documented(path string) string {
	return strings.TrimSuffix(regexp.MustCompile(`\{(\w+)\}`).ReplaceAllString(path, "{${1}_id}"), "/")
}

// shape is a path without the names of its ids.
func shape(path string) string {
	return strings.TrimSuffix(regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "{}"), "/")
}

// honouring lists the POST calls under /api/ that the document says honour the key,
// and holds the list against the contract's.
func honouring(t *testing.T, s *server) []string {
	t.Helper()
	a := caller{server: s}.get(t, "/openapi.json").want(200)
	var out []string
	for path, item := range a.at("paths").(object) {
		post, ok := item.(object)["post"].(object)
		if !ok || !strings.HasPrefix(path, "/api/") {
			continue
		}
		list, _ := post["parameters"].([]any)
		takes := slices.ContainsFunc(list, func(p any) bool { return p.(object)["name"] == "Idempotency-Key" })
		if ignores := ignoringKey.MatchString(path); takes == ignores {
			t.Errorf("POST %s honours the key: %t, by the contract: %t", path, takes, !ignores)
		}
		if takes {
			out = append(out, path)
		}
	}
	return out
}

// doer is the first user who may make a call.
func (w *world) doer(t *testing.T, p probe) (user, place) {
	t.Helper()
	for _, u := range w.users {
		for _, where := range p.noun.places(p.rule(), u) {
			if rule, _ := access.RuleOf(p.may); verdict(p.rule(), where, u) == "allowed" && rule.Of(u.role) != access.RangeNone && where != foreign {
				return u, where
			}
		}
	}
	t.Fatalf("nobody may %s", p)
	return user{}, ""
}

// once makes a call several times under one key.
func (w *world) once(t *testing.T, p probe) {
	u, where := w.doer(t, p)
	id := w.object(t, p.noun, u, where, p.spends)
	path, key := id.fill(p.path), unique("key")
	var body any
	if p.body != nil {
		body = p.body(id)
	}
	first := u.call(t, "POST", path, body, underKey(key)).want(p.ok)
	w.quiet(t, id)
	companies := w.root.get(t, "/api/companies/?limit=0").want(200).number
	before := companies("total")
	w.a.unchanged(t, func() {
		u.call(t, "POST", path, body, underKey(key)).replayed(first)
		u.call(t, "POST", strings.TrimSuffix(path, "/"), body, underKey(key)).replayed(first)
		u.call(t, "POST", path+"?other=1", body, underKey(key)).fault(otherRequest)
		u.call(t, "POST", path, raw("application/json", `{"another": "body"}`), underKey(key)).fault(otherRequest)
	})
	if p.noun.make == nil && strings.HasPrefix(p.path, "/api/companies") {
		if after := w.root.get(t, "/api/companies/?search_text="+first.text("name")+"&limit=0").want(200).number("total"); after != 1 {
			t.Errorf("there are %v companies of one name, %v of all", after, before)
		}
	}
	w.whileItRuns(t, p, u, where)
}

// quiet waits until nothing runs in the folder of an object.
func (w *world) quiet(t *testing.T, id ids) {
	t.Helper()
	if folder := id["folder"]; folder != "" {
		w.root.get(t, folderPath(folder)+"?wait=60").want(200)
	}
}

// whileItRuns makes a call whose body is held back until a second one has been
// refused; then the first is done and the third is given its answer.
func (w *world) whileItRuns(t *testing.T, p probe, u user, where place) {
	t.Helper()
	id := w.object(t, p.noun, u, where, p.spends)
	path, key := id.fill(p.path), unique("key")
	content := body{"application/json", []byte("{}")}
	if p.body != nil {
		switch b := p.body(id).(type) {
		case body:
			content = b
		default:
			content = jsonBody(b)
		}
	}
	first := u.heldBack(t, path, content, key, func() {
		a := u.call(t, "POST", path, content, underKey(key))
		a.fault(stillRunning)
		if got := a.header.Get("Retry-After"); got != "1" {
			t.Errorf("%s: Retry-After is %q", a, got)
		}
	}).want(p.ok)
	w.quiet(t, id)
	u.call(t, "POST", path, content, underKey(key)).replayed(first)
}

// heldBack makes a call whose body is sent only after the server has asked for it,
// when the call has its key, and meanwhile is over.
func (c caller) heldBack(t *testing.T, path string, b body, key string, meanwhile func()) answer {
	t.Helper()
	asked := make(chan struct{})
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{Got100Continue: func() { close(asked) }})
	from, to := io.Pipe()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.server.base+path, from)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = int64(len(b.content))
	for name, value := range map[string]string{
		"Content-Type": b.contentType, "X-Forensic-Access-Token": c.token, "Idempotency-Key": key, "Expect": "100-continue",
	} {
		req.Header.Set(name, value)
	}
	transport := &http.Transport{ExpectContinueTimeout: time.Hour} // the body waits for the server
	defer transport.CloseIdleConnections()
	go func() {
		<-asked
		meanwhile()
		_, err := to.Write(b.content)
		_ = to.CloseWithError(err)
	}()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatalf("POST %s: %v", path, err)
	}
	defer resp.Body.Close()
	a := answer{tb: t, request: "POST " + path, method: http.MethodPost, path: path, status: resp.StatusCode, header: resp.Header}
	if a.body, err = io.ReadAll(resp.Body); err == nil {
		err = json.Unmarshal(a.body, &a.doc)
	}
	if err != nil {
		t.Fatalf("POST %s: %v", path, err)
	}
	return a
}

// TestIdempotencyKey: the form of the key, what it is scoped to, which answers are
// kept (api.md 1.9).
func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	send := func(who caller, alias, key string) answer {
		return who.call(t, "POST", "/api/collections/", object{"alias": alias, "company_id": c.id}, underKey(key))
	}
	t.Run("form", func(t *testing.T) {
		for _, key := range []string{"with space", strings.Repeat("x", 256), "ä"} {
			send(c.ca, unique("list"), key).fault(fault{status: 400, code: 4, details: object{"field": "Idempotency-Key"}})
		}
		send(c.ca, unique("list"), strings.Repeat("~", 255)).want(201)
		c.ca.call(t, "GET", "/api/collections/?limit=0", nil, underKey("with space")).want(200)
	})
	t.Run("scope", func(t *testing.T) {
		key, other := unique("key"), c.user(t, "CLIENT_ADMIN")
		first := send(c.ca, unique("list"), key).want(201)
		if second := send(other.caller, unique("list"), key).want(201); second.id("collection_id") == first.id("collection_id") {
			t.Error("two users share a key")
		}
		c.ca.call(t, "POST", "/api/folders/", object{}, underKey(key)).want(201)
		id := first.id("collection_id")
		for _, upper := range []string{id, strings.ToUpper(id)} {
			c.ca.call(t, "POST", collectionPath(upper)+"meta_data/", object{"a": 1}, underKey(key)).want(200)
		}
		c.ca.call(t, "POST", collectionPath(strings.ToUpper(id))+"meta_data/", object{"a": 2}, underKey(key)).fault(otherRequest)
	})
	t.Run("refusals are kept", func(t *testing.T) {
		alias, key := unique("list"), unique("key")
		id := send(c.ca, alias, unique("key")).want(201).id("collection_id")
		refused := send(c.ca, alias, key)
		refused.fault(fault{status: 409, code: 15, details: object{"field": "alias", "reason": "alias_taken", "collection_id": id}})
		c.ca.delete(t, collectionPath(id)).want(204)
		// What the refusal named is gone, and its answer with it.
		send(c.ca, alias, key).fault(notExist)
		bad, key := object{"alias": 5}, unique("key")
		first := c.ca.call(t, "POST", "/api/collections/?odd=1", bad, underKey(key))
		first.fault(fault{status: 400, code: 5})
		c.ca.call(t, "POST", "/api/collections/?odd=1", bad, underKey(key)).replayed(first)
		key = unique("key")
		missing := c.ca.call(t, "POST", mediaOf(nobodysID), form(photo("photo1", p.nobody)), underKey(key))
		missing.fault(notExist)
		c.ca.call(t, "POST", mediaOf(nobodysID), form(photo("photo1", p.nobody)), underKey(key)).replayed(missing)
	})
	t.Run("a missing right is not kept", func(t *testing.T) {
		who, key := c.user(t, "CLIENT_OPERATOR"), unique("key")
		send(who.caller, "list", key).fault(forbidden)
		a := send(who.caller, "another", key)
		a.fault(forbidden)
		if a.header.Get("Idempotent-Replayed") != "" {
			t.Errorf("%s: %v", a, a.header)
		}
	})
	t.Run("a part that is too large", func(t *testing.T) {
		key, large := unique("key"), form(file("photo1", "a.jpg", strings.Repeat("x", 11<<20)))
		first := c.ca.call(t, "POST", "/api/folders/", large, underKey(key))
		first.fault(fault{status: 413, code: 16})
		c.ca.call(t, "POST", "/api/folders/", large, underKey(key)).replayed(first)
	})
	t.Run("ignored", func(t *testing.T) {
		for range 2 {
			a := c.ca.call(t, "POST", "/api/event_sessions", object{}, underKey("not a key at all")).want(201)
			if a.header.Get("Idempotent-Replayed") != "" {
				t.Errorf("%s: %v", a, a.header)
			}
		}
	})
	t.Run("dry run", func(t *testing.T) {
		list, key := c.collection(t), unique("key")
		tried := c.ca.call(t, "POST", persons(list)+"?dry_run=true", form(photo("image1", p.ada[0])), underKey(key)).want(200)
		c.ca.call(t, "POST", persons(list)+"?dry_run=true", form(photo("image1", p.ada[0])), underKey(key)).replayed(tried)
		c.ca.call(t, "POST", persons(list), form(photo("image1", p.ada[0])), underKey(key)).fault(otherRequest)
		c.ca.get(t, persons(list)+"?limit=0").want(200).check("total", 0)
	})
}

// TestIdempotencyFingerprint: an upload is the same whatever its boundary is, and
// another one with another name, file name, order or content.
func TestIdempotencyFingerprint(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	one, two := pngOf(64, 64), pngOf(65, 64)
	same := form(file("a", "a.png", one), file("b", "b.png", two))
	key := unique("key")
	first := c.ca.call(t, "POST", "/api/folders/", same, underKey(key)).want(201)
	boundary := regexp.MustCompile(`boundary=(\S+)`).FindStringSubmatch(same.contentType)[1]
	other := body{
		strings.ReplaceAll(same.contentType, boundary, "another-boundary"),
		[]byte(strings.ReplaceAll(string(same.content), boundary, "another-boundary")),
	}
	c.ca.call(t, "POST", "/api/folders/", other, underKey(key)).replayed(first)
	again := c.ca.call(t, "POST", "/api/folders/", same, underKey(key)).replayed(first)
	for i := range again.list("media") {
		c.as("").get(t, strings.TrimPrefix(again.text(fmt.Sprintf("media.%d.original_url", i)), c.base)).want(200)
	}
	for name, b := range map[string]body{
		"order":     form(file("b", "b.png", two), file("a", "a.png", one)),
		"content":   form(file("a", "a.png", two), file("b", "b.png", one)),
		"name":      form(file("c", "a.png", one), file("b", "b.png", two)),
		"file name": form(file("a", "c.png", one), file("b", "b.png", two)),
		"payload":   form(file("a", "a.png", one), file("b", "b.png", two), payload(object{})),
		"JSON":      jsonBody(object{}),
		"nothing":   {},
	} {
		t.Run(name, func(t *testing.T) {
			c.unchanged(t, func() { c.ca.call(t, "POST", "/api/folders/", b, underKey(key)).fault(otherRequest) })
		})
	}
}

// TestIdempotencyErasure: what was answered about a folder goes with it, and so does
// what was answered about a photograph; the request is not done again.
func TestIdempotencyErasure(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	key := unique("key")
	post := func(path string, b any) answer { return c.ca.call(t, "POST", path, b, underKey(key)) }
	create := func() answer { return post("/api/folders/", form(photo("photo1", p.ada[0]))) }
	folder := create().want(201)
	id, medium := folder.id("folder_id"), folder.id("media.0.media_id")
	note := func() answer { return post(mediaPath(medium)+"meta_data/", object{"name": firstName}) }
	note().want(200)
	analysis := func() answer { return post(analysesOf(id), object{"analyses": []any{object{"type": "DOCUMENTS"}}}) }
	analysis().want(201)
	c.ca.get(t, folderPath(id)+"?wait=60").want(200)
	c.ca.delete(t, folderPath(id)).want(204)
	c.unchanged(t, func() {
		for _, again := range []func() answer{create, note, analysis} {
			again().fault(notExist)
		}
	})
	list := c.collection(t)
	enrol := func() answer { return post(persons(list), form(photo("image1", p.bea[0]))) }
	person := enrol().want(201).id("person_id")
	c.ca.delete(t, personPath(list, person)).want(204)
	c.unchanged(t, func() { enrol().fault(notExist) })
}

// TestIdempotencySingle: a single request is done once; its last answer is the one
// that is kept, be it that of a caller who did not wait.
func TestIdempotencySingle(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	request := form(photo("photo1", people(t).ada[0]), payload(object{"analyses": []any{object{"type": "DOCUMENTS", "source_media": []string{"photo1"}}}}))
	for query, status := range map[string]int{"": 201, "?wait=0": 202} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			key := unique("key")
			first := c.ca.call(t, "POST", "/api/folders/"+query, request, underKey(key)).want(status)
			folder := first.id("folder_id")
			c.ca.get(t, folderPath(folder)+"?wait=60").want(200)
			c.unchanged(t, func() {
				c.ca.call(t, "POST", "/api/folders/"+query, request, underKey(key)).replayed(first).check("folder_id", folder)
			})
		})
	}
}
