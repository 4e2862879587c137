package usage_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/usage"
)

// hands is a clock that the test turns.
type hands struct{ at atomic.Int64 }

func (h *hands) Now() time.Time   { return time.UnixMicro(h.at.Load()).UTC() }
func (h *hands) set(to time.Time) { h.at.Store(to.UnixMicro()) }

// house is a store with a meter, and what the meter told.
type house struct {
	*usage.Service
	t     *testing.T
	st    *store.Store
	clock *hands
	ids   *osprey.IDs

	mu    sync.Mutex
	told  []usage.Mark
	audit []access.Event
}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, clock: &hands{}}
	h.clock.set(time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC))
	h.ids = osprey.NewIDs(h.clock)
	var err error
	h.st, err = store.Open(context.Background(), store.Options{Path: filepath.Join(t.TempDir(), "osprey.db"), Clock: h.clock, IDs: h.ids})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.st.Close() })
	h.Service = usage.New(usage.Options{
		Store: h.st, Clock: h.clock,
		Audit: func(_ *store.Tx, _ osprey.Actor, e access.Event) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.audit = append(h.audit, e)
			return nil
		},
		Tell: func(_ *store.Tx, m usage.Mark) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.told = append(h.told, m)
			return nil
		},
	})
	return h
}

func (h *house) write(fn func(*store.Tx) error) error {
	return h.st.Write(context.Background(), osprey.Everything(), fn)
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// company makes one with a quota and a folder.
func (h *house) company(name string, q osprey.Quota) (osprey.ID, osprey.Folder) {
	h.t.Helper()
	id := h.ids.New()
	f := osprey.Folder{ID: h.ids.New(), Company: id, User: "u", Technical: osprey.Metadata{"source": "web"}, Metadata: osprey.Metadata{}}
	h.must(h.write(func(tx *store.Tx) error {
		c := osprey.Company{ID: id, Name: name, Active: true, Quota: q, Metadata: osprey.Metadata{}, Technical: osprey.Metadata{}}
		return errors.Join(tx.InsertCompany(c), tx.InsertFolder(f))
	}))
	return id, f
}

func (h *house) quality(f osprey.Folder, media int) osprey.Analysis {
	return osprey.Analysis{
		ID: h.ids.New(), Group: h.ids.New(), Folder: f.ID, Company: f.Company, Owner: f.User, Type: osprey.AnalysisQuality,
		State: osprey.StateProcessing, Resolution: osprey.ResolutionProcessing, System: osprey.ResolutionProcessing,
		Source: h.media(media), Metadata: osprey.Metadata{}, Technical: osprey.Metadata{}, Created: osprey.TimeOf(h.clock.Now()),
	}
}

func (h *house) media(n int) []osprey.SourceMedia {
	out := make([]osprey.SourceMedia, n)
	for i := range out {
		out[i].Media = h.ids.New()
	}
	return out
}

// start starts an analysis as the room of analyses does.
func (h *house) start(f osprey.Folder, media int) (osprey.Analysis, error) {
	a := h.quality(f, media)
	err := h.write(func(tx *store.Tx) error {
		if err := h.Start(tx, f.Company, []osprey.Analysis{a}); err != nil {
			return err
		}
		return tx.InsertAnalysis(a)
	})
	return a, err
}

// finish ends one.
func (h *house) finish(f osprey.Folder, a osprey.Analysis, state osprey.State, word osprey.Resolution) {
	h.t.Helper()
	h.must(h.write(func(tx *store.Tx) error {
		a.State, a.Resolution, a.System, a.Finished = state, word, word, tx.Now()
		ended, err := tx.EndAnalysis(a)
		if err != nil || !ended {
			return errors.Join(err, errors.New("was not ended"))
		}
		return h.Ended(tx, a, f)
	}))
}

func (h *house) report(g access.Grant, q usage.Query) usage.Report {
	h.t.Helper()
	if q.From == "" {
		q.From, q.To = "2026-10-01", "2026-12-31"
	}
	r, err := h.Report(context.Background(), g, q)
	h.must(err)
	return r
}

var all = access.Grant{View: osprey.Everything()}

func limit(n int64, o osprey.Overage) osprey.Quota {
	return osprey.Quota{Monthly: map[osprey.QuotaName]int64{osprey.QuotaQuality: n}, Overage: o}
}

// TestU02Overage: block, allow and grace through the meter, and the month that begins
// anew.
func TestU02Overage(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		overage osprey.Overage
		passes  int // analyses of one medium each, of 30 tried
		over    int64
	}{
		"block": {osprey.OverageBlock, 20, 0}, "grace": {osprey.OverageGrace, 22, 2}, "allow": {osprey.OverageAllow, 30, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			id, f := h.company("acme", limit(20, tt.overage))
			round := func() (passed int) {
				for range 30 {
					a, err := h.start(f, 1)
					if err == nil {
						h.finish(f, a, osprey.StateFinished, osprey.ResolutionSuccess)
						passed++
						continue
					}
					e := osprey.ErrorOf(err)
					if e.Code != osprey.CodeRateLimited || e.Details["reason"] != "quota_exceeded" || e.RetryAfter.Round(time.Second) != osprey.NextMonth(h.clock.Now()).Sub(h.clock.Now()) {
						t.Errorf("refused by %v, to come again after %s", err, e.RetryAfter)
					}
				}
				return passed
			}
			if n := round(); n != tt.passes {
				t.Errorf("%d passed, want %d", n, tt.passes)
			}
			if r := h.report(all, usage.Query{Company: id}); r.Totals != (store.Units{Done: int64(tt.passes), Over: tt.over}) {
				t.Errorf("counted %+v", r.Totals)
			}
			// An open one of October counts in November, when it is finished.
			open, _ := h.start(f, 0)
			h.clock.set(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
			h.finish(f, open, osprey.StateFinished, osprey.ResolutionSuccess)
			if n := round(); n != tt.passes {
				t.Errorf("in the next month %d passed, want %d", n, tt.passes)
			}
			marks := 0
			for _, m := range h.told {
				if m.Company != id || m.Name != osprey.QuotaQuality || m.Limit != 20 ||
					m.Event == osprey.EventQuotaWarning && m.Used != 16 || m.Event == osprey.EventQuotaReached && m.Used != 20 {
					t.Errorf("told %+v", m)
				}
				marks++
			}
			if marks != 4 || len(h.audit) != 4 || h.audit[0].Action != "quota.warning" || h.audit[1].Action != "quota.reached" {
				t.Errorf("%d marks in two months, audited %+v", marks, h.audit)
			}
		})
	}
}

// TestUnitsAreMedia: one unit for each medium; what failed is free.
func TestUnitsAreMedia(t *testing.T) {
	t.Parallel()
	h := open(t)
	id, f := h.company("acme", limit(5, osprey.OverageBlock))
	a, err := h.start(f, 3)
	h.must(err)
	if _, err := h.start(f, 3); !osprey.IsCode(err, osprey.CodeRateLimited) {
		t.Errorf("three more while three are open: %v", err)
	}
	h.finish(f, a, osprey.StateFailed, osprey.ResolutionFailed)
	b, err := h.start(f, 3)
	h.must(err)
	h.finish(f, b, osprey.StateFinished, osprey.ResolutionDeclined)
	r := h.report(all, usage.Query{Company: id, Group: store.UsageGroup{Source: true, Type: true}})
	if len(r.Rows) != 1 || r.Rows[0].Source != osprey.SourceWeb || r.Rows[0].Units != (store.Units{Done: 3, Failed: 3}) {
		t.Errorf("%+v", r.Rows)
	}
}

// TestEdge: fifty at once ask for the last units, by all ways in; no more pass than
// there are.
func TestEdge(t *testing.T) {
	t.Parallel()
	h := open(t)
	id, f := h.company("acme", limit(20, osprey.OverageBlock))
	other, otherFolder := h.company("beta", limit(3, osprey.OverageBlock))
	asked := map[osprey.AnalysisType]int64{osprey.AnalysisQuality: 1}
	var passed, othersPassed atomic.Int64
	var all50 sync.WaitGroup
	for i := range 50 {
		all50.Go(func() {
			switch i % 3 {
			case 0:
				if _, err := h.start(f, 1); err == nil {
					passed.Add(1)
				}
			case 1:
				ticket, err := h.Reserve(context.Background(), id, "u", osprey.SourceInstant, asked)
				if err == nil {
					ticket.End(asked, nil)
					ticket.End(asked, nil) // counts once
					passed.Add(1)
				}
				if err := h.Flush(context.Background()); err != nil {
					t.Error(err)
				}
			default:
				if _, err := h.start(otherFolder, 1); err == nil {
					othersPassed.Add(1)
				}
			}
		})
	}
	all50.Wait()
	if passed.Load() != 20 || othersPassed.Load() != 3 {
		t.Errorf("%d of 20 and %d of 3 passed", passed.Load(), othersPassed.Load())
	}
	h.must(h.Flush(context.Background()))
	own := h.report(access.Grant{View: osprey.Within(other)}, usage.Query{})
	if own.Totals.Done != 0 || len(own.Rows) != 1 && len(own.Rows) != 0 {
		t.Errorf("beta, which has finished nothing, sees %+v", own)
	}
}

// TestU03Tenancy: what one company used, no other sees.
func TestU03Tenancy(t *testing.T) {
	t.Parallel()
	h := open(t)
	ida, fa := h.company("acme", osprey.Quota{})
	idb, _ := h.company("beta", osprey.Quota{})
	a, err := h.start(fa, 2)
	h.must(err)
	h.finish(fa, a, osprey.StateFinished, osprey.ResolutionSuccess)
	nobody, err := h.Reserve(context.Background(), "", "", osprey.SourceInstant, nil)
	h.must(err)
	nobody.End(map[osprey.AnalysisType]int64{osprey.AnalysisBiometry: 2}, map[osprey.AnalysisType]int64{osprey.AnalysisQuality: 1})
	h.must(h.Flush(context.Background()))
	for name, tt := range map[string]struct {
		view    osprey.Scope
		company osprey.ID
		want    int64
	}{
		"A": {osprey.Within(ida), "", 2}, "B": {osprey.Within(idb), "", 0}, "B of A": {osprey.Within(idb), ida, 0},
		"A of A": {osprey.Within(ida), ida, 2}, "all": {osprey.Everything(), "", 4}, "all of A": {osprey.Everything(), ida, 2},
		"nobody": {osprey.Scope{}, "", 0},
	} {
		if r := h.report(access.Grant{View: tt.view}, usage.Query{Company: tt.company}); r.Totals.Done != tt.want {
			t.Errorf("%s sees %d, want %d", name, r.Totals.Done, tt.want)
		}
		s, err := h.Statistics(context.Background(), access.Grant{View: tt.view}, store.StatisticQuery{From: "2026-10-01", To: "2026-10-31", Company: tt.company})
		if seen := len(s.Rows) > 0; err != nil || seen != (tt.want > 0) {
			t.Errorf("%s sees statistics %+v, %v", name, s, err)
		}
	}
}

// TestMemory: work without rows is open until it is written, and a write that fails
// loses nothing.
func TestMemory(t *testing.T) {
	t.Parallel()
	h := open(t)
	q := osprey.Quota{Monthly: map[osprey.QuotaName]int64{osprey.QuotaLite: 2, osprey.QuotaQuality: 0}}
	id, _ := h.company("acme", q)
	ask := func(kind osprey.AnalysisType) (*usage.Ticket, error) {
		return h.Reserve(context.Background(), id, "u", osprey.SourceLite, map[osprey.AnalysisType]int64{kind: 1})
	}
	one, err := ask(osprey.AnalysisQuality) // all Lite calls count for one quota
	h.must(err)
	two, err := ask(osprey.AnalysisBiometry)
	h.must(err)
	if _, err := ask(osprey.AnalysisBiometry); !osprey.IsCode(err, osprey.CodeRateLimited) {
		t.Errorf("a third: %v", err)
	}
	one.End(nil, nil) // given up
	three, err := ask(osprey.AnalysisQuality)
	h.must(err)
	two.End(map[osprey.AnalysisType]int64{osprey.AnalysisBiometry: 1}, nil)
	three.End(nil, map[osprey.AnalysisType]int64{osprey.AnalysisQuality: 1})
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if err := h.Flush(gone); err == nil {
		t.Error("a flush without time went well")
	}
	last, err := ask(osprey.AnalysisQuality)
	h.must(err)
	if _, err := ask(osprey.AnalysisQuality); !osprey.IsCode(err, osprey.CodeRateLimited) {
		t.Errorf("what is not written yet does not count: %v", err)
	}
	last.End(map[osprey.AnalysisType]int64{osprey.AnalysisQuality: 1}, nil)
	h.must(h.Flush(context.Background()))
	h.must(h.Flush(context.Background()))
	if r := h.report(all, usage.Query{Company: id}); r.Totals != (store.Units{Done: 2, Failed: 1}) {
		t.Errorf("%+v", r.Totals)
	}
}

// TestHeld: persons and bytes are limited whatever the overage says, and marks are told.
func TestHeld(t *testing.T) {
	t.Parallel()
	h := open(t)
	bytes := int64(1000)
	id, _ := h.company("acme", osprey.Quota{MaxStorageBytes: &bytes, Overage: osprey.OverageAllow})
	var last string
	store1 := func(n int64) error {
		last = string(h.ids.New())
		return h.write(func(tx *store.Tx) error {
			if err := tx.AddBlobStored(id, map[string]int64{last: n}); err != nil {
				return err
			}
			return h.Grow(tx, id, 0, n)
		})
	}
	h.must(store1(790))
	if len(h.told) != 0 {
		t.Errorf("told too early: %+v", h.told)
	}
	h.must(store1(210))
	if len(h.told) != 2 || h.told[1].Name != osprey.QuotaStorage || h.told[1].Used != 1000 {
		t.Errorf("told %+v", h.told)
	}
	ratio := func(want float64) {
		t.Helper()
		if got, err := h.QuotaRatios(context.Background()); err != nil || got["max_storage_bytes"] != want {
			t.Errorf("%v, %v, want %v", got, err, want)
		}
	}
	ratio(1)
	h.must(h.write(func(tx *store.Tx) error { return tx.AddBlobErase([]string{last}) }))
	ratio(.79)
	h.must(store1(210))
	err := store1(1)
	if e := osprey.ErrorOf(err); e.Code != osprey.CodeTooLarge || e.Details["field"] != "quota.max_storage_bytes" || e.Details["reason"] != "quota_exceeded" {
		t.Errorf("one byte more: %v", err)
	}
	h.must(h.st.Read(context.Background(), osprey.Everything(), func(tx *store.Tx) error {
		if n, err := tx.StoredBytes(id); err != nil || n != 1000 {
			t.Errorf("%d bytes are stored, %v", n, err)
		}
		if err := h.MayGrow(tx, id, 1, 1); !osprey.IsCode(err, osprey.CodeTooLarge) {
			t.Errorf("the first look: %v", err)
		}
		return h.MayGrow(tx, id, 1, 0)
	}))
}

// TestGrown: bytes that came without asking are told of and never refused.
func TestGrown(t *testing.T) {
	t.Parallel()
	h := open(t)
	limit := int64(1000)
	id, _ := h.company("acme", osprey.Quota{MaxStorageBytes: &limit})
	free, _ := h.company("free", osprey.Quota{})
	come := func(id osprey.ID, n int64) {
		t.Helper()
		h.must(h.write(func(tx *store.Tx) error {
			if err := tx.AddBlobStored(id, map[string]int64{string(h.ids.New()): n}); err != nil {
				return err
			}
			return h.Grown(tx, id, n)
		}))
	}
	come(id, 790)
	come(free, 5000)
	if len(h.told) != 0 {
		t.Errorf("told too early: %+v", h.told)
	}
	come(id, 110)
	come(id, 300) // beyond the limit
	come(id, 1)
	if len(h.told) != 2 || h.told[0].Event != osprey.EventQuotaWarning || h.told[0].Used != 900 ||
		h.told[1].Event != osprey.EventQuotaReached || h.told[1].Name != osprey.QuotaStorage || h.told[1].Used != 1200 {
		t.Errorf("told %+v", h.told)
	}
	if err := h.write(func(tx *store.Tx) error { return h.MayGrow(tx, id, 0, 1) }); !osprey.IsCode(err, osprey.CodeTooLarge) {
		t.Errorf("what asks: %v", err)
	}
}

func TestKeep(t *testing.T) {
	t.Parallel()
	h := open(t)
	id, f := h.company("acme", osprey.Quota{})
	a, err := h.start(f, 1)
	h.must(err)
	h.finish(f, a, osprey.StateFinished, osprey.ResolutionSuccess)
	h.must(h.Keep(context.Background()))
	r := h.report(all, usage.Query{Group: store.UsageGroup{Day: true, Company: true}})
	if len(r.Gauges) != 1 || r.Gauges[0].Company != id || r.Gauges[0].Folders != 1 || r.Gauges[0].Day != "2026-10-30" {
		t.Errorf("%+v", r.Gauges)
	}
	h.clock.set(time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC))
	h.must(h.Keep(context.Background()))
	if r := h.report(all, usage.Query{Company: id}); r.Totals.Done != 1 {
		t.Errorf("after the users were forgotten: %+v", r.Totals)
	}
}

func TestReportBounds(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, q := range []usage.Query{{From: "2026-01-02", To: "2026-01-01"}, {From: "2026-01-01", To: "2027-01-02"}} {
		if _, err := h.Report(context.Background(), all, q); !osprey.IsCode(err, osprey.CodeInvalidValue) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if _, err := h.Report(context.Background(), all, usage.Query{From: "2028-01-01", To: "2028-12-31"}); err != nil {
		t.Errorf("a leap year: %v", err)
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	got := string(usage.CSV(usage.Report{Rows: []store.UsageRow{
		{Period: "2026-01", Company: "c", Type: osprey.AnalysisQuality, Source: osprey.SourceAPI, Units: store.Units{Done: 3, Failed: 2, Over: 1}},
		{Period: "=HYPERLINK(1)", Company: "@a,b", Source: "-1"},
	}}))
	want := "period,company_id,type,source,units,failed,over_quota\r\n2026-01,c,QUALITY,api,3,2,1\r\n'=HYPERLINK(1),\"'@a,b\",,'-1,0,0,0\r\n"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
