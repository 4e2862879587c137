package face_test

import (
	"context"
	"encoding/csv"
	"image"
	_ "image/jpeg"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/testphoto"
)

// pair is a line of the LFW list: two photographs and whether they show one
// person.
type pair struct {
	split, a, b string
	mated       bool
}

func readPairs(tb testing.TB, data string) []pair {
	tb.Helper()
	f, err := os.Open(filepath.Join(data, "lfw_pairs.csv"))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	var pairs []pair
	for _, r := range rows[1:] {
		pairs = append(pairs, pair{r[0], r[1], r[2], r[3] == "1"})
	}
	return pairs
}

func load(tb testing.TB, path string) image.Image {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
	return img
}

// subject chooses the face that a photograph of the benchmark is about: the
// largest, where others rival it the one nearest to the middle.
func subject(img image.Image, found []face.Detection) face.Detection {
	b := img.Bounds()
	mx, my := float64(b.Min.X+b.Max.X)/2, float64(b.Min.Y+b.Max.Y)/2
	weight := func(d face.Detection) float64 {
		c := d.Box.Center()
		off := math.Hypot(c.X-mx, c.Y-my) / (0.25 * float64(b.Dx()))
		return d.Box.Area() * math.Exp(-off*off)
	}
	return slices.MaxFunc(found, func(a, b face.Detection) int {
		if weight(a) < weight(b) {
			return -1
		}
		return 1
	})
}

// templates computes the template of every photograph once, on all lanes.
// A photograph without a face gets none.
func templates(t *testing.T, e *face.Engine, data string, paths []string) map[string][]float32 {
	t.Helper()
	out := make(map[string][]float32, len(paths))
	var mu sync.Mutex
	var wait sync.WaitGroup
	work := make(chan string)
	for range e.Parallel() {
		wait.Go(func() {
			for path := range work {
				v := template(t, e, load(t, filepath.Join(data, path)))
				mu.Lock()
				out[path] = v
				mu.Unlock()
			}
		})
	}
	for _, p := range paths {
		work <- p
	}
	close(work)
	wait.Wait()
	return out
}

func template(t *testing.T, e *face.Engine, img image.Image) []float32 {
	ctx := context.Background()
	found, err := e.Detect(ctx, img)
	if err != nil {
		t.Error(err)
		return nil
	}
	if len(found) == 0 {
		return nil
	}
	a, err := e.Align(ctx, img, subject(img, found))
	if err != nil {
		t.Error(err)
		return nil
	}
	v, err := e.Embed(ctx, a)
	if err != nil {
		t.Error(err)
		return nil
	}
	return v.Vector
}

// accuracy gives the share of pairs that a threshold judges rightly.
func accuracy(mated, other []float64, threshold float64) float64 {
	right := 0
	for _, s := range mated {
		if s >= threshold {
			right++
		}
	}
	for _, s := range other {
		if s < threshold {
			right++
		}
	}
	return float64(right) / float64(len(mated)+len(other))
}

// TestDataLFW measures recognition from unaligned photographs on the development
// pairs of LFW: the threshold is fitted on one half, the figures are those of
// the other.
func TestDataLFW(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short leaves out the LFW measurement")
	}
	data := testphoto.Data(t)
	e := open(t)
	pairs := readPairs(t, data)
	var paths []string
	for _, p := range pairs {
		paths = append(paths, p.a, p.b)
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	vectors := templates(t, e, data, paths)
	mated, other := map[string][]float64{}, map[string][]float64{}
	for _, p := range pairs {
		a, b := vectors[p.a], vectors[p.b]
		s := -1.0
		if a != nil && b != nil {
			s = float64(osprey.Similarity(a, b))
		} else {
			t.Logf("no face in %s or %s", p.a, p.b)
		}
		if p.mated {
			mated[p.split] = append(mated[p.split], s)
			if s < 0.25 {
				t.Logf("mated %.3f %s %s", s, p.a, p.b)
			}
		} else {
			other[p.split] = append(other[p.split], s)
			if s > 0.3 {
				t.Logf("other %.3f %s %s", s, p.a, p.b)
			}
		}
	}
	fitted, top := 0.0, 0.0
	for x := 0.0; x < 0.6; x += 0.001 {
		if a := accuracy(mated["pairsDevTrain"], other["pairsDevTrain"], x); a > top {
			fitted, top = x, a
		}
	}
	got := accuracy(mated["pairsDevTest"], other["pairsDevTest"], fitted)
	t.Logf("fit: threshold %.3f, accuracy %.4f; test accuracy %.4f", fitted, top, got)
	for split := range mated {
		m, o := slices.Clone(mated[split]), slices.Clone(other[split])
		slices.Sort(m)
		slices.Sort(o)
		eer, at := 1.0, 0.0
		for _, x := range append(slices.Clone(m), o...) {
			fnmr, fmr := below(m, x), 1-below(o, x)
			if v := max(fnmr, fmr); v < eer {
				eer, at = v, x
			}
		}
		t.Logf("%s: %d mated, %d non-mated: EER %.4f at %.3f, FNMR %.4f at FMR 1e-2, %.4f at 1e-3, %.4f at the model's 1e-5",
			split, len(m), len(o), eer, at, below(m, threshold(o, 1e-2)), below(m, threshold(o, 1e-3)), below(m, 0.474))
	}
	if got < 0.99 {
		t.Errorf("accuracy %.4f, must be 0.99", got)
	}
	t.Logf("%d photographs", len(paths))
	for _, k := range crossRates(vectors, paths) {
		t.Logf("different people: similarity %.3f is reached at rate %g", k.Similarity, k.FMR)
	}
	for _, s := range e.Stats() {
		t.Logf("%s: %d runs, %.2f ms each", s.Name, s.Runs, s.Time.Seconds()*1000/float64(s.Runs))
	}
}

// crossRates compares all photographs of different people and gives the
// similarities that fixed shares of the pairs reach.
func crossRates(vectors map[string][]float32, paths []string) []face.Knot {
	var count [2001]int
	total := 0
	for i, a := range paths {
		for _, b := range paths[:i] {
			if vectors[a] == nil || vectors[b] == nil || filepath.Dir(a) == filepath.Dir(b) {
				continue
			}
			count[int(1000*(1+osprey.Similarity(vectors[a], vectors[b])))]++
			total++
		}
	}
	var out []face.Knot
	for _, rate := range []float64{1e-1, 1e-2, 1e-3, 1e-4, 1e-5} {
		above, i := 0, len(count)
		for i > 0 && float64(above+count[i-1]) <= rate*float64(total) {
			i--
			above += count[i]
		}
		out = append(out, face.Knot{Similarity: float64(i)/1000 - 1, FMR: rate})
	}
	return out
}

// below gives the share of the sorted scores under x.
func below(sorted []float64, x float64) float64 {
	i, _ := slices.BinarySearch(sorted, x)
	return float64(i) / float64(len(sorted))
}

// threshold gives the lowest score that at most the share rate of the sorted
// non-mated scores reach.
func threshold(sorted []float64, rate float64) float64 {
	i := len(sorted) - int(rate*float64(len(sorted)))
	if i >= len(sorted) {
		return math.Nextafter(sorted[len(sorted)-1], 2)
	}
	return sorted[i]
}
