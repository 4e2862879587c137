package e2e

import (
	"testing"

	"example.org/osprey/internal/testphoto"
)

// gestures are cuts of the footage in which the gesture was made, or was not.
var gestures = []struct {
	name, tag string
	footage   testphoto.Footage
	cut       testphoto.Cut
	detected  bool
	reason    any
}{
	{"looks straight", "video_selfie_blank", testphoto.Webcam, testphoto.Cut{From: 0.5, Seconds: 2}, true, nil},
	{"one frame to use", "video_selfie_oneshot", testphoto.Webcam, testphoto.Cut{From: 0.5, Seconds: 1}, true, nil},
	{"smiles", "video_selfie_smile", testphoto.Studio, testphoto.Cut{From: 17, Seconds: 3}, true, nil},
	{"looks up", "video_selfie_high", testphoto.Webcam, testphoto.Cut{From: 23.2, Seconds: 2}, true, nil},
	{"does not smile", "video_selfie_smile", testphoto.Webcam, testphoto.Cut{From: 0.5, Seconds: 2}, false, "NOT_PERFORMED"},
	{"comes closer", "video_selfie_zoom_in", testphoto.Webcam, testphoto.Cut{From: 30.5, Seconds: 2.5}, true, nil},
	{"goes away", "video_selfie_zoom_out", testphoto.Webcam, testphoto.Cut{From: 34, Seconds: 2.2}, true, nil},
	{"goes away instead of coming closer", "video_selfie_zoom_in", testphoto.Webcam, testphoto.Cut{From: 34, Seconds: 2.2}, false, "WRONG_GESTURE"},
	{"does not turn", "video_selfie_left", testphoto.Webcam, testphoto.Cut{From: 0.5, Seconds: 2}, false, "NOT_PERFORMED"},
	{"blinks", "video_selfie_eyes", testphoto.Studio, testphoto.Cut{From: 5.8, Seconds: 2}, true, nil},
	{"keeps the eyes open", "video_selfie_eyes", testphoto.Webcam, testphoto.Cut{From: 31, Seconds: 1}, false, "NOT_PERFORMED"},
}

// TestGesture: the movement that a tag names is found in real footage, and told
// (api.md 9.4, components.md 2.8).
func TestGesture(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	judge := func(c company, tag string, f testphoto.Footage, cut testphoto.Cut) answer {
		t.Helper()
		if cut.Format == "" {
			cut.Format = "mp4"
		}
		folder := c.ca.upload(t, "/api/folders/", clip(t, "m", f, cut), tagged(map[string][]string{"m": {"video_selfie", tag}})).want(201).id("folder_id")
		return c.ca.only(t, folder, "QUALITY").check("state", "FINISHED").check("results_media.0.results_data.gesture.tag", tag)
	}
	const gesture = "results_media.0.results_data.gesture."
	for _, tt := range gestures {
		t.Run(tt.name, func(t *testing.T) {
			a := judge(c, tt.tag, tt.footage, tt.cut)
			a.check(gesture+"detected", tt.detected).check(gesture+"reason", tt.reason)
			a.check("resolution_status", "SUCCESS") // it is told, no more
		})
	}
	t.Run("enforced", func(t *testing.T) {
		s := start(t, "OSPREY_QUALITY_GESTURE_POLICY=enforce")
		c := s.tenant(t, s.admin(t))
		judge(c, "video_selfie_smile", testphoto.Webcam, testphoto.Cut{From: 0.5, Seconds: 2}).check("resolution_status", "DECLINED").check(gesture+"detected", false)
		judge(c, "video_selfie_smile", testphoto.Studio, testphoto.Cut{From: 17, Seconds: 3}).check("resolution_status", "SUCCESS").check(gesture+"detected", true)
	})
	t.Run("a photo performs nothing", func(t *testing.T) {
		folder := c.ca.upload(t, "/api/folders/", file("m", "m.png", string(still(t, testphoto.Webcam, 1))), tagged(map[string][]string{"m": {"video_selfie_smile"}})).want(201).id("folder_id")
		c.ca.only(t, folder, "QUALITY").check(gesture+"detected", false).check(gesture+"reason", "NOT_PERFORMED").check("resolution_status", "SUCCESS")
	})
	t.Run("too few frames", func(t *testing.T) {
		a := judge(c, "video_selfie_smile", testphoto.Studio, testphoto.Cut{From: 1, Seconds: 0.16, Format: "zip"})
		a.check(gesture+"detected", false).check(gesture+"reason", "NOT_PERFORMED")
		id := a.text("results_media.0.source_media_id")
		if codes := a.list("technical_meta_data.quality." + id + ".warnings"); !containsAny(codes, "TOO_FEW_FRAMES") {
			t.Errorf("%s: warnings %v", a, codes)
		}
	})
	t.Run("another person takes over", func(t *testing.T) {
		spliced := splice(t, testphoto.Clip(t, testphoto.Studio, testphoto.Cut{From: 0, Seconds: 1, Format: "mp4", Filter: "fps=25,scale=400:300,setsar=1"}),
			testphoto.Clip(t, testphoto.Webcam, testphoto.Cut{From: 6, Seconds: 2, Format: "mp4", Filter: "fps=25,scale=400:300,setsar=1"}))
		folder := c.ca.upload(t, "/api/folders/", file("m", "m.mp4", string(spliced)), tagged(map[string][]string{"m": {"video_selfie_smile"}})).want(201).id("folder_id")
		a := c.ca.only(t, folder, "QUALITY").check("resolution_status", "DECLINED").check(gesture+"detected", false)
		if a.number("results_data.injection_score") < 0.5 {
			t.Errorf("%s", a)
		}
	})
}

// containsAny reports whether a value is among others.
func containsAny(list []any, v any) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}
