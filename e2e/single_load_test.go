package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// TestSingleRequestsInParallel: each of 200 requests at the same moment is done (201),
// stored and still being done (202), or refused with the time to come again (503); what
// was answered is there, and what was refused is not.
//
// It has the machine to itself: beside others it would only measure patience.
func TestSingleRequestsInParallel(t *testing.T) {
	const requests = 200
	s := start(t, "OSPREY_ANALYSIS_QUEUE_MAX=150") // fewer than there are requests
	c := s.tenant(t, s.admin(t))
	p := people(t)
	before := peakMemory(t, s)
	answers := make([]answer, requests)
	faults := make([]error, requests)
	var all sync.WaitGroup
	for i := range requests {
		ask := object{"folder:meta_data": object{"number": fmt.Sprint(i)}, "analyses": entriesOf("BIOMETRY")}
		sent := form(payload(ask), photo("a", p.ada[i%len(p.ada)]), photo("b", p.ada[(i+1)%len(p.ada)]))
		all.Go(func() { answers[i], faults[i] = c.ca.plainly("/api/folders/?wait=30", sent) })
	}
	all.Wait()
	counts, kept := map[int]int{}, map[string]string{} // the number of a request by its folder
	for i, a := range answers {
		if faults[i] != nil {
			t.Fatal(faults[i])
		}
		a.tb = t
		a.checkHeaders() // Retry-After among them
		switch counts[a.status]++; a.status {
		case 201:
			a.check("resolution_status", "FINISHED")
			kept[a.id("folder_id")] = fmt.Sprint(i)
		case 202:
			a.check("resolution_status", "PROCESSING")
			kept[a.id("folder_id")] = fmt.Sprint(i)
		case 503:
		default:
			t.Errorf("%s", a)
		}
	}
	if counts[201]+counts[202] == 0 {
		t.Error("every request was refused")
	}
	for folder, number := range kept {
		for range 10 {
			if c.ca.get(t, folderPath(folder)+"?wait=60").want(200).text("resolution_status") != "PROCESSING" {
				break
			}
		}
		a := c.ca.get(t, folderPath(folder)).want(200).check("meta_data.number", number).check("resolution_status", "FINISHED").check("analyses.0.state", "FINISHED")
		if n := len(a.list("media")); n != 2 {
			t.Errorf("%s: %d media", a, n)
		}
	}
	if total := int(c.ca.get(t, "/api/folders/?limit=0").want(200).number("total")); total != len(kept) {
		t.Errorf("%d folders, %d were answered for", total, len(kept))
	}
	peak := peakMemory(t, s)
	t.Logf("answers %v; peak memory %d MiB, %d MiB before", counts, peak>>20, before>>20)
	// The bound of the Go heap, the models, and what the engine works with.
	if peak > 1<<30 {
		t.Errorf("%d MiB of memory", peak>>20)
	}
}

// plainly posts without holding the answer against the document, which takes longer than
// the request when many do it at a time.
func (c caller) plainly(path string, sent body) (answer, error) {
	req, err := http.NewRequest(http.MethodPost, c.server.base+path, bytes.NewReader(sent.content))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", sent.contentType)
	req.Header.Set("X-Forensic-Access-Token", c.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	a := answer{request: "POST " + path, method: http.MethodPost, path: path, status: resp.StatusCode, header: resp.Header}
	if a.body, err = io.ReadAll(resp.Body); err == nil {
		err = json.Unmarshal(a.body, &a.doc)
	}
	return a, err
}

// peakMemory is the most that a process ever had in memory, in bytes.
func peakMemory(tb testing.TB, s *server) int64 {
	tb.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				tb.Fatal(err)
			}
			return kib << 10
		}
	}
	tb.Fatal("no VmHWM")
	return 0
}
