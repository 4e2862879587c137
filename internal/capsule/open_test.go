package capsule

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.org/osprey"
)

// TestSignatureVector is the vector of api.md 12.2.
func TestSignatureVector(t *testing.T) {
	t.Parallel()
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i)
	}
	const want = "e08fd527417b0b0b4fdcc96ab4ea762f071d243986aa57fa621cd92364ad3ce2"
	if got := hex.EncodeToString(Sign(key, []byte(`{"version":1}`))); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestOpen: what went in comes out, whoever wrote the ZIP file.
func TestOpen(t *testing.T) {
	t.Parallel()
	for kind := range kinds {
		b := newBench(t, kind)
		for name, change := range map[string]func(*draft){
			"stored":      func(*draft) {},
			"descriptors": func(d *draft) { d.descr = true },
			"deflated":    func(d *draft) { d.files[0].deflate, d.files[1].deflate = true, true },
			"milliseconds": func(d *draft) {
				d.manifest["time_created"] = float64(b.clock.Now().UnixMilli())
			},
			"without client":   func(d *draft) { delete(d.manifest, "client") },
			"client is null":   func(d *draft) { d.manifest["client"] = nil },
			"an unknown key":   func(d *draft) { d.manifest["more"] = []int{1} },
			"ten minutes late": func(d *draft) { d.manifest["time_created"] = b.clock.Now().Add(-10 * time.Minute).Unix() },
			"ten minutes soon": func(d *draft) { d.manifest["time_created"] = b.clock.Now().Add(10 * time.Minute).Unix() },
			"another order of the entries": func(d *draft) {
				d.order = []string{manifestName, "media/a.jpg", payloadName, signatureName}
			},
		} {
			d := b.draft()
			change(d)
			c, err := b.Open(context.Background(), d.bytes(t), Owner{Company: acme}, roomy())
			if err != nil {
				t.Errorf("%s, %s: %v", kind, name, err)
				continue
			}
			if string(c.Payload) != `{"folder:meta_data":{"a":1}}` || len(c.Media) != 1 {
				t.Fatalf("%s, %s: %+v", kind, name, c)
			}
			if m := c.Media[0]; m.Key != "a" || m.Name != "a.jpg" || string(m.Data) != "the bytes of a photo" || m.Size != 20 {
				t.Errorf("%s, %s: %+v", kind, name, m)
			}
		}
	}
}

// TestReasons provokes every reason of api.md 12.5, and shows that what comes earlier
// in the order of 12.4 is told.
func TestReasons(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*bench, *draft)
		want   osprey.CapsuleReason
	}{
		{"no manifest", func(_ *bench, d *draft) { d.order = []string{payloadName, "media/a.jpg", signatureName} }, osprey.CapsuleManifestMissing},
		{"the manifest is not the first", func(_ *bench, d *draft) { d.order = []string{payloadName, manifestName, "media/a.jpg", signatureName} }, osprey.CapsuleManifestMissing},
		{"the manifest is no JSON", func(_ *bench, d *draft) { d.text = "{" }, osprey.CapsuleManifestInvalid},
		{"the manifest is too large", func(_ *bench, d *draft) { d.manifest["x"] = strings.Repeat("x", maxManifest) }, osprey.CapsuleManifestInvalid},
		{"another version", func(_ *bench, d *draft) { d.manifest["version"] = 2 }, osprey.CapsuleManifestInvalid},
		{"no entries, and a bad token", func(_ *bench, d *draft) { d.manifest["entries"], d.manifest["session_token"] = []any{}, "x" }, osprey.CapsuleManifestInvalid},
		{"the token with its key", func(_ *bench, d *draft) { d.manifest["session_token"] = d.manifest["session_token"].(string) + "~AAAA" }, osprey.CapsuleTokenInvalid},
		{"a token of another installation", func(b *bench, d *draft) {
			keys, _ := NewKeys(secret("other"), "", "")
			o := b.o
			o.Keys = keys
			token, _ := NewDesk(o).Mint("x", "", acme)
			d.manifest["session_token"], _, _ = strings.Cut(token.Text, "~")
		}, osprey.CapsuleTokenInvalid},
		{"expired, of another company", func(b *bench, d *draft) {
			d.manifest["session_token"], d.key = b.mint(beta)
			b.clock.pass(10 * time.Minute)
		}, osprey.CapsuleTokenExpired},
		{"of another company, clock wrong", func(b *bench, d *draft) {
			d.manifest["session_token"], d.key = b.mint(beta)
			d.manifest["time_created"] = 1
		}, osprey.CapsuleTokenOwner},
		{"of no company", func(b *bench, d *draft) { d.manifest["session_token"], d.key = b.mint("") }, osprey.CapsuleTokenOwner},
		{"used, clock wrong, signature bad", func(b *bench, d *draft) {
			if reason := b.open(d.bytes(b.t)); reason != "" {
				b.t.Error(reason)
			}
			d.manifest["time_created"], d.sig = 1, strings.Repeat("0", 64)
		}, osprey.CapsuleTokenUsed},
		{"ten minutes and a little late, signature bad", func(b *bench, d *draft) {
			d.manifest["time_created"] = float64(b.clock.Now().Unix()) - 600.001
			d.sig = strings.Repeat("0", 64)
		}, osprey.CapsuleClockSkew},
		{"ten minutes and a little early", func(b *bench, d *draft) { d.manifest["time_created"] = float64(b.clock.Now().Unix()) + 600.001 }, osprey.CapsuleClockSkew},
		{"signature wrong, entries wrong", func(_ *bench, d *draft) {
			d.sig, d.files = strings.Repeat("0", 64), d.files[:1]
		}, osprey.CapsuleSignatureInvalid},
		{"signature in capitals", func(b *bench, d *draft) {
			d.text = string(manifestOf(b.t, d))
			d.sig = strings.ToUpper(hex.EncodeToString(Sign(d.key, []byte(d.text))))
		}, osprey.CapsuleSignatureInvalid},
		{"signature with a line feed", func(b *bench, d *draft) {
			d.text = string(manifestOf(b.t, d))
			d.sig = hex.EncodeToString(Sign(d.key, []byte(d.text))) + "\n"
		}, osprey.CapsuleSignatureInvalid},
		{"no signature", func(_ *bench, d *draft) { d.order = []string{manifestName, payloadName, "media/a.jpg"} }, osprey.CapsuleSignatureInvalid},
		{"the manifest alone", func(_ *bench, d *draft) { d.order = []string{manifestName} }, osprey.CapsuleSignatureInvalid},
		{"the signature is not the last", func(_ *bench, d *draft) { d.order = []string{manifestName, signatureName, payloadName, "media/a.jpg"} }, osprey.CapsuleSignatureInvalid},
		{"another key", func(b *bench, d *draft) { _, d.key = b.mint(acme) }, osprey.CapsuleSignatureInvalid},
		{"a path upwards", func(_ *bench, d *draft) {
			d.files = append(d.files, file{name: "media/../../etc/passwd", content: "x"})
		}, osprey.CapsuleUnsafeName},
		{"a listed path upwards", func(_ *bench, d *draft) { d.entry(1)["name"] = "media/.." }, osprey.CapsuleUnsafeName},
		{"an absolute name", func(_ *bench, d *draft) { d.files = append(d.files, file{name: "/media/b.jpg", content: "x"}) }, osprey.CapsuleUnsafeName},
		{"a second signature", func(_ *bench, d *draft) { d.files = append(d.files, file{name: "media/signature/", content: ""}) }, osprey.CapsuleUnsafeName},
		{"a name of 81 characters", func(_ *bench, d *draft) {
			d.files = append(d.files, file{name: "media/" + strings.Repeat("a", 81), content: "x"})
		}, osprey.CapsuleUnsafeName},
		{"another folder", func(_ *bench, d *draft) { d.files = append(d.files, file{name: "more/b.jpg", content: "x"}) }, osprey.CapsuleUnsafeName},
		{"an entry more, another missing", func(_ *bench, d *draft) { d.files[1].name = "media/b.jpg" }, osprey.CapsuleEntryUnlisted},
		{"a payload that is not listed", func(_ *bench, d *draft) { d.manifest["entries"] = d.listed()[1:] }, osprey.CapsuleEntryUnlisted},
		{"an entry less", func(_ *bench, d *draft) { d.files = d.files[:1] }, osprey.CapsuleEntryMissing},
		{"a listed payload that is not there", func(_ *bench, d *draft) { d.files = d.files[1:] }, osprey.CapsuleEntryMissing},
		{"other bytes", func(_ *bench, d *draft) { d.files[1].content = "The bytes of a photo" }, osprey.CapsuleHashMismatch},
		{"other bytes, deflated", func(_ *bench, d *draft) { d.files[1] = file{"media/a.jpg", "The bytes of a photo", true} }, osprey.CapsuleHashMismatch},
		{"more bytes", func(_ *bench, d *draft) { d.files[1].content += "." }, osprey.CapsuleHashMismatch},
		{"another payload", func(_ *bench, d *draft) { d.files[0].content = `{"folder:meta_data":{"a":2}}` }, osprey.CapsuleHashMismatch},
		{"no payload", func(_ *bench, d *draft) { d.with(d.files[1]) }, osprey.CapsulePayloadMissing},
		{"the payload is no JSON, no media", func(_ *bench, d *draft) { d.with(file{name: payloadName, content: "{"}) }, osprey.CapsulePayloadMissing},
		{"the payload is an array", func(_ *bench, d *draft) { d.with(file{name: payloadName, content: "[]"}, d.files[1]) }, osprey.CapsulePayloadMissing},
		{"no media", func(_ *bench, d *draft) { d.with(d.files[0]) }, osprey.CapsuleMediaMissing},
	} {
		for kind := range kinds {
			b := newBench(t, kind)
			d := b.draft()
			c.change(b, d)
			if got := b.open(d.bytes(t)); got != string(c.want) {
				t.Errorf("%s, %s: %q, want %q", c.name, kind, got, c.want)
			}
		}
	}
	b := newBench(t, "memory")
	for _, body := range [][]byte{nil, {}} {
		if got := b.open(body); got != string(osprey.CapsuleMissing) {
			t.Errorf("no body: %q", got)
		}
	}
}

// TestSpending: what uses a token up and what does not.
func TestSpending(t *testing.T) {
	t.Parallel()
	for kind := range kinds {
		for name, c := range map[string]struct {
			first  func(*bench, *draft) // what comes before, with the same token
			reason string               // of that
			after  string               // of a good capsule after it
		}{
			"nothing":           {nil, "", ""},
			"a good one":        {func(*bench, *draft) {}, "", "token_used"},
			"a broken manifest": {func(_ *bench, d *draft) { d.manifest["version"] = 2 }, "manifest_invalid", ""},
			"a wrong clock":     {func(_ *bench, d *draft) { d.manifest["time_created"] = 1 }, "clock_skew", ""},
			"a bad signature":   {func(_ *bench, d *draft) { d.sig = strings.Repeat("0", 64) }, "signature_invalid", ""},
			"changed bytes":     {func(_ *bench, d *draft) { d.files[1].content = "The bytes of a photo" }, "hash_mismatch", "token_used"},
			"no payload":        {func(_ *bench, d *draft) { d.with(d.files[1]) }, "payload_missing", "token_used"},
		} {
			b := newBench(t, kind)
			d := b.draft()
			if c.first != nil {
				first := *b.draft()
				first.manifest["session_token"], first.key = d.manifest["session_token"], d.key
				c.first(b, &first)
				if got := b.open(first.bytes(t)); got != c.reason {
					t.Errorf("%s, %s: %q, want %q", kind, name, got, c.reason)
				}
			}
			if got := b.open(d.bytes(t)); got != c.after {
				t.Errorf("%s, after %s: %q, want %q", kind, name, got, c.after)
			}
		}
	}
}

// TestThreeBadSignatures use a token up; two do not.
func TestThreeBadSignatures(t *testing.T) {
	t.Parallel()
	for kind := range kinds {
		b := newBench(t, kind)
		for bad, want := range map[int]string{2: "", 3: "token_used"} {
			good := b.draft()
			wrong := *good
			wrong.sig = strings.Repeat("0", 64)
			for range bad {
				if got := b.open(wrong.bytes(t)); got != "signature_invalid" {
					t.Errorf("%s: %q", kind, got)
				}
			}
			if got := b.open(good.bytes(t)); got != want {
				t.Errorf("%s, after %d: %q, want %q", kind, bad, got, want)
			}
		}
	}
}

// TestOneOfMany: of many who send one capsule at a time one is let in.
func TestOneOfMany(t *testing.T) {
	t.Parallel()
	for kind := range kinds {
		b := newBench(t, kind)
		body := b.draft().bytes(t)
		var opened atomic.Int32
		var all sync.WaitGroup
		for range 12 {
			all.Go(func() {
				switch got := b.open(body); got {
				case "":
					opened.Add(1)
				case "token_used":
				default:
					t.Errorf("%s: %q", kind, got)
				}
			})
		}
		all.Wait()
		if opened.Load() != 1 {
			t.Errorf("%s: %d were opened", kind, opened.Load())
		}
	}
}

// TestAnybody: a server without users asks for no owner.
func TestAnybody(t *testing.T) {
	t.Parallel()
	b := newBench(t, "memory")
	for _, company := range []osprey.ID{"", beta} {
		d := b.draft()
		d.manifest["session_token"], d.key = b.mint(company)
		if _, err := b.Open(context.Background(), d.bytes(t), Owner{Anybody: true}, roomy()); err != nil {
			t.Error(err)
		}
	}
	d := b.draft()
	d.manifest["session_token"], d.key = b.mint("")
	if _, err := b.Open(context.Background(), d.bytes(t), Owner{}, roomy()); err != nil {
		t.Errorf("outside any company: %v", err)
	}
}

// TestLimits: what is above a limit is refused by the number that breaks it, before
// it is unpacked.
func TestLimits(t *testing.T) {
	t.Parallel()
	b := newBench(t, "memory")
	bomb := strings.Repeat("\x00", 4<<20)
	media := func(n int) []file {
		files := []file{{name: payloadName, content: "{}"}}
		for i := range n {
			files = append(files, file{name: fmt.Sprintf("media/%d.jpg", i), content: fmt.Sprint(i)})
		}
		return files
	}
	for _, c := range []struct {
		name   string
		files  []file
		limits func(*Limits)
		want   string
	}{
		{"ten media", media(10), nil, ""},
		{"eleven media", media(11), nil, "files 10 11"},
		{"the server takes fewer", media(4), func(l *Limits) { l.MaxMedia = 3 }, "files 3 4"},
		{"the server takes more", media(11), func(l *Limits) { l.MaxMedia = 20 }, "files 10 11"},
		{"a large payload", []file{{name: payloadName, content: "{}" + strings.Repeat(" ", 1<<20)}, media(1)[1]}, nil, "payload 1048576 <nil>"},
		{"a bomb as payload", []file{{payloadName, bomb, true}, media(1)[1]}, nil, "payload 1048576 <nil>"},
		{"bombs", []file{media(0)[0], {"media/a", bomb, true}, {"media/b", bomb, true}, {"media/c", bomb, true}}, nil, "body 8388608 <nil>"},
		{"no memory", []file{media(0)[0], {"media/a", "x", true}}, func(l *Limits) { l.Reserve = func(int64) bool { return false } }, "<nil> <nil> <nil>"},
	} {
		limits := roomy()
		if c.limits != nil {
			c.limits(&limits)
		}
		raw := b.draft().with(c.files...).bytes(t)
		_, err := b.Open(context.Background(), raw, Owner{Company: acme}, limits)
		if osprey.IsCode(err, osprey.CodeUnavailable) { // its token is as good as before
			if _, err := b.Open(context.Background(), raw, Owner{Company: acme}, roomy()); err != nil {
				t.Errorf("%s: with memory again: %v", c.name, err)
			}
		}
		got := ""
		if err != nil {
			e := osprey.ErrorOf(err)
			got = strings.Join([]string{fmt.Sprint(e.Details["field"]), fmt.Sprint(e.Details["limit"]), fmt.Sprint(e.Details["actual"])}, " ")
			if s := e.Code.HTTPStatus(); s != 413 && s != 503 {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q (%v)", c.name, got, c.want, err)
		}
	}
	// A medium above the limit comes out without its bytes, for the caller to tell with
	// what else is wrong.
	content, err := b.Open(context.Background(), b.draft().with(media(0)[0], file{"media/a", bomb, true}, media(1)[1]).bytes(t), Owner{Company: acme}, roomy())
	if err != nil || len(content.Media) != 2 || content.Media[0].Data != nil || content.Media[0].Size != 4<<20 || string(content.Media[1].Data) != "0" {
		t.Errorf("%+v, %v", content, err)
	}
}

// TestEveryBit: a capsule with any one bit changed is refused, wherever the bit is.
func TestEveryBit(t *testing.T) {
	t.Parallel()
	for _, descriptors := range []bool{false, true} {
		b := newBench(t, "memory")
		d := b.draft()
		d.descr = descriptors
		good := d.bytes(t)
		for bit := range 8 * len(good) {
			fresh := newBench(t, "memory", func(o *Options) { o.Keys = b.o.Keys })
			bad := bytes.Clone(good)
			bad[bit/8] ^= 1 << (bit % 8)
			if got := fresh.open(bad); got == "" {
				t.Errorf("descriptors %t: bit %d of byte %d is not missed", descriptors, bit%8, bit/8)
			}
		}
		if got := b.open(good); got != "" {
			t.Errorf("the capsule itself: %q", got)
		}
	}
}

// TestSplices: pieces moved, doubled or dropped are refused as well.
func TestSplices(t *testing.T) {
	t.Parallel()
	b := newBench(t, "memory")
	good := b.draft().bytes(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		i, j := random.IntN(len(good)+1), random.IntN(len(good)+1)
		if i > j {
			i, j = j, i
		}
		var bad []byte
		switch random.IntN(3) {
		case 0:
			bad = slices.Concat(good[:i], good[j:])
		case 1:
			bad = slices.Concat(good[:j], good[i:])
		default:
			bad = slices.Concat(good[:i], make([]byte, j-i), good[j:])
		}
		if bytes.Equal(bad, good) {
			continue
		}
		fresh := newBench(t, "memory", func(o *Options) { o.Keys = b.o.Keys })
		if fresh.open(bad) == "" {
			t.Fatalf("bytes %d to %d: opened", i, j)
		}
	}
}

// TestRepeatedMedia: with the setting, the same bytes are refused for a day, in
// another capsule of the same company.
func TestRepeatedMedia(t *testing.T) {
	t.Parallel()
	for kind := range kinds {
		b := newBench(t, kind, func(o *Options) { o.RejectRepeated = true })
		payload := file{name: payloadName, content: "{}"}
		photo, other, third := file{name: "media/a", content: "one"}, file{name: "media/b", content: "two"}, file{name: "media/c", content: "three"}
		again := file{name: "media/z", content: "one"}
		send := func(want string, files ...file) {
			t.Helper()
			if got := b.open(b.draft().with(append([]file{payload}, files...)...).bytes(t)); got != want {
				t.Errorf("%s: %q, want %q", kind, got, want)
			}
		}
		send("", photo, again) // twice in one capsule is no repetition
		send("media_replayed", again)
		send("media_replayed", other, photo) // and other is not remembered
		send("", other)
		d := b.draft().with(payload, photo)
		d.manifest["session_token"], d.key = b.mint(beta)
		if _, err := b.Open(context.Background(), d.bytes(t), Owner{Company: beta}, roomy()); err != nil {
			t.Errorf("%s: another company: %v", kind, err)
		}
		spoilt := b.draft().with(payload, third)
		spoilt.files[1].content = "THREE"
		if got := b.open(spoilt.bytes(t)); got != "hash_mismatch" {
			t.Errorf("%s: %q", kind, got)
		}
		send("", third)
		b.clock.pass(24*time.Hour - time.Second)
		send("media_replayed", photo)
		b.clock.pass(2 * time.Second)
		if err := b.Sweep(context.Background()); err != nil {
			t.Error(err)
		}
		send("", photo)
	}
	b := newBench(t, "memory")
	for range 2 {
		if got := b.open(b.draft().bytes(t)); got != "" {
			t.Errorf("without the setting: %q", got)
		}
	}
}

// TestMemoryIsBounded: a full memory refuses new capsules rather than forgetting used
// tokens, and has room again when those have expired.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t, "memory", func(o *Options) { o.RejectRepeated = true })
	m := b.o.Replay.(*memory)
	m.most = 2
	first := b.draft()
	for i, want := range []string{"", "", "capsules"} {
		d := first
		if i > 0 {
			d = b.draft()
		}
		d.with(d.files[0], file{name: "media/a", content: fmt.Sprint(i)})
		_, err := b.Open(context.Background(), d.bytes(t), Owner{Company: acme}, roomy())
		if got, _ := osprey.ErrorOf(err).Details["reason"].(string); err != nil && got != want || err == nil && want != "" {
			t.Errorf("capsule %d: %v", i, err)
		}
	}
	if got := b.open(first.bytes(t)); got != "token_used" {
		t.Errorf("the first again: %q", got)
	}
	b.clock.pass(25 * time.Hour)
	if got := b.open(b.draft().bytes(t)); got != "" {
		t.Errorf("after a day: %q", got)
	}
	if len(m.tokens) != 1 || len(m.media) != 1 {
		t.Errorf("%d tokens, %d media are remembered", len(m.tokens), len(m.media))
	}
}
