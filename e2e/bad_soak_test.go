package e2e

import (
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.org/osprey/internal/testphoto"
)

// The soak: how many requests of `make data`, and by how much a server may have grown
// since the first quarter of them, when every model was loaded and every kind of
// request had been there.
const (
	soakRequests = 200
	soakGrowth   = 256 << 20
)

// soakItem is one thing that is sent: bytes, where to, and the analyses to follow.
type soakItem struct {
	name     string
	data     []byte
	photo    bool     // as a person's photograph
	analyses []string // as a folder's medium, with these
	document bool
}

// soakItems are the hostile files, photographs, videos and documents, mixed evenly.
func soakItems(t *testing.T) []soakItem {
	data := testphoto.Data(t)
	read := func(path string) []byte {
		raw, err := os.ReadFile(filepath.Join(data, filepath.FromSlash(path)))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	column := func(name string, keep func(row []string) bool) (paths []string) {
		f, err := os.Open(filepath.Join(data, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			if keep(row) {
				paths = append(paths, row[0])
			}
		}
		return paths
	}
	all := func([]string) bool { return true }
	queues := [][]soakItem{{}, {}, {}, {}}
	for i, f := range badFiles(t) {
		item := soakItem{name: f.path, data: read(f.path), photo: i%2 == 0, document: i%8 == 1}
		if item.analyses = []string{"QUALITY"}; item.document {
			item.analyses = []string{"DOCUMENTS"}
		}
		queues[0] = append(queues[0], item)
	}
	for i, path := range column("ids.csv", all) {
		queues[1] = append(queues[1], soakItem{name: path, data: read(path), analyses: [][]string{{"QUALITY"}, {"QUALITY", "COLLECTION"}}[i%2], photo: i%3 == 0})
	}
	videos := append(column("videos.csv", all), column("pad.csv", func(row []string) bool { return row[3] == "video" })...)
	for i, path := range videos {
		queues[2] = append(queues[2], soakItem{name: path, data: read(path), analyses: [][]string{{"QUALITY"}, {"COLLECTION"}}[i%2]})
	}
	for _, path := range column("docs.csv", all) {
		queues[3] = append(queues[3], soakItem{name: path, data: read(path), analyses: []string{"DOCUMENTS"}, document: true})
	}
	var out []soakItem
	for i := range queues[0] {
		for _, q := range queues {
			out = append(out, q[i%len(q)])
		}
	}
	return out
}

// soak sends items and gathers what came of them.
type soak struct {
	company
	list  string
	sent  atomic.Int64
	mu    sync.Mutex
	tally map[string]int
}

func (s *soak) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tally[fmt.Sprintf(format, args...)]++
}

// send uploads an item, and analyses and deletes what was stored of it; each call but
// the waiting is a request.
func (s *soak) send(i soakItem) error {
	parts := []part{file("part1", filepath.Base(i.name), string(i.data))}
	path := "/api/folders/"
	if i.photo {
		path = persons(s.list)
	} else if i.document {
		parts = append(parts, tagged(map[string][]string{"part1": {"photo_id_front"}}))
	}
	a, err := s.ask("POST", path, form(parts...))
	if err != nil || a.status != 201 {
		s.note("upload %d", a.status)
		return err
	}
	if i.photo {
		s.note("enrolled")
		return nil
	}
	id, _ := a.look("folder_id")
	folder, _ := id.(string)
	var start []object
	for _, kind := range i.analyses {
		start = append(start, object{"type": kind})
	}
	if a, err = s.ask("POST", analysesOf(folder), object{"analyses": start}); err != nil {
		return err
	}
	s.note("analyses %d", a.status) // 400 where the medium does not fit the type
	if a.status == 201 {
		if err := s.await(folder); err != nil {
			return err
		}
	}
	a, err = s.ask("DELETE", folderPath(folder), nil)
	if err == nil && a.status != 204 {
		err = fmt.Errorf("%s: deletion of its folder answers %d", i.name, a.status)
	}
	return err
}

// ask is one request of the soak: an answer that no rule gives is an error.
func (s *soak) ask(method, path string, v any) (answer, error) {
	s.sent.Add(1)
	a, err := s.ca.try(method, path, v)
	if err == nil && a.status >= 500 {
		err = fmt.Errorf("%s %s: %d %.300s", method, path, a.status, a.body)
	}
	return a, err
}

// await waits until all analyses of a folder have ended; a failed one has a code of
// its contract.
func (s *soak) await(folder string) error {
	for range 10 {
		a, err := s.ca.try("GET", folderPath(folder)+"?wait=60", nil)
		if err != nil || a.status != 200 {
			return errors.Join(err, fmt.Errorf("folder answers %d", a.status))
		}
		if status, _ := a.look("resolution_status"); status == "PROCESSING" {
			continue
		}
		analyses, _ := a.look("analyses")
		list, _ := analyses.([]any)
		for _, raw := range list {
			one, _ := raw.(object)
			s.note("%s %s %v", one["type"], one["resolution_status"], one["error_code"])
			if code, failed := one["error_code"].(float64); failed && code < 20 {
				return fmt.Errorf("analysis failed with code %g: %v", code, one["error_message"])
			}
		}
		return nil
	}
	return errors.New("an analysis does not end")
}

// TestBadSoak sends a stream of mixed requests, hostile files, photographs, videos and
// documents with their analyses, and looks at the memory of the server: the most of all
// and what is left. OSPREY_SOAK sets the number of requests.
func TestBadSoak(t *testing.T) {
	requests := int64(soakRequests)
	if n, err := strconv.ParseInt(os.Getenv("OSPREY_SOAK"), 10, 64); err == nil {
		requests = n
	}
	items := soakItems(t)
	srv := start(t)
	s := &soak{company: srv.tenant(t, srv.admin(t)), tally: make(map[string]int)}
	s.list = s.collection(t, object{"face_rule": "largest"})
	began := time.Now()
	// Near the time limit of the tests the soak ends and tells what it saw so far.
	deadline, limited := t.Deadline()
	late := func() bool { return limited && time.Until(deadline) < 2*time.Minute }
	var next atomic.Int64
	var early atomic.Int64 // resident after a quarter
	var senders sync.WaitGroup
	for range 4 {
		senders.Go(func() {
			for s.sent.Load() < requests && !t.Failed() && !late() {
				item := items[int(next.Add(1)-1)%len(items)]
				if err := s.send(item); err != nil {
					t.Errorf("%s: %v", item.name, err)
				}
				if s.sent.Load() > requests/4 && early.CompareAndSwap(0, 1) {
					early.Store(srv.memory(t, "VmRSS"))
				}
			}
		})
	}
	senders.Wait()
	end := srv.memory(t, "VmRSS")
	t.Logf("%d requests in %s; resident: %d MiB after a quarter, %d MiB at the end, %d MiB at most",
		s.sent.Load(), time.Since(began).Round(time.Second), early.Load()>>20, end>>20, srv.memory(t, "VmHWM")>>20)
	for _, what := range slices.Sorted(maps.Keys(s.tally)) {
		t.Logf("%6d %s", s.tally[what], what)
	}
	if n := s.sent.Load(); n < requests {
		t.Errorf("%d of %d requests in the time of the test", n, requests)
	}
	if end > early.Load()+soakGrowth {
		t.Errorf("the server grew by %d MiB after the first quarter", (end-early.Load())>>20)
	}
	s.unharmed(t, s.list)
}
