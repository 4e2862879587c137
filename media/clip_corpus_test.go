//go:build linux

package media

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// listed reads the paths of a table of shared data, those for which keep holds.
func listed(tb testing.TB, root, table string, keep func(row []string) bool) (paths []string) {
	tb.Helper()
	f, err := os.Open(filepath.Join(root, table))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	for _, row := range rows[1:] {
		if keep(row) {
			paths = append(paths, row[0])
		}
	}
	return paths
}

// TestDataVideos plays real videos. Those above the limits of uploads are
// played with wider ones.
func TestDataVideos(t *testing.T) {
	root := sharedData(t)
	paths := listed(t, root, "videos.csv", func([]string) bool { return true })
	paths = append(paths, listed(t, root, "pad.csv", func(row []string) bool { return row[3] == "video" })...)
	wide := testPlayer(t, PlayerOptions{Limits: ClipLimits{MaxBytes: 1 << 30, MaxDuration: 10 * time.Minute}})
	narrow := testPlayer(t, PlayerOptions{})
	count := 0
	for _, path := range paths {
		data, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		if !Sniff(data).Video() {
			continue
		}
		count++
		clip, f, err := wide.Inspect(context.Background(), data)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		f.Release()
		out, err := playAll(wide, data, PlayOptions{Rate: 5, Short: 240})
		if err != nil || len(out.times) < int(5*clip.Duration.Seconds()*0.8) || len(out.times) > int(5*clip.Duration.Seconds())+2 {
			t.Errorf("%s: %d frames of %v: %v", path, len(out.times), clip.Duration, err)
		}
		_, f, err = narrow.Inspect(context.Background(), data)
		f.Release()
		var refused *Error
		if err != nil && (!errors.As(err, &refused) || refused.Kind() != KindTooLarge) {
			t.Errorf("%s: %v", path, err)
		}
		t.Logf("%s: %v, %dx%d, turned by %d, %.3g a second, %d frames; as an upload: %v", path, clip.Duration, clip.Width, clip.Height, clip.Rotation, clip.FPS, clip.Frames, err)
	}
	if count < 10 {
		t.Errorf("%d videos only", count)
	}
}

// clipsFile says what a Player says of the hostile files that are clips by their
// first bytes: ok, or the reason of the refusal. Its first line names the ffmpeg.
const clipsFile = "testdata/bad_clips_expected.txt"

// ffmpegVersion is the first line that the decoder prints of itself, up to the
// word that names the version.
func ffmpegVersion(tb testing.TB) string {
	tb.Helper()
	out, err := exec.Command(ffmpegPath(tb), "-version").Output()
	if err != nil {
		tb.Fatal(err)
	}
	line, _, _ := strings.Cut(string(out), " Copyright")
	return line
}

// anotherDecoder tells whether two verdicts may come of two versions of ffmpeg:
// what one makes of a broken video, the other may not. No limit, type or rule of
// archives depends on it.
func anotherDecoder(got, want string) bool {
	byDecoder := func(word string) bool { return word == "ok" || word == string(ReasonUndecodable) }
	return byDecoder(got) && byDecoder(want)
}

// TestBadClips puts every hostile file through a Player: it plays or is refused as
// the table says, the decoder never fails, and memory stays bounded.
func TestBadClips(t *testing.T) {
	root, paths := badFiles(t)
	p := testPlayer(t, PlayerOptions{Timeout: 20 * time.Second})
	words := map[string]int{}
	clips, got := []string{}, map[string]string{}
	for _, path := range paths {
		data, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		_, f, err := p.Inspect(context.Background(), data)
		f.Release()
		_, playErr := playAll(p, data, PlayOptions{Rate: 15, Short: 720})
		word := clipVerdict(t, path, err)
		words[word]++
		words[clipVerdict(t, path, playErr)]++
		if (err == nil) != (playErr == nil) {
			t.Errorf("%s: %v when inspected, %v when played", path, err, playErr)
		}
		if Sniff(data).Clip() {
			clips, got[path] = append(clips, path), word
		}
	}
	t.Log(words)
	holdClips(t, clips, got)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapInuse > 600<<20 {
		t.Errorf("%d bytes of heap are in use", m.HeapInuse)
	}
}

// clipVerdict is the word of the table for what a Player says.
func clipVerdict(t *testing.T, path string, err error) string {
	t.Helper()
	var refused *Error
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &refused):
		return string(refused.Reason)
	}
	t.Errorf("%s: %v", path, err)
	return "failed"
}

// holdClips compares with the table, or writes it anew.
func holdClips(t *testing.T, clips []string, got map[string]string) {
	t.Helper()
	version := ffmpegVersion(t)
	if *update {
		var b strings.Builder
		fmt.Fprintf(&b, "# %s\n# What a Player with it says of each clip of ../shared/data/bad.csv: ok, or the reason of the refusal.\n", version)
		for _, path := range clips {
			fmt.Fprintf(&b, "%s\t%s\n", path, got[path])
		}
		if err := os.WriteFile(clipsFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := readExpected(t, clipsFile)
	text, err := os.ReadFile(clipsFile)
	if err != nil {
		t.Fatal(err)
	}
	same := strings.HasPrefix(string(text), "# "+version+"\n")
	for _, path := range clips {
		if got[path] != want[path] && (same || !anotherDecoder(got[path], want[path])) {
			t.Errorf("%s: %s, want %s", path, got[path], want[path])
		}
	}
	if len(want) != len(clips) {
		t.Errorf("%d clips, the table has %d", len(clips), len(want))
	}
}
