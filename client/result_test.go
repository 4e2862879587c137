package client_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"example.org/osprey/client"
)

// TestResults: what the four analyses answer arrives under typed fields, and the
// image behind a link is read from the client's own server.
func TestResults(t *testing.T) {
	t.Parallel()
	const folder = `{"folder_id":"f","resolution_status":"FINISHED","system_resolution":"SUCCESS","media":[
	 {"media_id":"m","media_type":"VIDEO_FOLDER","video_url":"https://elsewhere/static/f/m.mp4?exp=1&sig=2","preview_url":null,
	  "info":{"video":{"md5":"00","size":7,"mime-type":"video/mp4","width":720,"height":1280,"duration":3.5,"FPS":30}}},
	 {"media_id":"s","media_type":"SHOTS_SET_FOLDER","info":{"shots_set":{"md5":"00","size":7,"mime-type":"application/zip","width":1,"height":2,"frames":15}}}],
	 "analyses":[
	 {"type":"QUALITY","confs":{"threshold_spoofing":0.5},"results_data":{"confidence_spoofing":0.05,"injection_score":null},
	  "source_media":[{"media_id":"m","tags":["video_selfie_smile"],"is_cleared":false}],
	  "results_media":[{"source_media_id":"m","results_data":{"confidence_spoofing":0.05,"injection_score":0.01,
	   "gesture":{"tag":"video_selfie_smile","detected":false,"reason":"TOO_EARLY"}},
	   "output_images":[{"media_id":"b","tags":["best_shot"],"original_name":"best_shot.jpg","original_url":"https://elsewhere/prefix/static/f/b.jpg?exp=1&sig=2"}]}]},
	 {"type":"BIOMETRY","results_data":{"min_confidence":0.2,"max_confidence":0.9,"pairs":[{"media_ids":["m","s"],"confidence":0.2}]},
	  "results_media":[{"source_media_id":"m","results_data":{"min_confidence":0.2,"max_confidence":0.9},"output_images":[]}]},
	 {"type":"DOCUMENTS","results_data":{"text_fields":[{"field_name":"surname","visual":null,"mrz":"EXAMPLE","valid":null}],
	   "mrz":{"found":false,"format":null,"valid":null,"lines":[],"check_digits":{},"source_media_id":null,"confidence":null},
	   "checks":[{"name":"glare","result":"pass","actual":0.02,"limit":0.1},{"name":"mrz_found","result":"fail"}]},
	  "results_media":[{"source_media_id":"m","results_data":{"portrait":{"left":80,"top":210,"right":420,"bottom":650}},"output_images":[]}]},
	 {"type":"COLLECTION","results_data":null,"results_media":[]}]}`
	waits := 0
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/static/f/b.jpg" && r.URL.RawQuery == "exp=1&sig=2":
			_, _ = io.WriteString(w, "JPEG")
		case r.URL.Query().Get("wait") == "30":
			if waits++; waits == 1 {
				_, _ = io.WriteString(w, `{"resolution_status":"PROCESSING"}`)
				return
			}
			_, _ = io.WriteString(w, folder)
		default:
			t.Errorf("%s %s", r.Method, r.URL)
		}
	})
	f, err := c.WaitFolder(t.Context(), "f")
	if err != nil || waits != 2 {
		t.Fatalf("%d waits, %v", waits, err)
	}
	if v, s := f.Media[0].Info.Video, f.Media[1].Info.ShotsSet; v.Seconds != 3.5 || v.FPS != 30 || v.MIME != "video/mp4" || s.Frames != 15 || f.Media[0].Info.Image != nil {
		t.Errorf("%+v", f.Media)
	}
	q, b, d := f.Analyses[0], f.Analyses[1], f.Analyses[2]
	if q.Type != client.Quality || *q.Results.Spoofing != 0.05 || q.Results.Injection != nil || q.Source[0].Tags[0] != "video_selfie_smile" || q.Confs["threshold_spoofing"] != 0.5 {
		t.Errorf("%+v", q)
	}
	if m := q.ResultsMedia[0]; *m.Results.Injection != 0.01 || m.Results.Gesture.Detected || *m.Results.Gesture.Reason != "TOO_EARLY" || m.Output[0].Tags[0] != "best_shot" {
		t.Errorf("%+v", m)
	}
	if b.Type != client.Biometry || *b.Results.Min != 0.2 || b.Results.Pairs[0].MediaIDs[1] != "s" || *b.ResultsMedia[0].Results.Max != 0.9 {
		t.Errorf("%+v", b)
	}
	if d.Type != client.Documents || *d.Results.Fields[0].MRZ != "EXAMPLE" || d.Results.MRZ.Found || *d.Results.Checks[0].Limit != 0.1 || d.Results.Checks[1].Actual != nil || d.ResultsMedia[0].Results.Portrait.Right != 420 {
		t.Errorf("%+v", d)
	}
	if f.Analyses[3].Type != client.CollectionSearch || f.Analyses[3].Results != nil {
		t.Errorf("%+v", f.Analyses[3])
	}
	var image bytes.Buffer
	if err := c.Download(t.Context(), *q.ResultsMedia[0].Output[0].OriginalURL, &image); err != nil || image.String() != "JPEG" {
		t.Errorf("%q, %v", image.String(), err)
	}
	for _, link := range []string{"https://elsewhere/api/users/", "http://[::1", ""} {
		if err := c.Download(t.Context(), link, &image); err == nil {
			t.Errorf("%q was fetched", link)
		}
	}
}
