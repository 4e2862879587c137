package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/osprey"
)

// quotas are the requests about quotas that came for a path, as event and quota, once
// there are n.
func (h *hooked) quotas(t *testing.T, path string, n int) (told []string) {
	t.Helper()
	if err := h.poll(fmt.Sprintf("%d quota events", n), time.Minute, func() bool { return len(h.r.of(path)) >= n }); err != nil {
		t.Fatal(err)
	}
	for _, got := range h.r.of(path) {
		q, _ := got.doc["quota"].(object)
		told = append(told, fmt.Sprintf("%s %v %v of %v", got.text("event"), q["name"], q["used"], q["limit"]))
	}
	return told
}

// TestQuotaEvents: the address of a company is told of the marks of each quota, once a
// month, whatever used it: analyses, searches, Lite or persons (api.md 13.1, 15.5).
func TestQuotaEvents(t *testing.T) {
	t.Parallel()
	p := people(t)
	h := newHooked(t)
	secret := h.newSecret(t)
	h.endpoint(t, h.r.URL+"/quota/200")
	month := string(osprey.MonthOf(time.Now()))
	expect := func(t *testing.T, want ...string) {
		t.Helper()
		if told := h.quotas(t, "/quota/200", len(want)); fmt.Sprint(told) != fmt.Sprint(want) {
			t.Errorf("told %q, want %q", told, want)
		}
	}
	search := func(t *testing.T) {
		t.Helper()
		h.ca.upload(t, collectionPath(h.list)+"search/", photo("photo", p.ada[2])).want(200)
	}

	// The analyses of this folder tell their end elsewhere.
	folder := h.ca.upload(t, "/api/folders/", photo("photo1", p.ada[0]), payload(object{"resolution_endpoint": ""})).want(201).id("folder_id")
	h.limits(t, monthly("collection", 3, object{"soft_percent": 60, "overage": "allow"}))
	search(t)
	h.ca.inspect(t, folder).check("state", "FINISHED")
	expect(t, "quota_warning collection 2 of 3")
	search(t)
	expect(t, "quota_warning collection 2 of 3", "quota_reached collection 3 of 3")
	search(t) // beyond, and nothing is told again
	h.ca.inspect(t, folder).check("state", "FINISHED")
	h.limits(t, monthly("lite", 2))
	l := h.ca.lite()
	l.extract(t, p.ada[0])
	l.extract(t, p.ada[1])
	all := h.quotas(t, "/quota/200", 4)[2:]
	slices.Sort(all)
	// 60 % of two are more than one: both marks are reached by the second call, and told
	// in any order.
	if all[0] != "quota_reached lite 2 of 2" || all[1] != "quota_warning lite 2 of 2" {
		t.Errorf("of Lite: %q", all)
	}
	h.limits(t, object{"quota": object{"max_persons": 2}})
	h.person(t, h.list, p.bea[0])
	h.quotas(t, "/quota/200", 6)

	events := map[string]bool{}
	for _, got := range h.r.of("/quota/200") {
		got.signed(t, secret)
		q, _ := got.doc["quota"].(object)
		if got.text("company_id") != h.id || q["period"] != month || got.doc["folder"] != nil || got.doc["analyses"] != nil ||
			got.header.Get("Osprey-Event-Id") != got.text("event_id") {
			t.Errorf("%s", got.body)
		}
		if once := fmt.Sprint(got.text("event"), q["name"]); events[once] {
			t.Errorf("%s came twice", once)
		} else {
			events[once] = true
		}
	}
	for _, name := range []string{"collection", "lite", "max_persons"} {
		for _, event := range []string{"quota_warning", "quota_reached"} {
			if !events[event+name] {
				t.Errorf("%s of %s did not come: %v", event, name, events)
			}
		}
	}
	h.ca.get(t, "/api/webhooks/deliveries/").want(200).check("total", 6)
	figures := string(h.server.as("").get(t, h.server.ops+"/metrics").want(200).body)
	for _, line := range []string{`osprey_quota_used_ratio{type="lite"} 1`, `osprey_quota_used_ratio{type="max_persons"} 1`} {
		if !strings.Contains(figures, line+"\n") {
			t.Errorf("%s is not among the figures", line)
		}
	}
}

// TestQuotaLite: calls of API Lite are counted, and a used-up quota refuses them by the
// codes of both of its parts (components.md 1.3).
func TestQuotaLite(t *testing.T) {
	t.Parallel()
	p := people(t)
	c := tenant(t)
	l := c.ca.lite()
	c.limits(t, monthly("lite", 3))
	template := l.extract(t, p.ada[0])
	l.post(t, liteVerify, verifyForm(p.ada[1], template)).ok()
	l.post(t, liteExtract, asJPEG(p.nobody)).fault("BPE-003002", "") // free
	l.post(t, liteDetect, asJPEG(p.ada[2])).ok()
	for code, refused := range map[string]liteAnswer{
		"BPE-004003": l.post(t, liteExtract, asJPEG(p.ada[0])),
		"LDE-004003": l.post(t, liteDetect, asJPEG(p.ada[0])),
	} {
		refused.fault(code, `{"reason":"quota_exceeded"}`)
		if refused.header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", refused)
		}
	}
	err := c.poll("counted", time.Minute, func() bool {
		units, failed, _ := c.ca.units(t, "")
		return units+failed >= 4
	})
	if err != nil {
		t.Fatal(err)
	}
	u := c.ca.get(t, "/api/usage/?group_by=source,type").want(200)
	u.check("totals.units", 3).check("totals.failed", 1).check("items", []any{
		object{"period": nil, "company_id": nil, "type": "BIOMETRY", "source": "lite", "units": 2, "failed": 1, "over_quota": 0},
		object{"period": nil, "company_id": nil, "type": "QUALITY", "source": "lite", "units": 1, "failed": 0, "over_quota": 0},
	})
	// Other quotas are not concerned.
	c.limits(t, monthly("biometry", 0))
	c.limits(t, monthly("lite", nil))
	l.extract(t, p.ada[0])
}
