package client_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"example.org/osprey/client"
)

// TestCheckAndInstant: what is sent, and what is read of the answers.
func TestCheckAndInstant(t *testing.T) {
	t.Parallel()
	type sent struct {
		Analyses []client.NewAnalysis `json:"analyses"`
		Tags     map[string][]string  `json:"media:tags"`
		Metadata map[string]any       `json:"folder:meta_data"`
	}
	var path string
	var got sent
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.String()
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			t.Error(err)
			return
		}
		got = sent{}
		if err := json.Unmarshal([]byte(r.FormValue("payload")), &got); err != nil || len(r.MultipartForm.File["a"]) != 1 {
			t.Errorf("payload %q: %v", r.FormValue("payload"), err)
		}
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte(`{"folder_id":"f","company_id":null,"resolution_status":"PROCESSING","time_logs":{"upload_ms":1,"queue_ms":2,"analysis_ms":3,"total_ms":7}}`))
	}))
	defer server.Close()
	c, err := client.New(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	file := client.Bytes("a", "a.jpg", "bytes")
	file.Tags = []string{"photo_selfie"}
	n := client.NewFolder{Files: []client.File{file}, Metadata: map[string]any{"k": "v"}}
	ask := client.NewAnalysis{Type: client.Quality, SourceMedia: []string{"a"}}
	for want, call := range map[string]func(context.Context) (client.Folder, error){
		"/api/folders/":         func(ctx context.Context) (client.Folder, error) { return c.Check(ctx, n, -1, ask) },
		"/api/folders/?wait=0":  func(ctx context.Context) (client.Folder, error) { return c.Check(ctx, n, 0, ask) },
		"/api/folders/?wait=2":  func(ctx context.Context) (client.Folder, error) { return c.Check(ctx, n, 1500*time.Millisecond, ask) },
		"/api/folders/?wait=60": func(ctx context.Context) (client.Folder, error) { return c.Check(ctx, n, time.Hour, ask) },
		"/api/instant/folders/": func(ctx context.Context) (client.Folder, error) { return c.Instant(ctx, n, ask) },
	} {
		f, err := call(t.Context())
		if err != nil || path != want || f.ID != "f" || f.TimeLogs == nil || f.TimeLogs.Total != 7 {
			t.Errorf("%s: sent to %s, answer %+v, %v", want, path, f, err)
		}
		if len(got.Analyses) != 1 || got.Analyses[0].Type != "QUALITY" || got.Analyses[0].SourceMedia[0] != "a" || got.Tags["a"][0] != "photo_selfie" || got.Metadata["k"] != "v" {
			t.Errorf("%s: sent %+v", want, got)
		}
	}
	if b, err := client.DataURL("data:image/jpeg;base64,/9j/"); err != nil || len(b) != 3 {
		t.Errorf("%v, %v", b, err)
	}
	for _, bad := range []string{"", "https://x/y", "data:image/jpeg,abc", "data:image/jpeg;base64,*"} {
		if _, err := client.DataURL(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
