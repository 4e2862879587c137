package collection_test

import (
	"fmt"
	"testing"

	"go.uber.org/goleak"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/collection"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/testhouse"
	"example.org/osprey/internal/testphoto"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// estate is a house with a collection of one company.
type estate struct {
	*testhouse.House
	t    *testing.T
	g    access.Grant
	list osprey.ID
}

func open(t *testing.T, o testhouse.Options) *estate {
	t.Helper()
	e := &estate{House: testhouse.New(t, o), t: t}
	_, e.g = e.Company("one")
	e.list = e.create(collection.New{Alias: "list"}).ID
	return e
}

func (e *estate) create(n collection.New) osprey.Collection {
	e.t.Helper()
	c, err := e.Collections.Create(e.t.Context(), e.g, n)
	if err != nil {
		e.t.Fatal(err)
	}
	return c
}

// photos are photographs as parts image1, image2, ...
func photos(list ...testphoto.Photo) []collection.Photo {
	out := make([]collection.Photo, len(list))
	for i, p := range list {
		out[i] = collection.Photo{Field: fmt.Sprintf("image%d", i+1), Name: p.Name + ".jpg", Data: p.JPEG}
	}
	return out
}

// add enrols a new person.
func (e *estate) add(list ...testphoto.Photo) osprey.Person {
	e.t.Helper()
	r, err := e.Collections.AddPerson(e.t.Context(), e.g, e.list, collection.Enrolment{Photos: photos(list...)})
	if err != nil {
		e.t.Fatal(err)
	}
	return r.Person
}

// matched runs an analysis of a planted medium that matches a face.
func (e *estate) matched(vector []float32) osprey.Analysis {
	e.t.Helper()
	f, _ := e.Medium(e.g, vector)
	started, err := e.Analyses.Start(e.t.Context(), e.g, f.ID, []analysis.Request{{Type: osprey.AnalysisCollection, TopK: 10}})
	if err != nil {
		e.t.Fatal(err)
	}
	a, err := e.Analyses.Wait(e.t.Context(), e.g, started[0].ID, patience)
	if err != nil || a.State != osprey.StateFinished {
		e.t.Fatalf("state %s, error %v", a.State, err)
	}
	return a
}

// row is what all there is of a collection comes down to: a refused call must
// leave it as it was.
func (e *estate) row() string {
	e.t.Helper()
	c := e.Collection(e.list)
	var persons int
	e.Read(func(tx *store.Tx) (err error) {
		_, persons, err = tx.Persons(e.list, store.Query{}, false)
		return err
	})
	return fmt.Sprint(c.Persons, persons, c.Images, c.Version, c.Digest, c.Updated, len(e.Keys()))
}

// template is the sealed template of a photo.
func (e *estate) template(image osprey.ID) (s osprey.SealedTemplate) {
	e.t.Helper()
	e.Read(func(tx *store.Tx) (err error) {
		s, err = tx.Template(image)
		return err
	})
	return s
}
