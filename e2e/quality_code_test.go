package e2e

import (
	"fmt"
	"testing"

	"example.org/osprey/internal/testphoto"
)

// portrait is the filter that cuts a face out of the studio's footage so that nothing
// is to be said against the picture.
const portrait = "crop=240:240:80:45,scale=800:800:flags=lanczos"

// shot is a frame of the studio's footage through filters, as a photo.
func shot(tb testing.TB, at float64, filter string) part {
	tb.Helper()
	cut := testphoto.Cut{From: at, Seconds: 0.04, Format: "png.zip", Filter: filter}
	return file("m", "m.png", string(framesOf(tb, testphoto.Clip(tb, testphoto.Studio, cut))[0]))
}

// codesOf gives the warnings and the skipped checks of a folder's one medium.
func codesOf(tb testing.TB, c company, m part, tags ...string) (warnings, skipped []any) {
	tb.Helper()
	folder := c.ca.upload(tb, "/api/folders/", m, tagged(map[string][]string{m.name: append([]string{}, tags...)})).want(201).id("folder_id")
	a := c.ca.only(tb, folder, "QUALITY").check("state", "FINISHED")
	at := "technical_meta_data.quality." + a.text("results_media.0.source_media_id")
	return a.list(at + ".warnings"), a.list(at + ".checks_skipped")
}

// TestQualityCode: each code of components.md 9.4 is told of a picture that deserves
// it, and not of the same picture without the fault.
func TestQualityCode(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	const good = 20.0 // seconds: looks into the camera
	clean, skipped := codesOf(t, c, shot(t, good, portrait))
	if len(clean) != 0 {
		t.Errorf("a good portrait has warnings %v", clean)
	}
	// What no installed model can tell is said, never passed over.
	for _, check := range []string{"occlusion", "mask", "sunglasses"} {
		if !containsAny(skipped, check) {
			t.Errorf("checks_skipped is %v, without %s", skipped, check)
		}
	}
	for _, tt := range []struct {
		code   string
		at     float64
		filter string
	}{
		{"FACE_TOO_SMALL", good, "crop=240:240:80:10,scale=240:240,pad=800:800:280:280:gray"},
		{"FACE_TOO_CLOSE", good, "crop=130:180:140:80,scale=780:1080"},
		{"FACE_CUT", good, "crop=195:200:165:40,scale=780:800"},
		{"OFF_CENTER", good, portrait + ",pad=1200:800:400:0:gray"},
		{"BLURRED", good, portrait + ",gblur=sigma=14"},
		{"TOO_DARK", good, portrait + ",lutrgb=r=val*0.3:g=val*0.3:b=val*0.3"},
		{"TOO_BRIGHT", good, portrait + ",lutrgb=r=255-(255-val)*0.1:g=255-(255-val)*0.1:b=255-(255-val)*0.1"},
		{"BACKLIGHT", good, `crop=240:240:80:10,scale=800:800,lutrgb=r=val*0.42:g=val*0.42:b='if(gt(val\,190)\,255\,val*0.42)',colorkey=0x2a57ff:0.35:0.05,format=rgba,split[a][b];[b]lutrgb=r=255:g=255:b=255:a=255[w];[w][a]overlay`},
		{"UNEVEN_LIGHT", good, portrait + `,geq=r='min(255\,r(X,Y)*if(gt(X\,410)\,0.08\,1.2))':g='min(255\,g(X,Y)*if(gt(X\,410)\,0.08\,1.2))':b='min(255\,b(X,Y)*if(gt(X\,410)\,0.08\,1.2))'`},
		{"LOW_CONTRAST", good, portrait + ",lutrgb=r=100+val*0.2:g=100+val*0.2:b=100+val*0.2"},
		{"POSE", good, portrait + ",rotate=28*PI/180:fillcolor=blue"},
		{"EYES_CLOSED", 10.0, portrait},
		{"LOW_RESOLUTION", good, "crop=240:240:80:10,scale=400:400"},
		{"LOW_QUALITY", good, "crop=240:240:80:10,scale=100:100,gblur=sigma=2.2,lutrgb=r=val*0.35:g=val*0.35:b=val*0.35,scale=800:800"},
	} {
		t.Run(tt.code, func(t *testing.T) {
			warnings, _ := codesOf(t, c, shot(t, tt.at, tt.filter))
			if !containsAny(warnings, tt.code) {
				t.Errorf("warnings are %v", warnings)
			}
		})
	}
	t.Run("MOUTH_OPEN", func(t *testing.T) {
		cut := testphoto.Cut{From: 11.6, Seconds: 0.04, Format: "png.zip", Filter: "crop=150:150:135:95,scale=800:800:flags=lanczos"}
		open := file("m", "m.png", string(framesOf(t, testphoto.Clip(t, testphoto.Webcam, cut))[0]))
		if warnings, _ := codesOf(t, c, open); !containsAny(warnings, "MOUTH_OPEN") {
			t.Errorf("warnings are %v", warnings)
		}
	})
	t.Run("MOTION_BLUR", func(t *testing.T) {
		shaken := testphoto.Cut{From: good, Seconds: 1.2, Format: "mp4", Filter: "crop=240:240:'60+40*sin(t*14)':10,scale=800:800"}
		if warnings, _ := codesOf(t, c, clip(t, "m", testphoto.Studio, shaken)); !containsAny(warnings, "MOTION_BLUR") {
			t.Errorf("a shaken video has %v", warnings)
		}
		calm := testphoto.Cut{From: good, Seconds: 1.2, Format: "mp4", Filter: portrait}
		if warnings, _ := codesOf(t, c, clip(t, "m", testphoto.Studio, calm)); containsAny(warnings, "MOTION_BLUR") {
			t.Errorf("a calm video has %v", warnings)
		}
	})
	t.Run("what a gesture asks for is no fault", func(t *testing.T) {
		smile := testphoto.Cut{From: 0.5, Seconds: 3, Format: "mp4", Filter: portrait}
		if warnings, _ := codesOf(t, c, clip(t, "m", testphoto.Studio, smile), "video_selfie_smile"); containsAny(warnings, "MOUTH_OPEN") {
			t.Errorf("a smile has %v", warnings)
		}
	})
	t.Run("refusals name the check", func(t *testing.T) {
		for check, filter := range map[string]string{
			"color":     portrait + ",format=gray",
			"face_size": "crop=240:240:80:10,scale=75:75,pad=300:300:110:110:gray",
		} {
			folder := c.ca.upload(t, "/api/folders/", shot(t, good, filter)).want(201).id("folder_id")
			c.ca.only(t, folder, "QUALITY").check("error_code", 22).check("technical_meta_data.error_checks.0.name", check)
		}
		two := fmt.Sprintf("%s,split[a][b];[a][b]hstack", portrait)
		folder := c.ca.upload(t, "/api/folders/", shot(t, good, two)).want(201).id("folder_id")
		c.ca.only(t, folder, "QUALITY").check("error_code", 21)
	})
}
