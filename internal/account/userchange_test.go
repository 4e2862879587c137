package account_test

import (
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/account"
)

const fresh = "velvet harbour 17 finch"

// ownKeys are the keys that nobody changes of their own account.
var ownKeys = map[string]account.UserInput{
	"email":                         {Email: ptr("other@example.com")},
	"user_type":                     {Type: ptr("CLIENT_OPERATOR")},
	"is_active":                     {Active: ptr(false)},
	"can_start_analysis_biometry":   {Biometry: ptr(false)},
	"can_start_analysis_quality":    {Quality: ptr(false)},
	"can_start_analysis_collection": {Collection: ptr(false)},
	"can_start_analysis_documents":  {Documents: ptr(false)},
	"can_erase":                     {Erase: ptr(true)},
	"meta_data":                     {Metadata: osprey.Metadata{"k": "v"}},
}

func TestChangeOwnAccount(t *testing.T) {
	t.Parallel()
	h := setup(t)
	for _, name := range []string{"admin", "operator", "ca-a", "cl-a", "cs-a"} {
		g, id := h.grant(name, access.MayUpdateUser), h.users[name].ID
		u, err := h.UpdateUser(t.Context(), g, id, account.UserInput{FirstName: ptr(" Bea "), MiddleName: ptr("M")})
		if err != nil || u.FirstName != "Bea" || u.MiddleName != "M" || u.LastName != "Lee" {
			t.Errorf("%s changes names: %+v, %v", name, u, err)
		}
		for key, in := range ownKeys {
			h.audited()
			if _, err := h.UpdateUser(t.Context(), g, id, in); answerOf(err) != (answer{osprey.CodeAuthForbidden, key, "self"}) {
				t.Errorf("%s changes %s: %v", name, key, err)
			}
			if e := h.audited(); !e.Denied || e.ObjectID != string(id) {
				t.Errorf("%s changes %s: audited %+v", name, key, e)
			}
		}
		// The values as they are may be sent back.
		same := account.UserInput{Email: &u.Email, Type: ptr(string(u.Role)), Active: ptr(true), Biometry: ptr(true), Erase: ptr(false),
			IsAdmin: ptr(u.Role == osprey.RoleClientAdmin), IsService: ptr(u.Role == osprey.RoleClientService), LastName: ptr("Ray"), Metadata: osprey.Metadata{}}
		if u.Company != "" {
			same.Company = &u.Company
		}
		if u, err = h.UpdateUser(t.Context(), g, id, same); err != nil || u.LastName != "Ray" {
			t.Errorf("%s sends everything back: %v", name, err)
		}
		_, err = h.UpdateUser(t.Context(), g, id, account.UserInput{Company: &h.b})
		if answerOf(err) != (answer{osprey.CodeAuthForbidden, "company_id", "self"}) {
			t.Errorf("%s changes the company: %v", name, err)
		}
	}
}

func TestChangeOwnPassword(t *testing.T) {
	t.Parallel()
	h := setup(t)
	g, id := h.grant("cl-a", access.MayUpdateUser), h.users["cl-a"].ID
	token := h.login("cl-a")
	for _, c := range []struct {
		name string
		in   account.UserInput
		want answer
	}{
		{"no current one", account.UserInput{Password: ptr(fresh)}, answer{osprey.CodeInvalidStructure, "current_password", ""}},
		{"wrong current one", account.UserInput{Password: ptr(fresh), CurrentPassword: ptr("wrong")}, answer{osprey.CodeInvalidValue, "current_password", "wrong_password"}},
		{"bad new one", account.UserInput{Password: ptr("short"), CurrentPassword: ptr(password)}, answer{osprey.CodeInvalidValue, "password", "too_short"}},
		{"and the role", account.UserInput{Password: ptr(fresh), CurrentPassword: ptr(password), Type: ptr("CLIENT_ADMIN")},
			answer{osprey.CodeAuthForbidden, "user_type", "self"}},
	} {
		if _, err := h.UpdateUser(t.Context(), g, id, c.in); answerOf(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if !h.alive(token) {
		t.Fatal("a refused change ended the session")
	}
	if _, err := h.UpdateUser(t.Context(), g, id, account.UserInput{Password: ptr(fresh), CurrentPassword: ptr(password), FirstName: ptr("Bea")}); err != nil {
		t.Fatal(err)
	}
	if h.alive(token) {
		t.Error("the session outlived the password")
	}
	for pass, want := range map[string]bool{password: false, fresh: true} {
		pair, err := h.sessions.Login(t.Context(), "cl-a@example.com", pass, access.Origin{})
		if got := err == nil; got != want || got && pair.User.FirstName != "Bea" {
			t.Errorf("login with %q: %v", pass, err)
		}
	}
}

// TestChangeOthers walks through who may change whom.
func TestChangeOthers(t *testing.T) {
	t.Parallel()
	h := setup(t)
	invisible, forbidden := answer{code: osprey.CodeNotExist}, answer{code: osprey.CodeAuthForbidden}
	for _, c := range []struct {
		caller, user string
		want         answer
	}{
		{"admin", "operator", answer{code: fine}}, {"admin", "ca-a", answer{code: fine}}, {"admin", "cl-b", answer{code: fine}},
		{"operator", "admin", forbidden}, {"operator", "cl-a", forbidden},
		{"ca-a", "cl-a", answer{code: fine}}, {"ca-a", "cs-a", answer{code: fine}}, {"ca-a", "co-a", answer{code: fine}},
		{"ca-a", "cl-b", invisible}, {"ca-a", "admin", invisible}, {"ca-a", "operator", invisible},
		{"co-a", "cl-a", invisible}, {"cl-a", "co-a", invisible}, {"cs-a", "cl-a", invisible}, {"cl-a", "cl-b", invisible},
	} {
		for what, in := range map[string]account.UserInput{
			"name":     {FirstName: ptr("Bea")},
			"email":    {Email: ptr(c.user + "-2@example.com")},
			"password": {Password: ptr(fresh)},
			"flags":    {Biometry: ptr(false), Erase: ptr(true)},
			"active":   {Active: ptr(false)},
		} {
			h.audited()
			_, err := h.UpdateUser(t.Context(), h.grant(c.caller, access.MayUpdateUser), h.users[c.user].ID, in)
			if answerOf(err) != c.want {
				t.Errorf("%s changes %s of %s: %v", c.caller, what, c.user, err)
			}
			if denied := h.audited().Denied; denied != (c.want == forbidden) {
				t.Errorf("%s changes %s of %s: refusal recorded %v", c.caller, what, c.user, denied)
			}
		}
	}
	g := h.grant("admin", access.MayUpdateUser)
	if _, err := h.UpdateUser(t.Context(), g, h.ids.New(), account.UserInput{Password: ptr(fresh)}); answerOf(err) != invisible {
		t.Errorf("unknown user: %v", err)
	}
}

func TestChangeOthersRole(t *testing.T) {
	t.Parallel()
	yes, no := ptr(true), ptr(false)
	for _, c := range []struct {
		name, caller, user string
		in                 account.UserInput
		role               osprey.Role
		want               answer
	}{
		{"promote", "ca-a", "cl-a", account.UserInput{Type: ptr("CLIENT_ADMIN")}, osprey.RoleClientAdmin, answer{code: fine}},
		{"admin to operator, not the last", "admin", "second", account.UserInput{Type: ptr("OPERATOR")}, osprey.RoleOperator, answer{code: fine}},
		{"to ADMIN by CLIENT_ADMIN", "ca-a", "cl-a", account.UserInput{Type: ptr("ADMIN")}, "", answer{osprey.CodeAuthForbidden, "user_type", "role"}},
		{"out of the company", "admin", "cl-a", account.UserInput{Type: ptr("OPERATOR")}, "", answer{osprey.CodeConflict, "user_type", "immutable"}},
		{"into a company", "admin", "operator", account.UserInput{Type: ptr("CLIENT")}, "", answer{osprey.CodeConflict, "user_type", "immutable"}},
		{"no role", "admin", "cl-a", account.UserInput{Type: ptr("X")}, "", answer{osprey.CodeInvalidValue, "user_type", ""}},
		{"legacy admin", "ca-a", "cl-a", account.UserInput{IsAdmin: yes}, osprey.RoleClientAdmin, answer{code: fine}},
		{"legacy admin of a client admin", "ca-a", "second-ca", account.UserInput{IsAdmin: yes}, osprey.RoleClientAdmin, answer{code: fine}},
		{"legacy demotion", "ca-a", "second-ca", account.UserInput{IsAdmin: no}, osprey.RoleClient, answer{code: fine}},
		{"legacy service", "ca-a", "cl-a", account.UserInput{IsService: yes}, osprey.RoleClientService, answer{code: fine}},
		{"legacy admin of a service", "ca-a", "cs-a", account.UserInput{IsAdmin: yes}, "", answer{osprey.CodeInvalidValue, "is_service", ""}},
		{"legacy service to admin", "ca-a", "cs-a", account.UserInput{IsAdmin: yes, IsService: no}, osprey.RoleClientAdmin, answer{code: fine}},
		{"legacy admin of an operator", "ca-a", "co-a", account.UserInput{IsAdmin: yes}, "", answer{osprey.CodeInvalidValue, "is_admin", ""}},
		{"legacy nothing of an operator", "ca-a", "co-a", account.UserInput{IsAdmin: no, IsService: no}, osprey.RoleClientOperator, answer{code: fine}},
	} {
		h := setup(t)
		h.add("second", osprey.RoleAdmin, "")
		h.add("second-ca", osprey.RoleClientAdmin, h.a)
		token := h.login(c.user)
		u, err := h.UpdateUser(t.Context(), h.grant(c.caller, access.MayUpdateUser), h.users[c.user].ID, c.in)
		if answerOf(err) != c.want || u.Role != c.role {
			t.Errorf("%s: %q, %v", c.name, u.Role, err)
		}
		changed := err == nil && c.role != h.users[c.user].Role
		if h.alive(token) == changed {
			t.Errorf("%s: role changed %v, session alive %v", c.name, changed, !changed)
		}
	}
}

func TestChangeOthersFaults(t *testing.T) {
	t.Parallel()
	h := setup(t)
	g, id := h.grant("ca-a", access.MayUpdateUser), h.users["cl-a"].ID
	for _, f := range userFaults {
		var in account.UserInput
		f.change(&in)
		if _, err := h.UpdateUser(t.Context(), g, id, in); answerOf(err) != f.want {
			t.Errorf("%s: %v", f.name, err)
		}
	}
	for name, company := range map[string]osprey.ID{"another company": h.b, "unknown company": h.ids.New()} {
		_, err := h.UpdateUser(t.Context(), g, id, account.UserInput{Company: &company, FirstName: ptr("Bea")})
		if answerOf(err) != (answer{osprey.CodeConflict, "company_id", "immutable"}) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.UpdateUser(t.Context(), g, id, account.UserInput{Company: &h.a, Metadata: osprey.Metadata{"k": "v"}}); err != nil {
		t.Error(err)
	}
	u, err := h.User(t.Context(), h.grant("ca-a", access.MayReadUsers), id)
	if err != nil || u.FirstName != "Ann" || u.Email != "cl-a@example.com" || u.Metadata["k"] != "v" || u.Company != h.a {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestDisablingEndsSessions(t *testing.T) {
	t.Parallel()
	h := setup(t)
	token := h.login("cl-a")
	g, id := h.grant("ca-a", access.MayUpdateUser), h.users["cl-a"].ID
	if _, err := h.UpdateUser(t.Context(), g, id, account.UserInput{FirstName: ptr("Bea"), Erase: ptr(true), Email: ptr("bea@example.com")}); err != nil {
		t.Fatal(err)
	}
	if !h.alive(token) {
		t.Error("a new name ended the session")
	}
	if _, err := h.UpdateUser(t.Context(), g, id, account.UserInput{Active: ptr(false)}); err != nil {
		t.Fatal(err)
	}
	if h.alive(token) {
		t.Error("a disabled user has a session")
	}
	if _, err := h.UpdateUser(t.Context(), g, id, account.UserInput{Active: ptr(true)}); err != nil {
		t.Fatal(err)
	}
	if h.alive(token) {
		t.Error("an ended session came back")
	}
}
