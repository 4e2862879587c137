package e2e

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// raceRounds is how often TestRaceOverHTTP lets a deletion and an analysis meet.
const raceRounds = 50

// TestRaceOverHTTP lets analyses of a person's photograph run against the deletion
// of that person, through the build with the race detector. Either the deletion is
// refused because of a result, or no result names the person; and the detector has
// nothing to say.
func TestRaceOverHTTP(t *testing.T) {
	s := startBinary(t, builtAs(t, "OSPREY_RACE_BIN", "osprey-race"), t.TempDir(), "GORACE=halt_on_error=0", "OSPREY_ANALYSIS_RETRY_STEP=100ms")
	c := s.tenant(t, s.admin(t))
	list := c.collection(t)
	cast := people(t)
	c.person(t, list, cast.bea[0])
	folders := []string{c.folder(t, cast.ada[1]).id("folder_id"), c.folder(t, cast.ada[2]).id("folder_id")}
	for _, f := range folders {
		c.ca.analyse(t, f) // from here on its template is kept: later analyses are quick
	}
	matched := 0
	for round := range raceRounds {
		if c.meet(t, list, folders, round) {
			matched++
		}
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
	t.Logf("in %d of %d rounds the analysis came first", matched, raceRounds)
	if err := s.end(); err != nil {
		t.Error(err)
	}
	if log := s.log.String(); strings.Contains(log, "DATA RACE") {
		t.Errorf("the race detector found something:\n%.20000s", log[strings.Index(log, "DATA RACE"):])
	}
	s.osprey(t, "check").exits(0)
}

// meet is one round; it reports whether the person was matched.
func (c company) meet(t *testing.T, list string, folders []string, round int) bool {
	t.Helper()
	person := c.person(t, list, people(t).ada[0])
	id, image := person.id("person_id"), person.id("images.0.person_image_id")
	target := personPath(list, id)
	if round%3 == 2 {
		target = imagePath(list, id, image)
	}
	var wg sync.WaitGroup
	analyses := make([]string, len(folders))
	var started sync.WaitGroup
	for i, f := range folders {
		started.Go(func() {
			a, err := c.ca.try("POST", analysesOf(f), object{"analyses": []any{object{"type": "COLLECTION", "collection_id": list}}})
			if err != nil || a.status != 201 {
				t.Errorf("analysis: %v %s", err, a)
				return
			}
			analyses[i], _ = a.doc.([]any)[0].(object)["analysis_id"].(string)
		})
	}
	var deleted answer
	wg.Go(func() {
		// A start that is waited for, and a few reads, shift the sides against each other.
		if round%4 != 0 {
			started.Wait()
		}
		for range round % 7 {
			if _, err := c.ca.try("GET", personPath(list, id), nil); err != nil {
				t.Error(err)
			}
		}
		var err error
		if deleted, err = c.ca.try("DELETE", target, nil); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
	started.Wait()
	if t.Failed() {
		return false
	}
	deleted.tb = t
	named := false
	for _, a := range analyses {
		done := c.ca.finished(t, a).check("state", "FINISHED")
		for i, p := range done.ids("results_media.0.collection_persons", "person_id") {
			named = named || p == id
			if got := done.text(fmt.Sprintf("results_media.0.collection_persons.%d.person_image_id", i)); p == id && got != image {
				t.Errorf("%s: photo %s of person %s, who has only %s", done, got, id, image)
			}
		}
	}
	switch deleted.status {
	case 204:
		if named {
			t.Errorf("an analysis names person %s, whose deletion was answered", id)
		}
	case 409:
		if !named {
			t.Errorf("%s: and no analysis names the person", deleted)
		}
	default:
		t.Errorf("%s", deleted)
	}
	for _, a := range analyses {
		c.ca.delete(t, analysisPath(a)).want(204)
	}
	if deleted.status == 409 || round%3 == 2 {
		c.ca.delete(t, personPath(list, id)).want(204)
	}
	return named
}
