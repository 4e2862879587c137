package folder_test

import (
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/folder"
	"example.org/osprey/internal/testhouse"
	"example.org/osprey/internal/testphoto"
)

// TestHeldTakes: a take that is not stored is verified without being spent, spent when
// its answer is ready, and of two requests with the same one is told to judge again.
func TestHeldTakes(t *testing.T) {
	t.Parallel()
	h := testhouse.New(t, testhouse.Options{Idle: true})
	company, g := h.Company("one")
	_, foreign := h.Company("two")
	take := signed(t, h, challenge(t, h, company, time.Now().Add(time.Hour)), 0, testphoto.Mated(t)[0].Photos[0])
	receiver := folder.NewReceiver(h.Looker, h.IDs)
	hold := func(files ...folder.File) []folder.Held {
		t.Helper()
		_, held, err := receiver.Hold(t.Context(), company, g.Actor.User, osprey.TimeOf(time.Now()), folder.Intake{Files: files})
		if err != nil {
			t.Fatal(err)
		}
		return held
	}
	file := folder.File{Field: "take", Name: "take.zip", Data: take}
	first, second, twice := hold(file), hold(file), hold(file, folder.File{Field: "again", Name: "again.zip", Data: take})
	states := func(want ...osprey.TakeStatus) func([]folder.Held) {
		return func(held []folder.Held) {
			t.Helper()
			if err := h.Folders.VerifyTakes(t.Context(), g, held); err != nil {
				t.Fatal(err)
			}
			for i, m := range held {
				if got := osprey.TakeOf(m.Media.Technical); got != want[i] {
					t.Errorf("take %d is %v, want %v", i, got, want[i])
				}
			}
		}
	}
	spend := func(held []folder.Held, want bool) {
		t.Helper()
		if won, err := h.Folders.SpendTakes(t.Context(), g, held); err != nil || won != want {
			t.Errorf("%v, %v, want %v", won, err, want)
		}
	}
	states(osprey.TakeVerified)(first)
	states(osprey.TakeVerified)(second) // nothing was spent by looking
	states(osprey.TakeVerified, osprey.TakeInvalid)(twice)
	if err := h.Folders.VerifyTakes(t.Context(), foreign, hold(file)); err != nil {
		t.Error(err)
	}
	spend(first, true)
	spend(second, false)
	spend(twice, false)
	states(osprey.TakeInvalid)(second)
	spend(second, true) // there is nothing left to spend
	states(osprey.TakeInvalid, osprey.TakeInvalid)(twice)
	h.Whole()
}
