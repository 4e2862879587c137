//go:build linux

package media

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// FuzzShotSet holds shot sets to their limits and to one answer for both ways
// of reading them.
func FuzzShotSet(f *testing.F) {
	frame := entry{name: "f.jpg", data: encodeJPEG(f, pattern(40, 40))}
	f.Add(zipOf(f, frame, entry{name: "manifest.json", data: []byte(`{"times_ms":[7]}`)}))
	f.Add(zipOf(f, frame, entry{name: "../x.png", data: encodePNG(f, pattern(40, 40))}))
	f.Add(zipOf(f, entry{name: "a/"}, entry{name: "a/2.webp", data: fixture(f, "lossy.webp"), store: true}))
	f.Add(sharingZIP(f, frame.data))
	f.Add(wrongCRC(f, frame))
	f.Add(zipOf(f))
	p, err := NewPlayer(PlayerOptions{Decoder: "off", Limits: ClipLimits{
		MaxFrames: 8, MaxUnpacked: 256 << 10, MaxPixels: 1 << 18, Image: fuzzLimits,
	}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if Sniff(data) != ZIP {
			return
		}
		clip, first, err := p.Inspect(context.Background(), data)
		first.Release()
		out, playErr := playAll(p, data, PlayOptions{Short: 33})
		var refused *Error
		if err != nil && !errors.As(err, &refused) || (err == nil) != (playErr == nil) {
			t.Fatalf("%v, and %v when played", err, playErr)
		}
		if err != nil {
			return
		}
		if clip.Frames < 1 || clip.Frames > 8 || len(clip.FrameHashes) != clip.Frames || len(out.times) != clip.Frames ||
			clip.Duration <= 0 || len(clip.Manifest) > MaxManifest {
			t.Fatalf("%+v", clip)
		}
		for i := 1; i < len(out.times); i++ {
			if out.times[i] < out.times[i-1] {
				t.Fatalf("times %v", out.times)
			}
		}
	})
}

// FuzzClip sends videos through the decoder; what is none by its first bytes
// starts nothing.
func FuzzClip(f *testing.F) {
	f.Add(tinyMP4)
	f.Add([]byte("\x1A\x45\xDF\xA3\x9F\x42\x82\x84webm"))
	f.Add([]byte("RIFF\x00\x00\x00\x00AVI LIST"))
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		f.Skip("SKIPPED: ffmpeg is not installed, videos were not tried")
	}
	for _, args := range []string{"-c:v libx264 -pix_fmt yuv420p a.mp4", "-c:v libvpx -f webm -live 1 -", "-c:v mjpeg a.avi", "-c:v mpeg4 a.mov"} {
		f.Add(makeClip(f, "-f lavfi -i testsrc=size=32x32:rate=5 -t 0.4 "+args))
	}
	p, err := NewPlayer(PlayerOptions{Decoder: path, Timeout: 5 * time.Second, Limits: ClipLimits{MaxBytes: 64 << 10, MaxSide: 256}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !Sniff(data).Video() {
			return
		}
		clip, first, err := p.Inspect(context.Background(), data)
		defer first.Release()
		var refused *Error
		var decoder *DecoderError
		switch {
		case errors.As(err, &refused):
		case errors.As(err, &decoder) && decoder.Timeout:
		case err != nil:
			t.Fatal(err)
		case clip.Frames < 1 || max(clip.Width, clip.Height) > 256 || clip.Duration > DefaultClipDuration || first.Image == nil:
			t.Fatalf("%+v", clip)
		}
	})
}

// FuzzDecoderOutput takes the decoder for an enemy: whatever it writes leads to
// frames of one size or to an error.
func FuzzDecoderOutput(f *testing.F) {
	f.Add(fixture(f, "frames.nut"), "#tb 0: 1/30\n#dimensions 0: 32x32\n0, 0, 0, 1, 20, 0x1\n", "[Parsed_showinfo_0 @ 0x1] n: 0 pts: 0 fmt:gray sar:1/1 s:32x32 i:P \n")
	f.Add([]byte(nutMagic+"NMzV\x1F_\x04\xAD\x05"), "0, 0, NOPTS, 1, 20\n", "      displaymatrix: rotation of -90.00 degrees\n")
	f.Fuzz(func(t *testing.T, stream []byte, list, said string) {
		w := words{described: make(chan struct{})}
		w.listen(strings.NewReader(said))
		shape, rotation, _ := w.first()
		if rotation%90 != 0 || rotation < 0 || rotation > 270 || shape.width < 0 {
			t.Errorf("%+v, turned by %d", shape, rotation)
		}
		if p, err := readPackets(strings.NewReader(list), MP4, ClipLimits{}.withDefaults()); err == nil && p.duration() > DefaultClipDuration {
			t.Errorf("%v long", p.duration())
		}
		nut, err := newNUTReader(bytes.NewReader(stream))
		if err != nil {
			return
		}
		if nut.bytes > 1<<20 {
			return
		}
		pix := make([]byte, nut.bytes)
		for {
			_, head, err := nut.next()
			if err != nil {
				return
			}
			if err := nut.read(pix, head); err != nil {
				if errors.Is(err, io.EOF) {
					t.Error("an end inside of a frame")
				}
				return
			}
		}
	})
}
