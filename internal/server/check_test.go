package server_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3"

	"example.org/osprey/internal/config"
	"example.org/osprey/internal/server"
	"example.org/osprey/internal/testphoto"
)

// furnished makes a data folder with two persons and closes it.
func furnished(t *testing.T) *config.Resolved {
	t.Helper()
	r := settings(t, t.TempDir())
	h, err := server.Open(t.Context(), options(r))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	var company, list struct {
		ID string `json:"company_id"`
		In string `json:"collection_id"`
	}
	post(t, h, "/api/companies/", "application/json", `{"name":"Test company"}`, &company)
	post(t, h, "/api/collections/", "application/json", `{"alias":"list","company_id":"`+company.ID+`"}`, &list)
	for _, p := range testphoto.Mated(t)[:2] {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("image1", p.Photos[0].Name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(p.Photos[0].JPEG) // into memory
		if err := form.Close(); err != nil {
			t.Fatal(err)
		}
		post(t, h, "/api/collections/"+list.In+"/persons/", form.FormDataContentType(), body.String(), nil)
	}
	if err := h.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	return r
}

// post makes something as the owner of the machine.
func post(t *testing.T, h *server.House, path, contentType, body string, into any) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	h.LocalHandler().ServeHTTP(w, r)
	if w.Code != http.StatusCreated {
		t.Fatalf("POST %s: %d %s", path, w.Code, w.Body)
	}
	if into != nil {
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			t.Fatal(err)
		}
	}
}

// checked runs a check and returns the verdict of each named check, the worst one
// counting.
func checked(t *testing.T, r *config.Resolved, fix bool) (verdicts map[string]server.Verdict, text string) {
	t.Helper()
	findings, err := server.Check(t.Context(), server.CheckOptions{Resolved: r, Fix: fix})
	if err != nil {
		t.Fatal(err)
	}
	rank := map[server.Verdict]int{server.Passed: 0, server.Fixed: 1, server.Warning: 2, server.Failed: 3}
	verdicts = map[string]server.Verdict{}
	for _, f := range findings {
		if rank[f.Verdict] >= rank[verdicts[f.Check]] {
			verdicts[f.Check] = f.Verdict
		}
		if f.Verdict == server.Failed && f.Remedy == "" {
			t.Errorf("a failure without a remedy: %+v", f)
		}
		text += fmt.Sprintf("%s %s: %s (%s)\n", f.Check, f.Verdict, f.Detail, f.Remedy)
	}
	return verdicts, text
}

func TestCheckSeesDamage(t *testing.T) {
	t.Parallel()
	blobs := func(t *testing.T, r *config.Resolved) []string {
		names, err := filepath.Glob(filepath.Join(r.Config.Storage.Dir, "??", "*"))
		if err != nil || len(names) == 0 {
			t.Fatalf("no blobs: %v", err)
		}
		return names
	}
	execute := func(t *testing.T, r *config.Resolved, statement string) {
		db, err := sql.Open("sqlite3", r.Config.DB.Path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	write := func(t *testing.T, path, text string) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, one := range map[string]struct {
		damage func(*testing.T, *config.Resolved)
		check  string
		want   server.Verdict
		fixed  server.Verdict // after --fix and another look; empty: cannot be fixed
	}{
		"nothing": {func(*testing.T, *config.Resolved) {}, "storage", server.Passed, ""},
		"a blob is missing": {func(t *testing.T, r *config.Resolved) {
			if err := os.Remove(blobs(t, r)[0]); err != nil {
				t.Fatal(err)
			}
		}, "storage", server.Failed, ""},
		"a blob too many": {func(t *testing.T, r *config.Resolved) {
			key := strings.Repeat("ab", 16)
			write(t, filepath.Join(r.Config.Storage.Dir, "ab", key), "nobody's")
		}, "storage", server.Failed, server.Passed},
		"a blob of an interrupted request": {func(t *testing.T, r *config.Resolved) {
			key := strings.Repeat("cd", 16)
			write(t, filepath.Join(r.Config.Storage.Dir, "cd", key), "half")
			execute(t, r, "INSERT INTO blob_intent (blob_key, created) VALUES ('"+key+"', 1)")
		}, "leftovers", server.Warning, server.Passed},
		"a snapshot is torn": {func(t *testing.T, r *config.Resolved) {
			names, err := filepath.Glob(filepath.Join(r.Config.DataDir, "index", "*.gallery"))
			if err != nil || len(names) != 1 {
				t.Fatalf("snapshots %v, %v", names, err)
			}
			write(t, names[0], "torn")
		}, "index", server.Warning, server.Passed},
		"an audit record was edited": {func(t *testing.T, r *config.Resolved) {
			execute(t, r, "UPDATE audit_record SET action = 'person.nothing' WHERE action = 'person.create'")
		}, "audit", server.Failed, ""},
		"the key file is gone": {func(t *testing.T, r *config.Resolved) {
			if err := os.Remove(r.Config.Keys.File); err != nil {
				t.Fatal(err)
			}
		}, "keys", server.Failed, ""},
		"the key file is another's": {func(t *testing.T, r *config.Resolved) {
			if err := os.Remove(r.Config.Keys.File); err != nil {
				t.Fatal(err)
			}
			write(t, r.Config.Keys.File, `{"version":1,"secret":"`+strings.Repeat("00", 32)+`","created":""}`)
		}, "index", server.Failed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := furnished(t)
			one.damage(t, r)
			verdicts, text := checked(t, r, false)
			if verdicts[one.check] != one.want {
				t.Errorf("%s: %q, want %q\n%s", one.check, verdicts[one.check], one.want, text)
			}
			if one.fixed == "" {
				return
			}
			if verdicts, text = checked(t, r, true); verdicts[one.check] != server.Fixed {
				t.Errorf("%s with --fix: %q\n%s", one.check, verdicts[one.check], text)
			}
			if verdicts, text = checked(t, r, false); verdicts[one.check] != one.fixed {
				t.Errorf("%s after --fix: %q, want %q\n%s", one.check, verdicts[one.check], one.fixed, text)
			}
		})
	}
}

// TestFindsSnapshotsAgain: what was enrolled is found after a restart, warm.
func TestFindsSnapshotsAgain(t *testing.T) {
	t.Parallel()
	r := furnished(t)
	h, err := server.Open(t.Context(), options(r))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	if err := h.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.LocalHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/system/", nil))
	var system struct {
		Ready       bool
		IndexPhotos int `json:"index_photos"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &system); err != nil || !system.Ready || system.IndexPhotos != 2 {
		t.Errorf("system %s", w.Body)
	}
}
