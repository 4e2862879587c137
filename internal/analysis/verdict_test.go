package analysis_test

import (
	"math/rand/v2"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/folder"
	"example.org/osprey/internal/testhouse"
)

// TestVerdictGoesWithItsAnalysis: the folder repeats the latest verdict of the analyses
// that it still has, and none when they are gone (api.md 9.7).
func TestVerdictGoesWithItsAnalysis(t *testing.T) {
	t.Parallel()
	h := testhouse.New(t, testhouse.Options{})
	_, g := h.Company("one")
	list, err := h.Collections.Create(t.Context(), g, newCollection("list"))
	if err == nil {
		_, err = h.Collections.Update(t.Context(), g, list.ID, patch("list", osprey.OnMatchOperator))
	}
	if err != nil {
		t.Fatal(err)
	}
	vector := testhouse.Unit(rand.New(rand.NewPCG(1, 1)))
	if _, err := h.Enrol(list.ID, "", vector); err != nil {
		t.Fatal(err)
	}
	f, _ := h.Medium(g, vector)
	var ids []osprey.ID
	for range 3 {
		a, err := run(t.Context(), h, g, f.ID, one()[0])
		if err != nil || a.Resolution != osprey.ResolutionOperator {
			t.Fatalf("%s, %v", a.Resolution, err)
		}
		ids = append(ids, a.ID)
	}
	shows := func(after string, status osprey.Resolution, comment string, author osprey.ID) {
		t.Helper()
		v, err := h.Folders.Get(t.Context(), g, f.ID, folder.Expand{})
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		if c := v.Folder.OperatorComment; c != nil {
			said = *c
		}
		if v.Folder.OperatorStatus != status || said != comment || v.Folder.Author != author {
			t.Errorf("%s: %q, %q by %q; want %q, %q by %q", after, v.Folder.OperatorStatus, said, v.Folder.Author, status, comment, author)
		}
	}
	shows("undecided", "", "", "")
	former, latter := g, g
	former.Actor = osprey.Actor{User: h.IDs.New(), Company: g.Actor.Company}
	latter.Actor = osprey.Actor{User: h.IDs.New(), Company: g.Actor.Company}
	// The newer analysis is decided first.
	first, second := "not him", "him"
	if _, err := h.Analyses.Verdict(t.Context(), former, ids[1], osprey.ResolutionDeclined, &first); err != nil {
		t.Fatal(err)
	}
	shows("one verdict", osprey.ResolutionDeclined, first, former.Actor.User)
	if _, err := h.Analyses.Verdict(t.Context(), latter, ids[0], osprey.ResolutionSuccess, &second); err != nil {
		t.Fatal(err)
	}
	shows("two verdicts", osprey.ResolutionSuccess, second, latter.Actor.User)
	for _, step := range []struct {
		after   string
		id      osprey.ID
		status  osprey.Resolution
		comment string
		author  osprey.ID
	}{
		{"the later one is gone", ids[0], osprey.ResolutionDeclined, first, former.Actor.User},
		{"both are gone", ids[1], "", "", ""},
		{"all are gone", ids[2], "", "", ""},
	} {
		if err := h.Analyses.Delete(t.Context(), g, step.id); err != nil {
			t.Fatal(err)
		}
		shows(step.after, step.status, step.comment, step.author)
	}
}
