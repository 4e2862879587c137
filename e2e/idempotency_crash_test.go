package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"example.org/osprey/internal/killpoint"
)

// deed is what a client wants done once: a person of a list, a folder, a folder with
// an analysis.
type deed struct {
	path, key string
	body      body
	id        string // the key of the answer that names what was made
	made      string // what the client was answered
}

// deeds are the three kinds, made of a number.
func (l *ledger) deed(n int) *deed {
	key := fmt.Sprintf("deed-%d", n)
	note := payload(object{"folder:meta_data": object{"deed": key}})
	switch n % 3 {
	case 0:
		who := payload(object{"person:meta_data": object{"person_info": object{"first_name": key}}})
		return &deed{path: persons(l.list), key: key, body: form(photo("image1", l.faces[n%2]), who), id: "person_id"}
	case 1:
		return &deed{path: "/api/folders/", key: key, body: form(photo("photo1", l.faces[n%2]), note), id: "folder_id"}
	}
	single := payload(object{
		"folder:meta_data": object{"deed": key},
		"analyses":         []any{object{"type": "DOCUMENTS", "source_media": []string{"photo1"}}},
	})
	return &deed{path: "/api/folders/", key: key, body: form(photo("photo1", l.faces[n%2]), single), id: "folder_id"}
}

// do asks for a deed until it is answered or the server is gone.
func (l *ledger) do(d *deed) (answer, error) {
	for {
		a, err := l.ca.try("POST", d.path, d.body, underKey(d.key))
		if err != nil {
			return a, err
		}
		if a.status == 409 && a.header.Get("Retry-After") != "" { // the try before still runs
			continue
		}
		if a.status != 201 && a.status != 202 {
			return a, fmt.Errorf("folder: %s", a)
		}
		d.made = a.doc.(object)[d.id].(string)
		return a, nil
	}
}

// once finds what deeds have made: each one thing, the one that was answered.
func (l *ledger) once(t *testing.T, deeds []*deed) {
	t.Helper()
	made := make(map[string][]string)
	folders := l.ca.get(t, "/api/folders/?limit=1000").want(200)
	for i := range folders.list("items") {
		if v, ok := folders.look(fmt.Sprintf("items.%d.meta_data.deed", i)); ok {
			made[v.(string)] = append(made[v.(string)], folders.text(fmt.Sprintf("items.%d.folder_id", i)))
		}
	}
	people := l.ca.get(t, persons(l.list)+"?limit=1000").want(200)
	for i := range people.list("items") {
		name := people.text(fmt.Sprintf("items.%d.meta_data.person_info.first_name", i))
		made[name] = append(made[name], people.text(fmt.Sprintf("items.%d.person_id", i)))
	}
	for _, d := range deeds {
		if !slices.Equal(made[d.key], []string{d.made}) {
			t.Errorf("%s made %v, its client was answered %s", d.key, made[d.key], d.made)
		}
	}
}

// TestCrashIdempotentAtKillPoints kills the server between the record and the commit,
// and between the commit and the answer: the repetition does what was not done, and is
// given the answer to what was.
func TestCrashIdempotentAtKillPoints(t *testing.T) {
	s := crashServer(t)
	l := newLedger(t, s)
	plain := s.env
	var deeds []*deed
	for point, done := range map[string]bool{killpoint.KeepBeforeCommit: false, killpoint.AnswerUnsent: true} {
		for range 3 {
			d := l.deed(len(deeds))
			deeds = append(deeds, d)
			if code, err := s.stop(); code != 0 || err != nil {
				t.Fatalf("stop: exit %d, %v", code, err)
			}
			s.env = append(plain[:len(plain):len(plain)], "OSPREY_KILL_AT="+point)
			s.restart(t)
			if a, err := l.do(d); err == nil {
				t.Fatalf("%s: the server did not die: %s", point, a)
			}
			s.killed(t)
			s.env = plain
			s.restart(t)
			a, err := l.do(d)
			if err != nil {
				t.Fatal(err)
			}
			if got := a.header.Get("Idempotent-Replayed") == "true"; got != done {
				t.Errorf("%s: replayed %t, want %t\n%s", point, got, done, a)
			}
			again, err := l.do(d)
			if err != nil {
				t.Fatal(err)
			}
			if withoutSignatures(again.body) != withoutSignatures(a.body) {
				t.Errorf("%s: the answer was %s and is now %s", point, a, again)
			}
		}
	}
	l.once(t, deeds)
	l.sound(t)
}

// randomDeaths is how often the server is killed under its clients.
const randomDeaths = 20

// TestCrashIdempotentAtRandomMoments kills the server at random moments while clients
// enrol persons and make folders, each trying again under its key until it is answered:
// in the end there is exactly one thing for each key.
func TestCrashIdempotentAtRandomMoments(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	l := newLedger(t, crashServer(t))
	open := make([]*deed, crashClients) // what each client wants now
	var deeds []*deed
	next := func() *deed {
		d := l.deed(len(deeds))
		deeds = append(deeds, d)
		return d
	}
	for range randomDeaths {
		var mu sync.Mutex
		var clients sync.WaitGroup
		for i := range open {
			clients.Go(func() {
				for {
					mu.Lock()
					if open[i] == nil {
						open[i] = next()
					}
					d := open[i]
					mu.Unlock()
					if _, err := l.do(d); err != nil {
						if isAnswer(err) {
							t.Error(err)
						}
						return
					}
					mu.Lock()
					open[i] = nil
					mu.Unlock()
				}
			})
		}
		time.Sleep(time.Duration(r.Int64N(int64(crashLife)))) // the moment itself is what is random
		l.kill(t)
		clients.Wait()
		l.restart(t)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	for _, d := range deeds { // those that are not answered yet, and all others again
		if _, err := l.do(d); err != nil {
			t.Fatal(err)
		}
	}
	l.once(t, deeds)
	l.sound(t)
	t.Logf("%d deeds under %d keys", len(deeds), len(deeds))
}
