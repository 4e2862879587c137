//go:build killpoints

package killpoint

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

var (
	armed, after = parse(os.Getenv("OSPREY_KILL_AT"))
	seen         atomic.Int64
)

// parse reads "NAME" or "NAME:N": kill at the N-th time (from 1) the point is
// passed.
func parse(s string) (string, int64) {
	name, count, ok := strings.Cut(s, ":")
	n, err := strconv.ParseInt(count, 10, 64)
	if !ok || err != nil || n < 1 {
		n = 1
	}
	return name, n
}

// Hit kills the process when this is the point it was told to die at.
func Hit(point string) {
	if point == armed && seen.Add(1) == after {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}
