package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/client"
)

const capsuleType = "application/octet-stream"

// sessionToken gets one.
func (c caller) sessionToken(tb testing.TB) client.SessionToken {
	tb.Helper()
	return client.SessionToken{Text: c.get(tb, "/api/authorize/session_token").want(200).text("session_token")}
}

// asFiles are parts as files of the Go client.
func asFiles(parts ...part) []client.File {
	var files []client.File
	for _, p := range parts {
		files = append(files, client.File{Field: p.name, Name: p.file, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(p.content)), nil
		}})
	}
	return files
}

// sealed is a capsule of the Go client with a token of the caller.
func (c caller) sealed(tb testing.TB, payload object, parts ...part) []byte {
	tb.Helper()
	raw, err := client.Capsule{Files: asFiles(parts...), Payload: payload, Client: client.CapsuleClient{Name: "e2e"}}.Seal(c.sessionToken(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

// capsule sends one.
func (c caller) capsule(tb testing.TB, capsule []byte) answer {
	tb.Helper()
	return c.post(tb, "/api/folders/", body{capsuleType, capsule})
}

// containerFault is a refusal of api.md 12.5.
func containerFault(reason osprey.CapsuleReason) fault {
	return fault{status: 400, code: int(reason.Code())}.with("reason", string(reason))
}

func picture(name string) part { return file(name, name+".png", pngOf(64, 64)) }

// TestCapsule: a capsule is the upload that its media and payload would be
// (api.md 12.3).
func TestCapsule(t *testing.T) {
	t.Parallel()
	c, other := tenant(t), tenant(t)
	p := people(t)
	about := object{
		"folder:meta_data": object{"transaction_id": "t-1"}, "media:tags": object{"selfie": []string{"photo_selfie"}},
		"media:meta_data": object{"selfie": object{"foo": "bar"}}, "additional_info": "a browser",
	}
	files := []part{photo("selfie", p.ada[0]), picture("second")}

	t.Run("folder", func(t *testing.T) {
		a := c.ca.capsule(t, c.ca.sealed(t, about, files...)).want(201)
		b := c.ca.upload(t, "/api/folders/", append(files, payload(about))...).want(201)
		for _, path := range []string{
			"resolution_status", "meta_data", "technical_meta_data", "company_id", "user_id", "media.0.media_key", "media.0.original_name",
			"media.0.media_type", "media.0.tags", "media.0.meta_data", "media.0.info", "media.1.media_key", "media.1.info",
		} {
			a.check(path, b.at(path))
		}
		a.check("media.0.tags", []string{"photo_selfie"}).check("analyses", []any{})
		bytesBack := c.as("").get(t, localPart(t, a.text("media.0.original_url"))).want(200)
		if !bytes.Equal(bytesBack.body, p.ada[0].JPEG) {
			t.Error("the photo did not come back as it went in")
		}
	})
	t.Run("single request", func(t *testing.T) {
		ask := object{"analyses": []object{{"type": "biometry", "source_media": []string{"one", "two"}}, {"type": "quality", "source_media": []string{"one"}}}}
		pair := []part{photo("one", p.ada[0]), photo("two", p.ada[1])}
		a := c.ca.capsule(t, c.ca.sealed(t, ask, pair...)).want(201).check("analyses.0.state", "FINISHED").check("analyses.0.resolution", "SUCCESS")
		b := c.ca.upload(t, "/api/folders/", append(pair, payload(ask))...).want(201)
		if got, want := wordsOf(t, a, "analyses"), wordsOf(t, b, "analyses"); len(got) != 2 || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("the capsule: %q\nthe form: %q", got, want)
		}
	})
	t.Run("instant", func(t *testing.T) {
		ask := object{"analyses": entriesOf("BIOMETRY"), "folder:meta_data": object{"transaction_id": "t-2"}}
		pair := []part{photo("one", p.ada[0]), photo("two", p.ada[1])}
		before := c.ca.get(t, "/api/folders/?limit=0").number("total")
		raw := c.ca.sealed(t, ask, pair...)
		a := c.ca.post(t, instantPath, body{capsuleType, raw}).want(200).check("meta_data", ask["folder:meta_data"]).check("media.0.original_url", nil)
		b := c.ca.instant(t, ask, pair...).want(200)
		if got, want := wordsOf(t, a, "analyses"), wordsOf(t, b, "analyses"); len(got) != 1 || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("the capsule: %q\nthe form: %q", got, want)
		}
		c.ca.post(t, instantPath, body{capsuleType, raw}).fault(containerFault(osprey.CapsuleTokenUsed))
		c.ca.capsule(t, raw).fault(containerFault(osprey.CapsuleTokenUsed))
		c.ca.post(t, instantPath, body{capsuleType, nil}).fault(containerFault(osprey.CapsuleMissing))
		if after := c.ca.get(t, "/api/folders/?limit=0").number("total"); after != before {
			t.Errorf("%v folders before, %v after", before, after)
		}
	})
	t.Run("a token of the backend, a capsule of the phone", func(t *testing.T) {
		phone := c.user(t, osprey.RoleClient)
		backend := c.user(t, osprey.RoleClientService)
		a := phone.capsule(t, backend.sealed(t, nil, picture("a"))).want(201).check("user_id", phone.id)
		phone.get(t, "/api/folders/"+a.id("folder_id")+"/").want(200)
	})
	t.Run("an administrator", func(t *testing.T) {
		c.root.capsule(t, c.root.sealed(t, object{"company_id": c.id}, picture("a"))).want(201).check("company_id", c.id)
		c.root.capsule(t, c.root.sealed(t, nil, picture("a"))).fault(missing("company_id"))
		c.root.capsule(t, c.ca.sealed(t, object{"company_id": c.id}, picture("a"))).fault(containerFault(osprey.CapsuleTokenOwner))
	})
	// What is checked after the capsule has the answers of any upload, and the token is
	// spent all the same.
	t.Run("refused after it opened", func(t *testing.T) {
		for _, tt := range []struct {
			name  string
			about object
			files []part
			want  fault
		}{
			{"a tag of no part", object{"media:tags": object{"b": []string{}}}, []part{picture("a")}, badValue("b")},
			{"no image", nil, []part{file("a", "a.txt", "text")}, fault{status: 415, code: 17}.with("field", "a")},
			{"an empty file", nil, []part{picture("a"), file("b", "b.jpg", "")}, badValue("b", "reason", "empty_file")},
			{"a file above the limit", nil, []part{picture("a"), file("b", "b.jpg", strings.Repeat("x", 10<<20+1))}, tooLarge("b", "limit", 10<<20, "reason", "bytes")},
			{"another company", object{"company_id": other.id}, []part{picture("a")}, notExist},
			{"an analysis of nothing", object{"analyses": []object{{"type": "biometry"}}}, []part{picture("a")}, badValue("analyses.0.source_media", "reason", "not_enough_media")},
		} {
			raw := c.ca.sealed(t, tt.about, tt.files...)
			c.ca.capsule(t, raw).fault(tt.want)
			c.ca.capsule(t, raw).fault(containerFault(osprey.CapsuleTokenUsed))
		}
	})
	t.Run("elsewhere", func(t *testing.T) {
		raw := body{capsuleType, c.ca.sealed(t, nil, picture("a"))}
		folder := c.ca.post(t, "/api/folders/", nil).want(201).id("folder_id")
		c.ca.post(t, mediaOf(folder), raw).want(400)
		c.ca.post(t, "/api/collections/", raw).want(400)
		c.ca.capsule(t, raw.content).want(201) // it was not opened there
	})
	t.Run("too large", func(t *testing.T) {
		c.ca.capsule(t, make([]byte, 64<<20+1)).fault(tooLarge("body", "limit", 64<<20, "reason", "bytes"))
		c.ca.call(t, "POST", "/api/folders/", body{capsuleType, []byte("x")}, "Content-Encoding: gzip").fault(fault{status: 415, code: 17})
	})
}

// TestSessionToken: what a token says, and to whom (api.md 12.1).
func TestSessionToken(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	u := c.user(t, osprey.RoleClient)
	a := u.get(t, "/api/authorize/session_token").want(200)
	jwt, key, ok := strings.Cut(a.text("session_token"), "~")
	parts := strings.Split(jwt, ".")
	if raw, err := base64.RawURLEncoding.DecodeString(key); !ok || err != nil || len(raw) != 32 || len(parts) != 3 {
		t.Fatalf("%s: %v", a.text("session_token"), err)
	}
	said := map[string]any{}
	for i, part := range parts[:2] {
		raw, err := base64.RawURLEncoding.DecodeString(part)
		if err == nil {
			err = json.Unmarshal(raw, &said)
		}
		if err != nil {
			t.Fatalf("part %d: %v", i, err)
		}
	}
	for name, want := range map[string]any{
		"alg": "ES384", "iss": c.base, "aud": "osprey-capsule", "sub": u.id, "cid": c.id, "exp": a.number("expire_date"), "iat": a.number("expire_date") - 600,
	} {
		if said[name] != want {
			t.Errorf("%s is %v, want %v", name, said[name], want)
		}
	}
	if second := u.sessionToken(t).Text; second == a.text("session_token") {
		t.Error("the second token is the first")
	}
	for _, role := range []osprey.Role{osprey.RoleOperator, osprey.RoleClientOperator} {
		c.user(t, role).get(t, "/api/authorize/session_token").fault(fault{status: 403, code: 9})
	}
	c.as("").get(t, "/api/authorize/session_token").fault(fault{status: 401, code: 6})
	c.log.hide(key)
}

// TestCapsuleBits: a capsule with one bit changed is refused, wherever the bit is, and
// leaves nothing. Each has a token of its own, so that no refusal hides another.
func TestCapsuleBits(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	before := c.ca.get(t, "/api/folders/?limit=0").number("total")
	for range 250 {
		raw := c.ca.sealed(t, object{"folder:meta_data": object{"a": 1}}, picture("a"))
		bit := random.IntN(8 * len(raw))
		raw[bit/8] ^= 1 << (bit % 8)
		a := c.ca.capsule(t, raw)
		code := a.number("error_code")
		if a.status != 400 || code != 5 && code != 14 || a.text("error_message") != "Invalid request data" {
			t.Fatalf("seed %d, bit %d: %s", seed, bit, a)
		}
	}
	if after := c.ca.get(t, "/api/folders/?limit=0").number("total"); after != before {
		t.Errorf("%v folders before, %v after", before, after)
	}
}
