package osprey_test

import (
	"strings"
	"testing"

	"example.org/osprey"
)

func TestReportTemplateBounds(t *testing.T) {
	good := osprey.ReportTemplate{Name: "std", Title: "Check", Locale: osprey.LocaleEnglish, Sections: osprey.ReportSections()}
	for name, c := range map[string]struct {
		change func(*osprey.ReportTemplate)
		field  string // "" when it is fine
	}{
		"as it is": {func(*osprey.ReportTemplate) {}, ""},
		"longest": {func(r *osprey.ReportTemplate) {
			r.Name = strings.Repeat("é", 200)
			r.Footer = strings.Repeat("ж", 500)
		}, ""},
		"one section":        {func(r *osprey.ReportTemplate) { r.Sections = []osprey.ReportSection{"metadata"} }, ""},
		"no name":            {func(r *osprey.ReportTemplate) { r.Name = "" }, "name"},
		"long name":          {func(r *osprey.ReportTemplate) { r.Name = strings.Repeat("a", 201) }, "name"},
		"line feed in title": {func(r *osprey.ReportTemplate) { r.Title = "a\nb" }, "title"},
		"long footer":        {func(r *osprey.ReportTemplate) { r.Footer = strings.Repeat("a", 501) }, "footer"},
		"no section":         {func(r *osprey.ReportTemplate) { r.Sections = nil }, "sections"},
		"unknown section":    {func(r *osprey.ReportTemplate) { r.Sections = []osprey.ReportSection{"scores"} }, "sections"},
		"section twice":      {func(r *osprey.ReportTemplate) { r.Sections = []osprey.ReportSection{"media", "media"} }, "sections"},
	} {
		r := good
		c.change(&r)
		err := r.Check()
		if c.field == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		e := osprey.ErrorOf(err)
		if e == nil || e.Code != osprey.CodeInvalidValue || e.Details["field"] != c.field {
			t.Errorf("%s: %v, want code 4 at %s", name, err, c.field)
		}
	}
}

func TestReportableOnlyWhenNothingRuns(t *testing.T) {
	done := osprey.Analysis{State: osprey.StateFinished}
	failed := osprey.Analysis{State: osprey.StateFailed}
	running := osprey.Analysis{State: osprey.StateProcessing}
	if err := osprey.Reportable([]osprey.Analysis{done, failed}); err != nil {
		t.Errorf("ended analyses: %v", err)
	}
	if err := osprey.Reportable(nil); err != nil {
		t.Errorf("no analyses: %v", err)
	}
	err := osprey.Reportable([]osprey.Analysis{done, running, running})
	e := osprey.ErrorOf(err)
	if e == nil || e.Code != osprey.CodeConflict || e.Details["reason"] != "analyses_running" || e.Details["actual"] != 2 {
		t.Errorf("running analyses: %v", err)
	}
}
