package access

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"example.org/osprey"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/store"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	h := setup(t)
	pair, err := h.Login(t.Context(), "  CL-A@EXAMPLE.com ", password, here)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(pair.AccessToken, "osp_at_") || !strings.HasPrefix(pair.RefreshToken, "osp_rt_") {
		t.Errorf("tokens of kinds %.7s and %.7s", pair.AccessToken, pair.RefreshToken)
	}
	now := h.clock.Now()
	if got := pair.Session.Expires.Time().Sub(now).Round(time.Second); got != 15*time.Minute {
		t.Errorf("expires after %v", got)
	}
	if pair.User.ID != h.users["cl-a"].ID || pair.User.LastLogin.Time().Sub(now).Abs() > time.Second {
		t.Errorf("user %+v", pair.User)
	}
	if e := h.last(); e.Action != ActionLogin || e.Denied || e.Company != h.a || e.ObjectID != string(pair.Session.ID) {
		t.Errorf("audited %+v", e)
	}
	c := h.mustAuthenticate(pair.AccessToken)
	want := osprey.Actor{User: pair.User.ID, Role: osprey.RoleClient, Company: h.a, Session: pair.Session.ID, IP: here.IP, RequestID: "r-1"}
	if c.Actor != want || c.User.LastLogin == 0 || c.Session.UserAgent != "test" {
		t.Errorf("caller %+v", c)
	}
	err = h.store.Read(t.Context(), osprey.Everything(), func(tx *store.Tx) error {
		s, err := tx.Session(pair.Session.ID)
		if err == nil && (s.AccessHash != tokenHash(pair.AccessToken) || s.RefreshHash != tokenHash(pair.RefreshToken)) {
			t.Errorf("stored %+v", s)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestLoginRefusals(t *testing.T) {
	t.Parallel()
	h := setup(t)
	h.change("co-a", func(u *osprey.User) { u.Active = false })
	h.write(func(tx *store.Tx) error {
		c, err := tx.Company(h.b)
		c.Active = false
		if err != nil {
			return err
		}
		return tx.UpdateCompany(c)
	})
	cases := []struct{ name, email, password string }{
		{"wrong password", "cl-a@example.com", "granite lantern 41 ottes"},
		{"empty password", "cl-a@example.com", ""},
		{"endless password", "cl-a@example.com", strings.Repeat("x", 1<<20)},
		{"unknown e-mail", "nobody@example.com", password},
		{"empty e-mail", "", password},
		{"endless e-mail", strings.Repeat("x", 1<<20) + "@example.com", password},
		{"not UTF-8", "\xff\xfe@example.com", "\xff"},
		{"disabled user", "co-a@example.com", password},
		{"suspended company", "cl-b@example.com", password},
	}
	for _, c := range cases {
		_, err := h.Login(t.Context(), c.email, c.password, here)
		e := osprey.ErrorOf(err)
		if e.Code != osprey.CodeAuthInvalid || e.Message != "Invalid credentials" || e.Details != nil {
			t.Errorf("%s: %v %v", c.name, err, e.Details)
		}
		if last := h.last(); last.Action != ActionLogin || !last.Denied {
			t.Errorf("%s: audited %+v", c.name, last)
		}
	}
}

func TestLoginRenewsWeakHash(t *testing.T) {
	t.Parallel()
	h := setup(t)
	weak, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	h.change("cl-a", func(u *osprey.User) { u.PasswordHash = weak })
	pair := h.login("cl-a")
	if !strings.Contains(pair.User.PasswordHash, "m=64,t=1") {
		t.Errorf("the hash is %q", pair.User.PasswordHash)
	}
	if got := h.mustAuthenticate(pair.AccessToken).User; got.PasswordHash != pair.User.PasswordHash || got.LastLogin == 0 {
		t.Errorf("stored %+v", got)
	}
	h.login("cl-a")
}

func TestAuthenticateRefusals(t *testing.T) {
	t.Parallel()
	h := setup(t)
	pair := h.login("cl-a")
	for name, c := range map[string]struct {
		token string
		code  osprey.Code
	}{
		"none":            {"", osprey.CodeAuthNotProvided},
		"not a token":     {"x", osprey.CodeAuthInvalid},
		"unknown":         {newToken(TokenAccess), osprey.CodeAuthInvalid},
		"unknown service": {newToken(TokenService), osprey.CodeAuthInvalid},
		"refresh token":   {pair.RefreshToken, osprey.CodeAuthInvalid},
		"endless":         {strings.Repeat("x", 1<<20), osprey.CodeAuthInvalid},
		"good":            {pair.AccessToken, fine},
	} {
		if got := h.code(c.token); got != c.code {
			t.Errorf("%s: code %d", name, got)
		}
	}
}

func TestSessionExpires(t *testing.T) {
	t.Parallel()
	h := setup(t)
	token := h.login("cl-a").AccessToken
	steps := []struct {
		after time.Duration
		code  osprey.Code
	}{
		{15*time.Minute - time.Second, fine}, // slides
		{15*time.Minute - time.Second, fine},
		{15*time.Minute + time.Second, osprey.CodeAuthExpired},
		{23 * time.Hour, osprey.CodeAuthExpired},
		{2 * time.Hour, osprey.CodeAuthInvalid}, // not known any more
	}
	for i, s := range steps {
		h.clock.advance(s.after)
		if got := h.code(token); got != s.code {
			t.Errorf("step %d: code %d", i, got)
		}
	}
	if err := h.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := h.code(token); got != osprey.CodeAuthInvalid {
		t.Errorf("after the sweep: code %d", got)
	}
}

func TestSlidingWritesSeldom(t *testing.T) {
	t.Parallel()
	h := setup(t)
	pair := h.login("cl-a")
	stored := func() (s osprey.Session) {
		err := h.store.Read(t.Context(), osprey.Everything(), func(tx *store.Tx) (err error) {
			s, err = tx.Session(pair.Session.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := stored()
	h.clock.advance(29 * time.Second)
	h.mustAuthenticate(pair.AccessToken)
	if stored() != first {
		t.Error("written down within 30 s")
	}
	h.clock.advance(2 * time.Second)
	c := h.mustAuthenticate(pair.AccessToken)
	second := stored()
	if got := time.Duration(second.Expires-first.Expires) * time.Microsecond; got.Round(time.Second) != 31*time.Second {
		t.Errorf("slid by %v", got)
	}
	if c.Session != second {
		t.Errorf("the caller has %+v, the store %+v", c.Session, second)
	}
}

func TestNoSliding(t *testing.T) {
	t.Parallel()
	h := setup(t, func(a *config.Auth) { a.SessionSliding = false })
	token := h.login("cl-a").AccessToken
	h.clock.advance(10 * time.Minute)
	if got := h.code(token); got != fine {
		t.Fatalf("code %d", got)
	}
	h.clock.advance(6 * time.Minute)
	if got := h.code(token); got != osprey.CodeAuthExpired {
		t.Errorf("code %d", got)
	}
}

func TestShortSessionsSlideToo(t *testing.T) {
	t.Parallel()
	h := setup(t, func(a *config.Auth) { a.SessionTTL = 2 * time.Second })
	token := h.login("cl-a").AccessToken
	for i := range 10 {
		h.clock.advance(time.Second)
		if got := h.code(token); got != fine {
			t.Fatalf("second %d: code %d", i+1, got)
		}
	}
	h.clock.advance(2*time.Second + time.Millisecond)
	if got := h.code(token); got != osprey.CodeAuthExpired {
		t.Errorf("code %d", got)
	}
}

func TestSessionMaxAge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		age  time.Duration
		user string
		end  bool
	}{
		{"capped", time.Hour, "cl-a", true},
		{"no cap", 0, "cl-a", false},
		{"service sessions have no such cap", time.Hour, "cs-a", false},
	} {
		h := setup(t, func(a *config.Auth) { a.SessionMaxAge = c.age })
		token := h.login(c.user).AccessToken
		ended := false
		for range 12 { // 72 minutes
			h.clock.advance(6 * time.Minute)
			ended = ended || h.code(token) == osprey.CodeAuthExpired
		}
		if ended != c.end {
			t.Errorf("%s: ended %v", c.name, ended)
		}
	}
}

func TestServiceSessionsLiveLong(t *testing.T) {
	t.Parallel()
	h := setup(t)
	pair := h.login("cs-a")
	h.clock.advance(364 * 24 * time.Hour)
	if got := h.code(pair.AccessToken); got != fine {
		t.Errorf("after 364 days: code %d", got)
	}
}

// TestRevocationIsImmediate ends a session in every way there is; the next request
// is refused.
func TestRevocationIsImmediate(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*house, Caller){
		"logout": func(h *house, c Caller) {
			if err := h.Logout(h.t.Context(), c); err != nil {
				h.t.Error(err)
			}
		},
		"delete": func(h *house, c Caller) {
			if err := h.Delete(h.t.Context(), h.grant("ca-a", MayDeleteSession), c.Session.ID); err != nil {
				h.t.Error(err)
			}
		},
		"disabled user": func(h *house, _ Caller) { h.change("cl-a", func(u *osprey.User) { u.Active = false }) },
		"suspended company": func(h *house, _ Caller) {
			h.write(func(tx *store.Tx) error {
				c, err := tx.Company(h.a)
				if err != nil {
					return err
				}
				c.Active = false
				return tx.UpdateCompany(c)
			})
		},
		"deleted user": func(h *house, c Caller) {
			h.write(func(tx *store.Tx) error { return tx.DeleteUser(c.User.ID) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t)
			pair := h.login("cl-a")
			end(h, h.mustAuthenticate(pair.AccessToken))
			if got := h.code(pair.AccessToken); got != osprey.CodeAuthInvalid {
				t.Errorf("code %d", got)
			}
			if _, err := h.Refresh(t.Context(), pair.AccessToken, &pair.RefreshToken, here); codeOf(err) != osprey.CodeAuthInvalid {
				t.Errorf("refresh: %v", err)
			}
		})
	}
}

func TestConcurrentRequestsOfOneSession(t *testing.T) {
	t.Parallel()
	h := setup(t)
	pair := h.login("cl-a")
	next, err := h.Refresh(t.Context(), pair.AccessToken, &pair.RefreshToken, here)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.advance(time.Minute)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := h.Authenticate(t.Context(), next.AccessToken, here); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := h.code(pair.AccessToken); got != osprey.CodeAuthInvalid {
		t.Errorf("the old pair: code %d", got)
	}
}
