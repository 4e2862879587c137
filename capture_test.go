package osprey

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// goodSelfie passes every row of the table, at its bound where there is one.
func goodSelfie() Measures {
	return Measures{
		CheckDetectorScore: .8, CheckFaceSize: 112, CheckFaceRatio: .5, CheckFaceInside: .99, CheckCenterOffset: .12,
		CheckSharpness: .4, CheckMotion: .6, CheckBrightness: .25, CheckLightBalance: .45, CheckLightEvenness: .35,
		CheckContrast: .08, CheckYaw: -15, CheckPitch: 15, CheckRoll: 15, CheckOcclusion: .1, CheckMask: .5,
		CheckSunglasses: .5, CheckEyesOpen: .5, CheckMouthOpen: .6, CheckColor: 3, CheckResolution: 480, CheckFrames: 5,
		CheckGlare: .02, CheckUnified: 50,
	}
}

// tableOfCodes are the rows of components.md 9.4, in its order: each code with its
// checks. SEVERAL_FACES has none, it is a refusal.
var tableOfCodes = []struct {
	code   QualityCode
	checks []Check
}{
	{NoFace, []Check{"detector_score"}},
	{SeveralFaces, nil},
	{FaceTooSmall, []Check{"face_size"}},
	{FaceTooClose, []Check{"face_ratio"}},
	{FaceCut, []Check{"face_inside"}},
	{OffCenter, []Check{"center_offset"}},
	{Blurred, []Check{"sharpness"}},
	{MotionBlur, []Check{"motion"}},
	{TooDark, []Check{"brightness"}},
	{TooBright, []Check{"brightness"}},
	{Backlight, []Check{"light_balance"}},
	{UnevenLight, []Check{"light_evenness"}},
	{LowContrast, []Check{"contrast"}},
	{Pose, []Check{"yaw", "pitch", "roll"}},
	{Occluded, []Check{"occlusion"}},
	{Mask, []Check{"mask"}},
	{Sunglasses, []Check{"sunglasses"}},
	{EyesClosed, []Check{"eyes_open"}},
	{MouthOpen, []Check{"mouth_open"}},
	{Grayscale, []Check{"color"}},
	{LowResolution, []Check{"resolution"}},
	{TooFewFrames, []Check{"frames"}},
	{DocNotFound, []Check{"doc_not_found"}},
	{DocTooSmall, []Check{"doc_too_small"}},
	{DocCut, []Check{"doc_cut"}},
	{Glare, []Check{"glare"}},
	{LowQuality, []Check{"unified"}},
}

// TestEveryCheckOfTheTable: with nothing measured, every check of the table is told as
// skipped, by a face or by a document.
func TestEveryCheckOfTheTable(t *testing.T) {
	t.Parallel()
	var told []Check
	for _, s := range []Subject{
		{Analysis: AnalysisQuality, Type: MediaVideo, Gesture: GestureTagBlank},
		{Analysis: AnalysisDocuments, Type: MediaImage, Document: true},
	} {
		codes, skipped := DefaultCaptureBounds().Warnings(nil, s)
		if len(codes) != 0 {
			t.Errorf("%+v: told of %v", s, codes)
		}
		told = append(told, skipped...)
	}
	for _, row := range tableOfCodes {
		for _, c := range row.checks {
			if !slices.Contains(told, c) {
				t.Errorf("%s: %s passes silently", row.code, c)
			}
		}
	}
}

// TestWarnings goes through the table of components.md 9.4 row by row.
func TestWarnings(t *testing.T) {
	t.Parallel()
	video := Subject{Analysis: AnalysisQuality, Type: MediaVideo, Gesture: GestureTagLeft}
	b := DefaultCaptureBounds()
	if codes, skipped := b.Warnings(goodSelfie(), video); len(codes)+len(skipped) != 0 {
		t.Errorf("a good take: %v, skipped %v", codes, skipped)
	}
	for _, c := range []struct {
		check Check
		bad   float64
		code  QualityCode
	}{
		{CheckDetectorScore, .79, NoFace},
		{CheckFaceSize, 111, FaceTooSmall},
		{CheckFaceRatio, .21, FaceTooSmall},
		{CheckFaceRatio, .81, FaceTooClose},
		{CheckFaceInside, .98, FaceCut},
		{CheckCenterOffset, .13, OffCenter},
		{CheckSharpness, .39, Blurred},
		{CheckMotion, .61, MotionBlur},
		{CheckBrightness, .24, TooDark},
		{CheckBrightness, .86, TooBright},
		{CheckLightBalance, .46, Backlight},
		{CheckLightEvenness, .36, UnevenLight},
		{CheckContrast, .07, LowContrast},
		{CheckYaw, -16, Pose},
		{CheckYaw, 16, Pose},
		{CheckPitch, -16, Pose},
		{CheckRoll, 16, Pose},
		{CheckOcclusion, .11, Occluded},
		{CheckMask, .51, Mask},
		{CheckSunglasses, .51, Sunglasses},
		{CheckEyesOpen, .49, EyesClosed},
		{CheckMouthOpen, .61, MouthOpen},
		{CheckColor, 1, Grayscale},
		{CheckResolution, 479, LowResolution},
		{CheckFrames, 4, TooFewFrames},
		{CheckUnified, 49, LowQuality},
		{CheckUnified, math.NaN(), LowQuality},
		{CheckYaw, math.NaN(), Pose},
	} {
		m := goodSelfie()
		m[c.check] = c.bad
		if codes, skipped := b.Warnings(m, video); !slices.Equal(codes, []QualityCode{c.code}) || len(skipped) != 0 {
			t.Errorf("%s %v: %v, skipped %v; want %s", c.check, c.bad, codes, skipped, c.code)
		}
		delete(m, c.check)
		if codes, skipped := b.Warnings(m, video); len(codes) != 0 || !slices.Equal(skipped, []Check{c.check}) {
			t.Errorf("without %s: %v, skipped %v", c.check, codes, skipped)
		}
	}
}

// TestWarningsOfSubjects: which checks apply to what.
func TestWarningsOfSubjects(t *testing.T) {
	t.Parallel()
	b := DefaultCaptureBounds()
	bad := make(Measures)
	for check := range goodSelfie() {
		bad[check] = math.NaN()
	}
	without := func(s Subject, codes ...QualityCode) {
		t.Helper()
		got, skipped := b.Warnings(bad, s)
		for _, c := range codes {
			if slices.Contains(got, c) {
				t.Errorf("%+v is told of %s", s, c)
			}
		}
		if len(skipped) != 0 {
			t.Errorf("%+v: skipped %v", s, skipped)
		}
	}
	photo := Subject{Analysis: AnalysisBiometry, Type: MediaImage}
	without(photo, MotionBlur, TooFewFrames, Glare)
	without(Subject{Analysis: AnalysisQuality, Type: MediaShotSet, Gesture: GestureTagEyes}, EyesClosed, Glare)
	without(Subject{Analysis: AnalysisQuality, Type: MediaShotSet, Gesture: GestureTagSmile}, MouthOpen, Glare)
	without(Subject{Analysis: AnalysisQuality, Type: MediaVideo, Gesture: GestureTagOneShot}, TooFewFrames)
	without(Subject{Analysis: AnalysisQuality, Type: MediaVideo}, TooFewFrames)
	without(Subject{Analysis: AnalysisBiometry, Type: MediaImage, Document: true}, FaceTooClose, OffCenter, Glare)
	document := Subject{Analysis: AnalysisDocuments, Type: MediaImage, Document: true}
	unseen := []Check{CheckDocNotFound, CheckDocTooSmall, CheckDocCut}
	if codes, skipped := b.Warnings(bad, document); !slices.Equal(codes, []QualityCode{LowResolution, Glare}) || !slices.Equal(skipped, unseen) {
		t.Errorf("a document: %v, skipped %v", codes, skipped)
	}
	if _, skipped := b.Warnings(nil, document); !slices.Equal(skipped, []Check{CheckResolution, CheckDocNotFound, CheckDocTooSmall, CheckDocCut, CheckGlare}) {
		t.Errorf("a document that was not measured: %v", skipped)
	}
	codes, skipped := b.Warnings(nil, photo)
	if len(codes) != 0 || len(skipped) != 21 {
		t.Errorf("a photo that was not measured: %v, %d skipped: %v", codes, len(skipped), skipped)
	}
	if got := SubjectOf(AnalysisQuality, SourceMedia{Type: MediaVideo, Tags: []string{"video_selfie", GestureTagScan}}); got != (Subject{AnalysisQuality, MediaVideo, GestureTagScan, false}) {
		t.Errorf("%+v", got)
	}
}

// A check is warned of, passed or skipped, one of the three, each once; and codes
// come in the order of the table.
func TestEveryCheckIsAccountedFor(t *testing.T) {
	t.Parallel()
	b := DefaultCaptureBounds()
	subject := Subject{Analysis: AnalysisQuality, Type: MediaVideo, Gesture: GestureTagBlank}
	var order []QualityCode
	var checks []Check
	for _, row := range tableOfCodes {
		order = append(order, row.code)
		for _, c := range row.checks {
			if row.code != DocNotFound && row.code != DocTooSmall && row.code != DocCut && row.code != Glare && !slices.Contains(checks, c) {
				checks = append(checks, c)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		m := make(Measures)
		for _, c := range checks {
			if rapid.Bool().Draw(t, string(c)) {
				m[c] = rapid.Float64Range(-90, 600).Draw(t, "value")
			}
		}
		codes, skipped := b.Warnings(m, subject)
		at := -1
		for _, c := range codes {
			next := slices.Index(order, c)
			if next <= at {
				t.Fatalf("%v is not in the order of the table", codes)
			}
			at = next
		}
		if len(skipped) != len(checks)-len(m) {
			t.Fatalf("%d of %d checks were made, skipped %v", len(m), len(checks), skipped)
		}
		for _, c := range skipped {
			if _, made := m[c]; made {
				t.Fatalf("%s was made and is skipped", c)
			}
		}
	})
}

func TestCheckColors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind     AnalysisType
		measures Measures
		refused  bool
	}{
		{AnalysisQuality, Measures{CheckColor: 1}, true},
		{AnalysisQuality, Measures{CheckColor: 3}, false},
		{AnalysisQuality, Measures{CheckColor: 4}, false},
		{AnalysisQuality, nil, false},
		{AnalysisBiometry, Measures{CheckColor: 1}, false},
		{AnalysisCollection, Measures{CheckColor: 1}, false},
	} {
		err := CheckColors(c.kind, c.measures)
		if c.refused != IsCode(err, CodeLowQuality) || !c.refused && err != nil {
			t.Errorf("%s, %v: %v", c.kind, c.measures, err)
		}
		if c.refused {
			checks, _ := ErrorOf(err).Details["checks"].([]GateCheck)
			if len(checks) != 1 || checks[0] != (GateCheck{"color", 1, 3}) {
				t.Errorf("checks %+v", checks)
			}
		}
	}
}

func TestGestureTags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tags []string
		want string
	}{
		{nil, ""},
		{[]string{"video_selfie"}, ""},
		{[]string{"video_selfie", GestureTagSmile, "orientation_portrait"}, GestureTagSmile},
		{[]string{GestureTagEyes, GestureTagSmile}, GestureTagEyes},
		{[]string{"video_selfie_unheard_of"}, ""},
		{[]string{"photo_selfie"}, ""},
	} {
		if got := GestureTag(c.tags); got != c.want {
			t.Errorf("%v: %q, want %q", c.tags, got, c.want)
		}
	}
	all := GestureTags()
	if len(all) != 12 {
		t.Errorf("there are %d gestures", len(all))
	}
	for _, tag := range all {
		if clean, err := CleanTags("t", []string{tag}); err != nil || len(clean) != 1 || !IsGesture(tag) {
			t.Errorf("%s is no tag: %v", tag, err)
		}
		if still := tag == GestureTagOneShot || tag == GestureTagBest; GestureMoves(tag) == still {
			t.Errorf("%s moves: %t", tag, !still)
		}
	}
	if GestureMoves("") || IsGesture("video_selfie") {
		t.Error("no gesture moves")
	}
}

func TestTakeOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		technical Metadata
		want      TakeStatus
		action    string
	}{
		"plain":           {nil, TakePlain, ""},
		"another key":     {Metadata{"source": "api"}, TakePlain, ""},
		"null":            {Metadata{"take": nil}, TakePlain, ""},
		"verified":        {Metadata{"take": map[string]any{"status": "verified"}}, TakeVerified, ""},
		"verified, typed": {Metadata{"take": Metadata{"status": "verified"}}, TakeVerified, ""},
		"with its action": {Metadata{"take": map[string]any{"status": "verified", "action": GestureTagSmile}}, TakeVerified, GestureTagSmile},
		"action, typed":   {Metadata{"take": Metadata{"status": "verified", "action": GestureTagEyes}}, TakeVerified, GestureTagEyes},
		"action, invalid": {Metadata{"take": map[string]any{"status": "invalid", "action": GestureTagSmile}}, TakeInvalid, ""},
		"action no text":  {Metadata{"take": map[string]any{"status": "verified", "action": 7}}, TakeVerified, ""},
		"invalid":         {Metadata{"take": map[string]any{"status": "invalid", "reason": "mac"}}, TakeInvalid, ""},
		"unheard of":      {Metadata{"take": map[string]any{"status": "Verified"}}, TakeInvalid, ""},
		"no status":       {Metadata{"take": map[string]any{}}, TakeInvalid, ""},
		"no object":       {Metadata{"take": "verified"}, TakeInvalid, ""},
	} {
		if got := TakeOf(c.technical); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if got := TakeAction(c.technical); got != c.action {
			t.Errorf("%s: the action is %q, want %q", name, got, c.action)
		}
	}
}
