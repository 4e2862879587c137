//go:build !race

package media

// raced tells that the race detector watches.
const raced = false
