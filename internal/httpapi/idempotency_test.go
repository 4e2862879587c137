package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.org/osprey/internal/access"
)

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	const refusedHere, notOne = "501/2 Idempotency-Key", "400/4 Idempotency-Key"
	for _, c := range []struct {
		method string
		may    access.Endpoint
		keys   []string
		want   string
	}{
		{"POST", access.MayCreateFolder, nil, ""},
		{"POST", access.MayCreateFolder, []string{"k"}, refusedHere},
		{"POST", access.MayAddPerson, []string{strings.Repeat("~", 255)}, refusedHere},
		{"POST", access.MayWriteUserMetadata, []string{"k", "l"}, refusedHere},
		{"PATCH", access.MayWriteUserMetadata, []string{"k"}, ""},
		{"GET", access.MayReadFolders, []string{"k"}, ""},
		{"POST", access.MayCreateFolder, []string{""}, notOne},
		{"POST", access.MayCreateFolder, []string{"a b"}, notOne},
		{"POST", access.MayCreateFolder, []string{"ä"}, notOne},
		{"POST", access.MayCreateFolder, []string{strings.Repeat("x", 256)}, notOne},
		{"POST", access.MayLogin, []string{"k"}, ""},
		{"POST", access.MayCreateToken, []string{"k"}, ""},
		{"POST", access.MayResetPassword, []string{""}, ""},
		{"POST", access.MaySearchPhoto, []string{"k"}, ""},
		{"POST", access.MayReadVersion, []string{"k"}, ""},
	} {
		r := httptest.NewRequest(c.method, "/", http.NoBody)
		for _, key := range c.keys {
			r.Header.Add("Idempotency-Key", key)
		}
		err := checkIdempotency(r, c.may)
		switch {
		case c.want != "":
			refused(t, err, c.want)
		case err != nil:
			t.Errorf("%s %s with %q: %v", c.method, c.may, c.keys, err)
		}
	}
}
