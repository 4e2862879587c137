package analysis_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/testhouse"
)

// TestQuality: the worst medium decides, gestures and takes as the policies say, and
// the trace tells how.
func TestQuality(t *testing.T) {
	t.Parallel()
	s := onStage(t, testhouse.Options{})
	gesture := func(o *look.Observation, detected bool) *look.Observation {
		o.Gesture = &osprey.Gesture{Tag: osprey.GestureTagSmile, Detected: detected}
		return o
	}
	s.observe = func(_ context.Context, name string, m look.Medium, w look.Want) (*look.Observation, error) {
		if !w.Liveness {
			return nil, errors.New("liveness was not asked for")
		}
		if name == "obedient" { // does what it is asked for, by the take and nobody else
			o := alive(someone("ada"), .1)
			o.Gesture = &osprey.Gesture{Tag: m.Gesture, Detected: m.Gesture == osprey.GestureTagSmile}
			return o, nil
		}
		switch name {
		case "print":
			return alive(someone("ada"), .97), nil
		case "still face":
			return gesture(alive(someone("ada"), .1), false), nil
		default:
			return alive(someone("ada"), .05), nil
		}
	}
	verified := osprey.Metadata{"take": osprey.Metadata{"challenge_id": "c", "step": 0, "action": osprey.GestureTagSmile, "status": "verified", "reason": nil}}
	invalid := osprey.Metadata{"take": osprey.Metadata{"challenge_id": "c", "step": 0, "status": "invalid", "reason": "mac"}}
	video := osprey.MediaVideo
	for name, tt := range map[string]struct {
		uploads []upload
		word    osprey.Resolution
		score   float64
		reason  osprey.DeclineReason
	}{
		"live":               {[]upload{{name: "live"}}, osprey.ResolutionSuccess, .05, ""},
		"attack":             {[]upload{{name: "live"}, {name: "print"}}, osprey.ResolutionDeclined, .97, osprey.DeclinedSpoofing},
		"gesture, plain":     {[]upload{{name: "still face", kind: video}}, osprey.ResolutionSuccess, .1, ""},
		"gesture, verified":  {[]upload{{name: "still face", kind: video, technical: verified}}, osprey.ResolutionDeclined, .1, osprey.DeclinedGesture},
		"no gesture at all":  {[]upload{{name: "live", kind: video, technical: verified}}, osprey.ResolutionDeclined, .05, osprey.DeclinedGesture},
		"the step's gesture": {[]upload{{name: "obedient", kind: video, technical: verified, tags: []string{osprey.GestureTagBlank}}}, osprey.ResolutionSuccess, .1, ""},
		"an invalid take":    {[]upload{{name: "live", kind: video, technical: invalid}}, osprey.ResolutionDeclined, 1, osprey.DeclinedSpoofing},
		"documents left out": {[]upload{{name: "live"}, {name: "print", tags: []string{"photo_id_front"}}}, osprey.ResolutionSuccess, .05, ""},
	} {
		f, ids := s.folder(tt.uploads...)
		a := s.ask(f, analysis.Request{Type: osprey.AnalysisQuality})
		if a.State != osprey.StateFinished || a.Resolution != tt.word || a.System != tt.word || a.Result.Quality == nil || a.Result.Quality.Spoofing != tt.score {
			t.Errorf("%s: %s/%s with %+v (%s), want %s with %v", name, a.State, a.Resolution, a.Result, a.ErrorMessage, tt.word, tt.score)
			continue
		}
		declined, _ := a.Technical["declined_by"].(map[string]any)
		if (tt.reason == "") != (len(declined) == 0) {
			t.Errorf("%s: declined by %v", name, declined)
		}
		last := ids[len(a.Result.Quality.Media)-1]
		if tt.reason != "" && !slices.Equal(declined[string(last)].([]any), []any{string(tt.reason)}) {
			t.Errorf("%s: declined by %v", name, declined)
		}
		checkTrace(t, a)
	}
}

// checkTrace holds the technical metadata against what api.md 9.5 shows.
func checkTrace(t *testing.T, a osprey.Analysis) {
	t.Helper()
	for _, key := range []string{"models", "queue_ms", "run_ms", "stage_ms", "tries", "quality", "decided_by", "media"} {
		if a.Technical[key] == nil {
			t.Errorf("%s: the trace has no %s: %v", a.Type, key, a.Technical)
		}
	}
	tasks := make(map[string]bool)
	for _, m := range a.Technical["models"].([]any) {
		tasks[m.(map[string]any)["name"].(string)] = true
	}
	if len(tasks) == 0 {
		t.Errorf("%s: no models", a.Type)
	}
	for _, m := range a.Source {
		q, ok := a.Technical["quality"].(map[string]any)[string(m.Media)].(map[string]any)
		if !ok {
			t.Errorf("%s: no quality of %s: %v", a.Type, m.Media, a.Technical["quality"])
			continue
		}
		warnings, ok1 := q["warnings"].([]any)
		skipped, ok2 := q["checks_skipped"].([]any)
		if !ok1 || !ok2 {
			t.Errorf("%s: %v", a.Type, q)
		}
		if a.Type == osprey.AnalysisQuality && (!slices.Contains(warnings, any("TOO_DARK")) || !slices.Contains(skipped, any("occlusion"))) {
			t.Errorf("%s: warnings %v, skipped %v", a.Type, warnings, skipped)
		}
	}
}

// TestBiometry: all pairs of all media, the least similar one decides by the band
// that is in force.
func TestBiometry(t *testing.T) {
	t.Parallel()
	s := onStage(t, testhouse.Options{})
	s.observe = func(_ context.Context, name string, _ look.Medium, w look.Want) (*look.Observation, error) {
		if w.Liveness || w.BestShot {
			return nil, errors.New("more was asked for than a face")
		}
		return seen(someone(name)), nil
	}
	low, high := 0.0, 1.0
	for name, tt := range map[string]struct {
		uploads []upload
		request analysis.Request
		word    osprey.Resolution
		pairs   int
	}{
		"the same":           {[]upload{{name: "ada"}, {name: "ada"}}, analysis.Request{}, osprey.ResolutionSuccess, 1},
		"two people":         {[]upload{{name: "ada"}, {name: "bob"}}, analysis.Request{}, osprey.ResolutionDeclined, 1},
		"one of four":        {[]upload{{name: "ada"}, {name: "ada"}, {name: "bob"}, {name: "ada"}}, analysis.Request{}, osprey.ResolutionDeclined, 6},
		"looser is ignored":  {[]upload{{name: "ada"}, {name: "bob"}}, analysis.Request{ThresholdMin: &low, ThresholdMax: &low}, osprey.ResolutionDeclined, 1},
		"stricter is used":   {[]upload{{name: "ada"}, {name: "ada"}}, analysis.Request{ThresholdMax: &high}, osprey.ResolutionSuccess, 1},
		"the back left out":  {[]upload{{name: "ada"}, {name: "ada"}, {name: "bob", tags: []string{"photo_id_back"}}}, analysis.Request{}, osprey.ResolutionSuccess, 1},
		"the front compared": {[]upload{{name: "ada"}, {name: "bob", tags: []string{"photo_id_front"}}}, analysis.Request{}, osprey.ResolutionDeclined, 1},
	} {
		f, _ := s.folder(tt.uploads...)
		tt.request.Type = osprey.AnalysisBiometry
		a := s.ask(f, tt.request)
		if a.Resolution != tt.word || a.Result == nil || len(a.Result.Biometry.Pairs) != tt.pairs {
			t.Errorf("%s: %s with %+v (%s), want %s and %d pairs", name, a.Resolution, a.Result, a.ErrorMessage, tt.word, tt.pairs)
			continue
		}
		r := a.Result.Biometry
		if r.Min != r.Pairs[0].Confidence || r.Max != r.Pairs[len(r.Pairs)-1].Confidence {
			t.Errorf("%s: %+v", name, r)
		}
		checkTrace(t, a)
	}
}

// TestDocuments: what is read is judged by the day of the request, and the portrait
// becomes a result image.
func TestDocuments(t *testing.T) {
	t.Parallel()
	s := onStage(t, testhouse.Options{})
	tomorrow := time.Now().AddDate(0, 0, 2).UTC().Format(time.DateOnly)
	s.document = func(name string, today time.Time) (*look.DocumentSight, error) {
		if d := time.Since(today); d < -time.Minute || d > time.Hour {
			t.Errorf("today is %s", today)
		}
		d := &look.DocumentSight{
			Portrait: &osprey.Face{Right: 50, Bottom: 60}, PortraitJPEG: picture(t, 50), ExpiryDate: tomorrow,
			MRZ:    osprey.DocumentMRZ{Found: true, Format: "TD3", Valid: true, Confidence: .95},
			Fields: []osprey.TextField{{Name: "surname"}},
			Grade:  osprey.Measures{osprey.CheckSharpness: .7, osprey.CheckGlare: .05, osprey.CheckResolution: 1200},
			Trace:  osprey.Metadata{"turned": 0},
		}
		switch name {
		case "back":
			d.Portrait, d.PortraitJPEG, d.MRZ, d.Fields, d.ExpiryDate = nil, nil, osprey.DocumentMRZ{}, nil, ""
		case "expired":
			d.ExpiryDate = "2001-02-03"
		case "blurred":
			d.Grade[osprey.CheckSharpness] = .1
		case "broken":
			return nil, osprey.InvalidValue("", "The image cannot be decoded").With("reason", "undecodable")
		}
		return d, nil
	}
	for name, tt := range map[string]struct {
		uploads []upload
		request analysis.Request
		word    osprey.Resolution
		images  int
	}{
		"good":             {[]upload{{name: "front"}}, analysis.Request{}, osprey.ResolutionSuccess, 1},
		"both sides":       {[]upload{{name: "front", tags: []string{"photo_id_front"}}, {name: "back", tags: []string{"photo_id_back"}}}, analysis.Request{}, osprey.ResolutionSuccess, 1},
		"tagged ones only": {[]upload{{name: "front", tags: []string{"photo_id"}}, {name: "blurred"}}, analysis.Request{}, osprey.ResolutionSuccess, 1},
		"back only":        {[]upload{{name: "back", tags: []string{"photo_id_back"}}}, analysis.Request{}, osprey.ResolutionDeclined, 0},
		"expired":          {[]upload{{name: "expired"}}, analysis.Request{}, osprey.ResolutionDeclined, 1},
		"expired, allowed": {[]upload{{name: "expired"}}, analysis.Request{AllowExpired: true}, osprey.ResolutionSuccess, 1},
		"blurred":          {[]upload{{name: "blurred"}}, analysis.Request{}, osprey.ResolutionOperator, 1},
		"broken":           {[]upload{{name: "front"}, {name: "broken"}}, analysis.Request{}, osprey.ResolutionFailed, 0},
	} {
		f, ids := s.folder(tt.uploads...)
		tt.request.Type = osprey.AnalysisDocuments
		a := s.ask(f, tt.request)
		images := s.images(a.ID)
		if a.Resolution != tt.word || len(images) != tt.images {
			t.Errorf("%s: %s with %d images, want %s with %d (%s)", name, a.Resolution, len(images), tt.word, tt.images, a.ErrorMessage)
			continue
		}
		if a.State == osprey.StateFailed {
			if *a.ErrorCode != osprey.CodeLowQuality || a.Technical["error_media_id"] != string(ids[1]) || a.Run != 1 {
				t.Errorf("%s: code %d, technical metadata %v", name, *a.ErrorCode, a.Technical)
			}
			continue
		}
		checkTrace(t, a)
		if tt.images == 0 {
			continue
		}
		m, made := images[0], a.Result.Documents.Media[0]
		if made.Image != m.ID || m.OriginalName != "portrait.jpg" || !slices.Equal(m.Tags, []string{"photo_id_portrait"}) || m.Source != ids[0] || m.Info.Width != 50 || m.Info.MIME != "image/jpeg" {
			t.Errorf("%s: %+v and %+v", name, made, m)
		}
	}
	s.Whole()
}

// TestFirstFaultDecides: media are looked at in their order, and the first that
// cannot be analysed ends the analysis at once.
func TestFirstFaultDecides(t *testing.T) {
	t.Parallel()
	s := onStage(t, testhouse.Options{RetryMax: 2})
	s.observe = func(_ context.Context, name string, _ look.Medium, _ look.Want) (*look.Observation, error) {
		fault := func(code osprey.Code, reason string) (*look.Observation, error) {
			return nil, osprey.Errorf(code, "It is %s", reason).With("reason", reason)
		}
		switch name {
		case "nobody":
			return fault(osprey.CodeNoFace, "no_face")
		case "crowd":
			return fault(osprey.CodeSeveralFaces, "several_faces")
		case "tiny":
			return fault(osprey.CodeLowQuality, "low_quality")
		case "torn":
			return fault(osprey.CodeInvalidValue, "undecodable")
		case "unheard of":
			return fault(osprey.CodeUnsupportedMedia, "type")
		case "slow":
			return fault(osprey.CodeUnavailable, "timeout")
		case "decoder":
			return fault(osprey.CodeExternalService, "decoder")
		case "fault":
			return nil, errors.New("a fault of ours")
		case "gray":
			o := alive(someone(name), .1)
			o.Grade[osprey.CheckColor] = 1
			return o, nil
		}
		return alive(someone(name), .1), nil
	}
	for name, tt := range map[string]struct {
		uploads []string
		code    osprey.Code
		runs    int64
		medium  int
		reason  any
	}{
		"no face":             {[]string{"ada", "nobody"}, osprey.CodeNoFace, 1, 1, "no_face"},
		"several faces":       {[]string{"crowd", "nobody"}, osprey.CodeSeveralFaces, 1, 0, "several_faces"},
		"the gate":            {[]string{"tiny", "crowd", "nobody"}, osprey.CodeLowQuality, 1, 0, "low_quality"},
		"in their order":      {[]string{"ada", "nobody", "crowd"}, osprey.CodeNoFace, 1, 1, "no_face"},
		"not decodable":       {[]string{"torn"}, osprey.CodeLowQuality, 1, 0, "undecodable"},
		"a type of no avail":  {[]string{"unheard of"}, osprey.CodeLowQuality, 1, 0, "type"},
		"no colours":          {[]string{"gray"}, osprey.CodeLowQuality, 1, 0, "low_quality"},
		"too slow":            {[]string{"slow"}, osprey.CodeUnavailable, 1, 0, "timeout"},
		"the decoder":         {[]string{"decoder"}, osprey.CodeExternalService, 3, 0, nil},
		"faults of this side": {[]string{"fault"}, osprey.CodeUnknown, 3, 0, nil},
	} {
		var uploads []upload
		for _, u := range tt.uploads {
			uploads = append(uploads, upload{name: u})
		}
		f, ids := s.folder(uploads...)
		a := s.ask(f, analysis.Request{Type: osprey.AnalysisQuality})
		if a.State != osprey.StateFailed || a.Resolution != osprey.ResolutionFailed || a.ErrorCode == nil || *a.ErrorCode != tt.code || a.Run != tt.runs || a.Result != nil {
			t.Errorf("%s: %s, code %v, %d tries; want code %d, %d tries", name, a.State, a.ErrorCode, a.Run, tt.code, tt.runs)
			continue
		}
		if tt.reason != nil && (a.Technical["error_reason"] != tt.reason || a.Technical["error_media_id"] != string(ids[tt.medium])) {
			t.Errorf("%s: technical metadata %v", name, a.Technical)
		}
		if name == "no colours" && a.Technical["error_checks"] == nil {
			t.Errorf("%s: technical metadata %v", name, a.Technical)
		}
	}
	// Grayscale is only a warning where liveness is not asked.
	f, _ := s.folder(upload{name: "gray"}, upload{name: "gray"})
	a := s.ask(f, analysis.Request{Type: osprey.AnalysisBiometry})
	if a.Resolution != osprey.ResolutionSuccess {
		t.Errorf("a gray pair: %s, %s", a.Resolution, a.ErrorMessage)
	}
}

// TestOneLookServesAll: the analyses of one request take the same media at the same
// moment; a medium is looked at by one at a time, and what was seen is kept.
func TestOneLookServesAll(t *testing.T) {
	t.Parallel()
	s := onStage(t, testhouse.Options{Workers: 4})
	if _, err := s.Collections.Create(t.Context(), s.g, newCollection("list")); err != nil {
		t.Fatal(err)
	}
	s.observe = func(_ context.Context, name string, _ look.Medium, _ look.Want) (*look.Observation, error) {
		time.Sleep(20 * time.Millisecond) // the others come to wait
		return alive(someone(name), .1), nil
	}
	f, _ := s.folder(upload{name: "ada"}, upload{name: "bob"})
	var requests []analysis.Request
	for range 3 {
		requests = append(requests, analysis.Request{Type: osprey.AnalysisBiometry}, analysis.Request{Type: osprey.AnalysisCollection})
	}
	started, err := s.Analyses.Start(t.Context(), s.g, f, requests)
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for _, a := range started {
		a, err := s.Analyses.Wait(t.Context(), s.g, a.ID, patience)
		if err != nil || a.State != osprey.StateFinished {
			t.Fatalf("%s: %s, %v", a.Type, a.State, err)
		}
		for _, m := range a.Technical["media"].(map[string]any) {
			if m.(map[string]any)["seen_before"] == true {
				kept++
			}
		}
	}
	for _, name := range []string{"ada", "bob"} {
		if calls, most := s.looks(name); calls != 1 || most != 1 {
			t.Errorf("%s was looked at %d times, %d at a time", name, calls, most)
		}
	}
	if want := 2*len(started) - 2; kept != want {
		t.Errorf("%d sights were recalled, want %d", kept, want)
	}
	// Liveness is looked at anew.
	if a := s.ask(f, analysis.Request{Type: osprey.AnalysisQuality}); a.State != osprey.StateFinished {
		t.Errorf("%s: %s", a.State, a.ErrorMessage)
	}
	if calls, _ := s.looks("ada"); calls != 2 {
		t.Errorf("ada was looked at %d times", calls)
	}
	s.Whole()
}
