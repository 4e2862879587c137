package collection_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/collection"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/testhouse"
	"example.org/osprey/internal/testphoto"
)

const patience = time.Minute

// TestEnrolment: what is enrolled is there, whole, and found.
func TestEnrolment(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	ctx := t.Context()
	ada := testphoto.Mated(t)[0].Photos
	name := osprey.Metadata{"person_info": map[string]any{"first_name": "Ada"}}
	in := photos(ada[0], ada[1])
	in[0].Tags = []string{"photo_selfie"}
	in[1].Metadata = osprey.Metadata{"source": "archive"}
	r, err := e.Collections.AddPerson(ctx, e.g, e.list, collection.Enrolment{Photos: in, Metadata: name})
	if err != nil {
		t.Fatal(err)
	}
	if r.Person.ImageCount != 2 || len(r.New) != 2 || len(r.Similar) != 0 || r.New[0].Key != "image1" || r.New[0].Tags[0] != "photo_selfie" {
		t.Errorf("answer %+v", r)
	}
	more, err := e.Collections.AddImages(ctx, e.g, e.list, r.Person.ID, collection.Enrolment{Photos: photos(ada[2], ada[0])})
	if err != nil {
		t.Fatal(err)
	}
	if len(more.New) != 2 || more.Person.ImageCount != 4 || more.New[1].DuplicateOf != r.New[0].ID || more.New[0].DuplicateOf != "" {
		t.Errorf("%d new of %d; duplicates of %q and %q", len(more.New), more.Person.ImageCount, more.New[0].DuplicateOf, more.New[1].DuplicateOf)
	}
	p, err := e.Collections.Person(ctx, e.g, e.list, r.Person.ID)
	if err != nil || len(p.Images) != 4 || p.ImageCount != 4 {
		t.Fatalf("read as %+v (error %v)", p, err)
	}
	for _, i := range p.Images {
		for _, thumb := range []bool{false, true} {
			f, err := e.Collections.PhotoFile(ctx, e.g, e.list, i.Media, thumb)
			if err != nil || len(f.Data) == 0 || f.Company != e.g.Actor.Company {
				t.Errorf("file of %s: %d bytes, error %v", i.ID, len(f.Data), err)
			}
			if i.ID == r.New[0].ID && !thumb && !bytes.Equal(f.Data, ada[0].JPEG) {
				t.Error("the original is not the file that was sent")
			}
		}
	}
	found, err := e.Collections.SearchPhoto(ctx, e.g, e.list, photos(ada[5])[0], 5)
	if err != nil || len(found.Items) != 1 || found.Items[0].Person != p.ID || found.Items[0].Confidence < found.Threshold || found.Images != 4 {
		t.Errorf("search: %+v (error %v)", found, err)
	}
	if c := e.Collection(e.list); c.Persons != 1 || c.Images != 4 || c.Version != 4 {
		t.Errorf("collection %+v", c)
	}
	e.Whole()
}

// TestRefusedEnrolmentLeavesNothing: one bad photo among good ones, and neither
// rows nor blobs remain.
func TestRefusedEnrolmentLeavesNothing(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	people := testphoto.Mated(t)
	ada, bea := people[0].Photos, people[1].Photos
	there := e.add(ada[0])
	before := e.row()
	eleven := make([]testphoto.Photo, 11)
	for i := range eleven {
		eleven[i] = ada[0]
	}
	broken := testphoto.Photo{Name: "broken", JPEG: bea[0].JPEG[:900]}
	tests := map[string]struct {
		photos []testphoto.Photo
		more   collection.Enrolment
		code   osprey.Code
		field  string
		parts  int
	}{
		"no photo":          {nil, collection.Enrolment{}, osprey.CodeInvalidStructure, "files", 0},
		"eleven":            {eleven, collection.Enrolment{}, osprey.CodeTooLarge, "files", 0},
		"no face":           {[]testphoto.Photo{bea[0], testphoto.NoFace(t)}, collection.Enrolment{}, osprey.CodeNoFace, "image2", 1},
		"two faces":         {[]testphoto.Photo{testphoto.TwoFaces(t), bea[0]}, collection.Enrolment{}, osprey.CodeSeveralFaces, "image1", 1},
		"both":              {[]testphoto.Photo{testphoto.NoFace(t), testphoto.TwoFaces(t)}, collection.Enrolment{}, osprey.CodeNoFace, "image1", 2},
		"broken goes first": {[]testphoto.Photo{testphoto.NoFace(t), broken}, collection.Enrolment{}, osprey.CodeInvalidValue, "image2", 1},
		"too small":         {[]testphoto.Photo{testphoto.Resize(t, bea[0], 90)}, collection.Enrolment{}, osprey.CodeLowQuality, "image1", 1},
		"somebody similar":  {[]testphoto.Photo{ada[1]}, collection.Enrolment{RejectSimilar: true}, osprey.CodeConflict, "", 0},
		"metadata":          {[]testphoto.Photo{bea[0]}, collection.Enrolment{Metadata: osprey.Metadata{"": 1}}, osprey.CodeInvalidValue, "person:meta_data", 0},
	}
	for name, tt := range tests {
		in := tt.more
		in.Photos = photos(tt.photos...)
		_, err := e.Collections.AddPerson(t.Context(), e.g, e.list, in)
		fault := osprey.ErrorOf(err)
		if fault.Code != tt.code || tt.field != "" && fault.Details["field"] != tt.field {
			t.Errorf("%s: %v, details %v; want code %d in %q", name, err, fault.Details, tt.code, tt.field)
		}
		if parts, _ := fault.Details["parts"].([]osprey.Details); len(parts) != tt.parts {
			t.Errorf("%s: %d faults are listed, want %d", name, len(parts), tt.parts)
		}
		if after := e.row(); after != before {
			t.Errorf("%s: something was stored: %s, was %s", name, after, before)
		}
	}
	if similar := refusedSimilar(t, e, ada[1]); len(similar) != 1 || similar[0].Person != there.ID {
		t.Errorf("similar persons %+v", similar)
	}
	e.Whole()
}

func refusedSimilar(t *testing.T, e *estate, p testphoto.Photo) []osprey.SimilarPerson {
	_, err := e.Collections.AddPerson(t.Context(), e.g, e.list, collection.Enrolment{Photos: photos(p), RejectSimilar: true})
	similar, _ := osprey.ErrorOf(err).Details["similar_persons"].([]osprey.SimilarPerson)
	return similar
}

// TestDryRun tells what an enrolment would find and stores nothing.
func TestDryRun(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	ada := testphoto.Mated(t)[0].Photos
	there := e.add(ada[0])
	before := e.row()
	r, err := e.Collections.AddPerson(t.Context(), e.g, e.list, collection.Enrolment{Photos: photos(ada[1]), DryRun: true})
	if err != nil || len(r.New) != 1 || len(r.Similar) != 1 || r.Similar[0].Person != there.ID || r.Person.ID != "" {
		t.Errorf("%+v (error %v)", r, err)
	}
	if _, err := e.Collections.AddPerson(t.Context(), e.g, e.list, collection.Enrolment{Photos: photos(testphoto.NoFace(t)), DryRun: true}); !osprey.IsCode(err, osprey.CodeNoFace) {
		t.Errorf("a dry run of a bad photo: %v", err)
	}
	if after := e.row(); after != before {
		t.Errorf("something was stored: %s, was %s", after, before)
	}
}

// TestFaultsOfStorage: whichever blob cannot be written, nothing of the enrolment
// remains, and what cannot be cleaned up at once the next start removes.
func TestFaultsOfStorage(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	ada := testphoto.Mated(t)[0].Photos
	before := e.row()
	gone := errors.New("the disk is away")
	for _, failing := range []int64{1, 2, 4} {
		var puts atomic.Int64
		e.Bucket.Fail(func(_ context.Context, op, _ string) error {
			if op == "put" && puts.Add(1) == failing {
				return gone
			}
			return nil
		})
		_, err := e.Collections.AddPerson(t.Context(), e.g, e.list, collection.Enrolment{Photos: photos(ada[0], ada[1])})
		e.Bucket.Fail(nil)
		if !osprey.IsCode(err, osprey.CodeExternalService) || !errors.Is(err, gone) {
			t.Errorf("put %d fails: %v", failing, err)
		}
		if after := e.row(); after != before {
			t.Errorf("put %d fails: something is left: %s, was %s", failing, after, before)
		}
	}
	// Now the disk stays away after the first blob: it cannot be removed at once.
	var puts atomic.Int64
	e.Bucket.Fail(func(ctx context.Context, op, _ string) error {
		if op == "put" && puts.Add(1) == 1 {
			return nil
		}
		for op == "put" && len(e.Keys()) == 0 && ctx.Err() == nil {
			runtime.Gosched()
		}
		return gone
	})
	if _, err := e.Collections.AddPerson(t.Context(), e.g, e.list, collection.Enrolment{Photos: photos(ada[0])}); !errors.Is(err, gone) {
		t.Errorf("half of the blobs were written: %v", err)
	}
	e.Bucket.Fail(nil)
	if len(e.Keys()) == 0 {
		t.Error("nothing was left to clean up: the test is no test")
	}
	if _, err := e.Eraser.Resolve(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := e.row(); after != before {
		t.Errorf("after a start something is left: %s, was %s", after, before)
	}
	e.Whole()
}

// TestPersonIsBounded: a person holds a hundred photos and not one more, however
// they come.
func TestPersonIsBounded(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	random := rand.New(rand.NewPCG(1, 1))
	face := testhouse.Unit(random)
	first, err := e.Enrol(e.list, "", face)
	if err != nil {
		t.Fatal(err)
	}
	for range osprey.MaxPhotosPerPerson - 1 {
		if _, err := e.Enrol(e.list, first.Person, testhouse.Near(random, face)); err != nil {
			t.Fatal(err)
		}
	}
	ada := testphoto.Mated(t)[0].Photos
	_, err = e.Collections.AddImages(t.Context(), e.g, e.list, first.Person, collection.Enrolment{Photos: photos(ada[0])})
	if d := osprey.ErrorOf(err).Details; !osprey.IsCode(err, osprey.CodeTooLarge) || d["reason"] != "person_full" || d["limit"] != 100 || d["actual"] != 101 {
		t.Errorf("the 101st: %v, details %v", err, d)
	}
	other, err := e.Enrol(e.list, "", testhouse.Unit(random))
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Collections.MoveImages(t.Context(), e.g, e.list, other.Person, first.Person, []osprey.ID{other.ID})
	if !osprey.IsCode(err, osprey.CodeTooLarge) {
		t.Errorf("a move of the 101st: %v", err)
	}
	// One place is free, and two come at once.
	if err := e.Collections.DeleteImage(t.Context(), e.g, e.list, first.Person, first.ID); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var added atomic.Int64
	for n := range 2 {
		wg.Go(func() {
			_, err := e.Collections.AddImages(t.Context(), e.g, e.list, first.Person, collection.Enrolment{Photos: photos(ada[n])})
			switch {
			case err == nil:
				added.Add(1)
			case !osprey.IsCode(err, osprey.CodeTooLarge):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if added.Load() != 1 {
		t.Errorf("%d of two were added to the last place", added.Load())
	}
	e.Whole(face)
}

// TestIndexIsBounded: a full index refuses enrolments with 503 and stores nothing.
func TestIndexIsBounded(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{IndexMemory: 1 << 10})
	before := e.row()
	_, err := e.Collections.AddPerson(t.Context(), e.g, e.list, collection.Enrolment{Photos: photos(testphoto.Mated(t)[0].Photos[0])})
	if d := osprey.ErrorOf(err).Details; !osprey.IsCode(err, osprey.CodeUnavailable) || d["reason"] != "index_full" {
		t.Errorf("%v, details %v", err, d)
	}
	if after := e.row(); after != before {
		t.Errorf("something was stored: %s, was %s", after, before)
	}
}

// TestCompanies: nothing of one company's collections is there for another.
func TestCompanies(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	ada := testphoto.Mated(t)[0].Photos
	mine := e.add(ada[0])
	_, other := e.Company("two")
	theirs, err := e.Collections.Create(t.Context(), other, collection.New{Alias: "LIST"}) // the same alias
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.Collections.AddPerson(t.Context(), other, theirs.ID, collection.Enrolment{Photos: photos(ada[1]), RejectSimilar: true})
	if err != nil || len(r.Similar) != 0 {
		t.Fatalf("the other's list is empty, and somebody similar is there: %+v, %v", r.Similar, err)
	}
	found, err := e.Collections.SearchPhoto(t.Context(), other, theirs.ID, photos(ada[2])[0], 100)
	if err != nil || found.Images != 1 || len(found.Items) != 1 || found.Items[0].Person != r.Person.ID {
		t.Errorf("search: %+v (error %v)", found, err)
	}
	ctx, i := t.Context(), mine.Images[0]
	nowhere := func(name string, err error) {
		t.Helper()
		if !osprey.IsCode(err, osprey.CodeNotExist) || osprey.ErrorOf(err).Message != osprey.NotExist().Message {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = e.Collections.Get(ctx, other, e.list)
	nowhere("get", err)
	_, err = e.Collections.Update(ctx, other, e.list, collection.Patch{})
	nowhere("update", err)
	nowhere("delete", e.Collections.Delete(ctx, other, e.list))
	_, err = e.Collections.Person(ctx, other, e.list, mine.ID)
	nowhere("person", err)
	_, _, err = e.Collections.Persons(ctx, other, e.list, store.Query{Limit: 1}, true)
	nowhere("persons", err)
	_, _, err = e.Collections.Images(ctx, other, e.list, mine.ID, store.Query{Limit: 1})
	nowhere("images", err)
	_, err = e.Collections.Image(ctx, other, e.list, mine.ID, i.ID)
	nowhere("image", err)
	_, err = e.Collections.PhotoFile(ctx, other, e.list, i.Media, false)
	nowhere("file", err)
	_, err = e.Collections.AddPerson(ctx, other, e.list, collection.Enrolment{Photos: photos(ada[3])})
	nowhere("add person", err)
	_, err = e.Collections.AddImages(ctx, other, theirs.ID, mine.ID, collection.Enrolment{Photos: photos(ada[3])})
	nowhere("add photos", err)
	_, err = e.Collections.UpdatePerson(ctx, other, e.list, mine.ID, osprey.Metadata{"a": "b"})
	nowhere("update person", err)
	_, err = e.Collections.MoveImages(ctx, other, theirs.ID, r.Person.ID, mine.ID, []osprey.ID{r.Person.Images[0].ID})
	nowhere("move to", err)
	_, err = e.Collections.MoveImages(ctx, other, theirs.ID, mine.ID, r.Person.ID, []osprey.ID{i.ID})
	nowhere("move from", err)
	nowhere("delete person", e.Collections.DeletePerson(ctx, other, e.list, mine.ID))
	nowhere("delete photo", e.Collections.DeleteImage(ctx, other, e.list, mine.ID, i.ID))
	_, err = e.Collections.SearchPhoto(ctx, other, e.list, photos(ada[3])[0], 1)
	nowhere("search", err)
	nowhere("export", e.Collections.ExportCollection(ctx, other, e.list, new(bytes.Buffer)))
	nowhere("export person", e.Collections.ExportPerson(ctx, other, e.list, mine.ID, plain, new(bytes.Buffer)))
	all, total, err := e.Collections.List(ctx, other, store.Query{Limit: 10})
	if err != nil || total != 1 || all[0].ID != theirs.ID {
		t.Errorf("list: %d, %v", total, err)
	}
	e.Whole()
}

// TestReaders: who may see a collection and not change it is refused with 403, and
// the refusal is on record.
func TestReaders(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	ada := testphoto.Mated(t)[0].Photos
	p := e.add(ada[0])
	before := e.row()
	reader := e.g
	reader.Act = osprey.Scope{}
	for name, call := range map[string]func(g access.Grant) error{
		"collection.update": func(g access.Grant) error {
			_, err := e.Collections.Update(t.Context(), g, e.list, collection.Patch{})
			return err
		},
		"collection.delete": func(g access.Grant) error { return e.Collections.Delete(t.Context(), g, e.list) },
		"person.delete":     func(g access.Grant) error { return e.Collections.DeletePerson(t.Context(), g, e.list, p.ID) },
		"person_image.delete": func(g access.Grant) error {
			return e.Collections.DeleteImage(t.Context(), g, e.list, p.ID, p.Images[0].ID)
		},
		"person.update": func(g access.Grant) error {
			_, err := e.Collections.UpdatePerson(t.Context(), g, e.list, p.ID, nil)
			return err
		},
	} {
		if err := call(reader); !osprey.IsCode(err, osprey.CodeAuthForbidden) {
			t.Errorf("%s: %v", name, err)
		}
		if on := e.Audit.Events(name); len(on) != 1 || !on[0].Denied || on[0].Company != e.g.Actor.Company {
			t.Errorf("%s: on record is %+v", name, on)
		}
	}
	if _, err := e.Collections.AddPerson(t.Context(), reader, e.list, collection.Enrolment{Photos: photos(ada[1])}); !osprey.IsCode(err, osprey.CodeAuthForbidden) {
		t.Errorf("add person: %v", err)
	}
	if after := e.row(); after != before {
		t.Errorf("something was changed: %s, was %s", after, before)
	}
}
