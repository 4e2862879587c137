package face_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"image"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.org/osprey/face"
	"example.org/osprey/internal/testphoto"
)

// attempt is one presentation of the evaluation data: a photograph or a
// video.
type attempt struct {
	path    string
	bona    bool
	species string
	video   bool
	raw     float64
	members []float64
	seen    bool // a face was found
}

func readAttempts(t *testing.T, data string) []attempt {
	t.Helper()
	f, err := os.Open(filepath.Join(data, "pad.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []attempt
	for _, r := range rows[1:] {
		a := attempt{path: filepath.Join(data, r[0]), bona: r[1] == "real", video: r[3] == "video"}
		a.species, _, _ = strings.Cut(r[2], "(")
		if a.video {
			a.species = "replay_video"
		}
		out = append(out, a)
	}
	return out
}

// pictures gives the photograph, or six frames evenly spread over the video.
func (a attempt) pictures(t *testing.T) []image.Image {
	if !a.video {
		return []image.Image{load(t, a.path)}
	}
	length, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", a.path).Output()
	var seconds float64
	if err == nil {
		_, err = fmt.Sscan(string(length), &seconds)
	}
	if err != nil {
		seconds = 2 // a file that does not say how long it is
	}
	var out []image.Image
	dir := t.TempDir()
	for k := range 6 {
		at := seconds * (float64(k) + 0.5) / 6
		name := filepath.Join(dir, fmt.Sprintf("%d.png", k))
		if err := exec.Command("ffmpeg", "-v", "error", "-ss", fmt.Sprint(at), "-i", a.path, "-frames:v", "1", "-y", name).Run(); err != nil {
			t.Logf("%s at %.2f s: %v", a.path, at, err)
			continue
		}
		if _, err := os.Stat(name); err == nil {
			out = append(out, load(t, name))
		}
	}
	return out
}

// judge fills in the attempt's raw value: the mean of its three highest.
func (a *attempt) judge(t *testing.T, e *face.Engine) {
	ctx := context.Background()
	var all []face.Liveness
	for _, img := range a.pictures(t) {
		found, err := e.Detect(ctx, img)
		if err != nil {
			t.Error(err)
			return
		}
		if len(found) == 0 {
			continue
		}
		l, err := e.Liveness(ctx, img, found[0])
		if err != nil {
			t.Error(err)
			return
		}
		all = append(all, l)
	}
	slices.SortFunc(all, func(x, y face.Liveness) int { return -cmpFloat(x.Raw, y.Raw) })
	all = all[:min(3, len(all))]
	for _, l := range all {
		a.raw += l.Raw / float64(len(all))
		if a.members == nil {
			a.members = make([]float64, len(l.Members))
		}
		for i, m := range l.Members {
			a.members[i] += m / float64(len(all))
		}
	}
	a.seen = len(all) > 0
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// wilson is the 95 % interval of a share.
func wilson(k, n int) string {
	const z = 1.96
	if n == 0 {
		return "0 of 0"
	}
	p, m := float64(k)/float64(n), float64(n)
	mid := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return fmt.Sprintf("%d of %d = %.3f (%.3f to %.3f)", k, n, p, mid-half, mid+half)
}

// TestDataPresentationAttacks prints what liveness does at 0.5 and holds it
// against what the pack's manifest states.
func TestDataPresentationAttacks(t *testing.T) {
	data := testphoto.Data(t)
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("SKIPPED: ffmpeg, which cuts frames out of videos, is not installed")
	}
	e := open(t)
	attempts := readAttempts(t, data)
	var wait sync.WaitGroup
	next := make(chan *attempt)
	for range e.Parallel() {
		wait.Go(func() {
			for a := range next {
				a.judge(t, e)
			}
		})
	}
	for i := range attempts {
		next <- &attempts[i]
	}
	close(next)
	wait.Wait()
	scale := e.LivenessCalibration()
	counts := map[string][2]int{} // missed or refused, all
	unseen := 0
	for _, a := range attempts {
		if !a.seen {
			unseen++
			continue
		}
		species := a.species
		if a.bona {
			species = "bona fide"
		}
		c := counts[species]
		c[1]++
		if attack := scale.Confidence(a.raw) >= 0.5; attack == a.bona {
			c[0]++
		}
		counts[species] = c
	}
	t.Logf("%d attempts without a face", unseen)
	for _, s := range slices.Sorted(maps.Keys(counts)) {
		c := counts[s]
		t.Logf("%-22s wrong at 0.5: %s", s, wilson(c[0], c[1]))
		want := scale.APCER[s]
		if s == "bona fide" {
			want = scale.BPCER
		}
		if got := float64(c[0]) / float64(c[1]); math.Abs(got-want) > 0.005 {
			t.Errorf("%s: rate %.4f, the manifest states %.4f", s, got, want)
		}
	}
	compareMembers(t, attempts)
	cleanPhotographs(t, e, data)
}

// compareMembers prints, for the fusion and each of its members, the attacks
// missed where 3 % and 10 % of the bona fide attempts are refused.
func compareMembers(t *testing.T, attempts []attempt) {
	t.Helper()
	members := len(attempts[0].members)
	for m := -1; m < members; m++ {
		var bona, attacks []float64
		for _, a := range attempts {
			v := a.raw
			if m >= 0 && a.seen {
				v = a.members[m]
			}
			switch {
			case !a.seen:
			case a.bona:
				bona = append(bona, v)
			default:
				attacks = append(attacks, v)
			}
		}
		slices.Sort(bona)
		slices.Sort(attacks)
		for _, rate := range []float64{0.03, 0.1} {
			at := threshold(bona, rate)
			missed := int(math.Round(below(attacks, at) * float64(len(attacks))))
			t.Logf("member %2d (-1 is the fusion), BPCER %.2f at %.3f: APCER %s", m, rate, at, wilson(missed, len(attacks)))
		}
	}
}

// cleanPhotographs prints how many photographs of other collections, all bona
// fide, are refused at 0.5.
func cleanPhotographs(t *testing.T, e *face.Engine, data string) {
	t.Helper()
	ctx := context.Background()
	lists := map[string][]string{"ids": readList(t, data, "ids.csv")}
	for i, p := range readPairs(t, data) {
		if i%5 == 0 {
			lists["LFW"] = append(lists["LFW"], p.a)
		}
	}
	for name, paths := range lists {
		refused, all := 0, 0
		for _, p := range paths {
			img := load(t, filepath.Join(data, p))
			found, err := e.Detect(ctx, img)
			if err != nil || len(found) == 0 {
				continue
			}
			l, err := e.Liveness(ctx, img, found[0])
			if err != nil {
				t.Fatal(err)
			}
			all++
			if l.Confidence >= 0.5 {
				refused++
			}
		}
		t.Logf("photographs of %s refused at 0.5: %s", name, wilson(refused, all))
	}
}
