package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/store/migration"
)

func TestSchemaVersions(t *testing.T) {
	t.Parallel()
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "osprey.db")
	if _, err := Open(ctx, Options{Path: path, NoMigrate: true}); !isSchemaError(err, 0) {
		t.Errorf("an empty database without migrating: %v", err)
	}
	h := openAt(t, path, newClock())
	h.build("acme")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(ctx, Options{Path: path, NoMigrate: true})
	if err != nil {
		t.Fatalf("at the newest version: %v", err)
	}
	if _, err := again.DB().ExecContext(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)"); err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = Open(ctx, Options{Path: path})
	if !isSchemaError(err, 9999) || !strings.Contains(err.Error(), "schema version 9999, this build knows only") {
		t.Errorf("a newer database: %v", err)
	}
}

func isSchemaError(err error, found int64) bool {
	var e *SchemaError
	return errors.As(err, &e) && e.Found == found && e.Error() != ""
}

// TestKeepCopy: the copy made before migrating is a whole database.
func TestKeepCopy(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.build("acme")
	for range 2 { // the second replaces what an interrupted start left
		if err := h.keepCopy(context.Background(), 1); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(h.path + ".before-1")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	kept := openAt(t, h.path+".before-1", h.clock)
	if kept.companies() != 1 {
		t.Error("the copy is not whole")
	}
	kept.whole()
}

// TestDropOldCopies: the copies from before migrations go after 30 days, and nothing
// else beside the database does.
func TestDropOldCopies(t *testing.T) {
	t.Parallel()
	h := open(t)
	now := h.clock.Now()
	for name, age := range map[string]time.Duration{
		".before-1": 31 * 24 * time.Hour, ".before-2": 30 * 24 * time.Hour, ".before-3": 29 * 24 * time.Hour,
		".before-x": 99 * 24 * time.Hour, ".before-": 99 * 24 * time.Hour, ".bak": 99 * 24 * time.Hour,
	} {
		err := os.WriteFile(h.path+name, []byte("a"), 0o600)
		if err := errors.Join(err, os.Chtimes(h.path+name, now.Add(-age), now.Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := h.DropOldCopies(); n != 2 || err != nil {
		t.Errorf("%d copies went, %v", n, err)
	}
	for name, want := range map[string]bool{"": true, ".before-1": false, ".before-2": false, ".before-3": true, ".before-x": true, ".before-": true, ".bak": true} {
		if _, err := os.Stat(h.path + name); (err == nil) != want {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestMigrationsForPostgreSQL: the schema says BYTEA there and is otherwise the
// same.
func TestMigrationsForPostgreSQL(t *testing.T) {
	t.Parallel()
	lite, pg := migration.Files("BLOB"), migration.Files("BYTEA")
	names, err := fs.Glob(pg, "*.sql")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, n := range names {
		a, err1 := fs.ReadFile(lite, n)
		b, err2 := fs.ReadFile(pg, n)
		if errors.Join(err1, err2) != nil || strings.Contains(string(b), "BLOB") ||
			strings.ReplaceAll(string(a), "BLOB", "BYTEA") != string(b) {
			t.Errorf("%s: %v %v", n, err1, err2)
		}
	}
	if err := fstest.TestFS(lite, names...); err != nil {
		t.Error(err)
	}
}

// TestHotPathsUseIndexes asks SQLite how it would run what every request runs.
func TestHotPathsUseIndexes(t *testing.T) {
	t.Parallel()
	h := open(t)
	for name, sql := range map[string]string{
		"session by access": `SELECT 1 FROM session JOIN account ON account.id = session.user_id LEFT JOIN company ON company.id = account.company_id
			WHERE (session.access_hash = ?1 OR (session.next_access_hash = ?1 AND session.next_access_hash <> '')) AND (session.company_id = ?2 OR ?2 = '*')`,
		"session by refresh":   `SELECT 1 FROM session WHERE ((refresh_hash = ?1 AND refresh_hash <> '') OR (next_refresh_hash = ?1 AND next_refresh_hash <> ''))`,
		"folders of a company": `SELECT * FROM folder WHERE company_id = ? ORDER BY created DESC, id DESC LIMIT 100`,
		"folders of a user":    `SELECT * FROM folder WHERE company_id = ? AND folder.user_id = ? ORDER BY created DESC, id DESC LIMIT 100`,
		"folders by metadata":  `SELECT * FROM folder WHERE company_id = ? AND (id IN (SELECT object_id FROM meta WHERE kind = ? AND term = ?)) ORDER BY created DESC, id DESC LIMIT 100`,
		"analyses by person":   `SELECT * FROM analysis WHERE company_id = ? AND (id IN (SELECT analysis_id FROM analysis_match WHERE person_id IN (?))) ORDER BY created DESC, id DESC LIMIT 100`,
		"persons":              `SELECT * FROM person WHERE company_id = ? AND person.collection_id IN (?) ORDER BY created DESC, id DESC LIMIT 100`,
		"photo by either id":   `SELECT * FROM person_image WHERE (person_image.id = ?1 OR person_image.media_id = ?1) AND person_image.person_id = ?2`,
		"gallery":              `SELECT t.template FROM person_template t JOIN person_image i ON i.id = t.image_id WHERE t.collection_id = ? AND t.image_id > ? ORDER BY t.image_id LIMIT 100`,
		"changes":              `SELECT version FROM collection_change WHERE collection_id = ? AND version > ? ORDER BY version LIMIT 100`,
		"overdue":              `SELECT * FROM analysis WHERE state = 'PROCESSING' AND created < ? ORDER BY created, id LIMIT 100`,
		"open":                 `SELECT COUNT(*) FROM analysis WHERE state = 'PROCESSING'`,
		"references":           `SELECT 1 FROM analysis_match WHERE image_id = ?`,
		"data keys":            `SELECT * FROM data_key WHERE company_id = ? AND purpose = ?`,
	} {
		h.see(osprey.Everything(), func(tx *Tx) error {
			rows, err := tx.SQL().QueryContext(tx.Context(), "EXPLAIN QUERY PLAN "+sql, make([]any, strings.Count(strings.ReplaceAll(strings.ReplaceAll(sql, "?1", "?"), "?2", "?"), "?"))...)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return nil
			}
			defer func() { _ = rows.Close() }()
			for rows.Next() {
				var id, parent, unused int
				var step string
				if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
					return err
				}
				if strings.HasPrefix(step, "SCAN") && !strings.Contains(step, "INDEX") || strings.Contains(step, "TEMP B-TREE") {
					t.Errorf("%s: %s", name, step)
				}
			}
			return rows.Err()
		})
	}
}
