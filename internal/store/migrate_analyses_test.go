package store

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"example.org/osprey"
	"example.org/osprey/internal/store/migration"
)

// groundFloor are rows as the first version of the schema left them: a folder with
// two media that were looked at, a finished COLLECTION analysis and one that waits.
const groundFloor = `
INSERT INTO company (id, name, name_fold, active, require_consent, settings, metadata, technical, created, updated)
VALUES ('c', 'acme', 'acme', TRUE, FALSE, '{}', '{}', '{}', 1, 1);
INSERT INTO folder (id, company_id, user_id, status, system_resolution, resolution_time, operator_status, author_id, cleared, had_analysis, metadata, technical, created, updated)
VALUES ('f', 'c', 'u', 'PROCESSING', 'PROCESSING', 0, '', '', FALSE, TRUE, '{}', '{}', 1, 1);
INSERT INTO media (id, folder_id, company_id, owner_id, type, part, original_name, tags, info, sha256, blob_key, thumb_key, cleared, metadata, technical, created, updated)
VALUES ('m1', 'f', 'c', 'u', 'IMAGE_FOLDER', 'image1', 'a.jpg', '["photo_selfie"]', '{"md5":"0","size":9,"mime-type":"image/jpeg","width":3,"height":4}', '0', 'b1', 't1', FALSE, '{}', '{}', 1, 1),
       ('m2', 'f', 'c', 'u', 'IMAGE_FOLDER', 'image2', 'b.jpg', '[]', '{"md5":"1","size":9,"mime-type":"image/png","width":5,"height":6}', '1', 'b2', 't2', FALSE, '{}', '{}', 2, 2);
INSERT INTO look (media_id, model, seen, company_id, template, quality, face, created)
VALUES ('m1', 'model', 'dominant', 'c', x'01', '{}', '{}', 1);
INSERT INTO analysis (id, group_id, folder_id, company_id, owner_id, type, state, resolution, system_resolution, operator_status, operator_id, operator_time, source, params, result, error_message, run, metadata, technical, created, updated, finished)
VALUES ('a1', 'g1', 'f', 'c', 'u', 'COLLECTION', 'FINISHED', 'SUCCESS', 'SUCCESS', '', '', 0, '[{"media":"m1","type":"IMAGE_FOLDER","original_name":"a.jpg","tags":[]}]',
        '{"top_k":3,"company_threshold":0.85}', '{"matched":false,"min":0.25,"max":0.5,"collections":[{"collection_id":"l","alias":"list","on_match":"decline","threshold":0.85,"persons_searched":7,"images_searched":9}],"media":[{"media":"m1","persons":[],"confidence":0.25}]}',
        '', 1, '{}', '{"run_ms":5}', 3, 4, 4),
       ('a2', 'g2', 'f', 'c', 'u', 'COLLECTION', 'PROCESSING', 'PROCESSING', 'PROCESSING', '', '', 0, '[]', '{"top_k":1,"company_threshold":0.85}', NULL, '', 0, '{}', '{}', 5, 5, 0);
`

// TestMigrateGroundFloor: a database of the first version keeps its analyses and
// media, and works on.
func TestMigrateGroundFloor(t *testing.T) {
	t.Parallel()
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "osprey.db")
	old := openWriter(path)
	versions, err := goose.NewProvider(goose.DialectSQLite3, old, migration.Files("BLOB"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := versions.UpTo(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := old.ExecContext(ctx, groundFloor); err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, Options{Path: path, NoMigrate: true}); !isSchemaError(err, 1) {
		t.Fatalf("without migrating: %v", err)
	}
	h := openAt(t, path, newClock())
	h.see(osprey.Within("c"), func(tx *Tx) error {
		done, err1 := tx.Analysis("a1")
		if r := done.Result; r == nil || r.Collection == nil || r.Quality != nil || *r.Collection.Max != 0.5 ||
			len(r.Collection.Collections) != 1 || r.Collection.Collections[0].Images != 9 || *r.Collection.Media[0].Confidence != 0.25 {
			t.Errorf("the result became %+v", r)
		}
		open, err2 := tx.Analysis("a2")
		if open.Result != nil || open.Params.TopK != 1 {
			t.Errorf("the running one became %+v", open)
		}
		media, total, err3 := tx.MediaList("f", Query{Limit: 9, Sort: CreatedAsc})
		if total != 2 || media[0].Info.Width != 3 || media[1].Info.MIME != "image/png" || media[0].Preview != "" || media[0].Analysis != "" {
			t.Errorf("the media became %+v", media)
		}
		if _, err := tx.Look("m1", "model", "dominant"); !errors.Is(err, ErrNotFound) {
			t.Errorf("a look without measures was kept: %v", err)
		}
		return errors.Join(err1, err2, err3)
	})
	h.whole()
	h.do(osprey.Within("c"), func(tx *Tx) error {
		shot := osprey.Media{ID: h.ids.New(), Folder: "f", Type: osprey.MediaImageResult, Analysis: "a1", Source: "m1", Blob: "b3"}
		return errors.Join(tx.InsertMedia(shot), tx.DeleteMedia("m1"))
	})
	if keys := h.erases(); len(keys) != 3 {
		t.Errorf("noted %v", keys)
	}
	h.whole()
	kept := openWriter(path + ".before-1")
	defer func() { _ = kept.Close() }()
	var result string
	if err := kept.QueryRowContext(ctx, "SELECT result FROM analysis WHERE id = 'a1'").Scan(&result); err != nil || result[:10] != `{"matched"` {
		t.Errorf("the copy made before holds %q, %v", result, err)
	}
}
