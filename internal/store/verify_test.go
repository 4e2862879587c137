package store

import (
	"context"
	"slices"
	"testing"
)

// TestVerifyFinds breaks one thing at a time.
func TestVerifyFinds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ check, sql string }{
		{"foreign_key", "PRAGMA foreign_keys = OFF; DELETE FROM person"},
		{"collection_persons", "UPDATE collection SET persons = 7"},
		{"collection_images", "UPDATE collection SET images = 7"},
		{"person_images", "UPDATE person SET images = 7"},
		{"change_log", "DELETE FROM collection_change WHERE version = 1"},
		{"change_log", "UPDATE collection SET version = 3"},
		{"change_log", "UPDATE collection_change SET version = 9 WHERE version = 2"},
		{"person_company", "UPDATE person SET company_id = 'x'"},
		{"image_person", "UPDATE person_image SET collection_id = 'x'"},
		{"image_template", "DELETE FROM person_template"},
		{"image_template", "UPDATE person_template SET template = x''"},
		{"media_folder", "UPDATE media SET owner_id = 'x'"},
		{"media_analysis", "UPDATE media SET type = 'IMAGE_FOLDER' WHERE analysis_id IS NOT NULL"},
		{"media_analysis", "UPDATE media SET analysis_id = NULL"},
		{"media_analysis", "UPDATE media SET source_id = NULL"},
		{"media_analysis", "UPDATE analysis SET state = 'PROCESSING'"},
		{"analysis_folder", "UPDATE folder SET had_analysis = FALSE"},
		{"match_analysis", "UPDATE analysis_match SET owner_id = 'x'"},
		{"match_analysis", "UPDATE analysis SET state = 'PROCESSING'"},
		{"match_result", "DELETE FROM analysis_match"},
		{"match_result", "UPDATE analysis SET result = NULL"},
		{"analysis_json", "UPDATE analysis SET result = '['"},
		{"meta_object", "PRAGMA foreign_keys = OFF; DELETE FROM folder"},
		{"meta_rows", "DELETE FROM meta WHERE kind = 'user'"},
		{"meta_rows", "UPDATE person SET metadata = '{}'"},
		{"folder_status", "UPDATE folder SET status = 'PROCESSING'"},
		{"folder_status", "UPDATE analysis SET resolution = 'SUCCESS'"},
		{"blob_erase_named", "INSERT INTO blob_erase SELECT thumb_key, 1 FROM person_image"},
		{"blob_erase_named", "INSERT INTO blob_erase SELECT preview_key, 1 FROM media WHERE preview_key <> ''"},
		{"audit_head", "UPDATE audit_chain SET seq = 2"},
		{"audit_head", "DELETE FROM audit_record"},
	} {
		t.Run(test.sql, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			e := h.build("acme")
			h.whole()
			h.extend(e)
			if _, err := h.DB().ExecContext(context.Background(), test.sql); err != nil {
				t.Fatal(err)
			}
			problems, err := h.Verify(context.Background())
			if err != nil || !slices.ContainsFunc(problems, func(p Problem) bool { return p.Check == test.check }) {
				t.Errorf("want %s, got %v, %v", test.check, problems, err)
			}
		})
	}
}
