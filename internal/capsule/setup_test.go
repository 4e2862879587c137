package capsule

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"hash/crc32"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// secret derives keys from a name.
type secret string

func (s secret) Derive(purpose string, n int) []byte {
	out := make([]byte, 0, n+sha256.Size)
	for i := byte(0); len(out) < n; i++ {
		h := sha256.Sum256([]byte(string(s) + purpose + string(i)))
		out = append(out, h[:]...)
	}
	return out[:n]
}

// bench is a desk with what tests need around it.
type bench struct {
	*Desk
	t     testing.TB
	clock *clock
	o     Options
}

const acme, beta = osprey.ID("01980000-0000-7000-8000-0000000000c1"), osprey.ID("01980000-0000-7000-8000-0000000000c2")

// kinds are the places where spent tokens are kept; everything holds for both.
var kinds = map[string]func(testing.TB, *clock) Replay{
	"memory": func(_ testing.TB, c *clock) Replay { return NewMemory(c) },
	"store": func(tb testing.TB, c *clock) Replay {
		st, err := store.Open(context.Background(), store.Options{Path: filepath.Join(tb.TempDir(), "osprey.db"), Clock: c, IDs: osprey.NewIDs(c)})
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() {
			if err := st.Close(); err != nil {
				tb.Error(err)
			}
		})
		return NewRows(st)
	},
}

func newBench(tb testing.TB, kind string, change ...func(*Options)) *bench {
	tb.Helper()
	keys, err := NewKeys(secret("s"), "", "")
	if err != nil {
		tb.Fatal(err)
	}
	c := &clock{now: time.Unix(1767225600, 0)}
	o := Options{Keys: keys, Replay: kinds[kind](tb, c), Clock: c, IDs: osprey.NewIDs(c), Life: 10 * time.Minute}
	for _, f := range change {
		f(&o)
	}
	return &bench{Desk: NewDesk(o), t: tb, clock: c, o: o}
}

// mint makes a token for a company and takes it apart.
func (b *bench) mint(company osprey.ID) (jwt string, key []byte) {
	b.t.Helper()
	token, err := b.Mint("https://osprey.example.com", "01980000-0000-7000-8000-0000000000e1", company)
	if err != nil {
		b.t.Fatal(err)
	}
	jwt, text, _ := strings.Cut(token.Text, "~")
	if key, err = base64.RawURLEncoding.DecodeString(text); err != nil || len(key) != 32 {
		b.t.Fatalf("key %q: %v", text, err)
	}
	return jwt, key
}

// roomy are limits that nothing here reaches.
func roomy() Limits {
	return Limits{MaxMedia: 10, MediaBytes: 1 << 20, Payload: 1 << 20, Unpacked: 8 << 20, Reserve: func(int64) bool { return true }}
}

// open opens a capsule for acme and names the reason why not, "" when it opens.
func (b *bench) open(body []byte) string {
	b.t.Helper()
	_, err := b.Open(context.Background(), body, Owner{Company: acme}, roomy())
	return b.reason(err)
}

func (b *bench) reason(err error) string {
	b.t.Helper()
	if err == nil {
		return ""
	}
	e := osprey.ErrorOf(err)
	reason, _ := e.Details["reason"].(string)
	if e.Code.HTTPStatus() >= 500 || reason == "" {
		b.t.Fatalf("%v %v", err, e.Details)
	}
	if e.Code.HTTPStatus() == 400 && osprey.CapsuleReason(reason).Code() != e.Code {
		b.t.Errorf("%s with code %d", reason, e.Code)
	}
	return reason
}

// file is an entry of a capsule to be written.
type file struct {
	name, content string
	deflate       bool
}

// draft is a capsule in the making: what a test changes is written as it is.
type draft struct {
	manifest map[string]any
	files    []file // between manifest and signature
	key      []byte
	text     string   // the manifest, when it is not what manifest says
	sig      string   // the signature, when it is not right
	order    []string // names of the entries in another order, or fewer
	descr    bool     // with data descriptors, as streaming writers do
}

// draft is a whole capsule of acme with one medium.
func (b *bench) draft() *draft {
	jwt, key := b.mint(acme)
	d := &draft{key: key, files: []file{{name: payloadName, content: `{"folder:meta_data":{"a":1}}`}, {name: "media/a.jpg", content: "the bytes of a photo"}}}
	d.manifest = map[string]any{
		"version": 1, "session_token": jwt, "time_created": float64(b.clock.Now().Unix()) + 0.5,
		"client": map[string]any{"name": "test", "version": "1", "platform": "go"}, "entries": d.listed(),
	}
	return d
}

// listed describes the files as a manifest does.
func (d *draft) listed() []any {
	list := []any{}
	for _, f := range d.files {
		hash := sha256.Sum256([]byte(f.content))
		e := map[string]any{"name": f.name, "size": len(f.content), "sha256": hex.EncodeToString(hash[:])}
		if base, ok := strings.CutPrefix(f.name, "media/"); ok {
			e["key"], e["original_name"] = strings.TrimSuffix(base, ".jpg"), base
		}
		list = append(list, e)
	}
	return list
}

// with replaces the files and lists them.
func (d *draft) with(files ...file) *draft {
	d.files = files
	d.manifest["entries"] = d.listed()
	return d
}

// entry is the n-th description of the manifest.
func (d *draft) entry(n int) map[string]any { return d.manifest["entries"].([]any)[n].(map[string]any) }

func (d *draft) bytes(tb testing.TB) []byte {
	tb.Helper()
	text := d.text
	if text == "" {
		raw, err := json.Marshal(d.manifest)
		if err != nil {
			tb.Fatal(err)
		}
		text = string(raw)
	}
	sig := d.sig
	if sig == "" {
		sig = hex.EncodeToString(Sign(d.key, []byte(text)))
	}
	all := append([]file{{name: manifestName, content: text}}, d.files...)
	all = append(all, file{name: signatureName, content: sig})
	if d.order != nil {
		var chosen []file
		for _, name := range d.order {
			for _, f := range all {
				if f.name == name {
					chosen = append(chosen, f)
				}
			}
		}
		all = chosen
	}
	return zipOf(tb, d.descr, all...)
}

// zipOf writes a ZIP file.
func zipOf(tb testing.TB, descriptors bool, files ...file) []byte {
	tb.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Store, CreatorVersion: 20, ReaderVersion: 20}
		if f.deflate {
			h.Method = zip.Deflate
		}
		var err error
		if descriptors || f.deflate {
			w, e := z.CreateHeader(h)
			if err = e; err == nil {
				_, err = w.Write([]byte(f.content))
			}
		} else {
			h.CRC32, h.CompressedSize64, h.UncompressedSize64 = crc32.ChecksumIEEE([]byte(f.content)), uint64(len(f.content)), uint64(len(f.content))
			w, e := z.CreateRaw(h)
			if err = e; err == nil {
				_, err = w.Write([]byte(f.content))
			}
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

// manifestOf is the text of the manifest of a draft.
func manifestOf(tb testing.TB, d *draft) []byte {
	tb.Helper()
	raw, err := json.Marshal(d.manifest)
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}
