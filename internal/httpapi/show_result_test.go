package httpapi

import (
	"encoding/json"
	"testing"

	"example.org/osprey"
)

const bestShot osprey.ID = "01980000-0000-7000-8000-0000000000a9"

// finished is a finished analysis of a type, of the media given.
func finished(t osprey.AnalysisType, result osprey.Result, params osprey.AnalysisParams, source ...osprey.SourceMedia) osprey.Analysis {
	a := testAnalysis()
	a.Type, a.Result, a.Params, a.Source = t, &result, params, source
	a.Resolution, a.System = osprey.ResolutionSuccess, osprey.ResolutionSuccess
	return a
}

func filmed() osprey.SourceMedia { return testAnalysis().Source[0] }

func photographed() osprey.SourceMedia {
	return osprey.SourceMedia{Media: selfie, Type: osprey.MediaImage, OriginalName: "id.jpg", Tags: []string{"photo_id_front"}}
}

// resultImage is what an analysis cut out of a medium.
func resultImage(id osprey.ID, name string, tag string) osprey.Media {
	return osprey.Media{
		ID: id, Folder: folderID, Company: company, Type: osprey.MediaImageResult, OriginalName: name, Tags: []string{tag},
		Blob: "blob", Analysis: analysisID, Source: video, Info: osprey.MediaInfo{ImageInfo: osprey.ImageInfo{MIME: "image/jpeg"}},
	}
}

func qualityAnalysis() osprey.Analysis {
	a := finished(osprey.AnalysisQuality, osprey.Result{Quality: &osprey.QualityResult{
		Spoofing: 0.05790174, Injection: ptr(0.01),
		Media: []osprey.MediaQuality{{
			Media: video, Spoofing: 0.05790174, Injection: ptr(0.01), BestShot: bestShot,
			Gesture: &osprey.Gesture{Tag: "video_selfie_blank", Detected: true, Enforced: true},
		}},
	}}, osprey.AnalysisParams{ThresholdSpoofing: 0.5, ExtractBestShot: true, GesturePolicy: osprey.GestureReport}, filmed())
	a.Technical = osprey.Metadata{
		"models":   []any{map[string]any{"name": "liveness-a", "version": "1.0.0", "sha256": "00"}},
		"queue_ms": json.Number("3"), "run_ms": json.Number("412"),
		"quality": map[string]any{string(video): map[string]any{"warnings": []any{"TOO_DARK"}, "checks_skipped": []any{"occlusion"}}},
	}
	return a
}

func biometryAnalysis() osprey.Analysis {
	return finished(osprey.AnalysisBiometry, osprey.Result{Biometry: &osprey.BiometryResult{
		Min: 0.941203377, Max: 0.941203377, Pairs: []osprey.FacePair{{A: video, B: selfie, Confidence: 0.941203377}},
	}}, osprey.AnalysisParams{ThresholdMin: 0.85, ThresholdMax: 0.85}, filmed(), photographed())
}

func documentsAnalysis() osprey.Analysis {
	field := func(name, value string) osprey.TextField {
		return osprey.TextField{Name: name, MRZ: &value, Valid: ptr(true)}
	}
	check := func(name string, numbers ...float64) osprey.DocumentCheck {
		c := osprey.DocumentCheck{Name: name, Result: osprey.CheckPass}
		if len(numbers) == 2 {
			c.Actual, c.Limit = &numbers[0], &numbers[1]
		}
		return c
	}
	return finished(osprey.AnalysisDocuments, osprey.Result{Documents: &osprey.DocumentsResult{
		Fields: []osprey.TextField{
			field("document_code", "P"), field("issuing_state", "UTO"), field("surname", "EXAMPLE"), field("given_names", "ANNA MARIA"),
			field("document_number", "X12345678"), field("nationality", "UTO"), field("birth_date", "1990-01-15"), field("sex", "F"),
			field("expiry_date", "2034-09-30"), field("optional_data", "Q7"),
		},
		MRZ: osprey.DocumentMRZ{
			Found: true, Format: "TD3", Valid: true, Media: selfie, Confidence: 0.994,
			Lines:       []string{"P<UTOEXAMPLE<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<<", "X123456785UTO9001158F3409305Q7<<<<<<<<<<<<32"},
			CheckDigits: map[string]bool{"document_number": true, "birth_date": true, "expiry_date": true, "optional_data": true, "composite": true},
		},
		Checks: []osprey.DocumentCheck{
			check("portrait_found"), check("mrz_found"), check("mrz_valid"), check("not_expired"),
			check("sharpness", 0.74, 0.4), check("glare", 0.02, 0.1), check("resolution", 1240, 600),
		},
		Media: []osprey.MediaDocument{{
			Media: selfie, Image: "01980000-0000-7000-8000-0000000000aa",
			Portrait: &osprey.Face{Left: 80, Top: 210, Right: 420, Bottom: 650, FacesFound: 2},
		}},
	}}, osprey.AnalysisParams{}, photographed())
}

// TestResultsMatchTheContract: the results of api.md 9.5, 9.5.1, 9.5.2 and 9.5.4.
func TestResultsMatchTheContract(t *testing.T) {
	t.Parallel()
	s := testShow()
	rows := byID([]osprey.Media{
		resultImage(bestShot, "best_shot.jpg", "best_shot"),
		resultImage("01980000-0000-7000-8000-0000000000aa", "portrait.jpg", "photo_id_portrait"),
	})
	same(t, "analysis_quality", s.analysis(qualityAnalysis(), rows))
	same(t, "analysis_biometry", s.analysis(biometryAnalysis(), rows))
	same(t, "analysis_documents", s.analysis(documentsAnalysis(), rows))

	same(t, "media_video", s.media(osprey.Media{
		ID: video, Folder: folderID, Company: company, Type: osprey.MediaVideo, Key: "video1", OriginalName: "a.mp4",
		Tags: []string{"video_selfie", "video_selfie_blank", "orientation_portrait"}, Blob: "blob", Thumb: "thumb",
		Info: osprey.MediaInfo{
			ImageInfo: osprey.ImageInfo{MD5: "9e107d9d372bb6826bd81d3542a419d6", Size: 1234567, MIME: "video/mp4", Width: 720, Height: 1280},
			Seconds:   3, FPS: 30, Frames: 90,
		},
		Metadata: osprey.Metadata{"foo": "bar2"}, Created: 1767225602_500000, Updated: 1767225602_500000,
	}))
}

// shownAs is the answer as JSON has it.
func shownAs(t *testing.T, v any) map[string]any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestOnlySearchesHaveCollections: collection and collections are extra keys of one
// type (api.md 9.5).
func TestOnlySearchesHaveCollections(t *testing.T) {
	t.Parallel()
	for kind, want := range map[osprey.AnalysisType]bool{
		osprey.AnalysisQuality: false, osprey.AnalysisBiometry: false, osprey.AnalysisCollection: true, osprey.AnalysisDocuments: false,
	} {
		a := testAnalysis()
		a.Type, a.Result = kind, nil
		o := shownAs(t, testShow().analysis(a, nil))
		for _, key := range []string{"collection", "collections"} {
			if _, ok := o[key]; ok != want {
				t.Errorf("%s has %s: %v", kind, key, ok)
			}
		}
		if data, ok := o["results_data"]; !ok || data != nil || len(o["results_media"].([]any)) != 0 {
			t.Errorf("%s: %v", kind, o)
		}
	}
}

// TestErasedResultImage: an image that was erased since is not shown, the rest of
// the entry is.
func TestErasedResultImage(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]osprey.Analysis{"best shot": qualityAnalysis(), "portrait": documentsAnalysis()} {
		entry := shownAs(t, testShow().analysis(a, nil))["results_media"].([]any)[0].(map[string]any)
		if images := entry["output_images"].([]any); len(images) != 0 || entry["results_data"] == nil {
			t.Errorf("%s: %v", name, entry)
		}
	}
}

// TestWhatWasNotMeasured: what a result does not have is null, never absent.
func TestWhatWasNotMeasured(t *testing.T) {
	t.Parallel()
	plain := finished(osprey.AnalysisQuality, osprey.Result{Quality: &osprey.QualityResult{
		Spoofing: 1e-9, Media: []osprey.MediaQuality{{Media: selfie, Spoofing: 1e-9}},
	}}, osprey.AnalysisParams{}, photographed())
	entry := shownAs(t, testShow().analysis(plain, nil))["results_media"].([]any)[0].(map[string]any)
	data := entry["results_data"].(map[string]any)
	if v, ok := data["gesture"]; !ok || v != nil {
		t.Errorf("gesture %v, %v", v, ok)
	}
	if v, ok := data["injection_score"]; !ok || v != nil || entry["source_image_id"] != string(selfie) {
		t.Errorf("%v", entry)
	}

	blank := finished(osprey.AnalysisDocuments, osprey.Result{Documents: &osprey.DocumentsResult{
		Media: []osprey.MediaDocument{{Media: selfie}},
	}}, osprey.AnalysisParams{}, photographed())
	shown := shownAs(t, testShow().analysis(blank, nil))
	data = shown["results_data"].(map[string]any)
	mrz := data["mrz"].(map[string]any)
	for _, key := range []string{"format", "valid", "source_media_id", "confidence"} {
		if v, ok := mrz[key]; !ok || v != nil {
			t.Errorf("mrz.%s is %v, %v", key, v, ok)
		}
	}
	portrait, ok := shown["results_media"].([]any)[0].(map[string]any)["results_data"].(map[string]any)["portrait"]
	if !ok || portrait != nil || mrz["found"] != false || len(mrz["lines"].([]any)) != 0 || len(data["text_fields"].([]any)) != 0 {
		t.Errorf("%v", shown)
	}
}

// TestEntriesOfPairs: every medium of a BIOMETRY analysis has the extremes of its
// own pairs.
func TestEntriesOfPairs(t *testing.T) {
	t.Parallel()
	third := osprey.SourceMedia{Media: photo, Type: osprey.MediaShotSet}
	a := finished(osprey.AnalysisBiometry, osprey.Result{Biometry: &osprey.BiometryResult{
		Min: 0.2, Max: 0.9,
		Pairs: []osprey.FacePair{{A: video, B: photo, Confidence: 0.2}, {A: selfie, B: photo, Confidence: 0.4}, {A: video, B: selfie, Confidence: 0.9}},
	}}, osprey.AnalysisParams{}, filmed(), photographed(), third)
	o := testShow().analysis(a, nil)
	for i, want := range []similarity{{0.2, 0.9}, {0.4, 0.9}, {0.2, 0.4}} {
		if e := o.Media[i].(comparedEntry); e.Data != want {
			t.Errorf("entry %d: %+v", i, e)
		}
	}
	if e := o.Media[2].(comparedEntry); e.ShotsSet == nil || *e.ShotsSet != photo || e.Image != nil || e.Video != nil {
		t.Errorf("%+v", e)
	}
}

// TestShotSet: its playable form, its facts, and both where an analysis took it.
func TestShotSet(t *testing.T) {
	t.Parallel()
	m := osprey.Media{
		ID: video, Folder: folderID, Type: osprey.MediaShotSet, Blob: "blob", Thumb: "thumb", Preview: "preview",
		Info: osprey.MediaInfo{ImageInfo: osprey.ImageInfo{MIME: "application/zip", Width: 720, Height: 1280}, Frames: 15},
	}
	o := testShow().media(m)
	base := "https://osprey.example.com/static/" + string(folderID) + "/" + string(video)
	for suffix, url := range map[string]*string{".zip": o.OriginalURL, "_preview.mp4": o.PreviewURL, "_thumb.jpg": o.ThumbURL} {
		if url == nil || (*url)[:len(base)+len(suffix)] != base+suffix {
			t.Errorf("%s: %v", suffix, url)
		}
	}
	if o.VideoURL == nil || *o.VideoURL != *o.OriginalURL || o.Info.ShotsSet == nil || o.Info.ShotsSet.Frames != 15 || o.Info.Video != nil || o.ShotsSet == nil {
		t.Errorf("%+v", o)
	}
	a := testAnalysis()
	a.Source = []osprey.SourceMedia{{Media: video, Type: osprey.MediaShotSet}}
	if url := testShow().analysis(a, byID([]osprey.Media{m})).Source[0].PreviewURL; url == nil {
		t.Error("the source has no preview")
	}
	a.Source[0].Cleared = true
	if url := testShow().analysis(a, byID([]osprey.Media{m})).Source[0].PreviewURL; url != nil {
		t.Error("an erased source has a preview")
	}
	m.Preview = ""
	if o := testShow().media(m); o.PreviewURL != nil {
		t.Errorf("a link to nothing: %s", *o.PreviewURL)
	}
}

// TestPlainNumbers: what the server measured is written without exponents.
func TestPlainNumbers(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(plainNumbers(map[string]any{
		"a": json.Number("1e-7"), "b": []any{2.5e-8, json.Number("3")}, "c": osprey.Metadata{"d": json.Number("0.25")}, "e": "1e-7", "f": nil,
	}))
	if want := `{"a":0.0000001,"b":[0.000000025,3],"c":{"d":0.25},"e":"1e-7","f":null}`; err != nil || string(b) != want {
		t.Errorf("%s, %v", b, err)
	}
}
