//go:build linux

package media

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tinyMP4 is enough to be taken for a video; the stand-ins of the decoder do
// not read it.
var tinyMP4 = []byte("\x00\x00\x00\x10ftypisom\x00\x00\x00\x00")

// standIn writes a program that answers -version as ffmpeg does and else does
// what the script says.
func standIn(tb testing.TB, script string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "stand-in")
	text := "#!/bin/sh\n[ \"$1\" = -version ] && exit 0\n" + script + "\n"
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		tb.Fatal(err)
	}
	return path
}

// running lists the processes whose command line or script contains a mark.
func running(tb testing.TB, mark string) (pids []int) {
	tb.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		tb.Fatal(err)
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		line, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline")) // gone: empty
		if bytes.Contains(line, []byte(mark)) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// gone waits until no process has the mark: the kernel needs a moment to take
// down what was killed.
func gone(tb testing.TB, mark string) {
	tb.Helper()
	for range 500 {
		if len(running(tb, mark)) == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	tb.Errorf("processes %v have outlived the call", running(tb, mark))
}

// TestDecoderGoesWrong puts other programs in the place of the decoder.
func TestDecoderGoesWrong(t *testing.T) {
	t.Parallel()
	const timeout, failed, refused = "timeout", "failed", "refused"
	for name, c := range map[string]struct{ script, want string }{
		"hangs":              {"sleep $mark", timeout},
		"spins":              {"while :; do :; done", timeout},
		"random bytes":       {"head -c 100000 /dev/urandom", failed},
		"endless bytes":      {"yes", failed},
		"endless list":       {"yes >&4", failed},
		"an endless line":    {"cat /dev/zero >&4", failed},
		"endless complaints": {"yes oh dear >&2", timeout},
		"a NUT head only":    {`printf 'nut/multimedia container\000'`, failed},
		"a huge packet":      {`printf 'nut/multimedia container\000NMzV_\037V\004\255\217\377\377\377\177aaaaaaaa'`, failed},
		"silent":             {"exit 0", refused},
		"exit 1":             {"echo no >&2; exit 1", refused},
		"cannot start":       {"exit 127", failed},
		"killed":             {"kill -9 $$; kill -SEGV $$; exit 127", failed},
		"eats memory":        {"x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done; exit 127", "timeout or failed"}, // as busy as the machine is
		"writes a file":      {"echo x >$mark && exit 0; exit 127", failed},
		"leaves children":    {"sleep $mark & sleep $mark & exit 1", refused},
		"holds on to pipes":  {"sleep $mark & exit 1", refused},
	} {
		for _, isolated := range []bool{true, false} {
			t.Run(fmt.Sprint(name, " ", isolated), func(t *testing.T) {
				t.Parallel()
				mark := filepath.Join(t.TempDir(), "mark")
				sleeper := fmt.Sprintf("%d.%d", 100_000+os.Getpid(), time.Now().UnixNano()%1e9)
				script := strings.ReplaceAll(strings.ReplaceAll(c.script, "sleep $mark", "sleep "+sleeper), "$mark", mark)
				p := testPlayer(t, PlayerOptions{Decoder: standIn(t, script), Timeout: 1500 * time.Millisecond, Memory: leastMemory})
				p.isolated = p.isolated && isolated
				for _, run := range []func() error{
					func() error { _, _, err := p.Inspect(context.Background(), tinyMP4); return err },
					func() error { _, err := playAll(p, tinyMP4, PlayOptions{}); return err },
				} {
					err := run()
					var decoder *DecoderError
					var file *Error
					got := fmt.Sprint(err)
					switch {
					case errors.As(err, &decoder) && decoder.Timeout:
						got = timeout
					case errors.As(err, &decoder):
						got = failed
					case errors.As(err, &file) && file.Reason == ReasonUndecodable:
						got = refused
					}
					if !strings.Contains(c.want, got) {
						t.Errorf("%v; want %s", err, c.want)
					}
					if len(fmt.Sprint(err)) > 2*wordsTail {
						t.Errorf("an error of %d bytes", len(fmt.Sprint(err)))
					}
				}
				gone(t, sleeper)
				gone(t, p.decoder)
				if _, err := os.Stat(mark); err == nil {
					if info, _ := os.Stat(mark); info.Size() > 0 {
						t.Error("the decoder could write a file")
					}
				}
			})
		}
	}
}

// TestEscapingChild lets the decoder start a process in a session of its own.
// In a namespace that dies with the decoder; elsewhere the call at least ends.
func TestEscapingChild(t *testing.T) {
	t.Parallel()
	sleeper := fmt.Sprintf("%d.5", 200_000+os.Getpid())
	p := testPlayer(t, PlayerOptions{Decoder: standIn(t, "setsid sleep "+sleeper+" & exit 1")})
	if !p.isolated {
		t.Skip("SKIPPED: the kernel gives no namespaces here")
	}
	wantRefusal(t, p, tinyMP4, ReasonUndecodable)
	gone(t, sleeper)
	p.isolated = false
	wantRefusal(t, p, tinyMP4, ReasonUndecodable)
	for _, pid := range running(t, sleeper) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	gone(t, sleeper)
}

// TestChildSeesNothing asks a stand-in what it can reach.
func TestChildSeesNothing(t *testing.T) {
	t.Parallel()
	p := testPlayer(t, PlayerOptions{Decoder: standIn(t, `{ env; pwd; ls /proc/self/fd; cat /proc/net/dev; ulimit -a; echo uid $(id -u); } >&2; exit 1`)})
	_, _, err := p.Inspect(context.Background(), tinyMP4)
	if err == nil {
		t.Fatal("no error")
	}
	said := err.Error()
	if strings.Contains(said, "HOME=") || strings.Contains(said, "GOCACHE=") {
		t.Errorf("it has an environment: %s", said)
	}
	if p.isolated && strings.Contains(said, "eth") {
		t.Errorf("it has a network: %s", said)
	}
	if p.isolated && !strings.Contains(said, "uid 65534") {
		t.Errorf("it is somebody: %s", said)
	}
	if !strings.Contains(said, strconv.Itoa(DefaultDecoderMemory/1024)) {
		t.Errorf("its memory is not bounded: %s", said)
	}
}

func TestContextEndsTheDecoder(t *testing.T) {
	t.Parallel()
	sleeper := fmt.Sprintf("%d.7", 300_000+os.Getpid())
	p := testPlayer(t, PlayerOptions{Decoder: standIn(t, "sleep "+sleeper), Parallel: 1})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	for range 2 { // one plays, one waits for its turn
		go func() {
			_, _, err := p.Inspect(ctx, tinyMP4)
			ended <- err
		}()
	}
	for len(running(t, sleeper)) == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	for range 2 {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want the context's error", err)
		}
	}
	gone(t, sleeper)
	if _, _, err := p.Inspect(ctx, tinyMP4); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the context's error", err)
	}
}

func TestContextEndsInYield(t *testing.T) {
	t.Parallel()
	p := testPlayer(t, PlayerOptions{})
	data := makeClip(t, source+"-c:v libx264 -pix_fmt yuv420p a.mp4")
	ctx, cancel := context.WithCancel(context.Background())
	_, err := p.Play(ctx, data, PlayOptions{}, func(Shot) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the context's error", err)
	}
}

func TestDecoderVanishes(t *testing.T) {
	t.Parallel()
	path := standIn(t, "exit 1")
	p := testPlayer(t, PlayerOptions{Decoder: path})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, _, err := p.Inspect(context.Background(), tinyMP4)
	var decoder *DecoderError
	if !errors.As(err, &decoder) || decoder.Timeout {
		t.Errorf("%v, want a failure of the decoder", err)
	}
}

// TestSlowYieldIsNoTimeout takes longer over the frames than the decoder may.
func TestSlowYieldIsNoTimeout(t *testing.T) {
	t.Parallel()
	p := testPlayer(t, PlayerOptions{Timeout: 3 * time.Second})
	data := makeClip(t, "-f lavfi -i testsrc=size=640x480:rate=10 -t 1 -c:v libx264 -pix_fmt yuv420p a.mp4")
	n := 0
	_, err := p.Play(context.Background(), data, PlayOptions{}, func(Shot) error {
		time.Sleep(400 * time.Millisecond)
		n++
		return nil
	})
	if err != nil || n != 10 {
		t.Errorf("%d frames, %v", n, err)
	}
}

// TestKilledServerLeavesNothing kills a process with SIGKILL while its decoder
// is stopped in the middle of a video.
func TestKilledServerLeavesNothing(t *testing.T) {
	t.Parallel()
	real := ffmpegPath(t)
	dir := t.TempDir()
	decoder := filepath.Join(dir, "decoder") // a name to be found by
	if err := os.Symlink(real, decoder); err != nil {
		t.Fatal(err)
	}
	clip := filepath.Join(dir, "clip.mp4")
	if err := os.WriteFile(clip, makeClip(t, source+"-c:v libx264 -pix_fmt yuv420p a.mp4"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), os.Args[0])
	cmd.Env = append(os.Environ(), "MEDIA_TEST_VICTIM="+decoder, "MEDIA_TEST_CLIP="+clip, "TMPDIR="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "playing\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if len(running(t, decoder)) == 0 {
		t.Error("no decoder is running")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	gone(t, decoder)
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("files %v, %v", left, err)
	}
}
