package account_test

import (
	"context"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/account"
	"example.org/osprey/internal/audit"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/store"
)

// installation is a fixed set of thresholds.
type installation struct{}

func (installation) Thresholds() osprey.Thresholds {
	return osprey.Thresholds{Spoofing: 0.5, BiometryMin: 0.8, BiometryMax: 0.9, Collection: 0.85}
}

// house is a database with two companies and a user of every role, all of them
// with one password.
type house struct {
	*account.Service
	t        *testing.T
	store    *store.Store
	sessions *access.Sessions
	ids      *osprey.IDs
	users    map[string]osprey.User // by local part
	a, b     osprey.ID
	log      *audit.Log

	mu     sync.Mutex
	events []access.Event
}

const password = "granite lantern 41 otter"

var passwordHash = sync.OnceValue(func() string {
	hash, err := access.NewPasswords(1, 10).Hash(context.Background(), password)
	if err != nil {
		panic(err)
	}
	return hash
})

// empty is a house before its first start.
func empty(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, users: make(map[string]osprey.User), ids: osprey.NewIDs(osprey.SystemClock{})}
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "osprey.db"), Clock: osprey.SystemClock{}, IDs: h.ids})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	h.store, h.log = db, audit.New(h.ids)
	passwords := access.NewPasswords(runtime.GOMAXPROCS(0), 10)
	h.sessions = access.NewSessions(access.Options{Store: db, Audit: h.audit, IDs: h.ids, Passwords: passwords,
		Auth: config.Auth{SessionTTL: time.Hour, SessionTTLLonglive: 24 * time.Hour, SessionMaxAge: 24 * time.Hour}})
	h.Service = account.New(account.Options{Store: db, Audit: h.audit, IDs: h.ids, Passwords: passwords, Installation: installation{}})
	return h
}

func setup(t *testing.T) *house {
	t.Helper()
	h := empty(t)
	h.a, h.b = h.ids.New(), h.ids.New()
	h.write(func(tx *store.Tx) error {
		for id, name := range map[osprey.ID]string{h.a: "Alpha", h.b: "Beta"} {
			if err := tx.InsertCompany(osprey.Company{ID: id, Name: name, Active: true}); err != nil {
				return err
			}
		}
		return nil
	})
	h.add("admin", osprey.RoleAdmin, "")
	h.add("operator", osprey.RoleOperator, "")
	for at, company := range map[string]osprey.ID{"a": h.a, "b": h.b} {
		h.add("ca-"+at, osprey.RoleClientAdmin, company)
		h.add("co-"+at, osprey.RoleClientOperator, company)
		h.add("cl-"+at, osprey.RoleClient, company)
		h.add("cs-"+at, osprey.RoleClientService, company)
	}
	return h
}

func (h *house) add(name string, role osprey.Role, company osprey.ID) osprey.User {
	h.t.Helper()
	u := osprey.User{ID: h.ids.New(), Role: role, Company: company, Email: name + "@example.com", FirstName: "Ann", LastName: "Lee",
		Active: true, Flags: osprey.AllAnalyses(), PasswordHash: passwordHash()}
	h.write(func(tx *store.Tx) error { return tx.InsertUser(u) })
	h.users[name] = u
	return u
}

func (h *house) write(fn func(*store.Tx) error) {
	h.t.Helper()
	if err := h.store.Write(h.t.Context(), osprey.Everything(), fn); err != nil {
		h.t.Fatal(err)
	}
}

// audit keeps the event, and writes it to a real log: it must be fit for one.
func (h *house) audit(tx *store.Tx, actor osprey.Actor, e access.Event) error {
	outcome := audit.OK
	if e.Denied {
		outcome = audit.Denied
	}
	err := h.log.Append(tx, actor, audit.Event{Action: e.Action, Object: e.Object, ObjectID: osprey.ID(e.ObjectID),
		Company: e.Company, Outcome: outcome, Details: e.Details})
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, e)
	return nil
}

// audited is the newest event; the log is empty afterwards.
func (h *house) audited() access.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer func() { h.events = nil }()
	if len(h.events) == 0 {
		return access.Event{}
	}
	return h.events[len(h.events)-1]
}

func (h *house) grant(name string, e access.Endpoint) access.Grant {
	h.t.Helper()
	u := h.users[name]
	c := access.Caller{User: u, Actor: osprey.Actor{User: u.ID, Role: u.Role, Company: u.Company}}
	g, err := access.Policy{}.Authorize(c, e)
	if err != nil {
		h.t.Fatalf("%s, %s: %v", name, e, err)
	}
	return g
}

// alive reports whether a token still opens its session.
func (h *house) alive(token string) bool {
	h.t.Helper()
	_, err := h.sessions.Authenticate(h.t.Context(), token, access.Origin{})
	return err == nil
}

func (h *house) login(name string) string {
	h.t.Helper()
	pair, err := h.sessions.Login(h.t.Context(), name+"@example.com", password, access.Origin{IP: "192.0.2.1"})
	if err != nil {
		h.t.Fatal(err)
	}
	return pair.AccessToken
}

const fine osprey.Code = -1

// answer is what of an error a client can tell: the code, the field, the reason.
type answer struct {
	code          osprey.Code
	field, reason string
}

func answerOf(err error) answer {
	if err == nil {
		return answer{code: fine}
	}
	e := osprey.ErrorOf(err)
	field, _ := e.Details["field"].(string)
	reason, _ := e.Details["reason"].(string)
	return answer{e.Code, field, reason}
}

func ptr[T any](v T) *T { return &v }
