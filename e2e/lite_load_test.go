package e2e

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"
)

// TestLiteL21Overload: at four times what the engine can do there is nothing but 200 and
// 503 with Retry-After, memory stays, and a call after it is answered at once.
func TestLiteL21Overload(t *testing.T) {
	t.Parallel()
	s := start(t, "OSPREY_LITE_AUTH=none", "OSPREY_ANALYSIS_WORKERS=1")
	l := s.as("").lite()
	p := people(t)
	calls := []struct {
		path string
		b    body
	}{{liteExtract, asJPEG(p.ada[0])}, {litePair, pairForm(p.ada[0], p.bea[0])}, {liteDetect, asJPEG(p.ada[1])}}

	var mu sync.Mutex
	seen := map[int]int{}
	var wg sync.WaitGroup
	send := func(i int) {
		one := calls[i%len(calls)]
		wg.Go(func() {
			a, err := l.try(http.MethodPost, one.path, one.b)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Errorf("%s: %v", one.path, err)
				return
			}
			if a.status == http.StatusServiceUnavailable {
				if n, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || n < 1 {
					t.Errorf("%s: Retry-After %q", a, a.header.Get("Retry-After"))
				}
			}
			seen[a.status]++
		})
	}
	const probe = 30
	begun := time.Now()
	for i := range probe {
		send(i)
		wg.Wait()
	}
	each := time.Since(begun) / probe
	press := func(patience time.Duration) {
		tick := time.NewTicker(each / 4)
		defer tick.Stop()
		for i, begun := 0, time.Now(); time.Since(begun) < patience; i++ {
			<-tick.C
			send(i)
		}
		wg.Wait()
	}
	press(loadTime / 6) // what a crowd takes once it takes once
	clear(seen)
	before := resident(t, s.cmd.Process.Pid)
	press(loadTime)
	after := resident(t, s.cmd.Process.Pid)
	calm := time.Now()
	l.post(t, liteExtract, asJPEG(p.ada[0])).ok()
	recovered := time.Since(calm)
	t.Logf("one call takes %s; under four times that: %v; %d MiB before, %d after; recovered in %s", each, seen, before>>20, after>>20, recovered)
	if len(seen) != 2 || seen[200] == 0 || seen[503] == 0 {
		t.Errorf("answers by status: %v, want 200 and 503", seen)
	}
	if after > before+before/10 {
		t.Errorf("memory grew from %d to %d MiB", before>>20, after>>20)
	}
	if recovered > 2*time.Second {
		t.Errorf("recovered in %s", recovered)
	}
	if a := l.get(t, litePattern+"health").ok(); string(a.body) != `{"status":0,"message":""}` {
		t.Errorf("%s", a)
	}
}
