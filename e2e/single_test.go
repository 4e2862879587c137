package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/testphoto"
)

// direct asks for a folder and analyses in one request.
func (c caller) direct(tb testing.TB, query string, ask object, files ...part) answer {
	tb.Helper()
	return c.upload(tb, "/api/folders/"+query, append([]part{payload(ask)}, files...)...)
}

// entriesOf are analyses of these types, with the media that suit them.
func entriesOf(types ...string) []object {
	out := make([]object, len(types))
	for i, kind := range types {
		out[i] = object{"type": kind}
	}
	return out
}

// wordsOf are verdicts and scores of the analyses at a path, without what is of one
// request alone: two answers about the same media have the same.
func wordsOf(tb testing.TB, a answer, path string) []string {
	tb.Helper()
	var out []string
	for i := range a.list(path) {
		at := fmt.Sprintf("%s.%d.", path, i)
		line := fmt.Sprint(a.text(at+"type"), " ", a.text(at+"state"), " ", a.text(at+"resolution"), " ", a.at(at+"error_code"))
		for _, key := range []string{"confidence_spoofing", "injection_score", "min_confidence", "max_confidence", "matched", "text_fields", "checks"} {
			if v, ok := a.look(at + "results_data." + key); ok {
				line += fmt.Sprintf(" %s=%v", key, v)
			}
		}
		for j := range a.list(at + "results_media") {
			entry := fmt.Sprintf("%sresults_media.%d.", at, j)
			for _, key := range []string{"confidence_spoofing", "injection_score", "min_confidence", "portrait"} {
				if v, ok := a.look(entry + "results_data." + key); ok {
					line += fmt.Sprintf(" %d.%s=%v", j, key, v)
				}
			}
			line += fmt.Sprintf(" %d images", len(a.list(entry+"output_images")))
		}
		out = append(out, line)
	}
	return out
}

// TestSingleRequest: a folder with its analyses in one call (api.md 10).
func TestSingleRequest(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	list := c.collection(t)
	c.person(t, list, p.ada[0])
	media := []part{photo("selfie", p.ada[1]), photo("card", p.ada[2]), clip(t, "video", testphoto.Webcam, passive("mp4"))}
	tags := object{"card": []string{"photo_id_front"}, "video": []string{"video_selfie", "video_selfie_blank"}}
	types := []string{"QUALITY", "BIOMETRY", "COLLECTION", "DOCUMENTS"}

	t.Run("the verdicts of the long way", func(t *testing.T) {
		a := c.ca.direct(t, "", object{
			"folder:meta_data": object{"transaction_id": "t-1"}, "media:tags": tags, "media:meta_data": object{"video": object{"foo": "bar2"}},
			"analyses": entriesOf(types...),
		}, media...).want(201)
		id := a.id("folder_id")
		a.check("resolution_status", "FINISHED").check("meta_data.transaction_id", "t-1").check("media.2.media_key", "video").check("media.2.meta_data.foo", "bar2").
			check("analyses.0.folder_id", id).check("analyses.3.group_id", a.at("analyses.0.group_id")).check("analyses.2.results_data.matched", true).
			check("analyses.0.results_media.1.output_images.0.tags", []string{"best_shot"})
		sum := 0.0
		for _, key := range []string{"upload_ms", "queue_ms", "analysis_ms"} {
			sum += a.number("time_logs." + key)
		}
		if total := a.number("time_logs.total_ms"); sum > total || a.number("time_logs.analysis_ms") == 0 {
			t.Errorf("%s: the parts of the time are more than the whole", a)
		}
		// It is the folder that everybody sees from now on.
		c.ca.get(t, folderPath(id)).want(200).check("analyses.1.analysis_id", a.at("analyses.1.analysis_id")).check("system_resolution", a.at("system_resolution"))

		long := c.ca.upload(t, "/api/folders/", append([]part{payload(object{"media:tags": tags})}, media...)...).want(201).id("folder_id")
		c.ca.post(t, analysesOf(long), object{"analyses": entriesOf(types...)}).want(201)
		again := c.ca.get(t, folderPath(long)+"?wait=60").want(200)
		if got, want := wordsOf(t, a, "analyses"), wordsOf(t, again, "analyses"); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("in one request:\n%s\nin two:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
	t.Run("media by the names of their parts", func(t *testing.T) {
		a := c.ca.direct(t, "", object{"params": object{"threshold_min": 0.9, "threshold_max": 0.9}, "analyses": []object{
			{"type": "biometry", "source_media": []string{"b", "a", "b"}, "meta_data": object{"step": "1"}},
			{"type": "collection", "source_media": []string{"c"}, "collection_id": list},
		}}, photo("a", p.ada[1]), photo("b", p.ada[2]), photo("c", p.bea[0])).want(201)
		a.check("analyses.0.source_media.0.media_id", a.at("media.1.media_id")).check("analyses.0.source_media.1.media_id", a.at("media.0.media_id")).
			check("analyses.0.confs.threshold_min", 0.9).check("analyses.0.meta_data.step", "1").
			check("analyses.1.source_media.0.media_id", a.at("media.2.media_id")).check("analyses.1.results_data.matched", false)
		if n := len(a.list("analyses.0.source_media")); n != 2 {
			t.Errorf("%s: %d media compared", a, n)
		}
	})
	t.Run("a failed analysis is an answer", func(t *testing.T) {
		c.ca.direct(t, "", object{"analyses": entriesOf("QUALITY", "BIOMETRY")}, photo("a", p.nobody), photo("b", p.ada[1])).want(201).
			check("resolution_status", "FAILED").check("analyses.0.state", "FAILED").check("analyses.0.error_code", 20).check("analyses.1.error_code", 20)
	})
	t.Run("no wait", func(t *testing.T) {
		a := c.ca.direct(t, "?wait=0", object{"analyses": entriesOf("QUALITY")}, clip(t, "video", testphoto.Webcam, passive("mp4"))).want(202)
		a.check("resolution_status", "PROCESSING").check("analyses.0.state", "PROCESSING").check("analyses.0.results_data", nil).at("time_logs.total_ms")
		c.ca.finished(t, a.id("analyses.0.analysis_id")).check("state", "FINISHED")
	})
	t.Run("an empty list is a plain folder", func(t *testing.T) {
		a := c.ca.direct(t, "", object{"analyses": []object{}}, photo("a", p.ada[1])).want(201).check("resolution_status", "INITIAL")
		if _, ok := a.look("time_logs"); ok {
			t.Errorf("%s: measured a folder without analyses", a)
		}
	})
	t.Run("refused before anything is stored", func(t *testing.T) {
		blind := c.user(t, osprey.RoleClient, object{"can_start_analysis_quality": false})
		ask := func(ask object, files ...part) body { return form(append([]part{payload(ask)}, files...)...) }
		const path = "/api/folders/"
		ada := photo("a", p.ada[1])
		c.refuse(t, []refusal{
			{name: "unknown part", path: path, body: ask(object{"analyses": []object{{"type": "QUALITY", "source_media": []string{"a", "z"}}}}, ada), want: badValue("analyses.0.source_media.1", "reason", "unknown_part")},
			{name: "an id is no name", path: path, body: ask(object{"analyses": []object{{"type": "QUALITY", "source_media": []string{c.id}}}}, ada), want: badValue("analyses.0.source_media.0", "reason", "unknown_part")},
			{name: "names are texts", path: path, body: ask(object{"analyses": []object{{"type": "QUALITY", "source_media": []int{1}}}}, ada), want: badType("analyses.0.source_media")},
			{name: "one medium to compare", path: path, body: ask(object{"analyses": entriesOf("QUALITY", "BIOMETRY")}, ada), want: badValue("analyses.1.source_media", "reason", "not_enough_media", "limit", 2, "actual", 1)},
			{name: "a document is no video", path: path, body: ask(object{"analyses": []object{{"type": "DOCUMENTS", "source_media": []string{"v"}}}}, clip(t, "v", testphoto.Webcam, passive("mp4"))), want: badValue("analyses.0.source_media.0", "reason", "media_type")},
			{name: "no type", path: path, body: ask(object{"analyses": []object{{}}}, ada), want: badStructure("analyses.0.type")},
			{name: "unknown type", path: path, body: ask(object{"analyses": entriesOf("GAIT")}, ada), want: badValue("analyses.0.type")},
			{name: "no list", path: path, body: ask(object{"analyses": "QUALITY"}, ada), want: badType("analyses")},
			{name: "too many", path: path, body: ask(object{"analyses": entriesOf(strings.Fields(strings.Repeat("QUALITY ", 21))...)}, ada), want: tooLarge("analyses", "limit", 20, "actual", 21)},
			{name: "a threshold", path: path, body: ask(object{"analyses": []object{{"type": "QUALITY", "params": object{"threshold_spoofing": 2}}}}, ada), want: badValue("analyses.0.params.threshold_spoofing", "limit", 1)},
			{name: "unknown collection", path: path, body: ask(object{"analyses": []object{{"type": "COLLECTION", "collection_id": c.id}}}, ada), want: fault{status: 404, code: 10, details: object{"field": "analyses.0.collection_id"}}},
			{name: "a flag", by: &blind.caller, path: path, body: ask(object{"analyses": entriesOf("BIOMETRY", "QUALITY")}, ada, photo("b", p.ada[2])), want: fault{status: 403, code: 9, details: object{"field": "analyses.1.type", "reason": "can_start_analysis_quality"}}},
			{name: "a file", path: path, body: ask(object{"analyses": entriesOf("QUALITY")}, ada, file("g", "g.gif", "GIF89a\x40\x00\x40\x00\x80\x00\x00")), want: unsupported("g")},
			{name: "the wait", path: path + "?wait=61", body: ask(object{"analyses": entriesOf("QUALITY")}, ada), want: badValue("wait", "limit", 60)},
		})
	})
	t.Run("who leaves cancels nothing", func(t *testing.T) {
		mark := unique("left")
		sent := form(payload(object{"folder:meta_data": object{"mark": mark}, "analyses": entriesOf("QUALITY")}), clip(t, "video", testphoto.Webcam, passive("mp4")))
		ctx, leave := context.WithCancel(t.Context())
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/api/folders/", bytes.NewReader(sent.content))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", sent.contentType)
		req.Header.Set("X-Forensic-Access-Token", c.ca.token)
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			if resp, err := http.DefaultClient.Do(req); err == nil {
				_ = resp.Body.Close()
			}
		}()
		var stored answer
		if err := c.poll("holding the folder", stopPatience, func() bool {
			stored = c.ca.get(t, "/api/folders/?with_analyses=true&meta_data="+url.QueryEscape("mark=="+mark)).want(200)
			return stored.number("total") == 1
		}); err != nil {
			t.Fatal(err)
		}
		leave()
		<-gone
		c.ca.finished(t, stored.id("items.0.analyses.0.analysis_id")).check("state", "FINISHED").check("resolution", "SUCCESS")
	})
}

// TestSingleQueueFull: a request that finds the queue full is refused before its
// body is read.
func TestSingleQueueFull(t *testing.T) {
	t.Parallel()
	s := start(t, "OSPREY_ANALYSIS_QUEUE_MAX=20", "OSPREY_ANALYSIS_WORKERS=1")
	c := s.tenant(t, s.admin(t))
	busy := c.ca.upload(t, "/api/folders/", clip(t, "video", testphoto.Webcam, passive("mp4"))).want(201).id("folder_id")
	for range 20 {
		c.ca.post(t, analysesOf(busy), object{"analyses": entriesOf("QUALITY")})
	}
	// Nothing of the body is sent, and the answer comes.
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /api/folders/ HTTP/1.1\r\nHost: x\r\nX-Forensic-Access-Token: %s\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000000\r\n\r\n", c.ca.token)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("%s, Retry-After %q", resp.Status, resp.Header.Get("Retry-After"))
	}
	c.ca.upload(t, "/api/folders/", payload(object{"analyses": entriesOf("QUALITY")}), photo("a", people(t).ada[1])).
		fault(fault{status: 503, code: 19, details: object{"reason": "queue_full", "limit": 20}})
	// An empty folder asks for nothing.
	c.ca.post(t, "/api/folders/", nil).want(201)
	c.ca.delete(t, folderPath(busy)).want(204)
	c.ca.direct(t, "", object{"analyses": entriesOf("QUALITY")}, photo("a", people(t).ada[1])).want(201)
}
