package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"example.org/osprey"
)

// Problem is one disagreement that Verify found.
type Problem struct {
	Check  string // short name
	Detail string // ids and counts only
}

// maxProblems bounds what one check reports.
const maxProblems = 100

// Verify checks the database against itself, in one snapshot: SQLite's own
// integrity and foreign keys, every counter against the rows it counts, the change
// logs without gaps, the copied company and owner columns against their origin,
// searchable rows against the metadata, matches against results, and the words of
// folders against their analyses. It reads everything: it is for `osprey check`.
func (s *Store) Verify(ctx context.Context) ([]Problem, error) {
	var problems []Problem
	err := s.Read(ctx, osprey.Everything(), func(tx *Tx) error {
		for _, check := range []func(*Tx) ([]Problem, error){
			checkIntegrity, checkForeignKeys, checkRows, checkFolders, checkMatches, checkMetadata,
		} {
			found, err := check(tx)
			if err != nil {
				return err
			}
			problems = append(problems, found...)
		}
		return nil
	})
	return problems, err
}

func checkIntegrity(tx *Tx) ([]Problem, error) {
	lines, err := readLines(tx, fmt.Sprintf("PRAGMA integrity_check(%d)", maxProblems))
	if err != nil || len(lines) == 1 && lines[0] == "ok" {
		return nil, err
	}
	return problemsOf("integrity", lines), nil
}

func checkForeignKeys(tx *Tx) (problems []Problem, err error) {
	rows, err := tx.tx.QueryContext(tx.ctx, "PRAGMA foreign_key_check")
	if err != nil {
		return nil, tx.fail(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() && len(problems) < maxProblems {
		var table, parent string
		var row sql.NullInt64
		var key int
		if err := rows.Scan(&table, &row, &parent, &key); err != nil {
			return nil, tx.fail(err)
		}
		problems = append(problems, Problem{"foreign_key", fmt.Sprintf("%s row %d names no %s", table, row.Int64, parent)})
	}
	return problems, tx.fail(rows.Err())
}

// rowChecks are queries that list what is wrong, one text a row.
var rowChecks = []struct{ name, sql string }{
	{"collection_persons", `SELECT c.id || ' says ' || c.persons || ' persons' FROM collection c
		WHERE c.persons <> (SELECT COUNT(*) FROM person p WHERE p.collection_id = c.id)`},
	{"collection_images", `SELECT c.id || ' says ' || c.images || ' photos' FROM collection c
		WHERE c.images <> (SELECT COUNT(*) FROM person_image i WHERE i.collection_id = c.id)`},
	{"person_images", `SELECT p.id || ' says ' || p.images || ' photos' FROM person p
		WHERE p.images <> (SELECT COUNT(*) FROM person_image i WHERE i.person_id = p.id)`},
	{"change_log", `SELECT c.id || ' is at version ' || c.version || ', pruned to ' || c.pruned FROM collection c
		WHERE c.version - c.pruned <> (SELECT COUNT(*) FROM collection_change x
			WHERE x.collection_id = c.id AND x.version > c.pruned AND x.version <= c.version)
		OR EXISTS (SELECT 1 FROM collection_change x
			WHERE x.collection_id = c.id AND (x.version > c.version OR x.version <= c.pruned))`},
	{"person_company", `SELECT p.id FROM person p JOIN collection c ON c.id = p.collection_id
		WHERE p.company_id <> c.company_id`},
	{"image_person", `SELECT i.id FROM person_image i LEFT JOIN person p ON p.id = i.person_id
		WHERE p.id IS NULL OR p.collection_id <> i.collection_id OR p.company_id <> i.company_id`},
	{"image_template", `SELECT i.id FROM person_image i LEFT JOIN person_template t ON t.image_id = i.id
		WHERE t.image_id IS NULL OR t.collection_id <> i.collection_id OR LENGTH(t.template) = 0`},
	{"media_folder", `SELECT m.id FROM media m JOIN folder f ON f.id = m.folder_id
		WHERE m.company_id <> f.company_id OR m.owner_id <> f.user_id`},
	{"media_analysis", `SELECT m.id FROM media m
		LEFT JOIN analysis a ON a.id = m.analysis_id LEFT JOIN media s ON s.id = m.source_id
		WHERE (m.analysis_id IS NULL) <> (m.type <> 'IMAGE_RESULT_ANALYSIS_SINGLE')
			OR (m.analysis_id IS NULL) <> (m.source_id IS NULL)
			OR m.analysis_id IS NOT NULL AND (a.id IS NULL OR a.folder_id <> m.folder_id OR a.state <> 'FINISHED'
				OR s.id IS NULL OR s.folder_id <> m.folder_id)`},
	{"analysis_folder", `SELECT a.id FROM analysis a JOIN folder f ON f.id = a.folder_id
		WHERE a.company_id <> f.company_id OR a.owner_id <> f.user_id OR NOT f.had_analysis`},
	{"match_analysis", `SELECT m.analysis_id || ' and ' || m.image_id FROM analysis_match m
		JOIN analysis a ON a.id = m.analysis_id JOIN person_image i ON i.id = m.image_id
		WHERE a.state <> 'FINISHED' OR m.folder_id <> a.folder_id OR m.owner_id <> a.owner_id
			OR m.company_id <> a.company_id OR i.company_id <> a.company_id OR i.collection_id <> m.collection_id`},
	{"meta_object", `SELECT DISTINCT m.kind || ' ' || m.object_id FROM meta m WHERE NOT (
		m.kind = 'company' AND EXISTS (SELECT 1 FROM company o WHERE o.id = m.object_id)
		OR m.kind = 'user' AND EXISTS (SELECT 1 FROM account o WHERE o.id = m.object_id)
		OR m.kind = 'folder' AND EXISTS (SELECT 1 FROM folder o WHERE o.id = m.object_id)
		OR m.kind = 'media' AND EXISTS (SELECT 1 FROM media o WHERE o.id = m.object_id)
		OR m.kind = 'analysis' AND EXISTS (SELECT 1 FROM analysis o WHERE o.id = m.object_id)
		OR m.kind = 'collection' AND EXISTS (SELECT 1 FROM collection o WHERE o.id = m.object_id)
		OR m.kind = 'person' AND EXISTS (SELECT 1 FROM person o WHERE o.id = m.object_id)
		OR m.kind = 'person_image' AND EXISTS (SELECT 1 FROM person_image o WHERE o.id = m.object_id))`},
	{"blob_erase_named", `SELECT e.blob_key FROM blob_erase e WHERE
		EXISTS (SELECT 1 FROM media x WHERE x.blob_key = e.blob_key)
		OR EXISTS (SELECT 1 FROM media x WHERE x.thumb_key = e.blob_key)
		OR EXISTS (SELECT 1 FROM media x WHERE x.preview_key = e.blob_key)
		OR EXISTS (SELECT 1 FROM person_image x WHERE x.blob_key = e.blob_key)
		OR EXISTS (SELECT 1 FROM person_image x WHERE x.thumb_key = e.blob_key)
		OR EXISTS (SELECT 1 FROM report x WHERE x.blob_key = e.blob_key)
		OR EXISTS (SELECT 1 FROM template_attachment x WHERE x.blob_key = e.blob_key)`},
	{"report_owner", `SELECT r.id FROM report r JOIN folder f ON f.id = r.folder_id
		WHERE r.company_id <> f.company_id OR r.owner_id <> f.user_id`},
	{"stored_bytes", `SELECT c.company_id || ' says ' || c.bytes || ' bytes' FROM company_stored c
		WHERE c.bytes <> (SELECT COALESCE(SUM(b.bytes), 0) FROM blob_stored b WHERE b.company_id = c.company_id)`},
	{"blob_stored_erased", `SELECT s.blob_key FROM blob_stored s JOIN blob_erase e ON e.blob_key = s.blob_key`},
	{"analysis_units", `SELECT a.id FROM analysis a
		WHERE a.units <> (SELECT COUNT(*) FROM analysis_media m WHERE m.analysis_id = a.id)`},
	{"audit_head", `SELECT c.chain || ' ends at ' || c.seq FROM audit_chain c
		WHERE c.seq <> (SELECT COALESCE(MAX(r.seq), 0) FROM audit_record r WHERE r.chain = c.chain)
		OR c.seq > 0 AND c.hash <> (SELECT r.hash FROM audit_record r WHERE r.chain = c.chain AND r.seq = c.seq)`},
}

func checkRows(tx *Tx) ([]Problem, error) {
	var problems []Problem
	for _, c := range rowChecks {
		lines, err := readLines(tx, c.sql+fmt.Sprintf(" LIMIT %d", maxProblems))
		if err != nil {
			return nil, err
		}
		problems = append(problems, problemsOf(c.name, lines)...)
	}
	return problems, nil
}

func problemsOf(check string, details []string) []Problem {
	out := make([]Problem, len(details))
	for i, d := range details {
		out[i] = Problem{check, d}
	}
	return out
}

func readLines(tx *Tx, query string) (lines []string, err error) {
	rows, err := tx.tx.QueryContext(tx.ctx, query)
	if err != nil {
		return nil, tx.fail(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, tx.fail(err)
		}
		lines = append(lines, s)
	}
	return lines, tx.fail(rows.Err())
}
