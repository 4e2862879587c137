package analysis_test

import (
	"context"
	"errors"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/testhouse"
)

// TestWhatIsRefused: a start that cannot run is refused as a whole, with field,
// reason and bound.
func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	s := onStage(t, testhouse.Options{Idle: true})
	f, ids := s.folder(upload{name: "video", kind: osprey.MediaVideo}, upload{name: "back", tags: []string{"photo_id_back"}},
		upload{name: "front", tags: []string{"photo_id_front"}})
	bare, _ := s.folder(upload{name: "video", kind: osprey.MediaVideo})
	_, foreign := s.folder(upload{name: "foreign"})
	high, low := .9, .5
	for name, tt := range map[string]struct {
		folder osprey.ID
		r      analysis.Request
		code   osprey.Code
		want   osprey.Details
	}{
		"one face to compare":           {bare, analysis.Request{Type: osprey.AnalysisBiometry}, osprey.CodeInvalidValue, osprey.Details{"field": "analyses.1.source_media", "reason": "not_enough_media", "limit": 2, "actual": 1}},
		"one face to compare, named":    {f, analysis.Request{Type: osprey.AnalysisBiometry, Source: ids[:1], SourceIndex: []int{0}}, osprey.CodeInvalidValue, osprey.Details{"field": "analyses.1.source_media", "reason": "not_enough_media", "limit": 2, "actual": 1}},
		"no document":                   {bare, analysis.Request{Type: osprey.AnalysisDocuments}, osprey.CodeInvalidValue, osprey.Details{"field": "analyses.1.source_media", "reason": "not_enough_media", "limit": 1, "actual": 0}},
		"a video as document":           {f, analysis.Request{Type: osprey.AnalysisDocuments, Source: []osprey.ID{ids[2], ids[0]}, SourceIndex: []int{0, 3}}, osprey.CodeInvalidValue, osprey.Details{"field": "analyses.1.source_media.3", "reason": "media_type"}},
		"another folder's":              {f, analysis.Request{Type: osprey.AnalysisQuality, Source: foreign, SourceIndex: []int{2}}, osprey.CodeNotExist, osprey.Details{"field": "analyses.1.source_media.2"}},
		"a band upside down":            {f, analysis.Request{Type: osprey.AnalysisBiometry, ThresholdMin: &high, ThresholdMax: &low}, osprey.CodeInvalidValue, osprey.Details{"field": "analyses.1.params.threshold_min"}},
		"no collection to search":       {f, analysis.Request{Type: osprey.AnalysisCollection}, osprey.CodeInvalidValue, osprey.Details{"field": "analyses.1.collection_id", "reason": "no_collection"}},
		"nothing that could be watched": {bare, analysis.Request{Type: osprey.AnalysisQuality, Source: nil}, 0, nil},
	} {
		// The first entry is good: it is not started either.
		_, err := s.Analyses.Start(t.Context(), s.g, tt.folder, []analysis.Request{{Type: osprey.AnalysisQuality}, tt.r})
		if tt.want == nil {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		e := osprey.ErrorOf(err)
		if e.Code != tt.code {
			t.Errorf("%s: %v, want code %d", name, err, tt.code)
		}
		for key, want := range tt.want {
			if e.Details[key] != want {
				t.Errorf("%s: details %v, want %s = %v", name, e.Details, key, want)
			}
		}
	}
	if all, total, err := s.Analyses.List(t.Context(), s.g, store.Query{Limit: 9}); err != nil || total != 2 {
		t.Errorf("%d were started: %+v, %v", total, all, err)
	}
}

// TestWhatIsTaken: which media each type takes by itself, and the params in force.
func TestWhatIsTaken(t *testing.T) {
	t.Parallel()
	s := onStage(t, testhouse.Options{Idle: true, Thresholds: func(o *osprey.Thresholds) {
		o.GesturePolicy, o.RequireTake = osprey.GestureEnforce, true
	}})
	if _, err := s.Collections.Create(t.Context(), s.g, newCollection("list")); err != nil {
		t.Fatal(err)
	}
	f, _ := s.folder(upload{name: "video", kind: osprey.MediaVideo}, upload{name: "selfie"},
		upload{name: "back", tags: []string{"photo_id_back"}}, upload{name: "front", tags: []string{"photo_id_front"}})
	strict := .2
	started, err := s.Analyses.Start(t.Context(), s.g, f, []analysis.Request{
		{Type: osprey.AnalysisQuality, ThresholdSpoofing: &strict},
		{Type: osprey.AnalysisBiometry},
		{Type: osprey.AnalysisCollection, TopK: 5},
		{Type: osprey.AnalysisDocuments, RequireMRZ: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		media []string
		good  func(p osprey.AnalysisParams) bool
	}{
		{[]string{"video", "selfie"}, func(p osprey.AnalysisParams) bool {
			return p.ThresholdSpoofing == .2 && p.ExtractBestShot && p.GesturePolicy == osprey.GestureEnforce && p.InjectionMode == osprey.InjectionScore && p.RequireTake
		}},
		{[]string{"video", "selfie", "front"}, func(p osprey.AnalysisParams) bool {
			return p.ThresholdMin == testhouse.Threshold && p.ThresholdMax == testhouse.Threshold
		}},
		{[]string{"video", "selfie", "front"}, func(p osprey.AnalysisParams) bool {
			return p.TopK == 5 && p.CompanyThreshold == testhouse.Threshold
		}},
		{[]string{"back", "front"}, func(p osprey.AnalysisParams) bool { return p.RequireMRZ && !p.AllowExpired }},
	} {
		a := started[i]
		ok := len(a.Source) == len(want.media)
		for n := 0; ok && n < len(a.Source); n++ {
			ok = a.Source[n].OriginalName == want.media[n]
		}
		if !ok || !want.good(a.Params) || a.Group != started[0].Group || a.Standing() != osprey.Started() {
			t.Errorf("%s takes %+v with %+v", a.Type, a.Source, a.Params)
		}
	}
}

// TestMediaThatVanish: a medium that is erased between start and run ends the
// analysis with its reason.
func TestMediaThatVanish(t *testing.T) {
	t.Parallel()
	s := onStage(t, testhouse.Options{Idle: true, RetryMax: 3})
	s.observe = func(context.Context, string, look.Medium, look.Want) (*look.Observation, error) {
		return nil, errors.New("nothing is to be looked at")
	}
	f, ids := s.folder(upload{name: "a"}, upload{name: "b"})
	var started []osprey.Analysis
	for _, kind := range []osprey.AnalysisType{osprey.AnalysisQuality, osprey.AnalysisBiometry, osprey.AnalysisDocuments} {
		a, err := s.Analyses.Start(t.Context(), s.g, f, []analysis.Request{{Type: kind}})
		if err != nil {
			t.Fatal(err)
		}
		started = append(started, a...)
	}
	s.Write(func(tx *store.Tx) error { return tx.DeleteMedia(ids[0]) }) // what the API refuses while they run
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, a := range started {
		a, err := s.Analyses.Wait(t.Context(), s.g, a.ID, patience)
		if err != nil || a.State != osprey.StateFailed || *a.ErrorCode != osprey.CodeInvalidValue || a.Run != 1 || a.Technical["error_reason"] != "not_enough_media" || a.Technical["error_media_id"] != string(ids[0]) {
			t.Errorf("%s: %s, code %v, %d tries, %v, %v", a.Type, a.State, a.ErrorCode, a.Run, a.Technical, err)
		}
	}
	s.Whole()
}

// TestCancelledLook: deleting an analysis ends the look that it waits for, and a
// look that waits for its turn too.
func TestCancelledLook(t *testing.T) {
	t.Parallel()
	s := onStage(t, testhouse.Options{Workers: 2, RetryMax: 3})
	entered := make(chan struct{}, 4)
	s.observe = func(ctx context.Context, _ string, _ look.Medium, _ look.Want) (*look.Observation, error) {
		entered <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	f, _ := s.folder(upload{name: "a"})
	started, err := s.Analyses.Start(t.Context(), s.g, f, []analysis.Request{{Type: osprey.AnalysisQuality}, {Type: osprey.AnalysisQuality}})
	if err != nil {
		t.Fatal(err)
	}
	<-entered
	for _, a := range started {
		if err := s.Analyses.Delete(t.Context(), s.g, a.ID); err != nil {
			t.Error(err)
		}
	}
	drain(t, s.House)
	s.Whole()
}
