package e2e

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// work is a kind of work that the server's CPU time goes into, and the functions by
// whose presence on the stack it is known. The first kind that fits counts.
type work struct {
	name   string
	engine bool // what any face engine does with the photo
	marks  []string
}

var works = []work{
	{"decoding photos", true, []string{"osprey/media.Decode"}},
	{"looking: models, measures", true, []string{"internal/look.(*Looker).Observe"}},
	{"searching", true, []string{"internal/index.", "osprey/gallery."}},
	{"thumbnail, hashes", false, []string{"internal/look.(*Looker).Receive"}},
	{"queue", false, []string{"riverqueue", "internal/queue."}},
	{"database", false, []string{"internal/store.", "database/sql.", "go-sqlite3."}},
	{"sealing, files", false, []string{"internal/blob.", "internal/vault."}},
	{"rules, templates, audit", false, []string{"internal/analysis.", "internal/audit."}},
	{"HTTP, parsing, JSON", false, []string{"net/http.", "internal/httpapi.", "internal/wire."}},
	{"garbage collector", false, []string{"runtime.gcBgMarkWorker", "runtime.bgsweep", "runtime.bgscavenge"}},
	{"scheduler and others", false, nil},
}

// kindOf gives the place in works of a stack.
func kindOf(stack string) int {
	return slices.IndexFunc(works, func(w work) bool {
		return w.marks == nil || slices.ContainsFunc(w.marks, func(m string) bool { return strings.Contains(stack, m) })
	})
}

// spent sums a CPU profile of the server by works.
func spent(b *testing.B, profile []byte) []time.Duration {
	b.Helper()
	name := filepath.Join(b.TempDir(), "cpu.pprof")
	if err := os.WriteFile(name, profile, 0o600); err != nil {
		b.Fatal(err)
	}
	text, err := exec.Command("go", "tool", "pprof", "-traces", name).Output()
	if err != nil {
		b.Fatalf("go tool pprof: %v", err)
	}
	sums := make([]time.Duration, len(works))
	// Stacks stand between lines of dashes, the time before the first function.
	for _, stack := range strings.Split(string(text), "-----------+")[1:] {
		_, stack, _ = strings.Cut(stack, "\n")
		value, _, _ := strings.Cut(strings.TrimSpace(stack), " ")
		if value == "" {
			continue
		}
		d, err := time.ParseDuration(value)
		if err != nil {
			b.Fatalf("a stack of a profile begins with %q", value)
		}
		sums[kindOf(stack)] += d
	}
	return sums
}

// overheadSeconds is how long the server is profiled for one kind of analysis.
const overheadSeconds = 15

// profiled has two clients make a call over and over while the server takes a CPU
// profile, and gives that and the number of calls.
func (st *stand) profiled(b *testing.B, call func() error) (profile []byte, calls int) {
	b.Helper()
	seconds := overheadSeconds
	if testing.Short() {
		seconds = 1
	}
	done := make(chan struct{})
	var mu sync.Mutex
	var clients sync.WaitGroup
	for range 2 {
		clients.Go(func() {
			for {
				if err := call(); err != nil {
					b.Error(err)
					return
				}
				mu.Lock()
				calls++
				mu.Unlock()
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	resp, err := http.Get(fmt.Sprintf("%s/debug/pprof/profile?seconds=%d", st.ops, seconds))
	if err == nil {
		profile, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
	}
	close(done)
	clients.Wait()
	if err != nil {
		b.Fatal(err)
	}
	return profile, calls
}

// BenchmarkOverhead tells what share of the server's CPU time a folder of photos with
// one analysis spends beside the engine's own: on HTTP, parsing, storing, queueing. It
// counts the samples of a CPU profile of the server, so that neither waiting nor other
// processes are in it.
func BenchmarkOverhead(b *testing.B) {
	st := newStand(b)
	phone := benchPhotos[1]
	one, two := photo("photo1", phone.photo(b)), photo("photo2", phone.photo(b))
	if err := st.enrol(form(photo("image1", phone.photo(b)))); err != nil {
		b.Fatal(err)
	}
	var text bytes.Buffer
	t := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	head := "share of the CPU time, %\t"
	rows := make([]string, len(works)+1)
	for _, kind := range []struct {
		name     string
		form     body
		analysis object
	}{
		{"QUALITY", form(one), object{"type": "QUALITY"}},
		{"BIOMETRY", form(one, two), object{"type": "BIOMETRY"}},
		{"COLLECTION", form(one), object{"type": "COLLECTION", "collection_id": st.list}},
	} {
		var column []string // of the last round
		b.Run(kind.name, func(b *testing.B) {
			for b.Loop() {
				profile, calls := st.profiled(b, func() error { return st.run(kind.form, kind.analysis) })
				column = overhead(b, spent(b, profile), calls)
			}
		})
		if column == nil {
			continue // it was not chosen
		}
		head += kind.name + "\t"
		for i, v := range column {
			rows[i] += v + "\t"
		}
	}
	fmt.Fprintln(t, head)
	for i, w := range works {
		fmt.Fprintln(t, w.name+"\t"+rows[i])
	}
	fmt.Fprintln(t, "OVERHEAD beside the engine\t"+rows[len(works)])
	if err := t.Flush(); err != nil {
		b.Fatal(err)
	}
	fmt.Printf("\nPhotos of %d by %d pixels; BIOMETRY has two of them. The first %d rows are the engine's.\n%s\n",
		phone.width, phone.height, slices.IndexFunc(works, func(w work) bool { return !w.engine }), &text)
}

// overhead gives a column of the table: the share of each work, and of all that is not
// the engine's.
func overhead(b *testing.B, sums []time.Duration, calls int) (column []string) {
	b.Helper()
	var total, engine time.Duration
	for i, w := range works {
		total += sums[i]
		if w.engine {
			engine += sums[i]
		}
	}
	share := func(d time.Duration) float64 { return 100 * d.Seconds() / cmp.Or(total.Seconds(), 1) }
	for _, d := range append(sums, total-engine) {
		column = append(column, fmt.Sprintf("%.1f", share(d)))
	}
	b.ReportMetric(share(total-engine), "%overhead")
	b.ReportMetric(1000*total.Seconds()/float64(max(calls, 1)), "cpu-ms/op")
	return column
}
