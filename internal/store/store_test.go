package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/osprey"
)

// clock is a clock that tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// house is a store with what a test puts into it.
type house struct {
	*Store
	t     *testing.T
	clock *clock
	ids   *osprey.IDs
}

func open(t *testing.T) *house {
	t.Helper()
	c := newClock()
	return openAt(t, filepath.Join(t.TempDir(), "osprey.db"), c)
}

func openAt(t *testing.T, path string, c *clock) *house {
	t.Helper()
	ids := osprey.NewIDs(c)
	s, err := Open(context.Background(), Options{Path: path, Clock: c, IDs: ids})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &house{Store: s, t: t, clock: c, ids: ids}
}

// do runs fn in a write transaction of the scope; an error ends the test.
func (h *house) do(scope osprey.Scope, fn func(tx *Tx) error) {
	h.t.Helper()
	if err := h.Write(context.Background(), scope, fn); err != nil {
		h.t.Fatal(err)
	}
}

// see runs fn in a read transaction of the scope.
func (h *house) see(scope osprey.Scope, fn func(tx *Tx) error) {
	h.t.Helper()
	if err := h.Read(context.Background(), scope, fn); err != nil {
		h.t.Fatal(err)
	}
}

// try returns the error of a write in the scope of everything.
func (h *house) try(fn func(tx *Tx) error) error {
	return h.Write(context.Background(), osprey.Everything(), fn)
}

// whole fails the test when Verify finds something.
func (h *house) whole() {
	h.t.Helper()
	problems, err := h.Verify(context.Background())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, p := range problems {
		h.t.Errorf("verify: %s: %s", p.Check, p.Detail)
	}
}

// dump is every row of every table, as text.
func (h *house) dump() string {
	h.t.Helper()
	var b strings.Builder
	h.see(osprey.Everything(), func(tx *Tx) error {
		tables, err := readLines(tx, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
		if err != nil {
			return err
		}
		for _, table := range tables {
			columns, err := readLines(tx, "SELECT name FROM pragma_table_info('"+table+"')")
			if err != nil {
				return err
			}
			lines, err := readLines(tx, "SELECT "+"quote("+strings.Join(columns, ")||','||quote(")+")"+" FROM "+table+" ORDER BY 1")
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "%s\n%s\n", table, strings.Join(lines, "\n"))
		}
		return nil
	})
	return b.String()
}

func randomKey() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// estate is a company with one row of everything: a user, a session, a folder with
// two media, a collection with a person of two photos, and an analysis of the
// folder that matched the first and made a result image; a challenge of which
// the first step is spent; a report of the folder and a template.
type estate struct {
	company    osprey.Company
	user       osprey.User
	session    osprey.Session
	folder     osprey.Folder
	media      [2]osprey.Media
	collection osprey.Collection
	person     osprey.Person
	images     [2]osprey.PersonImage
	analysis   osprey.Analysis
	shot       osprey.Media // a result image of the analysis, cut from the first medium
	challenge  osprey.Challenge
	token      CapsuleToken          // with one bad signature
	report     osprey.Report         // of the folder
	form       osprey.ReportTemplate // with a logo
	running    osprey.ID             // see extend
	doubtful   osprey.ID
	secret     osprey.ID // see buildHook
	waiting    osprey.ID
	told       osprey.ID
}

func (h *house) build(name string) *estate {
	h.t.Helper()
	e := &estate{}
	h.do(osprey.Everything(), func(tx *Tx) error {
		return errors.Join(e.buildPeople(h, tx, name), e.buildCollection(h, tx), e.buildFolder(h, tx), e.buildAnalysis(h, tx), e.buildShot(h, tx),
			e.buildCapsule(tx), e.buildReport(h, tx), e.buildHook(h, tx))
	})
	return e
}

func (e *estate) buildPeople(h *house, tx *Tx, name string) error {
	threshold := 0.9
	month := 30
	e.company = osprey.Company{
		Retention: osprey.Retention{MediaDays: &month},
		ID:        h.ids.New(), Name: name, Active: true, Settings: osprey.AnalysisSettings{CollectionThreshold: &threshold},
		Metadata: osprey.Metadata{"who": name}, Technical: osprey.Metadata{},
	}
	e.user = osprey.User{
		ID: h.ids.New(), Role: osprey.RoleClient, Company: e.company.ID, Email: "Ann@" + name + ".example",
		FirstName: "Ann", LastName: "Lee", Active: true, Flags: osprey.AllAnalyses(), PasswordHash: "argon2id",
		Metadata: osprey.Metadata{"who": name}, Technical: osprey.Metadata{},
	}
	e.session = osprey.Session{
		ID: h.ids.New(), User: e.user.ID, Company: e.company.ID, Kind: osprey.SessionLogin,
		AccessHash: randomKey(), RefreshHash: randomKey(), Expires: tx.Now().Add(time.Hour),
	}
	return errors.Join(tx.InsertCompany(e.company), tx.InsertUser(e.user), tx.InsertSession(e.session))
}

func (e *estate) buildCollection(h *house, tx *Tx) error {
	e.collection = osprey.Collection{
		ID: h.ids.New(), Company: e.company.ID, Alias: "Block List", OnMatch: osprey.OnMatchDecline,
		FaceRule: osprey.FaceRuleStrict, Metadata: osprey.Metadata{"who": e.company.Name}, Technical: osprey.Metadata{},
	}
	e.person = osprey.Person{
		ID: h.ids.New(), Collection: e.collection.ID, Company: e.company.ID, ImageCount: 2,
		Metadata:  osprey.Metadata{"who": e.company.Name, "person_info": map[string]any{"first_name": "John", "last_name": "Doe"}},
		Technical: osprey.Metadata{},
	}
	err := errors.Join(tx.InsertCollection(e.collection), tx.InsertPerson(e.person))
	for n := range e.images {
		e.images[n] = h.image(e.person)
		err = errors.Join(err, tx.InsertPersonImage(e.images[n]), tx.AppendChange(Change{
			Collection: e.collection.ID, Version: int64(n + 1), Op: ChangeAdd, Image: e.images[n].ID, Person: e.person.ID,
		}))
	}
	e.collection.Persons, e.collection.Images, e.collection.Version, e.collection.Digest = 1, 2, 2, "d"
	return errors.Join(err, tx.SetCollectionState(e.collection))
}

// image is a new photo of a person.
func (h *house) image(p osprey.Person) osprey.PersonImage {
	return osprey.PersonImage{
		ID: h.ids.New(), Media: h.ids.New(), Person: p.ID, Collection: p.Collection, Company: p.Company,
		Key: "image1", OriginalName: "face.jpg", Tags: []string{"photo_selfie"}, Face: osprey.Face{Right: 10, Bottom: 12, FacesFound: 1},
		Quality: osprey.Quality{FaceSize: 120, Sharpness: .5}, Info: osprey.ImageInfo{MIME: "image/jpeg", Size: 9}, SHA256: randomKey(),
		Blob: randomKey(), Thumb: randomKey(), Template: osprey.SealedTemplate{Model: "m1", Bytes: []byte("sealed " + randomKey())},
		Metadata: osprey.Metadata{}, Technical: osprey.Metadata{},
	}
}

func (e *estate) buildFolder(h *house, tx *Tx) error {
	e.folder = osprey.Folder{
		ID: h.ids.New(), Company: e.company.ID, User: e.user.ID, Status: osprey.ResolutionFinished,
		System: osprey.ResolutionDeclined, Metadata: osprey.Metadata{"who": e.company.Name}, Technical: osprey.Metadata{},
	}
	err := tx.InsertFolder(e.folder)
	for n := range e.media {
		e.media[n] = osprey.Media{
			ID: h.ids.New(), Folder: e.folder.ID, Company: e.company.ID, Owner: e.user.ID, Type: osprey.MediaImage,
			Key: "photo1", Tags: []string{"a", "b"}, Info: osprey.MediaInfo{ImageInfo: osprey.ImageInfo{Width: 3, Height: 4}, Frames: n}, SHA256: randomKey(), Blob: randomKey(), Thumb: randomKey(), Preview: randomKey(),
			Metadata: osprey.Metadata{"who": e.company.Name}, Technical: osprey.Metadata{},
		}
		err = errors.Join(err, tx.InsertMedia(e.media[n]), tx.PutLook(Look{
			Media: e.media[n].ID, Seen: "dominant",
			Template: osprey.SealedTemplate{Model: "m1", Bytes: []byte("look")}, Quality: osprey.Quality{FaceSize: 50},
			Grade: osprey.Measures{osprey.CheckSharpness: 0.5}, Trace: osprey.Metadata{"frames": json.Number("3")},
		}))
	}
	return err
}

func (e *estate) buildAnalysis(h *house, tx *Tx) error {
	e.analysis = osprey.Analysis{
		ID: h.ids.New(), Group: h.ids.New(), Folder: e.folder.ID, Company: e.company.ID, Owner: e.user.ID,
		Type: osprey.AnalysisCollection, State: osprey.StateProcessing, Resolution: osprey.ResolutionProcessing, System: osprey.ResolutionProcessing,
		Source:   []osprey.SourceMedia{{Media: e.media[0].ID, Type: osprey.MediaImage, Tags: []string{"a", "b"}}},
		Params:   osprey.AnalysisParams{Collections: []osprey.ID{e.collection.ID}, TopK: 3, CompanyThreshold: .9},
		Metadata: osprey.Metadata{"who": e.company.Name}, Technical: osprey.Metadata{},
	}
	if err := tx.InsertAnalysis(e.analysis); err != nil {
		return err
	}
	run, err := tx.BeginRun(e.analysis.ID)
	if err != nil {
		return err
	}
	e.analysis.Run = run.Run
	e.finish(osprey.ResolutionDeclined, e.images[0])
	ok, err := tx.EndAnalysis(e.analysis)
	if !ok {
		err = errors.Join(err, errors.New("the analysis did not end"))
	}
	return errors.Join(err, tx.InsertMatch(e.analysis.ID, e.folder.ID, e.company.ID, e.collection.ID, e.person.ID, e.images[0].ID))
}

// finish writes a result that names the photos given.
func (e *estate) finish(word osprey.Resolution, images ...osprey.PersonImage) {
	e.analysis.State, e.analysis.Resolution, e.analysis.System = osprey.StateFinished, word, word
	score := 0.97
	r := &osprey.CollectionResult{
		Matched: len(images) > 0, Min: &score, Max: &score,
		Collections: []osprey.SearchedCollection{{ID: e.collection.ID, Alias: e.collection.Alias, Threshold: .9}},
		Media:       []osprey.MediaMatches{{Media: e.media[0].ID, Confidence: &score}},
	}
	for _, i := range images {
		r.Media[0].Persons = append(r.Media[0].Persons,
			osprey.PersonMatch{Person: i.Person, Image: i.ID, Collection: i.Collection, Confidence: score})
	}
	e.analysis.Result = &osprey.Result{Collection: r}
}

// buildShot makes a result image of the analysis, and a challenge.
func (e *estate) buildReport(h *house, tx *Tx) error {
	template := h.ids.New()
	e.report = osprey.Report{
		ID: h.ids.New(), Folder: e.folder.ID, Company: e.company.ID, Owner: e.user.ID, Template: &template, Format: osprey.ReportPDF,
		SHA256: "abc", Size: 5, Blob: randomKey(),
	}
	e.form = osprey.ReportTemplate{
		ID: template, Company: e.company.ID, Name: "Std", Title: "Check", Footer: "f", Locale: "ru",
		Sections: []osprey.ReportSection{osprey.SectionMedia, osprey.SectionSummary},
		Attachments: []osprey.Attachment{{
			ID: h.ids.New(), Template: template, Company: e.company.ID, Name: "logo", MIME: "image/png", Size: 3, Blob: randomKey(),
		}},
	}
	return errors.Join(tx.InsertReport(e.report), tx.InsertReportTemplate(e.form), tx.InsertAttachment(e.form.Attachments[0]))
}

func (e *estate) buildShot(h *house, tx *Tx) error {
	e.shot = osprey.Media{
		ID: h.ids.New(), Folder: e.folder.ID, Company: e.company.ID, Owner: e.user.ID, Type: osprey.MediaImageResult,
		OriginalName: "best_shot.jpg", Tags: []string{osprey.TagBestShot}, SHA256: randomKey(), Blob: randomKey(),
		Analysis: e.analysis.ID, Source: e.media[0].ID, Metadata: osprey.Metadata{"who": e.company.Name}, Technical: osprey.Metadata{},
	}
	e.challenge = osprey.Challenge{
		ID: h.ids.New(), Company: e.company.ID, Session: e.session.ID, Nonce: []byte("nonce"),
		Steps: []osprey.ChallengeStep{{Action: osprey.GestureTagSmile, CueDelay: 700, Hold: 300}, {Action: osprey.GestureTagBlank}}, Expires: tx.Now().Add(time.Hour),
	}
	err := errors.Join(tx.InsertMedia(e.shot), tx.InsertChallenge(e.challenge))
	won, spendErr := tx.SpendStep(e.challenge.ID, 0)
	if !won {
		err = errors.Join(err, errors.New("the step could not be spent"))
	}
	return errors.Join(err, spendErr)
}

// buildCapsule uses a session token once, wrongly, and notes a medium.
func (e *estate) buildCapsule(tx *Tx) error {
	e.token = CapsuleToken{ID: "t-" + e.company.ID, Company: e.company.ID, Expires: tx.Now().Add(time.Hour)}
	_, err := tx.NoteCapsuleMedium(e.company.ID, "mark", e.token.ID, e.token.Expires)
	return errors.Join(err, tx.FailCapsuleToken(e.token, 3))
}

func (e *estate) scope() osprey.Scope { return osprey.Within(e.company.ID) }
