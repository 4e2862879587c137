package e2e

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/access"
)

// TestRole walks through the role table (api.md 4) cell by cell: every call, by a
// user of every role, on what is its own, a colleague's, and another company's.
func TestRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// Tokens are refreshed and given up by whoever holds them: TestRoleSelf.
	probed := map[access.Endpoint]bool{access.MayRefresh: true, access.MayLogout: true}
	for _, p := range probes {
		if _, ok := access.RuleOf(p.may); !ok {
			t.Fatalf("%s is not in the table", p.may)
		}
		probed[p.may] = true
		t.Run(strings.ReplaceAll(p.String(), "/", "_"), func(t *testing.T) {
			for _, u := range w.users {
				w.cell(t, p, p.rule(), u)
			}
		})
	}
	for _, rule := range access.Table {
		if !probed[rule.Endpoint] && !rule.Public() {
			t.Errorf("no test calls %s", rule.Endpoint)
		}
	}
}

// probe is one call of the table.
type probe struct {
	may    access.Endpoint
	method string
	path   string // with the nouns in braces: /api/folders/{folder}/
	noun   noun   // what the call is about
	body   func(ids) any
	ok     int
	// spends tells that a call that succeeds uses up its object.
	spends bool
	// within is set for calls that list or make things inside a visible object: the
	// cell tells of these things, within of the object.
	within access.Endpoint
}

// String is the name of the test.
func (p probe) String() string { return p.method + " " + p.path }

// place is whose an object is, seen from the caller.
type place string

const (
	own         place = "own"
	ownAnalysed place = "own, with an analysis"
	mates       place = "a colleague's"
	foreign     place = "another company's"
	unknown     place = "nobody's"
)

// covers tells whether a cell of the table reaches a place.
func covers(cell access.Range, p place, u user) bool {
	switch cell {
	case access.RangeAll:
		return true
	case access.RangeCompany:
		return p != foreign
	case access.RangeCompanyErase:
		return p != foreign && (u.role != osprey.RoleClientService || u.erases)
	case access.RangeSelf, access.RangeOwn:
		return p == own || p == ownAnalysed
	case access.RangeOwnUntouched:
		return p == own
	}
	return false
}

// rule is the row of the table that tells whom the call finds.
func (p probe) rule() access.Rule {
	rule, _ := access.RuleOf(p.may)
	if within, ok := access.RuleOf(p.within); ok && rule.Of(osprey.RoleClient) != access.RangeNone {
		return within
	}
	return rule
}

// verdict is what the table says of a call.
func verdict(rule access.Rule, p place, u user) string {
	view, _ := access.RuleOf(rule.View)
	switch cell := rule.Of(u.role); {
	case cell == access.RangeNone:
		return "refused"
	case covers(cell, p, u):
		return "allowed"
	case covers(view.Of(u.role), p, u):
		return "refused"
	}
	return "invisible"
}

// cell makes a call by one user on every place.
func (w *world) cell(t *testing.T, p probe, rule access.Rule, u user) {
	t.Helper()
	var nobodys answer
	if p.noun.make != nil {
		nobodys = w.ask(t, p, u, w.unknown(t, p))
		want := notExist
		if rule.Of(u.role) == access.RangeNone {
			want = forbidden
		}
		nobodys.fault(want)
	}
	for _, where := range p.noun.places(rule, u) {
		t.Run(fmt.Sprintf("%s on %s", u.name(), where), func(t *testing.T) {
			want := verdict(rule, where, u)
			id := w.object(t, p.noun, u, where, p.spends && want == "allowed")
			a := w.ask(t, p, u, id)
			switch want {
			case "allowed":
				a.want(p.ok)
				return
			case "refused":
				a.fault(forbidden)
			case "invisible":
				a.fault(notExist)
				if !bytes.Equal(a.body, nobodys.body) {
					t.Errorf("not yours: %s\nunknown: %s", a, nobodys)
				}
			}
			if at := p.noun.at; at != "" && a.method != "GET" {
				w.root.get(t, id.fill(at)).want(200) // it is still there
			}
		})
	}
}

func (w *world) ask(t *testing.T, p probe, u user, id ids) answer {
	t.Helper()
	var body any
	if p.body != nil {
		body = p.body(id)
	}
	return u.call(t, p.method, id.fill(p.path), body)
}

// unknown are ids of the own company but for the last, which is nobody's.
func (w *world) unknown(t *testing.T, p probe) ids {
	t.Helper()
	id := w.object(t, p.noun, w.users[0], mates, false).clone()
	id[p.noun.key] = nobodysID
	return id
}

// TestRoleSelf: every role may refresh its session and end it.
func TestRoleSelf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, u := range w.users {
		session := w.object(t, sessions, u, own, true)
		holder := w.a.as(session["access"])
		a := holder.post(t, "/api/authorize/refresh/", object{"expire_token": session["expire"]}).want(200).check("user.user_id", u.id)
		w.a.as(a.text("access_token")).post(t, "/api/authorize/logout/", nil).want(204)
		holder.get(t, "/api/version").want(200)
		holder.get(t, "/api/authorize/sessions/").fault(authInvalid)
	}
}

// TestRoleCrossed: an object of another company is not reached through a parent of
// the own one.
func TestRoleCrossed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ca := w.a.ca
	for _, p := range probes {
		if !strings.Contains(p.path, "{collection}") || p.noun.key == "collection" {
			continue
		}
		t.Run(strings.ReplaceAll(p.String(), "/", "_"), func(t *testing.T) {
			id := w.object(t, p.noun, w.users[0], foreign, false).clone()
			id["collection"] = w.object(t, p.noun, w.users[0], mates, false)["collection"]
			if rule, _ := access.RuleOf(p.may); rule.Of(osprey.RoleClientAdmin) == access.RangeNone {
				return
			}
			w.ask(t, p, user{caller: ca, role: osprey.RoleClientAdmin}, id).fault(notExist)
		})
	}
}

// TestRoleLists: what each role finds in each list.
func TestRoleLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, l := range []struct {
		may  access.Endpoint
		path string
		noun noun
		id   string
	}{
		{access.MayReadCompanies, "/api/companies/?search_text=test+company&limit=1000", companies, "company_id"},
		{access.MayReadUsers, "/api/users/?limit=1000", usersNoun, "user_id"},
		{access.MayReadSessions, "/api/authorize/sessions/?limit=1000", sessions, "session_id"},
		{access.MayReadCollections, "/api/collections/?limit=1000", collections, "collection_id"},
		{access.MayReadFolders, "/api/folders/?limit=1000", folders, "folder_id"},
		{access.MayReadAnalyses, "/api/analyses/?limit=1000", analyses, "analysis_id"},
		{access.MayReadPersons, "/api/collections/{collection}/persons/", personsNoun, "person_id"},
		{access.MayReadFolders, "/api/folders/{folder}/media/", mediaNoun, "media_id"},
	} {
		t.Run(strings.ReplaceAll(l.path, "/", "_"), func(t *testing.T) {
			rule, _ := access.RuleOf(l.may)
			for _, u := range w.users {
				for _, where := range l.noun.places(rule, u) {
					id := w.object(t, l.noun, u, where, false)
					a := u.get(t, id.fill(l.path))
					if a.status == 404 { // a list inside an invisible object
						a.fault(notExist)
						if covers(rule.Of(u.role), where, u) {
							t.Errorf("%s on %s: %s", u.name(), where, a)
						}
						continue
					}
					want := covers(rule.Of(u.role), where, u)
					if got := contains(a.want(200).ids("items", l.id), id[l.noun.key]); got != want {
						t.Errorf("%s: %s is in the list: %v, want %v", u.name(), where, got, want)
					}
					if total := a.number("total"); total < float64(len(a.list("items"))) {
						t.Errorf("%s: total %v", u.name(), total)
					}
				}
			}
		})
	}
}

// TestRolePublic: public calls need no token and take any.
func TestRolePublic(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	callers := append([]user{{caller: w.a.as("")}, {caller: w.a.as("osp_at_nonsense")}}, w.users...)
	for _, u := range callers {
		u.get(t, "/api/version").want(200)
		u.get(t, "/api/healthcheck/").want(200)
		u.post(t, "/api/authorize/auth/", login(w.users[0].email, userPassword)).want(200)
		u.post(t, "/api/authorize/restore/", object{"email": "x"}).fault(fault{status: 501, code: 2})
		u.post(t, "/api/authorize/restore/confirm/", object{"token": "x", "password": "y"}).fault(authInvalid)
		u.post(t, "/api/event_sessions", object{"anything": 1}).want(201)
		u.get(t, "/api/ab-testings-configs").want(200)
	}
	// Everything else does need one.
	for _, p := range probes {
		id := ids{}
		if p.noun.make != nil {
			id = w.unknown(t, p)
		}
		w.a.as("").call(t, p.method, id.fill(p.path), nil).fault(authMissing)
	}
}
