package webhook_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/egress"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/vault"
	"example.org/osprey/internal/webhook"
)

// clock is a clock that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// sent is one request.
type sent struct {
	url    string
	header http.Header
	body   map[string]any
	at     time.Time
}

// wires stands where connections would be opened.
type wires struct {
	clock *clock

	mu     sync.Mutex
	sent   []sent
	now    map[string]int // requests that run, by address
	most   map[string]int
	answer func(ctx context.Context, url string) egress.Answer
}

func (w *wires) Check(field, url string) error {
	if url == "refused" {
		return osprey.InvalidValue(field, "refused")
	}
	return nil
}

func (w *wires) Post(ctx context.Context, url string, header http.Header, body []byte) egress.Answer {
	s := sent{url: url, header: header, at: w.clock.Now()}
	if err := json.Unmarshal(body, &s.body); err != nil {
		panic(err)
	}
	w.mu.Lock()
	w.sent = append(w.sent, s)
	w.now[url]++
	w.now[""]++
	for _, k := range []string{url, ""} {
		w.most[k] = max(w.most[k], w.now[k])
	}
	answer := w.answer
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.now[url]--
		w.now[""]--
	}()
	if answer == nil {
		return egress.Answer{Status: 200, Took: time.Millisecond}
	}
	return answer(ctx, url)
}

func (w *wires) to(url string) (out []sent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.sent {
		if s.url == url {
			out = append(out, s)
		}
	}
	return out
}

func (w *wires) answers(fn func(ctx context.Context, url string) egress.Answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = fn
}

// outbox is the room with a database, a clock and nothing else.
type outbox struct {
	*webhook.Service
	t     *testing.T
	st    *store.Store
	ids   *osprey.IDs
	clock *clock
	wires *wires
	log   []access.Event
	mu    sync.Mutex
	ended map[string]int // attempts by how they ended
	// broken is what rendering does in place of its work; nil is nothing.
	broken func() error
}

func open(t *testing.T) *outbox {
	t.Helper()
	c := &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	o := &outbox{t: t, ids: osprey.NewIDs(c), clock: c, ended: map[string]int{}}
	o.wires = &wires{clock: c, now: map[string]int{}, most: map[string]int{}}
	var err error
	if o.st, err = store.Open(t.Context(), store.Options{Path: t.TempDir() + "/osprey.db", Clock: c, IDs: o.ids}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.st.Close() })
	v, err := vault.New(make([]byte, vault.MasterBytes))
	if err != nil {
		t.Fatal(err)
	}
	o.Service = webhook.NewService(webhook.Options{
		Store: o.st, Vault: vault.NewRing(v, o.st.Keys(), 0), Bind: vault.AAD, Guard: o.wires, IDs: o.ids, Clock: c,
		Audit: func(_ *store.Tx, _ osprey.Actor, e access.Event) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.log = append(o.log, e)
			return nil
		},
		Render: func(told webhook.Occasion) ([]byte, error) {
			if o.broken != nil {
				if err := o.broken(); err != nil {
					return nil, err
				}
			}
			var analyses []osprey.ID
			for _, a := range told.Analyses {
				analyses = append(analyses, a.ID)
			}
			return json.Marshal(map[string]any{
				"event_id": told.Delivery.EventID, "event": told.Delivery.Event, "analyses": analyses,
				"quota": told.Delivery.Details["quota"],
			})
		},
		Timeout: time.Second, Random: func() float64 { return 0.5 },
		Observe: func(result string) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.ended[result]++
		},
		Logger: slog.New(slog.DiscardHandler),
	})
	return o
}

func (o *outbox) do(fn func(*store.Tx) error) {
	o.t.Helper()
	if err := o.st.Write(context.Background(), osprey.Everything(), fn); err != nil {
		o.t.Fatal(err)
	}
}

// company makes a company with an address; empty is none.
func (o *outbox) company(name, url string) (osprey.ID, access.Grant) {
	o.t.Helper()
	c := osprey.Company{ID: o.ids.New(), Name: name, Active: true}
	if url != "" {
		c.ResolutionEndpoint = &url
	}
	o.do(func(tx *store.Tx) error { return tx.InsertCompany(c) })
	return c.ID, access.Grant{
		Actor: osprey.Actor{User: o.ids.New(), Role: osprey.RoleClientAdmin, Company: c.ID},
		View:  osprey.Within(c.ID), Act: osprey.Within(c.ID), Erase: true,
	}
}

// group makes a folder and a group of open analyses in it, one for each address.
func (o *outbox) group(company osprey.ID, urls ...string) (osprey.ID, []osprey.Analysis) {
	o.t.Helper()
	f := osprey.Folder{
		ID: o.ids.New(), Company: company, User: o.ids.New(), Status: osprey.ResolutionInitial, System: osprey.ResolutionInitial,
	}
	group := o.ids.New()
	var out []osprey.Analysis
	o.do(func(tx *store.Tx) error {
		if err := tx.InsertFolder(f); err != nil {
			return err
		}
		for _, url := range urls {
			a := osprey.Analysis{
				ID: o.ids.New(), Group: group, Folder: f.ID, Company: company, Owner: f.User, Type: osprey.AnalysisQuality,
				State: osprey.StateProcessing, Resolution: osprey.ResolutionProcessing, System: osprey.ResolutionProcessing, ResolutionEndpoint: &url,
			}
			if err := tx.InsertAnalysis(a); err != nil {
				return err
			}
			out = append(out, a)
		}
		return nil
	})
	return f.ID, out
}

// end ends an analysis as a run does.
func (o *outbox) end(a *osprey.Analysis) {
	o.t.Helper()
	o.do(func(tx *store.Tx) error {
		if err := a.Fail(osprey.CodeNoFace, "no face"); err != nil {
			return err
		}
		if ok, err := tx.EndAnalysis(*a); !ok || err != nil {
			o.t.Errorf("not ended: %v", err)
		}
		return o.Ended(tx, *a)
	})
}

func (o *outbox) remove(a osprey.Analysis) {
	o.t.Helper()
	o.do(func(tx *store.Tx) error {
		if err := tx.DeleteAnalysis(a.ID); err != nil {
			return err
		}
		return o.Deleted(tx, a)
	})
}

// all are the deliveries there are, oldest first.
func (o *outbox) all() (out []osprey.Delivery) {
	o.t.Helper()
	err := o.st.Read(context.Background(), osprey.Everything(), func(tx *store.Tx) (err error) {
		out, _, err = tx.Deliveries(store.Query{Limit: 1000, Sort: store.CreatedAsc})
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return out
}

// drain makes all attempts that are due. Writes move the moments of rows a little beyond
// a clock that stands still, so it moves a little too.
func (o *outbox) drain() {
	o.t.Helper()
	o.clock.move(time.Millisecond)
	if err := o.Drain(context.Background()); err != nil {
		o.t.Fatal(err)
	}
}
