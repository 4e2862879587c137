package e2e

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"example.org/osprey/internal/testphoto"
)

// clip is a video or shot set as a part of a form.
func clip(tb testing.TB, name string, f testphoto.Footage, c testphoto.Cut) part {
	tb.Helper()
	return file(name, name+"."+c.Format, string(testphoto.Clip(tb, f, c)))
}

// tagged is the payload that gives parts their tags.
func tagged(tags map[string][]string) part { return payload(object{"media:tags": tags}) }

// passive is two seconds of somebody who looks into the camera.
func passive(format string) testphoto.Cut {
	return testphoto.Cut{From: 0.5, Seconds: 2, Format: format}
}

// only starts one analysis on a folder and waits for its end.
func (c caller) only(tb testing.TB, folder, kind string, more ...object) answer {
	tb.Helper()
	return c.analyse(tb, folder, append([]object{{"type": kind}}, more...)...)
}

// TestMediaKinds: what is shown of each kind of medium, and what its links give
// (api.md 8.1, 8.2).
func TestMediaKinds(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	for _, tt := range []struct{ format, kind, mime, identity, other string }{
		{"mp4", "VIDEO_FOLDER", "video/mp4", "video_id", "shots_set_id"},
		{"mov", "VIDEO_FOLDER", "video/quicktime", "video_id", "shots_set_id"},
		{"webm", "VIDEO_FOLDER", "video/webm", "video_id", "image_id"},
		{"avi", "VIDEO_FOLDER", "video/x-msvideo", "video_id", "image_id"},
		{"mkv", "VIDEO_FOLDER", "video/x-matroska", "video_id", "image_id"},
		{"zip", "SHOTS_SET_FOLDER", "application/zip", "shots_set_id", "video_id"},
	} {
		t.Run(tt.format, func(t *testing.T) {
			// The declared type and the name are not trusted.
			lie := part{name: "take", file: "selfie.jpg", contentType: "image/jpeg", content: testphoto.Clip(t, testphoto.WebcamAgain, passive(tt.format))}
			a := c.ca.upload(t, "/api/folders/", lie, tagged(map[string][]string{"take": {"video_selfie", "video_selfie_blank"}})).want(201)
			const m = "media.0."
			a.check(m+"media_type", tt.kind).check(m+tt.identity, a.at(m+"media_id")).checkAbsent(m+tt.other).check(m+"original_name", "selfie.jpg").check(m+"technical_meta_data", object{})
			info := m + "info.video."
			if tt.format == "zip" {
				info = m + "info.shots_set."
				a.check(info+"frames", 50)
			} else if d := a.number(info + "duration"); math.Abs(d-2) > 0.2 {
				t.Errorf("%s: duration %g", a, d)
			}
			a.check(info+"mime-type", tt.mime).check(info+"width", 400).check(info+"height", 300).check(info+"size", len(lie.content))
			if a.at(m+"video_url") != a.at(m+"original_url") {
				t.Errorf("%s: video_url is not the original", a)
			}
			if got := fetch(t, a.text(m+"video_url"), 200); !bytes.Equal(got, lie.content) {
				t.Errorf("video_url gives %d bytes, %d were sent", len(got), len(lie.content))
			}
			if thumb := fetch(t, a.text(m+"thumb_url"), 200); !bytes.HasPrefix(thumb, []byte{0xff, 0xd8}) {
				t.Error("the thumbnail is no JPEG")
			}
			switch preview := a.at(m + "preview_url"); {
			case tt.format != "zip" && preview != nil:
				t.Errorf("%s: a video has a preview", a)
			case tt.format == "zip":
				if got := fetch(t, a.text(m+"preview_url"), 200); string(got[4:8]) != "ftyp" {
					t.Error("the preview is no MP4")
				}
			}
		})
	}
}

// TestFolderWaitsForAll: wait holds for an older analysis that runs, though a newer one
// of its type has ended and the folder's status tells of that alone (api.md 8.3, 9.7).
func TestFolderWaitsForAll(t *testing.T) {
	t.Parallel()
	s := start(t, "OSPREY_ANALYSIS_WORKERS=2")
	c := s.tenant(t, s.admin(t))
	slow := c.ca.upload(t, "/api/folders/", clip(t, "take", testphoto.WebcamAgain, passive("mp4")), photo("face", people(t).ada[0])).want(201)
	folder := slow.id("folder_id")
	for range 5 {
		older := c.ca.post(t, analysesOf(folder), object{"analyses": []object{{"type": "QUALITY", "source_media": []string{slow.id("media.0.media_id")}}}}).want(201).id("0.analysis_id")
		newer := c.ca.post(t, analysesOf(folder), object{"analyses": []object{{"type": "QUALITY", "source_media": []string{slow.id("media.1.media_id")}}}}).want(201).id("0.analysis_id")
		c.ca.finished(t, newer)
		before := c.ca.get(t, analysisPath(older)).want(200)
		c.ca.get(t, folderPath(folder)+"?wait=60").want(200)
		after := c.ca.get(t, analysisPath(older)).want(200)
		if after.text("state") == "PROCESSING" {
			t.Fatalf("%s: not waited for", after)
		}
		if before.text("state") == "PROCESSING" {
			return
		}
	}
	t.Error("the older analysis never outlasted the newer one")
}

// still is a frame of the footage as a still image.
func still(tb testing.TB, f testphoto.Footage, at float64) []byte {
	tb.Helper()
	archive := testphoto.Clip(tb, f, testphoto.Cut{From: at, Seconds: 0.04, Format: "png.zip"})
	frames := framesOf(tb, archive)
	return frames[0]
}

// framesOf gives the files of an archive in its order.
func framesOf(tb testing.TB, archive []byte) [][]byte {
	tb.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		tb.Fatal(err)
	}
	var out [][]byte
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			tb.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, data)
	}
	return out
}

// TestSameVerdict: one face gives one verdict whatever it comes in, and templates so
// alike that nobody could tell the containers apart by them.
func TestSameVerdict(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	cut := testphoto.Cut{From: 0.5, Seconds: 2, Format: "png.zip"}
	frame := still(t, testphoto.Webcam, 1)
	if _, err := png.Decode(bytes.NewReader(frame)); err != nil {
		t.Fatal(err)
	}
	picture := filepath.Join(t.TempDir(), "frame.png")
	if err := os.WriteFile(picture, frame, 0o600); err != nil {
		t.Fatal(err)
	}
	converted := func(name string, args ...string) part {
		out := filepath.Join(t.TempDir(), name)
		cmd := exec.Command("ffmpeg", append(append([]string{"-v", "error", "-y", "-i", picture}, args...), out)...)
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, text)
		}
		raw, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return file("m", name, string(raw))
	}
	video := func(format string) part {
		k := cut
		k.Format = format
		return clip(t, "m", testphoto.Webcam, k)
	}
	media := map[string]part{
		"JPEG": converted("a.jpg", "-q:v", "2"), "PNG": file("m", "a.png", string(frame)), "WebP": converted("a.webp", "-quality", "90"),
		"MP4": video("mp4"), "WebM": video("webm"), "ZIP": video("zip"),
	}
	list := c.collection(t)
	c.ca.upload(t, persons(list), file("image1", "a.png", string(frame))).want(201)
	for name, m := range media {
		folder := c.ca.upload(t, "/api/folders/", m).want(201).id("folder_id")
		q := c.ca.only(t, folder, "QUALITY").check("resolution_status", "SUCCESS")
		k := c.ca.only(t, folder, "COLLECTION", object{"collection_id": list}).check("resolution_status", "DECLINED")
		t.Logf("%-5s confidence_spoofing %.4f, confidence against the still %.4f", name, q.number("results_data.confidence_spoofing"), k.number("results_data.max_confidence"))
		// The same file again gives the same bits.
		other := c.ca.upload(t, "/api/folders/", m).want(201).id("folder_id")
		c.ca.only(t, other, "QUALITY").check("results_data", q.at("results_data"))
		c.ca.only(t, other, "COLLECTION", object{"collection_id": list}).check("results_data", k.at("results_data"))
	}
	// All pairs of containers.
	parts := []part{}
	for name, m := range media {
		m.name = name
		parts = append(parts, m)
	}
	folder := c.ca.upload(t, "/api/folders/", parts...).want(201).id("folder_id")
	b := c.ca.only(t, folder, "BIOMETRY").check("resolution_status", "SUCCESS")
	if least := b.number("results_data.min_confidence"); least < 0.98 {
		t.Errorf("%s: the least alike containers have confidence %.4f", b, least)
	}
	if n := len(b.list("results_data.pairs")); n != 15 {
		t.Errorf("%d pairs of six media", n)
	}
}

// loop is a video of one picture, through a filter when one is given.
func loop(tb testing.TB, picture []byte, filter string, seconds int) []byte {
	tb.Helper()
	if filter == "" {
		filter = "scale=trunc(iw/2)*2:trunc(ih/2)*2" // the encoder wants even sides
	}
	name := filepath.Join(tb.TempDir(), "picture")
	if err := os.WriteFile(name, picture, 0o600); err != nil {
		tb.Fatal(err)
	}
	return testphoto.Encode(tb, []string{"-loop", "1", "-framerate", "25", "-t", strconv.Itoa(seconds), "-i", name},
		testphoto.Cut{Format: "mp4", Filter: filter})
}

// repeated is a shot set of one picture.
func repeated(tb testing.TB, picture []byte, times int) []byte {
	tb.Helper()
	return archive(tb, times, func(i int) (string, []byte) { return fmt.Sprintf("frame_%04d.png", i), picture })
}

// splice joins two clips of one size into one video.
func splice(tb testing.TB, a, b []byte) []byte {
	tb.Helper()
	dir := tb.TempDir()
	names := []string{filepath.Join(dir, "a.mp4"), filepath.Join(dir, "b.mp4")}
	for i, clip := range [][]byte{a, b} {
		if err := os.WriteFile(names[i], clip, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return testphoto.Encode(tb, []string{"-i", names[0], "-i", names[1], "-filter_complex", "[0:v][1:v]concat=n=2:v=1,fps=25[v]", "-map", "[v]", "-t", "4"}, testphoto.Cut{Format: "mp4"})
}

// archive is a ZIP of n files.
func archive(tb testing.TB, n int, entry func(i int) (name string, content []byte)) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range n {
		name, content := entry(i)
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write(content)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}
