package e2e

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"example.org/osprey/internal/testphoto"
)

// fate is what a client knows of a thing it asked a dying server for.
type fate int

const (
	asked   fate = iota // for its making, no answer came
	there               // its making was answered
	leaving             // its deletion was asked for, no answer came
	gone                // its deletion was answered
)

// entry is a person or an analysis as its client knows it.
type entry struct {
	name string // of a person, unique
	id   string // empty until its making was answered
	face int    // index of the photograph
	fate fate
}

// ledger is what the clients of a server that is killed were answered. After each
// start the server must agree with it.
type ledger struct {
	company
	list   string
	faces  []testphoto.Photo
	frames []string // of each photograph, a shot set

	mu       sync.Mutex
	persons  map[string]*entry // by name
	analyses []*entry
	made     int
}

func newLedger(t *testing.T, s *server) *ledger {
	t.Helper()
	l := &ledger{company: s.tenant(t, s.admin(t)), persons: make(map[string]*entry)}
	l.list = l.collection(t)
	cast := people(t)
	l.faces = []testphoto.Photo{cast.ada[0], cast.bea[0], cast.cem[0], cast.dua[0], cast.strangers[0], cast.strangers[1]}
	for _, p := range l.faces {
		l.frames = append(l.frames, shotSet(t, string(p.JPEG), string(p.JPEG), string(p.JPEG)))
	}
	return l
}

// shotSet is a ZIP of frames.
func shotSet(t *testing.T, frames ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i, frame := range frames {
		w, err := z.Create(fmt.Sprintf("frame_%04d.jpg", i))
		if err == nil {
			_, err = io.WriteString(w, frame)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// mostPersons keeps the collection small enough for one search to show everybody.
const mostPersons = 60

// enrol adds a person with one photograph.
func (l *ledger) enrol(face int) error {
	l.mu.Lock()
	l.made++
	e := &entry{name: fmt.Sprintf("person %d", l.made), face: face}
	l.persons[e.name] = e
	l.mu.Unlock()
	a, err := l.ca.try("POST", persons(l.list), form(photo("image1", l.faces[face]), payload(object{
		"person:meta_data": object{"person_info": object{"first_name": e.name}},
	})))
	if err != nil {
		return err
	}
	if a.status != 201 {
		return fmt.Errorf("enrolment: %s", a)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	e.id, e.fate = a.doc.(object)["person_id"].(string), there
	return nil
}

// take picks one of the entries that are there and marks it as leaving.
func (l *ledger) take(r *rand.Rand, from func() []*entry) *entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	var can []*entry
	for _, e := range from() {
		if e.fate == there {
			can = append(can, e)
		}
	}
	if len(can) == 0 {
		return nil
	}
	slices.SortFunc(can, func(a, b *entry) int { return compareText(a.id, b.id) })
	e := can[r.IntN(len(can))]
	e.fate = leaving
	return e
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// everyPerson lists the persons; the ledger is locked.
func (l *ledger) everyPerson() []*entry {
	var out []*entry
	for _, e := range l.persons {
		out = append(out, e)
	}
	return out
}

// deletePerson deletes somebody, who may be held by an analysis.
func (l *ledger) deletePerson(r *rand.Rand) error {
	e := l.take(r, l.everyPerson)
	if e == nil {
		return nil
	}
	return l.delete(e, personPath(l.list, e.id), 409)
}

// deleteAnalysis deletes one, which may run.
func (l *ledger) deleteAnalysis(r *rand.Rand) error {
	e := l.take(r, func() []*entry { return l.analyses })
	if e == nil {
		return nil
	}
	return l.delete(e, analysisPath(e.id), 0)
}

func (l *ledger) delete(e *entry, path string, refusal int) error {
	a, err := l.ca.try("DELETE", path, nil)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch a.status {
	case 204:
		e.fate = gone
	case refusal:
		e.fate = there
	default:
		return fmt.Errorf("deletion: %s", a)
	}
	return nil
}

// check uploads a photograph and starts an analysis of it.
func (l *ledger) check(face int) error {
	a, err := l.ca.try("POST", "/api/folders/", form(photo("photo1", l.faces[face])))
	if err != nil {
		return err
	}
	if a.status != 201 {
		return fmt.Errorf("folder: %s", a)
	}
	return l.analyseAs(a.doc.(object)["folder_id"].(string), face, object{"type": "COLLECTION", "collection_id": l.list})
}

// watch uploads a photograph as a set of frames and asks for its liveness and its
// best shot.
func (l *ledger) watch(face int) error {
	a, err := l.ca.try("POST", "/api/folders/", form(file("shots", "shots.zip", l.frames[face])))
	if err != nil {
		return err
	}
	if a.status != 201 {
		return fmt.Errorf("folder: %s", a)
	}
	return l.analyseAs(a.doc.(object)["folder_id"].(string), face, object{"type": "QUALITY"})
}

// analyseAs starts an analysis and notes it.
func (l *ledger) analyseAs(folder string, face int, request object) error {
	a, err := l.ca.try("POST", analysesOf(folder), object{"analyses": []any{request}})
	if err != nil {
		return err
	}
	if a.status != 201 {
		return fmt.Errorf("analysis: %s", a)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.analyses = append(l.analyses, &entry{id: a.doc.([]any)[0].(object)["analysis_id"].(string), face: face, fate: there})
	return nil
}

// something does one of the five at random, in a mixture that keeps the collection
// small.
func (l *ledger) something(r *rand.Rand) error {
	face := r.IntN(len(l.faces))
	l.mu.Lock()
	present := 0
	for _, e := range l.persons {
		if e.fate == there {
			present++
		}
	}
	l.mu.Unlock()
	switch n := r.IntN(10); {
	case n < 4 && present < mostPersons:
		return l.enrol(face)
	case n < 6:
		return l.deletePerson(r)
	case n < 8:
		return l.deleteAnalysis(r)
	case n < 9:
		return l.watch(face)
	default:
		return l.check(face)
	}
}

// settle compares the server with the ledger after a start. Whatever was answered
// is so; what was not answered is there whole or not at all, and which of the two
// it is gets into the ledger.
func (l *ledger) settle(t *testing.T) {
	t.Helper()
	listed := l.listed(t)
	for _, e := range l.everyPerson() {
		_, is := listed[e.name]
		switch {
		case e.fate == there && !is:
			t.Errorf("%s (%s) was enrolled and is not listed", e.name, e.id)
		case e.fate == gone && is:
			t.Errorf("%s (%s) was deleted and is listed", e.name, e.id)
		case is && e.id != "" && e.id != listed[e.name]:
			t.Errorf("%s has the id %s, was answered %s", e.name, listed[e.name], e.id)
		case is:
			e.id, e.fate = listed[e.name], there
		default:
			if e.id != "" {
				l.ca.get(t, personPath(l.list, e.id)).fault(notExist)
			}
			delete(l.persons, e.name)
		}
	}
	l.settleAnalyses(t, listed)
	l.settleSearch(t)
	// Of a start that was not answered nobody knows the id: such an analysis may still run,
	// and has to end.
	err := l.poll("done with all analyses", time.Minute, func() bool {
		return l.ca.get(t, "/api/analyses/?limit=0&state=PROCESSING").want(200).number("total") == 0
	})
	if err != nil {
		t.Error(err)
	}
}

// listed reads all persons, by name, and looks that each is whole.
func (l *ledger) listed(t *testing.T) map[string]string {
	t.Helper()
	out := make(map[string]string)
	a := l.ca.get(t, persons(l.list)+"?limit=1000").want(200)
	for i := range a.list("items") {
		at := fmt.Sprintf("items.%d.", i)
		name, id := a.text(at+"meta_data.person_info.first_name"), a.id(at+"person_id")
		e := l.persons[name]
		if e == nil {
			t.Errorf("%s (%s) is listed, and was settled as deleted or never asked for", name, id)
			continue
		}
		out[name] = id
		a.check(at+"images_count", 1)
		if len(a.list(at+"images")) != 1 {
			t.Errorf("%s has %d photos listed", name, len(a.list(at+"images")))
			continue
		}
		if e.fate != there { // nobody was told that it is there: is all of it?
			file := l.ca.follow(t, a.text(at+"images.0.original_url")).want(200)
			if string(file.body) != string(l.faces[e.face].JPEG) {
				t.Errorf("the photo of %s has %d bytes and is not what was sent", name, len(file.body))
			}
			l.ca.follow(t, a.text(at+"images.0.thumb_url")).want(200)
		}
	}
	l.ca.get(t, collectionPath(l.list)).want(200).check("persons_count", len(out)).check("images_count", len(out))
	return out
}

// settleAnalyses: what was answered 201 ends, and names only who is there.
func (l *ledger) settleAnalyses(t *testing.T, listed map[string]string) {
	t.Helper()
	alive := make(map[string]bool)
	for _, id := range listed {
		alive[id] = true
	}
	kept := l.analyses[:0]
	for _, e := range l.analyses {
		a := l.ca.get(t, analysisPath(e.id)+"?wait=60")
		if a.status == 404 && e.fate != there {
			continue
		}
		a.want(200)
		if e.fate == gone {
			t.Errorf("analysis %s was deleted and is there", e.id)
			continue
		}
		if a.text("state") != "FINISHED" {
			t.Errorf("%s: an analysis that was answered did not finish", a)
		}
		l.settleResult(t, a, alive)
		e.fate = there
		kept = append(kept, e)
	}
	l.analyses = kept
}

// settleResult: what a result names is there, persons and images.
func (l *ledger) settleResult(t *testing.T, a answer, alive map[string]bool) {
	t.Helper()
	if a.text("type") == "QUALITY" {
		if a.text("state") == "FINISHED" {
			l.ca.follow(t, a.text("results_media.0.output_images.0.original_url")).want(200)
		}
		return
	}
	for _, person := range a.ids("results_media.0.collection_persons", "person_id") {
		if !alive[person] {
			t.Errorf("analysis %s names person %s, who is not listed", a.id("analysis_id"), person)
		}
	}
}

// settleSearch: everybody is found by their photograph, and nobody else.
func (l *ledger) settleSearch(t *testing.T) {
	t.Helper()
	for face, p := range l.faces {
		a := l.ca.upload(t, collectionPath(l.list)+"search/", photo("photo", p), payload(object{"top_k": 100})).want(200)
		a.check("images_searched", len(l.persons))
		found := make(map[string]float64)
		for i, id := range a.ids("items", "person_id") {
			found[id] = a.number(fmt.Sprintf("items.%d.confidence", i))
		}
		for _, e := range l.persons {
			v, is := found[e.id]
			if !is || e.face == face && v < 0.99 {
				t.Errorf("%s (%s) is found with %v by photograph %d; enrolled with %d", e.name, e.id, v, face, e.face)
			}
			delete(found, e.id)
		}
		for id := range found {
			t.Errorf("person %s is found and not there", id)
		}
	}
}

// sound stops the server, has its data checked, and fails unless rows, blobs and
// galleries agree and nothing half done is left.
func (l *ledger) sound(t *testing.T) {
	t.Helper()
	if code, err := l.stop(); code != 0 || err != nil {
		t.Fatalf("stop: exit %d, %v\n%s", code, err, l.log.tail())
	}
	r := l.osprey(t, "check", "--output", "json").exits(0)
	for i, f := range r.json().list("") {
		if f := f.(object); f["check"] == "leftovers" && f["verdict"] != "ok" {
			t.Errorf("finding %d: %v", i, f)
		}
	}
}
