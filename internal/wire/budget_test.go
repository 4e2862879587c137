package wire

import "testing"

func TestReserveAndKeep(t *testing.T) {
	t.Parallel()
	budget := NewBudget(10)
	lease := budget.Lease()
	if !lease.Reserve(8) || lease.Reserve(3) || budget.Left() != 2 {
		t.Errorf("after 8 of 10 are taken, %d are left", budget.Left())
	}
	lease.Keep(9)
	if budget.Left() != 2 {
		t.Errorf("keeping more than is held leaves %d", budget.Left())
	}
	lease.Keep(1)
	if budget.Left() != 9 {
		t.Errorf("keeping 1 leaves %d", budget.Left())
	}
	lease.Release()
	if budget.Left() != 10 {
		t.Errorf("after the release %d are left", budget.Left())
	}
}
