//go:build linux

package media

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// entry is a file to put into an archive.
type entry struct {
	name  string
	data  []byte
	mode  fs.FileMode
	flags uint16
	store bool
}

func zipOf(tb testing.TB, entries ...entry) []byte {
	tb.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate, Flags: e.flags}
		if e.store {
			h.Method = zip.Store
		}
		if e.mode != 0 {
			h.SetMode(e.mode)
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			tb.Fatal(err)
		}
		if strings.HasSuffix(e.name, "/") {
			continue
		}
		if _, err := w.Write(e.data); err != nil {
			tb.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func shotPlayer(tb testing.TB, o PlayerOptions) *Player {
	tb.Helper()
	o.Decoder = "off"
	return testPlayer(tb, o)
}

// frames are JPEG images of growing width under their names.
func frames(tb testing.TB, n int, name string) []entry {
	tb.Helper()
	entries := make([]entry, n)
	for i := range entries {
		entries[i] = entry{name: fmt.Sprintf(name, i), data: encodeJPEG(tb, pattern(100+i, 80)), store: true}
	}
	return entries
}

func TestShotSet(t *testing.T) {
	t.Parallel()
	p := shotPlayer(t, PlayerOptions{})
	manifest := []byte(`{"v":1,"times_ms":[0,110.5,190,300,420,500,610,700,800,900,1000,1100]}`)
	shots := frames(t, 12, "take/frame_%d.jpg")
	entries := slices.Clone(shots)
	slices.Reverse(entries)
	entries = append(entries, entry{name: "take/"}, entry{name: "manifest.json", data: manifest},
		entry{name: "take/notes.TXT", data: []byte("x")}, entry{name: "take/more.json", data: []byte("x")},
		entry{name: ".DS_Store", data: []byte("x")}, entry{name: "take/.hidden", data: []byte("x")},
		entry{name: "__MACOSX/take/._frame_0.jpg", data: []byte("x")})
	data := zipOf(t, entries...)
	clip, f := mustInspect(t, p, data)
	if clip.Type != ZIP || clip.Width != 100 || clip.Height != 80 || clip.Frames != 12 || clip.Channels != 3 ||
		clip.Duration != 1200*time.Millisecond || clip.FPS != 10 || !bytes.Equal(clip.Manifest, manifest) {
		t.Errorf("%+v", clip)
	}
	if f.Image.Rect != image.Rect(0, 0, 100, 80) {
		t.Errorf("first frame %v", f.Image.Rect)
	}
	all := mustPlay(t, p, data, PlayOptions{Rate: 1, Short: 60})
	if len(all.times) != 12 || all.times[1] != 110500*time.Microsecond || all.times[11] != 1100*time.Millisecond {
		t.Errorf("times %v", all.times)
	}
	for i, s := range shots {
		if clip.FrameHashes[i] != sha256.Sum256(s.data) || all.clip.FrameHashes[i] != clip.FrameHashes[i] {
			t.Errorf("hash of frame %d", i)
		}
		w, _ := shorten(100+i, 80, 60)
		if all.sizes[i] != [2]int{w, 60} {
			t.Errorf("frame %d of %v", i, all.sizes[i])
		}
	}
}

// TestShotTimes gives manifests that do not tell the times.
func TestShotTimes(t *testing.T) {
	t.Parallel()
	for _, manifest := range []string{
		"", "{", "[]", `{"times_ms":[0,1]}`, `{"times_ms":[0,5,5]}`, `{"times_ms":[0,6,5]}`, `{"times_ms":[-1,5,6]}`,
		`{"times_ms":[0,5,1e300]}`, `{"times_ms":[0,5,"6"]}`, `{"times_ms":[0,5,null]}`,
	} {
		if got := shotTimes([]byte(manifest), 3); got[0] != 0 || got[1] != shotStep || got[2] != 2*shotStep {
			t.Errorf("%s: %v", manifest, got)
		}
	}
	if got := shotTimes([]byte(`{"times_ms":[5,6.5,1000]}`), 3); got[0] != 5*time.Millisecond || got[2] != time.Second {
		t.Errorf("%v", got)
	}
}

func TestShotSetFormats(t *testing.T) {
	t.Parallel()
	p := shotPlayer(t, PlayerOptions{})
	turned := withEXIF(encodeJPEG(t, pattern(90, 60)), tiffBlock(6, binary.LittleEndian))
	data := zipOf(t, entry{name: "a.png", data: encodePNG(t, pattern(64, 48))}, entry{name: "b.webp", data: fixture(t, "lossy.webp")},
		entry{name: "c", data: turned}, entry{name: "manifest.json", data: []byte("no JSON")})
	out := mustPlay(t, p, data, PlayOptions{})
	if out.sizes[0] != [2]int{64, 48} || out.sizes[2] != [2]int{60, 90} || out.times[2] != 2*shotStep || string(out.clip.Manifest) != "no JSON" {
		t.Errorf("%+v", out)
	}
}

// TestShotSetRefusals sends archives that are no shot sets, or made to do harm.
func TestShotSetRefusals(t *testing.T) {
	t.Parallel()
	good := encodeJPEG(t, pattern(64, 64))
	frame := entry{name: "f.jpg", data: good}
	zeros := make([]byte, 4<<20)
	noise := make([]byte, 1700<<10)
	for i := range noise {
		noise[i] = byte(rand.IntN(256))
	}
	random := entry{name: "m.jpg", data: append(slices.Clone(good), noise...), store: true}
	limits := ClipLimits{MaxFrames: 20, MaxUnpacked: 3 << 20, MaxPixels: 64 * 64 * 15}
	p := shotPlayer(t, PlayerOptions{Limits: limits})
	for name, c := range map[string]struct {
		data  []byte
		want  Reason
		entry string
	}{
		"absolute":           {zipOf(t, frame, entry{name: "/etc/a.jpg", data: good}), ReasonUnsafe, "/etc/a.jpg"},
		"parent":             {zipOf(t, frame, entry{name: "a/../../b.jpg", data: good}), ReasonUnsafe, "a/../../b.jpg"},
		"parent, skipped":    {zipOf(t, frame, entry{name: "../b.txt", data: good}), ReasonUnsafe, "../b.txt"},
		"backslash":          {zipOf(t, frame, entry{name: `..\b.jpg`, data: good}), ReasonUnsafe, `..\b.jpg`},
		"drive":              {zipOf(t, frame, entry{name: `c:b.jpg`, data: good}), ReasonUnsafe, "c:b.jpg"},
		"link":               {zipOf(t, frame, entry{name: "l.jpg", data: []byte("f.jpg"), mode: fs.ModeSymlink | 0o777}), ReasonUnsafe, "l.jpg"},
		"device":             {zipOf(t, frame, entry{name: "l.jpg", mode: fs.ModeDevice | 0o777}), ReasonUnsafe, "l.jpg"},
		"encrypted":          {zipOf(t, frame, entry{name: "e.jpg", data: good, flags: 1}), ReasonUnsafe, "e.jpg"},
		"nested":             {zipOf(t, frame, entry{name: "n.jpg", data: zipOf(t, frame)}), ReasonUnsafe, "n.jpg"},
		"nested gzip":        {zipOf(t, frame, entry{name: "n.jpg", data: []byte("\x1F\x8B\x08 and so on")}), ReasonUnsafe, "n.jpg"},
		"twice":              {zipOf(t, frame, frame), ReasonUnsafe, "f.jpg"},
		"twice but for case": {zipOf(t, frame, entry{name: "F.JPG", data: good}), ReasonUnsafe, "F.JPG"},
		"file and directory": {zipOf(t, entry{name: "f.jpg/"}, frame), ReasonUnsafe, "f.jpg"},
		"shared bytes":       {sharingZIP(t, good), ReasonUnsafe, ""},
		"no frame":           {zipOf(t, entry{name: "a.txt"}), ReasonTooSmall, ""},
		"nothing":            {zipOf(t), ReasonTooSmall, ""},
		"a video":            {zipOf(t, frame, entry{name: "v.mp4", data: tinyMP4Head}), ReasonType, "v.mp4"},
		"a GIF":              {zipOf(t, frame, entry{name: "g.gif", data: []byte("GIF89a,,,,,,,,")}), ReasonType, "g.gif"},
		"an empty file":      {zipOf(t, frame, entry{name: "z.jpg"}), ReasonEmpty, "z.jpg"},
		"21 frames":          {zipOf(t, frames(t, 21, "%d.jpg")...), ReasonFrames, ""},
		"a long directory":   {zipOf(t, frames(t, 300, "%d.txt")...), ReasonFrames, ""},
		"a bomb":             {zipOf(t, frame, entry{name: "b.jpg", data: append(slices.Clone(good), zeros...)}), ReasonRatio, "b.jpg"},
		"a bomb for JSON":    {zipOf(t, frame, entry{name: "manifest.json", data: zeros}), ReasonBytes, "manifest.json"},
		"a long manifest":    {zipOf(t, frame, entry{name: "manifest.json", data: make([]byte, MaxManifest+1), store: true}), ReasonBytes, "manifest.json"},
		"unpacked":           {zipOf(t, entry{name: "l.jpg", data: random.data, store: true}, random), ReasonUnpacked, "m.jpg"},
		"many pixels":        {zipOf(t, frames(t, 9, "%d.jpg")...), ReasonPixels, "7.jpg"},
		"a broken frame":     {zipOf(t, frame, entry{name: "x.jpg", data: good[:len(good)/2]}), ReasonUndecodable, "x.jpg"},
		"a small frame":      {zipOf(t, frame, entry{name: "x.jpg", data: encodeJPEG(t, pattern(20, 20))}), ReasonTooSmall, "x.jpg"},
		"a wrong checksum":   {wrongCRC(t, frame), ReasonUndecodable, "f.jpg"},
		"cut":                {zipOf(t, frame)[:200], ReasonUndecodable, ""},
		"an unknown method":  {wrongMethod(t, frame), ReasonUndecodable, "f.jpg"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if refused := wantRefusal(t, p, c.data, c.want); refused.Entry != c.entry {
				t.Errorf("entry %q, want %q: %v", refused.Entry, c.entry, refused)
			}
		})
	}
}

var tinyMP4Head = []byte("\x00\x00\x00\x10ftypisom\x00\x00\x00\x00")

// sharingZIP has two names in its directory for one file.
func sharingZIP(tb testing.TB, data []byte) []byte {
	tb.Helper()
	z := zipOf(tb, entry{name: "1.jpg", data: data, store: true})
	at := bytes.Index(z, []byte("PK\x01\x02"))
	end := bytes.Index(z, []byte("PK\x05\x06"))
	second := slices.Clone(z[at:end])
	copy(second[46:], "2")
	out := slices.Concat(z[:end], second, z[end:])
	tail := out[end+len(second):]
	binary.LittleEndian.PutUint16(tail[8:], 2)
	binary.LittleEndian.PutUint16(tail[10:], 2)
	binary.LittleEndian.PutUint32(tail[12:], uint32(2*len(second)))
	return out
}

func wrongCRC(tb testing.TB, e entry) []byte {
	tb.Helper()
	z := zipOf(tb, e)
	z[bytes.Index(z, []byte("PK\x01\x02"))+16] ^= 1
	at := bytes.Index(z, []byte("PK\x07\x08"))
	z[at+4] ^= 1
	return z
}

func wrongMethod(tb testing.TB, e entry) []byte {
	tb.Helper()
	z := zipOf(tb, e)
	z[bytes.Index(z, []byte("PK\x01\x02"))+10] = 98
	return z
}

// TestDirectoryMayLie states fewer entries than the directory has, and sizes
// that are not those of the files.
func TestDirectoryMayLie(t *testing.T) {
	t.Parallel()
	p := shotPlayer(t, PlayerOptions{Limits: ClipLimits{MaxUnpacked: 1 << 20, MaxRatio: 1 << 30}})
	z := zipOf(t, frames(t, 5, "%d.jpg")...)
	end := bytes.Index(z, []byte("PK\x05\x06"))
	binary.LittleEndian.PutUint16(z[end+8:], 1)
	binary.LittleEndian.PutUint16(z[end+10:], 1)
	wantRefusal(t, p, z, ReasonUndecodable)
	// 3 MiB of zeros that claim to be ten bytes.
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write(make([]byte, 3<<20))
	_ = w.Close()
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	raw, err := zw.CreateRaw(&zip.FileHeader{Name: "a.jpg", Method: zip.Deflate, CompressedSize64: uint64(packed.Len()), UncompressedSize64: 10})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = raw.Write(packed.Bytes())
	_ = zw.Close()
	_, _, err = p.Inspect(context.Background(), b.Bytes())
	var refused *Error
	if !errors.As(err, &refused) || refused.Reason != ReasonUnpacked && refused.Reason != ReasonUndecodable {
		t.Errorf("%v", err)
	}
}

func TestNaturalOrder(t *testing.T) {
	t.Parallel()
	want := []string{"2", "02", "a", "a1", "a1b", "a2", "a010", "a10b2", "a10b10", "a11", "frame_2.jpg", "frame_10.jpg", "frame_99999999999999999999999.jpg"}
	want[0], want[1] = "02", "2"
	got := slices.Clone(want)
	rand.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
	slices.SortFunc(got, func(a, b string) int {
		if naturalLess(a, b) {
			return -1
		}
		return 1
	})
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPreview(t *testing.T) {
	t.Parallel()
	p := testPlayer(t, PlayerOptions{})
	shots := []entry{}
	for i, size := range [][2]int{{1001, 751}, {1001, 751}, {400, 800}, {101, 51}} {
		shots = append(shots, entry{name: fmt.Sprint(i), data: encodeJPEG(t, pattern(size[0], size[1]))})
	}
	shots = append(shots, entry{name: "manifest.json", data: []byte(`{"times_ms":[0,200,400,600]}`)})
	film, err := p.Preview(context.Background(), zipOf(t, shots...))
	if err != nil {
		t.Fatal(err)
	}
	if index, pictures := bytes.Index(film, []byte("moov")), bytes.Index(film, []byte("mdat")); index < 0 || index > pictures {
		t.Errorf("index at %d, pictures at %d", index, pictures)
	}
	clip, f := mustInspect(t, p, film)
	if clip.Type != MP4 || clip.Width != 960 || clip.Height != 720 || clip.Frames != 4 || clip.FPS != 5 {
		t.Errorf("%+v", clip)
	}
	first := decode(t, shots[0].data, Options{})
	first.shorten(720)
	small := image.NewRGBA(f.Image.Rect)
	for y := range 720 {
		copy(small.Pix[y*small.Stride:], first.Image.Pix[y*first.Image.Stride:][:small.Stride])
	}
	if mean, _ := distance(t, f.Image, small); mean > 4 {
		t.Errorf("the film differs from the frame by %.1f", mean)
	}
	broken := append(slices.Clone(shots[:3]), entry{name: "3", data: shots[3].data[:200]})
	var refused *Error
	if _, err := p.Preview(context.Background(), zipOf(t, broken...)); !errors.As(err, &refused) || refused.Entry != "3" {
		t.Errorf("%v", err)
	}
	if _, err := p.Preview(context.Background(), film); !errors.As(err, &refused) || refused.Reason != ReasonType {
		t.Errorf("%v", err)
	}
	off := shotPlayer(t, PlayerOptions{})
	if _, err := off.Preview(context.Background(), zipOf(t, shots...)); !errors.Is(err, ErrNoEncoder) {
		t.Errorf("%v", err)
	}
}

func TestNoEncoder(t *testing.T) {
	t.Parallel()
	p := testPlayer(t, PlayerOptions{Decoder: standIn(t, "echo \"Unknown encoder 'libx264'\" >&2; exit 1")})
	if _, err := p.Preview(context.Background(), zipOf(t, frames(t, 3, "%d.jpg")...)); !errors.Is(err, ErrNoEncoder) {
		t.Errorf("%v", err)
	}
	hung := testPlayer(t, PlayerOptions{Decoder: standIn(t, "sleep 1000"), Timeout: 300 * time.Millisecond})
	var decoder *DecoderError
	if _, err := hung.Preview(context.Background(), zipOf(t, frames(t, 3, "%d.jpg")...)); !errors.As(err, &decoder) || !decoder.Timeout {
		t.Errorf("%v", err)
	}
}
