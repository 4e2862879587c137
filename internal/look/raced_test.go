//go:build !race

package look_test

// raced tells that the race detector watches.
const raced = false
