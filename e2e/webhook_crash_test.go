package e2e

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"time"
)

const webhookKills = 20

// TestCrashWebhook kills the server at random moments while groups of analyses end and
// their receiver answers well, badly or not at all. Every group that was answered 201
// arrives at least once, always under the same event.
func TestCrashWebhook(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	r := newReceiver(t)
	luck := rand.New(rand.NewPCG(seed, 1))
	arrived := map[string]map[string]bool{} // the events under which an analysis came
	good, came := map[string]bool{}, map[string]int{}
	r.answer = func(got received, w http.ResponseWriter) {
		r.mu.Lock()
		analysis := got.doc["analyses"].([]any)[0].(object)["analysis_id"].(string)
		if arrived[analysis] == nil {
			arrived[analysis] = map[string]bool{}
		}
		arrived[analysis][got.text("event_id")] = true
		// Twice at most it goes wrong, so that no delivery is given up.
		chance := luck.IntN(4)
		if came[analysis]++; chance > 1 || came[analysis] > 2 {
			chance, good[analysis] = 2, true
		}
		r.mu.Unlock()
		switch chance {
		case 0:
			panic(http.ErrAbortHandler)
		case 1:
			w.WriteHeader(http.StatusInternalServerError)
		}
	}
	s := startBinary(t, builtAs(t, "OSPREY_TEST_BIN", "osprey-test"), t.TempDir(), "OSPREY_ANALYSIS_RETRY_STEP=100ms", "OSPREY_LOG_LEVEL=info",
		"OSPREY_WEBHOOK_ALLOW_HTTP=true", "OSPREY_WEBHOOK_ALLOWED_NETWORKS=127.0.0.0/8", "OSPREY_WEBHOOK_ALLOWED_PORTS="+port(t, r.URL),
		"OSPREY_TEST_HASTEN=10000")
	c := s.tenant(t, s.admin(t))
	c.ca.patch(t, companyPath(c.id), object{"resolution_endpoint": r.URL}).want(200)
	list := c.collection(t)
	c.person(t, list, people(t).cem[0])
	folder := c.folder(t, people(t).cem[1]).id("folder_id")
	var promised []string
	for range webhookKills {
		timer := time.NewTimer(time.Duration(dice.IntN(600)) * time.Millisecond)
		for alive := true; alive; {
			select {
			case <-timer.C:
				alive = false
				continue
			default:
			}
			a, err := c.ca.try("POST", analysesOf(folder), object{"analyses": []object{{"type": "COLLECTION", "collection_id": list}}})
			if err != nil || a.status != http.StatusCreated {
				t.Fatalf("start: %v %s", err, a)
			}
			a.tb = t
			promised = append(promised, a.id("0.analysis_id"))
		}
		s.kill(t)
		s.restart(t)
	}
	err := s.poll("told of all groups", 5*time.Minute, func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, id := range promised {
			if !good[id] {
				return false
			}
		}
		return true
	})
	if err != nil {
		t.Error(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range promised {
		if n := len(arrived[id]); n != 1 {
			t.Errorf("analysis %s came under %d events", id, n)
		}
	}
	t.Logf("%d kills, %d groups, %d requests", webhookKills, len(promised), len(r.took))
}
