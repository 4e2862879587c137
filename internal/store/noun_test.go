package store

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"example.org/osprey"
)

// TestRoundTrip: what went in comes out, column for column.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	text, score, code := "text", 0.25, osprey.CodeNoFace
	h.do(osprey.Everything(), func(tx *Tx) error {
		e.company.ResolutionEndpoint, e.company.Settings.TargetFPIR = &text, &score
		e.company.Technical = osprey.Metadata{"n": json.Number("1.50"), "list": []any{json.Number("1"), nil, "x"}}
		e.collection.Threshold, e.collection.TargetFPIR = &score, &score
		e.user.MiddleName, e.user.Active, e.user.Role = "M", false, osprey.RoleClientAdmin
		e.session.NextAccessHash, e.session.NextRefreshHash, e.session.LastUsed = "na", "nr", 77
		e.folder.OperatorComment, e.folder.ResolutionTime, e.folder.OperatorStatus, e.folder.Author = &text, 5, osprey.ResolutionSuccess, e.user.ID
		return errors.Join(tx.UpdateCompany(e.company), tx.UpdateCollection(e.collection), tx.UpdateUser(e.user),
			tx.UpdateSession(e.session), tx.SetFolderState(e.folder))
	})
	failed := e.analysis
	h.do(e.scope(), func(tx *Tx) error {
		failed.ID, failed.State, failed.Resolution, failed.Result, failed.ErrorCode = h.ids.New(), osprey.StateFailed, osprey.ResolutionFailed, nil, &code
		failed.ErrorMessage, failed.ResolutionEndpoint, failed.Params.Threshold = "No face", &text, &score
		return tx.InsertAnalysis(failed)
	})
	type pair struct{ got, want any }
	var pairs []pair
	h.see(e.scope(), func(tx *Tx) error {
		company, err1 := tx.Company(e.company.ID)
		user, err2 := tx.User(e.user.ID)
		session, err3 := tx.Session(e.session.ID)
		folder, err4 := tx.Folder(e.folder.ID)
		media, err5 := tx.Media(e.media[0].ID)
		collection, err6 := tx.Collection(e.collection.ID)
		person, err7 := tx.Person(e.collection.ID, e.person.ID)
		image, err8 := tx.PersonImage(e.collection.ID, e.person.ID, e.images[0].Media)
		analysis, err9 := tx.Analysis(e.analysis.ID)
		other, err10 := tx.Analysis(failed.ID)
		template, err11 := tx.Template(e.images[0].ID)
		e.images[0].Template = osprey.SealedTemplate{}
		report, err12 := tx.Report(e.report.ID)
		form, err13 := tx.ReportTemplate(e.form.ID)
		if len(form.Attachments) == 1 {
			form.Attachments[0].Created = 0
		}
		pairs = []pair{{company, e.company}, {user, e.user}, {session, e.session}, {folder, e.folder}, {media, e.media[0]},
			{collection, e.collection}, {person, e.person}, {image, e.images[0]}, {analysis, e.analysis}, {other, failed},
			{report, e.report}, {form, e.form}}
		if template.Model != "m1" || len(template.Bytes) == 0 {
			t.Errorf("template %+v", template)
		}
		return errors.Join(err1, err2, err3, err4, err5, err6, err7, err8, err9, err10, err11, err12, err13)
	})
	for _, p := range pairs {
		got, want := withoutTimes(p.got), withoutTimes(p.want)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%T\ngot  %+v\nwant %+v", p.got, got, want)
		}
	}
}

// withoutTimes clears the moments that the store sets itself.
func withoutTimes(v any) any {
	r := reflect.New(reflect.TypeOf(v)).Elem()
	r.Set(reflect.ValueOf(v))
	for _, name := range []string{"Created", "Updated", "Finished"} {
		if f := r.FieldByName(name); f.IsValid() && f.Type() == reflect.TypeFor[osprey.Time]() {
			f.SetInt(0)
		}
	}
	return r.Interface()
}

func TestChangesAndGalleryRows(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	h.do(e.scope(), func(tx *Tx) error {
		err := tx.DeletePersonImage(e.images[1].ID)
		e.collection.Version, e.collection.Images = 3, 1
		return errors.Join(err, tx.TouchPerson(e.person.ID, 1), tx.SetCollectionState(e.collection),
			tx.AppendChange(Change{Collection: e.collection.ID, Version: 3, Op: ChangeRemove, Image: e.images[1].ID, Person: e.person.ID}))
	})
	h.see(e.scope(), func(tx *Tx) error {
		changes, err := tx.Changes(e.collection.ID, 0, 10)
		if len(changes) != 3 || changes[0].Template == nil || string(changes[0].Template.Bytes) != string(e.images[0].Template.Bytes) ||
			changes[1].Template != nil || changes[2].Op != ChangeRemove || changes[2].Version != 3 {
			t.Errorf("%+v", changes)
		}
		some, err1 := tx.Changes(e.collection.ID, 1, 1)
		rows, err2 := tx.GalleryRows(e.collection.ID, "", 10)
		none, err3 := tx.GalleryRows(e.collection.ID, e.images[0].ID, 10)
		if len(some) != 1 || some[0].Version != 2 || len(rows) != 1 || rows[0].Person != e.person.ID || rows[0].Template.Model != "m1" || len(none) != 0 {
			t.Errorf("%+v, %+v, %+v", some, rows, none)
		}
		return errors.Join(err, err1, err2, err3)
	})
	h.whole()
	if err := h.try(func(tx *Tx) error { return tx.AppendChange(Change{Collection: e.collection.ID, Version: 3}) }); !errors.Is(err, ErrDuplicate) {
		t.Errorf("a version twice: %v", err)
	}
	h.do(e.scope(), func(tx *Tx) error {
		return errors.Join(tx.PruneChanges(e.collection.ID, 2), tx.PruneChanges(e.collection.ID, 1))
	})
	h.see(e.scope(), func(tx *Tx) error {
		changes, err := tx.Changes(e.collection.ID, 0, 10)
		pruned, err2 := tx.PrunedTo(e.collection.ID)
		if len(changes) != 1 || pruned != 2 {
			t.Errorf("%+v, pruned to %d", changes, pruned)
		}
		return errors.Join(err, err2)
	})
	h.whole()
}

func TestImageByHash(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	again := h.image(e.person)
	again.SHA256, again.DuplicateOf = e.images[0].SHA256, e.images[0].ID
	h.do(e.scope(), func(tx *Tx) error { return tx.InsertPersonImage(again) })
	h.see(e.scope(), func(tx *Tx) error {
		for _, person := range []osprey.ID{"", e.person.ID} {
			if i, err := tx.ImageByHash(e.collection.ID, person, again.SHA256); err != nil || i.ID != e.images[0].ID {
				t.Errorf("%q: %s, %v", person, i.ID, err)
			}
		}
		if _, err := tx.ImageByHash(e.collection.ID, h.ids.New(), again.SHA256); !errors.Is(err, ErrNotFound) {
			t.Errorf("of another person: %v", err)
		}
		images, err := tx.ImagesOfPerson(e.person.ID)
		if len(images) != 3 || images[2].DuplicateOf != e.images[0].ID || len(images[0].Template.Bytes) != 0 {
			t.Errorf("%+v", images)
		}
		return err
	})
}

func TestShareCollections(t *testing.T) {
	t.Parallel()
	h := open(t)
	a, b := h.build("acme"), h.build("beta")
	h.see(osprey.Everything(), func(tx *Tx) error {
		got, err := tx.ShareCollections([]osprey.ID{b.collection.ID, a.collection.ID, b.collection.ID})
		if len(got) != 2 || got[0].ID != a.collection.ID {
			t.Errorf("%+v", got)
		}
		return err
	})
	h.see(a.scope(), func(tx *Tx) error {
		if got, err := tx.ShareCollections([]osprey.ID{a.collection.ID, b.collection.ID}); !errors.Is(err, ErrNotFound) {
			t.Errorf("%+v, %v", got, err)
		}
		return nil
	})
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	h.clock.add(time.Hour)
	fresh := osprey.Metadata{"k": json.Number("1.50"), "nul": "a\x00b", "person_info": map[string]any{"last_name": "STRASSE"}}
	owners := map[Kind]osprey.ID{KindUser: e.user.ID, KindFolder: e.user.ID, KindMedia: e.user.ID, KindAnalysis: e.user.ID}
	for kind, id := range e.kinds() {
		h.do(e.scope(), func(tx *Tx) error {
			err := tx.SetMetadata(kind, id, fresh)
			got, company, owner, err2 := tx.Metadata(kind, id)
			if !reflect.DeepEqual(got, fresh) || company != e.company.ID || owner != owners[kind] {
				t.Errorf("%s: %v, %s, %s", kind, got, company, owner)
			}
			return errors.Join(err, err2)
		})
		h.see(e.scope(), func(tx *Tx) error {
			for filter, want := range map[MetaFilter]string{
				{Path: "k", Value: "1.50"}: "1", {Path: "nul", Value: "a\x00b"}: "1", {Path: "who", Value: "acme"}: "0",
			} {
				n, err := readLines(tx, "SELECT COUNT(*) FROM meta WHERE object_id = '"+string(id)+"' AND term = '"+term(filter.Path, filter.Value)+"'")
				if err != nil || n[0] != want {
					t.Errorf("%s: %+v: %s, %v", kind, filter, n, err)
				}
			}
			updated, err := readLines(tx, "SELECT updated FROM "+tables[kind]+" WHERE id = '"+string(id)+"' AND updated > created")
			if err != nil || len(updated) != 1 {
				t.Errorf("%s: the update time stayed: %v", kind, err)
			}
			return nil
		})
		h.do(e.scope(), func(tx *Tx) error { return tx.SetMetadata(kind, id, nil) })
	}
	h.do(e.scope(), func(tx *Tx) error { return tx.SetMetadata(KindPerson, e.person.ID, fresh) })
	h.see(e.scope(), func(tx *Tx) error {
		_, n, err := tx.Persons(e.collection.ID, Query{Search: "straße"}, false)
		if n != 1 {
			t.Errorf("%d persons are found by the new name", n)
		}
		if _, _, _, err := tx.Metadata("odd", e.person.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("an odd kind: %v", err)
		}
		return err
	})
	h.whole()
}

func TestBlobNotes(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	h.do(e.scope(), func(tx *Tx) error {
		return errors.Join(tx.AddBlobIntent([]string{"i1", "i2"}), tx.AddBlobErase([]string{"e1", "", "e2"}), tx.AddBlobErase([]string{"e1"}))
	})
	h.clock.add(time.Minute)
	named := []string{e.media[0].Blob, e.media[0].Thumb, e.media[0].Preview, e.media[1].Blob, e.media[1].Thumb, e.media[1].Preview, e.shot.Blob,
		e.images[0].Blob, e.images[0].Thumb, e.images[1].Blob, e.images[1].Thumb, e.report.Blob, e.form.Attachments[0].Blob}
	h.do(osprey.Everything(), func(tx *Tx) error {
		old, err1 := tx.BlobIntents(tx.Now(), 1)
		none, err2 := tx.BlobIntents(tx.Now().Add(-time.Hour), 9)
		erases, err3 := tx.BlobErases(9)
		if !slices.Equal(old, []string{"i1"}) || len(none) != 0 || !slices.Equal(erases, []string{"e1", "e2"}) {
			t.Errorf("%v, %v, %v", old, none, erases)
		}
		have, err4 := tx.BlobNamed(append([]string{"nobody", ""}, named...))
		if len(have) != len(named) || have["nobody"] {
			t.Errorf("%v", have)
		}
		var keys []string
		for after := ""; ; after = keys[len(keys)-1] {
			chunk, err := tx.BlobKeys(after, 3)
			if err != nil || len(chunk) == 0 {
				break
			}
			keys = append(keys, chunk...)
		}
		if want := slices.Sorted(slices.Values(named)); !slices.Equal(keys, want) {
			t.Errorf("keys %v, want %v", keys, want)
		}
		return errors.Join(err1, err2, err3, err4, tx.DropBlobIntent([]string{"i1", "i2", "never"}), tx.DropBlobErase([]string{"e1", "e2"}))
	})
	h.see(osprey.Everything(), func(tx *Tx) error {
		intents, err1 := tx.BlobIntents(tx.Now().Add(time.Hour), 9)
		erases, err2 := tx.BlobErases(9)
		if len(intents)+len(erases) != 0 {
			t.Errorf("%v, %v", intents, erases)
		}
		return errors.Join(err1, err2)
	})
}

func TestKeyShelf(t *testing.T) {
	t.Parallel()
	h, ctx := open(t), context.Background()
	e := h.build("acme")
	shelf := h.Keys()
	for _, want := range []bool{true, false} {
		if ok, err := shelf.Add(ctx, e.company.ID, "media", 1, []byte("one")); ok != want || err != nil {
			t.Errorf("%t, %v", ok, err)
		}
	}
	if _, err := shelf.Add(ctx, e.company.ID, "media", 1<<32-1, []byte("greatest")); err != nil {
		t.Error(err)
	}
	if _, err := shelf.Add(ctx, h.ids.New(), "media", 1, []byte("x")); !errors.Is(err, ErrReferenced) {
		t.Errorf("of no company: %v", err)
	}
	keys, err := shelf.Load(ctx, e.company.ID, "media")
	if err != nil || len(keys) != 2 || string(keys[1]) != "one" || string(keys[1<<32-1]) != "greatest" {
		t.Errorf("%v, %v", keys, err)
	}
	if keys, err := shelf.Load(ctx, e.company.ID, "template"); err != nil || len(keys) != 0 {
		t.Errorf("%v, %v", keys, err)
	}
}

func TestCompanyUse(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	h.see(e.scope(), func(tx *Tx) error {
		users, folders, collections, err := tx.CompanyUse(e.company.ID)
		if users != 1 || folders != 1 || collections != 1 {
			t.Errorf("%d, %d, %d", users, folders, collections)
		}
		return err
	})
}

// TestStoredJSONIsChecked: a row that was edited by hand is an error, not a panic.
func TestStoredJSONIsChecked(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	for _, sql := range []string{
		"UPDATE company SET settings = '{'", "UPDATE account SET metadata = '[]'", "UPDATE folder SET technical = 'x'",
		"UPDATE media SET tags = '1'", "UPDATE look SET quality = ''", "UPDATE collection SET metadata = '1'",
		"UPDATE person SET metadata = '\"x\"'", "UPDATE person_image SET face = '[]'", "UPDATE analysis SET result = '1'",
	} {
		if _, err := h.DB().ExecContext(context.Background(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"Company", "Companies", "User", "SessionByAccess", "Folder", "Media", "MediaOfFolders", "Look", "Collection",
		"ShareCollections", "Person", "Persons", "PersonImage", "ImagesOfPerson", "Analysis", "AnalysesOfFolders"} {
		h.see(osprey.Everything(), func(tx *Tx) error {
			if _, err := reads[name](tx, e); !osprey.IsCode(err, osprey.CodeDatabase) {
				t.Errorf("%s: %v", name, err)
			}
			return nil
		})
	}
}
