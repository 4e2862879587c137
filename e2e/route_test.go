package e2e

import (
	"strings"
	"testing"
)

// TestRoute: paths and methods (api.md 1.1), answered before authentication.
func TestRoute(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	nobody := c.as("")
	for _, path := range []string{
		"/", "/api", "/api/", "/api/nothing", "/api/folders/x/y/z", "/api/folder", "/api/claims/",
		"/api/imports/", "/api/prefs/",
		"/api//folders/", "//api/folders/", "/api/folders//", "/api/./folders/", "/api/../api/folders/", "/api/fo%6Cders/", "/api/folders%2F", "/API/FOLDERS/", "/static/", "/static/x",
		"/metrics", // without a token set
	} {
		t.Run(strings.ReplaceAll(path, "/", "_"), func(t *testing.T) {
			nobody.get(t, path).fault(fault{status: 404, code: 10})
		})
	}
	for path, allow := range map[string]string{
		"/api/folders/":                            "GET, HEAD, OPTIONS, POST",
		"/api/folders":                             "GET, HEAD, OPTIONS, POST",
		"/api/authorize/auth":                      "OPTIONS, POST",
		"/api/collections/x/persons/y/images/z/":   "DELETE, GET, HEAD, OPTIONS",
		"/api/analyses/" + nobodysID:               "DELETE, GET, HEAD, OPTIONS, PATCH",
		"/api/users/" + nobodysID + "/metadata":    "DELETE, GET, HEAD, OPTIONS, PATCH, POST",
		"/static/" + nobodysID + "/x.jpg":          "GET, HEAD, OPTIONS",
		"/healthz":                                 "GET, HEAD, OPTIONS",
		"/api/version/":                            "GET, HEAD, OPTIONS",
		"/api/folders/" + nobodysID + "/analyses/": "GET, HEAD, OPTIONS, POST",
	} {
		t.Run(strings.ReplaceAll(path, "/", "_"), func(t *testing.T) {
			a := nobody.call(t, "PUT", path, nil)
			a.fault(fault{status: 405, code: 1})
			if got := sortedList(a.header.Get("Allow")); got != allow {
				t.Errorf("Allow is %q, want %q", got, allow)
			}
			o := nobody.call(t, "OPTIONS", path, nil).want(204)
			if got := sortedList(o.header.Get("Allow")); got != allow {
				t.Errorf("OPTIONS: Allow is %q, want %q", got, allow)
			}
		})
	}
	t.Run("HEAD", func(t *testing.T) {
		for _, path := range []string{"/api/folders/", "/api/collections/?limit=0", companyPath(c.id), "/api/version"} {
			get, head := c.ca.get(t, path), c.ca.call(t, "HEAD", path, nil)
			if head.status != get.status || len(head.body) > 0 || head.header.Get("Content-Type") != get.header.Get("Content-Type") ||
				head.header.Get("Content-Length") != get.header.Get("Content-Length") {
				t.Errorf("%s: GET %v, HEAD %v", path, get.header, head.header)
			}
		}
		if a := c.ca.call(t, "HEAD", folderPath(nobodysID), nil); a.status != 404 || len(a.body) > 0 {
			t.Errorf("HEAD of nothing: %s", a)
		}
	})
	t.Run("identifiers are read without regard to case", func(t *testing.T) {
		c.ca.get(t, companyPath(strings.ToUpper(c.id))).want(200).check("company_id", c.id)
		for _, id := range []string{"1", "not-a-uuid", c.id + "0", strings.ReplaceAll(c.id, "-", ""), "%00", "%ff"} {
			c.ca.get(t, companyPath(id)).fault(fault{status: 404, code: 10})
		}
	})
	t.Run("request ids", func(t *testing.T) {
		if got := nobody.call(t, "GET", "/api/version", nil, "X-Request-Id: order-7.A_b").header.Get("X-Request-Id"); got != "order-7.A_b" {
			t.Errorf("echoed %q", got)
		}
		for _, bad := range []string{"with space", strings.Repeat("x", 129), "semi;colon"} {
			if got := nobody.call(t, "GET", "/api/version", nil, "X-Request-Id: "+bad).header.Get("X-Request-Id"); !uuid.MatchString(got) {
				t.Errorf("%q is answered with %q", bad, got)
			}
		}
	})
	t.Run("rate headers", func(t *testing.T) {
		a := c.ca.get(t, "/api/folders/?limit=0").want(200)
		for _, name := range []string{"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"} {
			if a.header.Get(name) == "" {
				t.Errorf("no %s", name)
			}
		}
	})
}

func sortedList(s string) string {
	words := strings.Split(s, ",")
	for i := range words {
		words[i] = strings.TrimSpace(words[i])
	}
	for i := range words {
		for j := i; j > 0 && words[j] < words[j-1]; j-- {
			words[j], words[j-1] = words[j-1], words[j]
		}
	}
	return strings.Join(words, ", ")
}

// TestRateLimit: the buckets of a company and of an address (api.md 1.8).
func TestRateLimit(t *testing.T) {
	t.Parallel()
	// A token comes back every 100 s: what is left does not depend on the clock.
	s := start(t, "OSPREY_RATE_COMPANY_RPS=0.01", "OSPREY_RATE_COMPANY_BURST=30")
	root := s.admin(t)
	a, b := s.tenant(t, root), s.tenant(t, root)
	for i := range 30 {
		got := a.ca.get(t, "/api/folders/?limit=0").want(200)
		if i == 0 && (got.header.Get("RateLimit-Limit") != "30" || got.header.Get("RateLimit-Remaining") != "29") {
			t.Errorf("%v", got.header)
		}
	}
	limited := a.ca.get(t, "/api/folders/?limit=0")
	limited.fault(fault{status: 429, code: 18})
	if limited.header.Get("RateLimit-Remaining") != "0" || limited.header.Get("Retry-After") == "" {
		t.Errorf("%v", limited.header)
	}
	b.ca.get(t, "/api/folders/?limit=0").want(200) // has a bucket of its own
	a.as("").get(t, "/api/version").want(200)      // and so have public calls
	if out := s.osprey(t, "-o", "json", "company", "list").exits(0).json(); len(out.list("")) != 2 {
		t.Errorf("%s: the local socket is not limited", out)
	}
}
