package access

import (
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/store"
)

// TestRefreshTable is the table of api.md 3.3, and what lies between its rows.
func TestRefreshTable(t *testing.T) {
	t.Parallel()
	const notFound = "Session not found"
	cases := []struct {
		name    string
		auth    func(*config.Auth)
		prepare func(h *house, p Pair) (access string, refresh *string)
		code    osprey.Code
		message string
	}{
		{name: "plain", code: fine,
			prepare: func(_ *house, p Pair) (string, *string) { return p.AccessToken, &p.RefreshToken }},
		{name: "no expire_token", code: osprey.CodeInvalidStructure,
			message: "Could not locate field for key_path expire_token from provided dict data",
			prepare: func(_ *house, p Pair) (string, *string) { return p.AccessToken, nil }},
		{name: "unknown expire_token", code: osprey.CodeAuthInvalid, message: notFound,
			prepare: func(_ *house, p Pair) (string, *string) { r := newToken(TokenRefresh); return p.AccessToken, &r }},
		{name: "expire_token that is no token", code: osprey.CodeAuthInvalid, message: notFound,
			prepare: func(_ *house, p Pair) (string, *string) { r := "x"; return p.AccessToken, &r }},
		{name: "access token as expire_token", code: osprey.CodeAuthInvalid, message: notFound,
			prepare: func(_ *house, p Pair) (string, *string) { return p.AccessToken, &p.AccessToken }},
		{name: "used up", code: osprey.CodeAuthInvalid, message: notFound,
			prepare: func(h *house, p Pair) (string, *string) {
				next := h.refresh(p)
				h.mustAuthenticate(next.AccessToken)
				return next.AccessToken, &p.RefreshToken
			}},
		{name: "header token of another session", code: osprey.CodeAuthForbidden, message: "You have not access to refresh this session",
			prepare: func(h *house, p Pair) (string, *string) { return h.login("cl-a").AccessToken, &p.RefreshToken }},
		{name: "header token of another company", code: osprey.CodeAuthForbidden, message: "You have not access to refresh this session",
			prepare: func(h *house, p Pair) (string, *string) { return h.login("cl-b").AccessToken, &p.RefreshToken }},
		{name: "no header token", code: osprey.CodeAuthNotProvided,
			prepare: func(_ *house, p Pair) (string, *string) { return "", &p.RefreshToken }},
		{name: "neither token", code: osprey.CodeAuthNotProvided,
			prepare: func(*house, Pair) (string, *string) { return "", nil }},
		{name: "unknown header token", code: osprey.CodeAuthInvalid,
			prepare: func(_ *house, p Pair) (string, *string) { return newToken(TokenAccess), &p.RefreshToken }},
		{name: "refresh token in the header", code: osprey.CodeAuthInvalid,
			prepare: func(_ *house, p Pair) (string, *string) { return p.RefreshToken, &p.RefreshToken }},
		{name: "expired an hour ago", code: fine,
			prepare: func(h *house, p Pair) (string, *string) {
				h.clock.advance(75 * time.Minute)
				return p.AccessToken, &p.RefreshToken
			}},
		{name: "expired, no expire_token", code: osprey.CodeInvalidStructure,
			prepare: func(h *house, p Pair) (string, *string) {
				h.clock.advance(75 * time.Minute)
				return p.AccessToken, nil
			}},
		{name: "expired just under 24 h ago", code: fine, auth: func(a *config.Auth) { a.SessionMaxAge = 0 },
			prepare: func(h *house, p Pair) (string, *string) {
				h.clock.advance(24*time.Hour + 15*time.Minute - time.Second)
				return p.AccessToken, &p.RefreshToken
			}},
		{name: "expired more than 24 h ago", code: osprey.CodeAuthInvalid, auth: func(a *config.Auth) { a.SessionMaxAge = 0 },
			prepare: func(h *house, p Pair) (string, *string) {
				h.clock.advance(24*time.Hour + 15*time.Minute + time.Second)
				return p.AccessToken, &p.RefreshToken
			}},
		{name: "expired, just within the greatest age", code: fine,
			prepare: func(h *house, p Pair) (string, *string) {
				h.clock.advance(24*time.Hour - time.Second)
				return p.AccessToken, &p.RefreshToken
			}},
		{name: "expired, beyond the greatest age", code: osprey.CodeAuthInvalid, message: notFound,
			prepare: func(h *house, p Pair) (string, *string) {
				h.clock.advance(24*time.Hour + time.Second)
				return p.AccessToken, &p.RefreshToken
			}},
		{name: "expire_token of a session expired more than 24 h ago", code: osprey.CodeAuthInvalid, message: notFound,
			prepare: func(h *house, p Pair) (string, *string) {
				h.clock.advance(25 * time.Hour)
				return h.login("cl-a").AccessToken, &p.RefreshToken
			}},
		{name: "after logout", code: osprey.CodeAuthInvalid,
			prepare: func(h *house, p Pair) (string, *string) {
				if err := h.Logout(h.t.Context(), h.mustAuthenticate(p.AccessToken)); err != nil {
					h.t.Fatal(err)
				}
				return p.AccessToken, &p.RefreshToken
			}},
		{name: "disabled user", code: osprey.CodeAuthInvalid,
			prepare: func(h *house, p Pair) (string, *string) {
				h.change("cl-a", func(u *osprey.User) { u.Active = false })
				return p.AccessToken, &p.RefreshToken
			}},
		{name: "twice with the old pair", code: fine,
			prepare: func(h *house, p Pair) (string, *string) {
				h.refresh(p)
				return p.AccessToken, &p.RefreshToken
			}},
		{name: "at once with the new pair", code: fine,
			prepare: func(h *house, p Pair) (string, *string) {
				next := h.refresh(p)
				return next.AccessToken, &next.RefreshToken
			}},
		{name: "service token", code: osprey.CodeAuthForbidden,
			prepare: func(h *house, p Pair) (string, *string) {
				name := "crm"
				made, err := h.CreateToken(h.t.Context(), h.grant("admin", MayCreateToken), h.users["cs-a"].ID, &name, nil)
				if err != nil {
					h.t.Fatal(err)
				}
				return made.AccessToken, &p.RefreshToken
			}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.auth == nil {
				c.auth = func(*config.Auth) {}
			}
			h := setup(t, c.auth)
			old := h.login("cl-a")
			access, refresh := c.prepare(h, old)
			got, err := h.Refresh(t.Context(), access, refresh, here)
			if codeOf(err) != c.code {
				t.Fatalf("%v", err)
			}
			if c.code != fine {
				if c.message != "" && osprey.ErrorOf(err).Message != c.message {
					t.Errorf("message %q", osprey.ErrorOf(err).Message)
				}
				return
			}
			if got.Session.ID != old.Session.ID || got.User.ID != old.User.ID {
				t.Errorf("another session: %+v", got)
			}
			if got.AccessToken == old.AccessToken || got.RefreshToken == old.RefreshToken {
				t.Error("the tokens are the old ones")
			}
			h.mustAuthenticate(got.AccessToken)
			if code := h.code(old.AccessToken); code != osprey.CodeAuthInvalid {
				t.Errorf("the old pair after the new one was used: code %d", code)
			}
		})
	}
}

func (h *house) refresh(p Pair) Pair {
	h.t.Helper()
	next, err := h.Refresh(h.t.Context(), p.AccessToken, &p.RefreshToken, here)
	if err != nil {
		h.t.Fatal(err)
	}
	return next
}

// TestOldPairUntilNewOneIsUsed follows one session through lost and used answers.
func TestOldPairUntilNewOneIsUsed(t *testing.T) {
	t.Parallel()
	h := setup(t)
	first := h.login("cl-a")
	lost := h.refresh(first) // the answer never arrives
	h.mustAuthenticate(first.AccessToken)
	h.clock.advance(time.Minute)
	h.mustAuthenticate(first.AccessToken) // written down, and still the old pair
	second := h.refresh(first)
	if got := h.code(lost.AccessToken); got != osprey.CodeAuthInvalid {
		t.Errorf("the lost pair: code %d", got)
	}
	h.mustAuthenticate(first.AccessToken)
	h.mustAuthenticate(second.AccessToken)
	if got := h.code(first.AccessToken); got != osprey.CodeAuthInvalid {
		t.Errorf("the first pair: code %d", got)
	}
	third := h.refresh(second)
	fourth := h.refresh(third) // refreshing is a use of the new pair
	if got := h.code(second.AccessToken); got != osprey.CodeAuthInvalid {
		t.Errorf("the second pair: code %d", got)
	}
	h.mustAuthenticate(fourth.AccessToken)
	n := 0
	h.write(func(tx *store.Tx) (err error) {
		_, n, err = tx.Sessions(store.Query{In: map[store.Field][]string{store.FieldUser: {string(first.User.ID)}}})
		return err
	})
	if n != 1 {
		t.Errorf("%d sessions", n)
	}
}

func TestRefreshExtendsUpToTheGreatestAge(t *testing.T) {
	t.Parallel()
	h := setup(t, func(a *config.Auth) { a.SessionMaxAge = 20 * time.Minute })
	p := h.login("cl-a")
	created := p.Session.Created
	h.clock.advance(10 * time.Minute)
	p = h.refresh(p)
	if got := time.Duration(p.Session.Expires-created) * time.Microsecond; got != 20*time.Minute {
		t.Errorf("expires %v after the login", got)
	}
}

func TestRefusedRefreshIsAudited(t *testing.T) {
	t.Parallel()
	h := setup(t)
	a, b := h.login("cl-a"), h.login("cl-b")
	if _, err := h.Refresh(t.Context(), a.AccessToken, &b.RefreshToken, here); codeOf(err) != osprey.CodeAuthForbidden {
		t.Fatal(err)
	}
	if e := h.last(); e.Action != string(MayRefresh) || !e.Denied || e.Company != h.a || e.ObjectID != string(a.Session.ID) {
		t.Errorf("%+v", e)
	}
}
