package wire

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

const someID = "01980000-0000-7000-8000-0000000000c1"

var everything = List{
	Search: true, Meta: true, Times: true, Analyse: true,
	Filters: []Filter{
		ByID("folder_id", store.FieldID), ByID("analyse_id", store.FieldUser), ByID("analysis_id", store.FieldUser),
		ByWord("type", store.FieldType, osprey.ParseAnalysisType), ByFolded("alias", store.FieldAlias), ByState("state", store.FieldState),
	},
}

func params(query string) *Params {
	return ParseParams(httptest.NewRequest(http.MethodGet, "/?"+query, nil))
}

func TestListRefusals(t *testing.T) {
	t.Parallel()
	for query, field := range map[string]string{
		"limit=-1": "limit", "limit=1001": "limit", "limit=ten": "limit", "limit=": "limit", "offset=-1": "offset",
		"offset=99999999999": "offset", "sorting=time_created": "sorting", "sorting=name{asc}": "sorting",
		"total_omit=maybe": "total_omit", "envelope=2": "envelope", "folder_id=x": "folder_id", "folder_id=": "folder_id",
		"folder_id.exclude=x": "folder_id.exclude", "type=FACE": "type", "state=DONE": "state",
		"time_created.min=yesterday": "time_created.min", "time_updated.max=NaN": "time_updated.max",
		"time_created.max=1e99": "time_created.max", "meta_data=key": "meta_data", "meta_data===x": "meta_data",
		"analyse.type=x": "analyse.type", "analysis.resolution_status.exclude=x": "analysis.resolution_status.exclude",
		"type=" + strings.Repeat("QUALITY,", 100) + "QUALITY": "type",
		strings.Repeat("meta_data=a==b&", 101):                "meta_data",
		"search_text=" + strings.Repeat("x", MaxQueryBytes):   "query",
		"a=%zz": "query",
		"type=QUALITY&" + strings.Repeat("type=BIOMETRY&", MaxFilterValues): "type",
	} {
		t.Run(fmt.Sprintf("%.40s", query), func(t *testing.T) {
			t.Parallel()
			_, err := everything.Page(params(query))
			check(t, err, &expected{osprey.CodeInvalidValue, field, ""})
		})
	}
}

func TestListQueries(t *testing.T) {
	t.Parallel()
	type in = map[store.Field][]string
	base := func(change func(*store.Query)) store.Query {
		q := store.Query{Limit: 100, In: in{}, NotIn: in{}}
		change(&q)
		return q
	}
	for query, want := range map[string]store.Query{
		"":                                     base(func(*store.Query) {}),
		"limit=0&offset=7":                     base(func(q *store.Query) { q.Limit, q.Offset = 0, 7 }),
		"sorting=time_updated%7Basc%7D":        base(func(q *store.Query) { q.Sort = store.UpdatedAsc }),
		"sorting=time_created{asc}":            base(func(q *store.Query) { q.Sort = store.CreatedAsc }),
		"total_omit=1":                         base(func(q *store.Query) { q.OmitTotal = true }),
		"folder_id=" + strings.ToUpper(someID): base(func(q *store.Query) { q.In[store.FieldID] = []string{someID} }),
		"type=quality,Biometry":                base(func(q *store.Query) { q.In[store.FieldType] = []string{"QUALITY", "BIOMETRY"} }),
		"type.exclude=quality":                 base(func(q *store.Query) { q.NotIn[store.FieldType] = []string{"QUALITY"} }),
		"alias=BLACKLIST":                      base(func(q *store.Query) { q.In[store.FieldAlias] = []string{"blacklist"} }),
		"state=success,failed":                 base(func(q *store.Query) { q.In[store.FieldState] = []string{"SUCCESS", "FAILED"} }),
		"search_text=a%20b":                    base(func(q *store.Query) { q.Search = "a b" }),
		"analyse_id=" + someID + "&analysis_id=" + someID[:35] + "2": base(func(q *store.Query) { q.In[store.FieldUser] = []string{noValue} }),
		"time_created.min=1744017549.366616&time_created.max=1744017549366": base(func(q *store.Query) {
			q.CreatedMin, q.CreatedMax = 1744017549366616, 1744017549366000
		}),
		"time_updated.max=0": base(func(q *store.Query) { q.UpdatedMax = 1 }),
		"meta_data=a.b==c!=d&meta_data=x!=": base(func(q *store.Query) {
			q.Meta = []store.MetaFilter{{Path: "a.b", Value: "c!=d"}, {Path: "x", Not: true}}
		}),
		"analyse.type=collection&analysis.status=success&analyse.state.exclude=failed": base(func(q *store.Query) {
			q.Analyse = &store.AnalyseFilter{
				In:    in{store.FieldType: {"COLLECTION"}, store.FieldStatus: {"SUCCESS"}},
				NotIn: in{store.FieldState: {"FAILED"}},
			}
		}),
		"analyse.state=finished&analyse.status=declined": base(func(q *store.Query) {
			q.Analyse = &store.AnalyseFilter{In: in{store.FieldState: {"FINISHED"}, store.FieldStatus: {"DECLINED"}}, NotIn: in{}}
		}),
	} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			page, err := everything.Page(params(query))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(page.Query, want) {
				t.Errorf("got %+v\nwant %+v", page.Query, want)
			}
		})
	}
}

func TestIgnoredParams(t *testing.T) {
	t.Parallel()
	p := params("limit=1&colour=red&folder_id.exclude=" + someID + "&a,b=1&x=1")
	if _, err := everything.Page(p); err != nil {
		t.Fatal(err)
	}
	if got := p.Ignored(); !slices.Equal(got, []string{"colour", "x"}) {
		t.Errorf("ignored %v", got)
	}
}

func TestListBodies(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"":                        `{"items":[1,2],"limit":100,"offset":0,"total":9}`,
		"total_omit=true":         `{"items":[1,2],"limit":100,"offset":0}`,
		"envelope=false":          `[1,2]`,
		"limit=3&offset=4":        `{"items":[1,2],"limit":3,"offset":4,"total":9}`,
		"envelope=1&total_omit=0": `{"items":[1,2],"limit":100,"offset":0,"total":9}`,
	} {
		page, err := List{}.Page(params(query))
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := json.Marshal(Body(page, []int{1, 2}, 9)); string(b) != want {
			t.Errorf("%q: %s", query, b)
		}
	}
	page, _ := List{Bare: true}.Page(params(""))
	if b, _ := json.Marshal(Body[int](page, nil, 0)); string(b) != "[]" {
		t.Errorf("an empty bare list is %s", b)
	}
}

func FuzzListQuery(f *testing.F) {
	f.Add("limit=5&sorting=time_created{asc}&meta_data=a==b&analyse.type=COLLECTION")
	f.Add("time_created.min=1e12&folder_id.exclude=" + someID)
	f.Add("%=&;&a=%")
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.RawQuery = query
		p := ParseParams(r)
		page, err := everything.Page(p)
		if err != nil && !osprey.IsCode(err, osprey.CodeInvalidValue) {
			t.Fatal(err)
		}
		if q := page.Query; q.Limit < 0 || q.Limit > MaxLimit || q.Offset < 0 {
			t.Fatalf("page %+v", q)
		}
		for _, name := range p.Ignored() {
			if strings.ContainsAny(name, "\r\n,") {
				t.Fatalf("%q would break the header", name)
			}
		}
	})
}
