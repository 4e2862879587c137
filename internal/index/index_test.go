package index_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"example.org/osprey"
	"example.org/osprey/gallery"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/index"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/testhouse"
)

// estate is a house with one collection.
type estate struct {
	*testhouse.House
	t      *testing.T
	g      access.Grant
	list   osprey.ID
	random *rand.Rand
}

func open(t *testing.T, o testhouse.Options) *estate {
	t.Helper()
	o.Idle = true
	e := &estate{House: testhouse.New(t, o), t: t, random: rand.New(rand.NewPCG(1, 2))}
	_, e.g = e.Company("one")
	c, err := e.NewCollection(e.g, "list")
	if err != nil {
		t.Fatal(err)
	}
	e.list = c.ID
	return e
}

// enrol plants a photo of a new person, or of the one given.
func (e *estate) enrol(person osprey.ID) osprey.PersonImage {
	e.t.Helper()
	i, err := e.Enrol(e.list, person, testhouse.Unit(e.random))
	if err != nil {
		e.t.Fatal(err)
	}
	return i
}

// search asks an index for the newest version.
func (e *estate) search(x *index.Index, k int) gallery.Result {
	e.t.Helper()
	c := e.Collection(e.list)
	r, err := x.Search(e.t.Context(), c, c.Version, testhouse.Unit(e.random), k)
	if err != nil {
		e.t.Fatal(err)
	}
	if r.Version < c.Version {
		e.t.Errorf("searched version %d, %d was asked for", r.Version, c.Version)
	}
	return r
}

// TestIndexFollows: whatever changes, the next search is over it, and equals a
// scan of the rows.
func TestIndexFollows(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	probe := testhouse.Unit(e.random)
	var people []osprey.PersonImage
	for range 30 {
		people = append(people, e.enrol(""))
	}
	if r := e.search(e.Index, 100); r.Images != 30 || r.Persons != 30 || len(r.Matches) != 30 {
		t.Errorf("after 30 enrolments: %d photos, %d persons, %d matches", r.Images, r.Persons, len(r.Matches))
	}
	e.Whole(probe)
	// A photo that is moved is found as its new person's.
	moved, target := people[0], people[1]
	if _, err := e.Collections.MoveImages(t.Context(), e.g, e.list, moved.Person, target.Person, []osprey.ID{moved.ID}); err != nil {
		t.Fatal(err)
	}
	e.Whole(probe)
	v, err := e.Templates.Open(t.Context(), e.g.Actor.Company, moved.ID, moved.Template)
	if err != nil {
		t.Fatal(err)
	}
	c := e.Collection(e.list)
	r, err := e.Index.Search(t.Context(), c, c.Version, v, 1)
	if err != nil || len(r.Matches) != 1 || r.Matches[0].Image != string(moved.ID) || r.Matches[0].Person != string(target.Person) {
		t.Errorf("the moved photo is found as %+v (error %v)", r.Matches, err)
	}
	if r.Persons != 29 || r.Images != 30 {
		t.Errorf("%d photos of %d persons", r.Images, r.Persons)
	}
	// What is deleted is gone at once.
	for _, i := range people[1:20] {
		if err := e.Collections.DeletePerson(t.Context(), e.g, e.list, i.Person); err != nil {
			t.Fatal(err)
		}
	}
	if r := e.search(e.Index, 100); r.Images != 10 || r.Persons != 10 {
		t.Errorf("after the deletions: %d photos, %d persons", r.Images, r.Persons)
	}
	e.Whole(probe, v)
}

// TestIndexCatchesUp: an index that knows nothing of the changes, as that of
// another node, follows the log in any mixture, also past images that were added
// and removed again before it looked.
func TestIndexCatchesUp(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	other := e.NewIndex(0, e.Model())
	defer other.Close()
	first := e.enrol("")
	e.search(other, 1)
	brief := e.enrol("")
	again := e.enrol(first.Person)
	if _, err := e.Collections.MoveImages(t.Context(), e.g, e.list, first.Person, brief.Person, []osprey.ID{again.ID}); err != nil {
		t.Fatal(err)
	}
	if err := e.Collections.DeletePerson(t.Context(), e.g, e.list, brief.Person); err != nil {
		t.Fatal(err)
	}
	last := e.enrol("")
	r := e.search(other, 10)
	if r.Images != 2 || r.Persons != 2 {
		t.Fatalf("%d photos of %d persons, want those of %s and %s", r.Images, r.Persons, first.Person, last.Person)
	}
	for _, m := range r.Matches {
		if m.Image != string(first.ID) && m.Image != string(last.ID) {
			t.Errorf("photo %s is found", m.Image)
		}
	}
}

// TestIndexRebuilds: where the log has been pruned a gallery is built from the rows.
func TestIndexRebuilds(t *testing.T) {
	t.Parallel()
	for name, pruned := range map[string]int64{"in part": 3, "whole": 6} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := open(t, testhouse.Options{})
			e.enrol("")
			e.enrol("")
			e.search(e.Index, 1)
			for range 4 {
				e.enrol("")
			}
			e.Write(func(tx *store.Tx) error { return tx.PruneChanges(e.list, pruned) })
			if r := e.search(e.Index, 10); r.Images != 6 || len(r.Matches) != 6 {
				t.Errorf("%d photos, %d matches", r.Images, len(r.Matches))
			}
			e.Whole(testhouse.Unit(e.random))
		})
	}
}

// TestIndexRefusesTheFuture: a version that no row has is an error, not a wait and
// not an older answer.
func TestIndexRefusesTheFuture(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	e.enrol("")
	c := e.Collection(e.list)
	if r, err := e.Index.Search(t.Context(), c, c.Version+1, testhouse.Unit(e.random), 1); err == nil {
		t.Errorf("found %+v", r)
	}
	e.search(e.Index, 1)
}

// TestTwoModels: templates of another model are never compared, counted or moved
// into a gallery.
func TestTwoModels(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	old := strings.Repeat("a", 64)
	mine := e.enrol("")
	v := testhouse.Unit(e.random)
	theirs, err := e.EnrolModel(e.list, "", old, v)
	if err != nil {
		t.Fatal(err)
	}
	other := e.NewIndex(0, old)
	defer other.Close()
	for name, tt := range map[string]struct {
		x    *index.Index
		want osprey.PersonImage
	}{"this": {e.Index, mine}, "the other": {other, theirs}} {
		if r := e.search(tt.x, 10); r.Images != 1 || len(r.Matches) != 1 || r.Matches[0].Image != string(tt.want.ID) {
			t.Errorf("%s model: %+v", name, r)
		}
	}
	// A photo of the other model may be moved and removed all the same.
	if _, err := e.Collections.MoveImages(t.Context(), e.g, e.list, theirs.Person, mine.Person, []osprey.ID{theirs.ID}); err != nil {
		t.Fatal(err)
	}
	for _, x := range []*index.Index{e.Index, other} {
		if r := e.search(x, 10); r.Images != 1 || r.Matches[0].Person != string(mine.Person) {
			t.Errorf("after the move: %+v", r)
		}
	}
	if err := e.Collections.DeleteImage(t.Context(), e.g, e.list, mine.Person, theirs.ID); err != nil {
		t.Fatal(err)
	}
	if a, b := e.search(e.Index, 10), e.search(other, 10); a.Images != 1 || b.Images != 0 {
		t.Errorf("after the deletion: %d and %d photos", a.Images, b.Images)
	}
	e.Whole(v)
}

// TestIndexFull: beyond its memory the index refuses enrolments, and says so; a
// deletion makes room.
func TestIndexFull(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{IndexMemory: 1 << 20})
	c := e.Collection(e.list)
	e.search(e.Index, 1)
	if err := e.Index.Room(c, 10); err != nil {
		t.Fatalf("an empty index of a MiB has no room for ten: %v", err)
	}
	err := e.Index.Room(c, 1000)
	fault := osprey.ErrorOf(err)
	if fault.Code != osprey.CodeUnavailable || fault.Details["reason"] != "index_full" || fault.RetryAfter <= 0 {
		t.Errorf("2 MB of templates in a MiB: %v, details %v", err, fault.Details)
	}
	for n := 0; e.Index.Room(c, 1) == nil; n++ {
		if n > 2000 {
			t.Fatal("the index never fills")
		}
		e.enrol("")
		e.search(e.Index, 1)
	}
	if _, _, used := e.Index.Size(); used > 1<<20 {
		t.Errorf("%d bytes of %d are used", used, 1<<20)
	}
	// A start with less memory than the rows need is refused.
	small := e.NewIndex(1<<16, e.Model())
	defer small.Close()
	if err := small.Load(t.Context()); err == nil {
		t.Error("64 KiB were enough")
	}
}

// TestDroppedCollection: a collection that is gone leaves no gallery.
func TestDroppedCollection(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	i := e.enrol("")
	e.search(e.Index, 1)
	c := e.Collection(e.list)
	if err := e.Collections.DeletePerson(t.Context(), e.g, e.list, i.Person); err != nil {
		t.Fatal(err)
	}
	if err := e.Collections.Delete(t.Context(), e.g, e.list); err != nil {
		t.Fatal(err)
	}
	if n, images, bytes := e.Index.Size(); n != 0 || images != 0 || bytes != 0 {
		t.Errorf("%d galleries, %d photos, %d bytes are left", n, images, bytes)
	}
	if _, err := e.Index.Search(t.Context(), c, c.Version, testhouse.Unit(e.random), 1); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a search: %v", err)
	}
}

// TestIndexOfManyAtOnce: searches, changes, snapshots and their removal side by
// side; in the end everything agrees.
func TestIndexOfManyAtOnce(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	for range 50 {
		e.enrol("")
	}
	const rounds = 60
	var wg sync.WaitGroup
	ctx := context.Background()
	for n := range 2 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(3, uint64(n)))
			for range rounds {
				i, err := e.Enrol(e.list, "", testhouse.Unit(random))
				if err == nil && n == 0 {
					err = e.Collections.DeletePerson(ctx, e.g, e.list, i.Person)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
		wg.Go(func() {
			random := rand.New(rand.NewPCG(4, uint64(n)))
			for range rounds {
				c := e.Collection(e.list)
				r, err := e.Index.Search(ctx, c, c.Version, testhouse.Unit(random), 5)
				if err != nil || r.Version < c.Version || len(r.Matches) != 5 {
					t.Errorf("version %d of %d, %d matches, error %v", r.Version, c.Version, len(r.Matches), err)
					return
				}
			}
		})
	}
	wg.Go(func() {
		for range rounds {
			if err := e.Index.Save(ctx); err != nil {
				t.Error(err)
				return
			}
		}
	})
	wg.Wait()
	e.Whole(testhouse.Unit(e.random), testhouse.Unit(e.random))
}

// TestDigestText: nothing is the empty text, and what is written can be read.
func TestDigestText(t *testing.T) {
	t.Parallel()
	d := gallery.EntryDigest("a", "b", []float32{1})
	for _, want := range []gallery.Digest{{}, d, d.Add(d)} {
		got, err := index.ParseDigest(index.DigestText(want))
		if err != nil || got != want {
			t.Errorf("%s became %s (error %v)", want, got, err)
		}
	}
	for _, bad := range []string{"0", d.String()[1:], d.String() + "0", "g" + d.String()[1:], fmt.Sprint(strings.Repeat("x", 1000))} {
		if _, err := index.ParseDigest(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// FuzzParseDigest: no text makes it panic, and what it takes it gives back.
func FuzzParseDigest(f *testing.F) {
	f.Add("")
	f.Add(gallery.EntryDigest("a", "b", []float32{1}).String())
	f.Add(strings.Repeat("z", 64))
	f.Fuzz(func(t *testing.T, s string) {
		d, err := index.ParseDigest(s)
		if err == nil && d != (gallery.Digest{}) && index.DigestText(d) != strings.ToLower(s) {
			t.Errorf("%q became %s", s, d)
		}
	})
}
