package server

import (
	"testing"

	"example.org/osprey/internal/config"
)

// TestTries: an analysis is tried 7 times in all by default (api.md 9.6), and the
// setting counts the first try.
func TestTries(t *testing.T) {
	t.Parallel()
	r, err := config.Resolve(config.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	if got := 1 + retries(r.Config.Analysis); got != 7 {
		t.Errorf("%d tries by default, want 7", got)
	}
	for set, want := range map[int]int{1: 1, 2: 2, 100: 100} {
		if got := 1 + retries(config.Analysis{RetryMax: set}); got != want {
			t.Errorf("retry_max %d: %d tries, want %d", set, got, want)
		}
	}
}
