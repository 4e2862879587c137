package lite

import (
	"bytes"
	"encoding/base64"
	"testing"
)

// TestBase64 is rule 8 of components.md 1.1.
func TestBase64(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                  "",
		"Zg==":              "f",
		"Zg":                "f",
		"Zm8=":              "fo",
		"Zm8":               "fo",
		"Zm9v":              "foo",
		"Zm9v\r\nYmFy\r\n":  "foobar",
		" Z m9v\tYg = =\n":  "foob",
		"-_-_":              "\xfb\xff\xbf",
		"+/+/":              "\xfb\xff\xbf",
		"+_-/":              "\xfb\xff\xbf",
		"Zm9vYmFyZm9vYmFy":  "foobarfoobar",
		"AAAA\nAAAA\n====":  "!",
		"Z":                 "!",
		"Zm9vY":             "!",
		"Zg=":               "!",
		"Zg===":             "!",
		"Zm9v=":             "!",
		"Zm9v====":          "!",
		"Zg==Zg==":          "!",
		"=Zg=":              "!",
		"Zm9v!":             "!",
		"Zm9v\x00":          "!",
		"Zm9v.":             "!",
		"data:image/jpeg,A": "!",
		"Zm\u00e99v":        "!",
	} {
		got, ok := decodeBase64([]byte(text))
		if ok != (want != "!") || ok && string(got) != want {
			t.Errorf("%q: %q, %v, want %q", text, got, ok, want)
		}
	}
}

func FuzzBase64(f *testing.F) {
	for _, seed := range []string{"", "Zm9v", "Zg==", "-_", "Z g=\n=", "===", "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		text := bytes.Clone(b)
		got, ok := decodeBase64(b)
		if !ok {
			return
		}
		again, ok := decodeBase64([]byte(base64.StdEncoding.EncodeToString(got)))
		if !ok || !bytes.Equal(again, got) {
			t.Fatalf("%q became %q, which becomes %q", text, got, again)
		}
	})
}
