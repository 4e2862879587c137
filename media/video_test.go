package media

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// containers are clips of two seconds, 320 x 240 pixels and 30 frames a second.
var containers = map[string]struct {
	args string
	typ  Type
}{
	"mp4, index behind":  {"-c:v libx264 -pix_fmt yuv420p a.mp4", MP4},
	"mp4, index first":   {"-c:v libx264 -pix_fmt yuv420p -movflags +faststart a.mp4", MP4},
	"mp4, fragments":     {"-c:v libx264 -pix_fmt yuv420p -movflags +frag_keyframe+empty_moov a.mp4", MP4},
	"mov":                {"-c:v libx264 -pix_fmt yuv420p a.mov", MOV},
	"webm vp8":           {"-c:v libvpx -deadline realtime a.webm", WebM},
	"webm vp9":           {"-c:v libvpx-vp9 -deadline realtime -cpu-used 8 a.webm", WebM},
	"webm, no duration":  {"-c:v libvpx -deadline realtime -f webm -live 1 -", WebM},
	"avi mpeg4, B":       {"-c:v mpeg4 -bf 2 a.avi", AVI},
	"avi mjpeg":          {"-c:v mjpeg a.avi", AVI},
	"mkv h264":           {"-c:v libx264 -pix_fmt yuv420p a.mkv", MKV},
	"mp4, sound first":   {"-f lavfi -i sine=d=2 -map 1:a -map 0:v -c:v libx264 -pix_fmt yuv420p a.mp4", MP4},
	"mp4 hevc":           {"-c:v libx265 -preset ultrafast -x265-params log-level=none -pix_fmt yuv420p a.mp4", MP4},
	"mkv, time at 100 s": {"-c:v libx264 -pix_fmt yuv420p -output_ts_offset 100 a.mkv", MKV},
}

func TestContainers(t *testing.T) {
	t.Parallel()
	p := testPlayer(t, PlayerOptions{})
	for name, c := range containers {
		if raced && c.typ != MP4 && c.typ != WebM {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := makeClip(t, source+c.args)
			clip, f := mustInspect(t, p, data)
			want := Clip{Type: c.typ, Width: 320, Height: 240, Frames: 60, Channels: 3, Duration: clip.Duration, FPS: clip.FPS}
			if fmt.Sprint(clip) != fmt.Sprint(want) {
				t.Errorf("%+v, want %+v", clip, want)
			}
			if d := clip.Duration - 2*time.Second; d.Abs() > 20*time.Millisecond || clip.FPS < 29.7 || clip.FPS > 30.3 {
				t.Errorf("%v at %g", clip.Duration, clip.FPS)
			}
			if f.Image.Rect != image.Rect(0, 0, 320, 240) || f.Scale != 1 || f.Width != 320 || f.Type != c.typ {
				t.Errorf("frame %v of %+v", f.Image.Rect, f)
			}
			all := mustPlay(t, p, data, PlayOptions{})
			if fmt.Sprint(all.clip) != fmt.Sprint(clip) || len(all.times) != 60 {
				t.Errorf("%d frames of %+v", len(all.times), all.clip)
			}
			for i, at := range all.times {
				if d := at - time.Duration(i)*time.Second/30; d.Abs() > 2*time.Millisecond {
					t.Fatalf("frame %d at %v", i, at)
				}
			}
			half := mustPlay(t, p, data, PlayOptions{Rate: 15, Short: 120})
			if len(half.times) != 30 || half.sizes[0] != [2]int{160, 120} || half.scale != 0.5 || half.clip.Width != 320 {
				t.Errorf("at 15 a second: %d frames of %v", len(half.times), half.sizes[0])
			}
		})
	}
}

// TestRateNeverRepeats asks for more frames than there are, and for rates that
// do not divide that of the file.
func TestRateNeverRepeats(t *testing.T) {
	t.Parallel()
	p := testPlayer(t, PlayerOptions{})
	for _, c := range []struct {
		fps        int
		rate       float64
		least, top int
	}{{10, 15, 20, 20}, {30, 60, 60, 60}, {25, 15, 29, 31}, {24, 15, 29, 31}, {30, 1, 2, 2}, {30, 0.1, 1, 1}} {
		data := makeClip(t, fmt.Sprintf("-f lavfi -i testsrc2=size=64x64:rate=%d -t 2 -c:v libx264 -pix_fmt yuv420p a.mp4", c.fps))
		out := mustPlay(t, p, data, PlayOptions{Rate: c.rate})
		if n := len(out.times); n < c.least || n > c.top {
			t.Errorf("%d a second at %g: %d frames", c.fps, c.rate, n)
		}
		for i := 1; i < len(out.times); i++ {
			if out.times[i] <= out.times[i-1] || out.hashes[i] == out.hashes[i-1] {
				t.Errorf("%d a second at %g: frame %d is that before", c.fps, c.rate, i)
			}
		}
	}
}

func TestVariableFrameRate(t *testing.T) {
	t.Parallel()
	p := testPlayer(t, PlayerOptions{})
	data := makeClip(t, source+"-vf select=lt(n\\,5)+not(mod(n\\,7)) -vsync vfr -c:v libx264 -pix_fmt yuv420p a.mp4")
	out := mustPlay(t, p, data, PlayOptions{})
	want := []int{0, 1, 2, 3, 4, 7, 14, 21, 28, 35, 42, 49, 56}
	if len(out.times) != len(want) {
		t.Fatalf("%d frames at %v", len(out.times), out.times)
	}
	for i, n := range want {
		if d := out.times[i] - time.Duration(n)*time.Second/30; d.Abs() > time.Millisecond {
			t.Errorf("frame %d at %v", i, out.times[i])
		}
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	p := testPlayer(t, PlayerOptions{})
	plain := makeClip(t, source+"-c:v libx264 -pix_fmt yuv420p a.mp4")
	_, flat := mustInspect(t, p, plain)
	seen := map[int]bool{}
	for _, degrees := range []int{90, 180, 270} {
		data := recode(t, plain, "mp4", fmt.Sprintf("-c copy -metadata:s:v rotate=%d a.mp4", degrees))
		clip, f := mustInspect(t, p, data)
		// Versions of ffmpeg differ in which way they read that tag. What counts is
		// that the turn which is told is the one that was made: EXIF's orientation
		// stands for the same.
		want := orient(cloneRGBA(flat.Image), map[int]int{90: 6, 180: 3, 270: 8}[clip.Rotation])
		seen[clip.Rotation] = true
		if clip.Rotation == 0 || clip.Width != want.Rect.Dx() || clip.Height != want.Rect.Dy() || f.Width != clip.Width {
			t.Errorf("%d degrees: %+v", degrees, clip)
			continue
		}
		// Colours are shared by two rows or columns, which differ by the turn.
		if mean, _ := distance(t, f.Image, want); mean > 2 {
			t.Errorf("%d degrees: the image differs by %.1f", degrees, mean)
		}
	}
	if len(seen) != 3 {
		t.Errorf("turns %v", seen)
	}
}

// TestKindsOfPictures plays what is seldom: each clip comes with the size and
// number of frames to be delivered.
func TestKindsOfPictures(t *testing.T) {
	t.Parallel()
	p := testPlayer(t, PlayerOptions{})
	for name, c := range map[string]struct {
		args                string
		w, h, frames, chans int
	}{
		"odd sides":       {"-f lavfi -i testsrc=size=101x67:rate=10 -t 1 -c:v libx264 -pix_fmt yuv444p a.mp4", 101, 67, 10, 3},
		"one frame":       {source + "-frames:v 1 -c:v libx264 -pix_fmt yuv420p a.mp4", 320, 240, 1, 3},
		"one frame, webm": {source + "-frames:v 1 -c:v libvpx a.webm", 320, 240, 1, 3},
		"wide pixels":     {source + "-vf setsar=2/1 -c:v libx264 -pix_fmt yuv420p a.mp4", 640, 240, 60, 3},
		"narrow pixels":   {source + "-vf setsar=1/2 -c:v libx264 -pix_fmt yuv420p a.mkv", 160, 240, 60, 3},
		"ten bits":        {source + "-c:v libx264 -pix_fmt yuv420p10le a.mp4", 320, 240, 60, 3},
		"HDR": {
			source + "-c:v libx264 -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc a.mp4",
			320, 240, 60, 3,
		},
		"grey":         {source + "-c:v ffv1 -pix_fmt gray a.mkv", 320, 240, 60, 1},
		"smallest":     {"-f lavfi -i testsrc=size=32x32:rate=10 -t 1 -c:v libx264 -pix_fmt yuv420p a.mp4", 32, 32, 10, 3},
		"black, small": {"-f lavfi -i color=black:size=32x32:rate=10 -t 1 -c:v libx264 -pix_fmt yuv420p a.mp4", 32, 32, 10, 3},
		"translucent":  {"-f lavfi -i color=red@0.3:size=64x64:rate=10,format=yuva444p10le -t 1 -c:v prores_ks -profile:v 4444 a.mov", 64, 64, 10, 3},
		"prores":       {source + "-c:v prores a.mov", 320, 240, 60, 3},
		"interlaced":   {source + "-c:v mpeg2video -flags +ilme+ildct a.mkv", 320, 240, 60, 3},
	} {
		if raced && name != "one frame" && name != "grey" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := makeClip(t, c.args)
			clip, f := mustInspect(t, p, data)
			if clip.Width != c.w || clip.Height != c.h || clip.Frames != c.frames || clip.Channels != c.chans || f.Channels != c.chans {
				t.Errorf("%+v", clip)
			}
			if f.Image.Rect != image.Rect(0, 0, c.w, c.h) || !f.Image.Opaque() {
				t.Errorf("frame %v", f.Image.Rect)
			}
			if n := len(mustPlay(t, p, data, PlayOptions{}).times); n != c.frames {
				t.Errorf("%d frames", n)
			}
			half := mustPlay(t, p, data, PlayOptions{Short: 50})
			if w, h := shorten(c.w, c.h, 50); half.sizes[0] != [2]int{w, h} || half.clip.Width != c.w || half.clip.Height != c.h {
				t.Errorf("scaled to %v of %+v", half.sizes[0], half.clip)
			}
		})
	}
}

// TestSizeChangesMidstream plays a stream of two sizes; every frame has the
// size of the first.
func TestSizeChangesMidstream(t *testing.T) {
	t.Parallel()
	p := testPlayer(t, PlayerOptions{})
	const raw = "-t 1 -c:v libx264 -bf 0 -pix_fmt yuv420p a.h264"
	one := makeClip(t, "-f lavfi -i testsrc=size=320x240:rate=10 "+raw)
	two := makeClip(t, "-f lavfi -i testsrc=size=640x360:rate=10 "+raw)
	data := recode(t, append(one, two...), "h264", "-c copy a.mkv")
	for _, o := range []PlayOptions{{}, {Rate: 5}, {Short: 100}} {
		out := mustPlay(t, p, data, o)
		want := [2]int{320, 240}
		if o.Short > 0 {
			want = [2]int{133, 100}
		}
		for _, size := range out.sizes {
			if size != want {
				t.Fatalf("%+v: a frame of %v", o, size)
			}
		}
		if n := len(out.times); n < 9 || o.Rate > 0 && n > 11 {
			t.Errorf("%+v: %d frames", o, n)
		}
	}
}

func TestClipRefusals(t *testing.T) {
	t.Parallel()
	p := testPlayer(t, PlayerOptions{})
	good := makeClip(t, source+"-c:v libx264 -pix_fmt yuv420p a.mp4")
	for name, c := range map[string]struct {
		data []byte
		want Reason
	}{
		"empty":           {nil, ReasonEmpty},
		"a photo":         {encodeJPEG(t, pattern(64, 64)), ReasonType},
		"61 seconds":      {makeClip(t, "-f lavfi -i testsrc=size=64x64:rate=2 -t 61 -c:v libx264 -pix_fmt yuv420p a.mp4"), ReasonDuration},
		"61 seconds, avi": {makeClip(t, "-f lavfi -i testsrc=size=64x64:rate=2 -t 61 -c:v mjpeg a.avi"), ReasonDuration},
		"4000 wide":       {makeClip(t, "-f lavfi -i testsrc=size=4000x64:rate=2 -t 1 -c:v libx264 -pix_fmt yuv420p a.mp4"), ReasonPixels},
		"4000 high":       {makeClip(t, "-f lavfi -i testsrc=size=64x4000:rate=2 -t 1 -c:v libvpx -deadline realtime a.webm"), ReasonPixels},
		"16 pixels":       {makeClip(t, "-f lavfi -i testsrc=size=16x16:rate=2 -t 1 -c:v libx264 -pix_fmt yuv420p a.mp4"), ReasonTooSmall},
		"sound only":      {makeClip(t, "-f lavfi -i sine=d=1 -c:a aac a.mp4"), ReasonType},
		"sound only, mkv": {makeClip(t, "-f lavfi -i sine=d=1 -c:a aac a.mkv"), ReasonType},
		"sound as m4a":    {makeClip(t, "-f lavfi -i sine=d=1 -c:a aac a.m4a"), ReasonType},
		"no index":        {good[:len(good)/2], ReasonUndecodable},
		"a head only":     {good[:40], ReasonUndecodable},
		"a codec of old":  {makeClip(t, source+"-c:v flv1 a.avi"), ReasonUndecodable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, p, c.data, c.want)
		})
	}
	small := testPlayer(t, PlayerOptions{Limits: ClipLimits{MaxBytes: 1000}})
	wantRefusal(t, small, good, ReasonBytes)
	slow := testPlayer(t, PlayerOptions{Limits: ClipLimits{MaxDuration: 200 * time.Millisecond}})
	wantRefusal(t, slow, good, ReasonDuration)
	second := testPlayer(t, PlayerOptions{Limits: ClipLimits{MaxDuration: time.Second}})
	wantRefusal(t, second, makeClip(t, "-f lavfi -i testsrc=size=32x32:rate=300 -t 0.9 -c:v libx264 -pix_fmt yuv420p a.mp4"), ReasonFrames)
	off := testPlayer(t, PlayerOptions{Decoder: "off"})
	if off.Ready() {
		t.Error("ready without a decoder")
	}
	wantRefusal(t, off, good, ReasonVideo)
}

// TestPlaylistIsNoVideo sends what would name further files if it were read as
// what it is.
func TestPlaylistIsNoVideo(t *testing.T) {
	t.Parallel()
	p := testPlayer(t, PlayerOptions{})
	for _, text := range []string{"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "ffconcat version 1.0\nfile /etc/passwd\n"} {
		wantRefusal(t, p, []byte(text), ReasonType)
		wantRefusal(t, p, append([]byte("\x00\x00\x00\x14ftypisom\x00\x00\x00\x00isom"), text...), ReasonUndecodable)
	}
}

// TestDamagedClips cuts and flips bytes: a clip plays or is refused, and the
// decoder never fails.
func TestDamagedClips(t *testing.T) {
	t.Parallel()
	p := testPlayer(t, PlayerOptions{})
	random := rand.New(rand.NewPCG(3, 4))
	for name, c := range containers {
		if c.typ == MP4 && name != "mp4, index first" || raced && c.typ != WebM {
			continue
		}
		good := makeClip(t, source+c.args)
		var bad [][]byte
		for _, part := range []int{1, 4, 7} {
			bad = append(bad, good[:len(good)*part/8])
		}
		for range 4 {
			b := append([]byte{}, good...)
			for range 40 {
				b[64+random.IntN(len(b)-64)] ^= byte(1 << random.IntN(8))
			}
			bad = append(bad, b)
		}
		for i, b := range bad {
			_, err := playAll(p, b, PlayOptions{Rate: 15})
			var refused *Error
			if err != nil && !errors.As(err, &refused) {
				t.Errorf("%s, %d: %v", name, i, err)
			}
		}
	}
}

// TestLargestVideo decodes the largest side with the most reference frames in
// the default memory.
func TestLargestVideo(t *testing.T) {
	if raced {
		t.Skip("what it tries is memory, and nothing but its size differs from other clips")
	}
	t.Parallel()
	data := makeClip(t, "-f lavfi -i testsrc=size=3840x3840:rate=10 -t 2 -c:v libx264 -preset ultrafast -refs 16 -pix_fmt yuv420p a.mp4")
	p := testPlayer(t, PlayerOptions{})
	if n := len(mustPlay(t, p, data, PlayOptions{Short: 720}).times); n != 20 {
		t.Errorf("%d frames", n)
	}
}

func TestFramesAreTheSameEveryTime(t *testing.T) {
	t.Parallel()
	p := testPlayer(t, PlayerOptions{Parallel: 3})
	data := makeClip(t, source+"-c:v libx264 -pix_fmt yuv420p a.mp4")
	want := mustPlay(t, p, data, PlayOptions{Rate: 10, Short: 100})
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			got, err := playAll(p, data, PlayOptions{Rate: 10, Short: 100})
			if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%v: frames differ", err)
			}
		})
	}
	wg.Wait()
}

func TestKeepAndBudget(t *testing.T) {
	t.Parallel()
	const room = 8 << 20
	b := NewBudget(room)
	p := testPlayer(t, PlayerOptions{Budget: b})
	data := makeClip(t, source+"-c:v libx264 -pix_fmt yuv420p a.mp4")
	var kept []*Frame
	stop := errors.New("enough")
	_, err := p.Play(context.Background(), data, PlayOptions{}, func(s Shot) error {
		if s.Index == 3 {
			return stop
		}
		if s.Index != 1 {
			kept = append(kept, s.Keep())
		}
		return nil
	})
	if !errors.Is(err, stop) || len(kept) != 2 {
		t.Fatalf("%v with %d frames", err, len(kept))
	}
	if mean, _ := distance(t, kept[0].Image, kept[1].Image); mean == 0 {
		t.Error("two kept frames are one")
	}
	if free(b, room) {
		t.Error("kept frames take nothing of the budget")
	}
	for _, f := range kept {
		f.Release()
	}
	if !free(b, room) {
		t.Error("bytes are held at the end")
	}
}

func TestPlayOptionsAreChecked(t *testing.T) {
	t.Parallel()
	p := testPlayer(t, PlayerOptions{})
	data := makeClip(t, source+"-frames:v 1 -c:v libx264 -pix_fmt yuv420p a.mp4")
	for _, o := range []PlayOptions{{Rate: -1}, {Short: -1}} {
		if _, err := playAll(p, data, o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
	if _, err := NewPlayer(PlayerOptions{Decoder: "/nowhere/ffmpeg"}); err == nil {
		t.Error("a decoder that is not there: no error")
	}
	if _, err := NewPlayer(PlayerOptions{Memory: 1 << 20}); err == nil {
		t.Error("a megabyte of memory: no error")
	}
}
