package audit

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// hands is a clock that the test turns.
type hands struct{ at atomic.Int64 }

func (h *hands) Now() time.Time       { return time.UnixMicro(h.at.Load()) }
func (h *hands) turn(d time.Duration) { h.at.Add(d.Microseconds()) }
func (h *hands) before() osprey.Time  { return osprey.TimeOf(h.Now().Add(-30 * 24 * time.Hour)) }

// openAt is a log whose clock the test turns.
func openAt(t *testing.T) (*bench, *hands) {
	t.Helper()
	clock := &hands{}
	clock.at.Store(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro())
	ids := osprey.NewIDs(clock)
	st, err := store.Open(context.Background(), store.Options{Path: filepath.Join(t.TempDir(), "osprey.db"), Clock: clock, IDs: ids})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return &bench{Store: st, t: t, log: New(ids), ids: ids}, clock
}

func (b *bench) retain(before osprey.Time) int {
	b.t.Helper()
	n, err := b.log.Retain(context.Background(), b.Store, before)
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	err := b.Write(context.Background(), osprey.Everything(), func(tx *store.Tx) error {
		_, err := tx.SQL().ExecContext(tx.Context(), sql, args...)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// TestRetain: the oldest records go, a record tells of it, and the chain verifies from
// behind them on, however often that happens.
func TestRetain(t *testing.T) {
	t.Parallel()
	b, clock := openAt(t)
	company := b.ids.New()
	e := Event{Action: "person.create", Company: company}
	for range 20 {
		b.append(osprey.Actor{}, e, Event{Action: "user.create"})
		clock.turn(24 * time.Hour)
	}
	if n := b.retain(clock.before()); n != 0 {
		t.Fatalf("%d chains were shortened, nothing is old", n)
	}
	clock.turn(15 * 24 * time.Hour)
	if n := b.retain(clock.before()); n != 2 {
		t.Fatalf("%d chains were shortened", n)
	}
	records := b.records(string(company))
	if len(records) != 16 || records[0].Seq != 6 || records[15].Action != droppedAction || records[15].Seq != 21 ||
		!strings.Contains(string(records[15].Record), `"dropped_seq":5}`) || !strings.Contains(string(records[15].Record), records[0].PrevHash) {
		t.Fatalf("%d records from %d, last %s", len(records), records[0].Seq, records[len(records)-1].Record)
	}
	for _, chain := range []string{string(company), System} {
		if r := b.verify(chain); !r.Valid || r.FirstSeq != 6 || r.LastSeq != 21 {
			t.Errorf("%+v", r)
		}
	}
	// Until nothing but the newest is left; the sweeps that follow add nothing.
	clock.turn(100 * 24 * time.Hour)
	b.retain(clock.before())
	clock.turn(100 * 24 * time.Hour)
	for range 3 {
		b.retain(clock.before())
	}
	if r := b.verify(string(company)); !r.Valid || r.LastSeq != 22 || r.FirstSeq < 21 {
		t.Errorf("at the end: %+v, %d records", r, len(b.records(string(company))))
	}
	b.append(osprey.Actor{}, e)
	if r := b.verify(string(company)); !r.Valid || r.LastSeq != 23 {
		t.Errorf("and on: %+v", r)
	}
}

// TestRetainInBatches: more than one transaction takes.
func TestRetainInBatches(t *testing.T) {
	t.Parallel()
	b, clock := openAt(t)
	events := make([]Event, 2*dropBatch+10)
	for i := range events {
		events[i] = Event{Action: "user.create"}
	}
	b.append(osprey.Actor{}, events...)
	clock.turn(31 * 24 * time.Hour)
	b.append(osprey.Actor{}, Event{Action: "user.create"})
	b.retain(clock.before())
	if r := b.verify(System); !r.Valid || r.FirstSeq != int64(len(events))+1 {
		t.Errorf("%+v", r)
	}
}

// TestTamperedAfterRetain: dropping by hand is not dropping by the rule.
func TestTamperedAfterRetain(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		sql string
		bad int64
	}{
		"more is gone than was told":         {"DELETE FROM audit_record WHERE seq <= 8", 6},
		"one in the middle is gone":          {"DELETE FROM audit_record WHERE seq = 9", 9},
		"the first that stays was edited":    {"UPDATE audit_record SET action = 'x.y' WHERE seq = 6", 6},
		"the text of one was edited":         {"UPDATE audit_record SET record = REPLACE(CAST(record AS TEXT), 'person', 'persom') WHERE seq = 10", 10},
		"the record of what went was edited": {"UPDATE audit_record SET record = REPLACE(CAST(record AS TEXT), '\"dropped_seq\":5', '\"dropped_seq\":4') WHERE seq = 21", 21},
		"the record of what went is gone":    {"DELETE FROM audit_record WHERE seq = 21", 21},
		"all is gone":                        {"DELETE FROM audit_record", 1},
		"the head was moved":                 {"UPDATE audit_chain SET hash = 'x'", 21},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, clock := openAt(t)
			for range 20 {
				b.append(osprey.Actor{}, Event{Action: "person.create"})
				clock.turn(24 * time.Hour)
			}
			clock.turn(15 * 24 * time.Hour)
			b.retain(clock.before())
			b.exec(tt.sql)
			if r := b.verify(System); r.Valid || r.FirstBadSeq == nil || *r.FirstBadSeq != tt.bad {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestEveryEditIsFound edits each row of a chain in turn.
func TestEveryEditIsFound(t *testing.T) {
	t.Parallel()
	b, _ := openAt(t)
	for range 12 {
		b.append(osprey.Actor{User: b.ids.New()}, Event{Action: "person.create", Object: "person", ObjectID: b.ids.New()})
	}
	for seq := int64(1); seq <= 12; seq++ {
		for _, column := range []string{"action", "object_type", "object_id", "outcome", "actor_id", "prev_hash", "hash", "record"} {
			var was string
			err := b.Read(context.Background(), osprey.Everything(), func(tx *store.Tx) error {
				return tx.SQL().QueryRowContext(tx.Context(), fmt.Sprintf("SELECT CAST(%s AS TEXT) FROM audit_record WHERE seq = ?", column), seq).Scan(&was)
			})
			if err != nil {
				t.Fatal(err)
			}
			set := fmt.Sprintf("UPDATE audit_record SET %s = ? WHERE seq = ?", column)
			var edited, back any = "9" + was, was
			if column == "record" {
				edited, back = []byte(strings.Replace(was, "person.create", "person.delete", 1)), []byte(was)
			}
			b.exec(set, edited, seq)
			if r := b.verify(System); r.Valid || *r.FirstBadSeq != seq {
				t.Errorf("%s of %d: %+v", column, seq, r)
			}
			b.exec(set, back, seq)
		}
	}
	if r := b.verify(System); !r.Valid {
		t.Errorf("as it was: %+v", r)
	}
}

// TestList: what is told of a record is what was written, with its hash.
func TestList(t *testing.T) {
	t.Parallel()
	b, clock := openAt(t)
	one, two := b.ids.New(), b.ids.New()
	actor := osprey.Actor{User: b.ids.New(), Role: osprey.RoleAdmin}
	for i := range 5 {
		b.append(actor, Event{Action: "person.create", Object: "person", ObjectID: osprey.ID(fmt.Sprint(i)), Company: one})
		clock.turn(time.Hour)
	}
	b.append(osprey.Actor{}, Event{Action: "user.create", Object: "user", Company: two, Outcome: Denied}, Event{Action: "setting.change"})
	reader := NewReader(b.Store)
	count := func(scope osprey.Scope, q Query) int {
		q.Limit = 100
		items, total, err := reader.List(context.Background(), scope, q)
		if err != nil || len(items) != total {
			t.Errorf("%d of %d, %v", len(items), total, err)
		}
		return total
	}
	by := func(f store.Field, v string) Query {
		return Query{Query: store.Query{In: map[store.Field][]string{f: {v}}}}
	}
	for name, tt := range map[string]struct{ got, want int }{
		"all":             {count(osprey.Everything(), Query{}), 7},
		"one company":     {count(osprey.Within(one), Query{}), 5},
		"the other":       {count(osprey.Within(two), Query{}), 1},
		"nobody":          {count(osprey.Scope{}, Query{}), 0},
		"not the system":  {count(osprey.Within(one), by(store.FieldCompany, System)), 0},
		"system":          {count(osprey.Everything(), by(store.FieldCompany, System)), 1},
		"action":          {count(osprey.Everything(), by(store.FieldAction, "person.create")), 5},
		"actor":           {count(osprey.Everything(), by(store.FieldActor, string(actor.User))), 5},
		"object":          {count(osprey.Everything(), by(store.FieldObject, "3")), 1},
		"type":            {count(osprey.Everything(), by(store.FieldObjectType, "user")), 1},
		"outcome":         {count(osprey.Everything(), by(store.FieldOutcome, "denied")), 1},
		"from a seq":      {count(osprey.Within(one), Query{SeqMin: 4}), 2},
		"to a seq":        {count(osprey.Within(one), Query{SeqMax: 2}), 2},
		"between moments": {count(osprey.Within(one), Query{Query: store.Query{CreatedMax: osprey.TimeOf(clock.Now().Add(-4 * time.Hour))}}), 2},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %d, want %d", name, tt.got, tt.want)
		}
	}
	items, _, err := reader.List(context.Background(), osprey.Within(one), Query{Query: store.Query{Limit: 2}})
	newest := b.records(string(one))[4]
	want := strings.TrimSuffix(string(newest.Record), "}") + `,"hash":"` + newest.Hash + `"}`
	if err != nil || len(items) != 2 || string(items[0]) != want {
		t.Errorf("%s, %v", items, err)
	}
}
