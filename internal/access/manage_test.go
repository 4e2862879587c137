package access

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/store"
)

var everything = store.Query{Limit: 1000}

// TestListSessions holds what every role sees against its cell of the table.
func TestListSessions(t *testing.T) {
	t.Parallel()
	h := setup(t)
	var all []string
	for name := range h.users {
		h.login(name)
		all = append(all, name)
	}
	inA := []string{"ca-a", "co-a", "cl-a", "cs-a"}
	for name, want := range map[string][]string{
		"admin": all, "operator": {"operator"}, "ca-a": inA, "co-a": {"co-a"}, "cl-a": {"cl-a"}, "cs-a": {"cs-a"},
	} {
		list, total, err := h.List(t.Context(), h.grant(name, MayReadSessions), everything)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range list {
			got = append(got, h.nameOf(s.User))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || total != len(want) {
			t.Errorf("%s sees %v (%d)", name, got, total)
		}
	}
	// Filters narrow, and reach nothing that the grant does not show.
	for _, c := range []struct {
		name, user string
		want       int
	}{{"admin", "cl-b", 1}, {"ca-a", "cl-a", 1}, {"ca-a", "cl-b", 0}, {"cl-a", "cl-a", 1}, {"cl-a", "co-a", 0}} {
		q := everything
		q.In = map[store.Field][]string{store.FieldUser: {string(h.users[c.user].ID)}}
		list, total, err := h.List(t.Context(), h.grant(c.name, MayReadSessions), q)
		if err != nil || len(list) != c.want || total != c.want {
			t.Errorf("%s asks for %s: %d, %v", c.name, c.user, total, err)
		}
	}
}

func (h *house) nameOf(id osprey.ID) string {
	for name, u := range h.users {
		if u.ID == id {
			return name
		}
	}
	return string(id)
}

func TestDeleteSessions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		caller, owner string
		code          osprey.Code
	}{
		{"admin", "cl-b", fine}, {"admin", "operator", fine},
		{"operator", "operator", fine}, {"operator", "admin", osprey.CodeNotExist}, {"operator", "cl-a", osprey.CodeNotExist},
		{"ca-a", "cl-a", fine}, {"ca-a", "ca-a", fine}, {"ca-a", "cl-b", osprey.CodeNotExist}, {"ca-a", "admin", osprey.CodeNotExist},
		{"cl-a", "cl-a", fine}, {"cl-a", "co-a", osprey.CodeNotExist}, {"cs-a", "cs-a", fine}, {"cs-a", "cs-b", osprey.CodeNotExist},
	} {
		h := setup(t)
		p := h.login(c.owner)
		err := h.Delete(t.Context(), h.grant(c.caller, MayDeleteSession), p.Session.ID)
		if codeOf(err) != c.code {
			t.Errorf("%s deletes one of %s: %v", c.caller, c.owner, err)
		}
		want := fine
		if c.code == fine {
			want = osprey.CodeAuthInvalid
			if e := h.last(); e.Action != string(MayDeleteSession) || e.Company != h.users[c.owner].Company {
				t.Errorf("audited %+v", e)
			}
		}
		if got := h.code(p.AccessToken); got != want {
			t.Errorf("%s deleted one of %s: the token is answered with %d", c.caller, c.owner, got)
		}
	}
	h := setup(t)
	if err := h.Delete(t.Context(), h.grant("admin", MayDeleteSession), "unknown"); codeOf(err) != osprey.CodeNotExist {
		t.Errorf("unknown id: %v", err)
	}
}

func TestServiceTokens(t *testing.T) {
	t.Parallel()
	h := setup(t)
	name, user := "  crm ", h.users["cs-a"].ID
	made, err := h.CreateToken(t.Context(), h.grant("ca-a", MayCreateToken), user, &name, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(made.AccessToken, "osp_sk_") || made.Session.Name != "crm" || made.Session.Kind != osprey.SessionToken {
		t.Errorf("%+v", made)
	}
	if life := time.Duration(made.Session.Expires-made.Session.Created) * time.Microsecond; life != 365*24*time.Hour {
		t.Errorf("lives %v", life)
	}
	if c := h.mustAuthenticate(made.AccessToken); c.User.ID != user {
		t.Errorf("opens %+v", c.User)
	}
	h.clock.advance(time.Hour)
	c := h.mustAuthenticate(made.AccessToken)
	if c.Session.Expires != made.Session.Expires {
		t.Error("the token slides")
	}
	if c.Session.LastUsed <= made.Session.LastUsed {
		t.Error("its use is not written down")
	}
	h.login("cs-a") // is no token
	for _, who := range []string{"admin", "ca-a", "cs-a"} {
		list, total, err := h.Tokens(t.Context(), h.grant(who, MayReadTokens), user, everything)
		if err != nil || total != 1 || len(list) != 1 || list[0].ID != made.Session.ID {
			t.Errorf("%s sees %+v, %v", who, list, err)
		}
	}
	h.clock.advance(365 * 24 * time.Hour)
	if got := h.code(made.AccessToken); got != osprey.CodeAuthExpired {
		t.Errorf("after a year: code %d", got)
	}
}

func TestCreateTokenRefusals(t *testing.T) {
	t.Parallel()
	h := setup(t, func(a *config.Auth) { a.SessionTTLLonglive = 30 * 24 * time.Hour })
	text := func(s string) *string { return &s }
	seconds := func(n int64) *int64 { return &n }
	for _, c := range []struct {
		name, caller, user string
		token              *string
		seconds            *int64
		code               osprey.Code
		field              any
	}{
		{"default is the maximum", "admin", "cs-a", text("crm"), nil, fine, nil},
		{"least", "admin", "cs-a", text("crm"), seconds(60), fine, nil},
		{"greatest", "admin", "cs-a", text("crm"), seconds(30 * 24 * 3600), fine, nil},
		{"longest name", "admin", "cs-a", text(strings.Repeat("ä", 64)), nil, fine, nil},
		{"too short a life", "admin", "cs-a", text("crm"), seconds(59), osprey.CodeInvalidValue, "expires_in"},
		{"negative", "admin", "cs-a", text("crm"), seconds(-1), osprey.CodeInvalidValue, "expires_in"},
		{"too long a life", "admin", "cs-a", text("crm"), seconds(30*24*3600 + 1), osprey.CodeInvalidValue, "expires_in"},
		{"endless", "admin", "cs-a", text("crm"), seconds(1<<63 - 1), osprey.CodeInvalidValue, "expires_in"},
		{"no name", "admin", "cs-a", nil, nil, osprey.CodeInvalidStructure, "name"},
		{"empty name", "admin", "cs-a", text(" "), nil, osprey.CodeInvalidValue, "name"},
		{"long name", "admin", "cs-a", text(strings.Repeat("x", 65)), nil, osprey.CodeInvalidValue, "name"},
		{"not a service user", "admin", "cl-a", text("crm"), nil, osprey.CodeInvalidValue, "user_id"},
		{"another company", "ca-a", "cs-b", text("crm"), nil, osprey.CodeNotExist, nil},
		{"user outside any company", "ca-a", "admin", text("crm"), nil, osprey.CodeNotExist, nil},
	} {
		_, err := h.CreateToken(t.Context(), h.grant(c.caller, MayCreateToken), h.users[c.user].ID, c.token, c.seconds)
		if codeOf(err) != c.code || err != nil && osprey.ErrorOf(err).Details["field"] != c.field {
			t.Errorf("%s: %v %v", c.name, err, osprey.ErrorOf(err).Details)
		}
	}
}

func TestDeleteToken(t *testing.T) {
	t.Parallel()
	h := setup(t)
	name := "crm"
	made, err := h.CreateToken(t.Context(), h.grant("admin", MayCreateToken), h.users["cs-a"].ID, &name, nil)
	if err != nil {
		t.Fatal(err)
	}
	login := h.login("cs-a")
	for _, c := range []struct {
		caller, user string
		id           osprey.ID
		code         osprey.Code
	}{
		{"ca-b", "cs-a", made.Session.ID, osprey.CodeNotExist},
		{"cs-b", "cs-a", made.Session.ID, osprey.CodeNotExist},
		{"ca-a", "cl-a", made.Session.ID, osprey.CodeNotExist}, // not this user's
		{"ca-a", "cs-a", login.Session.ID, osprey.CodeNotExist},
		{"ca-a", "cs-a", "unknown", osprey.CodeNotExist},
		{"cs-a", "cs-a", made.Session.ID, fine},
		{"cs-a", "cs-a", made.Session.ID, osprey.CodeNotExist}, // gone
	} {
		err := h.DeleteToken(t.Context(), h.grant(c.caller, MayDeleteToken), h.users[c.user].ID, c.id)
		if codeOf(err) != c.code {
			t.Errorf("%s, %s: %v", c.caller, c.user, err)
		}
	}
	if got := h.code(made.AccessToken); got != osprey.CodeAuthInvalid {
		t.Errorf("a revoked token: code %d", got)
	}
	if got := h.code(login.AccessToken); got != fine {
		t.Errorf("the login beside it: code %d", got)
	}
}

func TestRestore(t *testing.T) {
	t.Parallel()
	h := setup(t)
	session := h.login("cl-a")
	user := h.users["cl-a"].ID
	text := func(s string) *string { return &s }
	older, err := h.CreateReset(t.Context(), h.grant("ca-a", MayResetPassword), user, nil)
	if err != nil {
		t.Fatal(err)
	}
	made, err := h.CreateReset(t.Context(), h.grant("ca-a", MayResetPassword), user, nil)
	if err != nil {
		t.Fatal(err)
	}
	if left := made.Expires.Time().Sub(h.clock.Now()).Round(time.Second); left != 24*time.Hour {
		t.Errorf("lives %v", left)
	}
	h.mustAuthenticate(session.AccessToken) // nothing has changed yet
	const fresh = "velvet harbour 17 finch"
	for _, c := range []struct {
		name            string
		token, password *string
		code            osprey.Code
		detail          any
	}{
		{"no token", nil, text(fresh), osprey.CodeInvalidStructure, nil},
		{"no password", &made.Token, nil, osprey.CodeInvalidStructure, nil},
		{"not a token", text("x"), text(fresh), osprey.CodeAuthInvalid, nil},
		{"unknown", text(newToken(TokenReset)), text(fresh), osprey.CodeAuthInvalid, nil},
		{"another kind", &session.AccessToken, text(fresh), osprey.CodeAuthInvalid, nil},
		{"cancelled by the newer one", &older.Token, text(fresh), osprey.CodeAuthInvalid, nil},
		{"bad password", &made.Token, text("short"), osprey.CodeInvalidValue, "too_short"},
		{"password with the e-mail", &made.Token, text("i am CL-A, hello"), osprey.CodeInvalidValue, "contains_email"},
		{"good", &made.Token, text(fresh), fine, nil},
		{"used", &made.Token, text(fresh), osprey.CodeAuthInvalid, nil},
	} {
		err := h.ConfirmRestore(t.Context(), c.token, c.password, here)
		if codeOf(err) != c.code || err != nil && osprey.ErrorOf(err).Details["reason"] != c.detail {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if got := h.code(session.AccessToken); got != osprey.CodeAuthInvalid {
		t.Errorf("the old session: code %d", got)
	}
	if _, err := h.Login(t.Context(), "cl-a@example.com", fresh, here); err != nil {
		t.Error(err)
	}
	if _, err := h.Login(t.Context(), "cl-a@example.com", password, here); codeOf(err) != osprey.CodeAuthInvalid {
		t.Errorf("the old password: %v", err)
	}
}

func TestRestoreExpires(t *testing.T) {
	t.Parallel()
	h := setup(t)
	made, err := h.CreateReset(t.Context(), h.grant("admin", MayResetPassword), h.users["operator"].ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.advance(24*time.Hour + time.Second)
	fresh := "velvet harbour 17 finch"
	if err := h.ConfirmRestore(t.Context(), &made.Token, &fresh, here); codeOf(err) != osprey.CodeAuthInvalid {
		t.Error(err)
	}
}

func TestRestoreByMail(t *testing.T) {
	t.Parallel()
	h := setup(t)
	mail := "cl-a@example.com"
	if err := h.RequestRestore(t.Context(), nil); codeOf(err) != osprey.CodeInvalidStructure {
		t.Error(err)
	}
	if err := h.RequestRestore(t.Context(), &mail); codeOf(err) != osprey.CodeNotRealized {
		t.Error(err)
	}
	for user, code := range map[string]osprey.Code{"cl-a": osprey.CodeNotRealized, "cl-b": osprey.CodeNotExist} {
		if _, err := h.CreateReset(t.Context(), h.grant("ca-a", MayResetPassword), h.users[user].ID, &mail); codeOf(err) != code {
			t.Errorf("%s: %v", user, err)
		}
	}
}
