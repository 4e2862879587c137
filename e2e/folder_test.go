package e2e

import (
	"fmt"
	"image"
	"testing"

	"example.org/osprey/internal/testphoto"
)

// TestFolderObject: what is shown of a folder and its media (api.md 8.1).
func TestFolderObject(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	a := c.ca.upload(t, "/api/folders/", photo("photo1", p.ada[0]), file("doc", "id.JPG", pngOf(200, 120)), text("additional_info", "webview 7"), text("ignored", "x"),
		payload(object{"folder:meta_data": object{"transaction_id": "t-1"}, "media:tags": object{"doc": []string{"photo_id_back"}}, "media:meta_data": object{"doc": object{"foo": "bar"}}})).want(201)
	a.check("company_id", c.id).check("resolution_status", "INITIAL").check("system_resolution", "INITIAL").check("is_cleared", false).
		check("technical_meta_data.source", "api").check("technical_meta_data.additional_info", "webview 7").check("meta_data", object{"transaction_id": "t-1"}).check("analyses", []any{})
	for _, key := range []string{"resolution_endpoint", "resolution_time", "resolution_author_id", "resolution_comment", "operator_status", "operator_comment"} {
		a.check(key, nil)
	}
	m := "media.1."
	a.check(m+"image_id", a.at(m+"media_id")).checkAbsent(m+"video_id").checkAbsent(m+"shots_set_id").check(m+"media_key", "doc").check(m+"original_name", "id.JPG").
		check(m+"info.image.mime-type", "image/png").check(m+"info.image.width", 200).check(m+"info.image.height", 120). // by its bytes, not its name
		check(m+"tags", []string{"photo_id_back"}).check(m+"meta_data", object{"foo": "bar"}).check(m+"video_url", nil).check(m+"preview_url", nil).check(m+"is_cleared", false)
	id := a.id("folder_id")
	c.ca.get(t, folderPath(id)).want(200).check("media.1.media_id", a.at(m+"media_id"))

	more := c.ca.upload(t, mediaOf(id), photo("b", p.nobody), photo("a", p.ada[1])).want(201)
	more.check("0.media_key", "b").check("1.media_key", "a").check("0.folder_id", id)
	want := append(a.ids("media", "media_id"), more.ids("", "media_id")...)
	if got := c.ca.get(t, mediaOf(id)).want(200).ids("items", "media_id"); !equal(got, want) {
		t.Errorf("media are %v, want %v in part order", got, want)
	}
}

// TestFolderStatus: how the analyses of a folder fold into its status (api.md 9.7).
func TestFolderStatus(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	block, operator := c.collection(t), c.collection(t, object{"on_match": "operator"})
	c.person(t, block, p.ada[0])
	c.person(t, operator, p.ada[0])
	empty := c.collection(t)
	made := c.folder(t, p.ada[1], p.nobody)
	folder, face, nobody := made.id("folder_id"), made.id("media.0.media_id"), made.id("media.1.media_id")
	// group starts analyses together and gives the folder when all have ended.
	group := func(entries ...object) answer {
		t.Helper()
		for i := range entries {
			entries[i]["type"] = "COLLECTION"
		}
		c.ca.post(t, analysesOf(folder), object{"analyses": entries}).want(201)
		return c.ca.get(t, folderPath(folder)+"?wait=60").want(200)
	}
	on := func(list, media string) object { return object{"collection_id": list, "source_media": []string{media}} }

	group(on(empty, face)).check("resolution_status", "FINISHED").check("system_resolution", "SUCCESS")
	group(on(empty, face), on(operator, face)).check("system_resolution", "OPERATOR_REQUIRED")
	group(on(empty, face), on(operator, face), on(block, face)).check("resolution_status", "FINISHED").check("system_resolution", "DECLINED")
	failed := group(on(block, face), on(empty, nobody)).check("resolution_status", "FAILED").check("system_resolution", "FAILED")
	last := failed.number("resolution_time")
	// The newest group of a type replaces the earlier ones, whatever they said.
	again := group(on(empty, face)).check("resolution_status", "FINISHED").check("system_resolution", "SUCCESS")
	if again.number("resolution_time") < last {
		t.Errorf("%s: resolution_time went back", again)
	}
	// With its analyses gone, the group before it counts again.
	newest := c.ca.get(t, "/api/analyses/?limit=1&folder_id="+folder).want(200).id("items.0.analysis_id")
	c.ca.delete(t, analysisPath(newest)).want(204)
	c.ca.get(t, folderPath(folder)).want(200).check("system_resolution", "FAILED")
	for _, id := range c.ca.get(t, analysesOf(folder)).want(200).ids("", "analysis_id") {
		c.ca.delete(t, analysisPath(id)).want(204)
	}
	c.ca.get(t, folderPath(folder)).want(200).check("resolution_status", "INITIAL").check("system_resolution", "INITIAL").check("resolution_time", nil).check("analyses", []any{})
}

// TestAnalysisFailed: media that cannot be judged (api.md 9.4, 9.6), and which
// faces count.
func TestAnalysisFailed(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	list := c.collection(t)
	c.person(t, list, p.ada[0])
	grey := image.NewRGBA(image.Rect(0, 0, 212, 212))
	for i := range grey.Pix {
		grey.Pix[i] = 90
	}
	tiny := testphoto.Resize(t, p.ada[1], 48)
	// A second face of a third of the size does not count, one of the same size does.
	small := testphoto.SideBySide(t, "small-second", p.ada[1].Image(t), testphoto.Resize(t, p.bea[0], 110).Image(t))
	for _, tt := range []struct {
		name string
		tags []string
		shot testphoto.Photo
		code any
		want string
	}{
		{"no face", nil, p.nobody, 20, "FAILED"},
		{"several faces", nil, p.two, 21, "FAILED"},
		{"several faces of a selfie", []string{"photo_selfie"}, p.two, 21, "FAILED"},
		{"too small", nil, tiny, 22, "FAILED"},
		{"the largest of a document", []string{"photo_id"}, p.two, nil, ""},
		{"the largest of its front", []string{"photo_id_front"}, p.two, nil, ""},
		{"one dominates", nil, small, nil, "DECLINED"},
		{"nothing but grey", nil, testphoto.SideBySide(t, "grey", grey), 20, "FAILED"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := c.ca.upload(t, "/api/folders/", photo("photo1", tt.shot), payload(object{"media:tags": object{"photo1": append([]string{}, tt.tags...)}})).want(201).id("folder_id")
			a := c.ca.analyse(t, folder, object{"collection_id": list}).check("error_code", tt.code)
			if tt.code == nil {
				a.check("state", "FINISHED").check("error_message", nil)
				if tt.want != "" {
					a.check("resolution_status", tt.want)
				}
				return
			}
			a.check("state", "FAILED").check("resolution_status", "FAILED").check("resolution", "FAILED").check("system_resolution", "FAILED")
			if a.text("error_message") == "" || a.number("time_finished") <= 0 {
				t.Errorf("%s: message or time", a)
			}
			c.ca.get(t, folderPath(folder)).want(200).check("resolution_status", "FAILED").check("system_resolution", "FAILED")
		})
	}

	t.Run("a bad medium fails the whole", func(t *testing.T) {
		made := c.folder(t, p.ada[1], p.nobody)
		c.ca.analyse(t, made.id("folder_id")).check("error_code", 20)
		c.ca.analyse(t, made.id("folder_id"), object{"source_media": []string{made.id("media.0.media_id")}}).check("resolution_status", "DECLINED")
	})
	t.Run("backs of documents are left out unless named", func(t *testing.T) {
		made := c.ca.upload(t, "/api/folders/", photo("selfie", p.ada[1]), photo("back", p.nobody), payload(object{"media:tags": object{"back": []string{"photo_id_back"}}})).want(201)
		c.ca.analyse(t, made.id("folder_id")).check("resolution_status", "DECLINED").check("source_media.0.media_id", made.at("media.0.media_id"))
		c.ca.analyse(t, made.id("folder_id"), object{"source_media": []string{made.id("media.1.media_id")}}).check("error_code", 20)
	})
}

// TestMediaErased: what an erased medium leaves (api.md 8.4, 9.2).
func TestMediaErased(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	list := c.collection(t)
	c.person(t, list, p.ada[0])
	made := c.folder(t, p.ada[1], p.ada[2])
	folder, first, second := made.id("folder_id"), made.id("media.0.media_id"), made.id("media.1.media_id")
	before := c.ca.analyse(t, folder)
	c.ca.delete(t, mediaPath(first)).want(204)
	c.ca.delete(t, mediaPath(first)).fault(notExist)
	c.ca.get(t, mediaPath(first)).fault(notExist)
	after := c.ca.get(t, analysisPath(before.id("analysis_id"))).want(200).check("resolution_status", "DECLINED").check("results_media", before.at("results_media"))
	after.check("source_media.0.media_id", first).check("source_media.0.is_cleared", true).check("source_media.1.is_cleared", false)
	c.ca.get(t, folderPath(folder)).want(200).check("system_resolution", "DECLINED").check("media.0.media_id", second)
	// It counts as absent from now on.
	c.ca.analyse(t, folder).check("source_media.0.media_id", second)
	c.refuse(t, []refusal{{name: "named", path: analysesOf(folder), body: object{"analyses": []object{{"type": "COLLECTION", "source_media": []string{first}}}},
		want: notExist.with("field", "analyses.0.source_media.0")}})
	c.ca.delete(t, mediaPath(second)).want(204)
	c.refuse(t, []refusal{{name: "nothing left", path: analysesOf(folder), body: object{"analyses": []object{{"type": "COLLECTION"}}},
		want: badValue("analyses.0.source_media", "reason", "not_enough_media", "limit", 1, "actual", 0)}})
}

// TestAnalysisRunning: what can be done to analyses that still run. One worker and
// many analyses on fresh media keep some of them waiting.
func TestAnalysisRunning(t *testing.T) {
	t.Parallel()
	s := start(t, "OSPREY_ANALYSIS_WORKERS=1")
	c := s.tenant(t, s.admin(t))
	p := people(t)
	list := c.collection(t)
	person := c.person(t, list, p.ada[0]).id("person_id")
	entries := make([]object, 20)
	for i := range entries {
		entries[i] = object{"type": "COLLECTION"}
	}
	// busy makes a folder whose last analysis waits for all others.
	busy := func() (folder answer, ids []string) {
		folder = c.folder(t, p.ada[1:11]...)
		return folder, c.ca.post(t, analysesOf(folder.id("folder_id")), object{"analyses": entries}).want(201).ids("", "analysis_id")
	}

	t.Run("a medium in use stays", func(t *testing.T) {
		for range 5 {
			folder, ids := busy()
			a := c.ca.delete(t, mediaPath(folder.id("media.0.media_id")))
			if a.status == 204 {
				continue // all had ended already
			}
			a.fault(conflict(""))
			for _, pair := range a.list("details.analyses") {
				if id := pair.(object)["analysis_id"].(string); !contains(ids, id) {
					t.Errorf("%s: names %s", a, id)
				}
			}
			c.ca.get(t, folderPath(folder.id("folder_id"))).want(200).check("resolution_status", "PROCESSING").check("resolution_time", nil)
			c.ca.get(t, folderPath(folder.id("folder_id"))+"?wait=60").want(200).check("resolution_status", "FINISHED").check("system_resolution", "DECLINED")
			c.ca.delete(t, mediaPath(folder.id("media.0.media_id"))).want(204)
			return
		}
		t.Error("no analysis ever ran long enough")
	})
	t.Run("a running one is cancelled by its deletion", func(t *testing.T) {
		folder, ids := busy()
		for _, id := range ids {
			c.ca.delete(t, analysisPath(id)).want(204)
			c.ca.get(t, analysisPath(id)).fault(notExist)
		}
		c.ca.get(t, folderPath(folder.id("folder_id"))+"?wait=60").want(200).check("resolution_status", "INITIAL").check("analyses", []any{})
	})
	t.Run("and by that of its folder", func(t *testing.T) {
		folder, ids := busy()
		c.ca.delete(t, folderPath(folder.id("folder_id"))).want(204)
		for _, id := range ids {
			c.ca.get(t, analysisPath(id)+"?wait=60").fault(notExist)
		}
		for _, media := range folder.ids("media", "media_id") {
			c.ca.get(t, mediaPath(media)).fault(notExist)
		}
	})
	t.Run("a person deleted meanwhile is matched by none", func(t *testing.T) {
		for _, id := range c.ca.get(t, "/api/analyses/?limit=1000").want(200).ids("items", "analysis_id") {
			c.ca.delete(t, analysisPath(id)).want(204)
		}
		_, ids := busy()
		deleted := c.ca.delete(t, personPath(list, person)).status == 204
		for _, id := range ids {
			a := c.ca.finished(t, id).check("state", "FINISHED")
			for i := range a.list("results_media") {
				if at := fmt.Sprintf("results_media.%d.person_id", i); deleted {
					a.check(at, nil)
				} else {
					a.check(at, person)
				}
			}
		}
	})
}
