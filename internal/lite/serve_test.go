package lite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/metric"
	"example.org/osprey/internal/wire"
)

// stand has in place of the models what a test says they see.
type stand struct {
	observe func(m look.Medium) (*look.Observation, error)
	inspect error
}

func (s *stand) Observe(_ context.Context, m look.Medium, _ look.Want) (*look.Observation, error) {
	return s.observe(m)
}

func (s *stand) Inspect(context.Context, []byte) (look.File, error) { return look.File{}, s.inspect }

func (s *stand) Survey(context.Context, []byte) (*look.Intake, error) {
	return &look.Intake{Type: osprey.MediaShotSet}, nil
}

// till is a meter that refuses when it is told to, and remembers what it counted.
type till struct {
	refuse  error
	counted []string
}

func (m *till) reserve(_ context.Context, c Charge) (func(Outcome), error) {
	return func(o Outcome) {
		m.counted = append(m.counted, fmt.Sprintf("%s/%s %s %d", c.Company, c.User, c.Type, o))
	}, m.refuse
}

// desk is a Lite over a stand, open to everybody.
type desk struct {
	*Lite
	stand *stand
	till  *till
	log   *bytes.Buffer
}

func newDesk(t *testing.T) desk {
	t.Helper()
	d := desk{stand: &stand{}, till: &till{}, log: &bytes.Buffer{}}
	clock := osprey.SystemClock{}
	scale := &face.Calibration{Knots: []face.Knot{{Similarity: 0.1, FMR: 0.1}, {Similarity: 0.5, FMR: 1e-6}}}
	o := Options{
		Eyes: d.stand, Models: []face.ModelManifest{{Name: "m", Version: "1", Task: face.TaskEmbed, SHA256: strings.Repeat("ab", 32), Calibration: scale}},
		Retired: []face.ModelManifest{{Name: "old", Version: "0", Task: face.TaskEmbed, SHA256: strings.Repeat("01", 32), Calibration: scale}},
		Health:  func(...face.Task) string { return "" }, Keys: newRing("a", 1), Open: true,
		Limiter:  access.NewLimiter(clock, func() config.Rate { return config.Rate{PublicRPS: 1e6, PublicBurst: 1e6} }),
		Company:  func(context.Context) (osprey.ID, error) { return "payer", nil },
		Meter:    d.till.reserve,
		MayServe: func() error { return nil },
		Thresholds: func() osprey.Thresholds {
			return osprey.Thresholds{Spoofing: 0.5, InjectionMode: osprey.InjectionScore}
		},
		ThresholdMin: 0.85, ThresholdMax: 0.85, MaxBody: 1 << 20, MaxSample: 1 << 19, Memory: wire.NewBudget(8 << 20),
		Working: 1, Waiting: 0, Observer: (*metric.Set)(nil), Clock: clock, IDs: osprey.NewIDs(clock), Log: slog.New(slog.NewTextHandler(d.log, nil)),
	}
	var err error
	if d.Lite, err = New(o); err != nil {
		t.Fatal(err)
	}
	return d
}

// post makes a call and gives status, code and details.
func (d desk) post(path, contentType string, content []byte) (*httptest.ResponseRecorder, string) {
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(content))
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	var e errorBody
	_ = json.Unmarshal(w.Body.Bytes(), &e) // a template is none
	details, _ := json.Marshal(e.Details)
	return w, fmt.Sprintf("%d %s %s", w.Code, e.Code, details)
}

const (
	extractPath = "/v1/face/pattern/extract"
	detectPath  = "/v1/face/liveness/detect"
)

// TestFaultsOfTheHouse: what goes wrong behind the calls, and what is told of it.
func TestFaultsOfTheHouse(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		err             error
		extract, detect string
		retry, logged   bool
	}{
		"a fault":           {errors.New("secret cause"), "500 BPE-001001 null", "500 LDE-001001 null", false, true},
		"the database":      {osprey.Errorf(osprey.CodeDatabase, "x"), "500 BPE-001001 null", "500 LDE-001001 null", false, true},
		"a model is gone":   {fmt.Errorf("look: %w", &face.PackError{Problem: "is missing"}), "503 BPE-001002 null", "503 LDE-001002 null", true, true},
		"no model":          {&face.NoModelError{Task: face.TaskLiveness}, "503 BPE-001002 null", "503 LDE-001002 null", true, true},
		"the engine closed": {face.ErrClosed, "503 BPE-001002 null", "503 LDE-001002 null", true, true},
		"the decoder":       {osprey.Errorf(osprey.CodeExternalService, "x"), "503 BPE-001002 null", "503 LDE-001002 null", true, false},
		"too slow":          {osprey.Unavailable("decoder_timeout", time.Second, "x"), "503 BPE-001002 null", "503 LDE-001002 null", true, false},
		"several checks": {osprey.Errorf(osprey.CodeLowQuality, "x").With("checks", []osprey.GateCheck{
			{Name: "yaw"}, {Name: "pitch"}, {Name: "brightness", Actual: 1, Limit: 0.9}, {Name: "brightness", Actual: 0, Limit: 0.1}, {Name: "sharpness"},
		}), `400 BPE-003001 {"reasons":["POSE","TOO_BRIGHT","TOO_DARK","BLURRED"]}`, `400 LDE-003001 {"reasons":["POSE","TOO_BRIGHT","TOO_DARK","BLURRED"]}`, false, false},
	} {
		d := newDesk(t)
		d.stand.observe = func(look.Medium) (*look.Observation, error) { return nil, row.err }
		for path, want := range map[string]string{extractPath: row.extract, detectPath: row.detect} {
			w, got := d.post(path, "image/jpeg", []byte("x"))
			if got != want || (w.Header().Get("Retry-After") != "") != row.retry || strings.Contains(w.Body.String(), "cause") {
				t.Errorf("%s: %s, want %s; Retry-After %q", name, got, want, w.Header().Get("Retry-After"))
			}
		}
		if logged := strings.Contains(d.log.String(), "request failed"); logged != row.logged {
			t.Errorf("%s: logged %v\n%s", name, logged, d.log)
		}
	}
	d := newDesk(t)
	d.stand.observe = func(look.Medium) (*look.Observation, error) { panic("oh") }
	defer func() {
		if got := fmt.Sprint(d.till.counted); got != "[payer/ BIOMETRY 0 payer/ BIOMETRY 0]" {
			t.Errorf("counted %s", got)
		}
	}()
	if _, got := d.post(extractPath, "image/jpeg", []byte("x")); got != "500 BPE-001001 null" {
		t.Errorf("a panic: %s", got)
	}
	if _, got := d.post(extractPath, "image/jpeg", []byte("x")); got != "500 BPE-001001 null" {
		t.Errorf("after a panic: %s", got) // the slot was given back
	}
}

// TestMeter: who pays, what counts, and what a used-up quota says.
func TestMeter(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.stand.observe = func(m look.Medium) (*look.Observation, error) {
		if string(m.Data) == "nobody" {
			return nil, osprey.Errorf(osprey.CodeNoFace, "x")
		}
		if string(m.Data) == "down" {
			return nil, face.ErrClosed
		}
		return &look.Observation{Embedding: face.Embedding{Vector: unit(1, 512)}, Liveness: &look.Liveness{Spoofing: 0.25}}, nil
	}
	d.post(extractPath, "image/jpeg", []byte("x"))
	d.post(extractPath, "image/jpeg", []byte("nobody"))
	d.post(extractPath, "image/jpeg", []byte("down"))
	w, _ := d.post(detectPath, "image/jpeg", []byte("x"))
	if got := w.Body.String(); got != `{"score":0.75,"passed":true,"decision":"approved","confidence_spoofing":0.25}` {
		t.Error(got)
	}
	if got := fmt.Sprint(d.till.counted); got != "[payer/ BIOMETRY 1 payer/ BIOMETRY 2 payer/ BIOMETRY 0 payer/ QUALITY 1]" {
		t.Errorf("counted %s", got)
	}
	d.till.refuse = &osprey.Error{Code: osprey.CodeRateLimited, Details: osprey.Details{"reason": "quota_exceeded"}, RetryAfter: 90*time.Second + 1}
	for path, want := range map[string]string{extractPath: `429 BPE-004003 {"reason":"quota_exceeded"}`, detectPath: `429 LDE-004003 {"reason":"quota_exceeded"}`} {
		if w, got := d.post(path, "text/plain", nil); got != want || w.Header().Get("Retry-After") != "91" {
			t.Errorf("%s: %s, Retry-After %s", path, got, w.Header().Get("Retry-After"))
		}
	}
}

// TestTakeIsHeldToItsStep: a take that holds is judged by the gesture of its step, and
// one of which no gesture was judged does not pass.
func TestTakeIsHeldToItsStep(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.o.TakeAction = func(context.Context, osprey.ID, *look.Intake) (string, error) { return osprey.GestureTagSmile, nil }
	d.o.SettleTake = func(context.Context, osprey.ID, *look.Intake) (osprey.TakeStatus, error) {
		return osprey.TakeVerified, nil
	}
	for name, row := range map[string]struct {
		gesture *osprey.Gesture
		want    string
	}{
		"smiles":          {&osprey.Gesture{Tag: osprey.GestureTagSmile, Detected: true}, "approved"},
		"does not":        {&osprey.Gesture{Tag: osprey.GestureTagSmile}, "declined"},
		"not judged":      {nil, "declined"},
		"another gesture": {&osprey.Gesture{Tag: osprey.GestureTagBlank, Detected: true}, "declined"},
	} {
		d.stand.observe = func(m look.Medium) (*look.Observation, error) {
			if m.Gesture != osprey.GestureTagSmile {
				t.Errorf("%s: looked at for %q", name, m.Gesture)
			}
			return &look.Observation{Liveness: &look.Liveness{Spoofing: 0.25}, Gesture: row.gesture}, nil
		}
		var b bytes.Buffer
		form := multipart.NewWriter(&b)
		w, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="bio_sample"; filename="take.zip"`}, "Content-Type": {"application/zip"}})
		if err == nil {
			_, err = w.Write([]byte("PK\x03\x04"))
		}
		if err = errors.Join(err, form.Close()); err != nil {
			t.Fatal(err)
		}
		if got, _ := d.post(detectPath, form.FormDataContentType(), b.Bytes()); !strings.Contains(got.Body.String(), `"decision":"`+row.want+`"`) {
			t.Errorf("%s: %s", name, got.Body)
		}
	}
}

// TestBusy: while one works and nobody may wait, the next is sent away before its body
// is read, and the health call tells.
func TestBusy(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	working, end := make(chan struct{}), make(chan struct{})
	d.stand.observe = func(look.Medium) (*look.Observation, error) { close(working); <-end; return nil, errors.New("x") }
	done := make(chan struct{})
	go func() { defer close(done); d.post(extractPath, "image/jpeg", []byte("x")) }()
	<-working
	r := httptest.NewRequest(http.MethodPost, detectPath, iotestFailing{t})
	r.Header.Set("Content-Type", "image/jpeg")
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" || !strings.Contains(w.Body.String(), "LDE-001002") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	h := httptest.NewRecorder()
	d.ServeHTTP(h, httptest.NewRequest(http.MethodGet, "/v1/face/pattern/health", nil))
	if got := h.Body.String(); got != `{"status":3,"message":"overloaded"}` {
		t.Error(got)
	}
	close(end)
	<-done
	if d.o.Memory.Left() != 8<<20 || d.inFlight.Load() != 0 {
		t.Errorf("%d bytes left, %d in flight", d.o.Memory.Left(), d.inFlight.Load())
	}
}

// iotestFailing is a body that must not be read.
type iotestFailing struct{ t *testing.T }

func (b iotestFailing) Read([]byte) (int, error) {
	b.t.Error("the body was read")
	return 0, io.EOF
}

// TestModels: templates of a retired model compare with each other and with nothing
// else.
func TestModels(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := func(sha string) modelID {
		m, err := modelIDOf(strings.Repeat(sha, 32))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	keys := d.o.Keys.(ring)
	now := encoded(t, template{model: id("ab"), quality: 1, vector: unit(1, 8)}, keys, false)
	old := encoded(t, template{model: id("01"), quality: 1, vector: unit(1, 8)}, keys, true)
	gone := encoded(t, template{model: id("ff"), quality: 1, vector: unit(1, 8)}, keys, false)
	for name, row := range map[string]struct {
		a, b []byte
		want string
	}{
		"in use": {now, now, "200  null"}, "retired": {old, old, "200  null"},
		"two models": {now, old, `400 BPE-002004 {"reason":"MODEL_MISMATCH"}`}, "unknown": {gone, gone, `400 BPE-002004 {"reason":"MODEL_MISMATCH"}`},
	} {
		b, contentType := multi("bio_feature", octets(row.a), "bio_template", octets(row.b))
		if _, got := d.post("/v1/face/pattern/compare", contentType, b); got != row.want {
			t.Errorf("%s: %s, want %s", name, got, row.want)
		}
	}
	b, contentType := multi("sample", "image/jpeg\x00x", "bio_template", octets(old))
	if _, got := d.post("/v1/face/pattern/verify", contentType, b); got != `400 BPE-002004 {"reason":"MODEL_MISMATCH"}` {
		t.Errorf("a photo with a template of a retired model: %s", got)
	}
	d.stand.inspect = osprey.Errorf(osprey.CodeInvalidValue, "x")
	if _, got := d.post("/v1/face/pattern/verify", contentType, b); got != "400 BPE-002003 null" {
		t.Errorf("a photo that cannot be decoded: %s", got)
	}
}

func octets(b []byte) string { return typeOctets + "\x00" + string(b) }

// multi is a multipart body of names and contents, a content being type, NUL, bytes.
func multi(namesAndContents ...string) ([]byte, string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(namesAndContents); i += 2 {
		contentType, content, _ := strings.Cut(namesAndContents[i+1], "\x00")
		p, err := w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {fmt.Sprintf("form-data; name=%q", namesAndContents[i])}, "Content-Type": {contentType},
		})
		if err == nil {
			_, err = p.Write([]byte(content))
		}
		if err != nil {
			panic(err) // a buffer takes everything
		}
	}
	_ = w.Close()
	return b.Bytes(), w.FormDataContentType()
}

// TestBoundary: how boundaries come (L-07).
func TestBoundary(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"multipart/form-data; boundary=abc":             "abc",
		`multipart/form-data; boundary="a b"`:           "a b",
		"multipart/form-data; boundary=----x":           "----x",
		"multipart/form-data; boundary=a:b":             "a:b",
		"multipart/form-data; charset=x; BOUNDARY=a/b ": "a/b",
		"multipart/form-data":                           "",
		"multipart/form-data; boundary=":                "",
	} {
		if got := boundaryOf(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
}

// FuzzBody: no body makes the reading of parts fall or hold more than its limits, and
// all that is charged is given back.
func FuzzBody(f *testing.F) {
	good, contentType := multi("bio_feature", octets([]byte("OSPT")), "bio_template", octets([]byte("OSPT")))
	f.Add(good, contentType, "")
	f.Add(good[:len(good)/2], contentType, "base64")
	f.Add([]byte("--a\r\n\r\n\r\n--a--"), "multipart/form-data; boundary=a", "")
	f.Add([]byte("--a\r\nContent-Disposition: form-data; name=sample_1\r\nContent-Transfer-Encoding: base64\r\n\r\nZg==\r\n--a--"), "multipart/form-data; boundary=a", "")
	f.Add([]byte("Zg"), "image/png", "base64")
	f.Fuzz(func(t *testing.T, content []byte, contentType, encoding string) {
		budget := wire.NewBudget(4 << 20)
		l := &Lite{o: Options{MaxBody: 1 << 20, MaxSample: 1 << 19}}
		for _, op := range operations {
			if op.work == nil {
				continue
			}
			r := httptest.NewRequest(http.MethodPost, op.path, bytes.NewReader(content))
			r.Header.Set("Content-Type", contentType)
			r.Header.Set("Content-Transfer-Encoding", encoding)
			c := &call{Lite: l, r: r, op: op, lease: budget.Lease()}
			in, err := c.read()
			if err == nil && len(in) == 0 {
				t.Fatal("nothing was read, and nothing is wrong")
			}
			if err != nil && faultOf(err).kind == internalFault {
				t.Fatal(err)
			}
			for _, p := range in {
				if int64(len(p.data)) > l.o.MaxBody {
					t.Fatalf("a part of %d bytes", len(p.data))
				}
			}
			c.lease.Release()
		}
		if budget.Left() != 4<<20 {
			t.Fatalf("%d bytes are left of the budget", budget.Left())
		}
	})
}
