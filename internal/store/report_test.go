package store

import (
	"errors"
	"slices"
	"testing"

	"example.org/osprey"
)

// TestReportsGoWithTheirFolder: a report and a template leave their files to the
// eraser, whatever takes them away, and a template leaves its reports.
func TestReportsGoWithTheirFolder(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		remove func(tx *Tx, e *estate) error
		file   func(e *estate) string
		stays  func(tx *Tx, e *estate) error
	}{
		"folder": {
			func(tx *Tx, e *estate) error { return tx.DeleteFolder(e.folder.ID) },
			func(e *estate) string { return e.report.Blob },
			func(tx *Tx, e *estate) error { _, err := tx.ReportTemplate(e.form.ID); return err },
		},
		"report": {
			func(tx *Tx, e *estate) error { return tx.DeleteReport(e.report.ID) },
			func(e *estate) string { return e.report.Blob },
			func(tx *Tx, e *estate) error { _, err := tx.Folder(e.folder.ID); return err },
		},
		"template": {
			func(tx *Tx, e *estate) error { return tx.DeleteReportTemplate(e.form.ID) },
			func(e *estate) string { return e.form.Attachments[0].Blob },
			func(tx *Tx, e *estate) error { _, err := tx.Report(e.report.ID); return err },
		},
		"logo": {
			func(tx *Tx, e *estate) error { return tx.DeleteAttachment(e.form.ID, e.form.Attachments[0].ID) },
			func(e *estate) string { return e.form.Attachments[0].Blob },
			func(tx *Tx, e *estate) error { _, err := tx.ReportTemplate(e.form.ID); return err },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			e, other := h.build("acme"), h.build("beta")
			h.do(osprey.Within(e.company.ID), func(tx *Tx) error { return tt.remove(tx, e) })
			waiting := h.erases()
			if !slices.Contains(waiting, tt.file(e)) || slices.Contains(waiting, tt.file(other)) {
				t.Errorf("%v wait for the eraser", waiting)
			}
			h.see(osprey.Within(e.company.ID), func(tx *Tx) error { return tt.stays(tx, e) })
			h.see(osprey.Within(other.company.ID), func(tx *Tx) error {
				_, err1 := tx.Report(other.report.ID)
				_, err2 := tx.Attachment(other.form.ID, other.form.Attachments[0].ID)
				return errors.Join(err1, err2)
			})
			h.whole()
		})
	}
}

// TestReportIsAddressedByItsOwner: company and owner come from the folder, whatever
// the row says.
func TestReportIsAddressedByItsOwner(t *testing.T) {
	t.Parallel()
	h := open(t)
	e, other := h.build("acme"), h.build("beta")
	r := e.report
	r.ID, r.Company, r.Owner = h.ids.New(), other.company.ID, other.user.ID
	h.do(osprey.Everything(), func(tx *Tx) error { return tx.InsertReport(r) })
	h.see(osprey.Within(e.company.ID), func(tx *Tx) error {
		got, err := tx.Report(r.ID)
		if got.Company != e.company.ID || got.Owner != e.user.ID {
			t.Errorf("%+v", got)
		}
		return err
	})
	r.ID, r.Folder = h.ids.New(), "nobody"
	if err := h.try(func(tx *Tx) error { return tx.InsertReport(r) }); !errors.Is(err, ErrNotFound) {
		t.Errorf("of no folder: %v", err)
	}
}
