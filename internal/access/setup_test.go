package access

import (
	"context"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"example.org/osprey"
	"example.org/osprey/internal/audit"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/store"
)

// house is a database with two companies and a user of every role, all of them
// with one password.
type house struct {
	*Sessions
	t     testing.TB
	clock *fakeClock
	store *store.Store
	users map[string]osprey.User // by local part
	a, b  osprey.ID
	log   *audit.Log

	mu     sync.Mutex
	events []Event
}

const password = "granite lantern 41 otter"

// quick hashes are weak: most tests are not about them.
func quick() *Passwords {
	p := NewPasswords(runtime.GOMAXPROCS(0), 10)
	p.params = argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	p.nobody = nobody(p.params)
	return p
}

// passwordHash is hashed once for all tests.
var passwordHash = sync.OnceValue(func() string {
	hash, err := quick().Hash(context.Background(), password)
	if err != nil {
		panic(err)
	}
	return hash
})

func setup(t testing.TB, change ...func(*config.Auth)) *house {
	t.Helper()
	h := &house{t: t, clock: newFakeClock(), users: make(map[string]osprey.User)}
	ids := osprey.NewIDs(h.clock)
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "osprey.db"), Clock: h.clock, IDs: ids})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	h.store, h.log = db, audit.New(ids)
	auth := config.Auth{SessionTTL: 15 * time.Minute, SessionTTLLonglive: 365 * 24 * time.Hour,
		SessionSliding: true, SessionMaxAge: 24 * time.Hour, PasswordMinLength: 10}
	for _, c := range change {
		c(&auth)
	}
	h.Sessions = NewSessions(Options{Store: db, Audit: h.audit, IDs: ids, Auth: auth, Passwords: quick()})
	h.a, h.b = ids.New(), ids.New()
	h.write(func(tx *store.Tx) error {
		for _, id := range []osprey.ID{h.a, h.b} {
			if err := tx.InsertCompany(osprey.Company{ID: id, Name: string(id), Active: true}); err != nil {
				return err
			}
		}
		return nil
	})
	h.add(ids, "admin", osprey.RoleAdmin, "")
	h.add(ids, "operator", osprey.RoleOperator, "")
	for at, company := range map[string]osprey.ID{"a": h.a, "b": h.b} {
		h.add(ids, "ca-"+at, osprey.RoleClientAdmin, company)
		h.add(ids, "co-"+at, osprey.RoleClientOperator, company)
		h.add(ids, "cl-"+at, osprey.RoleClient, company)
		h.add(ids, "cs-"+at, osprey.RoleClientService, company)
	}
	return h
}

func (h *house) add(ids *osprey.IDs, name string, role osprey.Role, company osprey.ID) {
	h.t.Helper()
	u := osprey.User{ID: ids.New(), Role: role, Company: company, Email: name + "@Example.com", FirstName: name,
		Active: true, Flags: osprey.AllAnalyses(), PasswordHash: passwordHash()}
	h.write(func(tx *store.Tx) error { return tx.InsertUser(u) })
	h.users[name] = u
}

// audit keeps the event, and writes it to a real log: it must be fit for one.
func (h *house) audit(tx *store.Tx, actor osprey.Actor, e Event) error {
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

// last is the newest event of the audit log.
func (h *house) last() Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.events) == 0 {
		return Event{}
	}
	return h.events[len(h.events)-1]
}

func (h *house) write(fn func(*store.Tx) error) {
	h.t.Helper()
	if err := h.store.Write(h.t.Context(), osprey.Everything(), fn); err != nil {
		h.t.Fatal(err)
	}
}

// change alters a stored user.
func (h *house) change(name string, fn func(*osprey.User)) {
	h.t.Helper()
	h.write(func(tx *store.Tx) error {
		u, err := tx.User(h.users[name].ID)
		if err != nil {
			return err
		}
		fn(&u)
		return tx.UpdateUser(u)
	})
}

var here = Origin{IP: "192.0.2.10", UserAgent: "test", RequestID: "r-1"}

// login opens a session of a user.
func (h *house) login(name string) Pair {
	h.t.Helper()
	pair, err := h.Login(h.t.Context(), name+"@example.com", password, here)
	if err != nil {
		h.t.Fatalf("login of %s: %v", name, err)
	}
	return pair
}

func (h *house) mustAuthenticate(token string) Caller {
	h.t.Helper()
	c, err := h.Authenticate(h.t.Context(), token, here)
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

// code is the error code that a token is answered with, -1 for none.
func (h *house) code(token string) osprey.Code {
	h.t.Helper()
	_, err := h.Authenticate(h.t.Context(), token, here)
	return codeOf(err)
}

func codeOf(err error) osprey.Code {
	if err == nil {
		return fine
	}
	return osprey.ErrorOf(err).Code
}

const fine osprey.Code = -1

// grant is the grant of a user for an endpoint, which the table must allow.
func (h *house) grant(name string, e Endpoint) Grant {
	h.t.Helper()
	u := h.users[name]
	c := Caller{User: u, Actor: osprey.Actor{User: u.ID, Role: u.Role, Company: u.Company}}
	g, err := Policy{}.Authorize(c, e)
	if err != nil {
		h.t.Fatalf("%s, %s: %v", name, e, err)
	}
	return g
}
