//go:build linux

package document

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"example.org/osprey/internal/testphoto"
)

// resident is how much memory the process has, in bytes.
func resident(t *testing.T) int64 {
	t.Helper()
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		var kib int64
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	t.Fatal("the status of the process has no VmRSS")
	return 0
}

// mostResident bounds this process after some large photographs. It has 213 MiB then, of
// which the models are most, and 433 MiB where the C library keeps what was freed.
const mostResident = 330 << 20

// TestReadGivesMemoryBack: what finding text in large photographs took is not kept by
// the C library.
func TestReadGivesMemoryBack(t *testing.T) {
	r := reader(t)
	read(t, r, testphoto.Card(t, sample(TD3).lines(), 600)) // loads the models
	debug.FreeOSMemory()
	before := resident(t)
	for i := range 6 {
		read(t, r, testphoto.Turn(testphoto.Card(t, sample(formats[i%3]).lines(), 2000), float64(10*i), 1))
	}
	debug.FreeOSMemory()
	after := resident(t)
	t.Logf("%d MiB before, %d MiB after six documents", before>>20, after>>20)
	if after > mostResident {
		t.Errorf("six documents left the process with %d MiB", after>>20)
	}
}
