package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"example.org/osprey/internal/testphoto"
)

// The calls of API Lite.
const (
	litePattern   = "/v1/face/pattern/"
	liteExtract   = litePattern + "extract"
	liteCompare   = litePattern + "compare"
	liteVerify    = litePattern + "verify"
	litePair      = litePattern + "extract_and_compare"
	liteDetect    = "/v1/face/liveness/detect"
	octets        = "application/octet-stream"
	base64Request = "Content-Transfer-Encoding: base64"
)

// liteCaller calls API Lite at an address.
type liteCaller struct {
	base  string
	token string
}

// lite is a caller of the server's API Lite with the token of another.
func (c caller) lite() liteCaller { return liteCaller{base: c.server.base, token: c.token} }

// liteAnswer is an answer of API Lite.
type liteAnswer struct {
	tb     testing.TB
	call   string
	status int
	header http.Header
	body   []byte
}

// send makes any call with headers given as "Name: value".
func (c liteCaller) send(tb testing.TB, method, path string, b body, headers ...string) liteAnswer {
	tb.Helper()
	a, err := c.try(method, path, b, headers...)
	if err != nil {
		tb.Fatalf("%s %s: %v", method, path, err)
	}
	a.tb = tb
	if a.header.Get("X-Request-Id") == "" {
		tb.Errorf("%s: no X-Request-Id", a)
	}
	return a
}

// try is send for goroutines.
func (c liteCaller) try(method, path string, b body, headers ...string) (liteAnswer, error) {
	req, err := http.NewRequest(method, c.base+path, bytes.NewReader(b.content))
	if err != nil {
		return liteAnswer{}, err
	}
	if b.contentType != "" {
		req.Header.Set("Content-Type", b.contentType)
	}
	if c.token != "" {
		req.Header.Set("X-Forensic-Access-Token", c.token)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return liteAnswer{}, err
	}
	defer resp.Body.Close()
	a := liteAnswer{call: method + " " + path, status: resp.StatusCode, header: resp.Header}
	a.body, err = io.ReadAll(resp.Body)
	return a, err
}

func (c liteCaller) get(tb testing.TB, path string) liteAnswer {
	tb.Helper()
	return c.send(tb, http.MethodGet, path, body{})
}

func (c liteCaller) post(tb testing.TB, path string, b body, headers ...string) liteAnswer {
	tb.Helper()
	return c.send(tb, http.MethodPost, path, b, headers...)
}

// extract gives the template of a photo.
func (c liteCaller) extract(tb testing.TB, p testphoto.Photo) []byte {
	tb.Helper()
	return c.post(tb, liteExtract, asJPEG(p)).ok().body
}

// String names the call and the answer, without what may be a template.
func (a liteAnswer) String() string {
	shown := a.body
	if strings.HasPrefix(a.header.Get("Content-Type"), octets) {
		shown = fmt.Appendf(nil, "%d bytes", len(a.body))
	}
	return fmt.Sprintf("%s: %d %s", a.call, a.status, shown)
}

// ok wants 200.
func (a liteAnswer) ok() liteAnswer {
	a.tb.Helper()
	if a.status != http.StatusOK {
		a.tb.Fatalf("%s, want 200", a)
	}
	return a
}

// json is the body as an object.
func (a liteAnswer) json() object {
	a.tb.Helper()
	var o object
	if err := json.Unmarshal(a.body, &o); err != nil || a.header.Get("Content-Type") != "application/json" {
		a.tb.Fatalf("%s: %s, %v", a, a.header.Get("Content-Type"), err)
	}
	return o
}

// score reads a score as a JSON number in [0,1] with at most nine decimals.
func (a liteAnswer) score(key string) float64 {
	a.tb.Helper()
	v, ok := a.ok().json()[key].(float64)
	var raw map[string]json.RawMessage
	_ = json.Unmarshal(a.body, &raw) // it was read above
	_, decimals, _ := strings.Cut(string(raw[key]), ".")
	if !ok || v < 0 || v > 1 || len(decimals) > 9 || strings.ContainsAny(string(raw[key]), "eE") {
		a.tb.Errorf("%s: %s is no score", a, raw[key])
	}
	return v
}

// liteStatus is the HTTP status of a code, where it has one only.
var liteStatus = map[string]int{"001001": 500, "001002": 503, "004001": 401, "004002": 403, "004003": 429}

// liteMessages are the messages of components.md 1.3.
var liteMessages = map[string]string{
	"BPE-001002": "Biometric processor is not available; call the health method", "BPE-002001": "Invalid Content-Type of HTTP request",
	"BPE-002002": "Invalid HTTP request method", "BPE-002003": "Unable to read the biometric sample", "BPE-002004": "Unable to read the biometric template",
	"BPE-002005": "Invalid Content-Type of a multipart part", "BPE-002006": "Invalid resource location",
	"BPE-003001": "Unable to extract the biometric template", "BPE-003002": "No face in the biometric sample",
	"BPE-003003": "More than one face in the biometric sample", "BPE-004001": "Access token is missing or not valid",
	"BPE-004002": "Access to this method is not allowed", "BPE-004003": "Request limit exceeded",
	"LDE-001002": "Liveness processor is not available; call the health method", "LDE-002001": "Invalid Content-Type of HTTP request",
	"LDE-002002": "Invalid HTTP request method", "LDE-002003": "Unable to read the sample metadata", "LDE-002004": "Unable to read the biometric sample",
	"LDE-002005": "Invalid Content-Type of a multipart part", "LDE-003001": "Unable to check the sample for liveness",
	"LDE-003002": "No face in the biometric sample", "LDE-003003": "More than one face in the biometric sample",
	"LDE-003004": "Sample metadata are incomplete", "LDE-004001": "Access token is missing or not valid",
	"LDE-004002": "Access to this method is not allowed", "LDE-004003": "Request limit exceeded",
}

// fault wants a code of the table with its message, its status and its details, given as
// JSON; 413 is given by itself.
func (a liteAnswer) fault(code, details string, status ...int) liteAnswer {
	a.tb.Helper()
	want := liteStatus[code[4:]]
	if want == 0 {
		want = http.StatusBadRequest
	}
	if len(status) > 0 {
		want = status[0]
	}
	o := a.json()
	got, err := json.Marshal(o["details"])
	if details == "" {
		details = "null"
	}
	if err != nil || a.status != want || o["code"] != code || o["message"] != liteMessages[code] || string(got) != details {
		a.tb.Errorf("%s, want %d %s %q with details %s", a, want, code, liteMessages[code], details)
	}
	return a
}

// asJPEG and litePNG are photos as raw bodies.
func asJPEG(p testphoto.Photo) body { return body{"image/jpeg", p.JPEG} }

func litePNG(tb testing.TB, p testphoto.Photo) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, p.Image(tb)); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// in64 is a body in base64.
func in64(b body, e *base64.Encoding) body {
	return body{b.contentType, []byte(e.EncodeToString(b.content))}
}

// lp is a part as API Lite wants it: a name, a type, no file name.
func lp(name, contentType string, content []byte, headers ...string) part {
	return part{name: name, contentType: contentType, content: content, file: strings.Join(headers, "\n")}
}

// liteForm joins parts under a boundary, a random one when it is empty. The file field
// of a part holds further headers.
func liteForm(boundary string, parts ...part) body {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if boundary != "" {
		if err := w.SetBoundary(boundary); err != nil {
			panic(err) // a test's own literal
		}
	}
	for _, p := range parts {
		h := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf("form-data; name=%q", p.name)}}
		if p.contentType != "" {
			h.Set("Content-Type", p.contentType)
		}
		for line := range strings.SplitSeq(p.file, "\n") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				h.Set(name, value)
			}
		}
		pw, err := w.CreatePart(h)
		if err == nil {
			_, err = pw.Write(p.content)
		}
		if err != nil {
			panic(err) // a buffer takes everything
		}
	}
	_ = w.Close()
	return body{w.FormDataContentType(), b.Bytes()}
}

// The bodies of the calls.
func compareForm(a, b []byte) body {
	return liteForm("", lp("bio_feature", octets, a), lp("bio_template", octets, b))
}

func verifyForm(p testphoto.Photo, t []byte) body {
	return liteForm("", lp("sample", "image/jpeg", p.JPEG), lp("bio_template", octets, t))
}

func pairForm(a, b testphoto.Photo) body {
	return liteForm("", lp("sample_1", "image/jpeg", a.JPEG), lp("sample_2", "image/jpeg", b.JPEG))
}

func detectForm(sample part, metadata string) body {
	return liteForm("", sample, lp("metadata", "application/json", []byte(metadata)))
}

// gray is a photo with one channel.
func gray(tb testing.TB, p testphoto.Photo) testphoto.Photo {
	tb.Helper()
	img := p.Image(tb)
	out := image.NewGray(img.Bounds())
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, out, &jpeg.Options{Quality: 92}); err != nil {
		tb.Fatal(err)
	}
	return testphoto.Photo{Name: p.Name + "-gray", JPEG: b.Bytes()}
}
