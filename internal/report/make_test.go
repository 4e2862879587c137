package report_test

import (
	"errors"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/report"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/testhouse"
)

// TestNoReportWhileAnalysesRun, and none of a folder that is gone by the time the
// report is written; neither leaves a file.
func TestNoReportWhileAnalysesRun(t *testing.T) {
	t.Parallel()
	h := testhouse.New(t, testhouse.Options{})
	_, g := h.Company("acme")
	f, m := h.Medium(g, nil)
	s := report.NewService(report.Options{Store: h.Store, Blobs: h.Blobs, Audit: h.Audit.Append, IDs: h.IDs, Show: func(c report.Content) any {
		h.Write(func(tx *store.Tx) error { return tx.DeleteFolder(c.Folder.ID) }) // while the report is being written
		return c.Folder.ID
	}})
	before := len(h.Keys())
	running := osprey.Analysis{
		ID: h.IDs.New(), Group: h.IDs.New(), Folder: f.ID, Company: f.Company, Owner: f.User, Type: osprey.AnalysisQuality,
		State: osprey.StateProcessing, Resolution: osprey.ResolutionProcessing, System: osprey.ResolutionProcessing,
		Source: []osprey.SourceMedia{{Media: m.ID, Type: m.Type}},
	}
	h.Write(func(tx *store.Tx) error { return tx.InsertAnalysis(running) })
	_, err := s.Make(t.Context(), g, f.ID, report.Request{Format: osprey.ReportJSON})
	var e *osprey.Error
	if !errors.As(err, &e) || e.Code != osprey.CodeConflict || e.Details["reason"] != "analyses_running" {
		t.Errorf("while an analysis runs: %v", err)
	}
	refused := h.Audit.Events("report.create")
	if len(refused) != 1 || !refused[0].Denied || refused[0].Company != f.Company {
		t.Errorf("the refusal in the audit log: %+v", refused)
	}
	h.Write(func(tx *store.Tx) error { return tx.DeleteAnalysis(running.ID) })
	if _, err := s.Make(t.Context(), g, f.ID, report.Request{Format: osprey.ReportJSON}); !osprey.IsCode(err, osprey.CodeNotExist) {
		t.Errorf("of a folder that went: %v", err)
	}
	full := osprey.TooLarge("quota.max_storage_bytes", 1, 2, "quota_exceeded", "The company may store no more")
	poor := report.NewService(report.Options{
		Store: h.Store, Blobs: h.Blobs, Audit: h.Audit.Append, IDs: h.IDs, Show: func(report.Content) any { return "" },
		Quota: func(*store.Tx, osprey.ID, int64) error { return full },
	})
	other, _ := h.Medium(g, nil)
	if _, err := poor.Make(t.Context(), g, other.ID, report.Request{Format: osprey.ReportJSON}); !errors.Is(err, full) {
		t.Errorf("beyond the quota: %v", err)
	}
	h.Read(func(tx *store.Tx) error {
		_, n, err := tx.Reports(store.Query{})
		if n != 0 {
			t.Errorf("%d reports", n)
		}
		return err
	})
	if after := len(h.Keys()); after > before {
		t.Errorf("%d blobs, before %d", after, before)
	}
}
