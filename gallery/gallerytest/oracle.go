package gallerytest

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"example.org/osprey"
	"example.org/osprey/gallery"
)

// fataler is what testing.TB and rapid.T share.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// image and person return the n-th id of their kind.
func image(n int) string  { return fmt.Sprintf("01980000-0000-7000-8000-0000%08x", n) }
func person(n int) string { return fmt.Sprintf("01980000-0000-7000-9000-0000%08x", n) }

// axis returns the unit vector along the i-th axis.
func axis(dim, i int) []float32 {
	v := make([]float32, dim)
	v[i] = 1
	return v
}

// normalised scales a vector, not all zero, to the length 1.
func normalised(v []float32) []float32 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(float64(x) / math.Sqrt(sum))
	}
	return out
}

// random returns a vector of length 1 in a random direction.
func random(rng *rand.Rand, dim int) []float32 {
	v := make([]float32, dim)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	return normalised(v)
}

// near returns a vector of length 1 about so far away from v.
func near(rng *rand.Rand, v []float32, distance float64) []float32 {
	out := slices.Clone(v)
	for i, x := range random(rng, len(v)) {
		out[i] += float32(distance) * x
	}
	return normalised(out)
}

// content is what a gallery should hold: entries by image.
type content map[string]gallery.Entry

// state returns what the gallery should say of itself.
func (c content) state(version int64) gallery.State {
	s := gallery.State{Version: version, Images: len(c), Persons: c.persons()}
	for _, e := range c {
		s.Digest = s.Digest.Add(gallery.EntryDigest(e.Image, e.Person, e.Vector))
	}
	return s
}

func (c content) persons() int {
	seen := make(map[string]bool)
	for _, e := range c {
		seen[e.Person] = true
	}
	return len(seen)
}

// full is the full scan: sort all images, then take the first of each person.
func (c content) full(probe []float32, k int) []gallery.Match {
	var all []gallery.Match
	for _, e := range c {
		all = append(all, gallery.Match{Person: e.Person, Image: e.Image, Similarity: osprey.Similarity(probe, e.Vector)})
	}
	slices.SortFunc(all, func(x, y gallery.Match) int {
		if x.Similarity != y.Similarity {
			if x.Similarity > y.Similarity {
				return -1
			}
			return +1
		}
		if order := strings.Compare(x.Person, y.Person); order != 0 {
			return order
		}
		return strings.Compare(x.Image, y.Image)
	})
	seen := make(map[string]bool)
	all = slices.DeleteFunc(all, func(m gallery.Match) bool {
		known := seen[m.Person]
		seen[m.Person] = true
		return known
	})
	return all[:min(k, len(all))]
}

// compare checks a result against the full scan, down to the bits.
func compare(t fataler, got gallery.Result, c content, probe []float32, k int, version int64) {
	t.Helper()
	if err := difference(got, c, probe, k, version); err != nil {
		t.Fatalf("%v", err)
	}
}

// difference says in what a result differs from the full scan.
func difference(got gallery.Result, c content, probe []float32, k int, version int64) error {
	if got.Version != version || got.Images != len(c) || got.Persons != c.persons() {
		return fmt.Errorf("searched version %d with %d images of %d persons, want version %d with %d of %d",
			got.Version, got.Images, got.Persons, version, len(c), c.persons())
	}
	want := c.full(probe, k)
	if len(got.Matches) != len(want) {
		return fmt.Errorf("%d matches, want %d", len(got.Matches), len(want))
	}
	for i, m := range got.Matches {
		if m.Person != want[i].Person || m.Image != want[i].Image ||
			math.Float32bits(m.Similarity) != math.Float32bits(want[i].Similarity) {
			return fmt.Errorf("match %d is %+v, want %+v", i, m, want[i])
		}
	}
	return nil
}

// script is a change log, and what the content is at each of its versions.
type script struct {
	changes []gallery.Change
	past    []content // past[i] is the content at version i+1
}

// at returns the content at a version.
func (s *script) at(version int64) content {
	if version == 0 {
		return content{}
	}
	return s.past[version-1]
}

func (s *script) version() int64 { return int64(len(s.changes)) }

func (s *script) log(op gallery.Op, e gallery.Entry, edit func(content)) gallery.Change {
	next := maps.Clone(s.at(s.version()))
	edit(next)
	s.past = append(s.past, next)
	s.changes = append(s.changes, gallery.Change{Version: s.version() + 1, Op: op, Entry: e})
	return s.changes[len(s.changes)-1]
}

func (s *script) add(image, person string, vector []float32) gallery.Change {
	e := gallery.Entry{Image: image, Person: person, Model: model, Vector: vector}
	return s.log(gallery.OpAdd, e, func(c content) { c[image] = e })
}

func (s *script) remove(image string) gallery.Change {
	return s.log(gallery.OpRemove, gallery.Entry{Image: image}, func(c content) { delete(c, image) })
}

func (s *script) move(image, person string) gallery.Change {
	return s.log(gallery.OpMove, gallery.Entry{Image: image, Person: person}, func(c content) {
		e := c[image]
		e.Person = person
		c[image] = e
	})
}

func (s *script) skip() gallery.Change {
	return s.log(gallery.OpSkip, gallery.Entry{}, func(content) {})
}
