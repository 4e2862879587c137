package analysis_test

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/testhouse"
)

// between is a house with one mated person in a collection, in which a function
// runs between the search of an analysis and the commit of its result.
type between struct {
	*testhouse.House
	g      access.Grant
	list   osprey.Collection
	folder osprey.Folder
	media  osprey.Media
	best   osprey.PersonImage // most like the medium
	second osprey.PersonImage // another person, also above the threshold
	face   []float32

	todo     atomic.Pointer[func()]
	searches atomic.Int64
}

func newBetween(t *testing.T) *between {
	t.Helper()
	b := &between{}
	b.House = testhouse.New(t, testhouse.Options{RetryMax: 3, Stage: func(stage string) {
		if stage != "search" {
			return
		}
		b.searches.Add(1)
		if todo := b.todo.Swap(nil); todo != nil {
			(*todo)()
		}
	}})
	_, b.g = b.Company("one")
	var err error
	if b.list, err = b.Collections.Create(t.Context(), b.g, newCollection("list")); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(5, 5))
	b.face = testhouse.Unit(random)
	if b.best, err = b.Enrol(b.list.ID, "", b.face); err != nil {
		t.Fatal(err)
	}
	if b.second, err = b.Enrol(b.list.ID, "", testhouse.Near(random, b.face)); err != nil {
		t.Fatal(err)
	}
	b.folder, b.media = b.Medium(b.g, b.face)
	return b
}

// during runs an analysis and does something after its first search.
func (b *between) during(t *testing.T, todo func()) osprey.Analysis {
	t.Helper()
	b.todo.Store(&todo)
	a, err := run(t.Context(), b.House, b.g, b.folder.ID, analysis.Request{Type: osprey.AnalysisCollection, TopK: 1})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func named(a osprey.Analysis) []osprey.PersonMatch {
	if a.Result == nil || a.Result.Collection == nil || len(a.Result.Collection.Media) == 0 {
		return nil
	}
	return a.Result.Collection.Media[0].Persons
}

// TestResultIsNotCommittedOverAChange: what changes between search and commit
// makes the search begin again, in the same try.
func TestResultIsNotCommittedOverAChange(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(t *testing.T, b *between) error
		want   func(b *between) osprey.ID // the photo that must be named, empty for none
	}{
		"person deleted": {
			func(t *testing.T, b *between) error {
				return b.Collections.DeletePerson(t.Context(), b.g, b.list.ID, b.best.Person)
			},
			func(b *between) osprey.ID { return b.second.ID },
		},
		"photo deleted": {
			func(t *testing.T, b *between) error {
				return b.Collections.DeleteImage(t.Context(), b.g, b.list.ID, b.best.Person, b.best.ID)
			},
			func(b *between) osprey.ID { return b.second.ID },
		},
		"photo moved": {
			func(t *testing.T, b *between) error {
				_, err := b.Collections.MoveImages(t.Context(), b.g, b.list.ID, b.best.Person, b.second.Person, []osprey.ID{b.best.ID})
				return err
			},
			func(b *between) osprey.ID { return b.best.ID },
		},
		"collection emptied and deleted": {
			func(t *testing.T, b *between) error {
				for _, i := range []osprey.PersonImage{b.best, b.second} {
					if err := b.Collections.DeletePerson(t.Context(), b.g, b.list.ID, i.Person); err != nil {
						return err
					}
				}
				if _, err := b.Collections.Create(t.Context(), b.g, newCollection("another")); err != nil {
					return err
				}
				return b.Collections.Delete(t.Context(), b.g, b.list.ID)
			},
			func(*between) osprey.ID { return "" },
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBetween(t)
			a := b.during(t, func() {
				if err := tt.change(t, b); err != nil {
					t.Errorf("change: %v", err)
				}
			})
			if a.State != osprey.StateFinished || a.Run != 1 || b.searches.Load() != 2 {
				t.Errorf("state %s after %d tries and %d searches, want FINISHED, 1 and 2 (%s)", a.State, a.Run, b.searches.Load(), a.ErrorMessage)
			}
			found, want := named(a), tt.want(b)
			if want == "" && len(found) > 0 || want != "" && (len(found) != 1 || found[0].Image != want) {
				t.Fatalf("the result names %+v, want photo %q", found, want)
			}
			if name == "photo moved" && found[0].Person != b.second.Person {
				t.Errorf("the photo is named with person %s, it belongs to %s", found[0].Person, b.second.Person)
			}
			b.Whole(b.face)
		})
	}
}

// TestNewSettingsJudgeTheResult: the collection's own settings are read when the
// result is committed.
func TestNewSettingsJudgeTheResult(t *testing.T) {
	t.Parallel()
	b := newBetween(t)
	operator, alias := osprey.OnMatchOperator, "renamed"
	a := b.during(t, func() {
		if _, err := b.Collections.Update(t.Context(), b.g, b.list.ID, patch(alias, operator)); err != nil {
			t.Error(err)
		}
	})
	if a.Resolution != osprey.ResolutionOperator || a.Result.Collection.Collections[0].Alias != alias || b.searches.Load() != 1 {
		t.Errorf("resolution %s, collection %+v, %d searches", a.Resolution, a.Result.Collection.Collections, b.searches.Load())
	}
	a = b.during(t, func() {
		strict := 1.0
		p := patch(alias, operator)
		p.Threshold = &strict
		if _, err := b.Collections.Update(t.Context(), b.g, b.list.ID, p); err != nil {
			t.Error(err)
		}
	})
	if found := named(a); len(found) == 1 && found[0].Confidence < 1 {
		t.Errorf("threshold 1 was set before the commit, and %+v is named", found)
	}
}

// TestCompaniesNeverMeet: the same faces in the collections of two companies.
func TestCompaniesNeverMeet(t *testing.T) {
	t.Parallel()
	b := newBetween(t)
	company, other := b.Company("two")
	list, err := b.Collections.Create(t.Context(), other, newCollection("list"))
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := b.Enrol(list.ID, "", b.face)
	if err != nil {
		t.Fatal(err)
	}
	folder, _ := b.Medium(other, b.face)
	for _, tt := range []struct {
		g      access.Grant
		folder osprey.ID
		photo  osprey.ID
		of     osprey.ID
	}{{b.g, b.folder.ID, b.best.ID, b.list.Company}, {other, folder.ID, theirs.ID, company}} {
		a, err := run(t.Context(), b.House, tt.g, tt.folder, analysis.Request{Type: osprey.AnalysisCollection, TopK: 100})
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Result.Collection.Collections) != 1 || len(named(a)) == 0 || named(a)[0].Image != tt.photo {
			t.Errorf("company %s: searched %+v, found %+v", tt.of, a.Result.Collection.Collections, named(a))
		}
	}
	// Naming the other's collection, folder or analysis is naming nothing.
	_, err = b.Analyses.Start(t.Context(), other, folder.ID, []analysis.Request{{
		Type: osprey.AnalysisCollection, Collections: []osprey.ID{b.list.ID}, CollectionFields: []string{"collection_id"},
	}})
	if !osprey.IsCode(err, osprey.CodeNotExist) {
		t.Errorf("searching the other's collection: %v", err)
	}
	if _, err := b.Analyses.Start(t.Context(), other, b.folder.ID, one()); !osprey.IsCode(err, osprey.CodeNotExist) {
		t.Errorf("analysing the other's folder: %v", err)
	}
	mine, total, err := b.Analyses.List(t.Context(), other, store.Query{Limit: 10})
	if err != nil || total != 1 || len(mine) != 1 || mine[0].Company != company {
		t.Errorf("list: %d of %d, error %v", len(mine), total, err)
	}
}
