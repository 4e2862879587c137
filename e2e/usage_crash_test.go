package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"example.org/osprey"
)

// meteredRun starts analyses at random, many more than are counted at once.
type meteredRun struct {
	company
	folders []meteredFolder
	list    string

	mu      sync.Mutex
	left    int // starts that are still to be answered
	answers int
	stopAt  int // answers after which the server is killed
	middle  chan struct{}
}

// meteredFolder is a folder of so many photographs; of one without a face analyses fail.
type meteredFolder struct {
	id    string
	media float64
}

// meteredCalls is how many starts there are: OSPREY_U01_CALLS, else a run that fits
// among the other tests.
func meteredCalls(t *testing.T) int {
	t.Helper()
	text := os.Getenv("OSPREY_U01_CALLS")
	if text == "" {
		return 150
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 10 {
		t.Fatalf("OSPREY_U01_CALLS=%s is no number of 10 or more", text)
	}
	return n
}

// foldersFor makes folders for so many starts: each is to hold a few hundred at most.
func (m *meteredRun) foldersFor(t *testing.T, calls int) {
	t.Helper()
	p := people(t)
	add := func(media float64, a answer) {
		m.folders = append(m.folders, meteredFolder{a.id("folder_id"), media})
	}
	for range 1 + calls/500 {
		add(1, m.folder(t, p.ada[0]))
		add(2, m.folder(t, p.bea[0], p.bea[1]))
		add(3, m.folder(t, p.cem[0], p.ada[1], p.dua[0]))
		add(1, m.folder(t, p.nobody))
	}
}

// next takes one of the starts that are left.
func (m *meteredRun) next() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left--
	return m.left >= 0
}

// answered notes a start that was answered.
func (m *meteredRun) answered() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.answers++; m.answers == m.stopAt {
		close(m.middle)
	}
}

// client starts analyses until none is left or the server is gone.
func (m *meteredRun) client(t *testing.T, r *rand.Rand) {
	last := ""
	for m.next() {
		one := object{"type": "COLLECTION", "collection_id": m.list}
		if r.IntN(8) == 0 {
			one = object{"type": "DOCUMENTS"}
		}
		for {
			a, err := m.ca.try("POST", analysesOf(m.folders[r.IntN(len(m.folders))].id), object{"analyses": []object{one}})
			if err != nil {
				return // killed; whether it was started is seen in the end
			}
			if a.status == 201 {
				last = a.doc.([]any)[0].(object)["analysis_id"].(string)
				m.answered()
				break
			}
			if a.status != 503 || last == "" {
				t.Errorf("%s", a)
				return
			}
			// The queue is full.
			if _, err := m.ca.try("GET", analysisPath(last)+"?wait=60", nil); err != nil {
				return
			}
		}
	}
}

// work lets the clients work; where the server is to be killed, it is, in the middle.
func (m *meteredRun) work(t *testing.T, r *rand.Rand, killAt int) {
	t.Helper()
	m.mu.Lock()
	m.stopAt, m.middle = m.answers+killAt, make(chan struct{})
	m.mu.Unlock()
	var clients sync.WaitGroup
	for range crashClients {
		random := rand.New(rand.NewPCG(r.Uint64(), r.Uint64()))
		clients.Go(func() { m.client(t, random) })
	}
	if killAt > 0 {
		select {
		case <-m.middle:
		case <-m.exited:
			t.Fatal("the server ended by itself")
		}
		m.kill(t)
	}
	clients.Wait()
	if killAt > 0 {
		m.restart(t)
	}
}

// ended waits for all analyses, those that nobody was answered for too, and gives the
// media of the finished and of the failed by type, and how many there are.
func (m *meteredRun) ended(t *testing.T) (finished, failed map[string]float64, n int) {
	t.Helper()
	finished, failed = map[string]float64{}, map[string]float64{}
	for _, f := range m.folders {
		for m.ca.get(t, folderPath(f.id)+"?wait=60&with_analyses=false").want(200).text("resolution_status") == "PROCESSING" {
		}
		all := m.ca.get(t, analysesOf(f.id)).want(200)
		for _, a := range all.doc.([]any) {
			one := a.(object)
			n++
			switch one["state"] {
			case "FINISHED":
				finished[one["type"].(string)] += f.media
			case "FAILED":
				failed[one["type"].(string)] += f.media
			default:
				t.Fatalf("an analysis is %v and its folder is not", one["state"])
			}
		}
	}
	return finished, failed, n
}

// TestCrashU01Counters: after kill -9 in the middle of a random run the counters are the
// media of the analyses that finished, by type: none is lost, none counts twice.
func TestCrashU01Counters(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	s := start(t, "OSPREY_ANALYSIS_RETRY_STEP=100ms", "OSPREY_LOG_LEVEL=info")
	calls := meteredCalls(t)
	m := &meteredRun{company: s.tenant(t, s.admin(t)), left: calls}
	m.list = m.collection(t)
	m.person(t, m.list, people(t).ada[2])
	m.foldersFor(t, calls)

	const kills = 3
	for range kills {
		m.work(t, r, calls/(2*kills)+r.IntN(max(1, calls/(4*kills))))
	}
	m.work(t, r, 0)
	finished, failed, n := m.ended(t)

	day := func(shift int) string { return string(osprey.DayOf(time.Now().AddDate(0, 0, shift))) }
	u := m.ca.get(t, "/api/usage/?group_by=type&from="+day(-2)+"&to="+day(1)).want(200)
	counted, free := map[string]float64{}, map[string]float64{}
	for i := range u.list("items") {
		at := fmt.Sprintf("items.%d.", i)
		counted[u.text(at+"type")], free[u.text(at+"type")] = u.number(at+"units"), u.number(at+"failed")
	}
	for _, kind := range []string{"COLLECTION", "DOCUMENTS"} {
		if counted[kind] != finished[kind] || free[kind] != failed[kind] {
			t.Errorf("%s: %v units and %v failed are counted, the analyses have %v and %v (seed %d)",
				kind, counted[kind], free[kind], finished[kind], failed[kind], seed)
		}
	}
	if n < m.answers || finished["COLLECTION"] == 0 || failed["COLLECTION"] == 0 || finished["DOCUMENTS"] == 0 {
		t.Errorf("%d analyses for %d answers; finished %v, failed %v", n, m.answers, finished, failed)
	}
	t.Logf("%d starts answered, %d analyses, %d kills: units %v, failed %v", m.answers, n, kills, counted, free)
}
