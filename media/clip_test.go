package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ffmpegPath finds the tool that makes clips, and plays them.
func ffmpegPath(tb testing.TB) string {
	tb.Helper()
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		tb.Skip("SKIPPED: ffmpeg is not installed, videos were not tried")
	}
	return path
}

// makeClip runs ffmpeg with arguments that end in a file name, "-" for its
// standard output, and gives what it has written.
func makeClip(tb testing.TB, args string) []byte {
	tb.Helper()
	fields := strings.Fields(args)
	name := fields[len(fields)-1]
	if name != "-" {
		name = filepath.Join(tb.TempDir(), name)
		fields[len(fields)-1] = name
	}
	cmd := exec.CommandContext(context.Background(), ffmpegPath(tb), append([]string{"-nostdin", "-v", "error", "-y"}, fields...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("ffmpeg %s: %v\n%s", args, err, errs.Bytes())
	}
	if name == "-" {
		return out
	}
	data, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// recode runs ffmpeg over a clip.
func recode(tb testing.TB, data []byte, ext, args string) []byte {
	tb.Helper()
	in := filepath.Join(tb.TempDir(), "in."+ext)
	if err := os.WriteFile(in, data, 0o600); err != nil {
		tb.Fatal(err)
	}
	return makeClip(tb, "-i "+in+" "+args)
}

func testPlayer(tb testing.TB, o PlayerOptions) *Player {
	tb.Helper()
	if o.Decoder == "" {
		o.Decoder = ffmpegPath(tb)
	}
	p, err := NewPlayer(o)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// played is what Play delivered.
type played struct {
	clip   Clip
	times  []time.Duration
	sizes  [][2]int
	hashes [][32]byte
	scale  float64
}

func playAll(p *Player, data []byte, o PlayOptions) (played, error) {
	var out played
	clip, err := p.Play(context.Background(), data, o, func(s Shot) error {
		if s.Index != len(out.times) {
			return errors.New("an index out of order")
		}
		if !s.Image.Opaque() {
			return errors.New("a frame is not opaque")
		}
		out.times = append(out.times, s.Time)
		out.sizes = append(out.sizes, [2]int{s.Image.Rect.Dx(), s.Image.Rect.Dy()})
		out.hashes = append(out.hashes, sha256.Sum256(s.Image.Pix))
		out.scale = s.Scale
		return nil
	})
	out.clip = clip
	return out, err
}

func mustPlay(tb testing.TB, p *Player, data []byte, o PlayOptions) played {
	tb.Helper()
	out, err := playAll(p, data, o)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func mustInspect(tb testing.TB, p *Player, data []byte) (Clip, *Frame) {
	tb.Helper()
	clip, f, err := p.Inspect(context.Background(), data)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(f.Release)
	return clip, f
}

// wantRefusal holds Inspect and Play to refusing a clip for one reason.
func wantRefusal(tb testing.TB, p *Player, data []byte, want Reason) *Error {
	tb.Helper()
	_, f, err := p.Inspect(context.Background(), data)
	f.Release()
	_, playErr := playAll(p, data, PlayOptions{})
	var refused *Error
	for _, err := range []error{playErr, err} {
		if !errors.As(err, &refused) || refused.Reason != want {
			tb.Fatalf("%v; want %s", err, want)
		}
	}
	return refused
}

const source = "-f lavfi -t 2 -i testsrc=size=320x240:rate=30 "
