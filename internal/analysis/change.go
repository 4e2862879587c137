package analysis

import (
	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// Change is what a transaction does to the state of one analysis.
type Change struct {
	Kind ChangeKind
	// Folder has its new status already; its row is held.
	Folder osprey.Folder
	// Analysis is as the transaction leaves it; a deleted one is as it was, so that its
	// State tells whether it was still open.
	Analysis osprey.Analysis
}

// ChangeKind says what happens to the analysis.
type ChangeKind int

const (
	// Ended means that it left PROCESSING: it finished or failed, by its run, by the
	// sweep of overdue ones, or because its tries were used up. It happens at most once
	// to an analysis.
	Ended ChangeKind = iota + 1
	// Decided means that an operator gave the verdict. At most once.
	Decided
	// Deleted means that somebody deletes this one analysis. Those that go with their
	// folder are not told of.
	Deleted
)

// Hook takes part in the transaction of a change, after the rows of the analysis and
// of its folder were written: what it writes is there if and only if the change is.
// An error undoes both; the run is then tried again. It must not wait for anything,
// and it may be called again for a transaction that was rolled back.
type Hook func(tx *store.Tx, c Change) error

// changed calls the hooks, in the order of Options.
func (s *Service) changed(tx *store.Tx, kind ChangeKind, f osprey.Folder, a osprey.Analysis) error {
	for _, hook := range s.o.Hooks {
		if err := hook(tx, Change{Kind: kind, Folder: f, Analysis: a}); err != nil {
			return err
		}
	}
	return nil
}
