package look_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/testhouse"
	"example.org/osprey/internal/testphoto"
)

// observeFile receives and observes a file of the evaluation data.
func observeFile(t *testing.T, l *look.Looker, path string, tags ...string) (*look.Observation, error) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	in, err := l.Receive(t.Context(), data)
	if err != nil {
		return nil, err
	}
	return l.Observe(t.Context(), look.Medium{Type: in.Type, Data: data, Tags: tags, Info: in.Info}, look.Want{Liveness: true, BestShot: true})
}

// rows reads a list of the evaluation data.
func rows(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[1:]
}

// TestDataPresentations looks at all attempts of pad.csv and prints a table. No bona
// fide video may be taken for one that no camera made.
func TestDataPresentations(t *testing.T) {
	dir := testphoto.Data(t)
	l := testhouse.Looker(t)
	type count struct{ n, refused, attack, injected int }
	counts := map[string]*count{}
	for _, r := range rows(t, filepath.Join(dir, "pad.csv")) {
		key := r[1] + " " + r[3]
		c := counts[key]
		if c == nil {
			c = &count{}
			counts[key] = c
		}
		c.n++
		seen, err := observeFile(t, l, filepath.Join(dir, r[0]))
		if err != nil {
			c.refused++
			t.Logf("%-60s %v", r[0], err)
			continue
		}
		if seen.Liveness.Spoofing >= 0.5 {
			c.attack++
		}
		injected := seen.Liveness.Injection != nil && *seen.Liveness.Injection >= 0.5
		if injected {
			c.injected++
		}
		if r[3] == "video" || injected {
			t.Logf("%-60s %s %s spoofing %.2f signs %s", r[0], r[1], r[2], seen.Liveness.Spoofing, raised(seen.Liveness.Signs))
		}
		if injected && r[1] == "real" {
			t.Errorf("%s shows a living person, its signs are %s", r[0], raised(seen.Liveness.Signs))
		}
	}
	for _, key := range sorted(counts) {
		c := counts[key]
		t.Logf("%-14s %3d attempts, %2d refused, %3d at or above 0.5 by the presentation models, %2d by time", key, c.n, c.refused, c.attack, c.injected)
	}
}

// TestDataVideos looks at all videos of videos.csv and prints what was seen.
func TestDataVideos(t *testing.T) {
	dir := testphoto.Data(t)
	l := testhouse.Looker(t)
	for _, r := range rows(t, filepath.Join(dir, "videos.csv")) {
		if strings.Contains(r[0], "poses_images") {
			continue
		}
		start := time.Now()
		seen, err := observeFile(t, l, filepath.Join(dir, r[0]), "video_selfie", osprey.GestureTagBlank)
		spent := time.Since(start)
		name := filepath.Base(r[0])
		switch {
		case strings.HasPrefix(r[1], "NO FACE"):
			if !osprey.IsCode(err, osprey.CodeNoFace) {
				t.Errorf("%s (%s): %v", name, r[1], err)
			}
		case err != nil:
			t.Logf("%-28s %v", name, err)
		default:
			q := seen.Quality
			t.Logf("%-28s %5.1fs spoofing %.2f signs %s gesture %v motion %.2f yaw %.0f pitch %.0f eyes %.2f sharpness %.2f in %.1f s", name,
				float64(seen.Grade[osprey.CheckFrames])/10, seen.Liveness.Spoofing, raised(seen.Liveness.Signs), told(seen.Gesture),
				seen.Grade[osprey.CheckMotion], q.Yaw, q.Pitch, seen.Grade[osprey.CheckEyesOpen], q.Sharpness, spent.Seconds())
			if strings.HasPrefix(r[0], "videos/liveportrait") && *seen.Liveness.Injection >= 0.5 {
				t.Errorf("%s is a recording of a person, its signs are %s", name, raised(seen.Liveness.Signs))
			}
		}
	}
	runtime.GC()
}

func raised(signs map[string]float64) string {
	var out []string
	for _, k := range sorted(signs) {
		if signs[k] > 0 {
			out = append(out, fmt.Sprintf("%s %.2f", k, signs[k]))
		}
	}
	if signs == nil {
		return "too short"
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func told(g *osprey.Gesture) string {
	switch {
	case g == nil:
		return "none"
	case g.Reason != nil:
		return string(*g.Reason)
	}
	return "detected"
}

func sorted[T any](m map[string]T) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
