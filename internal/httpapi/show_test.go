package httpapi

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/collection"
	"example.org/osprey/internal/wire"
)

// The identifiers of the contract's examples.
const (
	company    osprey.ID = "01980000-0000-7000-8000-0000000000c1"
	user       osprey.ID = "01980000-0000-7000-8000-0000000000e1"
	list       osprey.ID = "01980000-0000-7000-8000-0000000000d1"
	person     osprey.ID = "01980000-0000-7000-8000-0000000000b1"
	photo      osprey.ID = "01980000-0000-7000-8000-00000000bb01"
	photoMedia osprey.ID = "01980000-0000-7000-8000-00000000bc01"
	folderID   osprey.ID = "01980000-0000-7000-8000-0000000000f1"
	video      osprey.ID = "01980000-0000-7000-8000-0000000000a1"
	selfie     osprey.ID = "01980000-0000-7000-8000-0000000000a2"
	analysisID osprey.ID = "01980000-0000-7000-8000-00000000aa01"
	group      osprey.ID = "01980000-0000-7000-8000-00000000ac01"
)

type standing struct{}

func (standing) Now() time.Time { return time.Unix(1767225600, 0) }

func testShow() show {
	return show{signer: wire.NewSigner([]byte("key"), time.Hour, standing{}), base: "https://osprey.example.com"}
}

var signature = regexp.MustCompile(`sig=[0-9a-f]{64}`)

// same compares an object with an example of the contract, in testdata/NAME.json.
// Signatures there are 00.
func same(t *testing.T, name string, shown any) {
	t.Helper()
	example, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(shown)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(b), `\u0026`, "&")
	var got, want any
	if err := json.Unmarshal([]byte(signature.ReplaceAllString(text, "sig=00")), &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(example, &want); err != nil {
		t.Fatal(err)
	}
	differences(t, name, got, want)
	if regexp.MustCompile(`[0-9][eE][-+]?[0-9]+[,}\]]`).MatchString(text) {
		t.Errorf("%s: a number in exponent notation: %s", name, text)
	}
}

func differences(t *testing.T, path string, got, want any) {
	t.Helper()
	g, gotObject := got.(map[string]any)
	w, wantObject := want.(map[string]any)
	if gotObject && wantObject {
		for key := range w {
			if _, ok := g[key]; !ok {
				t.Errorf("%s.%s is missing", path, key)
				continue
			}
			differences(t, path+"."+key, g[key], w[key])
		}
		for key := range g {
			if _, ok := w[key]; !ok {
				t.Errorf("%s.%s is not in the contract", path, key)
			}
		}
		return
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s is %v, want %v", path, got, want)
	}
}

func ptr[T any](v T) *T { return &v }

func testUser() osprey.User {
	return osprey.User{
		ID: user, Role: osprey.RoleClient, Company: company, Email: "user@example.com", FirstName: "Ann", LastName: "Lee",
		Active: true, Flags: osprey.AllAnalyses(), LastLogin: 1767225600_000000, PasswordHash: "secret",
	}
}

func testImage() osprey.PersonImage {
	return osprey.PersonImage{
		ID: photo, Media: photoMedia, Person: person, Collection: list, Company: company, Key: "image1", OriginalName: "john-1.jpg",
		Tags:    []string{"photo_selfie", "orientation_portrait"},
		Face:    osprey.Face{Left: 312, Top: 240, Right: 720, Bottom: 780, FacesFound: 1},
		Quality: osprey.Quality{FaceSize: 408, Yaw: 3.1, Pitch: -2, Roll: 0.4, Sharpness: 0.81, Brightness: 0.55, FaceInside: 1, DetectorScore: 0.99},
		Info:    osprey.ImageInfo{MD5: "9e107d9d372bb6826bd81d3542a419d6", Size: 184320, MIME: "image/jpeg", Width: 1080, Height: 1350},
		SHA256:  "secret", Blob: "blob", Thumb: "thumb", Template: osprey.SealedTemplate{Model: "secret", Bytes: []byte("secret")},
		Metadata: osprey.Metadata{"source": "archive"}, Created: 1767225601_250001, Updated: 1767225601_250001,
	}
}

func testPerson() osprey.Person {
	return osprey.Person{
		ID: person, Collection: list, Company: company, ImageCount: 1, Images: []osprey.PersonImage{testImage()},
		Metadata: osprey.Metadata{"person_info": map[string]any{"first_name": "John", "middle_name": "Jameson", "last_name": "Doe"}},
		Created:  1767225601_250001, Updated: 1767225601_250001,
	}
}

func testAnalysis() osprey.Analysis {
	confidence := 0.93120441
	return osprey.Analysis{
		ID: analysisID, Group: group, Folder: folderID, Company: company, Owner: user, Type: osprey.AnalysisCollection,
		State: osprey.StateFinished, Resolution: osprey.ResolutionDeclined, System: osprey.ResolutionDeclined,
		Source: []osprey.SourceMedia{{Media: video, Type: osprey.MediaVideo, OriginalName: "a.mp4", Tags: []string{"video_selfie", "video_selfie_blank"}}},
		Params: osprey.AnalysisParams{TopK: 1, CompanyThreshold: 0.85},
		Result: &osprey.Result{Collection: &osprey.CollectionResult{
			Matched: true, Min: &confidence, Max: &confidence,
			Collections: []osprey.SearchedCollection{{ID: list, Alias: "blacklist", OnMatch: osprey.OnMatchDecline, Threshold: 0.85, Persons: 1, Images: 2}},
			Media: []osprey.MediaMatches{{
				Media: video, Confidence: &confidence, MatchedCollections: []osprey.ID{list},
				Persons: []osprey.PersonMatch{{Person: person, Image: photo, Collection: list, Alias: "blacklist", Confidence: confidence}},
			}},
		}},
		Run: 3, Created: 1767225603_100000, Updated: 1767225603_600000, Finished: 1767225603_600000,
	}
}

func TestObjectsMatchTheContract(t *testing.T) {
	t.Parallel()
	s := testShow()
	inForce := osprey.Thresholds{Spoofing: 0.5, BiometryMin: 0.85, BiometryMax: 0.85, Collection: 0.85}
	testCompany := osprey.Company{ID: company, Name: "Test company", Active: true}

	same(t, "login", showPair(access.Pair{
		AccessToken: "osp_at_1", RefreshToken: "osp_rt_2", User: testUser(),
		Session: osprey.Session{ID: "01980000-0000-7000-8000-000000005e01", Expires: 1767226500_999999, AccessHash: "secret"},
	}))
	same(t, "company", showCompany(testCompany, inForce, osprey.RoleAdmin))
	same(t, "company", showCompany(testCompany, inForce, osprey.RoleClientAdmin))
	same(t, "company_short", showCompany(testCompany, inForce, osprey.RoleOperator))
	same(t, "company_short", showCompany(testCompany, inForce, osprey.RoleClient))
	same(t, "collection", showCollection(osprey.Collection{
		ID: list, Company: company, Alias: "blacklist", OnMatch: osprey.OnMatchDecline, FaceRule: osprey.FaceRuleStrict,
		Version: 7, Digest: "secret", Created: 1767225600_120001, Updated: 1767225600_120001,
	}))
	same(t, "image", s.image(testImage()))
	same(t, "person", s.person(testPerson()))
	same(t, "person_added", s.enrolled(collection.Enrolled{Person: testPerson(), Similar: []osprey.SimilarPerson{{Person: person, Confidence: 0.91}}}, false))
	same(t, "images_added", s.enrolled(collection.Enrolled{Person: testPerson(), New: []osprey.PersonImage{testImage()}}, true))
	same(t, "dry_run", s.dryRun(collection.Enrolled{New: []osprey.PersonImage{testImage()}}))

	f := s.folder(osprey.Folder{
		ID: folderID, Company: company, User: user, Status: osprey.ResolutionInitial, System: osprey.ResolutionInitial,
		Metadata: osprey.Metadata{"transaction_id": "t-1"}, Technical: osprey.Metadata{"source": "api"},
		Created: 1767225602_500000, Updated: 1767225602_500000,
	}, []osprey.Media{{
		ID: selfie, Folder: folderID, Company: company, Owner: user, Type: osprey.MediaImage, Key: "photo1", OriginalName: "a.png",
		Tags: []string{"photo_selfie"}, Blob: "blob", Thumb: "thumb", SHA256: "secret",
		Info:     osprey.MediaInfo{ImageInfo: osprey.ImageInfo{MD5: "9e107d9d372bb6826bd81d3542a419d6", Size: 1234567, MIME: "image/png", Width: 720, Height: 1280}},
		Metadata: osprey.Metadata{"foo": "bar2"}, Created: 1767225602_500000, Updated: 1767225602_500000,
	}})
	f.withAnalyses([]analysisObject{})
	same(t, "folder", f)

	same(t, "analysis", s.analysis(testAnalysis(), nil))
	open := testAnalysis()
	open.State, open.Resolution, open.System, open.Result, open.Finished = osprey.StateProcessing, osprey.ResolutionProcessing, osprey.ResolutionProcessing, nil, 0
	same(t, "analysis_processing", s.analysis(open, nil))
}

func TestFailedAnalysis(t *testing.T) {
	t.Parallel()
	a := testAnalysis()
	a.State, a.Resolution, a.Result = osprey.StateFailed, osprey.ResolutionFailed, nil
	a.ErrorCode, a.ErrorMessage = ptr(osprey.CodeNoFace), "No face found"
	o := testShow().analysis(a, nil)
	if o.ErrorCode == nil || *o.ErrorCode != 20 || *o.ErrorMessage != "No face found" || o.Data != nil || len(o.Media) != 0 {
		t.Errorf("%+v", o)
	}
}

func TestAnalysisWithoutMatch(t *testing.T) {
	t.Parallel()
	a := testAnalysis()
	below := 0.41
	a.Params.Threshold = ptr(0.9)
	a.Result.Collection.Matched, a.Result.Collection.Min, a.Result.Collection.Max = false, &below, &below
	m := &a.Result.Collection.Media[0]
	m.Persons, m.MatchedCollections, m.Confidence = nil, nil, &below
	o := testShow().analysis(a, nil)
	entry := o.Media[0].(matchObject)
	if entry.Person != nil || entry.Image != nil || entry.Collection != nil || entry.Persons == nil || len(entry.Persons) != 0 ||
		entry.Data.Matched || float64(*entry.Confidence) != below || o.Collection.ID != list || float64(*o.Confs.(searchConfs).Threshold) != 0.85 {
		t.Errorf("%+v", o)
	}
}

// TestConfsShowTheThresholdThatWasUsed: the one asked for may have been ignored.
func TestConfsShowTheThresholdThatWasUsed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		asked *float64
		used  []float64
		want  *wire.Score
	}{
		"none asked for":  {nil, []float64{0.85}, nil},
		"still running":   {ptr(0.9), nil, ptr(wire.Score(0.9))},
		"ignored":         {ptr(0.9), []float64{0.85, 0.85}, ptr(wire.Score(0.85))},
		"several in use":  {ptr(0.9), []float64{0.85, 0.9}, nil},
		"nothing to find": {ptr(0.9), []float64{}, nil},
	} {
		a := testAnalysis()
		a.Params.Threshold, a.Result.Collection.Collections = c.asked, nil
		for _, threshold := range c.used {
			a.Result.Collection.Collections = append(a.Result.Collection.Collections, osprey.SearchedCollection{Threshold: threshold})
		}
		if c.used == nil {
			a.Result = nil
		}
		if got := testShow().analysis(a, nil).Confs.(searchConfs).Threshold; !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestBestCollection(t *testing.T) {
	t.Parallel()
	match := func(in osprey.ID, confidence float64) osprey.MediaMatches {
		return osprey.MediaMatches{Persons: []osprey.PersonMatch{{Collection: in, Confidence: confidence}}}
	}
	searched := []osprey.SearchedCollection{{ID: "a"}, {ID: "b"}}
	for name, c := range map[string]struct {
		result osprey.CollectionResult
		want   osprey.ID
	}{
		"none searched": {},
		"no match":      {osprey.CollectionResult{Collections: searched, Media: []osprey.MediaMatches{{}}}, "a"},
		"one match":     {osprey.CollectionResult{Collections: searched, Media: []osprey.MediaMatches{match("b", 0.9)}}, "b"},
		"best match":    {osprey.CollectionResult{Collections: searched, Media: []osprey.MediaMatches{match("b", 0.9), match("a", 0.95)}}, "a"},
	} {
		var got osprey.ID
		if c := bestCollection(&c.result); c != nil {
			got = c.ID
		}
		if got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestClearedMediaHaveNoLinks(t *testing.T) {
	t.Parallel()
	o := testShow().media(osprey.Media{ID: video, Folder: folderID, Type: osprey.MediaVideo, Cleared: true, Blob: "blob", Thumb: "thumb"})
	if o.OriginalURL != nil || o.VideoURL != nil || o.ThumbURL != nil || !o.Cleared || o.Video == nil || o.Image != nil {
		t.Errorf("%+v", o)
	}
}

// TestNothingSecretIsShown looks for what the nouns above hold and nobody may see.
func TestNothingSecretIsShown(t *testing.T) {
	t.Parallel()
	s := testShow()
	for _, shown := range []any{
		showUser(testUser()), s.person(testPerson()), s.analysis(testAnalysis(), nil),
		showSession(osprey.Session{AccessHash: "secret", RefreshHash: "secret", NextAccessHash: "secret"}),
	} {
		b, err := json.Marshal(shown)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "secret") || strings.Contains(string(b), `"blob"`) {
			t.Errorf("%s", b)
		}
	}
}
