package account_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/account"
	"example.org/osprey/internal/store"
)

// newcomer is a complete request, changed by the functions given.
func newcomer(change ...func(*account.UserInput)) account.UserInput {
	in := account.UserInput{Email: ptr("new@example.com"), Password: ptr("velvet harbour 17 finch"),
		FirstName: ptr("Ann"), LastName: ptr("Lee"), Type: ptr("CLIENT")}
	for _, c := range change {
		c(&in)
	}
	return in
}

func TestCreateUser(t *testing.T) {
	t.Parallel()
	h := setup(t)
	u, err := h.CreateUser(t.Context(), h.grant("ca-a", access.MayCreateUser), newcomer(func(in *account.UserInput) {
		in.Email, in.Documents, in.Metadata = ptr(" New@Example.com "), ptr(false), osprey.Metadata{"k": "v"}
	}))
	if err != nil {
		t.Fatal(err)
	}
	flags := osprey.AllAnalyses()
	flags.Documents = false
	if u.Email != "New@Example.com" || u.Company != h.a || u.Role != osprey.RoleClient || !u.Active || u.Flags != flags || u.Metadata["k"] != "v" {
		t.Errorf("%+v", u)
	}
	if e := h.audited(); e.Action != "user.create" || e.Denied || e.Company != h.a || e.ObjectID != string(u.ID) {
		t.Errorf("audited %+v", e)
	}
	pair, err := h.sessions.Login(t.Context(), "new@example.com", "velvet harbour 17 finch", access.Origin{})
	if err != nil || pair.User.ID != u.ID {
		t.Errorf("login: %v", err)
	}
}

func TestCreateUserRoles(t *testing.T) {
	t.Parallel()
	h := setup(t)
	type input = account.UserInput
	company := func(id osprey.ID) func(*input) { return func(in *input) { in.Company = &id } }
	role := func(s string) func(*input) { return func(in *input) { in.Type = &s } }
	legacy := func(admin, service *bool) func(*input) {
		return func(in *input) { in.IsAdmin, in.IsService = admin, service }
	}
	yes, no := ptr(true), ptr(false)
	for i, c := range []struct {
		name   string
		caller string
		change []func(*input)
		role   osprey.Role
		want   answer
	}{
		{"admin, company named", "admin", []func(*input){company(h.b)}, osprey.RoleClient, answer{code: fine}},
		{"admin, no company", "admin", nil, "", answer{osprey.CodeInvalidStructure, "company_id", ""}},
		{"admin, unknown company", "admin", []func(*input){company(h.ids.New())}, "", answer{osprey.CodeNotExist, "company_id", ""}},
		{"admin makes an admin", "admin", []func(*input){role("ADMIN")}, osprey.RoleAdmin, answer{code: fine}},
		{"admin makes an operator", "admin", []func(*input){role("operator")}, osprey.RoleOperator, answer{code: fine}},
		{"admin with a company", "admin", []func(*input){role("ADMIN"), company(h.a)}, "", answer{osprey.CodeInvalidValue, "company_id", ""}},
		{"own company named", "ca-a", []func(*input){company(h.a)}, osprey.RoleClient, answer{code: fine}},
		{"another company", "ca-a", []func(*input){company(h.b)}, "", answer{osprey.CodeNotExist, "company_id", ""}},
		{"unknown company", "ca-a", []func(*input){company(h.ids.New())}, "", answer{osprey.CodeNotExist, "company_id", ""}},
		{"client admin makes its like", "ca-a", []func(*input){role("client admin")}, osprey.RoleClientAdmin, answer{code: fine}},
		{"client admin asks for an admin", "ca-a", []func(*input){role("ADMIN")}, "", answer{osprey.CodeAuthForbidden, "user_type", "role"}},
		{"the same, company named", "ca-a", []func(*input){role("ADMIN"), company(h.a)}, "", answer{osprey.CodeAuthForbidden, "user_type", "role"}},
		{"client admin asks for an operator", "ca-a", []func(*input){role("OPERATOR")}, "", answer{osprey.CodeAuthForbidden, "user_type", "role"}},
		{"no such role", "ca-a", []func(*input){role("ROOT")}, "", answer{osprey.CodeInvalidValue, "user_type", ""}},
		{"legacy admin", "ca-a", []func(*input){legacy(yes, nil)}, osprey.RoleClientAdmin, answer{code: fine}},
		{"legacy service", "ca-a", []func(*input){legacy(no, yes)}, osprey.RoleClientService, answer{code: fine}},
		{"legacy neither", "ca-a", []func(*input){legacy(no, no)}, osprey.RoleClient, answer{code: fine}},
		{"legacy both", "ca-a", []func(*input){legacy(yes, yes)}, "", answer{osprey.CodeInvalidValue, "is_service", ""}},
		{"legacy repeats the type", "ca-a", []func(*input){role("CLIENT_ADMIN"), legacy(yes, no)}, osprey.RoleClientAdmin, answer{code: fine}},
		{"legacy contradicts the type", "ca-a", []func(*input){role("CLIENT_OPERATOR"), legacy(yes, no)}, "", answer{osprey.CodeInvalidValue, "is_admin", ""}},
		{"service contradicts the type", "ca-a", []func(*input){role("CLIENT_ADMIN"), legacy(nil, yes)}, "", answer{osprey.CodeInvalidValue, "is_service", ""}},
	} {
		in := newcomer(append(c.change, func(in *input) { in.Email = ptr(strings.Repeat("n", i+1) + "@example.com") })...)
		h.audited()
		u, err := h.CreateUser(t.Context(), h.grant(c.caller, access.MayCreateUser), in)
		if answerOf(err) != c.want || u.Role != c.role {
			t.Errorf("%s: role %q, %v", c.name, u.Role, err)
		}
		if refused := c.want.code == osprey.CodeAuthForbidden; h.audited().Denied != refused {
			t.Errorf("%s: refusal recorded: %v", c.name, !refused)
		}
	}
}

// userFaults are bad keys, the same in a creation and in a change by others.
var userFaults = []struct {
	name   string
	change func(*account.UserInput)
	want   answer
}{
	{"no at", func(in *account.UserInput) { in.Email = ptr("example.com") }, answer{osprey.CodeInvalidValue, "email", ""}},
	{"no local part", func(in *account.UserInput) { in.Email = ptr("@example.com") }, answer{osprey.CodeInvalidValue, "email", ""}},
	{"no domain", func(in *account.UserInput) { in.Email = ptr("ann@") }, answer{osprey.CodeInvalidValue, "email", ""}},
	{"two ats", func(in *account.UserInput) { in.Email = ptr("a@b@c") }, answer{osprey.CodeInvalidValue, "email", ""}},
	{"blank inside", func(in *account.UserInput) { in.Email = ptr("ann lee@example.com") }, answer{osprey.CodeInvalidValue, "email", ""}},
	{"control character", func(in *account.UserInput) { in.Email = ptr("ann\x00@example.com") }, answer{osprey.CodeInvalidValue, "email", ""}},
	{"long", func(in *account.UserInput) { in.Email = ptr(strings.Repeat("x", 250) + "@b.cd") }, answer{osprey.CodeInvalidValue, "email", ""}},
	{"long name", func(in *account.UserInput) { in.MiddleName = ptr(strings.Repeat("x", 201)) }, answer{osprey.CodeInvalidValue, "middle_name", ""}},
	{"name with a line feed", func(in *account.UserInput) { in.FirstName = ptr("a\nb") }, answer{osprey.CodeInvalidValue, "first_name", ""}},
	{"short password", func(in *account.UserInput) { in.Password = ptr("short") }, answer{osprey.CodeInvalidValue, "password", "too_short"}},
	{"common password", func(in *account.UserInput) { in.Password = ptr("qwertyuiop") }, answer{osprey.CodeInvalidValue, "password", "common"}},
	{"password with the e-mail", func(in *account.UserInput) {
		in.Email, in.Password = ptr("barnaby@example.com"), ptr("hello Barnaby 1")
	}, answer{osprey.CodeInvalidValue, "password", "contains_email"}},
	{"taken", func(in *account.UserInput) { in.Email = ptr("CL-B@example.com") }, answer{osprey.CodeConflict, "email", "taken"}},
	{"metadata", func(in *account.UserInput) { in.Metadata = osprey.Metadata{"": 1} }, answer{osprey.CodeInvalidValue, "meta_data", "key_length"}},
}

func TestCreateUserFaults(t *testing.T) {
	t.Parallel()
	h := setup(t)
	g := h.grant("ca-a", access.MayCreateUser)
	for key, drop := range map[string]func(*account.UserInput){
		"email":      func(in *account.UserInput) { in.Email = nil },
		"password":   func(in *account.UserInput) { in.Password = nil },
		"first_name": func(in *account.UserInput) { in.FirstName = nil },
		"last_name":  func(in *account.UserInput) { in.LastName = nil },
		"user_type":  func(in *account.UserInput) { in.Type = nil },
	} {
		_, err := h.CreateUser(t.Context(), g, newcomer(drop))
		want := "Could not locate field for key_path " + key + " from provided dict data"
		if answerOf(err) != (answer{osprey.CodeInvalidStructure, key, ""}) || osprey.ErrorOf(err).Message != want {
			t.Errorf("%s: %v", key, err)
		}
	}
	for _, f := range userFaults {
		if _, err := h.CreateUser(t.Context(), g, newcomer(f.change)); answerOf(err) != f.want {
			t.Errorf("%s: %v", f.name, err)
		}
	}
	if _, total, err := h.Users(t.Context(), h.grant("ca-a", access.MayReadUsers), store.Query{}); err != nil || total != 4 {
		t.Errorf("%d users, %v", total, err)
	}
}

func TestReadUsers(t *testing.T) {
	t.Parallel()
	h := setup(t)
	everybody := []string{"admin", "operator", "ca-a", "co-a", "cl-a", "cs-a", "ca-b", "co-b", "cl-b", "cs-b"}
	for name, want := range map[string][]string{
		"admin": everybody, "operator": everybody, "ca-a": {"ca-a", "co-a", "cl-a", "cs-a"},
		"co-a": {"co-a"}, "cl-a": {"cl-a"}, "cs-b": {"cs-b"},
	} {
		g := h.grant(name, access.MayReadUsers)
		list, total, err := h.Users(t.Context(), g, store.Query{Limit: 100})
		if err != nil || total != len(want) || len(list) != total {
			t.Errorf("%s lists %d, %v", name, total, err)
		}
		for _, other := range everybody {
			_, err := h.User(t.Context(), g, h.users[other].ID)
			if got := err == nil; got != slices.Contains(want, other) {
				t.Errorf("%s reads %s: %v", name, other, err)
			}
			if err != nil && answerOf(err) != (answer{code: osprey.CodeNotExist}) {
				t.Errorf("%s reads %s: %v", name, other, err)
			}
			q := store.Query{Limit: 100, In: map[store.Field][]string{store.FieldID: {string(h.users[other].ID)}}}
			list, _, err := h.Users(t.Context(), g, q)
			if got := len(list) == 1; err != nil || got != slices.Contains(want, other) {
				t.Errorf("%s filters for %s: %d, %v", name, other, len(list), err)
			}
		}
	}
}

func TestDeleteUser(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		caller, user string
		want         answer
	}{
		{"admin", "cl-a", answer{code: fine}},
		{"admin", "operator", answer{code: fine}},
		{"admin", "admin", answer{osprey.CodeConflict, "user_id", "self"}},
		{"ca-a", "cl-a", answer{code: fine}},
		{"ca-a", "ca-a", answer{osprey.CodeConflict, "user_id", "self"}},
		{"ca-a", "cl-b", answer{code: osprey.CodeNotExist}},
		{"ca-a", "admin", answer{code: osprey.CodeNotExist}},
	} {
		h := setup(t)
		token := h.login(c.user)
		err := h.DeleteUser(t.Context(), h.grant(c.caller, access.MayDeleteUser), h.users[c.user].ID)
		if answerOf(err) != c.want {
			t.Errorf("%s deletes %s: %v", c.caller, c.user, err)
		}
		if h.alive(token) == (err == nil) {
			t.Errorf("%s deletes %s: session alive %v", c.caller, c.user, err != nil)
		}
		if e := h.audited(); err == nil && (e.Action != "user.delete" || e.Company != h.users[c.user].Company) {
			t.Errorf("audited %+v", e)
		}
	}
}

// TestLastAdmin lets two administrators delete, disable and demote each other at
// the same moment: one is left each time.
func TestLastAdmin(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]func(h *house, caller, victim string) error{
		"delete": func(h *house, caller, victim string) error {
			return h.DeleteUser(h.t.Context(), h.grant(caller, access.MayDeleteUser), h.users[victim].ID)
		},
		"disable": func(h *house, caller, victim string) error {
			_, err := h.UpdateUser(h.t.Context(), h.grant(caller, access.MayUpdateUser), h.users[victim].ID, account.UserInput{Active: ptr(false)})
			return err
		},
		"demote": func(h *house, caller, victim string) error {
			_, err := h.UpdateUser(h.t.Context(), h.grant(caller, access.MayUpdateUser), h.users[victim].ID, account.UserInput{Type: ptr("OPERATOR")})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t)
			h.add("second", osprey.RoleAdmin, "")
			var wg sync.WaitGroup
			results := make([]error, 2)
			for i, pair := range [][2]string{{"admin", "second"}, {"second", "admin"}} {
				wg.Go(func() { results[i] = remove(h, pair[0], pair[1]) })
			}
			wg.Wait()
			if (results[0] == nil) == (results[1] == nil) {
				t.Fatalf("%v, %v", results[0], results[1])
			}
			for _, err := range results {
				if err != nil && answerOf(err) != (answer{osprey.CodeConflict, "user_id", "last_admin"}) {
					t.Error(err)
				}
			}
		})
	}
}

func TestEnsureAdmin(t *testing.T) {
	t.Parallel()
	h := empty(t)
	if _, err := h.EnsureAdmin(t.Context(), "root@example.com", "short"); answerOf(err) != (answer{osprey.CodeInvalidValue, "password", "too_short"}) {
		t.Errorf("weak password: %v", err)
	}
	var wg sync.WaitGroup
	made := make([]bool, 4)
	for i := range made {
		wg.Go(func() {
			var err error
			if made[i], err = h.EnsureAdmin(t.Context(), "root@example.com", password); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	count := 0
	for _, m := range made {
		if m {
			count++
		}
	}
	if count != 1 {
		t.Errorf("made %d times", count)
	}
	if e := h.audited(); e.Action != "user.create" || e.Company != "" {
		t.Errorf("audited %+v", e)
	}
	pair, err := h.sessions.Login(t.Context(), "root@example.com", password, access.Origin{})
	if err != nil || pair.User.Role != osprey.RoleAdmin {
		t.Errorf("%+v, %v", pair.User, err)
	}
	if again, err := h.EnsureAdmin(t.Context(), "other@example.com", "another pass phrase 9"); again || err != nil {
		t.Errorf("second start: %v, %v", again, err)
	}
}
