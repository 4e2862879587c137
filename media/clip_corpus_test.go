//go:build linux

package media

import (
	"context"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"runtime"
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

// TestBadClips puts every hostile file through a Player: it plays or is refused,
// the decoder never fails, and memory stays bounded.
func TestBadClips(t *testing.T) {
	root, paths := badFiles(t)
	p := testPlayer(t, PlayerOptions{Timeout: 20 * time.Second})
	words := map[string]int{}
	for _, path := range paths {
		data, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		_, f, err := p.Inspect(context.Background(), data)
		f.Release()
		_, playErr := playAll(p, data, PlayOptions{Rate: 15, Short: 720})
		for _, err := range []error{err, playErr} {
			var refused *Error
			switch {
			case err == nil:
				words["plays"]++
			case errors.As(err, &refused):
				words[string(refused.Reason)]++
			default:
				t.Errorf("%s: %v", path, err)
			}
		}
		if (err == nil) != (playErr == nil) {
			t.Errorf("%s: %v when inspected, %v when played", path, err, playErr)
		}
	}
	t.Log(words)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapInuse > 600<<20 {
		t.Errorf("%d bytes of heap are in use", m.HeapInuse)
	}
}
