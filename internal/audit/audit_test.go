package audit

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

type bench struct {
	*store.Store
	t   *testing.T
	log *Log
	ids *osprey.IDs
}

func open(t *testing.T) *bench {
	t.Helper()
	ids := osprey.NewIDs(osprey.SystemClock{})
	st, err := store.Open(context.Background(), store.Options{
		Path: filepath.Join(t.TempDir(), "osprey.db"), Clock: osprey.SystemClock{}, IDs: ids,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return &bench{Store: st, t: t, log: New(ids), ids: ids}
}

func (b *bench) append(actor osprey.Actor, events ...Event) {
	b.t.Helper()
	err := b.Write(context.Background(), osprey.Everything(), func(tx *store.Tx) error {
		for _, e := range events {
			if err := b.log.Append(tx, actor, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) records(chain string) (out []store.AuditRecord) {
	b.t.Helper()
	err := b.Read(context.Background(), osprey.Everything(), func(tx *store.Tx) (err error) {
		out, err = tx.AuditRecords(chain, 1, 1000)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func (b *bench) verify(chain string) Result {
	b.t.Helper()
	r, err := Verify(context.Background(), b.Store, chain)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func TestRecord(t *testing.T) {
	t.Parallel()
	b := open(t)
	company, person := b.ids.New(), b.ids.New()
	actor := osprey.Actor{User: b.ids.New(), Role: osprey.RoleClientAdmin, Company: company, Session: b.ids.New(), IP: "192.0.2.10", RequestID: "r-1"}
	b.append(actor,
		Event{Action: "person.create", Object: "person", ObjectID: person, Company: company, Details: map[string]any{"images": 2}},
		Event{
			Action: "person.delete", Object: "person", ObjectID: person, Company: company, Outcome: Denied,
			Details: map[string]any{"error_code": osprey.CodeConflict, "analyses": []osprey.ID{person}},
		})
	b.append(osprey.Actor{}, Event{Action: "instance.start"})

	records := b.records(string(company))
	if len(records) != 2 || records[0].PrevHash != strings.Repeat("0", 64) || records[1].PrevHash != records[0].Hash {
		t.Fatalf("%+v", records)
	}
	var got map[string]any
	if err := json.Unmarshal(records[1].Record, &got); err != nil {
		t.Fatal(err)
	}
	moment := got["time"].(float64)
	if osprey.Time(moment*1e6+.5) != records[1].Time {
		t.Errorf("time %v, column %d", moment, records[1].Time)
	}
	delete(got, "time")
	want := map[string]any{
		"audit_id": string(records[1].ID), "chain": string(company), "seq": 2.0,
		"actor_user_id": string(actor.User), "actor_role": "CLIENT_ADMIN", "session_id": string(actor.Session),
		"ip": "192.0.2.10", "request_id": "r-1", "action": "person.delete", "object_type": "person", "object_id": string(person),
		"company_id": string(company), "outcome": "denied",
		"details":   map[string]any{"error_code": 15.0, "analyses": []any{string(person)}},
		"prev_hash": records[0].Hash,
	}
	gotText, err1 := json.Marshal(got)
	wantText, err2 := json.Marshal(want)
	if string(gotText) != string(wantText) || errors.Join(err1, err2) != nil {
		t.Errorf("got  %s\nwant %s", gotText, wantText)
	}

	system := b.records(System)
	if len(system) != 1 || system[0].Seq != 1 || !strings.Contains(string(system[0].Record), `"actor_user_id":null`) ||
		!strings.Contains(string(system[0].Record), `"company_id":null,"details":{}`) {
		t.Errorf("%s", system[0].Record)
	}
	for _, chain := range []string{string(company), System, "unknown"} {
		if r := b.verify(chain); !r.Valid || r.FirstBadSeq != nil {
			t.Errorf("%+v", r)
		}
	}
	if r := b.verify(string(company)); r.FirstSeq != 1 || r.LastSeq != 2 || r.HeadHash != records[1].Hash {
		t.Errorf("%+v", r)
	}
}

// TestRollbackLeavesNoGap: a record goes with its change, and so does its seq.
func TestRollbackLeavesNoGap(t *testing.T) {
	t.Parallel()
	b := open(t)
	refused := errors.New("refused")
	e := Event{Action: "person.delete", Company: b.ids.New()}
	b.append(osprey.Actor{}, e)
	err := b.Write(context.Background(), osprey.Everything(), func(tx *store.Tx) error {
		return errors.Join(b.log.Append(tx, osprey.Actor{}, e), refused)
	})
	if !errors.Is(err, refused) {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // the caller hung up
	if err := b.log.Denied(ctx, b.Store, osprey.Actor{}, e); err != nil {
		t.Fatal(err)
	}
	records := b.records(string(e.Company))
	if len(records) != 2 || records[1].Seq != 2 || records[1].Outcome != "denied" {
		t.Errorf("%+v", records)
	}
	if r := b.verify(string(e.Company)); !r.Valid {
		t.Errorf("%+v", r)
	}
}

// TestTampering changes rows behind the log's back, in every way there is.
func TestTampering(t *testing.T) {
	t.Parallel()
	const chain = "system"
	type attack struct {
		name string
		sql  []string
		bad  int64
	}
	attacks := []attack{
		{"nothing", nil, 0},
		{"delete the first", []string{`DELETE FROM audit_record WHERE seq = 1`}, 1},
		{"delete one", []string{`DELETE FROM audit_record WHERE seq = 4`}, 4},
		{"delete the last", []string{`DELETE FROM audit_record WHERE seq = 7`}, 7},
		{"delete all", []string{`DELETE FROM audit_record`}, 1},
		{"delete one and close the gap", []string{
			`DELETE FROM audit_record WHERE seq = 4`,
			`UPDATE audit_record SET seq = seq - 1 WHERE seq > 4`, `UPDATE audit_chain SET seq = 6`,
		}, 4},
		{"delete the last and move the head", []string{`DELETE FROM audit_record WHERE seq = 7`, `UPDATE audit_chain SET seq = 6`}, 6},
		{"swap two", []string{
			`UPDATE audit_record SET seq = -3 WHERE seq = 3`, `UPDATE audit_record SET seq = 3 WHERE seq = 5`,
			`UPDATE audit_record SET seq = 5 WHERE seq = -3`,
		}, 3},
		{"move to another chain", []string{`UPDATE audit_record SET chain = 'x' WHERE seq = 5`}, 5},
		{"change the head", []string{`UPDATE audit_chain SET hash = prev FROM (SELECT hash AS prev FROM audit_record WHERE seq = 6) WHERE chain = 'system'`}, 7},
		{"change the text", []string{`UPDATE audit_record SET record = REPLACE(record, '"seq":4', '"seq":44') WHERE seq = 4`}, 4},
	}
	for column, value := range map[string]string{
		"id": "'x'", "created": "created + 1", "action": "'a.b'", "object_type": "'x'", "object_id": "'x'", "outcome": "'denied'",
		"actor_id": "'x'", "record": "x'7b7d'", "prev_hash": "hash", "hash": "prev_hash",
	} {
		attacks = append(attacks, attack{"edit " + column, []string{`UPDATE audit_record SET ` + column + ` = ` + value + ` WHERE seq = 4`}, 4})
	}
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			events := make([]Event, 7)
			for i := range events {
				events[i] = Event{Action: "user.create", Object: "user", ObjectID: b.ids.New()}
			}
			b.append(osprey.Actor{User: b.ids.New()}, events...)
			for _, sql := range a.sql {
				if _, err := b.DB().ExecContext(context.Background(), sql); err != nil {
					t.Fatal(err)
				}
			}
			r := b.verify(chain)
			if (a.bad == 0) != r.Valid || a.bad != 0 && (r.FirstBadSeq == nil || *r.FirstBadSeq != a.bad) {
				t.Errorf("%+v, want the first bad one %d", r, a.bad)
			}
			broken, err := VerifyAll(context.Background(), b.Store)
			if err != nil || (len(broken) == 0) != (a.bad == 0) {
				t.Errorf("all: %+v, %v", broken, err)
			}
		})
	}
}

// TestManyWriters appends from many sides: the chains have no gaps.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	b := open(t)
	companies := []osprey.ID{"", b.ids.New(), b.ids.New()}
	const each = 40
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			for range each {
				err := b.Write(context.Background(), osprey.Everything(), func(tx *store.Tx) error {
					return b.log.Append(tx, osprey.Actor{}, Event{Action: "folder.create", Company: companies[i%3]})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, c := range companies {
		if r := b.verify(chainOf(c)); !r.Valid || r.LastSeq != 2*each {
			t.Errorf("%+v", r)
		}
	}
}

func TestLongChain(t *testing.T) {
	t.Parallel()
	b := open(t)
	const n = 2*verifyChunk + 1
	err := b.Write(context.Background(), osprey.Everything(), func(tx *store.Tx) error {
		for range n {
			if err := b.log.Append(tx, osprey.Actor{}, Event{Action: "a.b"}); err != nil {
				return err
			}
		}
		return nil
	})
	if r := b.verify(System); err != nil || !r.Valid || r.LastSeq != n {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestEventsThatAreRefused(t *testing.T) {
	t.Parallel()
	b := open(t)
	for name, e := range map[string]Event{
		"no action":          {},
		"an action of words": {Action: "deleted a person"},
		"an odd object":      {Action: "a.b", Object: "a person"},
		"an odd outcome":     {Action: "a.b", Outcome: "maybe"},
		"an e-mail":          {Action: "a.b", Details: map[string]any{"who": "ann@example.com"}},
		"a name":             {Action: "a.b", Details: map[string]any{"who": "Ann Lee"}},
		"a name in a list":   {Action: "a.b", Details: map[string]any{"who": []string{"ok", "Ann Lee"}}},
		"a foreign name":     {Action: "a.b", Details: map[string]any{"who": "Анна"}},
		"a score":            {Action: "a.b", Details: map[string]any{"confidence": 0.97}},
		"bytes":              {Action: "a.b", Details: map[string]any{"template": []byte("x")}},
		"an object":          {Action: "a.b", Details: map[string]any{"more": map[string]any{}}},
		"an odd key":         {Action: "a.b", Details: map[string]any{"Ann Lee": 1}},
		"a long text":        {Action: "a.b", Details: map[string]any{"x": strings.Repeat("a", 129)}},
		"a long list":        {Action: "a.b", Details: map[string]any{"x": make([]osprey.ID, maxIDs+1)}},
	} {
		err := b.Write(context.Background(), osprey.Everything(), func(tx *store.Tx) error {
			return b.log.Append(tx, osprey.Actor{}, e)
		})
		if err == nil {
			t.Errorf("%s was taken", name)
		} else if strings.Contains(err.Error(), "ann@") {
			t.Errorf("%s: the error shows it: %v", name, err)
		}
	}
}

// TestRequestTexts: what a request brings cannot break a record.
func TestRequestTexts(t *testing.T) {
	t.Parallel()
	b := open(t)
	for _, s := range []string{"\xff\xfe", "\x00\n\"\\", strings.Repeat("é", 200), "\U0001F600"} {
		b.append(osprey.Actor{RequestID: s, IP: s}, Event{Action: "a.b"})
	}
	if r := b.verify(System); !r.Valid || r.LastSeq != 4 {
		t.Errorf("%+v", r)
	}
	for _, r := range b.records(System) {
		if len(r.Record) > 2048 || !json.Valid(r.Record) {
			t.Errorf("%d bytes: %s", len(r.Record), r.Record)
		}
	}
}
