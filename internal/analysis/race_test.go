package analysis_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/gallery"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/testhouse"
)

// patience bounds every wait of these tests; it is no promise.
const patience = time.Minute

// raceLanes of TestRaceDeletionsAgainstAnalyses share its raceRounds.
const raceLanes = 4

// lane is one identity of the race: a person who is deleted, moved and enrolled
// again while analyses of a medium with its face run. The lanes share a collection
// and a queue.
type lane struct {
	*testhouse.House
	t      *testing.T
	g      access.Grant
	random *rand.Rand
	list   osprey.ID // the collection of all lanes
	face   []float32
	folder osprey.ID

	gone map[osprey.ID]bool // persons and photos whose deletion was answered
}

// TestRaceDeletionsAgainstAnalyses: workers commit searches while what they find
// is deleted, moved and enrolled again. A result that is committed names only what
// exists, what was deleted is in no later result, and in the end rows, counters,
// digests and galleries agree.
func TestRaceDeletionsAgainstAnalyses(t *testing.T) {
	h := testhouse.New(t, testhouse.Options{Workers: raceLanes, RetryMax: 20})
	_, g := h.Company("race")
	list, err := h.Collections.Create(t.Context(), g, newCollection("everybody"))
	if err != nil {
		t.Fatal(err)
	}
	crowd(t, h, list.ID, 200)
	lanes := make([]*lane, raceLanes)
	for n := range lanes {
		random := rand.New(rand.NewPCG(1, uint64(n)))
		l := &lane{House: h, t: t, g: g, random: random, list: list.ID, face: testhouse.Unit(random), gone: make(map[osprey.ID]bool)}
		f, _ := h.Medium(g, testhouse.Near(random, l.face))
		l.folder, lanes[n] = f.ID, l
	}
	var tally tally
	var all sync.WaitGroup
	for _, l := range lanes {
		all.Go(func() {
			for round := range raceRounds / raceLanes {
				if t.Failed() {
					return
				}
				l.round(round, &tally)
			}
		})
	}
	all.Wait()
	probes := [][]float32{testhouse.Unit(rand.New(rand.NewPCG(9, 9)))}
	for _, l := range lanes {
		probes = append(probes, testhouse.Near(l.random, l.face))
	}
	h.Whole(probes...)
	t.Logf("%d rounds: %s", raceRounds, &tally)
}

// tally counts how the races ended, to show that both sides win some.
type tally struct{ matched, missed, deleted, refused atomic.Int64 }

func (c *tally) String() string {
	return fmt.Sprintf("%d results named the person and %d did not; %d deletions or moves were done and %d refused",
		c.matched.Load(), c.missed.Load(), c.deleted.Load(), c.refused.Load())
}

// round enrols the lane's person, races an analysis against a change of it, and
// checks what each of the two was told against the rows.
func (l *lane) round(n int, tally *tally) {
	person, images := l.enrol(2)
	change := l.change(n, person, images)
	var wg sync.WaitGroup
	var a osprey.Analysis
	var changed error
	pause, late, done := l.random.IntN(30), n/4%4 != 0, make(chan struct{})
	wg.Go(func() {
		defer close(done)
		a = l.analyse()
	})
	wg.Go(func() {
		for late && !l.begun() {
			select {
			case <-done:
				late = false
			default:
			}
		}
		l.dawdle(pause)
		changed = change()
	})
	wg.Wait()
	if l.t.Failed() {
		return
	}
	named := l.check(a)
	switch {
	case changed == nil:
		tally.deleted.Add(1)
	case osprey.IsCode(changed, osprey.CodeConflict) && named[person]:
		tally.refused.Add(1)
	default:
		l.t.Errorf("round %d: the change failed: %v; the analysis names %v", n, changed, named)
		return
	}
	if named[person] {
		tally.matched.Add(1)
	} else {
		tally.missed.Add(1)
	}
	l.tidy(person)
}

// begun reports whether a worker has taken the lane's analysis.
func (l *lane) begun() (yes bool) {
	l.Read(func(tx *store.Tx) error {
		all, err := tx.AnalysesOfFolders([]osprey.ID{l.folder})
		for _, a := range all[l.folder] {
			yes = yes || a.Run > 0
		}
		return err
	})
	return yes
}

// dawdle reads a row a few times: it moves the two sides of a race against each
// other without sleeping.
func (l *lane) dawdle(times int) {
	for range times {
		l.Collection(l.list)
	}
}

// enrol plants photos of the lane's face for a new person.
func (l *lane) enrol(photos int) (osprey.ID, []osprey.ID) {
	var person osprey.ID
	var images []osprey.ID
	for range photos {
		i, err := l.Enrol(l.list, person, testhouse.Near(l.random, l.face))
		if err != nil {
			l.t.Error(err)
			return person, images
		}
		person, images = i.Person, append(images, i.ID)
	}
	return person, images
}

// change is what is done to the person in this round.
func (l *lane) change(n int, person osprey.ID, images []osprey.ID) func() error {
	ctx := l.t.Context()
	deletePerson := func() error {
		if err := l.Collections.DeletePerson(ctx, l.g, l.list, person); err != nil {
			return err
		}
		l.forget(person)
		l.forget(images...)
		return nil
	}
	switch n % 4 {
	case 0:
		return deletePerson
	case 1: // every photo by itself
		return func() error {
			for _, i := range images {
				if err := l.Collections.DeleteImage(ctx, l.g, l.list, person, i); err != nil {
					return err
				}
				l.forget(i)
			}
			return nil
		}
	case 2: // to somebody else, and then that one is deleted
		return func() error {
			other, err := l.Enrol(l.list, "", testhouse.Unit(rand.New(rand.NewPCG(uint64(n), 3))))
			if err != nil {
				return err
			}
			if _, err := l.Collections.MoveImages(ctx, l.g, l.list, person, other.Person, images); err != nil {
				return err
			}
			err = l.Collections.DeletePerson(ctx, l.g, l.list, other.Person)
			if osprey.IsCode(err, osprey.CodeConflict) {
				return nil // matched as a photo of the other: that is as good
			}
			if err == nil {
				l.forget(append(images, other.Person, other.ID)...)
			}
			return err
		}
	default: // deleted, and the same face enrolled again at once
		return func() error {
			if err := deletePerson(); err != nil {
				return err
			}
			_, err := l.Enrol(l.list, "", testhouse.Near(rand.New(rand.NewPCG(uint64(n), 5)), l.face))
			return err
		}
	}
}

func (l *lane) forget(ids ...osprey.ID) {
	for _, id := range ids {
		l.gone[id] = true
	}
}

// analyse runs one analysis to its end.
func (l *lane) analyse() osprey.Analysis {
	a, err := run(l.t.Context(), l.House, l.g, l.folder, analysis.Request{Type: osprey.AnalysisCollection, TopK: 10})
	if err != nil {
		l.t.Error(err)
	} else if a.State != osprey.StateFinished {
		l.t.Errorf("the analysis ended as %s: %s %v", a.State, a.ErrorMessage, a.Technical)
	}
	return a
}

// check holds a committed result against the rows of this moment: nothing can
// have removed what it names since. It returns the persons named.
func (l *lane) check(a osprey.Analysis) map[osprey.ID]bool {
	named := make(map[osprey.ID]bool)
	if a.Result == nil {
		return named
	}
	for _, p := range a.Result.Collection.Media[0].Persons {
		named[p.Person] = true
		if l.gone[p.Person] || l.gone[p.Image] {
			l.t.Errorf("analysis %s names person %s by photo %s, whose deletion was answered", a.ID, p.Person, p.Image)
		}
		l.Read(func(tx *store.Tx) error {
			live, err := tx.LiveImages(p.Collection, []osprey.ID{p.Image})
			if live[p.Image] != p.Person {
				l.t.Errorf("analysis %s names photo %s of person %s, the rows have it with %q", a.ID, p.Image, p.Person, live[p.Image])
			}
			return err
		})
	}
	return named
}

// tidy ends a round: a later analysis must not know what is gone; the analyses go,
// so that the persons can go too.
func (l *lane) tidy(person osprey.ID) {
	ctx := l.t.Context()
	later := l.analyse()
	l.check(later)
	analyses, _, err := l.Analyses.List(ctx, l.g, store.Query{Limit: 1000, In: map[store.Field][]string{store.FieldFolder: {string(l.folder)}}})
	if err != nil {
		l.t.Error(err)
	}
	persons := map[osprey.ID]bool{person: true}
	for _, a := range analyses {
		for p := range l.check(a) {
			persons[p] = true
		}
		if err := l.Analyses.Delete(ctx, l.g, a.ID); err != nil {
			l.t.Error(err)
		}
	}
	for p := range persons {
		err := l.Collections.DeletePerson(ctx, l.g, l.list, p)
		if err != nil && !osprey.IsCode(err, osprey.CodeNotExist) {
			l.t.Errorf("the person is still held by something: %v", err)
		}
		l.forget(p)
	}
}

// crowd plants strangers.
func crowd(t *testing.T, h *testhouse.House, list osprey.ID, n int) {
	t.Helper()
	random := rand.New(rand.NewPCG(7, 7))
	for range n {
		if _, err := h.Enrol(list, "", testhouse.Unit(random)); err != nil {
			t.Fatal(err)
		}
	}
}

// run starts one analysis and waits for its end.
func run(ctx context.Context, h *testhouse.House, g access.Grant, folder osprey.ID, r analysis.Request) (osprey.Analysis, error) {
	started, err := h.Analyses.Start(ctx, g, folder, []analysis.Request{r})
	if err != nil {
		return osprey.Analysis{}, err
	}
	a, err := h.Analyses.Wait(ctx, g, started[0].ID, patience)
	if err == nil && a.State == osprey.StateProcessing {
		err = errors.New("the analysis does not end")
	}
	return a, err
}

// TestRaceOfCollections: whole collections come and go while analyses that search
// all of them run. Each ends with a verdict about collections that existed.
func TestRaceOfCollections(t *testing.T) {
	h := testhouse.New(t, testhouse.Options{Workers: 4, RetryMax: 50})
	_, g := h.Company("race")
	random := rand.New(rand.NewPCG(3, 3))
	face := testhouse.Unit(random)
	f, _ := h.Medium(g, testhouse.Near(random, face))
	keep, err := h.Collections.Create(t.Context(), g, newCollection("stays"))
	if err != nil {
		t.Fatal(err)
	}
	mated, err := h.Enrol(keep.ID, "", testhouse.Near(random, face))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	stop := make(chan struct{})
	wg.Go(func() { comeAndGo(t, h, g, face, stop) })
	for range 60 {
		a, err := run(t.Context(), h, g, f.ID, analysis.Request{Type: osprey.AnalysisCollection, TopK: 5})
		if err != nil || a.State != osprey.StateFinished {
			t.Errorf("state %s, error %v, %s", a.State, err, a.ErrorMessage)
			break
		}
		if !slices.ContainsFunc(a.Result.Collection.Media[0].Persons, func(p osprey.PersonMatch) bool { return p.Image == mated.ID }) {
			t.Errorf("the person who was there all the time is not found: %+v", a.Result)
		}
		if err := h.Analyses.Delete(t.Context(), g, a.ID); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
	h.Whole(face)
}

// comeAndGo makes collections with one mated person and deletes them again.
func comeAndGo(t *testing.T, h *testhouse.House, g access.Grant, face []float32, stop <-chan struct{}) {
	random := rand.New(rand.NewPCG(4, 4))
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		c, err := h.Collections.Create(t.Context(), g, newCollection(fmt.Sprint("passing ", n)))
		if err != nil {
			t.Error(err)
			return
		}
		i, err := h.Enrol(c.ID, "", testhouse.Near(random, face))
		if err != nil {
			t.Error(err)
			return
		}
		for err = errors.New("once"); err != nil; {
			// Refused while an analysis holds the person; the other side deletes it.
			err = h.Collections.DeletePerson(t.Context(), g, c.ID, i.Person)
			if err != nil && !osprey.IsCode(err, osprey.CodeConflict) || t.Context().Err() != nil {
				t.Error(err)
				return
			}
		}
		if err := h.Collections.Delete(t.Context(), g, c.ID); err != nil {
			t.Error(err)
			return
		}
		if _, err := h.Index.Search(t.Context(), c, c.Version, face, 1); !errors.Is(err, store.ErrNotFound) && !errors.Is(err, gallery.ErrClosed) {
			t.Errorf("a search of a deleted collection: %v", err)
			return
		}
	}
}
