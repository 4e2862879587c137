package client_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"example.org/osprey/client"
)

// sealKey is the key of the format's vector: the bytes 00 to 1f.
func sealKey() []byte {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i)
	}
	return key
}

func sealToken() client.SessionToken {
	return client.SessionToken{Text: "a.b.c~" + base64.RawURLEncoding.EncodeToString(sealKey())}
}

// TestSeal: a capsule has its entries in order, listed and signed, and not its key.
func TestSeal(t *testing.T) {
	t.Parallel()
	photo := client.Bytes("photo1", "../é.jpg", "the bytes of a photo")
	photo.Tags, photo.Metadata = []string{"photo_selfie"}, map[string]any{"foo": "bar"}
	payload := map[string]any{"folder:meta_data": map[string]any{"a": 1}}
	sealed, err := client.Capsule{
		Files: []client.File{photo, client.Bytes("b", "", "")}, Payload: payload, Time: time.UnixMicro(1767225605500000),
	}.Seal(sealToken())
	if err != nil {
		t.Fatal(err)
	}
	if len(payload) != 1 {
		t.Error("the caller's payload was changed")
	}
	if bytes.Contains(sealed, sealKey()) || bytes.Contains(sealed, []byte(strings.TrimPrefix(sealToken().Text, "a.b.c~"))) {
		t.Error("the key is in the capsule")
	}
	z, err := zip.NewReader(bytes.NewReader(sealed), int64(len(sealed)))
	if err != nil {
		t.Fatal(err)
	}
	names, content := []string{}, map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if content[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); got != "manifest.json payload.json media/1 media/2 signature" {
		t.Errorf("entries %s", got)
	}
	h := hmac.New(sha256.New, sealKey())
	h.Write([]byte("osprey-capsule-v1\n"))
	h.Write(content["manifest.json"])
	if got := string(content["signature"]); got != hex.EncodeToString(h.Sum(nil)) {
		t.Errorf("signature %s", got)
	}
	hash := sha256.Sum256(content["media/1"])
	for _, want := range []string{
		`"version":1`, `"session_token":"a.b.c"`, `"time_created":1767225605.500000`,
		`{"name":"media/1","key":"photo1","original_name":"../é.jpg","size":20,"sha256":"` + hex.EncodeToString(hash[:]) + `"}`,
	} {
		if !strings.Contains(string(content["manifest.json"]), want) {
			t.Errorf("the manifest lacks %s:\n%s", want, content["manifest.json"])
		}
	}
	var said map[string]any
	if err := json.Unmarshal(content["payload.json"], &said); err != nil || len(said) != 3 {
		t.Errorf("payload %s: %v", content["payload.json"], err)
	}
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "a.b.c", "a.b.c~short", sealToken().Text + "x"} {
		if _, err := (client.Capsule{}).Seal(client.SessionToken{Text: text}); err == nil {
			t.Errorf("%q was taken for a session token", text)
		}
	}
	for name, f := range map[string]client.File{
		"a file that is not there": client.Path("a", "/no/such/file"),
		"a file too large":         client.Bytes("a", "a", strings.Repeat("x", client.MaxCapsule+1)),
		"a capsule too large":      client.Bytes("a", "a", strings.Repeat("x", client.MaxCapsule)),
		"metadata that is no JSON": {Field: "a", Open: client.Bytes("a", "a", "x").Open, Metadata: map[string]any{"f": func() {}}},
	} {
		if _, err := (client.Capsule{Files: []client.File{f}}).Seal(sealToken()); err == nil {
			t.Errorf("%s was sealed", name)
		}
	}
}

// TestSendCapsule: the calls, with what they carry.
func TestSendCapsule(t *testing.T) {
	t.Parallel()
	var calls []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		calls = append(calls, r.Method+" "+r.URL.Path+" "+r.Header.Get("Content-Type")+" "+string(raw))
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, `{"session_token":"a.b.c~k","expire_date":1767226200}`)
			return
		}
		_, _ = io.WriteString(w, `{"folder_id":"f1"}`)
	})
	token, err := c.SessionToken(context.Background())
	if err != nil || token.Text != "a.b.c~k" || token.ExpireDate.Unix() != 1767226200 {
		t.Errorf("%+v, %v", token, err)
	}
	for _, send := range []func(context.Context, []byte) (client.Folder, error){c.SendCapsule, c.SendCapsuleInstant} {
		if f, err := send(context.Background(), []byte("PK")); err != nil || f.ID != "f1" {
			t.Errorf("%+v, %v", f, err)
		}
	}
	want := []string{"GET /api/authorize/session_token  ", "POST /api/folders/ application/octet-stream PK", "POST /api/instant/folders/ application/octet-stream PK"}
	if strings.Join(calls, "|") != strings.Join(want, "|") {
		t.Errorf("%q", calls)
	}
}

// TestCapsulePackage runs the tests of the JavaScript package.
func TestCapsulePackage(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("SKIPPED: node is not here; it runs the tests of web/capsule")
	}
	cmd := exec.Command(node, "--test")
	cmd.Dir = "../web/capsule"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
