package e2e

import (
	"bufio"
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/osprey"
)

// hooked is a company on a server whose webhooks may go to this machine.
type hooked struct {
	company
	r      *receiver
	secure *httptest.Server
	down   string // a URL where nobody listens
	list   string // whose matches an operator decides
}

func newHooked(t *testing.T) *hooked {
	t.Helper()
	h := &hooked{r: newReceiver(t)}
	h.secure = httptest.NewTLSServer(h.r)
	t.Cleanup(h.secure.Close)
	issuer := filepath.Join(t.TempDir(), "issuer.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.secure.Certificate().Raw})
	if err := os.WriteFile(issuer, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	down := httptest.NewServer(nil)
	h.down = down.URL
	down.Close()
	ports := strings.Join([]string{port(t, h.r.URL), port(t, h.secure.URL), port(t, h.down)}, ",")
	s := start(t,
		"OSPREY_WEBHOOK_ALLOW_HTTP=true", "OSPREY_WEBHOOK_ALLOWED_NETWORKS=127.0.0.0/8", "OSPREY_WEBHOOK_ALLOWED_PORTS="+ports,
		"OSPREY_WEBHOOK_TIMEOUT=3s", "OSPREY_HTTP_PUBLIC_URL=https://osprey.example.com", "SSL_CERT_FILE="+issuer,
		"HTTPS_PROXY=http://127.0.0.1:1", "HTTP_PROXY=http://127.0.0.1:1")
	h.company = s.tenant(t, s.admin(t))
	h.list = h.collection(t, object{"on_match": "operator"})
	h.person(t, h.list, people(t).cem[0])
	return h
}

// endpoint sets the address of the company; nil is none.
func (h *hooked) endpoint(t *testing.T, url any) {
	t.Helper()
	h.ca.patch(t, companyPath(h.id), object{"resolution_endpoint": url}).want(200).check("resolution_endpoint", url)
}

// deliveries are those of a folder, oldest first, once there are n of them.
func (h *hooked) deliveries(t *testing.T, folder string, n int) answer {
	t.Helper()
	var a answer
	err := h.poll(fmt.Sprintf("%d deliveries", n), time.Minute, func() bool {
		a = h.ca.get(t, "/api/webhooks/deliveries/?sorting=time_created{asc}&folder_id="+folder).want(200)
		return len(a.list("items")) >= n
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// attempted waits until a delivery has had n attempts, and reads it.
func (h *hooked) attempted(t *testing.T, id string, n int) answer {
	t.Helper()
	var a answer
	err := h.poll(fmt.Sprintf("%d attempts", n), time.Minute, func() bool {
		a = h.ca.get(t, "/api/webhooks/deliveries/"+id+"/").want(200)
		return int(a.number("attempts_count")) >= n
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// tell makes a folder whose one analysis has an address, waits for its end and gives
// folder and delivery.
func (h *hooked) tell(t *testing.T, url string) (folder, delivery string) {
	t.Helper()
	folder = h.folder(t, people(t).cem[1]).id("folder_id")
	h.ca.analyse(t, folder, object{"collection_id": h.list, "resolution_endpoint": url})
	return folder, h.deliveries(t, folder, 1).id("items.0.delivery_id")
}

// TestWebhook: what receivers get, and what becomes of it when they are not as they
// should be (api.md 13).
func TestWebhook(t *testing.T) {
	t.Parallel()
	h := newHooked(t)
	s := h.server
	t.Run("ping", h.ping)
	t.Run("secrets", h.secrets)
	secret := h.newSecret(t)

	t.Run("group completed", func(t *testing.T) {
		h.endpoint(t, h.r.URL+"/company/200")
		defer h.endpoint(t, nil)
		folder := h.ca.upload(t, "/api/folders/", photo("photo1", people(t).cem[1]), payload(object{"folder:meta_data": object{"transaction_id": "webhook-payload-word"}})).want(201).id("folder_id")
		s.log.hide("webhook-payload-word")
		entry := object{"type": "COLLECTION", "collection_id": h.list}
		started := h.ca.post(t, analysesOf(folder), object{"analyses": []object{entry, {"type": "DOCUMENTS"}}}).want(201)
		got := h.r.first(t, s, "/company/200")
		d := h.attempted(t, h.deliveries(t, folder, 1).id("items.0.delivery_id"), 1)
		d.check("status", "delivered").check("event", "group_completed").check("attempts_count", 1).check("next_attempt_time", nil).
			check("folder_id", folder).check("company_id", h.id).check("event_id", got.text("event_id")).check("url", h.r.URL+"/company/200").
			check("attempts.0.attempt", 1).check("attempts.0.http_status", 200).check("attempts.0.error", nil)

		got.signed(t, secret)
		for name, want := range map[string]string{
			"Content-Type": "application/json", "User-Agent": "Osprey-Webhook/1", "Osprey-Event-Id": got.text("event_id"), "Osprey-Delivery-Attempt": "1",
		} {
			if got.header.Get(name) != want {
				t.Errorf("%s: %q, want %q", name, got.header.Get(name), want)
			}
		}
		sameObjects(t, "folder", got.doc["folder"], h.ca.get(t, folderPath(folder)+"?with_analyses=false").want(200).doc)
		told, _ := got.doc["analyses"].([]any)
		if len(told) != 2 {
			t.Fatalf("%d analyses", len(told))
		}
		for i, a := range told {
			sameObjects(t, "analysis", a, h.ca.get(t, analysisPath(started.id(fmt.Sprintf("%d.analysis_id", i)))).want(200).doc)
		}
		if link := got.doc["folder"].(object)["media"].([]any)[0].(object)["original_url"].(string); !strings.HasPrefix(link, "https://osprey.example.com/static/") {
			t.Errorf("link %s", link)
		}
		if n := len(h.r.of("/company/200")); n != 1 {
			t.Errorf("told %d times", n)
		}
	})

	t.Run("the most specific address", func(t *testing.T) {
		h.endpoint(t, h.r.URL+"/d/200")
		defer h.endpoint(t, nil)
		entry := func(more object) object {
			e := object{"type": "COLLECTION", "collection_id": h.list}
			for k, v := range more {
				e[k] = v
			}
			return e
		}
		url := func(name string) string { return h.r.URL + "/" + name + "/200" }
		for _, tt := range []struct {
			name         string
			folder, root any
			entries      []any // their addresses; absent is "-"
			want         []string
		}{
			{"of the company", "-", "-", []any{"-"}, []string{"d"}},
			{"of the folder", url("c"), "-", []any{"-", nil}, []string{"c"}},
			{"of the body", url("c"), url("b"), []any{"-"}, []string{"b"}},
			{"of the analysis", url("c"), url("b"), []any{url("a"), "-"}, []string{"a", "b"}},
			{"null falls through", nil, nil, []any{nil}, []string{"d"}},
			{"off for an analysis", "-", "-", []any{"", "-"}, []string{"d"}},
			{"off for a body", "-", "", []any{"-"}, nil},
			{"off for a folder", "", "-", []any{"-", url("a")}, []string{"a"}},
		} {
			set := func(o object, v any) object {
				if v != "-" {
					o["resolution_endpoint"] = v
				}
				return o
			}
			made := h.ca.upload(t, "/api/folders/", photo("photo1", people(t).cem[1]), payload(set(object{}, tt.folder))).want(201)
			if tt.folder != "-" {
				made.check("resolution_endpoint", tt.folder)
			}
			folder := made.id("folder_id")
			var entries []object
			for _, e := range tt.entries {
				entries = append(entries, set(entry(nil), e))
			}
			h.ca.post(t, analysesOf(folder), set(object{"analyses": entries}, tt.root)).want(201)
			h.ca.get(t, folderPath(folder)+"?wait=60").want(200).check("resolution_status", "FINISHED")
			var got []string
			all := h.ca.get(t, "/api/webhooks/deliveries/?folder_id="+folder).want(200)
			for i := range all.list("items") {
				got = append(got, strings.Split(strings.TrimPrefix(all.text(fmt.Sprintf("items.%d.url", i)), h.r.URL+"/"), "/")[0])
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
			}
		}
	})

	t.Run("operator decided", func(t *testing.T) {
		folder, _ := h.tell(t, h.r.URL+"/decided/200")
		analysis := h.ca.get(t, analysesOf(folder)).want(200).id("0.analysis_id")
		operator := h.user(t, osprey.RoleClientOperator)
		operator.patch(t, analysisPath(analysis), object{"resolution_status": "SUCCESS", "comment": "seen"}).want(200)
		d := h.deliveries(t, folder, 2).check("items.1.event", "operator_decided")
		h.attempted(t, d.id("items.1.delivery_id"), 1).check("status", "delivered")
		for _, got := range h.r.of("/decided/200") {
			if got.text("event") != "operator_decided" {
				continue
			}
			got.signed(t, secret)
			told := got.doc["analyses"].([]any)
			sameObjects(t, "analysis", told[0], h.ca.get(t, analysisPath(analysis)).want(200).doc)
			return
		}
		t.Error("the receiver was not told")
	})

	t.Run("receivers", h.receivers)
	t.Run("redelivery", h.redelivery)
	t.Run("lists", h.lists)
	t.Run("TLS", func(t *testing.T) {
		_, id := h.tell(t, h.secure.URL+"/tls/200")
		h.attempted(t, id, 1).check("status", "delivered").check("attempts.0.http_status", 200)
		h.r.of("/tls/200")[0].signed(t, secret)
		// The same receiver under a name that its certificate does not have.
		_, id = h.tell(t, strings.Replace(h.secure.URL, "127.0.0.1", "localhost", 1)+"/other/200")
		d := h.attempted(t, id, 1)
		if err := d.text("attempts.0.error"); !strings.Contains(err, "certificate") || len(h.r.of("/other/200")) > 0 {
			t.Errorf("%q", err)
		}
	})
	t.Run("erased", func(t *testing.T) {
		folder, id := h.tell(t, h.r.URL+"/erased/500")
		h.attempted(t, id, 1).check("status", "pending")
		h.ca.delete(t, folderPath(folder)).want(204)
		h.ca.get(t, "/api/webhooks/deliveries/"+id+"/").fault(notExist)
		folder, id = h.tell(t, h.r.URL+"/erased/200")
		h.attempted(t, id, 1).check("status", "delivered")
		h.ca.delete(t, folderPath(folder)).want(204)
		h.ca.post(t, "/api/webhooks/deliveries/"+id+"/redeliver/", nil).fault(conflict("", "reason", "erased"))
	})
	t.Run("figures", func(t *testing.T) {
		text := string(h.as("").get(t, s.ops+"/metrics").want(200).body)
		for _, name := range []string{`osprey_webhook_deliveries_total{result="delivered"}`, `osprey_webhook_deliveries_total{result="failed"}`, `osprey_webhook_deliveries_total{result="dead"}`, "osprey_webhook_pending ", "osprey_webhook_oldest_pending_seconds "} {
			if !strings.Contains(text, name) {
				t.Errorf("no %s", name)
			}
		}
	})
}

// newSecret makes a secret of the company, which must not be in the log.
func (h *hooked) newSecret(t *testing.T) string {
	t.Helper()
	text := h.ca.post(t, companyPath(h.id)+"webhook_secrets/", nil).want(201).text("secret")
	h.log.hide(text)
	return text
}

// ping: the test call tells what came of it, and makes the secret that is lacking.
func (h *hooked) ping(t *testing.T) {
	path := "/api/webhooks/test/"
	h.ca.post(t, path, object{"url": h.r.URL + "/ping/204"}).want(200).check("http_status", 204).check("error", nil)
	got := h.r.of("/ping/204")[0]
	if got.text("event") != "ping" || got.text("company_id") != h.id || got.header.Get("Osprey-Event-Id") != got.text("event_id") ||
		!strings.HasPrefix(got.header.Get("Osprey-Signature"), "t=") || strings.Count(got.header.Get("Osprey-Signature"), "v1=") != 1 {
		t.Errorf("%s %v", got.body, got.header)
	}
	h.ca.post(t, path, object{"url": h.r.URL + "/ping/500"}).want(200).check("http_status", 500).check("error", "The receiver answered 500")
	h.ca.post(t, path, object{"url": h.down}).want(200).check("http_status", nil).check("error", "The connection was refused")
	h.ca.post(t, path, object{}).fault(badStructure("url"))
	h.ca.post(t, path, object{"url": 5}).fault(badType("url"))
	h.ca.post(t, path, object{"url": "https://10.0.0.1/"}).fault(badValue("url", "reason", "address"))
	h.root.post(t, path, object{"url": h.r.URL + "/ping/200"}).fault(badStructure("company_id"))
	h.root.post(t, path, object{"url": h.r.URL + "/ping/200", "company_id": nobodysID}).fault(notExist)
	h.root.post(t, path, object{"url": h.r.URL + "/ping/200", "company_id": h.id}).want(200).check("http_status", 200)
}

// secrets: the server's own gives way to the first of the company, two are active, both
// sign, newest first.
func (h *hooked) secrets(t *testing.T) {
	path := companyPath(h.id) + "webhook_secrets/"
	automatic := h.ca.get(t, path).want(200).check("total", 1).id("items.0.secret_id")
	first, second := h.newSecret(t), h.newSecret(t)
	h.ca.post(t, path, nil).fault(conflict("", "limit", 2))
	a := h.ca.get(t, path).want(200).check("total", 2).check("items.0.prefix", second[:10]).check("items.1.prefix", first[:10]).check("items.0.last_used", nil)
	if len(first) < 40 || !strings.HasPrefix(first, "whsec_") || first == second {
		t.Errorf("secrets of %d characters", len(first))
	}
	if strings.Contains(string(a.body), first) || strings.Contains(string(a.body), automatic) {
		t.Error("the list shows a secret, or the server's own is still there")
	}
	h.ca.post(t, "/api/webhooks/test/", object{"url": h.r.URL + "/two/200"}).want(200)
	got := h.r.of("/two/200")[0]
	got.signed(t, first)
	got.signed(t, second)
	var stamp int64
	header := got.header.Get("Osprey-Signature")
	if _, err := fmt.Sscanf(header, "t=%d,", &stamp); err != nil || header != osprey.SignWebhook([]string{second, first}, stamp, got.body) {
		t.Errorf("%s, %v", header, err)
	}
	h.ca.get(t, path+"?limit=1&offset=1").want(200).check("total", 2).check("items.0.prefix", first[:10])
	for i := range 2 {
		h.ca.delete(t, path+a.id(fmt.Sprintf("items.%d.secret_id", i))+"/").want(204)
	}
	h.ca.delete(t, path+automatic+"/").fault(notExist)
	h.ca.get(t, path).want(200).check("total", 0)
}

// receivers: what each kind of receiver comes to after one attempt.
func (h *hooked) receivers(t *testing.T) {
	for name, tt := range map[string]struct {
		url    string
		http   any
		error  any
		status string
	}{
		"500":       {h.r.URL + "/x/500", 500, "The receiver answered 500", "pending"},
		"404":       {h.r.URL + "/x/404", 404, "The receiver answered 404", "pending"},
		"410":       {h.r.URL + "/x/410", 410, "The receiver answered 410", "dead"},
		"redirects": {h.r.URL + "/x/redirect", 302, "The receiver answered 302; redirects are not followed", "pending"},
		"slow":      {h.r.URL + "/x/slow", nil, "No answer within the time limit", "pending"},
		"closes":    {h.r.URL + "/x/close", nil, "The connection was closed before an answer came", "pending"},
		"1 GB":      {h.r.URL + "/x/gigabyte", 200, nil, "delivered"},
		"down":      {h.down + "/token-in-a-query", nil, "The connection was refused", "pending"},
		"no name":   {"https://receiver.invalid/", nil, "The name has no address", "pending"},
		"plain":     {strings.Replace(h.r.URL, "http:", "https:", 1) + "/x/200", nil, "The receiver does not speak TLS 1.2 or later", "pending"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h.log.hide("token-in-a-query")
			_, id := h.tell(t, tt.url)
			d := h.attempted(t, id, 1).check("status", tt.status).check("attempts.0.http_status", tt.http)
			if name == "no name" && d.text("attempts.0.error") == "The name could not be looked up" {
				return // there is no resolver at all here
			}
			d.check("attempts.0.error", tt.error)
			if next := d.at("next_attempt_time"); (next == nil) != (tt.status != "pending") {
				t.Errorf("next attempt at %v", next)
			}
			if tt.status == "pending" {
				wait := d.number("next_attempt_time") - d.number("attempts.0.time") - d.number("attempts.0.duration_ms")/1000
				if wait < 53.9 || wait > 67 { // a minute, a tenth either way, and the time to write it down
					t.Errorf("the next attempt comes %.1f s after the first", wait)
				}
			}
		})
	}
	t.Cleanup(func() {
		if len(h.r.of("/strayed/200")) > 0 {
			t.Error("a redirect was followed")
		}
	})
}

// redelivery: the same event once more; what is pending is refused.
func (h *hooked) redelivery(t *testing.T) {
	_, id := h.tell(t, h.r.URL+"/again/410")
	event := h.attempted(t, id, 1).check("status", "dead").id("event_id")
	again := "/api/webhooks/deliveries/" + id + "/redeliver/"
	h.ca.post(t, again, nil).want(202).check("status", "pending").check("event_id", event)
	h.attempted(t, id, 2).check("status", "dead").check("attempts.1.attempt", 2)
	got := h.r.of("/again/410")
	if len(got) != 2 || got[1].text("event_id") != event || got[1].header.Get("Osprey-Delivery-Attempt") != "2" {
		t.Errorf("%d requests, %v", len(got), got[len(got)-1].header)
	}
	_, id = h.tell(t, h.r.URL+"/pending/500")
	h.attempted(t, id, 1)
	h.ca.post(t, "/api/webhooks/deliveries/"+id+"/redeliver/", nil).fault(conflict("status", "actual", "pending"))
}

// lists: every filter of the log.
func (h *hooked) lists(t *testing.T) {
	path := "/api/webhooks/deliveries/"
	all := h.ca.get(t, path+"?limit=0").want(200).number("total")
	sum := 0.0
	for _, status := range []string{"pending", "delivered", "dead"} {
		n := h.ca.get(t, path+"?limit=0&status="+status).want(200).number("total")
		if n == 0 {
			t.Errorf("none is %s", status)
		}
		sum += n
	}
	if sum != all {
		t.Errorf("%v by status, %v in all", sum, all)
	}
	decided := h.ca.get(t, path+"?event=operator_decided").want(200).number("total")
	others := h.ca.get(t, path+"?event.exclude=operator_decided").want(200).number("total")
	if decided != 1 || others != all-1 {
		t.Errorf("%v decided, %v others of %v", decided, others, all)
	}
	for query, want := range map[string]float64{
		"folder_id=" + nobodysID: 0, "company_id=" + h.id: all, "company_id.exclude=" + h.id: 0, "time_created.min=99999999999": 0, "time_created.max=99999999999": all,
	} {
		h.ca.get(t, path+"?limit=0&"+query).want(200).check("total", want)
	}
	h.ca.get(t, path+"?status=lost").fault(badValue("status"))
	h.ca.get(t, path+"?event=none").fault(badValue("event"))
	h.ca.get(t, path+"?folder_id=x").fault(badValue("folder_id"))
	h.ca.get(t, path+nobodysID+"/").fault(notExist)
	h.ca.post(t, path+nobodysID+"/redeliver/", nil).fault(notExist)
}

// TestWebhookHosts takes every spelling of a closed address to the API, on a server with
// the settings as they come, and what leads to this machine by name to an attempt.
func TestWebhookHosts(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	f, err := os.Open("../internal/egress/testdata/hosts.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	refused := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		verdict, host, _ := strings.Cut(lines.Text(), " ")
		if verdict == "#" {
			continue
		}
		a := c.ca.patch(t, companyPath(c.id), object{"resolution_endpoint": "https://" + host + "/hook"})
		if verdict != "refused" {
			a.want(200)
			continue
		}
		refused++
		a.fault(badValue("resolution_endpoint"))
	}
	if refused < 60 {
		t.Errorf("%d closed addresses", refused)
	}
	c.ca.post(t, "/api/webhooks/test/", object{"url": "https://localhost/"}).want(200).check("http_status", nil).
		check("error", "The name leads to an address that is not allowed")
	for _, host := range []string{"LOCALHOST", "localhost."} { // some resolvers know these, others do not
		a := c.ca.post(t, "/api/webhooks/test/", object{"url": "https://" + host + "/"}).want(200).check("http_status", nil)
		if !strings.HasPrefix(a.text("error"), "The name ") {
			t.Errorf("%s: %s", host, a)
		}
	}
	c.ca.patch(t, companyPath(c.id), object{"resolution_endpoint": ""}).want(200).check("resolution_endpoint", "")
	c.ca.patch(t, companyPath(c.id), object{"name": unique("named")}).want(200).check("resolution_endpoint", "")
	c.ca.patch(t, companyPath(c.id), object{"resolution_endpoint": nil}).want(200).check("resolution_endpoint", nil)
}
