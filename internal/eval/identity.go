package eval

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// Identity is a person and the files that show them.
type Identity struct {
	Name  string
	Files []string
}

// stills and footage are the extensions of files that folders are searched for.
var (
	stills  = []string{".jpg", ".jpeg", ".png", ".webp"}
	footage = []string{".mp4", ".mov", ".webm", ".avi", ".mkv", ".zip"}
)

func hasExt(name string, exts []string) bool {
	return slices.Contains(exts, strings.ToLower(filepath.Ext(name)))
}

// ReadIdentities reads a folder with a sub-folder for each person, in order of
// their names. Photographs may lie deeper. Hidden files and files of other types are
// passed over; a photograph beside the sub-folders is nobody's, and an error.
func ReadIdentities(dir string) ([]Identity, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	var out []Identity
	total := 0
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if !e.IsDir() {
			if hasExt(e.Name(), stills) {
				return nil, fmt.Errorf("%s: %s lies beside the folders of persons", dir, e.Name())
			}
			continue
		}
		found, err := walk(filepath.Join(dir, e.Name()), stills)
		if err != nil {
			return nil, err
		}
		if total += len(found); total > maxFiles {
			return nil, fmt.Errorf("%s: more than %d photographs", dir, maxFiles)
		}
		if len(found) > 0 {
			out = append(out, Identity{e.Name(), found})
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: no folders with photographs", dir)
	}
	return out, nil
}

// walk lists the files below a folder that have one of the extensions, in order.
func walk(dir string, exts ...[]string) ([]string, error) {
	wanted := slices.Concat(exts...)
	var out []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(e.Name(), ".") && path != dir:
			if e.IsDir() {
				return fs.SkipDir
			}
		case e.Type().IsRegular() && hasExt(e.Name(), wanted):
			if out = append(out, path); len(out) > maxFiles {
				return fmt.Errorf("%s: more than %d files", dir, maxFiles)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	return out, nil
}

// AllPairs makes pairs out of persons: every mated pair and every non-mated one, or
// where those are more than the limit, a sample of the non-mated ones (and of the
// mated ones when they alone fill half of it) that the seed draws.
func AllPairs(set []Identity, limit int, seed uint64) ([]Pair, error) {
	type photo struct {
		path   string
		person int
	}
	var photos []photo
	for i, id := range set {
		for _, f := range id.Files {
			photos = append(photos, photo{f, i})
		}
	}
	n := len(photos)
	if n < 2 {
		return nil, errors.New("eval: fewer than two photographs")
	}
	r := rand.New(rand.NewPCG(seed, 0x7061697273))
	pair := func(i, j int) Pair {
		a, b := photos[i], photos[j]
		return Pair{A: a.path, B: b.path, Mated: a.person == b.person, PersonA: set[a.person].Name, PersonB: set[b.person].Name}
	}
	var mated [][2]int
	first := 0
	for _, id := range set {
		for i := range id.Files {
			for j := range i {
				mated = append(mated, [2]int{first + j, first + i})
			}
		}
		first += len(id.Files)
		if len(mated) > maxPairs {
			return nil, fmt.Errorf("eval: more than %d mated pairs", maxPairs)
		}
	}
	nonMated := n*(n-1)/2 - len(mated)
	if len(mated) > limit/2 && len(mated)+nonMated > limit {
		r.Shuffle(len(mated), func(i, j int) { mated[i], mated[j] = mated[j], mated[i] })
		mated = mated[:max(1, limit/2)]
	}
	out := make([]Pair, 0, min(limit, len(mated)+nonMated))
	for _, m := range mated {
		out = append(out, pair(m[0], m[1]))
	}
	if room := limit - len(mated); nonMated > room {
		for _, at := range sampleNonMated(r, n, room, func(i, j int) bool { return photos[i].person != photos[j].person }) {
			out = append(out, pair(at[0], at[1]))
		}
		return out, nil
	}
	for i := range n {
		for j := range i {
			if photos[i].person != photos[j].person {
				out = append(out, pair(j, i))
			}
		}
	}
	return out, nil
}

// sampleNonMated draws different pairs of different persons, in order.
func sampleNonMated(r *rand.Rand, n, want int, differ func(i, j int) bool) [][2]int {
	taken := make(map[[2]int]bool, want)
	out := make([][2]int, 0, want)
	for tries := 0; len(out) < want && tries < 200*want; tries++ {
		i, j := r.IntN(n), r.IntN(n)
		if i < j {
			i, j = j, i
		}
		at := [2]int{j, i}
		if i == j || taken[at] || !differ(i, j) {
			continue
		}
		taken[at] = true
		out = append(out, at)
	}
	sort.Slice(out, func(a, b int) bool {
		if out[a][0] != out[b][0] {
			return out[a][0] < out[b][0]
		}
		return out[a][1] < out[b][1]
	})
	return out
}

// ReadPhotos lists the photographs below a folder, in order.
func ReadPhotos(dir string) ([]string, error) { return walk(dir, stills) }
