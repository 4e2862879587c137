package e2e

import (
	"bytes"
	"database/sql"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/osprey/internal/testphoto"
)

// erasureBound is how long erased bytes may stay on the disk (api.md 7.6, 8.3).
const erasureBound = 60 * time.Second

// database opens the database file of the server for reading. While it is open the
// server cannot truncate its log: it is to be closed soon.
func (s *server) database(tb testing.TB) *sql.DB {
	tb.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(s.dir, "osprey.db")+"?mode=ro")
	if err != nil {
		tb.Fatal(err)
	}
	return db
}

// traces are what must not outlive an object, by what they are.
type traces map[string][]byte

// column adds the values of a query: sealed templates, say, or keys of blobs.
func (tr traces) column(tb testing.TB, db *sql.DB, what, query string, args ...any) (values []string) {
	tb.Helper()
	rows, err := db.Query(query, args...)
	if err != nil {
		tb.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var v []byte
		if err := rows.Scan(&v); err != nil {
			tb.Fatal(err)
		}
		if len(v) == 0 {
			continue
		}
		tr[fmt.Sprintf("%s %d", what, len(tr))] = v
		values = append(values, string(v))
	}
	if err := rows.Err(); err != nil || len(values) == 0 {
		tb.Fatalf("%s: nothing found, %v", what, err)
	}
	return values
}

// pieces are the parts of a trace by which it is known again: rows and blobs are cut
// at the ends of pages. Of a long trace some parts are enough.
func pieces(trace []byte) [][]byte {
	const piece, most = 24, 40
	if len(trace) < 2*piece {
		return [][]byte{trace}
	}
	var out [][]byte
	for at := 0; at+piece <= len(trace) && len(out) < most; at += piece {
		out = append(out, trace[at:at+piece])
	}
	return out
}

// found tells in which files of the data folder, or in whose names, traces are.
func (s *server) found(tb testing.TB, tr traces) map[string][]string {
	tb.Helper()
	out := make(map[string][]string)
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Type()&fs.ModeSocket != 0 {
			return nil //nolint:nilerr // it was erased while the folder was read
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil //nolint:nilerr // the same
		}
		name, _ := filepath.Rel(s.dir, path)
		for what, trace := range tr {
			if strings.Contains(name, string(trace)) || slices.ContainsFunc(pieces(trace), func(p []byte) bool { return bytes.Contains(raw, p) }) {
				out[what] = append(out[what], name)
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// rowsWith lists the tables in which an id still stands, those left out that keep it on
// purpose: the audit log for good, the job queue for the minute after a job's end.
func (s *server) rowsWith(tb testing.TB, ids map[string]string) (left []string) {
	tb.Helper()
	db := s.database(tb)
	defer db.Close()
	columns := columnsOf(tb, db)
	for what, id := range ids {
		for table, of := range columns {
			for _, column := range of {
				var n int
				if err := db.QueryRow(fmt.Sprintf(`SELECT COUNT(*) FROM %q WHERE instr(CAST(%q AS TEXT), ?) > 0`, table, column), id).Scan(&n); err != nil {
					tb.Fatal(err)
				}
				if n > 0 {
					left = append(left, fmt.Sprintf("%s: %d rows of %s.%s", what, n, table, column))
				}
			}
		}
	}
	slices.Sort(left)
	return left
}

// columnsOf lists the columns of the tables that rowsWith looks into.
func columnsOf(tb testing.TB, db *sql.DB) map[string][]string {
	tb.Helper()
	names, err := db.Query(`SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'`)
	if err != nil {
		tb.Fatal(err)
	}
	defer names.Close()
	columns := make(map[string][]string)
	for names.Next() {
		var table, column string
		if err := names.Scan(&table, &column); err != nil {
			tb.Fatal(err)
		}
		if !strings.HasPrefix(table, "audit_") && !strings.HasPrefix(table, "river_") && !strings.HasPrefix(table, "sqlite_") {
			columns[table] = append(columns[table], column)
		}
	}
	if err := names.Err(); err != nil || len(columns) < 20 {
		tb.Fatalf("%d tables, %v", len(columns), err)
	}
	return columns
}

// subject is what one company stores of somebody: persons, media, results, and words
// that stand nowhere else.
type subject struct {
	word                         string // in names of files and in metadata
	number                       string // of the document
	list, person, image, folder  string
	quality, documents, matched  string
	ids                          map[string]string
	photo, shot, thumbnail, film string // links
}

// enrol stores everything that can be stored of a subject.
func (c company) enrol(t *testing.T, word, number string) subject {
	t.Helper()
	p := people(t)
	named := func(part part) part { part.file = word + "-" + part.file; return part }
	o := subject{word: word, number: number, list: c.collection(t, object{"meta_data": object{"case": word + "-case"}})}
	added := c.ca.upload(t, persons(o.list), named(photo("image1", p.ada[0])), named(photo("image2", p.ada[1])), payload(object{
		"person:meta_data": object{"remark": word + "-remark"}, "media:meta_data": object{"image1": object{"shot": word + "-shot"}},
	})).want(201)
	o.person, o.image = added.id("person_id"), added.id("images.0.person_image_id")
	card := testphoto.Document(t, "card", passportOf(number, 5), 1000, p.ada[2])
	made := c.ca.upload(t, "/api/folders/", named(photo("selfie", p.ada[3])), named(clip(t, "video", testphoto.Webcam, passive("mp4"))),
		named(clip(t, "shots", testphoto.WebcamAgain, passive("zip"))), named(photo("card", card)), payload(object{
			"folder:meta_data": object{"order": word + "-order"}, "media:meta_data": object{"selfie": object{"lens": word + "-lens"}},
			"media:tags": object{"card": []string{"photo_id_front"}},
		})).want(201)
	o.folder = made.id("folder_id")
	media := made.ids("media", "media_id")
	quality := c.ca.only(t, o.folder, "QUALITY", object{"source_media": media[:3]}).check("state", "FINISHED")
	documents := c.ca.only(t, o.folder, "DOCUMENTS").check("state", "FINISHED").check("results_data.mrz.valid", true)
	matched := c.ca.only(t, o.folder, "COLLECTION", object{"source_media": media[:1], "collection_id": o.list}).check("resolution_status", "DECLINED")
	o.quality, o.documents, o.matched = quality.id("analysis_id"), documents.id("analysis_id"), matched.id("analysis_id")
	for _, id := range []string{o.quality, o.documents, o.matched} {
		c.ca.post(t, analysisPath(id)+"meta_data/", object{"note": word + "-note"}).want(200)
	}
	reports := folderPath(o.folder) + "reports/"
	pdf := c.ca.post(t, reports, object{"format": "pdf"}).want(201).id("report_id")
	c.ca.post(t, reports, object{"format": "json"}).want(201)
	o.photo, o.shot = quality.text("results_media.1.output_images.0.original_url"), made.text("media.0.original_url")
	o.thumbnail, o.film = made.text("media.1.thumb_url"), made.text("media.2.preview_url")
	o.ids = map[string]string{
		"list": o.list, "person": o.person, "image": o.image, "medium of the image": added.id("images.0.media_id"), "folder": o.folder, "quality": o.quality,
		"documents": o.documents, "matched": o.matched, "best shot": quality.id("results_media.1.output_images.0.media_id"),
		"report": pdf, "portrait": documents.id("results_media.0.output_images.0.media_id"), "selfie": media[0], "video": media[1], "shots": media[2],
	}
	return o
}

// traces reads what the files hold of a subject.
func (c company) traces(t *testing.T, o subject) traces {
	t.Helper()
	tr := traces{"words": []byte(o.word + "-"), "number of the document": []byte(o.number)}
	db := c.database(t)
	defer db.Close()
	tr.column(t, db, "template of a person", "SELECT template FROM person_template WHERE collection_id = ?", o.list)
	tr.column(t, db, "template of a medium", "SELECT look.template FROM look JOIN media ON media.id = look.media_id WHERE media.folder_id = ?", o.folder)
	keys := tr.column(t, db, "key of a medium", "SELECT blob_key FROM media WHERE folder_id = ?", o.folder)
	keys = append(keys, tr.column(t, db, "key of a thumbnail", "SELECT thumb_key FROM media WHERE folder_id = ?", o.folder)...)
	keys = append(keys, tr.column(t, db, "key of a preview", "SELECT preview_key FROM media WHERE folder_id = ?", o.folder)...)
	keys = append(keys, tr.column(t, db, "key of a report", "SELECT blob_key FROM report WHERE folder_id = ?", o.folder)...)
	keys = append(keys, tr.column(t, db, "key of a photo", "SELECT blob_key FROM person_image WHERE collection_id = ?", o.list)...)
	keys = append(keys, tr.column(t, db, "key of its thumbnail", "SELECT thumb_key FROM person_image WHERE collection_id = ?", o.list)...)
	for _, key := range keys {
		raw, err := os.ReadFile(filepath.Join(c.dir, "media", key[:2], key))
		if err != nil {
			t.Fatal(err)
		}
		tr["bytes of "+key] = raw
	}
	return tr
}

// TestErasure: after folder, analyses, person and collection were deleted, no file of
// the data folder holds anything of them within the bound: no id, no word of their
// metadata and file names, no template, blob, thumbnail, preview, result image or key;
// nor does the index. What belongs to somebody else stays (api.md 7.6, 8.3, 9.9).
func TestErasure(t *testing.T) {
	t.Parallel()
	s := start(t)
	root := s.admin(t)
	c, other := s.tenant(t, root), s.tenant(t, root)
	gone, stays := c.enrol(t, "quaggamire", "K47209113"), other.enrol(t, "thylacinth", "T83016642")
	// A restart writes the galleries' snapshots.
	if code, err := s.stop(); code != 0 || err != nil {
		t.Fatalf("exit %d, %v", code, err)
	}
	s.restart(t)
	index := func(want int) {
		t.Helper()
		root.get(t, "/api/system/").want(200).check("index_photos", want)
	}
	index(4)
	tr, kept := c.traces(t, gone), other.traces(t, stays)
	before := s.found(t, tr)
	for what := range tr {
		if len(before[what]) == 0 {
			t.Fatalf("%s is in no file before the deletion: the test looks in the wrong place", what)
		}
	}
	links := []string{gone.photo, gone.shot, gone.thumbnail, gone.film}

	c.ca.delete(t, analysisPath(gone.matched)).want(204)
	c.ca.delete(t, folderPath(gone.folder)).want(204)
	c.ca.delete(t, personPath(gone.list, gone.person)).want(204)
	c.ca.delete(t, collectionPath(gone.list)).want(204)
	index(2) // at once
	for _, link := range links {
		fetch(t, s.base+localPart(t, link), 404)
	}
	var left map[string][]string
	err := s.poll("rid of what was deleted", erasureBound, func() bool { left = s.found(t, tr); return len(left) == 0 })
	if err != nil {
		for _, what := range slices.Sorted(maps.Keys(left)) {
			t.Errorf("%s is still in %v", what, left[what])
		}
		t.Fatal(err)
	}
	for _, row := range s.rowsWith(t, gone.ids) {
		t.Errorf("an id is left: %s", row)
	}
	// The other company has everything yet, and its analysis says so.
	if found := s.found(t, kept); len(found) != len(kept) {
		t.Errorf("of the other company %d traces of %d are left", len(found), len(kept))
	}
	if n := len(s.rowsWith(t, stays.ids)); n < len(stays.ids) {
		t.Errorf("the ids of the other company stand in %d places", n)
	}
	selfie := other.folder(t, people(t).ada[4]).id("folder_id")
	other.ca.only(t, selfie, "COLLECTION", object{"collection_id": stays.list}).check("resolution_status", "DECLINED").check("results_media.0.person_id", stays.person)

	// Nor does a restart bring anything back.
	if code, err := s.stop(); code != 0 || err != nil {
		t.Fatalf("exit %d, %v", code, err)
	}
	s.restart(t)
	index(2)
	if left := s.found(t, tr); len(left) > 0 {
		t.Errorf("after a restart there is %v", left)
	}
}

// TestErasureOutlivesRestore: a database that is put back from a copy does not bring
// back what was erased since the copy was made.
func TestErasureOutlivesRestore(t *testing.T) {
	t.Parallel()
	s := start(t)
	root := s.admin(t)
	c := s.tenant(t, root)
	p := people(t)
	list := c.collection(t)
	gone, stays := c.person(t, list, p.ada[0], p.ada[1]), c.person(t, list, p.bea[0], p.bea[1])
	empty := c.collection(t)
	folder := c.folder(t, p.ada[2]).id("folder_id")
	found := c.ca.only(t, folder, "COLLECTION", object{"collection_id": list}).check("resolution_status", "DECLINED").id("analysis_id")
	kept := c.folder(t, p.bea[2])
	media := c.folder(t, p.cem[0], p.cem[1])
	check := func() {
		t.Helper()
		if r := (command{env: s.env}).run(s.bin, "check"); r.code != 0 {
			t.Errorf("osprey check: exit %d\n%s%s", r.code, r.stdout, r.stderr)
		}
	}
	halt := func() {
		t.Helper()
		if code, err := s.stop(); code != 0 || err != nil {
			t.Fatalf("exit %d, %v", code, err)
		}
	}
	halt()
	database := filepath.Join(s.dir, "osprey.db")
	copied, err := os.ReadFile(database)
	if err != nil {
		t.Fatal(err)
	}
	s.restart(t)

	c.ca.delete(t, analysisPath(found)).want(204)
	c.ca.delete(t, folderPath(folder)).want(204)
	c.ca.delete(t, personPath(list, gone.id("person_id"))).want(204)
	c.ca.delete(t, images(list, stays.id("person_id"))+stays.id("images.1.person_image_id")+"/").want(204)
	c.ca.delete(t, mediaPath(media.id("media.0.media_id"))).want(204)
	c.ca.delete(t, collectionPath(empty)).want(204)
	stones := func() int {
		raw, err := os.ReadFile(filepath.Join(s.dir, "erased.log"))
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Count(raw, []byte("\n"))
	}
	if err := s.poll("done with writing tombstones", erasureBound, func() bool { return stones() >= 8 }); err != nil { // two photos of the person
		t.Fatal(err)
	}
	halt()
	if err := os.WriteFile(database, copied, 0o600); err != nil {
		t.Fatal(err)
	}
	if r := (command{env: s.env}).run(s.bin, "check"); !strings.Contains(r.stdout+r.stderr, "older than 8 erasures") {
		t.Errorf("osprey check of the restored database: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	s.restart(t)

	for _, path := range []string{analysisPath(found), folderPath(folder), personPath(list, gone.id("person_id")), mediaPath(media.id("media.0.media_id")), collectionPath(empty)} {
		c.ca.get(t, path).fault(notExist)
	}
	c.ca.get(t, images(list, stays.id("person_id"))).want(200).check("total", 1)
	c.ca.get(t, mediaPath(media.id("media.1.media_id"))).want(200)
	root.get(t, "/api/system/").want(200).check("index_photos", 1)
	again := c.folder(t, p.ada[3]).id("folder_id")
	c.ca.only(t, again, "COLLECTION", object{"collection_id": list}).check("resolution_status", "SUCCESS").check("results_media.0.person_id", nil)
	c.ca.only(t, kept.id("folder_id"), "COLLECTION", object{"collection_id": list}).check("resolution_status", "DECLINED").check("results_media.0.person_id", stays.id("person_id"))
	halt()
	check()

	// A file that was tampered with is told, and stops nothing.
	raw, err := os.ReadFile(filepath.Join(s.dir, "erased.log"))
	if err != nil {
		t.Fatal(err)
	}
	raw[3] ^= 1
	if err := os.WriteFile(filepath.Join(s.dir, "erased.log"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if r := (command{env: s.env}).run(s.bin, "check"); r.code == 0 || !strings.Contains(r.stdout+r.stderr, "tombstones") {
		t.Errorf("osprey check of a changed file: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	s.restart(t)
	c.ca.get(t, mediaPath(media.id("media.1.media_id"))).want(200)
}
