//go:build killpoints

package killpoint

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
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

// hastened is how many times shorter waits of minutes and hours are made.
var hastened = divisor(os.Getenv("OSPREY_TEST_HASTEN"))

func divisor(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// Hasten shortens a wait by the factor in OSPREY_TEST_HASTEN, so that tests see all of
// a schedule.
func Hasten(d time.Duration) time.Duration { return d / time.Duration(hastened) }

// Hit kills the process when this is the point it was told to die at.
func Hit(point string) {
	if point == armed && seen.Add(1) == after {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}
