package httpapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/folder"
	"example.org/osprey/internal/wire"
)

func parse(t *testing.T, text string) *wire.Object {
	t.Helper()
	o, err := wire.ParseObject([]byte(text), "body")
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// refused holds an error against "HTTP/code field".
func refused(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil {
		t.Errorf("accepted, want %s", want)
		return
	}
	e := osprey.ErrorOf(err)
	if got := fmt.Sprintf("%d/%d %v", e.Code.HTTPStatus(), e.Code, e.Details["field"]); got != want {
		t.Errorf("%s (%s), want %s", got, e.Message, want)
	}
}

func TestAnalysesRequestFaults(t *testing.T) {
	t.Parallel()
	entry := func(s string) string { return `{"analyses":[{"type":"collection"},` + s + `]}` }
	id := string(list)
	for body, want := range map[string]string{
		`{}`:                "400/3 analyses",
		`{"analyses":null}`: "400/3 analyses",
		`{"analyses":{}}`:   "400/5 analyses",
		`{"analyses":[]}`:   "400/4 analyses",
		`{"analyses":[1]}`:  "400/5 analyses.0",
		`{"params":[],"analyses":[{"type":"collection"}]}`:                      "400/5 params",
		`{"resolution_endpoint":1,"analyses":[{"type":"collection"}]}`:          "400/5 resolution_endpoint",
		`{"analyses":[` + strings.Repeat(`{"type":"collection"},`, 20) + `{}]}`: "413/16 analyses",
		entry(`{}`):              "400/3 analyses.1.type",
		entry(`{"type":7}`):      "400/5 analyses.1.type",
		entry(`{"type":"face"}`): "400/4 analyses.1.type",
		entry(`{"type":"collection","source_media":"x"}`):                      "400/5 analyses.1.source_media",
		entry(`{"type":"collection","source_media":[1]}`):                      "400/5 analyses.1.source_media.0",
		entry(`{"type":"collection","source_media":["` + id + `","x"]}`):       "400/4 analyses.1.source_media.1",
		entry(`{"type":"collection","collection_id":"x"}`):                     "400/4 analyses.1.collection_id",
		entry(`{"type":"collection","collection_ids":"x"}`):                    "400/5 analyses.1.collection_ids",
		entry(`{"type":"collection","params":{"collection_ids":["x"]}}`):       "400/4 analyses.1.params.collection_ids.0",
		entry(`{"type":"collection","params":{"top_k":0}}`):                    "400/4 analyses.1.params.top_k",
		entry(`{"type":"collection","params":{"top_k":101}}`):                  "400/4 analyses.1.params.top_k",
		entry(`{"type":"collection","params":{"top_k":"1"}}`):                  "400/5 analyses.1.params.top_k",
		entry(`{"type":"collection","params":{"threshold":1.1}}`):              "400/4 analyses.1.params.threshold",
		entry(`{"type":"collection","params":7}`):                              "400/5 analyses.1.params",
		entry(`{"type":"collection","meta_data":7}`):                           "400/5 analyses.1.meta_data",
		`{"params":{"top_k":101},"analyses":[{"type":"collection"}]}`:          "400/4 params.top_k",
		entry(`{"type":"collection","collection_ids":[` + manyIDs(101) + `]}`): "400/4 analyses.1.collection_ids",
		// The length counts as it was written, ids that are none and repeated ones included.
		entry(`{"type":"collection","collection_ids":[` + strings.Repeat(`"`+id+`",`, 100) + `7]}`):                    "400/4 analyses.1.collection_ids",
		`{"params":{"collection_ids":[` + manyIDs(101) + `]},"analyses":[{"type":"collection"}]}`:                      "400/4 params.collection_ids",
		entry(`{"type":"collection","collection_id":"` + id + `","params":{"collection_ids":[` + manyIDs(100) + `]}}`): "400/4 analyses.1.params.collection_ids",
	} {
		t.Run(body[:min(len(body), 80)], func(t *testing.T) {
			t.Parallel()
			_, err := readRequests(parse(t, body), readSource)
			refused(t, err, want)
		})
	}
}

func manyIDs(n int) string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf(`"01980000-0000-7000-8000-%012d"`, i)
	}
	return strings.Join(ids, ",")
}

func TestAnalysesRequest(t *testing.T) {
	t.Parallel()
	a, b := string(list), string(person)
	got, err := readRequests(parse(t, `{"params":{"top_k":5,"threshold":0.7,"collection_id":"`+b+`","strange":1},"resolution_endpoint":null,"analyses":[
		{"type":"Collection","source_media":["`+b+`","`+a+`","`+strings.ToUpper(b)+`"],"collection_id":"`+a+`","collection_ids":["`+b+`","`+a+`"],
		 "params":{"top_k":1e1},"meta_data":{"step":"3"}},
		{"type":"COLLECTION","source_media":[],"params":{"collection_id":"`+a+`"}},
		{"type":"COLLECTION"}]}`), readSource)
	if err != nil {
		t.Fatal(err)
	}
	want := []analysis.Request{
		{
			Type: osprey.AnalysisCollection, Source: []osprey.ID{person, list}, SourceIndex: []int{0, 1},
			Collections: []osprey.ID{list, person}, CollectionFields: []string{"analyses.0.collection_id", "analyses.0.collection_ids.0"},
			TopK: 10, Threshold: ptr(0.7), Metadata: osprey.Metadata{"step": "3"},
		},
		{
			Type: osprey.AnalysisCollection, Collections: []osprey.ID{list}, CollectionFields: []string{"analyses.1.params.collection_id"},
			TopK: 5, Threshold: ptr(0.7),
		},
		{
			Type: osprey.AnalysisCollection, Collections: []osprey.ID{person}, CollectionFields: []string{"params.collection_id"},
			TopK: 5, Threshold: ptr(0.7),
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// TestAnalysisParams: the parameters of api.md 9.3, each with its type, its bounds
// and where it was written.
func TestAnalysisParams(t *testing.T) {
	t.Parallel()
	for params, want := range map[string]string{
		`{"extract_best_shot":"yes"}`:               "400/5 extract_best_shot",
		`{"extract_best_shot":1}`:                   "400/5 extract_best_shot",
		`{"require_mrz":0}`:                         "400/5 require_mrz",
		`{"allow_expired":"true"}`:                  "400/5 allow_expired",
		`{"threshold_spoofing":"0.5"}`:              "400/5 threshold_spoofing",
		`{"threshold_spoofing":1.01}`:               "400/4 threshold_spoofing",
		`{"threshold_min":-0.1}`:                    "400/4 threshold_min",
		`{"threshold_max":[]}`:                      "400/5 threshold_max",
		`{"threshold_max":2}`:                       "400/4 threshold_max",
		`{"threshold_min":0.9,"threshold_max":.8}`:  "400/3 body",
		`{"threshold_min":0.9,"threshold_max":0.8}`: "400/4 threshold_min",
		`{"threshold_min":1.9,"threshold_max":0.8}`: "400/4 threshold_min",
		`{"threshold":1.5}`:                         "400/4 threshold",
		`{"top_k":0}`:                               "400/4 top_k",
	} {
		for _, kind := range []string{"quality", "biometry", "collection", "documents"} {
			for where, body := range map[string]string{
				"params.":            `{"params":` + params + `,"analyses":[{"type":"` + kind + `"}]}`,
				"analyses.0.params.": `{"analyses":[{"type":"` + kind + `","params":` + params + `}]}`,
			} {
				code, field, _ := strings.Cut(want, " ")
				o, err := wire.ParseObject([]byte(body), "body")
				if err == nil {
					_, err = readRequests(o, readSource)
					field = where + field
				}
				refused(t, err, code+" "+field)
			}
		}
	}
	_, err := readRequests(parse(t, `{"params":{"threshold_max":0.8},"analyses":[{"type":"quality","params":{"threshold_min":0.9}},{"type":"biometry","params":{"threshold_min":0.9}}]}`), readSource)
	refused(t, err, "400/4 analyses.1.params.threshold_min")

	got, err := readRequests(parse(t, `{"params":{"extract_best_shot":false,"threshold_spoofing":0.4,"threshold_min":0.7,"require_mrz":true,"allow_expired":null,"top_k":2,"decision_count":"x","decision_threshold":[],"capabilities":7},"analyses":[
		{"type":"quality","params":{"extract_best_shot":true}},
		{"type":"Biometry","params":{"threshold_max":0.95},"collection_id":"`+string(list)+`"},
		{"type":"DOCUMENTS","params":{"require_mrz":false,"allow_expired":true}},
		{"type":"collection"}]}`), readSource)
	if err != nil {
		t.Fatal(err)
	}
	want := []analysis.Request{
		{Type: osprey.AnalysisQuality, ThresholdSpoofing: ptr(0.4), ExtractBestShot: ptr(true)},
		{Type: osprey.AnalysisBiometry, ThresholdMin: ptr(0.7), ThresholdMax: ptr(0.95)},
		{Type: osprey.AnalysisDocuments, AllowExpired: true},
		{Type: osprey.AnalysisCollection, TopK: 2},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestVerdictRequest(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{}`:                                "400/3 resolution_status",
		`{"resolution_status":"FINISHED_"}`: "400/4 resolution_status",
		`{"resolution_status":1}`:           "400/5 resolution_status",
		`{"resolution_status":"SUCCESS","resolution":"DECLINED"}`:                "400/4 resolution",
		`{"resolution":"SUCCESS","comment":1}`:                                   "400/5 comment",
		`{"resolution":"SUCCESS","comment":"` + strings.Repeat("ä", 2001) + `"}`: "400/4 comment",
	} {
		_, _, err := readVerdict(parse(t, body))
		refused(t, err, want)
	}
	for body, want := range map[string]osprey.Resolution{
		`{"resolution_status":"success"}`: "SUCCESS", `{"resolution":"Declined"}`: "DECLINED",
		`{"resolution":"SUCCESS","resolution_status":"success","comment":"` + strings.Repeat("ä", 2000) + `"}`: "SUCCESS",
	} {
		if got, _, err := readVerdict(parse(t, body)); got != want || err != nil {
			t.Errorf("%.60s: %s, %v", body, got, err)
		}
	}
}

func TestPayloadAndParts(t *testing.T) {
	t.Parallel()
	files := []wire.File{{Field: "image1"}, {Field: "image2"}}
	for payload, want := range map[string]string{
		`{"media:tags":{"image3":["a"]}}`:                 "400/4 image3",
		`{"media:meta_data":{"image3":{}}}`:               "400/4 image3",
		`{"media:tags":{"image1":["Not A Tag"]}}`:         "400/4 media:tags",
		`{"media:tags":["a"]}`:                            "400/5 media:tags",
		`{"media:tags":{"image1":"a"}}`:                   "400/5 media:tags",
		`{"media:meta_data":{"image1":[]}}`:               "400/5 media:meta_data",
		`{"media:meta_data":{"image1":{"":1}}}`:           "400/4 media:meta_data",
		`{"media:tags":{"image1":[` + manyIDs(21) + `]}}`: "400/4 media:tags",
	} {
		_, err := describe(files, parse(t, payload))
		refused(t, err, want)
	}
	got, err := describe(files, parse(t, `{"media:tags":{"image2":["b","a","b"]},"media:meta_data":{"image1":{"k":1},"image2":null}}`))
	if err != nil || !reflect.DeepEqual(got[1].tags, []string{"b", "a"}) || len(got[0].tags) != 0 || got[0].metadata["k"] == nil || got[1].metadata != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestIntake(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]string{
		`{"params":[]}`:             "400/5 params",
		`{"resolution_endpoint":5}`: "400/5 resolution_endpoint",
		`{"company_id":"x"}`:        "400/4 company_id",
		`{"folder:meta_data":[]}`:   "400/5 folder:meta_data",
		`{"additional_info":{}}`:    "400/5 additional_info",
		`{"additional_info":"` + strings.Repeat("x", 64<<10+1) + `"}`: "400/4 additional_info",
		`{"media:tags":{"x":[]}}`:                                     "400/4 x",
	} {
		_, err := readIntake(&call{}, &wire.Upload{Payload: parse(t, payload)})
		refused(t, err, want)
	}
	in, err := readIntake(&call{}, &wire.Upload{AdditionalInfo: ptr("part"), Payload: parse(t,
		`{"analyses":[],"params":{},"resolution_endpoint":null,"company_id":null,"folder:meta_data":{"transaction_id":"t-1"}}`)})
	if err != nil || in.Company != nil || in.Metadata["transaction_id"] != "t-1" || *in.AdditionalInfo != "part" || in.Source != "api" {
		t.Errorf("%+v, %v", in, err)
	}
}

func TestCompanyAndUserKeys(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"name":1}`: "400/5 name",
		`{"analysis_settings":{"collection":{"threshold":"x"}}}`: "400/5 analysis_settings.collection.threshold",
		`{"analysis_settings":{"quality":7}}`:                    "400/5 analysis_settings.quality",
		`{"quota":{"monthly":{"quality":"1"}}}`:                  "400/5 quota.monthly.quality",
		`{"retention":{"media_days":1.5}}`:                       "400/4 retention.media_days",
	} {
		o := parse(t, body)
		readCompany(o)
		refused(t, o.Err(), want)
	}
	in := readCompany(parse(t, `{"analysis_settings":{"collection":{"threshold":null,"target_fpir":0.01}},"quota":{"monthly":{"lite":9}}}`))
	s := in.Settings
	if !s.CollectionThreshold.Present || s.CollectionThreshold.Value != nil || *s.TargetFPIR.Value != 0.01 || s.BiometryMin.Present || *in.Quota.Monthly["lite"].Value != 9 || in.Quota.Monthly["quality"].Present {
		t.Errorf("%+v", in)
	}
	for _, spelling := range []string{"analysis", "analyse", "analyze"} {
		u := readUser(parse(t, `{"can_start_`+spelling+`_collection":false}`))
		if u.Collection == nil || *u.Collection || u.Quality != nil {
			t.Errorf("%s: %+v", spelling, u)
		}
	}
	o := parse(t, `{"can_start_analysis_quality":"yes"}`)
	readUser(o)
	refused(t, o.Err(), "400/5 can_start_analysis_quality")
}

func TestMediaNames(t *testing.T) {
	t.Parallel()
	id := string(video)
	for file, want := range map[string]mediaName{
		id + ".mkv": {video, folder.Original, "mkv"}, id + "_thumb.jpg": {video, folder.Thumb, "jpg"},
		id + "_preview.mp4": {video, folder.Preview, "mp4"}, id: {video, folder.Original, ""},
	} {
		if got, err := parseMediaName(file); got != want || err != nil {
			t.Errorf("%s: %+v, %v", file, got, err)
		}
	}
	for _, file := range []string{"", "x.jpg", id + "_thumb_preview.mp4", id + "_poster.mp4", strings.ToUpper(id) + ".jpg", id[1:] + ".jpg"} {
		if _, err := parseMediaName(file); !osprey.IsCode(err, osprey.CodeNotExist) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestMediaAreSentSafely(t *testing.T) {
	t.Parallel()
	file := mediaFile{data: []byte("0123456789"), mime: "image/jpeg", updated: 1767225600_000000}
	for name, c := range map[string]struct {
		method, byteRange string
		status            int
		body, contentType string
	}{
		"whole":      {"GET", "", 200, "0123456789", "image/jpeg"},
		"head":       {"HEAD", "", 200, "", "image/jpeg"},
		"range":      {"GET", "bytes=2-4", 206, "234", "image/jpeg"},
		"suffix":     {"GET", "bytes=-3", 206, "789", "image/jpeg"},
		"outside":    {"GET", "bytes=20-30", 416, `{"error_code":4,"error_message":"The range lies outside the file","details":{"field":"Range"}}`, "application/json; charset=utf-8"},
		"malformed":  {"GET", "bytes=x", 416, `{"error_code":4,"error_message":"The range lies outside the file","details":{"field":"Range"}}`, "application/json; charset=utf-8"},
		"other unit": {"GET", "rows=1-2", 200, "0123456789", "image/jpeg"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(c.method, "/", nil)
			if c.byteRange != "" {
				r.Header.Set("Range", c.byteRange)
			}
			w := httptest.NewRecorder()
			if err := sendMedia(file)(w, r); err != nil {
				t.Fatal(err)
			}
			h := w.Header()
			if w.Code != c.status || strings.TrimSpace(w.Body.String()) != c.body || h.Get("Content-Type") != c.contentType {
				t.Errorf("%d %q %v", w.Code, w.Body, h)
			}
			if h.Get("Content-Security-Policy") != "sandbox" || h.Get("Content-Disposition") != "inline" || h.Get("Cache-Control") != "private, no-store" {
				t.Errorf("headers %v", h)
			}
		})
	}
}

// TestFolderBodies tries what needs no room: the bodies that are refused, and the
// empty one under any content type.
func TestFolderBodies(t *testing.T) {
	t.Parallel()
	a := &API{}
	for name, c := range map[string]struct{ contentType, body, want string }{
		"empty multipart": {"multipart/form-data", "", ""},
		"empty":           {"", "", ""},
		"json":            {"text/plain", `{"folder:meta_data":{}}`, ""},
		"array":           {"application/json", `[]`, "400/5 body"},
		"text":            {"text/plain", `hello`, "400/3 body"},
	} {
		for _, chunked := range []bool{false, true} {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.contentType)
			if chunked {
				r.ContentLength = -1
			}
			u, err := a.folderBody(&call{r: r, lease: wire.NewBudget(1 << 20).Lease()})
			switch {
			case c.want != "":
				refused(t, err, c.want)
			case err != nil || u.Payload == nil:
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
