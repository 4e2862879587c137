package e2e

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/testphoto"
)

// TestLite is the conformance plan of components.md 1.5 on one server; what needs a
// server of its own has a test of its own.
func TestLite(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	l := c.user(t, osprey.RoleClient).lite()
	p := people(t)
	ada, bea := p.ada, p.bea
	template := l.extract(t, ada[0])

	t.Run("L-01 health", func(t *testing.T) {
		for _, path := range []string{litePattern + "health", "/v1/face/liveness/health", litePattern + "health/"} {
			a := liteCaller{base: l.base}.get(t, path).ok()
			if string(a.body) != `{"status":0,"message":""}` {
				t.Errorf("%s", a)
			}
			l.send(t, "HEAD", path, body{}).ok()
		}
	})
	t.Run("L-03 version", func(t *testing.T) {
		o := l.get(t, "/version").ok().json()
		seen := map[string]bool{}
		for _, m := range o["models"].([]any) {
			m := m.(object)
			name := m["name"].(string)
			if seen[name] || m["version"] == "" || len(m) != 2 {
				t.Errorf("%v", m)
			}
			seen[name] = true
		}
		if len(o) != 3 || o["core"] == "" || !strings.HasPrefix(o["tfss"].(string), "onnxruntime 1.") {
			t.Errorf("%v", o)
		}
		listed := c.root.get(t, "/api/models/?limit=100").want(200).list("items")
		if len(listed) != len(seen) {
			t.Errorf("%d models, %d are loaded", len(seen), len(listed))
		}
	})
	t.Run("L-04 extract", func(t *testing.T) {
		for name, b := range map[string]body{"jpeg": asJPEG(ada[0]), "png": {"image/png", litePNG(t, ada[0])}} {
			a := l.post(t, liteExtract, b).ok()
			again := l.post(t, liteExtract, b).ok()
			if a.header.Get("Content-Type") != octets || !bytes.HasPrefix(a.body, []byte("OSPT")) || !bytes.Equal(a.body, again.body) || len(a.body) > 4096 {
				t.Errorf("%s: %s, equal on repeat: %v", name, a, bytes.Equal(a.body, again.body))
			}
			if q := a.header.Get("X-Osprey-Quality"); q == "" || len(q) > 3 || a.header.Get("X-Osprey-Model") != "fr_feature/0.0.1" {
				t.Errorf("%s: quality %q, model %q", name, q, a.header.Get("X-Osprey-Model"))
			}
		}
	})
	t.Run("L-05 declared type", func(t *testing.T) {
		if a := l.post(t, liteExtract, body{"image/png", ada[0].JPEG}).ok(); !bytes.Equal(a.body, template) {
			t.Error("another template of the same bytes")
		}
		l.post(t, liteExtract, body{"image/jpeg", litePNG(t, ada[0])}).ok()
		l.post(t, liteExtract, body{"image/jpeg; charset=binary", ada[0].JPEG}).ok()
	})
	t.Run("L-06 header names", func(t *testing.T) {
		for _, header := range []string{"CONTENT-TYPE", "content-type", "cOnTeNt-TyPe"} {
			if got := rawExtract(t, l, header, ada[0].JPEG); !bytes.Equal(got, template) {
				t.Errorf("%s: another template", header)
			}
		}
	})
	t.Run("L-07 multipart", func(t *testing.T) {
		for _, boundary := range []string{"plainboundary", "----with-hyphens", "with space and (brackets)", "a:b"} {
			l.post(t, liteVerify, rebound(verifyForm(ada[1], template), boundary)).ok()
		}
		unquoted := rebound(verifyForm(ada[1], template), "a:b")
		unquoted.contentType = "multipart/form-data; boundary=a:b"
		l.post(t, liteVerify, unquoted).ok()
		l.post(t, liteVerify, form(part{"sample", "photo.jpg", "image/jpeg", ada[1].JPEG}, part{"bio_template", "t.bin", octets, template})).ok()
		l.post(t, liteDetect, liteForm("", lp("bio_sample", "IMAGE/JPEG", ada[0].JPEG),
			lp("metadata", "application/json;charset=UTF-8", []byte(`{"mnemonic":"passive","more":1}`)))).ok()
	})
	t.Run("L-08 request id", func(t *testing.T) {
		for _, name := range []string{"X-Request-ID", "x-request-id", "X-REQUEST-ID"} {
			if a := l.send(t, "GET", litePattern+"health", body{}, name+": lite.8-a"); a.header.Get("X-Request-Id") != "lite.8-a" {
				t.Errorf("%s: %q", name, a.header.Get("X-Request-Id"))
			}
		}
	})
	t.Run("L-09 base64", func(t *testing.T) {
		for name, e := range map[string]*base64.Encoding{
			"standard": base64.StdEncoding, "URL-safe": base64.URLEncoding, "unpadded": base64.RawStdEncoding, "URL-safe, unpadded": base64.RawURLEncoding,
		} {
			a := l.post(t, liteExtract, in64(asJPEG(ada[0]), e), base64Request).ok()
			got, err := base64.StdEncoding.Strict().DecodeString(string(a.body))
			if err != nil || !bytes.Equal(got, template) || a.header.Get("Content-Transfer-Encoding") != "base64" || a.header.Get("Content-Type") != octets {
				t.Errorf("%s: %v, %v", name, err, a.header)
			}
		}
		folded := in64(asJPEG(ada[0]), base64.StdEncoding)
		folded.content = slices.Concat(folded.content[:100], []byte("\r\n \t"), folded.content[100:], []byte("\n"))
		l.post(t, liteExtract, folded, base64Request).ok()
		text := func(b []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(b)) }
		all := liteForm("", lp("bio_feature", octets, text(template)), lp("bio_template", octets, text(template)))
		one := liteForm("", lp("bio_feature", octets, text(template), base64Request), lp("bio_template", octets, template))
		if a, b := l.post(t, liteCompare, all, base64Request).score("score"), l.post(t, liteCompare, one).score("score"); a != 1 || b != 1 {
			t.Errorf("scores %v and %v of one template", a, b)
		}
		l.post(t, liteExtract, body{"image/jpeg", []byte("/9j/4AAQ!")}, base64Request).fault("BPE-002003", "")
		l.post(t, liteDetect, body{"image/jpeg", []byte("Zg=")}, base64Request).fault("LDE-002004", "")
		l.post(t, liteExtract, asJPEG(ada[0]), "Content-Transfer-Encoding: quoted-printable").fault("BPE-002003", "")
		l.post(t, liteCompare, compareForm([]byte("T1NQVA="), text(template)), base64Request).fault("BPE-002004", `{"reason":"FORMAT"}`)
	})
	t.Run("L-10 types and methods", func(t *testing.T) {
		good := map[string]body{
			liteExtract: asJPEG(ada[0]), liteCompare: compareForm(template, template), liteVerify: verifyForm(ada[0], template),
			litePair: pairForm(ada[0], ada[1]), liteDetect: asJPEG(ada[0]),
		}
		for path, b := range good {
			side := "BPE"
			if path == liteDetect {
				side = "LDE"
			}
			for _, contentType := range []string{"text/plain", "", "application/json", "application/zip", "multipart/form-data", "multipart/mixed; boundary=a", "image"} {
				l.post(t, path, body{contentType, b.content}).fault(side+"-002001", "")
			}
			l.post(t, path, b, "Content-Encoding: gzip").fault(side+"-002001", "")
			for _, method := range []string{"PUT", "GET", "DELETE", "PATCH", "OPTIONS"} {
				a := l.send(t, method, path, body{}).fault(side+"-002002", "")
				if a.header.Get("Allow") != "POST" {
					t.Errorf("%s: Allow %q", a, a.header.Get("Allow"))
				}
			}
			l.post(t, path+"/", b).ok()
		}
		l.post(t, liteExtract, liteForm("", lp("sample", "image/jpeg", ada[0].JPEG))).fault("BPE-002001", "")
		l.post(t, liteCompare, asJPEG(ada[0])).fault("BPE-002001", "")
		l.post(t, litePattern+"health", body{}).fault("BPE-002002", "")
		l.post(t, "/v1/face/liveness/health", body{}).fault("LDE-002002", "")
		if a := l.post(t, "/version", body{}).fault("BPE-002002", ""); a.header.Get("Allow") != "GET, HEAD" {
			t.Errorf("Allow %q", a.header.Get("Allow"))
		}
		for _, path := range []string{"/v1/pattern/extract", "/v1/body/pattern/extract", "/v1/face/pattern", "/v1/face/pattern/extract/x", "/v1/face//pattern/extract", "/v1/face/liveness/check", "/version/x"} {
			if a := l.post(t, path, asJPEG(ada[0])); a.status != 404 {
				t.Errorf("%s, want 404", a)
			}
		}
	})
	t.Run("L-11 samples", func(t *testing.T) {
		wave := append([]byte("RIFF\x24\x08\x00\x00WAVEfmt \x10\x00\x00\x00"), make([]byte, 2000)...)
		for name, row := range map[string]struct {
			content []byte
			status  int
		}{
			"empty": {nil, 400}, "text": {[]byte("this is no photo"), 400}, "audio": {wave, 400}, "cut": {ada[0].JPEG[:len(ada[0].JPEG)/2], 400},
			"60 megapixels": {[]byte(pngClaiming(10000, 6000)), 413}, "more than 10 MiB": {make([]byte, 10<<20+1), 413},
			"a GIF": {[]byte("GIF89a\x40\x00\x40\x00\x80\x00\x00"), 400}, "an archive": {testphoto.Clip(t, testphoto.Webcam, passive("zip")), 400},
		} {
			fastest := time.Hour
			for range 5 { // other work of the machine makes single calls slow
				begun := time.Now()
				l.post(t, liteExtract, body{"image/jpeg", row.content}).fault("BPE-002003", "", row.status)
				l.post(t, liteDetect, body{"image/jpeg", row.content}).fault("LDE-002004", "", row.status)
				fastest = min(fastest, time.Since(begun)/2)
			}
			t.Logf("%s: refused in %s", name, fastest)
			if len(row.content) < 1<<20 && fastest > 100*time.Millisecond {
				t.Errorf("%s: refused in %s at best", name, fastest)
			}
			l.post(t, liteVerify, liteForm("", lp("sample", "image/png", row.content), lp("bio_template", octets, nil))).fault2("BPE-002003", row.status)
			l.post(t, litePair, liteForm("", lp("sample_1", "image/png", litePNG(t, p.nobody)), lp("sample_2", "image/png", row.content))).fault2("BPE-002003", row.status)
		}
		over := liteForm("", lp("bio_sample", "image/jpeg", make([]byte, 33<<20)))
		l.post(t, liteDetect, over).fault("LDE-002004", "", 413)
		l.post(t, liteCompare, body{compareForm(nil, nil).contentType, make([]byte, 33<<20)}).fault("BPE-002003", "", 413)
		for _, address := range []string{"https://example.com/face.jpg", " file:///etc/passwd", "data:image/jpeg;base64,AAAA"} {
			l.post(t, liteExtract, body{"image/jpeg", []byte(address)}).fault("BPE-002006", "")
			l.post(t, liteVerify, liteForm("", lp("sample", "text/plain", []byte(address)), lp("bio_template", octets, template))).fault("BPE-002006", "")
		}
		l.post(t, liteExtract, body{"message/external-body; access-type=URL", ada[0].JPEG}).fault("BPE-002006", "")
		l.post(t, litePair, liteForm("", lp("sample_1", "image/jpeg", ada[0].JPEG, "Content-Location: https://example.com/a.jpg"), lp("sample_2", "image/jpeg", ada[1].JPEG))).fault("BPE-002006", "")
		small := testphoto.Resize(t, ada[0], 30)
		l.post(t, liteExtract, asJPEG(small)).fault("BPE-003001", `{"reasons":["LOW_RESOLUTION"]}`)
		l.post(t, liteDetect, asJPEG(small)).fault("LDE-003001", `{"reasons":["LOW_RESOLUTION"]}`)
		tiny := testphoto.Resize(t, ada[0], 60)
		l.post(t, liteExtract, asJPEG(tiny)).fault("BPE-003001", `{"reasons":["FACE_TOO_SMALL"]}`)
		l.post(t, liteDetect, asJPEG(tiny)).fault("LDE-003001", `{"reasons":["FACE_TOO_SMALL"]}`)
		l.post(t, liteDetect, asJPEG(gray(t, ada[0]))).fault("LDE-003001", `{"reasons":["GRAYSCALE"]}`)
		l.post(t, liteExtract, asJPEG(gray(t, ada[0]))).ok()
	})
	t.Run("L-12 templates", func(t *testing.T) {
		refused := func(b []byte, reason string) {
			t.Helper()
			l.post(t, liteCompare, compareForm(b, template)).fault("BPE-002004", `{"reason":"`+reason+`"}`)
			l.post(t, liteCompare, compareForm(template, b)).fault("BPE-002004", `{"reason":"`+reason+`"}`)
			l.post(t, liteVerify, verifyForm(ada[0], b)).fault("BPE-002004", `{"reason":"`+reason+`"}`)
		}
		refused(nil, "FORMAT")
		refused(make([]byte, 1024), "FORMAT")
		refused(make([]byte, 5000), "FORMAT")
		refused(make([]byte, 100<<10), "FORMAT")
		for bit, reason := range map[int]string{0: "FORMAT", 5 * 8: "FORMAT", 10 * 8: "SIGNATURE", 26 * 8: "KEY_UNKNOWN", 200 * 8: "SIGNATURE", 8*len(template) - 1: "SIGNATURE"} {
			flipped := bytes.Clone(template)
			flipped[bit/8] ^= 1 << (bit % 8)
			refused(flipped, reason)
		}
		other := start(t)
		theirs := other.admin(t).lite().extract(t, ada[0])
		refused(theirs, "SIGNATURE")
		// The template is told before the face, the photo that is none before the template.
		l.post(t, liteVerify, verifyForm(p.nobody, theirs)).fault("BPE-002004", `{"reason":"SIGNATURE"}`)
	})
	t.Run("L-13 parts", func(t *testing.T) {
		named := func(name string) string { return `{"part":"` + name + `"}` }
		l.post(t, liteCompare, liteForm("", lp("bio_feature", octets, template))).fault("BPE-002005", named("bio_template"))
		l.post(t, liteCompare, liteForm("", lp("bio_template", octets, template))).fault("BPE-002005", named("bio_feature"))
		l.post(t, liteCompare, liteForm("", lp("bio_feature", octets, template), lp("bio_template", "text/plain", template))).fault("BPE-002005", named("bio_template"))
		l.post(t, liteCompare, liteForm("", lp("bio_feature", "", template), lp("bio_template", octets, template))).fault("BPE-002005", named("bio_feature"))
		l.post(t, liteCompare, liteForm("", lp("bio_feature", octets, template), lp("bio_template", octets, template), lp("bio_template", octets, template))).fault("BPE-002005", named("bio_template"))
		l.post(t, liteVerify, liteForm("", lp("sample", octets, ada[0].JPEG), lp("bio_template", octets, template))).fault("BPE-002005", named("sample"))
		l.post(t, liteVerify, liteForm("", lp("bio_template", octets, template))).fault("BPE-002005", named("sample"))
		l.post(t, litePair, liteForm("", lp("sample_1", "image/jpeg", ada[0].JPEG))).fault("BPE-002005", named("sample_2"))
		l.post(t, litePair, liteForm("", lp("sample_1", "image/jpeg", ada[0].JPEG), lp("sample_2", "application/zip", ada[0].JPEG))).fault("BPE-002005", named("sample_2"))
		l.post(t, liteDetect, liteForm("", lp("picture", "image/jpeg", ada[0].JPEG))).fault("LDE-002005", named("bio_sample"))
		l.post(t, liteDetect, liteForm("", lp("bio_sample", "text/plain", ada[0].JPEG))).fault("LDE-002005", named("bio_sample"))
		l.post(t, liteDetect, detectForm(lp("sample", "image/jpeg", ada[0].JPEG), `{"mnemonic":"passive"}`)).ok() // the alias
		l.post(t, liteDetect, liteForm("", lp("bio_sample", "image/jpeg", ada[0].JPEG), lp("metadata", "text/plain", []byte(`{}`)))).fault("LDE-002005", named("metadata"))
		l.post(t, liteCompare, body{"multipart/form-data; boundary=x", []byte("--x\r\nnothing")}).fault("BPE-002005", named("bio_feature"))
		cut := verifyForm(ada[0], template)
		cut.content = cut.content[:len(cut.content)/2]
		l.post(t, liteVerify, cut).fault("BPE-002005", named("bio_template"))
	})
	t.Run("L-14 faces", func(t *testing.T) {
		for path, side := range map[string]string{liteExtract: "BPE", liteDetect: "LDE"} {
			l.post(t, path, asJPEG(p.nobody)).fault(side+"-003002", "")
			l.post(t, path, asJPEG(p.two)).fault(side+"-003003", "")
		}
		l.post(t, liteVerify, verifyForm(p.two, template)).fault("BPE-003003", "")
		l.post(t, litePair, pairForm(ada[0], p.nobody)).fault("BPE-003002", "")
	})
	t.Run("L-15 pairs", func(t *testing.T) {
		for name, row := range map[string]struct {
			a, b     testphoto.Photo
			decision string
		}{
			"the same person": {ada[0], ada[1], "approved"}, "the same photo": {bea[0], bea[0], "approved"},
			"two people": {ada[0], bea[0], "declined"}, "a stranger": {ada[0], p.strangers[0], "declined"},
		} {
			a := l.post(t, litePair, pairForm(row.a, row.b))
			if v := a.score("score"); a.json()["decision"] != row.decision || (v >= 0.85) != (row.decision == "approved") || len(a.json()) != 2 {
				t.Errorf("%s: %s, want %s", name, a, row.decision)
			}
		}
	})
	t.Run("L-16 one score", func(t *testing.T) {
		for _, pair := range [][2]testphoto.Photo{{ada[0], ada[2]}, {ada[0], bea[1]}, {p.cem[0], p.cem[1]}} {
			a, b := l.extract(t, pair[0]), l.extract(t, pair[1])
			scores := []float64{
				l.post(t, liteCompare, compareForm(a, b)).score("score"), l.post(t, liteCompare, compareForm(b, a)).score("score"),
				l.post(t, liteVerify, verifyForm(pair[0], b)).score("score"), l.post(t, litePair, pairForm(pair[0], pair[1])).score("score"),
			}
			if slices.Max(scores)-slices.Min(scores) > 1e-6 {
				t.Errorf("scores %v", scores)
			}
			// ... which is the one of a BIOMETRY analysis.
			made := c.ca.only(t, c.folder(t, pair[0], pair[1]).id("folder_id"), "BIOMETRY")
			if v := made.number("results_data.min_confidence"); math.Abs(v-scores[0]) > 1e-6 {
				t.Errorf("BIOMETRY says %v, API Lite %v", v, scores[0])
			}
		}
	})
	t.Run("L-17 metadata", func(t *testing.T) {
		sample := lp("bio_sample", "image/jpeg", ada[0].JPEG)
		for text, code := range map[string]string{
			"[]": "LDE-002003", "": "LDE-002003", "{": "LDE-002003", "\xff": "LDE-002003", `"passive"`: "LDE-002003",
			`{"mnemonic":"passive","x":"` + strings.Repeat("x", 8<<10) + `"}`: "LDE-002003",
			"{}": "LDE-003004", `{"mnemonic":null}`: "LDE-003004", `{"mnemonic":1}`: "LDE-003004", `{"mnemonic":"active"}`: "LDE-003004",
			`{"mnemonic":"passive"}`: "",
		} {
			a := l.post(t, liteDetect, detectForm(sample, text))
			if code == "" {
				a.ok()
				continue
			}
			a.fault(code, "")
		}
	})
	t.Run("liveness is that of QUALITY", func(t *testing.T) {
		for name, row := range map[string]struct {
			sample part
			upload part
		}{
			"photo":    {lp("bio_sample", "image/jpeg", ada[0].JPEG), photo("m", ada[0])},
			"shot set": {lp("bio_sample", "application/zip", testphoto.Clip(t, testphoto.Webcam, passive("zip"))), clip(t, "m", testphoto.Webcam, passive("zip"))},
			"video":    {lp("bio_sample", "video/mp4", testphoto.Clip(t, testphoto.Webcam, passive("mp4"))), clip(t, "m", testphoto.Webcam, passive("mp4"))},
		} {
			a := l.post(t, liteDetect, detectForm(row.sample, `{"mnemonic":"passive"}`))
			score, spoofing := a.score("score"), a.score("confidence_spoofing")
			o := a.json()
			if math.Abs(score+spoofing-1) > 2e-9 || o["passed"] != (spoofing < 0.5) || (o["decision"] == "approved") != (spoofing < 0.5) || len(o) != 4 {
				t.Errorf("%s: %s", name, a)
			}
			folder := c.ca.upload(t, "/api/folders/", row.upload).want(201).id("folder_id")
			q := c.ca.only(t, folder, "QUALITY").check("state", "FINISHED")
			if v := q.number("results_data.confidence_spoofing"); math.Abs(v-spoofing) > 1e-6 {
				t.Errorf("%s: QUALITY says %v, API Lite %v", name, v, spoofing)
			}
		}
		// A take of a challenge that nobody was given is an injection.
		taken := archive(t, 2, func(i int) (string, []byte) {
			manifest := object{"v": 1, "challenge_id": nobodysID, "step": 0, "mac": strings.Repeat("0", 64)}
			return []string{"frame_0000.jpg", "manifest.json"}[i], [][]byte{ada[0].JPEG, jsonBody(manifest).content}[i]
		})
		a := l.post(t, liteDetect, liteForm("", lp("bio_sample", "application/zip", taken)))
		if a.score("confidence_spoofing") != 1 || a.json()["passed"] != false {
			t.Errorf("%s", a)
		}
	})
	t.Run("L-19 who may", func(t *testing.T) {
		stranger := liteCaller{base: l.base}
		stranger.post(t, liteExtract, asJPEG(ada[0])).fault("BPE-004001", "")
		stranger.post(t, liteDetect, asJPEG(ada[0])).fault("LDE-004001", "")
		stranger.get(t, "/version").fault("BPE-004001", "")
		liteCaller{base: l.base, token: "osp_at_none"}.post(t, liteExtract, asJPEG(ada[0])).fault("BPE-004001", "")
		stranger.post(t, liteExtract, asJPEG(ada[0]), "Authorization: Bearer "+l.token).ok()
		blind := c.user(t, osprey.RoleClientService, object{"can_start_analysis_biometry": false}).lite()
		blind.post(t, liteExtract, asJPEG(ada[0])).fault("BPE-004002", "")
		blind.post(t, liteDetect, asJPEG(ada[0])).ok()
		deaf := c.user(t, osprey.RoleClientAdmin, object{"can_start_analysis_quality": false}).lite()
		deaf.post(t, liteDetect, asJPEG(ada[0])).fault("LDE-004002", "")
		deaf.post(t, liteCompare, compareForm(template, template)).ok()
		operator := c.user(t, osprey.RoleOperator).lite()
		operator.post(t, liteExtract, asJPEG(ada[0])).fault("BPE-004002", "")
		operator.post(t, liteDetect, asJPEG(ada[0])).fault("LDE-004002", "")
		for _, one := range []liteCaller{stranger, blind, operator} {
			one.get(t, litePattern+"health").ok()
			one.get(t, "/v1/face/liveness/health").ok()
		}
		c.root.lite().post(t, liteExtract, asJPEG(ada[0])).ok()
		// Who may not call is told so before anything of the body is looked at.
		blind.post(t, liteExtract, body{"text/plain", nil}).fault("BPE-004002", "")
		blind.send(t, http.MethodPut, liteExtract, body{}).fault("BPE-002002", "")
	})
}

// fault2 is fault without the details.
func (a liteAnswer) fault2(code string, status int) {
	a.tb.Helper()
	if o := a.json(); o["code"] != code || a.status != status {
		a.tb.Errorf("%s, want %d %s", a, status, code)
	}
}

// rebound puts a multipart body under another boundary, quoted in its type.
func rebound(b body, boundary string) body {
	_, old, _ := strings.Cut(b.contentType, "boundary=")
	return body{fmt.Sprintf("multipart/form-data; boundary=%q", boundary), bytes.ReplaceAll(b.content, []byte(strings.Trim(old, `"`)), []byte(boundary))}
}

// rawExtract calls extract over a connection of its own, the header names spelled as
// they are given.
func rawExtract(t *testing.T, l liteCaller, typeHeader string, content []byte) []byte {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(l.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	token := map[bool]string{true: "X-FORENSIC-ACCESS-TOKEN", false: "x-forensic-Access-token"}[typeHeader == strings.ToUpper(typeHeader)]
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHOST: x\r\n%s: %s\r\n%s: image/jpeg\r\ncontent-LENGTH: %d\r\nConnection: close\r\n\r\n%s",
		liteExtract, token, l.token, typeHeader, len(content), content)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", typeHeader, resp.Status, err)
	}
	return b
}
