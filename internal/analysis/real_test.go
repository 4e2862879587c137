package analysis_test

import (
	"bytes"
	"image/jpeg"
	"slices"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/collection"
	"example.org/osprey/internal/folder"
	"example.org/osprey/internal/testhouse"
	"example.org/osprey/internal/testphoto"
)

// TestRealPhotos: the installed models compare photographs and judge their
// liveness; the verdicts about who is who are those of the people on them.
func TestRealPhotos(t *testing.T) {
	t.Parallel()
	h, g, _ := house(t, testhouse.Options{})
	people := testphoto.Mated(t)
	in := func(photos ...testphoto.Photo) osprey.ID {
		var files []folder.File
		for i, p := range photos {
			files = append(files, folder.File{Field: []string{"a", "b", "c"}[i], Data: p.JPEG})
		}
		v, err := h.Folders.Create(t.Context(), g, folder.Intake{Files: files, Source: "api"})
		if err != nil {
			t.Fatal(err)
		}
		return v.Folder.ID
	}
	for name, tt := range map[string]struct {
		folder osprey.ID
		want   osprey.Resolution
	}{
		"one person":       {in(people[0].Photos[0], people[0].Photos[1]), osprey.ResolutionSuccess},
		"another person":   {in(people[0].Photos[0], people[1].Photos[0]), osprey.ResolutionDeclined},
		"two and a second": {in(people[0].Photos[0], people[0].Photos[1], people[1].Photos[0]), osprey.ResolutionDeclined},
	} {
		a, err := run(t.Context(), h, g, tt.folder, analysis.Request{Type: osprey.AnalysisBiometry})
		if err != nil || a.Resolution != tt.want {
			t.Errorf("%s: %s, want %s: %+v %s (error %v)", name, a.Resolution, tt.want, a.Result, a.ErrorMessage, err)
		}
		// The same media give the same scores, from what was kept as from a new look.
		again, err := run(t.Context(), h, g, tt.folder, analysis.Request{Type: osprey.AnalysisBiometry})
		if err != nil || again.Result == nil || !slices.Equal(again.Result.Biometry.Pairs, a.Result.Biometry.Pairs) {
			t.Errorf("%s, repeated: %+v, %v", name, again.Result, err)
		}
	}
	f := in(people[0].Photos[0])
	first, err := run(t.Context(), h, g, f, analysis.Request{Type: osprey.AnalysisQuality})
	if err != nil || first.State != osprey.StateFinished {
		t.Fatalf("%s: %s (error %v)", first.State, first.ErrorMessage, err)
	}
	again, err := run(t.Context(), h, g, f, analysis.Request{Type: osprey.AnalysisQuality})
	q := first.Result.Quality
	if err != nil || again.Result.Quality.Spoofing != q.Spoofing || q.Spoofing < 0 || q.Spoofing > 1 || q.Media[0].BestShot != "" {
		t.Errorf("%+v, then %+v (error %v)", q, again.Result, err)
	}
	checkTraceOf(t, first)
}

// checkTraceOf looks whether a real look left its measures in the trace.
func checkTraceOf(t *testing.T, a osprey.Analysis) {
	t.Helper()
	for _, m := range a.Source {
		q, _ := a.Technical["quality"].(map[string]any)[string(m.Media)].(map[string]any)
		if q == nil || slices.Contains(q["checks_skipped"].([]any), any("face_size")) || slices.Contains(q["checks_skipped"].([]any), any("sharpness")) {
			t.Errorf("%s: %v", a.Type, q)
		}
	}
}

// TestRealClips: videos and frame sequences are one source: their best frames are
// compared and searched, and their best shot can be enrolled.
func TestRealClips(t *testing.T) {
	t.Parallel()
	h, g, c := house(t, testhouse.Options{})
	webcam := testphoto.Clip(t, testphoto.Webcam, testphoto.Cut{Seconds: 2, Format: "mp4", Filter: "fps=10"})
	again := testphoto.Clip(t, testphoto.WebcamAgain, testphoto.Cut{Seconds: 2, Format: "zip", Filter: "fps=5"})
	studio := testphoto.Clip(t, testphoto.Studio, testphoto.Cut{From: 14, Seconds: 2, Format: "zip", Filter: "fps=5"})
	in := func(clips ...[]byte) osprey.ID {
		var files []folder.File
		for i, data := range clips {
			files = append(files, folder.File{
				Field: []string{"a", "b"}[i], Data: data, Tags: []string{"video_selfie", osprey.GestureTagBlank},
			})
		}
		v, err := h.Folders.Create(t.Context(), g, folder.Intake{Files: files, Source: "api"})
		if err != nil {
			t.Fatal(err)
		}
		return v.Folder.ID
	}
	ask := func(f osprey.ID, r analysis.Request) osprey.Analysis {
		a, err := run(t.Context(), h, g, f, r)
		if err != nil || a.State != osprey.StateFinished {
			t.Fatalf("%s: %s, %s (error %v)", r.Type, a.State, a.ErrorMessage, err)
		}
		return a
	}
	same, different := in(webcam, again), in(webcam, studio)
	if a := ask(same, analysis.Request{Type: osprey.AnalysisBiometry}); a.Resolution != osprey.ResolutionSuccess {
		t.Errorf("one person in two clips: %s, %+v", a.Resolution, a.Result.Biometry)
	}
	if a := ask(different, analysis.Request{Type: osprey.AnalysisBiometry}); a.Resolution != osprey.ResolutionDeclined {
		t.Errorf("two persons in two clips: %s, %+v", a.Resolution, a.Result.Biometry)
	}
	a := ask(in(webcam), analysis.Request{Type: osprey.AnalysisQuality})
	q := a.Result.Quality.Media[0]
	if q.BestShot == "" || q.Gesture == nil || q.Gesture.Tag != osprey.GestureTagBlank {
		t.Fatalf("%+v", q)
	}
	checkTraceOf(t, a)
	shot, err := h.Folders.File(t.Context(), g, a.Folder, q.BestShot, folder.Original)
	if err != nil {
		t.Fatal(err)
	}
	if size, err := jpeg.DecodeConfig(bytes.NewReader(shot.Data)); err != nil || min(size.Width, size.Height) < 300 || shot.MIME != "image/jpeg" {
		t.Errorf("the best shot is %+v, %s, %v", size, shot.MIME, err)
	}
	enrolled, err := h.Collections.AddPerson(t.Context(), g, c.ID, collection.Enrolment{Photos: []collection.Photo{{Field: "image1", Data: shot.Data}}})
	if err != nil {
		t.Fatal(err)
	}
	a = ask(different, analysis.Request{Type: osprey.AnalysisCollection})
	m := a.Result.Collection.Media
	if a.Resolution != osprey.ResolutionDeclined || len(m[0].Persons) != 1 || m[0].Persons[0].Person != enrolled.Person.ID || len(m[1].Persons) != 0 {
		t.Errorf("the search of two clips: %s, %+v", a.Resolution, m)
	}
	h.Whole()
}

// TestRealDocument: a photograph of a face without any text is no document that can
// be read; its portrait is cut out all the same.
func TestRealDocument(t *testing.T) {
	t.Parallel()
	h, g, _ := house(t, testhouse.Options{})
	f := selfie(t, h, g, testphoto.Mated(t)[0].Photos[0])
	a, err := run(t.Context(), h, g, f, analysis.Request{Type: osprey.AnalysisDocuments, RequireMRZ: true})
	if err != nil || a.Resolution != osprey.ResolutionDeclined {
		t.Fatalf("%s, %s (error %v)", a.Resolution, a.ErrorMessage, err)
	}
	got := make(map[string]osprey.CheckResult)
	for _, c := range a.Result.Documents.Checks {
		got[c.Name] = c.Result
	}
	if got[osprey.CheckPortraitFound] != osprey.CheckPass || got[osprey.CheckMRZFound] != osprey.CheckFail || got[osprey.CheckMRZValid] != osprey.CheckSkipped {
		t.Errorf("checks %v", got)
	}
	image := a.Result.Documents.Media[0].Image
	m, err := h.Folders.Media(t.Context(), g, image)
	if err != nil || m.Type != osprey.MediaImageResult || m.Analysis != a.ID || m.Info.Width == 0 {
		t.Errorf("the portrait %q is %+v, %v", image, m, err)
	}
	checkTrace(t, a)
	h.Whole()
}
