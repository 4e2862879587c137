package e2e

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver of the database file

	"example.org/osprey/internal/testphoto"
)

// age makes everything of a company's folders older by days, in the database file of a
// server that is stopped.
func (s *server) age(tb testing.TB, company string, days int) {
	tb.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(s.dir, "osprey.db"))
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	older := int64(days) * 24 * int64(time.Hour/time.Microsecond)
	for _, table := range []string{"folder", "media", "analysis"} {
		if _, err := db.Exec("UPDATE "+table+" SET created = created - ? WHERE company_id = ?", older, company); err != nil {
			tb.Fatal(err)
		}
	}
}

// TestRetention: days are set and shown, a preview counts, and the sweep of a start
// erases media, analyses and folders that are too old, and nothing else (api.md 5.1,
// 5.2).
func TestRetention(t *testing.T) {
	t.Parallel()
	s := start(t)
	root := s.admin(t)
	c, other := s.tenant(t, root), s.tenant(t, root)
	p := people(t)
	own := "/api/companies/" + c.id + "/"
	list := c.collection(t)
	c.person(t, list, p.ada[0])

	t.Run("keys", func(t *testing.T) {
		c.ca.get(t, own).want(200).check("retention", object{"media_days": nil, "folder_days": nil, "analysis_days": nil})
		c.ca.patch(t, own, object{"retention": object{"media_days": 7, "folder_days": 30}}).want(200).
			check("retention", object{"media_days": 7, "folder_days": 30, "analysis_days": nil})
		c.ca.patch(t, own, object{"retention": object{"folder_days": nil, "analysis_days": 36500}}).want(200).
			check("retention", object{"media_days": 7, "folder_days": nil, "analysis_days": 36500})
		c.ca.patch(t, own, object{"retention": object{"media_days": nil, "analysis_days": nil}}).want(200)
		fresh := root.post(t, "/api/companies/", object{"name": unique("kept"), "retention": object{"folder_days": 1}}).want(201).check("retention.folder_days", 1)
		root.delete(t, "/api/companies/"+fresh.id("company_id")+"/").want(204)
		c.refuse(t, []refusal{
			{name: "no day", method: "PATCH", path: own, body: object{"retention": object{"media_days": 0}}, want: badValue("retention.media_days", "limit", 1, "actual", 0)},
			{name: "too many", method: "PATCH", path: own, body: object{"retention": object{"analysis_days": 36501}}, want: badValue("retention.analysis_days", "limit", 36500, "actual", 36501)},
			{name: "a text", method: "PATCH", path: own, body: object{"retention": object{"folder_days": "30"}}, want: badType("retention.folder_days")},
			{name: "media outlive folders", method: "PATCH", path: own, body: object{"retention": object{"media_days": 31, "folder_days": 30}}, want: badValue("retention.media_days", "limit", 30, "actual", 31)},
			{name: "preview of no day", method: "GET", path: own + "retention_preview/?folder_days=0", want: badValue("folder_days", "limit", 1, "actual", 0)},
			{name: "preview of a text", method: "GET", path: own + "retention_preview/?media_days=many", want: badValue("media_days")},
			{name: "preview of media that outlive folders", method: "GET", path: own + "retention_preview/?media_days=2&folder_days=1", want: badValue("media_days", "limit", 1, "actual", 2)},
			{name: "preview of another company", method: "GET", path: "/api/companies/" + other.id + "/retention_preview/", want: notExist},
		})
	})

	// Three folders of one age each, and one of another company that keeps everything.
	// A video has a best shot, a shot set a preview.
	make := func(of company) answer {
		return of.ca.upload(t, "/api/folders/", photo("photo", p.ada[1]), clip(t, "video", testphoto.Webcam, passive("mp4")), clip(t, "shots", testphoto.WebcamAgain, passive("zip"))).want(201)
	}
	made, foreign := make(c), make(other)
	folder := made.id("folder_id")
	quality := c.ca.only(t, folder, "QUALITY", object{"source_media": made.ids("media", "media_id")}).check("state", "FINISHED")
	found := c.ca.only(t, folder, "COLLECTION", object{"source_media": []string{made.id("media.0.media_id")}}).check("resolution_status", "DECLINED")
	best := quality.id("results_media.1.output_images.0.media_id")
	links := []string{
		made.text("media.0.original_url"), made.text("media.0.thumb_url"), made.text("media.1.video_url"), made.text("media.2.preview_url"),
		quality.text("results_media.1.output_images.0.original_url"),
	}
	for i, link := range links {
		links[i] = localPart(t, link)
		s.as("").get(t, links[i]).want(200)
	}
	// again stops the server, makes what the company has older, and starts the server,
	// whose first sweep begins at once; gone waits for what it does.
	again := func(days int) {
		t.Helper()
		if code, err := s.stop(); code != 0 || err != nil {
			t.Fatalf("exit %d, %v", code, err)
		}
		s.age(t, c.id, days)
		s.age(t, other.id, days)
		s.restart(t)
	}
	gone := func(what string, yes func() bool) {
		t.Helper()
		if err := s.poll(what, time.Minute, yes); err != nil {
			t.Fatal(err)
		}
	}
	preview := func(query string, media, folders, analyses int) {
		t.Helper()
		c.ca.get(t, own+"retention_preview/"+query).want(200).check("media", media).check("folders", folders).check("analyses", analyses)
	}

	c.ca.patch(t, own, object{"retention": object{"media_days": 7}}).want(200)
	again(10)
	t.Run("media", func(t *testing.T) {
		gone("rid of the media", func() bool { return c.ca.get(t, folderPath(folder)).want(200).at("is_cleared") == true })
		gone("told in the log", func() bool {
			a := c.ca.get(t, "/api/audit/?action=retention.erase").want(200)
			return a.number("total") > 0 && a.check("items.0.object_id", c.id).check("items.0.actor_user_id", nil).number("items.0.details.media") >= 3
		})
		f := c.ca.get(t, folderPath(folder)).want(200)
		for i := range 3 {
			m := "media." + string(rune('0'+i)) + "."
			f.check(m+"is_cleared", true).check(m+"original_url", nil).check(m+"thumb_url", nil)
		}
		f.check("media.1.video_url", nil).check("media.2.preview_url", nil).check("system_resolution", "DECLINED")
		a := c.ca.get(t, analysisPath(quality.id("analysis_id"))).want(200).check("source_media.0.is_cleared", true).check("source_media.2.preview_url", nil).
			check("results_data.confidence_spoofing", quality.at("results_data.confidence_spoofing"))
		a.check("results_media.1.output_images.0.media_id", best).check("results_media.1.output_images.0.original_url", nil)
		for _, link := range links {
			s.as("").get(t, link).fault(fault{status: 404, code: 10})
		}
		c.refuse(t, []refusal{{name: "an analysis of erased media", path: analysesOf(folder), body: object{"analyses": []object{{"type": "QUALITY"}}},
			want: badValue("analyses.0.source_media", "reason", "not_enough_media", "limit", 1, "actual", 0)}})
		preview("?media_days=7", 0, 0, 0)
		preview("?analysis_days=7", 0, 0, 2)
		preview("?media_days=7&folder_days=9", 0, 1, 2)
		preview("", 0, 0, 0)
		// The match stands, so its person stays bound.
		c.ca.delete(t, persons(list)+found.id("results_media.0.person_id")+"/").fault(fault{status: 409, code: 15, details: object{"reason": "matched_by_analyses"}})
	})
	c.ca.patch(t, own, object{"retention": object{"analysis_days": 30}}).want(200)
	again(25)
	t.Run("analyses", func(t *testing.T) {
		gone("rid of the analyses", func() bool { return c.ca.get(t, folderPath(folder)).want(200).at("resolution_status") == "INITIAL" })
		c.ca.get(t, analysisPath(quality.id("analysis_id"))).fault(notExist)
		c.ca.get(t, analysisPath(found.id("analysis_id"))).fault(notExist)
		c.ca.get(t, mediaPath(best)).fault(notExist)
	})
	c.ca.patch(t, own, object{"retention": object{"folder_days": 36}}).want(200)
	again(5)
	t.Run("folders", func(t *testing.T) {
		gone("rid of the folder", func() bool { return c.ca.get(t, folderPath(folder)).status == 404 })
	})
	t.Run("nothing else", func(t *testing.T) {
		c.ca.get(t, persons(list)).want(200).check("total", 1)
		f := other.ca.get(t, folderPath(foreign.id("folder_id"))).want(200).check("is_cleared", false)
		s.as("").get(t, localPart(t, f.text("media.0.original_url"))).want(200)
	})
	if code, err := s.stop(); code != 0 || err != nil {
		t.Fatalf("exit %d, %v", code, err)
	}
	if r := (command{env: s.env}).run(s.bin, "check"); r.code != 0 || !strings.Contains(r.stdout, "ok") {
		t.Errorf("osprey check: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
}
