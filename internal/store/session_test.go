package store

import (
	"errors"
	"reflect"
	"testing"

	"example.org/osprey"
)

func TestSessionsAndTheirUser(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	h.do(osprey.Everything(), func(tx *Tx) error {
		admin := osprey.User{ID: h.ids.New(), Role: osprey.RoleAdmin, Email: "root@example.com", Active: true}
		e.session.NextAccessHash, e.session.NextRefreshHash = "next", "next refresh"
		err := errors.Join(tx.InsertUser(admin), tx.UpdateSession(e.session),
			tx.InsertSession(osprey.Session{ID: h.ids.New(), User: admin.ID, Kind: osprey.SessionToken, AccessHash: "root"}))
		for _, hash := range []string{e.session.AccessHash, "next"} {
			s, u, active, e2 := tx.SessionByAccess(hash)
			if s.ID != e.session.ID || u.ID != e.user.ID || !active || e2 != nil {
				t.Errorf("%s: %+v, %+v, %t, %v", hash, s, u, active, e2)
			}
		}
		for _, hash := range []string{e.session.RefreshHash, "next refresh"} {
			if s, e2 := tx.SessionByRefresh(hash); s.ID != e.session.ID || e2 != nil {
				t.Errorf("%s: %+v, %v", hash, s, e2)
			}
		}
		if _, u, active, e2 := tx.SessionByAccess("root"); u.Role != osprey.RoleAdmin || !active || e2 != nil {
			t.Errorf("a user without a company: %+v, %t, %v", u, active, e2)
		}
		e.company.Active = false
		err = errors.Join(err, tx.UpdateCompany(e.company))
		if _, _, active, e2 := tx.SessionByAccess("next"); active || e2 != nil {
			t.Errorf("a suspended company is active: %v", e2)
		}
		for _, hash := range []string{"", "unknown"} { // the token has no refresh hash
			_, _, _, e2 := tx.SessionByAccess(hash)
			_, e3 := tx.SessionByRefresh(hash)
			if !errors.Is(e2, ErrNotFound) || !errors.Is(e3, ErrNotFound) {
				t.Errorf("%q: %v, %v", hash, e2, e3)
			}
		}
		return err
	})
	h.do(osprey.Everything(), func(tx *Tx) error {
		other := e.session
		other.ID, other.AccessHash, other.RefreshHash, other.NextAccessHash, other.NextRefreshHash = h.ids.New(), "a", "b", "", ""
		err := tx.InsertSession(other)
		if n, err := tx.DeleteUserSessions(e.user.ID, other.ID); n != 1 || err != nil {
			t.Errorf("all but one: %d, %v", n, err)
		}
		if n, err := tx.DeleteExpiredSessions(other.Expires); n != 1 || err != nil { // the token of expiry 0
			t.Errorf("expired: %d, %v", n, err)
		}
		if n, err := tx.DeleteCompanySessions(e.company.ID); n != 1 || err != nil {
			t.Errorf("of the company: %d, %v", n, err)
		}
		return err
	})
}

func TestUsersGoWithTheirSessions(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	h.do(osprey.Everything(), func(tx *Tx) error {
		admin := osprey.User{ID: h.ids.New(), Role: osprey.RoleAdmin, Email: "r@example.com", Active: true}
		err := errors.Join(tx.InsertUser(admin), tx.TouchLogin(admin.ID), tx.PutReset(Reset{Hash: "r1", User: e.user.ID}))
		n, err1 := tx.ActiveAdmins()
		all, err2 := tx.CountUsers()
		u, err3 := tx.User(admin.ID)
		if n != 1 || all != 2 || u.LastLogin != tx.Now() {
			t.Errorf("%d admins, %d users, %d", n, all, u.LastLogin)
		}
		return errors.Join(err, err1, err2, err3, tx.DeleteUser(e.user.ID))
	})
	h.see(osprey.Everything(), func(tx *Tx) error {
		if _, err := tx.Session(e.session.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("the session is there: %v", err)
		}
		f, err := tx.Folder(e.folder.ID)
		if f.User != e.user.ID {
			t.Error("the folder forgot its user")
		}
		return err
	})
	if err := h.try(func(tx *Tx) error { _, err := tx.TakeReset("r1"); return err }); !errors.Is(err, ErrNotFound) {
		t.Errorf("the restore token is there: %v", err)
	}
	h.whole()
}

func TestLoginFailuresAndResets(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	h.do(osprey.Everything(), func(tx *Tx) error {
		none, err := tx.LoginFailure("k")
		if none != (LoginFailure{Key: "k"}) || err != nil {
			t.Errorf("%+v, %v", none, err)
		}
		f := LoginFailure{Key: "k", Count: 4, First: 10, Last: 20}
		err = errors.Join(tx.SetLoginFailure(LoginFailure{Key: "k", Count: 1}), tx.SetLoginFailure(f), tx.SetLoginFailure(LoginFailure{Key: "l", Last: 30}))
		if got, err := tx.LoginFailure("k"); got != f || err != nil {
			t.Errorf("%+v, %v", got, err)
		}
		if n, err := tx.DeleteLoginFailures(30); n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		err = errors.Join(err, tx.ClearLoginFailure("l"), tx.ClearLoginFailure("never"))

		first, second := Reset{Hash: "1", User: e.user.ID, Expires: 5}, Reset{Hash: "2", User: e.user.ID, Expires: 6, ByAdmin: true, Created: 3}
		err = errors.Join(err, tx.PutReset(first), tx.PutReset(second))
		if _, err := tx.TakeReset("1"); !errors.Is(err, ErrNotFound) {
			t.Errorf("the older one: %v", err)
		}
		if got, err := tx.TakeReset("2"); got != second || err != nil {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := tx.TakeReset("2"); !errors.Is(err, ErrNotFound) {
			t.Errorf("twice: %v", err)
		}
		return err
	})
}

func TestSettings(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.do(osprey.Everything(), func(tx *Tx) error {
		return errors.Join(tx.SetSetting("a", "1"), tx.SetSetting("a", "2"), tx.SetSetting("b", "x"), tx.SetSetting("b", ""))
	})
	h.see(osprey.Scope{}, func(tx *Tx) error {
		got, err := tx.Settings()
		if !reflect.DeepEqual(got, map[string]string{"a": "2"}) {
			t.Errorf("%v", got)
		}
		return err
	})
}
