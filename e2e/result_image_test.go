package e2e

import (
	"bytes"
	"image/jpeg"
	"net/http"
	"testing"

	"example.org/osprey"
)

// TestResultImages: an image that an analysis cut out is found by its id, is no
// medium of its folder, and goes with its analysis, with its source, or by itself
// (api.md 8.4, 9.5, 9.9).
func TestResultImages(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	make := func(by caller) ids { return makePortrait(t, nil, c, user{caller: by}) }
	// gone tells that an image is not there any more, whoever asks.
	gone := func(t *testing.T, i ids, link string) {
		t.Helper()
		c.ca.get(t, mediaPath(i["media"])).fault(notExist)
		c.as("").get(t, link).fault(fault{status: 404, code: 10})
	}
	output := "results_media.0.output_images"

	t.Run("shown", func(t *testing.T) {
		i := make(c.ca)
		m := c.ca.get(t, mediaPath(i["media"])).want(200).check("media_type", "IMAGE_RESULT_ANALYSIS_SINGLE").
			check("image_id", i["media"]).check("folder_id", i["folder"]).check("tags", []string{"photo_id_portrait"}).check("video_url", nil)
		a := c.ca.get(t, analysisPath(i["analysis"])).want(200).check(output+".0.media_type", "IMAGE_RESULT_ANALYSIS_SINGLE").
			check(output+".0.image_id", i["media"]).check(output+".0.original_name", "portrait.jpg").check(output+".0.tags", []string{"photo_id_portrait"})
		for _, link := range []string{m.text("original_url"), a.text(output + ".0.original_url")} {
			got := c.as("").get(t, localPart(t, link)).want(200)
			if _, err := jpeg.Decode(bytes.NewReader(got.body)); err != nil {
				t.Errorf("%s: %v", link, err)
			}
			head := c.as("").call(t, http.MethodHead, localPart(t, link), nil).want(200)
			if head.header.Get("Content-Length") != got.header.Get("Content-Length") || head.header.Get("Content-Type") != "image/jpeg" {
				t.Errorf("HEAD %v", head.header)
			}
		}
		// Wherever analyses are shown, their images are.
		for path, at := range map[string]string{
			"/api/folders/" + i["folder"] + "/": "analyses.0.", "/api/folders/" + i["folder"] + "/analyses/": "0.",
			"/api/analyses/?analysis_id=" + i["analysis"]: "items.0.", "/api/folders/?with_analyses=true&folder_id=" + i["folder"]: "items.0.analyses.0.",
		} {
			c.ca.get(t, path).want(200).check(at+output+".0.media_id", i["media"])
		}
		// It is no medium of the folder, and no analysis takes it.
		if n := len(c.ca.get(t, mediaOf(i["folder"])).want(200).list("items")); n != 1 {
			t.Errorf("the folder has %d media", n)
		}
		c.refuse(t, []refusal{{name: "as a source", path: analysesOf(i["folder"]), body: object{"analyses": []object{{"type": "QUALITY", "source_media": []string{i["media"]}}}},
			want: notExist.with("field", "analyses.0.source_media.0")}})
	})
	t.Run("erased by itself", func(t *testing.T) {
		i := make(c.ca)
		link := localPart(t, c.ca.get(t, mediaPath(i["media"])).text("original_url"))
		c.ca.delete(t, mediaPath(i["media"])).want(204)
		gone(t, i, link)
		c.ca.get(t, analysisPath(i["analysis"])).want(200).check(output, []any{}).check("state", "FINISHED").check("source_media.0.is_cleared", false)
	})
	t.Run("erased with its source", func(t *testing.T) {
		i := make(c.ca)
		link := localPart(t, c.ca.get(t, mediaPath(i["media"])).text("original_url"))
		c.ca.delete(t, mediaPath(i["source"])).want(204)
		gone(t, i, link)
		c.ca.get(t, analysisPath(i["analysis"])).want(200).check(output, []any{}).check("source_media.0.is_cleared", true)
	})
	t.Run("erased with its analysis", func(t *testing.T) {
		i := make(c.ca)
		link := localPart(t, c.ca.get(t, mediaPath(i["media"])).text("original_url"))
		c.ca.delete(t, analysisPath(i["analysis"])).want(204)
		gone(t, i, link)
	})
	t.Run("a CLIENT may not", func(t *testing.T) {
		cl := c.user(t, osprey.RoleClient)
		i := make(cl.caller)
		c.refuse(t, []refusal{
			{name: "erase it", by: &cl.caller, method: "DELETE", path: mediaPath(i["media"]), want: forbidden},
			{name: "nor its source", by: &cl.caller, method: "DELETE", path: mediaPath(i["source"]), want: forbidden},
		})
	})
}
