package e2e

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"

	"example.org/osprey/internal/testphoto"
)

// TestQuality: the liveness of photos, videos and shot sets (api.md 9.2 to 9.5.1).
func TestQuality(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	live := still(t, testphoto.Webcam, 1)
	made := c.ca.upload(t, "/api/folders/",
		file("selfie", "selfie.png", string(live)), clip(t, "video", testphoto.Webcam, passive("mp4")), clip(t, "shots", testphoto.WebcamAgain, passive("zip")),
		photo("card", people(t).bea[0]), tagged(map[string][]string{"card": {"photo_id_front"}})).want(201)
	folder := made.id("folder_id")
	medium := func(i string) string { return made.id("media." + i + ".media_id") }

	t.Run("every medium but documents, the worst decides", func(t *testing.T) {
		a := c.ca.only(t, folder, "QUALITY").check("state", "FINISHED").check("resolution_status", "SUCCESS").check("system_resolution", "SUCCESS").check("error_code", nil)
		worst := 0.0
		for i, key := range []string{"source_image_id", "source_video_id", "source_shots_set_id"} {
			at := "results_media." + string(rune('0'+i)) + "."
			id := medium(string(rune('0' + i)))
			a.check(at+key, id).check(at+"source_media_id", id).check(at+"results_data.gesture", nil)
			score := a.number(at + "results_data.confidence_spoofing")
			if score < 0 || score > 1 {
				t.Errorf("%s: score %g", a, score)
			}
			worst = max(worst, score)
		}
		a.check("results_data.confidence_spoofing", worst).check("results_media.0.results_data.injection_score", nil).check("results_media.0.output_images", []any{})
		if n := len(a.list("results_media")); n != 3 {
			t.Errorf("%s: %d media", a, n)
		}
		if v := a.number("results_media.1.results_data.injection_score"); v < 0 || v >= 0.5 {
			t.Errorf("%s: signs of injection in a living person's video", a)
		}
		a.check("confs.threshold_spoofing", 0.5).check("confs.extract_best_shot", true)
		for _, key := range []string{"models.0.sha256", "queue_ms", "run_ms", "quality"} {
			a.at("technical_meta_data." + key)
		}
	})
	t.Run("the best shot", func(t *testing.T) {
		a := c.ca.only(t, folder, "QUALITY", object{"source_media": []string{medium("1")}}).want(200)
		const best = "results_media.0.output_images.0."
		a.check(best+"media_type", "IMAGE_RESULT_ANALYSIS_SINGLE").check(best+"tags", []string{"best_shot"}).check(best+"original_name", "best_shot.jpg").check(best+"image_id", a.at(best+"media_id"))
		shot, err := jpeg.DecodeConfig(bytes.NewReader(fetch(t, a.text(best+"original_url"), 200)))
		if err != nil || shot.Width != 400 || shot.Height != 300 {
			t.Errorf("the best shot is %+v, %v", shot, err)
		}
		id := a.id(best + "media_id")
		c.ca.get(t, mediaPath(id)).want(200).check("media_id", id)
		if all := c.ca.get(t, folderPath(folder)).want(200).ids("media", "media_id"); contains(all, id) || len(all) != 4 {
			t.Errorf("the folder lists %v", all)
		}
		c.ca.only(t, folder, "QUALITY", object{"source_media": []string{medium("1")}, "params": object{"extract_best_shot": false}}).
			check("results_media.0.output_images", []any{}).check("confs.extract_best_shot", false)
		// It goes with its analysis.
		url := a.text(best + "original_url")
		c.ca.delete(t, analysisPath(a.id("analysis_id"))).want(204)
		c.ca.get(t, mediaPath(id)).fault(notExist)
		fetch(t, url, 404)
	})
	t.Run("thresholds", func(t *testing.T) {
		on := func(threshold float64) answer {
			return c.ca.only(t, folder, "QUALITY", object{"source_media": []string{medium("0")}, "params": object{"threshold_spoofing": threshold}})
		}
		// Stricter counts; nothing is stricter than 0.
		on(0).check("resolution_status", "DECLINED").check("confs.threshold_spoofing", 0)
		on(0.9).check("confs.threshold_spoofing", 0.5)
		c.ca.patch(t, "/api/companies/"+c.id+"/", object{"analysis_settings": object{"allow_request_thresholds": true, "quality": object{"threshold_spoofing": 0.25}}}).want(200)
		on(0.9).check("resolution_status", "SUCCESS").check("confs.threshold_spoofing", 0.9)
		c.ca.only(t, folder, "QUALITY", object{"source_media": []string{medium("0")}}).check("confs.threshold_spoofing", 0.25)
		c.refuse(t, []refusal{
			{name: "above 1", path: analysesOf(folder), body: object{"analyses": []object{{"type": "QUALITY", "params": object{"threshold_spoofing": 1.5}}}}, want: badValue("analyses.0.params.threshold_spoofing", "limit", 1)},
			{name: "a text", path: analysesOf(folder), body: object{"analyses": []object{{"type": "QUALITY", "params": object{"threshold_spoofing": "low"}}}}, want: badType("analyses.0.params.threshold_spoofing")},
			{name: "best shot is a number", path: analysesOf(folder), body: object{"analyses": []object{{"type": "QUALITY", "params": object{"extract_best_shot": 1}}}}, want: badType("analyses.0.params.extract_best_shot")},
		})
	})
	t.Run("named documents are taken", func(t *testing.T) {
		c.ca.only(t, folder, "QUALITY", object{"source_media": []string{medium("3")}}).check("state", "FINISHED").check("results_media.0.source_image_id", medium("3"))
	})
	t.Run("nothing but a document", func(t *testing.T) {
		alone := c.ca.upload(t, "/api/folders/", photo("card", people(t).bea[0]), tagged(map[string][]string{"card": {"photo_id"}})).want(201).id("folder_id")
		c.refuse(t, []refusal{{
			name: "no media", path: analysesOf(alone), body: object{"analyses": []object{{"type": "QUALITY"}}},
			want: badValue("analyses.0.source_media", "reason", "not_enough_media", "limit", 1, "actual", 0),
		}})
	})
}

// TestQualityFailed: media without a verdict (api.md 9.4, 9.6).
func TestQualityFailed(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	grey := func(photo testphoto.Photo) part {
		src := photo.Image(t)
		dst := image.NewGray(src.Bounds())
		for y := range dst.Rect.Dy() {
			for x := range dst.Rect.Dx() {
				dst.Set(x, y, src.At(x, y))
			}
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, dst, nil); err != nil {
			t.Fatal(err)
		}
		return file("m", "grey.jpg", b.String())
	}
	video := func(p testphoto.Photo) part { return file("m", "m.mp4", string(loop(t, p.JPEG, "", 1))) }
	for _, tt := range []struct {
		name  string
		part  part
		code  int
		check string
	}{
		{"no face", photo("m", p.nobody), 20, ""},
		{"two faces", photo("m", p.two), 21, ""},
		{"a face of 20 pixels", photo("m", testphoto.Resize(t, p.ada[1], 48)), 22, "face_size"},
		{"one channel", grey(p.ada[1]), 22, "color"},
		{"video without a face", video(p.nobody), 20, ""},
		{"video of two faces", video(p.two), 21, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := c.ca.upload(t, "/api/folders/", tt.part).want(201).id("folder_id")
			a := c.ca.only(t, folder, "QUALITY").check("state", "FAILED").check("resolution_status", "FAILED").check("error_code", tt.code).check("results_media", []any{}).check("results_data", nil)
			if tt.check != "" {
				a.check("technical_meta_data.error_checks.0.name", tt.check)
			}
			c.ca.get(t, folderPath(folder)).want(200).check("system_resolution", "FAILED")
		})
	}
	t.Run("one channel is enough to compare faces", func(t *testing.T) {
		folder := c.ca.upload(t, "/api/folders/", grey(p.ada[1]), photo("other", p.ada[0])).want(201).id("folder_id")
		c.ca.only(t, folder, "BIOMETRY").check("resolution_status", "SUCCESS")
	})
}

// TestQualityInjected: videos that no camera took are DECLINED, whatever the
// presentation models say of their frames.
func TestQualityInjected(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	frame := still(t, testphoto.Webcam, 1)
	for name, medium := range map[string]part{
		"a still":             file("m", "m.mp4", string(loop(t, frame, "", 3))),
		"a still moved about": file("m", "m.mp4", string(loop(t, frame, "zoompan=z='1.15+0.08*sin(on/11)':x='20+14*sin(on/7)':y='18+10*cos(on/9)':d=1:s=400x300:fps=25", 3))),
		"two seconds, again and again": file("m", "m.mp4", string(testphoto.Clip(t, testphoto.Webcam,
			testphoto.Cut{From: 31, Seconds: 2, Format: "mp4", Filter: "loop=loop=2:size=50:start=0"}))),
		"the same frame of a shot set": file("m", "m.zip", string(repeated(t, frame, 12))),
	} {
		t.Run(name, func(t *testing.T) {
			folder := c.ca.upload(t, "/api/folders/", medium).want(201).id("folder_id")
			a := c.ca.only(t, folder, "QUALITY").check("state", "FINISHED").check("resolution_status", "DECLINED")
			if a.number("results_data.injection_score") < 0.5 || a.number("results_data.confidence_spoofing") < a.number("results_data.injection_score") {
				t.Errorf("%s", a)
			}
		})
	}
	t.Run("only logged when the installation says so", func(t *testing.T) {
		s := start(t, "OSPREY_WEB_INJECTION_MODE=log")
		c := s.tenant(t, s.admin(t))
		folder := c.ca.upload(t, "/api/folders/", file("m", "m.mp4", string(loop(t, frame, "", 3)))).want(201).id("folder_id")
		a := c.ca.only(t, folder, "QUALITY").check("resolution_status", "SUCCESS")
		if a.number("results_data.injection_score") < 0.5 || a.number("results_data.confidence_spoofing") >= 0.5 {
			t.Errorf("%s", a)
		}
	})
}
