package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.org/osprey/client"
)

// serve starts a server with one handler and returns a client of it.
func serve(t *testing.T, h http.HandlerFunc, o ...client.Option) *client.Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := client.New(s.URL, o...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for base, ok := range map[string]bool{
		"http://127.0.0.1:8080": true, "https://osprey.example.com/prefix/": true, "unix:///run/osprey.sock": true,
		"": false, "127.0.0.1:8080": false, "ftp://x": false, "http://": false, "unix://host/x": false,
		"https://user:pass@host": false, "http://host/?q": false, "http://[::1": false,
	} {
		c, err := client.New(base)
		if (err == nil) != ok {
			t.Errorf("New(%q): %v", base, err)
		}
		if c != nil && strings.HasSuffix(c.Base(), "/") {
			t.Errorf("base %q ends in a slash", c.Base())
		}
	}
}

func TestRefusalIsTyped(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("X-Forensic-Access-Token"); got != "secret" {
			t.Errorf("token %q", got)
		}
		w.Header().Set("Retry-After", "7")
		w.Header().Set("X-Request-Id", "r-1")
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, `{"error_code":15,"error_message":"The alias is taken","details":{"field":"alias","reason":"alias_taken"}}`)
	}, client.WithToken("secret"))
	_, err := c.CreateCollection(t.Context(), client.NewCollection{Alias: "x"})
	var e *client.Error
	if !errors.As(err, &e) || !client.IsCode(err, client.CodeNoFace, client.CodeConflict) {
		t.Fatalf("error %v", err)
	}
	if e.Status != 409 || e.Field() != "alias" || e.Reason() != "alias_taken" || e.RetryAfter != 7*time.Second || e.RequestID != "r-1" {
		t.Errorf("error %+v", e)
	}
	if client.IsCode(err, client.CodeNotExist) || client.IsCode(nil, 15) {
		t.Error("IsCode sees codes that are not there")
	}
}

func TestAnswersThatAreNotTheContracts(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/version" {
			_, _ = io.WriteString(w, "<html>")
			return
		}
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "bad gateway")
	})
	var e *client.Error
	if _, err := c.Collection(t.Context(), "x"); !errors.As(err, &e) || e.Code != -1 || e.Status != 502 {
		t.Errorf("a proxy's page gave %v", err)
	}
	if _, err := c.Version(t.Context()); err == nil || errors.As(err, &e) {
		t.Errorf("a page that is no JSON gave %v", err)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	c, err := client.New("unix://" + filepath.Join(t.TempDir(), "nobody.sock"))
	if err != nil {
		t.Fatal(err)
	}
	var u *client.Unreachable
	if _, err := c.Version(t.Context()); !errors.As(err, &u) || strings.Contains(err.Error(), "localhost") {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.WaitReady(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("WaitReady: %v", err)
	}
}

func TestSocket(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "o.sock")
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"core":"1","version":"1","api":"1"}`)
	}))
	_ = s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	c, err := client.New("unix://" + path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdle)
	if v, err := c.Version(t.Context()); err != nil || v.API != "1" {
		t.Errorf("%+v, %v", v, err)
	}
}

// parts reads an upload into its payload and files.
func parts(t *testing.T, r *http.Request) (payload map[string]any, files map[string]string) {
	t.Helper()
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		t.Error(err)
		return nil, nil
	}
	files = map[string]string{}
	reader := multipart.NewReader(r.Body, params["boundary"])
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return payload, files
		}
		if err != nil {
			t.Error(err)
			return nil, nil
		}
		content, _ := io.ReadAll(part)
		if part.FormName() == "payload" {
			if err := json.Unmarshal(content, &payload); err != nil {
				t.Error(err)
			}
			continue
		}
		files[part.FormName()] = part.FileName() + ":" + string(content)
	}
}

func TestUpload(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		payload, files := parts(t, r)
		if r.URL.String() != "/api/collections/c%2F1/persons/?dry_run=true" {
			t.Errorf("path %s", r.URL)
		}
		if files["image1"] != `a "b".jpg:bytes` || len(files) != 1 {
			t.Errorf("files %q", files)
		}
		raw, _ := json.Marshal(payload)
		if string(raw) != `{"media:meta_data":{"image1":{"source":"x"}},"media:tags":{"image1":["photo_selfie"]},"person:meta_data":{"n":1}}` {
			t.Errorf("payload %s", raw)
		}
		_, _ = io.WriteString(w, `{"person_id":"p","images":[]}`)
	})
	file := client.Bytes("image1", `a "b".jpg`, "bytes")
	file.Tags, file.Metadata = []string{"photo_selfie"}, map[string]any{"source": "x"}
	p, err := c.AddPerson(t.Context(), "c/1", client.Enrolment{Photos: []client.File{file}, Metadata: map[string]any{"n": 1}, DryRun: true})
	if err != nil || p.ID != "p" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestUploadRefusedBeforeItsEnd(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"error_code":9,"error_message":"no","details":null}`)
	})
	big := client.Bytes("photo", "big.jpg", strings.Repeat("x", 8<<20))
	_, err := c.Search(t.Context(), "c", big, 1)
	var unreachable *client.Unreachable
	if !client.IsCode(err, client.CodeForbidden) && !errors.As(err, &unreachable) {
		t.Errorf("error %v", err)
	}
	missing := client.Path("image1", filepath.Join(t.TempDir(), "missing.jpg"))
	if _, err := c.AddMedia(t.Context(), "f", []client.File{missing}); err == nil {
		t.Error("a missing file was uploaded")
	}
}

func TestAllWalksEveryPage(t *testing.T) {
	t.Parallel()
	const total = 25
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		limit, _ := strconv.Atoi(q.Get("limit"))
		offset, _ := strconv.Atoi(q.Get("offset"))
		if q.Get("sorting") != "time_created{asc}" || q.Get("meta_data") != "a==b" {
			t.Errorf("query %v", q)
		}
		var items []client.Person
		for i := offset; i < min(offset+limit, total); i++ {
			items = append(items, client.Person{ID: strconv.Itoa(i)})
		}
		_ = json.NewEncoder(w).Encode(client.Page[client.Person]{Items: items, Total: total})
	})
	n := 0
	l := client.List{Limit: 10, Filter: url.Values{"meta_data": {"a==b"}}}
	fetch := func(ctx context.Context, l client.List) (client.Page[client.Person], error) {
		return c.Persons(ctx, "c", l)
	}
	for p, err := range client.All(t.Context(), l, fetch) {
		if err != nil || p.ID != strconv.Itoa(n) {
			t.Fatalf("item %d: %+v, %v", n, p, err)
		}
		n++
	}
	if n != total {
		t.Errorf("%d items, want %d", n, total)
	}
}

func TestTime(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"1744017549.366616": "1744017549.366616", "1767225600": "1767225600.000000", "1767225600.5": "1767225600.500000", "null": "null",
	} {
		var got client.Time
		if err := json.Unmarshal([]byte(in), &got); err != nil {
			t.Errorf("%s: %v", in, err)
		}
		if out, err := json.Marshal(got); err != nil || string(out) != want {
			t.Errorf("%s -> %s, %v; want %s", in, out, err, want)
		}
	}
}

func FuzzTime(f *testing.F) {
	for _, seed := range []string{"null", "1.5", "-1.25", "1e9", `"x"`, "1.", ".5", "99999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, in string) {
		var got client.Time
		_ = got.UnmarshalJSON([]byte(in)) // must not panic
	})
}
