package collection_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/collection"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/testhouse"
)

// TestDeletionRules are those of the contract (api.md 7.6).
func TestDeletionRules(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	ctx := t.Context()
	random := rand.New(rand.NewPCG(1, 1))
	face := testhouse.Unit(random)
	best, err := e.Enrol(e.list, "", face)
	if err != nil {
		t.Fatal(err)
	}
	other, err := e.Enrol(e.list, best.Person, testhouse.Near(random, face))
	if err != nil {
		t.Fatal(err)
	}
	target, err := e.Enrol(e.list, "", testhouse.Unit(random))
	if err != nil {
		t.Fatal(err)
	}
	first := e.matched(face)
	second := e.matched(face)
	before := e.row()

	held := func(name string, err error, field string) {
		t.Helper()
		d := osprey.ErrorOf(err).Details
		list, _ := d["analyses"].([]osprey.Details)
		if !osprey.IsCode(err, osprey.CodeConflict) || d["field"] != field || d["reason"] != "matched_by_analyses" || d["analyses_total"] != 2 || len(list) != 2 {
			t.Fatalf("%s: %v, details %v", name, err, d)
		}
		// Newest first.
		if list[0]["analysis_id"] != string(second.ID) || list[1]["folder_id"] != string(first.Folder) {
			t.Errorf("%s: analyses %v", name, list)
		}
	}
	held("person", e.Collections.DeletePerson(ctx, e.g, e.list, best.Person), "person_id")
	held("matched photo", e.Collections.DeleteImage(ctx, e.g, e.list, best.Person, best.ID), "person_image_id")
	held("matched photo by its media id", e.Collections.DeleteImage(ctx, e.g, e.list, best.Person, best.Media), "person_image_id")
	_, err = e.Collections.MoveImages(ctx, e.g, e.list, best.Person, target.Person, []osprey.ID{other.ID, best.ID})
	held("move of a matched photo", err, "person_image_id")
	err = e.Collections.Delete(ctx, e.g, e.list)
	if d := osprey.ErrorOf(err).Details; !osprey.IsCode(err, osprey.CodeConflict) || d["reason"] != "collection_not_empty" || d["persons"] != 2 {
		t.Errorf("collection: %v, details %v", err, d)
	}
	if after := e.row(); after != before {
		t.Errorf("a refusal has changed something: %s, was %s", after, before)
	}

	// The other photo may go. Then the analyses, then all the rest.
	if err := e.Collections.DeleteImage(ctx, e.g, e.list, best.Person, other.Media); err != nil {
		t.Errorf("a photo that no analysis matched: %v", err)
	}
	for _, a := range []osprey.Analysis{first, second} {
		if err := e.Analyses.Delete(ctx, e.g, a.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Collections.DeleteImage(ctx, e.g, e.list, best.Person, best.ID); err != nil {
		t.Errorf("the last photo: %v", err)
	}
	p, err := e.Collections.Person(ctx, e.g, e.list, best.Person)
	if err != nil || p.ImageCount != 0 || len(p.Images) != 0 {
		t.Errorf("the person without photos: %+v, %v", p, err)
	}
	if a := e.matched(face); a.Resolution != osprey.ResolutionSuccess {
		t.Errorf("a person without photos matches: %+v", a.Result)
	}
	for _, person := range []osprey.ID{best.Person, target.Person} {
		if err := e.Collections.DeletePerson(ctx, e.g, e.list, person); err != nil {
			t.Error(err)
		}
		if err := e.Collections.DeletePerson(ctx, e.g, e.list, person); !osprey.IsCode(err, osprey.CodeNotExist) {
			t.Errorf("a second deletion: %v", err)
		}
	}
	e.Whole(face)
	if err := e.Collections.Delete(ctx, e.g, e.list); err != nil {
		t.Error(err)
	}
	if err := e.Collections.Delete(ctx, e.g, e.list); !osprey.IsCode(err, osprey.CodeNotExist) {
		t.Errorf("a second deletion of the collection: %v", err)
	}
	e.create(collection.New{Alias: "list"}) // the alias may be used again
	if kept, err := e.Analyses.Get(ctx, e.g, e.matchedBefore(face)); err != nil || kept.State != osprey.StateFinished {
		t.Errorf("a past analysis: %v", err)
	}
	e.Whole(face)
}

// matchedBefore finds the newest analysis.
func (e *estate) matchedBefore([]float32) osprey.ID {
	e.t.Helper()
	list, _, err := e.Analyses.List(e.t.Context(), e.g, store.Query{Limit: 1})
	if err != nil || len(list) != 1 {
		e.t.Fatal(err)
	}
	return list[0].ID
}

// TestMove: all or none, by either id, to a person of the same collection.
func TestMove(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	ctx := t.Context()
	random := rand.New(rand.NewPCG(2, 2))
	var from osprey.ID
	var photos []osprey.PersonImage
	for range 4 {
		i, err := e.Enrol(e.list, from, testhouse.Unit(random))
		if err != nil {
			t.Fatal(err)
		}
		from, photos = i.Person, append(photos, i)
	}
	to, err := e.Enrol(e.list, "", testhouse.Unit(random))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := e.create(collection.New{Alias: "elsewhere"})
	stranger, err := e.Enrol(elsewhere.ID, "", testhouse.Unit(random))
	if err != nil {
		t.Fatal(err)
	}
	before := e.row()
	for name, tt := range map[string]struct {
		target osprey.ID
		ids    []osprey.ID
	}{
		"a target of another collection": {stranger.Person, []osprey.ID{photos[0].ID}},
		"an unknown target":              {e.IDs.New(), []osprey.ID{photos[0].ID}},
		"a photo of another person":      {to.Person, []osprey.ID{photos[0].ID, to.ID}},
		"a photo of another collection":  {to.Person, []osprey.ID{photos[0].ID, stranger.ID}},
		"an unknown photo":               {to.Person, []osprey.ID{photos[0].ID, e.IDs.New()}},
	} {
		if _, err := e.Collections.MoveImages(ctx, e.g, e.list, from, tt.target, tt.ids); !osprey.IsCode(err, osprey.CodeNotExist) {
			t.Errorf("%s: %v", name, err)
		}
		if after := e.row(); after != before {
			t.Errorf("%s: something was moved", name)
		}
	}
	// By image id, by media id, and one of them twice.
	got, err := e.Collections.MoveImages(ctx, e.g, e.list, from, to.Person, []osprey.ID{photos[0].ID, photos[1].Media, photos[0].Media})
	if err != nil || got.ID != to.Person || got.ImageCount != 3 || len(got.Images) != 3 {
		t.Errorf("moved: %+v, %v", got, err)
	}
	if same, err := e.Collections.MoveImages(ctx, e.g, e.list, from, from, []osprey.ID{photos[2].ID}); err != nil || same.ImageCount != 2 {
		t.Errorf("to the person itself: %+v, %v", same, err)
	}
	probes := make([][]float32, len(photos))
	for n, i := range photos {
		if probes[n], err = e.Templates.Open(ctx, e.g.Actor.Company, i.ID, i.Template); err != nil {
			t.Fatal(err)
		}
	}
	e.Whole(probes...)
}

// TestRaceOfChanges: enrolments, moves, deletions and exports of the same few
// persons at once. Every answer is one of those that the contract knows, and in the
// end rows, counters, digest and gallery agree.
func TestRaceOfChanges(t *testing.T) {
	e := open(t, testhouse.Options{})
	random := rand.New(rand.NewPCG(3, 3))
	var mu sync.Mutex
	var persons []osprey.ID
	pick := func(r *rand.Rand) osprey.ID {
		mu.Lock()
		defer mu.Unlock()
		return persons[r.IntN(len(persons))]
	}
	for range 6 {
		i, err := e.Enrol(e.list, "", testhouse.Unit(random))
		if err != nil {
			t.Fatal(err)
		}
		persons = append(persons, i.Person)
	}
	known := []osprey.Code{osprey.CodeNotExist, osprey.CodeTooLarge, osprey.CodeUnavailable}
	var wg sync.WaitGroup
	for n := range 6 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(4, uint64(n)))
			for round := range 60 {
				if err := e.change(r, n, pick, func(id osprey.ID) {
					mu.Lock()
					defer mu.Unlock()
					persons[r.IntN(len(persons))] = id
				}); err != nil && !slices.Contains(known, osprey.ErrorOf(err).Code) {
					t.Errorf("round %d of %d: %v", round, n, err)
					return
				}
			}
		})
	}
	wg.Wait()
	e.Whole(testhouse.Unit(random), testhouse.Unit(random))
}

// change is one random change of a collection.
func (e *estate) change(r *rand.Rand, kind int, pick func(*rand.Rand) osprey.ID, put func(osprey.ID)) error {
	ctx := e.t.Context()
	person := pick(r)
	p, err := e.Collections.Person(ctx, e.g, e.list, person)
	if err != nil {
		if !osprey.IsCode(err, osprey.CodeNotExist) {
			return err
		}
		i, err := e.Enrol(e.list, "", testhouse.Unit(r))
		if err == nil {
			put(i.Person)
		}
		return err
	}
	switch {
	case kind < 2:
		_, err := e.Enrol(e.list, person, testhouse.Unit(r))
		if err != nil && e.gone(person) {
			return nil
		}
		return err
	case kind < 4 && len(p.Images) > 0:
		_, err := e.Collections.MoveImages(ctx, e.g, e.list, person, pick(r), []osprey.ID{p.Images[r.IntN(len(p.Images))].ID})
		return err
	case kind == 4 && len(p.Images) > 0:
		return e.Collections.DeleteImage(ctx, e.g, e.list, person, p.Images[0].ID)
	case r.IntN(3) == 0:
		return e.Collections.DeletePerson(ctx, e.g, e.list, person)
	default:
		_, err := e.Collections.UpdatePerson(ctx, e.g, e.list, person, osprey.Metadata{fmt.Sprint(r.IntN(5)): "x"})
		return err
	}
}

func (e *estate) gone(person osprey.ID) bool {
	_, err := e.Collections.Person(e.t.Context(), e.g, e.list, person)
	return osprey.IsCode(err, osprey.CodeNotExist)
}

// TestAliases: unique in a company without regard to case, also under a race.
func TestAliases(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{Idle: true})
	_, err := e.Collections.Create(t.Context(), e.g, collection.New{Alias: " LiSt "})
	if d := osprey.ErrorOf(err).Details; !osprey.IsCode(err, osprey.CodeConflict) || d["reason"] != "alias_taken" || d["collection_id"] != string(e.list) {
		t.Errorf("%v, details %v", err, d)
	}
	other := e.create(collection.New{Alias: "other"})
	alias := "LIST"
	if _, err := e.Collections.Update(t.Context(), e.g, other.ID, collection.Patch{Alias: &alias}); !osprey.IsCode(err, osprey.CodeConflict) {
		t.Errorf("rename: %v", err)
	}
	if _, err := e.Collections.Update(t.Context(), e.g, e.list, collection.Patch{Alias: &alias}); err != nil {
		t.Errorf("rename to another case: %v", err)
	}
	var wg sync.WaitGroup
	made := make([]error, 8)
	for n := range made {
		wg.Go(func() {
			_, made[n] = e.Collections.Create(t.Context(), e.g, collection.New{Alias: "race"})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range made {
		switch {
		case err == nil:
			won++
		case !osprey.IsCode(err, osprey.CodeConflict):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d of 8 got the alias", won)
	}
	company := e.IDs.New()
	if _, err := e.Collections.Update(t.Context(), e.g, e.list, collection.Patch{Company: &company}); !osprey.IsCode(err, osprey.CodeConflict) {
		t.Errorf("to another company: %v", err)
	}
}
