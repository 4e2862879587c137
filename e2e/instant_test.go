package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image/jpeg"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/testphoto"
)

const instantPath = "/api/instant/folders/"

// instant asks for analyses of which nothing is stored.
func (c caller) instant(tb testing.TB, ask object, files ...part) answer {
	tb.Helper()
	return c.upload(tb, instantPath, append([]part{payload(ask)}, files...)...)
}

// instantMedia are a photograph of somebody, one of the same on a card, a video and a
// shot set, with the tags that say so.
func instantMedia(tb testing.TB) ([]part, object) {
	tb.Helper()
	p := people(tb)
	return []part{
		photo("selfie", p.ada[1]), photo("card", p.ada[2]),
		clip(tb, "video", testphoto.Webcam, passive("mp4")), clip(tb, "shots", testphoto.WebcamAgain, passive("zip")),
	}, object{"card": []string{"photo_id_front"}, "video": []string{"video_selfie", "video_selfie_blank"}}
}

// instantAsk are analyses of all that Instant offers, on those media.
func instantAsk(tags object) object {
	return object{
		"folder:meta_data": object{"transaction_id": "instant-secret-17"}, "media:tags": tags,
		"media:meta_data": object{"video": object{"foo": "instant-secret-18"}},
		"analyses": []object{
			{"type": "BIOMETRY", "source_media": []string{"selfie", "card"}, "meta_data": object{"step": "instant-secret-19"}},
			{"type": "QUALITY"}, {"type": "DOCUMENTS"}, {"type": "BIOMETRY", "source_media": []string{"video", "shots"}},
		},
	}
}

// TestInstant: analyses of which nothing is stored (api.md 11).
func TestInstant(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	media, tags := instantMedia(t)
	ask := instantAsk(tags)

	t.Run("the answer of a single request, without a trace", func(t *testing.T) {
		ask["resolution_endpoint"] = nil
		var a answer
		c.unchanged(t, func() { a = c.ca.instant(t, ask, media...).want(200) })
		for _, key := range []string{"company_id", "user_id", "resolution_endpoint", "media.0.company_id", "media.0.original_url", "media.2.video_url",
			"media.3.preview_url", "media.0.thumb_url", "analyses.0.company_id", "analyses.0.source_media.0.preview_url"} {
			a.check(key, nil)
		}
		a.check("analyses.1.results_media.0.source_media_id", a.at("media.0.media_id"))
		a.check("resolution_status", "FINISHED").check("meta_data.transaction_id", "instant-secret-17").check("media.2.media_key", "video").
			check("media.2.meta_data.foo", "instant-secret-18").check("analyses.0.meta_data.step", "instant-secret-19").
			check("analyses.0.folder_id", a.at("folder_id")).check("analyses.1.group_id", a.at("analyses.0.group_id")).
			check("analyses.0.type", "BIOMETRY").check("analyses.1.type", "QUALITY").check("analyses.1.results_media.0.output_images", []any{})
		for _, at := range []string{"analyses.1.results_media.1.", "analyses.2.results_media.0."} { // best shot, portrait
			raw, ok := strings.CutPrefix(a.text(at+"output_images.0.original_url"), "data:image/jpeg;base64,")
			picture, err := base64.StdEncoding.DecodeString(raw)
			if _, bad := jpeg.Decode(bytes.NewReader(picture)); !ok || err != nil || bad != nil {
				t.Errorf("%sno JPEG in the answer: %v, %v", at, err, bad)
			}
		}
		for _, path := range []string{folderPath(a.id("folder_id")), mediaPath(a.id("media.0.media_id")), analysisPath(a.id("analyses.0.analysis_id"))} {
			c.ca.get(t, path).fault(notExist)
		}
		// The same words and scores as by the other doors, digit for digit.
		single := c.ca.direct(t, "", ask, media...).want(201)
		if got, want := strings.Join(wordsOf(t, a, "analyses"), "\n"), strings.Join(wordsOf(t, single, "analyses"), "\n"); got != want {
			t.Errorf("Instant:\n%s\nsingle request:\n%s", got, want)
		}
	})
	t.Run("a failed analysis is an answer", func(t *testing.T) {
		c.ca.instant(t, object{"analyses": entriesOf("QUALITY")}, photo("a", p.nobody)).want(200).
			check("resolution_status", "FAILED").check("analyses.0.error_code", 20).check("analyses.0.results_data", nil)
	})
	t.Run("thresholds of the company, or none", func(t *testing.T) {
		other := c.tenant(t, c.root)
		c.root.patch(t, companyPath(other.id), object{"analysis_settings": object{"biometry": object{"threshold_min": 0.91, "threshold_max": 0.92}}}).want(200)
		pair := []part{photo("a", p.ada[1]), photo("b", p.ada[2])}
		other.ca.instant(t, object{"analyses": entriesOf("BIOMETRY")}, pair...).want(200).check("analyses.0.confs.threshold_max", 0.92)
		c.root.instant(t, object{"analyses": entriesOf("BIOMETRY"), "company_id": other.id}, pair...).want(200).check("analyses.0.confs.threshold_min", 0.91)
		c.root.instant(t, object{"analyses": entriesOf("BIOMETRY")}, pair...).want(200).check("analyses.0.confs.threshold_max", 0.85)
	})
	t.Run("the consent of the company", func(t *testing.T) {
		other := c.tenant(t, c.root)
		c.root.patch(t, companyPath(other.id), object{"require_consent": true}).want(200)
		one := photo("a", p.ada[1])
		other.ca.instant(t, object{"analyses": entriesOf("QUALITY")}, one).fault(badStructure("folder:meta_data.consent.given"))
		other.ca.instant(t, object{"analyses": entriesOf("QUALITY"), "folder:meta_data": object{"consent": object{"given": true}}}, one).want(200)
	})
	t.Run("an idempotency key is ignored", func(t *testing.T) {
		sent := form(payload(object{"analyses": entriesOf("DOCUMENTS")}), photo("a", p.ada[1]))
		ids := map[string]bool{}
		for range 2 {
			ids[c.ca.call(t, "POST", instantPath, sent, "Idempotency-Key: k-1").want(200).id("folder_id")] = true
		}
		if len(ids) != 2 {
			t.Error("the answer was replayed")
		}
	})
	t.Run("refused", func(t *testing.T) {
		blind := c.user(t, osprey.RoleClient, object{"can_start_analysis_documents": false})
		operator := c.user(t, osprey.RoleOperator)
		ada := photo("a", p.ada[1])
		with := func(ask object, files ...part) body { return form(append([]part{payload(ask)}, files...)...) }
		c.refuse(t, []refusal{
			{name: "no analyses", path: instantPath, body: with(object{}, ada), want: badStructure("analyses")},
			{name: "no body", path: instantPath, body: nil, want: badStructure("analyses")},
			{name: "an empty list", path: instantPath, body: with(object{"analyses": []object{}}, ada), want: badValue("analyses", "limit", 1)},
			{name: "a collection", path: instantPath, body: with(object{"analyses": entriesOf("QUALITY", "COLLECTION")}, ada), want: badValue("analyses.1.type", "reason", "not_in_instant")},
			{name: "no media", path: instantPath, body: object{"analyses": entriesOf("QUALITY")}, want: badValue("analyses.0.source_media", "reason", "not_enough_media")},
			{name: "unknown part", path: instantPath, body: with(object{"analyses": []object{{"type": "QUALITY", "source_media": []string{"b"}}}}, ada), want: badValue("analyses.0.source_media.0", "reason", "unknown_part")},
			{name: "a file", path: instantPath, body: with(object{"analyses": entriesOf("QUALITY")}, file("g", "g.gif", "GIF89a\x40\x00\x40\x00\x80\x00\x00")), want: unsupported("g")},
			{name: "a flag", by: &blind.caller, path: instantPath, body: with(object{"analyses": entriesOf("QUALITY", "DOCUMENTS")}, ada), want: fault{status: 403, code: 9, details: object{"field": "analyses.1.type", "reason": "can_start_analysis_documents"}}},
			{name: "the role", by: &operator.caller, path: instantPath, body: with(object{"analyses": entriesOf("QUALITY")}, ada), want: forbidden},
			{name: "no token", by: &caller{server: c.server}, path: instantPath, body: with(object{"analyses": entriesOf("QUALITY")}, ada), want: fault{status: 401, code: 6}},
			{name: "another company", path: instantPath, body: with(object{"analyses": entriesOf("QUALITY"), "company_id": "01980000-0000-7000-8000-0000000000c1"}, ada), want: fault{status: 404, code: 10, details: object{"field": "company_id"}}},
		})
		// The body has a bound of its own, below that of ten files.
		large := raw("multipart/form-data; boundary=b", strings.Repeat("x", 64<<20+1))
		c.ca.call(t, "POST", instantPath, large).fault(tooLarge("body", "limit", 64<<20))
	})
}

// TestInstantLimits: the queue, the time, and callers that leave.
func TestInstantLimits(t *testing.T) {
	t.Parallel()
	s := start(t, "OSPREY_ANALYSIS_WORKERS=1", "OSPREY_ANALYSIS_QUEUE_MAX=1", "OSPREY_ANALYSIS_SYNC_TIMEOUT=2s")
	c := s.tenant(t, s.admin(t))
	video := clip(t, "v", testphoto.Webcam, testphoto.Cut{From: 0, Seconds: 5, Format: "mp4"})
	long := form(payload(object{"analyses": entriesOf(strings.Fields(strings.Repeat("QUALITY ", 20))...)}), video)

	t.Run("too long", func(t *testing.T) {
		a := c.ca.call(t, "POST", instantPath, long).fault(fault{status: 503, code: 19, details: object{"reason": "timeout"}})
		if a.header.Get("Retry-After") != "5" {
			t.Errorf("%s: Retry-After %q", a, a.header.Get("Retry-After"))
		}
	})
	t.Run("full", func(t *testing.T) {
		var answers sync.WaitGroup
		refused := make(chan answer, 8)
		for range cap(refused) {
			answers.Go(func() {
				if a, err := c.ca.try("POST", instantPath, long); err == nil {
					refused <- a
				}
			})
		}
		answers.Wait()
		close(refused)
		full := 0
		for a := range refused {
			a.tb = t
			a.want(503)
			if a.text("details.reason") == "queue_full" {
				full++
			}
			if a.header.Get("Retry-After") == "" {
				t.Errorf("%s: no Retry-After", a)
			}
		}
		if full == 0 {
			t.Error("one works, one waits, and eight were taken")
		}
	})
	t.Run("who leaves", func(t *testing.T) {
		before := s.metric(t, `osprey_analyses_total{resolution="SUCCESS",source="instant",type="QUALITY"}`)
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nX-Forensic-Access-Token: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", instantPath, c.ca.token, long.contentType, len(long.content))
		if _, err := conn.Write(long.content); err != nil {
			t.Fatal(err)
		}
		if err := s.poll("decoding", stopPatience, func() bool { return len(children(t, s.cmd.Process.Pid)) > 0 }); err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
		if err := s.poll("rid of the decoder", stopPatience, func() bool { return len(children(t, s.cmd.Process.Pid)) == 0 }); err != nil {
			t.Fatal(err)
		}
		// The only worker is free, and what was left has no result.
		short := form(payload(object{"analyses": entriesOf("BIOMETRY")}), photo("a", people(t).ada[1]), photo("b", people(t).ada[2]))
		if err := s.poll("free for others", stopPatience, func() bool {
			a, err := c.ca.try("POST", instantPath, short)
			return err == nil && a.status == 200
		}); err != nil {
			t.Fatal(err)
		}
		if after := s.metric(t, `osprey_analyses_total{resolution="SUCCESS",source="instant",type="QUALITY"}`); after != before {
			t.Errorf("%v analyses had ended, %v now", before, after)
		}
	})
}

// children are the processes that a process has started and that still run.
func children(tb testing.TB, pid int) []string {
	tb.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		tb.Fatal(err)
	}
	var out []string
	for _, task := range tasks {
		list, err := os.ReadFile(task)
		if err == nil {
			out = append(out, strings.Fields(string(list))...)
		}
	}
	return out
}

// metric is the value of a figure, 0 for one that is not there yet.
func (s *server) metric(tb testing.TB, name string) float64 {
	tb.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, s.ops+"/metrics", nil)
	if err != nil {
		tb.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(io.LimitReader(resp.Body, 8<<20))
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			v, err := strconv.ParseFloat(value, 64)
			if err != nil {
				tb.Fatal(err)
			}
			return v
		}
	}
	return 0
}
