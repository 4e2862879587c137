package wire

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"example.org/osprey"
)

const fingerprintLimit = 1 << 20

// fingerprintOf digests a request of which a handler has read so many bytes, all of
// them when below zero.
func fingerprintOf(t *testing.T, target, contentType, body string, read int64) (string, error) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	f := NewFingerprint(r, fingerprintLimit)
	defer f.Close()
	from := io.Reader(r.Body)
	if read >= 0 {
		from = io.LimitReader(from, read)
	}
	if _, err := io.Copy(io.Discard, from); err != nil && read < 0 {
		t.Fatal(err)
	}
	return f.Finish()
}

// upload is a multipart body of parts given as name, file name, content.
func uploadOf(t *testing.T, boundary string, parts ...[3]string) (contentType, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.SetBoundary(boundary); err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		part, err := w.CreateFormFile(p[0], p[1])
		if err == nil {
			_, err = io.WriteString(part, p[2])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.String()
}

// TestFingerprint: requests that are the same have one fingerprint, however much of
// them the handler read; all others have different ones.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	a, b := [3]string{"a", "a.jpg", "first"}, [3]string{"b", "b.jpg", strings.Repeat("second", 20_000)}
	seen := make(map[string]string)
	add := func(name, target, contentType, body string) string {
		t.Helper()
		sum, err := fingerprintOf(t, target, contentType, body, -1)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if other, ok := seen[sum]; ok {
			t.Errorf("%s is the same as %s", name, other)
		}
		seen[sum] = name
		for _, read := range []int64{0, 1, int64(len(body)) / 2} {
			if again, err := fingerprintOf(t, target, contentType, body, read); err != nil || again != sum {
				t.Errorf("%s after %d bytes: %s, %v, want %s", name, read, again, err, sum)
			}
		}
		return sum
	}
	parts := func(name string, parts ...[3]string) string {
		kind, body := uploadOf(t, "one", parts...)
		sum := add(name, "/", kind, body)
		kind, body = uploadOf(t, "another-boundary", parts...)
		if again, err := fingerprintOf(t, "/", kind, body+"after the last part", -1); err != nil || again != sum {
			t.Errorf("%s under another boundary: %s, %v, want %s", name, again, err, sum)
		}
		return sum
	}
	parts("two parts", a, b)
	parts("another order", b, a)
	parts("one part", a)
	parts("no part")
	parts("other contents", [3]string{"a", "a.jpg", "First"}, b)
	parts("another name", [3]string{"c", "a.jpg", "first"}, b)
	parts("another file name", [3]string{"a", "c.jpg", "first"}, b)
	parts("letters moved", [3]string{"aa", ".jpg", "first"}, b)
	add("JSON", "/", "application/json", `{"a":1}`)
	add("JSON with blanks", "/", "application/json", `{"a": 1}`)
	add("a query", "/?a=1", "application/json", `{"a":1}`)
	add("nothing", "/", "", "")
	add("bytes", "/", "application/octet-stream", "PK")
}

// TestFingerprintOfBrokenBodies: what cannot be read whole has none.
func TestFingerprintOfBrokenBodies(t *testing.T) {
	t.Parallel()
	kind, whole := uploadOf(t, "one", [3]string{"a", "a.jpg", "first"})
	for name, test := range map[string]struct {
		kind, body string
		code       osprey.Code
	}{
		"cut off":       {kind, whole[:len(whole)-10], osprey.CodeInvalidStructure},
		"no parts":      {kind, "no parts at all", osprey.CodeInvalidStructure},
		"long":          {"application/json", strings.Repeat("x", fingerprintLimit+1), osprey.CodeTooLarge},
		"a long upload": {kind, whole + strings.Repeat("x", fingerprintLimit), osprey.CodeTooLarge},
	} {
		if sum, err := fingerprintOf(t, "/", test.kind, test.body, 0); sum != "" || !osprey.IsCode(err, test.code) {
			t.Errorf("%s: %q, %v", name, sum, err)
		}
	}
	lost := errors.New("the connection is gone")
	r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader(whole[:20]), iotest.ErrReader(lost)))
	r.Header.Set("Content-Type", kind)
	f := NewFingerprint(r, fingerprintLimit)
	defer f.Close()
	if sum, err := f.Finish(); sum != "" || !errors.Is(err, lost) {
		t.Errorf("a lost connection: %q, %v", sum, err)
	}
}
