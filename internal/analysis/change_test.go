package analysis_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/testhouse"
)

// told is a hook that keeps what it was told, and refuses what it is asked to.
type told struct {
	mu      sync.Mutex
	changes []analysis.Change
	refuse  error
}

func (r *told) hook(_ *store.Tx, c analysis.Change) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refuse; err != nil {
		r.refuse = nil
		return err
	}
	r.changes = append(r.changes, c)
	return nil
}

func (r *told) of(id osprey.ID) (out []analysis.Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.changes {
		if c.Analysis.ID == id {
			out = append(out, c)
		}
	}
	return out
}

// TestHooksTakePartInEveryChange: the end, the verdict and the deletion of an analysis
// are told once each, with the folder as it is then; what a hook refuses did not happen.
func TestHooksTakePartInEveryChange(t *testing.T) {
	t.Parallel()
	r := &told{refuse: errors.New("not this time")}
	h := testhouse.New(t, testhouse.Options{RetryMax: 2, Hooks: []analysis.Hook{r.hook}})
	_, g := h.Company("one")
	list, err := h.Collections.Create(t.Context(), g, newCollection("list"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Collections.Update(t.Context(), g, list.ID, patch("list", osprey.OnMatchOperator)); err != nil {
		t.Fatal(err)
	}
	vector := testhouse.Unit(rand.New(rand.NewPCG(1, 1)))
	if _, err := h.Enrol(list.ID, "", vector); err != nil {
		t.Fatal(err)
	}
	f, _ := h.Medium(g, vector)
	a, err := run(t.Context(), h, g, f.ID, one()[0])
	if err != nil || a.Resolution != osprey.ResolutionOperator || a.Run != 2 {
		t.Fatalf("%s in run %d, error %v; the first run was refused by the hook, the second finds a match", a.Resolution, a.Run, err)
	}

	verdict := g
	verdict.Actor = osprey.Actor{User: h.IDs.New(), Company: a.Company}
	r.refuse = errors.New("not the verdict")
	if _, err := h.Analyses.Verdict(t.Context(), verdict, a.ID, osprey.ResolutionSuccess, nil); err == nil {
		t.Error("a verdict that a hook refuses was given")
	}
	if _, err := h.Analyses.Verdict(t.Context(), verdict, a.ID, osprey.ResolutionSuccess, nil); err != nil {
		t.Error(err)
	}
	if err := h.Analyses.Delete(t.Context(), g, a.ID); err != nil {
		t.Error(err)
	}
	type seen struct {
		kind   analysis.ChangeKind
		state  osprey.State
		word   osprey.Resolution
		folder osprey.Resolution
	}
	want := []seen{
		{analysis.Ended, osprey.StateFinished, osprey.ResolutionOperator, osprey.ResolutionOperator},
		{analysis.Decided, osprey.StateFinished, osprey.ResolutionSuccess, osprey.ResolutionSuccess},
		{analysis.Deleted, osprey.StateFinished, osprey.ResolutionSuccess, osprey.ResolutionInitial},
	}
	var got []seen
	for _, c := range r.of(a.ID) {
		got = append(got, seen{c.Kind, c.Analysis.State, c.Analysis.Resolution, c.Folder.System})
	}
	if !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
}

// TestHooksAreToldOfTheSweep: an analysis that ends by its deadline, and one that is
// deleted while it is open.
func TestHooksAreToldOfTheSweep(t *testing.T) {
	t.Parallel()
	r := &told{}
	h := testhouse.New(t, testhouse.Options{Idle: true, Hooks: []analysis.Hook{r.hook}})
	_, g := h.Company("one")
	if _, err := h.Collections.Create(t.Context(), g, newCollection("list")); err != nil {
		t.Fatal(err)
	}
	f, _ := h.Medium(g, testhouse.Unit(rand.New(rand.NewPCG(2, 2))))
	started, err := h.Analyses.Start(t.Context(), g, f.ID, append(one(), one()...))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Analyses.Delete(t.Context(), g, started[0].ID); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := h.Analyses.Sweep(t.Context(), time.Now().Add(3*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if c := r.of(started[0].ID); len(c) != 1 || c[0].Kind != analysis.Deleted || c[0].Analysis.State != osprey.StateProcessing {
		t.Errorf("of the deleted one: %+v", c)
	}
	if c := r.of(started[1].ID); len(c) != 1 || c[0].Kind != analysis.Ended || c[0].Analysis.State != osprey.StateFailed || c[0].Folder.Status != osprey.ResolutionFailed {
		t.Errorf("of the overdue one: %+v", c)
	}
}
