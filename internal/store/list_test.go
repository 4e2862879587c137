package store

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.org/osprey"
)

// crowd is a population of two companies: folders with analyses, and persons with
// names, whose rows the model keeps in memory.
type crowd struct {
	*house
	companies  [2]osprey.ID
	users      [4]osprey.ID // two of each company
	folders    []osprey.Folder
	analyses   map[osprey.ID][]osprey.Analysis
	collection [2]osprey.ID
	persons    []osprey.Person
}

var (
	crowdStatuses = []osprey.Resolution{osprey.ResolutionInitial, osprey.ResolutionProcessing, osprey.ResolutionFailed, osprey.ResolutionFinished}
	crowdSystems  = []osprey.Resolution{osprey.ResolutionInitial, osprey.ResolutionProcessing, osprey.ResolutionFailed,
		osprey.ResolutionDeclined, osprey.ResolutionOperator, osprey.ResolutionSuccess}
	crowdTypes = []osprey.AnalysisType{osprey.AnalysisQuality, osprey.AnalysisBiometry, osprey.AnalysisCollection}
	crowdNames = []string{"Ann", "ANN", "Straße", "STRASSE", "50%", "a_b", "axb", `back\slash`, "Éva", "E\u0301VA", "o'Neill", ""}
	crowdMetas = []osprey.Metadata{
		{}, {"k": "v"}, {"k": "w"}, {"k": nil}, {"k": "null"}, {"n": 1}, {"n": "1"}, {"a": map[string]any{"b": "v"}},
		{"a.b": "v"}, {"a.b": "w", "a": map[string]any{"b": "v"}}, {"k": true}, {"k": []any{1, "x"}}, {"k": "100%"},
	}
)

func newCrowd(t *testing.T, r *rand.Rand) *crowd {
	t.Helper()
	c := &crowd{house: open(t), analyses: make(map[osprey.ID][]osprey.Analysis)}
	c.do(osprey.Everything(), func(tx *Tx) error {
		for i := range c.companies {
			c.companies[i] = c.ids.New()
			if err := tx.InsertCompany(osprey.Company{ID: c.companies[i], Name: fmt.Sprint("company ", i)}); err != nil {
				return err
			}
			c.collection[i] = c.ids.New()
			if err := tx.InsertCollection(osprey.Collection{ID: c.collection[i], Company: c.companies[i], Alias: "x"}); err != nil {
				return err
			}
		}
		for i := range c.users {
			c.users[i] = c.ids.New()
		}
		for range 80 {
			if err := c.addFolder(tx, r); err != nil {
				return err
			}
		}
		for range 60 {
			if err := c.addPerson(tx, r); err != nil {
				return err
			}
		}
		return nil
	})
	return c
}

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

// moment is one of few, so that there are ties.
func moment(r *rand.Rand) osprey.Time { return osprey.Time(1_000_000 + r.IntN(12)) }

func (c *crowd) addFolder(tx *Tx, r *rand.Rand) error {
	n := r.IntN(len(c.users))
	f := osprey.Folder{ID: c.ids.New(), Company: c.companies[n/2], User: c.users[n], Status: pick(r, crowdStatuses), System: pick(r, crowdSystems),
		Metadata: pick(r, crowdMetas), Created: moment(r), Updated: moment(r)}
	c.folders = append(c.folders, f)
	if err := tx.InsertFolder(f); err != nil {
		return err
	}
	for range r.IntN(4) {
		a := osprey.Analysis{ID: c.ids.New(), Group: c.ids.New(), Folder: f.ID, Company: f.Company, Owner: f.User, Type: pick(r, crowdTypes),
			State: pick(r, []osprey.State{osprey.StateProcessing, osprey.StateFinished, osprey.StateFailed}), Resolution: pick(r, crowdSystems[1:])}
		c.analyses[f.ID] = append(c.analyses[f.ID], a)
		if err := tx.InsertAnalysis(a); err != nil {
			return err
		}
	}
	return nil
}

func (c *crowd) addPerson(tx *Tx, r *rand.Rand) error {
	n := r.IntN(2)
	p := osprey.Person{ID: c.ids.New(), Collection: c.collection[n], Company: c.companies[n], Created: moment(r), Updated: moment(r),
		Metadata: osprey.Metadata{"person_info": map[string]any{"first_name": pick(r, crowdNames), "last_name": pick(r, crowdNames)}}}
	c.persons = append(c.persons, p)
	return tx.InsertPerson(p)
}

func drawScope(t *rapid.T, c *crowd) osprey.Scope {
	company := rapid.SampledFrom(c.companies[:]).Draw(t, "company")
	return rapid.SampledFrom([]osprey.Scope{
		osprey.Everything(), osprey.Within(company), {Company: company, Owner: c.users[0]}, {All: true, Owner: c.users[1]}, {},
	}).Draw(t, "scope")
}

func drawFields[T ~string](t *rapid.T, q *Query, f Field, values []T) {
	draw := func(label string) []string {
		n := rapid.IntRange(0, 3).Draw(t, label)
		out := make([]string, n)
		for i := range out {
			out[i] = string(rapid.SampledFrom(values).Draw(t, label))
		}
		return out
	}
	switch rapid.IntRange(0, 5).Draw(t, string(f)) {
	case 0:
		q.In[f] = draw(string(f) + " in")
	case 1:
		q.NotIn[f] = draw(string(f) + " not in")
	}
}

func drawQuery(t *rapid.T) Query {
	when := rapid.OneOf(rapid.Just(osprey.Time(0)), rapid.Map(rapid.IntRange(0, 12), func(n int) osprey.Time { return osprey.Time(1_000_000 + n) }))
	return Query{
		Limit: rapid.IntRange(0, 30).Draw(t, "limit"), Offset: rapid.IntRange(0, 20).Draw(t, "offset"),
		OmitTotal: rapid.Bool().Draw(t, "omit total"), Sort: rapid.SampledFrom([]Sort{CreatedDesc, CreatedAsc, UpdatedDesc, UpdatedAsc}).Draw(t, "sort"),
		In: map[Field][]string{}, NotIn: map[Field][]string{},
		CreatedMin: when.Draw(t, "created min"), CreatedMax: when.Draw(t, "created max"),
		UpdatedMin: when.Draw(t, "updated min"), UpdatedMax: when.Draw(t, "updated max"),
	}
}

// expect is the model of a page: filter, sort, cut.
func expect[T any](q Query, rows []T, keep func(T) bool, key func(T) (created, updated osprey.Time, id osprey.ID)) (ids []osprey.ID, total int) {
	var kept []T
	for _, r := range rows {
		created, updated, _ := key(r)
		if keep(r) && within(created, q.CreatedMin, q.CreatedMax) && within(updated, q.UpdatedMin, q.UpdatedMax) {
			kept = append(kept, r)
		}
	}
	slices.SortFunc(kept, func(a, b T) int {
		ac, au, ai := key(a)
		bc, bu, bi := key(b)
		if q.Sort == UpdatedAsc || q.Sort == UpdatedDesc {
			ac, bc = au, bu
		}
		order := cmp.Or(cmp.Compare(ac, bc), cmp.Compare(ai, bi))
		if q.Sort == CreatedDesc || q.Sort == UpdatedDesc {
			return -order
		}
		return order
	})
	total = len(kept)
	kept = kept[min(q.Offset, total):]
	for _, r := range kept[:min(q.Limit, len(kept))] {
		_, _, id := key(r)
		ids = append(ids, id)
	}
	if q.OmitTotal {
		total = -1
	}
	return ids, total
}

func within(t, least, most osprey.Time) bool {
	return (least == 0 || t >= least) && (most == 0 || t <= most)
}

// passes is the model of In and NotIn on a field that holds any of several values.
func passes(q Query, f Field, holds func(value string) bool) bool {
	if values, ok := q.In[f]; ok && !slices.ContainsFunc(values, holds) {
		return false
	}
	return !slices.ContainsFunc(q.NotIn[f], holds)
}

func equals[T ~string](v T) func(string) bool { return func(s string) bool { return s == string(v) } }

func metaPasses(m osprey.Metadata, filters []MetaFilter) bool {
	for _, f := range filters {
		equal := slices.Contains(m.Flatten(), osprey.MetadataText{Path: f.Path, Text: f.Value})
		if equal == f.Not {
			return false
		}
	}
	return true
}

// TestFoldersAgainstModel compares lists of folders with a model in memory, for
// queries of every shape.
func TestFoldersAgainstModel(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, rand.New(rand.NewPCG(1, 2)))
	rapid.Check(t, func(t *rapid.T) {
		scope, q := drawScope(t, c), drawQuery(t)
		drawFields(t, &q, FieldResolution, append(crowdSystems, osprey.ResolutionFinished))
		drawFields(t, &q, FieldSystem, crowdSystems)
		drawFields(t, &q, FieldUser, c.users[:])
		drawFields(t, &q, FieldCompany, c.companies[:])
		for range rapid.IntRange(0, 2).Draw(t, "meta filters") {
			texts := rapid.SampledFrom(crowdMetas[1:]).Draw(t, "meta").Flatten()
			text := rapid.SampledFrom(texts).Draw(t, "text")
			q.Meta = append(q.Meta, MetaFilter{Path: text.Path, Value: text.Text, Not: rapid.Bool().Draw(t, "not")})
		}
		if rapid.Bool().Draw(t, "analyse") {
			a := Query{In: map[Field][]string{}, NotIn: map[Field][]string{}}
			drawFields(t, &a, FieldType, crowdTypes)
			drawFields(t, &a, FieldState, append(crowdSystems[1:], "FINISHED"))
			drawFields(t, &a, FieldStatus, append(crowdSystems[1:], "FINISHED"))
			drawFields(t, &a, FieldResolution, crowdSystems[1:])
			q.Analyse = &AnalyseFilter{In: a.In, NotIn: a.NotIn}
		}
		want, wantTotal := expect(q, c.folders, func(f osprey.Folder) bool {
			return scope.Covers(f.Company, f.User) && passes(q, FieldResolution, func(v string) bool {
				switch osprey.Resolution(v) {
				case osprey.ResolutionSuccess, osprey.ResolutionDeclined, osprey.ResolutionOperator:
					return string(f.System) == v
				}
				return string(f.Status) == v
			}) && passes(q, FieldSystem, equals(f.System)) && passes(q, FieldUser, equals(f.User)) &&
				passes(q, FieldCompany, equals(f.Company)) && metaPasses(f.Metadata, q.Meta) && c.analysePasses(f.ID, q.Analyse)
		}, func(f osprey.Folder) (osprey.Time, osprey.Time, osprey.ID) { return f.Created, f.Updated, f.ID })
		got, total := c.folderPage(t, scope, q)
		if !slices.Equal(got, want) || total != wantTotal {
			t.Fatalf("%+v in %+v:\ngot  %v of %d\nwant %v of %d", q, scope, got, total, want, wantTotal)
		}
	})
}

func (c *crowd) analysePasses(folder osprey.ID, f *AnalyseFilter) bool {
	if f == nil {
		return true
	}
	q := Query{In: f.In, NotIn: f.NotIn}
	return slices.ContainsFunc(c.analyses[folder], func(a osprey.Analysis) bool {
		return passes(q, FieldType, equals(a.Type)) && passes(q, FieldResolution, equals(a.Resolution)) &&
			passes(q, FieldState, either(a)) && passes(q, FieldStatus, either(a))
	})
}

func either(a osprey.Analysis) func(string) bool {
	return func(v string) bool { return v == string(a.State) || v == string(a.Resolution) }
}

func (c *crowd) folderPage(t *rapid.T, scope osprey.Scope, q Query) (ids []osprey.ID, total int) {
	err := c.Read(context.Background(), scope, func(tx *Tx) error {
		folders, n, err := tx.Folders(q)
		for _, f := range folders {
			ids = append(ids, f.ID)
		}
		total = n
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids, total
}

// TestPersonSearchAgainstModel searches names with the characters that SQL reads
// in its own way.
func TestPersonSearchAgainstModel(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, rand.New(rand.NewPCG(3, 4)))
	pieces := append([]string{"%", "_", `\`, "'", "ss", "ß", "SS", "é", "n a", "zzz"}, crowdNames...)
	rapid.Check(t, func(t *rapid.T) {
		scope, q := drawScope(t, c), drawQuery(t)
		scope.Owner = ""
		q.Search = rapid.SampledFrom(pieces).Draw(t, "search")
		n := rapid.IntRange(0, 1).Draw(t, "collection")
		want, wantTotal := expect(q, c.persons, func(p osprey.Person) bool {
			return p.Collection == c.collection[n] && scope.Covers(p.Company, "") && strings.Contains(p.Metadata.PersonName(), osprey.Fold(q.Search))
		}, func(p osprey.Person) (osprey.Time, osprey.Time, osprey.ID) { return p.Created, p.Updated, p.ID })
		var got []osprey.ID
		var total int
		err := c.Read(context.Background(), scope, func(tx *Tx) error {
			persons, n, err := tx.Persons(c.collection[n], q, false)
			for _, p := range persons {
				got = append(got, p.ID)
			}
			total = n
			return err
		})
		if err != nil || !slices.Equal(got, want) || total != wantTotal {
			t.Fatalf("%+v in %+v: %v\ngot  %v of %d\nwant %v of %d", q, scope, err, got, total, want, wantTotal)
		}
	})
}

// TestPageWalk: pages put together are the list, whatever their size.
func TestPageWalk(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, rand.New(rand.NewPCG(5, 6)))
	for _, size := range []int{1, 7, 80, 1000} {
		var got []osprey.ID
		c.see(osprey.Everything(), func(tx *Tx) error {
			for offset := 0; ; offset += size {
				folders, total, err := tx.Folders(Query{Limit: size, Offset: offset, Sort: CreatedAsc})
				if err != nil || total != len(c.folders) {
					t.Fatal(total, err)
				}
				for _, f := range folders {
					got = append(got, f.ID)
				}
				if len(folders) < size {
					return nil
				}
			}
		})
		slices.Sort(got)
		if len(got) != len(c.folders) || len(slices.Compact(got)) != len(c.folders) {
			t.Errorf("pages of %d gave %d folders", size, len(got))
		}
	}
}

func TestQueriesThatAreRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	many := make([]string, maxValues+1)
	h.see(osprey.Everything(), func(tx *Tx) error {
		for name, q := range map[string]Query{
			"a negative limit": {Limit: -1}, "a negative offset": {Offset: -1}, "an order of its own": {Sort: 9},
			"a field it has not":       {In: map[Field][]string{FieldRole: {"x"}}},
			"an excluded field":        {NotIn: map[Field][]string{"id; DROP TABLE folder": {"x"}}},
			"a field of analyses":      {Analyse: &AnalyseFilter{In: map[Field][]string{FieldUser: {"x"}}}},
			"a search without columns": {Search: "x"}, "too many values": {In: map[Field][]string{FieldID: many}},
		} {
			if _, _, err := tx.Folders(q); err == nil {
				t.Errorf("%s was taken", name)
			}
		}
		if _, _, err := tx.Users(Query{Search: strings.Repeat("x", maxSearch+1)}); !osprey.IsCode(err, osprey.CodeInvalidValue) {
			t.Errorf("a long search: %v", err)
		}
		if _, _, err := tx.Users(Query{Limit: 1, Search: strings.Repeat("%", maxSearch)}); err != nil {
			t.Errorf("a search of wildcards: %v", err)
		}
		if _, _, err := tx.Sessions(Query{Meta: []MetaFilter{{Path: "a"}}}); err == nil {
			t.Error("metadata of sessions were taken")
		}
		if _, _, err := tx.Users(Query{Analyse: &AnalyseFilter{}}); err == nil {
			t.Error("analyses of users were taken")
		}
		return nil
	})
}

// TestListsOfOtherNouns covers the fields that the models above do not have.
func TestListsOfOtherNouns(t *testing.T) {
	t.Parallel()
	h := open(t)
	e, other := h.build("acme"), h.build("beta")
	h.do(osprey.Everything(), func(tx *Tx) error {
		return tx.InsertUser(osprey.User{ID: h.ids.New(), Role: osprey.RoleAdmin, Email: "root@example.com", Active: true})
	})
	h.see(osprey.Everything(), func(tx *Tx) error {
		analyses := func(q Query) (int, error) { _, n, err := tx.Analyses(q); return n, err }
		users := func(q Query) (int, error) { _, n, err := tx.Users(q); return n, err }
		collections := func(q Query) (int, error) { _, n, err := tx.Collections(q); return n, err }
		companies := func(q Query) (int, error) { _, n, err := tx.Companies(q); return n, err }
		sessions := func(q Query) (int, error) { _, n, err := tx.Sessions(q); return n, err }
		images := func(q Query) (int, error) {
			_, n, err := tx.PersonImages(e.collection.ID, e.person.ID, q)
			return n, err
		}
		in := func(f Field, v ...string) Query { return Query{In: map[Field][]string{f: v}} }
		out := func(f Field, v ...string) Query { return Query{NotIn: map[Field][]string{f: v}} }
		for _, test := range []struct {
			name string
			list func(Query) (int, error)
			q    Query
			want int
		}{
			{"matched", analyses, in(FieldPerson, string(e.person.ID)), 1},
			{"not matched", analyses, out(FieldPerson, string(e.person.ID)), 1},
			{"searched", analyses, in(FieldCollection, string(e.collection.ID), string(other.collection.ID)), 2},
			{"not searched", analyses, out(FieldCollection, string(e.collection.ID)), 1},
			{"state by its resolution", analyses, in(FieldState, "DECLINED"), 2},
			{"state by its state", analyses, in(FieldState, "FINISHED"), 2},
			{"state and status", analyses, Query{In: map[Field][]string{FieldState: {"FINISHED"}, FieldStatus: {"DECLINED"}}}, 2},
			{"neither", analyses, out(FieldState, "FINISHED"), 0},
			{"group", analyses, in(FieldGroup, string(e.analysis.Group)), 1},
			{"company", analyses, in(FieldCompany, string(e.company.ID)), 1},
			{"folder", analyses, in(FieldFolder, string(e.folder.ID)), 1},
			{"type", analyses, in(FieldType, "QUALITY"), 0},
			{"metadata", analyses, Query{Meta: []MetaFilter{{Path: "who", Value: "acme"}}}, 1},
			{"role", users, in(FieldRole, "ADMIN"), 1},
			{"users of none of these companies", users, out(FieldCompany, string(e.company.ID)), 2},
			{"users by part of the e-mail", users, Query{Search: "@ACME"}, 1},
			{"users by name", users, Query{Search: "ann LEE"}, 2},
			{"alias", collections, in(FieldAlias, "BLOCK list"), 2},
			{"not the alias", collections, out(FieldAlias, "BLOCK list"), 0},
			{"search of aliases", collections, Query{Search: "ock l"}, 2},
			{"companies by name", companies, Query{Search: "AC"}, 1},
			{"companies by metadata", companies, Query{Meta: []MetaFilter{{Path: "who", Value: "acme", Not: true}}}, 1},
			{"kind", sessions, in(FieldKind, "login"), 2},
			{"token", sessions, in(FieldKind, "token"), 0},
			{"sessions by last use", sessions, Query{UpdatedMin: tx.Now().Add(time.Minute)}, 0},
			{"photo", images, in(FieldID, string(e.images[1].ID)), 1},
			{"photo of others", images, in(FieldID, string(other.images[1].ID)), 0},
		} {
			if n, err := test.list(test.q); n != test.want || err != nil {
				t.Errorf("%s: %d, %v, want %d", test.name, n, err, test.want)
			}
		}
		return nil
	})
}
