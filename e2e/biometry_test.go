package e2e

import (
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/testphoto"
)

// TestBiometry: all pairs, the least similar decides, and the operator's band
// (api.md 9.2 to 9.5.2, 9.8).
func TestBiometry(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	made := c.ca.upload(t, "/api/folders/", photo("a", p.ada[0]), photo("b", p.ada[1]), photo("c", p.ada[2]), photo("other", p.bea[0]), photo("back", p.nobody),
		clip(t, "video", testphoto.Webcam, passive("mp4")), clip(t, "again", testphoto.WebcamAgain, passive("zip")),
		tagged(map[string][]string{"back": {"photo_id_back"}})).want(201)
	folder := made.id("folder_id")
	ids := made.ids("media", "media_id")
	run := func(params object, media ...string) answer {
		t.Helper()
		return c.ca.only(t, folder, "BIOMETRY", object{"source_media": media, "params": params})
	}

	t.Run("one person", func(t *testing.T) {
		a := run(nil, ids[0], ids[1], ids[2]).check("state", "FINISHED").check("resolution_status", "SUCCESS").check("confs.threshold_min", 0.85).check("confs.threshold_max", 0.85)
		pairs := a.list("results_data.pairs")
		if len(pairs) != 3 {
			t.Fatalf("%s: %d pairs of three", a, len(pairs))
		}
		a.check("results_data.min_confidence", a.at("results_data.pairs.0.confidence")).check("results_data.max_confidence", a.at("results_data.pairs.2.confidence"))
		for i := range 2 {
			if x, y := pairs[i].(object)["confidence"].(float64), pairs[i+1].(object)["confidence"].(float64); x > y {
				t.Errorf("%s: pairs are not least similar first", a)
			}
		}
		// Every entry has the extremes of its own pairs.
		for i, id := range ids[:3] {
			least, most := 2.0, -1.0
			for _, raw := range pairs {
				pair := raw.(object)
				media := pair["media_ids"].([]any)
				if media[0] == id || media[1] == id {
					v := pair["confidence"].(float64)
					least, most = min(least, v), max(most, v)
				}
			}
			at := "results_media." + string(rune('0'+i)) + "."
			a.check(at+"source_image_id", id).check(at+"source_media_id", id).check(at+"results_data", object{"min_confidence": least, "max_confidence": most}).check(at+"output_images", []any{})
		}
	})
	t.Run("somebody else among them", func(t *testing.T) {
		a := run(nil, ids[0], ids[1], ids[3]).check("resolution_status", "DECLINED")
		if media := a.list("results_data.pairs.0.media_ids"); media[0] != ids[3] && media[1] != ids[3] {
			t.Errorf("%s: the least similar pair is not with the other person", a)
		}
		c.ca.get(t, folderPath(folder)).want(200).check("system_resolution", "DECLINED")
	})
	t.Run("a video and a shot set of one person", func(t *testing.T) {
		a := run(nil, ids[5], ids[6]).check("resolution_status", "SUCCESS")
		a.check("results_media.0.source_video_id", ids[5]).check("results_media.1.source_shots_set_id", ids[6])
		run(nil, ids[0], ids[5]).check("resolution_status", "DECLINED")
	})
	t.Run("the operator's band", func(t *testing.T) {
		plain := run(nil, ids[0], ids[1])
		confidence := plain.number("results_data.min_confidence")
		if confidence <= 0.86 || confidence >= 0.999 {
			t.Fatalf("%s: not a pair to try a band around", plain)
		}
		a := run(object{"threshold_max": 0.9999}, ids[0], ids[1]).check("resolution_status", "OPERATOR_REQUIRED").check("resolution", "OPERATOR_REQUIRED").
			check("system_resolution", "OPERATOR_REQUIRED").check("confs.threshold_min", 0.85).check("confs.threshold_max", 0.9999)
		run(object{"threshold_min": 0.9999}, ids[0], ids[1]).check("resolution_status", "DECLINED").check("confs.threshold_min", 0.9999).check("confs.threshold_max", 0.9999)
		// Looser than the company's is ignored.
		run(object{"threshold_min": 0.1, "threshold_max": 0.2}, ids[0], ids[3]).check("resolution_status", "DECLINED").check("confs.threshold_min", 0.85).check("confs.threshold_max", 0.85)

		operator := c.user(t, osprey.RoleClientOperator).caller
		id := a.id("analysis_id")
		c.ca.patch(t, analysisPath(id), object{"resolution_status": "SUCCESS"}).want(403)
		done := operator.patch(t, analysisPath(id), object{"resolution_status": "SUCCESS", "comment": "the same scar"}).want(200)
		done.check("resolution_status", "SUCCESS").check("resolution", "SUCCESS").check("resolution_operator", "SUCCESS").check("operator_comment", "the same scar").
			check("system_resolution", "OPERATOR_REQUIRED").check("results_data", a.at("results_data"))
		operator.patch(t, analysisPath(id), object{"resolution_status": "DECLINED"}).fault(conflict("resolution_status", "actual", "SUCCESS"))
	})
	t.Run("too few", func(t *testing.T) {
		few := c.folder(t, p.ada[0]).id("folder_id")
		c.refuse(t, []refusal{
			{name: "one medium", path: analysesOf(few), body: object{"analyses": []object{{"type": "BIOMETRY"}}}, want: badValue("analyses.0.source_media", "reason", "not_enough_media", "limit", 2, "actual", 1)},
			{name: "the same twice", path: analysesOf(folder), body: object{"analyses": []object{{"type": "BIOMETRY", "source_media": []string{ids[0], ids[0]}}}}, want: badValue("analyses.0.source_media", "reason", "not_enough_media", "limit", 2, "actual", 1)},
			{name: "the second entry", path: analysesOf(few), body: object{"analyses": []object{{"type": "QUALITY"}, {"type": "BIOMETRY"}}}, want: badValue("analyses.1.source_media", "reason", "not_enough_media")},
			{name: "min above max", path: analysesOf(folder), body: object{"analyses": []object{{"type": "BIOMETRY", "params": object{"threshold_min": 0.95, "threshold_max": 0.9}}}}, want: fault{status: 400, code: 4}},
			{name: "above 1", path: analysesOf(folder), body: object{"analyses": []object{{"type": "BIOMETRY", "params": object{"threshold_max": 1.01}}}}, want: badValue("analyses.0.params.threshold_max", "limit", 1)},
			{name: "root param", path: analysesOf(folder), body: object{"params": object{"threshold_min": -1}, "analyses": []object{{"type": "BIOMETRY"}}}, want: badValue("params.threshold_min", "limit", 0)},
		})
		if n := len(c.ca.get(t, analysesOf(few)).want(200).list("")); n != 0 {
			t.Errorf("%d analyses were started by refused requests", n)
		}
	})
	t.Run("a medium without a face", func(t *testing.T) {
		run(nil, ids[0], ids[4]).check("state", "FAILED").check("error_code", 20).check("technical_meta_data.error_media_id", ids[4])
	})
}

// TestAnalysesTogether: one request with all types is one group, and the folder folds
// them (api.md 9.1, 9.7).
func TestAnalysesTogether(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	c.person(t, c.collection(t), p.bea[0])
	made := c.ca.upload(t, "/api/folders/", clip(t, "video", testphoto.Webcam, passive("webm")), file("photo", "photo.png", string(still(t, testphoto.Webcam, 3)))).want(201)
	folder := made.id("folder_id")
	entries := []object{{"type": "quality"}, {"type": "BIOMETRY"}, {"type": "Collection"}}
	started := c.ca.post(t, analysesOf(folder), object{"analyses": entries}).want(201)
	group := started.id("0.group_id")
	for i, kind := range []string{"QUALITY", "BIOMETRY", "COLLECTION"} {
		at := string(rune('0'+i)) + "."
		started.check(at+"type", kind).check(at+"group_id", group).check(at+"state", "PROCESSING").check(at+"resolution_status", "PROCESSING").check(at+"resolution", "PROCESSING").
			check(at+"results_media", []any{}).check(at+"results_data", nil).check(at+"system_resolution", "PROCESSING").check(at+"time_finished", nil)
	}
	done := c.ca.get(t, folderPath(folder)+"?wait=60").want(200).check("resolution_status", "FINISHED").check("system_resolution", "SUCCESS")
	if n := len(done.list("analyses")); n != 3 {
		t.Errorf("%d analyses", n)
	}
	// Another person's photo: BIOMETRY alone is replaced, QUALITY's word stays.
	c.ca.upload(t, mediaOf(folder), photo("other", p.ada[0])).want(201)
	c.ca.only(t, folder, "BIOMETRY").check("resolution_status", "DECLINED")
	c.ca.get(t, folderPath(folder)).want(200).check("resolution_status", "FINISHED").check("system_resolution", "DECLINED")
	c.ca.get(t, "/api/folders/?analyse.type=QUALITY&folder_id="+folder).want(200).check("total", 1)
	for filter, n := range map[string]int{"type=BIOMETRY": 2, "type=QUALITY,COLLECTION": 2, "type.exclude=BIOMETRY": 2, "state=DECLINED": 1, "state=FINISHED": 4} {
		if got := len(c.ca.get(t, analysesOf(folder)+"?"+filter).want(200).list("")); got != n {
			t.Errorf("%s gives %d analyses, want %d", filter, got, n)
		}
	}
	// Who may not start a type starts nothing of the request.
	mute := c.user(t, osprey.RoleClient, object{"can_start_analyse_quality": false}).caller
	own := mute.upload(t, "/api/folders/", photo("a", p.ada[0]), photo("b", p.ada[1])).want(201).id("folder_id")
	mute.post(t, analysesOf(own), object{"analyses": []object{{"type": "BIOMETRY"}, {"type": "QUALITY"}}}).want(403)
	mute.get(t, analysesOf(own)).want(200).check("", []any{})
}
