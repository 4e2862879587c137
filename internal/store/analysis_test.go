package store

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"

	"example.org/osprey"
)

// TestRunsAreFenced: only the run that holds the number ends an analysis, once.
func TestRunsAreFenced(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	h.extend(e)
	h.do(e.scope(), func(tx *Tx) error {
		first, err1 := tx.BeginRun(e.running)
		second, err2 := tx.BeginRun(e.running)
		if first.Run != 1 || second.Run != 2 {
			t.Errorf("runs %d and %d", first.Run, second.Run)
		}
		if open, err := tx.OpenAnalyses(); open != 1 || err != nil {
			t.Errorf("%d are open: %v", open, err)
		}
		end := func(a osprey.Analysis, want bool) {
			a.State, a.Resolution, a.System = osprey.StateFinished, osprey.ResolutionOperator, osprey.ResolutionOperator
			a.Technical = osprey.Metadata{"model": "m1"}
			if ok, err := tx.EndAnalysis(a); ok != want || err != nil {
				t.Errorf("run %d: %t, %v", a.Run, ok, err)
			}
		}
		end(first, false)
		end(second, true)
		end(second, false)
		if _, err := tx.BeginRun(e.running); !errors.Is(err, ErrNotFound) {
			t.Errorf("it ran again: %v", err)
		}
		a, err3 := tx.Analysis(e.running)
		if a.Finished != tx.Now() || a.Technical["model"] != "m1" {
			t.Errorf("%+v", a)
		}
		comment := "looks like"
		a.Resolution, a.OperatorStatus, a.Operator, a.OperatorComment = osprey.ResolutionSuccess, osprey.ResolutionSuccess, e.user.ID, &comment
		for _, want := range []bool{true, false} {
			if ok, err := tx.SetVerdict(a); ok != want || err != nil {
				t.Errorf("the verdict: %t, %v", ok, err)
			}
		}
		a, err4 := tx.Analysis(e.running)
		if a.System != osprey.ResolutionOperator || a.Resolution != osprey.ResolutionSuccess || *a.OperatorComment != comment || a.OperatorTime != tx.Now() {
			t.Errorf("%+v", a)
		}
		return errors.Join(err1, err2, err3, err4)
	})
}

func TestOverdueAnalyses(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	h.extend(e)
	h.see(osprey.Everything(), func(tx *Tx) error {
		a, err := tx.Analysis(e.running)
		early, err1 := tx.OverdueAnalyses(a.Created, osprey.Analysis{}, 10)
		late, err2 := tx.OverdueAnalyses(a.Created+1, osprey.Analysis{}, 10)
		none, err3 := tx.OverdueAnalyses(a.Created+1, osprey.Analysis{}, 0)
		next, err4 := tx.OverdueAnalyses(a.Created+1, a, 10)
		if len(early) != 0 || len(late) != 1 || len(none) != 0 || len(next) != 0 {
			t.Errorf("%d, %d, %d, %d", len(early), len(late), len(none), len(next))
		}
		return errors.Join(err, err1, err2, err3, err4)
	})
}

// TestMatchesHoldPhotos: a matched photo cannot be deleted or moved, nor its
// person deleted, until the analysis is gone.
func TestMatchesHoldPhotos(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	matched, other := e.images[0], e.images[1]
	target, beta := osprey.Person{ID: h.ids.New(), Collection: e.collection.ID}, h.build("beta")
	h.do(e.scope(), func(tx *Tx) error {
		refs, n, err := tx.PersonReferences(e.person.ID, 100)
		want := []Reference{{Analysis: e.analysis.ID, Folder: e.folder.ID}}
		if !slices.Equal(refs, want) || n != 1 || err != nil {
			t.Errorf("%v, %d, %v", refs, n, err)
		}
		if refs, n, err := tx.ImageReferences(matched.ID, 0); len(refs) != 0 || n != 1 || err != nil {
			t.Errorf("%v, %d, %v", refs, n, err)
		}
		if refs, n, err := tx.ImageReferences(other.ID, 9); len(refs) != 0 || n != 0 || err != nil {
			t.Errorf("%v, %d, %v", refs, n, err)
		}
		return tx.InsertPerson(target)
	})
	for name, fn := range map[string]func(tx *Tx) error{
		"delete the photo":  func(tx *Tx) error { return tx.DeletePersonImage(matched.ID) },
		"move the photo":    func(tx *Tx) error { return tx.MoveImage(matched.ID, target.ID) },
		"delete the person": func(tx *Tx) error { return tx.DeletePerson(e.person.ID) },
	} {
		if err := h.try(fn); !errors.Is(err, ErrReferenced) {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.do(e.scope(), func(tx *Tx) error { return tx.MoveImage(other.ID, target.ID) })
	for name, fn := range map[string]func(tx *Tx) error{
		"a match of a moved photo":  func(tx *Tx) error { return e.match(tx, other.ID, e.person.ID) },
		"a match of no photo":       func(tx *Tx) error { return e.match(tx, h.ids.New(), e.person.ID) },
		"a move to nobody":          func(tx *Tx) error { return tx.MoveImage(other.ID, h.ids.New()) },
		"a move to another list":    func(tx *Tx) error { return tx.MoveImage(other.ID, beta.person.ID) },
		"a photo of another's list": func(tx *Tx) error { i := h.image(e.person); i.Collection = h.ids.New(); return tx.InsertPersonImage(i) },
		"a match after the analysis": func(tx *Tx) error {
			return errors.Join(tx.DeleteAnalysis(e.analysis.ID), e.match(tx, matched.ID, e.person.ID))
		},
	} {
		if err := h.try(fn); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.do(e.scope(), func(tx *Tx) error {
		live, err := tx.LiveImages(e.collection.ID, []osprey.ID{matched.ID, other.ID, h.ids.New()})
		if want := map[osprey.ID]osprey.ID{matched.ID: e.person.ID, other.ID: target.ID}; !reflect.DeepEqual(live, want) {
			t.Errorf("%v, want %v", live, want)
		}
		return errors.Join(err, e.match(tx, matched.ID, e.person.ID), // again is fine
			tx.DeleteAnalysis(e.analysis.ID), tx.DeletePersonImage(matched.ID), tx.DeletePerson(e.person.ID))
	})
}

func (e *estate) match(tx *Tx, image, person osprey.ID) error {
	return tx.InsertMatch(e.analysis.ID, e.folder.ID, e.company.ID, e.collection.ID, person, image)
}

// TestDeleteMediaKeepsSnapshots of the analyses that took it.
func TestDeleteMediaKeepsSnapshots(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	h.extend(e)
	h.do(e.scope(), func(tx *Tx) error {
		if refs, err := tx.MediaInUse(e.media[1].ID, 10); err != nil || !slices.Equal(refs, []Reference{{e.running, e.folder.ID}}) {
			t.Errorf("%v, %v", refs, err)
		}
		if refs, err := tx.MediaInUse(e.media[0].ID, 10); err != nil || len(refs) != 0 {
			t.Errorf("of a finished analysis: %v, %v", refs, err)
		}
		return tx.DeleteMedia(e.media[0].ID)
	})
	h.see(e.scope(), func(tx *Tx) error {
		a, err := tx.Analysis(e.analysis.ID)
		b, err2 := tx.Analysis(e.running)
		if !a.Source[0].Cleared || b.Source[0].Cleared {
			t.Errorf("%+v, %+v", a.Source, b.Source)
		}
		if _, err := tx.Look(e.media[0].ID, "m1", "dominant"); !errors.Is(err, ErrNotFound) {
			t.Errorf("the look is there: %v", err)
		}
		return errors.Join(err, err2)
	})
	h.do(e.scope(), func(tx *Tx) error { return tx.PutLook(Look{Media: e.media[0].ID, Seen: "x"}) }) // gone: nothing
}

func TestLooks(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	want := Look{Media: e.media[0].ID, Company: e.company.ID, Seen: "dominant", Face: osprey.Face{Left: 1, FacesFound: 2},
		Template: osprey.SealedTemplate{Model: "m1", Bytes: []byte("second")}, Quality: osprey.Quality{FaceSize: 64, Yaw: -3.5},
		Grade: osprey.Measures{osprey.CheckFrames: 12, osprey.CheckYaw: -3.5}, Trace: osprey.Metadata{"frame": json.Number("4")}}
	h.do(e.scope(), func(tx *Tx) error { return tx.PutLook(want) })
	h.see(e.scope(), func(tx *Tx) error {
		got, err := tx.Look(e.media[0].ID, "m1", "dominant")
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%+v", got)
		}
		for _, key := range [][2]string{{"m2", "dominant"}, {"m1", "largest"}} {
			if _, err := tx.Look(e.media[0].ID, key[0], key[1]); !errors.Is(err, ErrNotFound) {
				t.Errorf("%v: %v", key, err)
			}
		}
		return err
	})
}

// TestDeleteFolderTakesAll that hangs on it, and releases the persons.
func TestDeleteFolderTakesAll(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	h.do(e.scope(), func(tx *Tx) error { return tx.DeleteFolder(e.folder.ID) })
	h.see(osprey.Everything(), func(tx *Tx) error {
		for _, table := range []string{"folder", "media", "look", "analysis", "analysis_media", "analysis_searched", "analysis_match"} {
			if n, err := readLines(tx, "SELECT COUNT(*) FROM "+table); err != nil || n[0] != "0" {
				t.Errorf("%s: %s rows, %v", table, n, err)
			}
		}
		if n, err := readLines(tx, "SELECT kind FROM meta ORDER BY kind"); err != nil || !slices.Equal(n, []string{"collection", "company", "person", "person", "person", "person", "user"}) {
			t.Errorf("searchable rows of %v, %v", n, err)
		}
		return nil
	})
	h.do(e.scope(), func(tx *Tx) error {
		if err := tx.DeleteFolder(e.folder.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("twice: %v", err)
		}
		return errors.Join(tx.DeletePersonImage(e.images[0].ID), tx.DeletePersonImage(e.images[1].ID), tx.DeletePerson(e.person.ID),
			tx.DeleteCollection(e.collection.ID), tx.DeleteUser(e.user.ID), tx.DeleteCompany(e.company.ID))
	})
	h.whole()
	h.see(osprey.Everything(), func(tx *Tx) error {
		for _, table := range []string{"company", "account", "session", "collection", "collection_change", "person", "person_image", "person_template", "meta"} {
			if n, err := readLines(tx, "SELECT COUNT(*) FROM "+table); err != nil || n[0] != "0" {
				t.Errorf("%s: %s rows, %v", table, n, err)
			}
		}
		return nil
	})
}

func TestFolderHadAnalysis(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	fresh := osprey.Folder{ID: h.ids.New(), Company: e.company.ID, User: e.user.ID, Status: osprey.ResolutionInitial, System: osprey.ResolutionInitial}
	h.do(e.scope(), func(tx *Tx) error {
		err := errors.Join(tx.InsertFolder(fresh), tx.DeleteAnalysis(e.analysis.ID), tx.TouchFolder(fresh.ID))
		had, err1 := tx.FolderHadAnalysis(e.folder.ID)
		not, err2 := tx.FolderHadAnalysis(fresh.ID)
		f, err3 := tx.Folder(fresh.ID)
		if !had || not || f.Updated != tx.Now() {
			t.Errorf("%t, %t, %d", had, not, f.Updated)
		}
		return errors.Join(err, err1, err2, err3)
	})
}
