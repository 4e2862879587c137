package e2e

import (
	"archive/zip"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"hash/crc32"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.org/osprey"
)

// envelope is a capsule that a test writes by hand, to write it wrong.
type envelope struct {
	manifest object
	entries  []capsuleEntry // behind the manifest, before the signature
	key      []byte
	sign     func(string) string // changes the signature
	list     func([]capsuleEntry) []capsuleEntry
}

type capsuleEntry struct{ name, content string }

// envelope is a whole capsule with one picture.
func (c caller) envelope(tb testing.TB) *envelope {
	tb.Helper()
	jwt, text, _ := strings.Cut(c.sessionToken(tb).Text, "~")
	key, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		tb.Fatal(err)
	}
	return &envelope{
		key: key, entries: []capsuleEntry{{"payload.json", "{}"}, {"media/a.png", pngOf(64, 64)}},
		manifest: object{"version": 1, "session_token": jwt, "time_created": float64(time.Now().UnixMicro()) / 1e6},
	}
}

// write writes it; entries that the manifest has are left.
func (e *envelope) write(tb testing.TB) []byte {
	tb.Helper()
	if _, ok := e.manifest["entries"]; !ok {
		list := []object{}
		for i, f := range e.entries {
			hash := sha256.Sum256([]byte(f.content))
			o := object{"name": f.name, "size": len(f.content), "sha256": hex.EncodeToString(hash[:])}
			if f.name != "payload.json" {
				o["key"] = "key" + strconv.Itoa(i)
			}
			list = append(list, o)
		}
		e.manifest["entries"] = list
	}
	raw, err := json.Marshal(e.manifest)
	if err != nil {
		tb.Fatal(err)
	}
	h := hmac.New(sha256.New, e.key)
	h.Write([]byte("osprey-capsule-v1\n" + string(raw)))
	signature := hex.EncodeToString(h.Sum(nil))
	if e.sign != nil {
		signature = e.sign(signature)
	}
	all := append(append([]capsuleEntry{{"manifest.json", string(raw)}}, e.entries...), capsuleEntry{"signature", signature})
	if e.list != nil {
		all = e.list(all)
	}
	return zipped(tb, all)
}

func zipped(tb testing.TB, entries []capsuleEntry) []byte {
	tb.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, e := range entries {
		w, err := z.CreateRaw(&zip.FileHeader{Name: e.name, CRC32: crc32.ChecksumIEEE([]byte(e.content)),
			CompressedSize64: uint64(len(e.content)), UncompressedSize64: uint64(len(e.content))})
		if err == nil {
			_, err = w.Write([]byte(e.content))
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// TestCapsuleReasons provokes every reason of api.md 12.5 that the default settings
// have.
func TestCapsuleReasons(t *testing.T) {
	t.Parallel()
	c, other := tenant(t), tenant(t)
	zeros := func(string) string { return strings.Repeat("0", 64) }
	for _, tt := range []struct {
		name   string
		change func(*envelope)
		spoil  func([]byte) []byte
		want   osprey.CapsuleReason
	}{
		{name: "no body", spoil: func([]byte) []byte { return nil }, want: osprey.CapsuleMissing},
		{name: "no ZIP", spoil: func([]byte) []byte { return []byte("capsule") }, want: osprey.CapsuleDamaged},
		{name: "cut off", spoil: func(b []byte) []byte { return b[:len(b)-1] }, want: osprey.CapsuleDamaged},
		{name: "something before", spoil: func(b []byte) []byte { return append([]byte("x"), b...) }, want: osprey.CapsuleDamaged},
		{name: "something behind", spoil: func(b []byte) []byte { return append(b, 'x') }, want: osprey.CapsuleDamaged},
		{name: "CRC", spoil: func(b []byte) []byte { return bytes.Replace(b, []byte("IHDR"), []byte("IHDS"), 1) }, want: osprey.CapsuleDamaged},
		{name: "an entry twice", change: func(e *envelope) { e.list = func(l []capsuleEntry) []capsuleEntry { return append(l, l[1]) } }, want: osprey.CapsuleDamaged},
		{name: "no manifest", change: func(e *envelope) { e.list = func(l []capsuleEntry) []capsuleEntry { return l[1:] } }, want: osprey.CapsuleManifestMissing},
		{name: "manifest of another version", change: func(e *envelope) { e.manifest["version"] = 9 }, want: osprey.CapsuleManifestInvalid},
		{name: "no token", change: func(e *envelope) { e.manifest["session_token"] = "" }, want: osprey.CapsuleTokenInvalid},
		{name: "the token of another company", change: func(e *envelope) { o := other.ca.envelope(t); e.manifest, e.key = o.manifest, o.key }, want: osprey.CapsuleTokenOwner},
		{name: "a wrong clock", change: func(e *envelope) { e.manifest["time_created"] = 1767225605.0 }, want: osprey.CapsuleClockSkew},
		{name: "a wrong signature", change: func(e *envelope) { e.sign = zeros }, want: osprey.CapsuleSignatureInvalid},
		{name: "an unsafe name", change: func(e *envelope) { e.entries = append(e.entries, capsuleEntry{"../a", "x"}) }, want: osprey.CapsuleUnsafeName},
		{name: "an entry more", change: func(e *envelope) {
			e.list = func(l []capsuleEntry) []capsuleEntry { return append(l[:3:3], capsuleEntry{"media/b", "x"}, l[3]) }
		}, want: osprey.CapsuleEntryUnlisted},
		{name: "an entry less", change: func(e *envelope) { e.list = func(l []capsuleEntry) []capsuleEntry { return append(l[:2:2], l[3]) } }, want: osprey.CapsuleEntryMissing},
		{name: "other bytes", change: func(e *envelope) {
			e.list = func(l []capsuleEntry) []capsuleEntry {
				l[2].content = strings.Replace(l[2].content, "IHDR", "IHDS", 1)
				return l
			}
		}, want: osprey.CapsuleHashMismatch},
		{name: "no payload", change: func(e *envelope) { e.entries = e.entries[1:] }, want: osprey.CapsulePayloadMissing},
		{name: "no media", change: func(e *envelope) { e.entries = e.entries[:1] }, want: osprey.CapsuleMediaMissing},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := c.ca.envelope(t)
			if tt.change != nil {
				tt.change(e)
			}
			raw := e.write(t)
			if tt.spoil != nil {
				raw = tt.spoil(raw)
			}
			c.ca.capsule(t, raw).fault(containerFault(tt.want)).check("error_message", "Invalid request data")
		})
	}
	t.Run("what the table has is taken when nothing is wrong", func(t *testing.T) {
		c.ca.capsule(t, c.ca.envelope(t).write(t)).want(201)
	})
	t.Run("used", func(t *testing.T) {
		raw := c.ca.envelope(t).write(t)
		c.ca.capsule(t, raw).want(201)
		c.ca.capsule(t, raw).fault(containerFault(osprey.CapsuleTokenUsed))
	})
	t.Run("three bad signatures", func(t *testing.T) {
		e := c.ca.envelope(t)
		e.sign = zeros
		for range 3 {
			c.ca.capsule(t, e.write(t)).fault(containerFault(osprey.CapsuleSignatureInvalid))
		}
		e.sign = nil
		c.ca.capsule(t, e.write(t)).fault(containerFault(osprey.CapsuleTokenUsed))
	})
}

// TestCapsuleSettings: the reasons and words of capsule.* that differ from the
// defaults.
func TestCapsuleSettings(t *testing.T) {
	t.Parallel()
	s := start(t, "OSPREY_CAPSULE_TOKEN_TTL=15s", "OSPREY_CAPSULE_REPLAY_STORE=memory", "OSPREY_CAPSULE_REJECT_REPEATED_MEDIA=true")
	c, other := s.tenant(t, s.admin(t)), s.tenant(t, s.admin(t))
	s.as("").get(t, "/readyz").want(200).check("checks.capsule", "per_node")

	late := c.ca.envelope(t)
	late.manifest["time_created"] = 1 // this much is wrong with it as long as the token is good
	raw := late.write(t)

	c.ca.capsule(t, c.ca.envelope(t).write(t)).want(201)
	c.ca.capsule(t, c.ca.envelope(t).write(t)).fault(containerFault(osprey.CapsuleMediaReplayed))
	other.ca.capsule(t, other.ca.envelope(t).write(t)).want(201)
	again := other.ca.envelope(t).write(t)
	other.ca.capsule(t, again).fault(containerFault(osprey.CapsuleMediaReplayed))
	other.ca.capsule(t, again).fault(containerFault(osprey.CapsuleTokenUsed))

	err := s.poll("past the life of a token", time.Minute, func() bool {
		a := c.ca.capsule(t, raw)
		reason := a.text("details.reason")
		if reason != string(osprey.CapsuleClockSkew) && reason != string(osprey.CapsuleTokenExpired) {
			t.Fatalf("%s", a)
		}
		return reason == string(osprey.CapsuleTokenExpired)
	})
	if err != nil {
		t.Fatal(err)
	}
	shared.get(t).as("").get(t, "/readyz").want(200).checkAbsent("checks.capsule")
}

// TestCrashCapsule: what was spent stays spent across kill -9, at the worst moments of
// making the folder too, with the replay answered the same by the next process.
func TestCrashCapsule(t *testing.T) {
	s := crashServer(t)
	plain := s.env
	root := s.admin(t)
	c := s.tenant(t, root)
	token := c.ca.token
	once := c.ca.envelope(t).write(t)
	c.ca.capsule(t, once).want(201)
	bad := c.ca.envelope(t)
	bad.sign = func(string) string { return strings.Repeat("f", 64) }
	for range 2 {
		c.ca.capsule(t, bad.write(t)).fault(containerFault(osprey.CapsuleSignatureInvalid))
	}
	s.kill(t)
	for _, point := range []string{"create.after_intent", "create.in_blobs", "create.after_blobs"} {
		s.env = append(append([]string{}, plain...), "OSPREY_KILL_AT="+point)
		s.restart(t)
		raw := s.as(token).envelope(t).write(t)
		if a, err := s.as(token).try("POST", "/api/folders/", body{capsuleType, raw}); err == nil {
			t.Fatalf("%s: answered %s", point, a)
		}
		s.killed(t)
		s.env = plain
		s.restart(t)
		ca := s.as(token)
		ca.capsule(t, raw).fault(containerFault(osprey.CapsuleTokenUsed))
		ca.capsule(t, once).fault(containerFault(osprey.CapsuleTokenUsed))
		ca.get(t, "/api/folders/?limit=0").want(200).check("total", 1)
		s.kill(t)
	}
	s.restart(t)
	ca := s.as(token)
	ca.capsule(t, bad.write(t)).fault(containerFault(osprey.CapsuleSignatureInvalid)) // the third
	bad.sign = nil
	ca.capsule(t, bad.write(t)).fault(containerFault(osprey.CapsuleTokenUsed))
	ca.capsule(t, ca.envelope(t).write(t)).want(201)
}
