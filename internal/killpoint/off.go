//go:build !killpoints

package killpoint

// Hit does nothing in this build.
func Hit(string) {}
