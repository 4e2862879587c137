package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/replay"
	"example.org/osprey/internal/wire"
)

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	const notOne = "400/4 Idempotency-Key"
	const folders, metadata = "/api/folders", "/api/users/{user_id}/meta_data"
	for _, c := range []struct {
		method  string
		pattern string
		keys    []string
		want    string // the key, or a fault
	}{
		{"POST", folders, nil, ""},
		{"POST", folders, []string{"k"}, "k"},
		{"POST", folders, []string{strings.Repeat("~", 255)}, strings.Repeat("~", 255)},
		{"POST", metadata, []string{"k", "l"}, "k,l"},
		{"PATCH", metadata, []string{"k"}, ""},
		{"GET", folders, []string{"k"}, ""},
		{"DELETE", folders + "/{folder_id}", []string{"k"}, ""},
		{"POST", folders, []string{""}, notOne},
		{"POST", folders, []string{"a b"}, notOne},
		{"POST", folders, []string{"ä"}, notOne},
		{"POST", folders, []string{strings.Repeat("x", 256)}, notOne},
		{"POST", "/web/v1/sessions", []string{"k"}, ""},
		{"POST", "/api/authorize/auth", []string{"k"}, ""},
		{"POST", "/api/authorize/restore/confirm", []string{""}, ""},
		{"POST", "/api/users/{user_id}/tokens", []string{"k"}, ""},
		{"POST", "/api/users/{user_id}/password_reset", []string{""}, ""},
		{"POST", "/api/users/{user_id}/otp", []string{"k"}, ""},
		{"POST", "/api/users/{user_id}/otp/confirm", []string{"k"}, ""},
		{"POST", "/api/companies/{company_id}/webhook_secrets", []string{"k"}, ""},
		{"POST", "/api/collections/{collection_id}/search", []string{"k"}, ""},
		{"POST", "/api/instant/folders", []string{"k"}, ""},
		{"POST", "/api/event_sessions", []string{"k"}, ""},
		{"POST", "/api/users", []string{"k"}, "k"},
		{"POST", "/api/companies", []string{"k"}, "k"},
	} {
		r := httptest.NewRequest(c.method, "/", http.NoBody)
		for _, key := range c.keys {
			r.Header.Add("Idempotency-Key", key)
		}
		key, err := readIdempotencyKey(r, c.pattern)
		switch {
		case c.want == notOne:
			refused(t, err, c.want)
		case err != nil || key != c.want:
			t.Errorf("%s %s with %q: %q, %v", c.method, c.pattern, c.keys, key, err)
		}
	}
}

// TestLinksOfKeptAnswers: only what this process marked becomes a link, whatever a
// client wrote into its metadata.
func TestLinksOfKeptAnswers(t *testing.T) {
	t.Parallel()
	signer := wire.NewSigner([]byte("key"), 0, osprey.SystemClock{})
	a := &API{Deps: Deps{Signer: signer}}
	const mark = "link:RANDOM:"
	body := `{"original_url":"` + mark + `/static/a/b.jpg","note":"link:OTHER:/static/x/y.jpg","thumb_url":"` + mark + `/static/a/b_thumb.jpg","z":null}`
	got := string(a.signed(replay.Answer{Mark: mark, Body: []byte(body)}, "https://h"))
	want := `{"original_url":"` + signer.Link("https://h", "/static/a/b.jpg") + `","note":"link:OTHER:/static/x/y.jpg","thumb_url":"` +
		signer.Link("https://h", "/static/a/b_thumb.jpg") + `","z":null}`
	if cutExpiry(got) != cutExpiry(want) {
		t.Errorf("%s\nwant %s", got, want)
	}
	if plain := string(a.signed(replay.Answer{Body: []byte(body)}, "https://h")); plain != body {
		t.Errorf("without a mark: %s", plain)
	}
}

// cutExpiry drops the parts of links that a second may change.
func cutExpiry(s string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(s, "?exp=")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		_, s, _ = strings.Cut(after, `"`)
	}
}

func TestCanonicalPath(t *testing.T) {
	t.Parallel()
	const id = "01980000-0000-7000-8000-0000000000f1"
	for path, want := range map[string]string{
		"/api/folders": "/api/folders",
		"/api/folders/" + strings.ToUpper(id) + "/media": "/api/folders/" + id + "/media",
	} {
		if got := canonical(path); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}
