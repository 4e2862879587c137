package report

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/testphoto"
)

// TestLanguagesAreWhole: every language that a template may name has every text,
// and texts with places for values have the same places.
func TestLanguagesAreWhole(t *testing.T) {
	t.Parallel()
	english := reflect.ValueOf(languages[osprey.LocaleEnglish])
	if len(languages) != len(osprey.Locales()) {
		t.Errorf("%d languages, %d locales", len(languages), len(osprey.Locales()))
	}
	for _, l := range osprey.Locales() {
		w := reflect.ValueOf(languages[l])
		for i := range w.NumField() {
			name, text := w.Type().Field(i).Name, w.Field(i).String()
			if text == "" {
				t.Errorf("%s lacks %s", l, name)
			}
			for _, place := range []string{"%s", "%d"} {
				if strings.Count(text, place) != strings.Count(english.Field(i).String(), place) {
					t.Errorf("%s: %s has other places for values: %q", l, name, text)
				}
			}
		}
	}
}

// TestEveryKindOfResultIsPrinted lays a folder with every type and state of
// analysis out, in every language and with every choice of sections.
func TestEveryKindOfResultIsPrinted(t *testing.T) {
	t.Parallel()
	c := everything(t)
	whole := 0
	for _, l := range osprey.Locales() {
		c.Template.Locale, c.Template.Sections = l, osprey.ReportSections()
		data, err := print(c)
		if err != nil {
			t.Fatalf("%s: %v", l, err)
		}
		whole = len(data)
		if path := os.Getenv("OSPREY_REPORT_DIR"); path != "" {
			if err := os.WriteFile(path+"/report-"+string(l)+".pdf", data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, s := range osprey.ReportSections() {
		c.Template.Sections = []osprey.ReportSection{s}
		data, err := print(c)
		if err != nil || len(data) == 0 || len(data) >= whole {
			t.Errorf("%s alone: %d bytes of %d, %v", s, len(data), whole, err)
		}
	}
	empty := Content{Report: c.Report, Template: builtIn(), Folder: osprey.Folder{System: osprey.ResolutionInitial}}
	if _, err := print(empty); err != nil {
		t.Errorf("an empty folder: %v", err)
	}
}

// everything is a folder with every kind of medium and result.
func everything(t *testing.T) Content {
	t.Helper()
	some := func(v float64) *float64 { return &v }
	text := func(s string) *string { return &s }
	ids := osprey.NewIDs(osprey.SystemClock{})
	now := osprey.TimeOf(osprey.SystemClock{}.Now())
	photo := testphoto.Mated(t)[0].Photos[0].JPEG
	medium := func(kind osprey.MediaType, key string) Medium {
		return Medium{Thumbnail: photo, Media: osprey.Media{
			ID: ids.New(), Type: kind, Key: key, OriginalName: key + ".bin", Tags: []string{"video_selfie", "video_selfie_smile"},
			Info:   osprey.MediaInfo{ImageInfo: osprey.ImageInfo{MIME: "image/jpeg", Size: 123456, Width: 720, Height: 1280}, Seconds: 5.02, FPS: 29.97, Frames: 150},
			SHA256: strings.Repeat("a5", 32), Created: now, Metadata: osprey.Metadata{"lens": "front", "list": []any{"a", "b"}},
		}}
	}
	selfie, clip, shots := medium(osprey.MediaImage, "selfie"), medium(osprey.MediaVideo, "video1"), medium(osprey.MediaShotSet, "frames")
	gone := medium(osprey.MediaImage, "erased")
	gone.Cleared, gone.Thumbnail = true, nil
	best := medium(osprey.MediaImageResult, "")
	best.OriginalName = "best_shot.jpg"
	source := func(list ...Medium) (out []osprey.SourceMedia) {
		for _, m := range list {
			out = append(out, osprey.SourceMedia{Media: m.ID, Type: m.Type, OriginalName: m.OriginalName})
		}
		return out
	}
	trace := osprey.Metadata{"models": []any{
		map[string]any{"name": "osprey-face-m", "version": "1", "sha256": strings.Repeat("0f", 32)},
		map[string]any{"name": "osprey-liveness-27", "version": "1", "sha256": strings.Repeat("b1", 32)},
	}}
	reason, code := osprey.GestureWrong, osprey.CodeNoFace
	result := func(kind osprey.AnalysisType, word osprey.Resolution, r *osprey.Result, list ...Medium) osprey.Analysis {
		return osprey.Analysis{
			ID: ids.New(), Type: kind, State: osprey.StateFinished, Resolution: word, System: word, Source: source(list...), Result: r,
			Technical: trace, Created: now, Finished: now,
			Params: osprey.AnalysisParams{ThresholdSpoofing: 0.5, ThresholdMin: 0.6, ThresholdMax: 0.85},
		}
	}
	liveness := result(osprey.AnalysisQuality, osprey.ResolutionDeclined, &osprey.Result{Quality: &osprey.QualityResult{Media: []osprey.MediaQuality{
		{Media: clip.ID, Spoofing: 0.7213, Injection: some(0.1), Gesture: &osprey.Gesture{Tag: "video_selfie_smile", Reason: &reason}},
		{Media: shots.ID, Spoofing: 0.094, Gesture: &osprey.Gesture{Tag: "video_selfie_eyes", Detected: true}},
	}}}, clip, shots)
	best.Analysis, best.Source = liveness.ID, clip.ID
	matching := result(osprey.AnalysisBiometry, osprey.ResolutionSuccess, &osprey.Result{Biometry: &osprey.BiometryResult{Min: 0.71, Max: 0.99, Pairs: []osprey.FacePair{
		{A: selfie.ID, B: clip.ID, Confidence: 0.71}, {A: selfie.ID, B: shots.ID, Confidence: 0.99},
	}}}, selfie, clip, shots)
	matching.System, matching.OperatorStatus, matching.OperatorTime, matching.OperatorComment = osprey.ResolutionOperator, osprey.ResolutionSuccess, now, text("Checked against the ID photo")
	search := result(osprey.AnalysisCollection, osprey.ResolutionDeclined, &osprey.Result{Collection: &osprey.CollectionResult{Matched: true,
		Collections: []osprey.SearchedCollection{{Alias: "block list", OnMatch: osprey.OnMatchDecline, Threshold: 0.85, Persons: 1200, Images: 3400}},
		Media:       []osprey.MediaMatches{{Media: selfie.ID, Persons: []osprey.PersonMatch{{Person: ids.New(), Alias: "block list", Confidence: 0.9312}}}},
	}}, selfie)
	yes, no := true, false
	document := result(osprey.AnalysisDocuments, osprey.ResolutionOperator, &osprey.Result{Documents: &osprey.DocumentsResult{
		Checks: []osprey.DocumentCheck{{Name: "mrz_valid", Result: osprey.CheckPass}, {Name: "sharpness", Result: osprey.CheckFail, Actual: some(0.31), Limit: some(0.4)},
			{Name: "glare", Result: osprey.CheckSkipped}, {Name: "not_expired", Result: osprey.CheckUnsure}},
		Fields: []osprey.TextField{{Name: "last_name", MRZ: text("ERIKSSON")}, {Name: "document_number", MRZ: text("L898902C3"), Valid: &yes}, {Name: "birth_date", MRZ: text("1974-08-12"), Valid: &no}},
		MRZ:    osprey.DocumentMRZ{Found: true, Lines: []string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"}},
	}}, selfie)
	failed := osprey.Analysis{ID: ids.New(), Type: osprey.AnalysisBiometry, State: osprey.StateFailed, Resolution: osprey.ResolutionFailed,
		Source: source(gone), ErrorCode: &code, ErrorMessage: "No face found", Created: now, Finished: now}
	nobody := result(osprey.AnalysisCollection, osprey.ResolutionSuccess, &osprey.Result{Collection: &osprey.CollectionResult{}}, selfie)
	analyses := []osprey.Analysis{liveness, matching, search, nobody, document, failed}
	return Content{
		Report:  osprey.Report{ID: ids.New(), Format: osprey.ReportPDF, Created: now},
		Company: "Example Bank",
		Folder: osprey.Folder{ID: ids.New(), System: osprey.ResolutionDeclined, Status: osprey.ResolutionFinished, Created: now, ResolutionTime: now,
			OperatorStatus: osprey.ResolutionSuccess, OperatorComment: text("Checked against the ID photo"),
			Metadata: osprey.Metadata{"client_iin": "870412300112", "transaction_id": "t-1", "person": map[string]any{"last_name": "Қайраткызы", "cjk": "山田", "emoji": "😀", "note": nil}}},
		Media: []Medium{selfie, clip, shots, gone}, Images: []Medium{best}, Analyses: analyses, Models: modelsOf(analyses),
		Template: builtIn(), Logo: photo,
	}
}
