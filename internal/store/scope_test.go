package store

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"example.org/osprey"
)

// TestEveryMethodHasAScopeTest keeps the tables above complete.
func TestEveryMethodHasAScopeTest(t *testing.T) {
	t.Parallel()
	typ := reflect.TypeFor[*Tx]()
	for i := range typ.NumMethod() {
		name := typ.Method(i).Name
		_, read := reads[name]
		_, write := writes[name]
		_, needs := installation[name]
		if !read && !write && !needs && !slices.Contains(free, name) {
			t.Errorf("Tx.%s has no test of its scope", name)
		}
	}
}

// expired is a list of all that the company has.
func (e *estate) expired(tx *Tx) Expired {
	return Expired{Company: e.company.ID, Before: tx.Now().Add(1 << 50), Limit: 10}
}

// extend adds what some probes need: a running analysis, one that waits for an
// operator, a data key and an audit record.
func (h *house) extend(e *estate) {
	h.t.Helper()
	h.do(osprey.Everything(), func(tx *Tx) error {
		a := e.analysis
		a.State, a.Resolution, a.System, a.Result, a.Run = osprey.StateProcessing, osprey.ResolutionProcessing, osprey.ResolutionProcessing, nil, 0
		a.ID, a.Source = h.ids.New(), []osprey.SourceMedia{{Media: e.media[1].ID}}
		e.running = a.ID
		err := tx.InsertAnalysis(a)
		a.ID, a.State, a.Resolution = h.ids.New(), osprey.StateFinished, osprey.ResolutionOperator
		e.doubtful = a.ID
		chain := string(e.company.ID)
		_, prev, lockErr := tx.LockAuditChain(chain)
		month, monthErr := tx.LockQuotaMonth(e.company.ID, "2026-01", osprey.QuotaLite)
		return errors.Join(err, tx.InsertAnalysis(a), lockErr, monthErr, tx.SetQuotaMonth(month),
			tx.AddUsage(UsageKey{Day: "2026-01-01", Company: e.company.ID, Type: osprey.AnalysisQuality, Source: osprey.SourceAPI}, Units{Done: 1}),
			tx.AddStatistic(a, osprey.ResolutionSuccess),
			tx.AddBlobStored(e.company.ID, map[string]int64{string(h.ids.New()): 5}),
			tx.InsertDataKey(DataKey{Company: e.company.ID, Purpose: "media", ID: 1, Wrapped: []byte("w")}),
			tx.AppendAudit(AuditRecord{ID: h.ids.New(), Chain: chain, Seq: 1, Time: tx.Now(), Record: []byte("{}"), PrevHash: prev, Hash: "h"}))
	})
	h.do(osprey.Everything(), func(tx *Tx) error { _, err := tx.TakeGauges("2026-01-01", "", 100); return err })
}

func nothing(v any, err error) bool {
	if errors.Is(err, ErrNotFound) {
		return true
	}
	if err != nil {
		return false
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Slice, reflect.Map:
		return r.Len() == 0
	default:
		return r.IsZero()
	}
}

// TestReadsStayInTheirScope asks every read in scopes that see the rows of an
// estate, and in those that must not.
func TestReadsStayInTheirScope(t *testing.T) {
	t.Parallel()
	h := open(t)
	mine, theirs := h.build("acme"), h.build("beta")
	h.extend(mine)
	h.extend(theirs)
	for name, read := range reads {
		for _, test := range []struct {
			scope string
			osprey.Scope
			sees bool
		}{
			{"its company", mine.scope(), true},
			{"everything", osprey.Everything(), true},
			{"its owner", osprey.Scope{Company: mine.company.ID, Owner: mine.user.ID}, true},
			{"another company", theirs.scope(), false},
			{"another company, its owner", osprey.Scope{Company: theirs.company.ID, Owner: mine.user.ID}, false},
			{"nothing", osprey.Scope{}, false},
			{"nothing, its owner", osprey.Scope{Owner: mine.user.ID}, false},
			{"a wildcard", osprey.Within("*"), false},
			{"the mark of nothing", osprey.Within("-"), false},
			{"another owner", osprey.Scope{Company: mine.company.ID, Owner: theirs.user.ID}, !owned[name]},
		} {
			err := h.Read(context.Background(), test.Scope, func(tx *Tx) error {
				v, err := read(tx, mine)
				if nothing(v, err) == test.sees {
					t.Errorf("%s in the scope of %s: %v, %v", name, test.scope, v, err)
				}
				return nil
			})
			if err != nil {
				t.Errorf("%s in the scope of %s: %v", name, test.scope, err)
			}
		}
	}
}

// owned are the reads that a scope's owner narrows.
var owned = map[string]bool{
	"Report": true, "Reports": true,
	"Folder": true, "LockFolder": true, "Folders": true, "FolderHadAnalysis": true,
	"Media": true, "MediaList": true, "MediaOfFolders": true, "ResultImages": true, "MediaInUse": true, "Look": true,
	"Analysis": true, "Analyses": true, "AnalysesOfFolders": true, "OverdueAnalyses": true,
	"Person": true, "Persons": true, "PersonImage": true, "PersonImageByMedia": true, "PersonImages": true,
	"ImagesOfPerson": true, "ImageByHash": true, "Template": true, "LiveImages": true,
	"PersonReferences": true, "ImageReferences": true,
}

// TestOwnersSeeMatchedPhotosOnly: the second photo of the person was not matched.
func TestOwnersSeeMatchedPhotosOnly(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	h.see(osprey.Scope{Company: e.company.ID, Owner: e.user.ID}, func(tx *Tx) error {
		persons, _, err := tx.Persons(e.collection.ID, Query{Limit: 9}, true)
		if err != nil || len(persons) != 1 || len(persons[0].Images) != 1 || persons[0].Images[0].ID != e.images[0].ID {
			t.Errorf("%+v, %v", persons, err)
		}
		if _, err := tx.PersonImage(e.collection.ID, e.person.ID, e.images[1].ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("the other photo: %v", err)
		}
		return nil
	})
}

// TestWritesStayInTheirScope lets scopes that must not see an estate change it: the
// rows stay as they were, to the last column.
func TestWritesStayInTheirScope(t *testing.T) {
	t.Parallel()
	h := open(t)
	mine, theirs := h.build("acme"), h.build("beta")
	h.extend(mine)
	h.do(osprey.Everything(), func(tx *Tx) error {
		_, err := tx.SQL().ExecContext(tx.Context(), "DELETE FROM challenge WHERE id = ?", string(theirs.challenge.ID))
		_, err2 := tx.DeleteExpiredCapsules(tx.Now().Add(1 << 50)) // both estates'
		_, err3 := tx.SQL().ExecContext(tx.Context(), "DELETE FROM webhook_delivery WHERE id = ?", string(theirs.told))
		return errors.Join(err, err2, err3, mine.buildCapsule(tx), tx.DeleteSession(theirs.session.ID))
	})
	before := h.dump()
	for name, write := range writes {
		for scope, s := range map[string]osprey.Scope{
			"another company": theirs.scope(), "nothing": {}, "nothing, its owner": {Owner: mine.user.ID},
			"another company, its owner": {Company: theirs.company.ID, Owner: mine.user.ID}, "a wildcard": osprey.Within("*"),
		} {
			err := h.Write(context.Background(), s, func(tx *Tx) error {
				if err := write(h, tx, mine); !errors.Is(err, ErrNotFound) {
					t.Errorf("%s in the scope of %s: %v", name, scope, err)
				}
				return nil
			})
			if err != nil {
				t.Errorf("%s in the scope of %s: %v", name, scope, err)
			}
		}
		if after := h.dump(); after != before {
			t.Fatalf("%s changed rows outside its scope", name)
		}
	}
}

// TestWritesWorkInTheirScope is the other half: the same calls go through where
// they may, or fail for the reason given.
func TestWritesWorkInTheirScope(t *testing.T) {
	t.Parallel()
	h := open(t)
	refused := map[string]error{ // by the rows of the estate
		"InsertCompany": ErrDuplicate, "InsertUser": ErrDuplicate, "InsertSession": ErrDuplicate, "InsertCollection": ErrDuplicate,
		"DeleteCompany": ErrReferenced, "DeletePerson": ErrReferenced, "DeleteCollection": ErrReferenced,
	}
	e := h.build("acme")
	h.extend(e)
	undo := errors.New("undo")
	for name, write := range writes {
		err := h.Write(context.Background(), e.scope(), func(tx *Tx) error {
			err := write(h, tx, e)
			switch want := refused[name]; {
			case want != nil && !errors.Is(err, want):
				t.Errorf("%s: %v, want %v", name, err, want)
			case want == nil && err != nil && !errors.Is(err, ErrNotFound):
				t.Errorf("%s: %v", name, err)
			case want == nil && errors.Is(err, ErrNotFound) && name != "InsertSearched" && name != "PruneChanges" && name != "PutLook":
				t.Errorf("%s met no row", name)
			}
			return undo
		})
		if !errors.Is(err, undo) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestInstallationNeedsEverything(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	for name, call := range installation {
		for _, s := range []osprey.Scope{e.scope(), {}, {All: true, Owner: e.user.ID}} {
			if err := h.Write(context.Background(), s, call); !errors.Is(err, ErrNeedsEverything) {
				t.Errorf("%s in %+v: %v", name, s, err)
			}
		}
		if err := h.try(call); err != nil && !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
