package wire

import (
	"slices"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// The paging bounds (api.md 1.6).
const (
	DefaultLimit = 100
	MaxLimit     = 1000
)

// List says what one list of the contract can be asked for.
type List struct {
	Sort    store.Sort // the default
	Filters []Filter
	Search  bool // search_text
	Meta    bool // meta_data
	Times   bool // time_created, time_updated
	Analyse bool // the analyse.* family
	// Bare makes the bare array the default.
	Bare bool
	// Limit is the page when none is asked for; 0 is DefaultLimit.
	Limit int
}

// Filter is one parameter of a list, offered with .exclude too.
type Filter struct {
	Name  string
	Field store.Field
	Read  func(string) (string, bool) // the canonical value; false: not one
}

// ByID filters by an identifier.
func ByID(name string, field store.Field) Filter {
	return Filter{name, field, func(s string) (string, bool) {
		id, ok := osprey.ParseID(s)
		return string(id), ok
	}}
}

// ByWord filters by the words that parse knows.
func ByWord[T ~string](name string, field store.Field, parse func(string) (T, bool)) Filter {
	return Filter{name, field, func(s string) (string, bool) {
		v, ok := parse(s)
		return string(v), ok
	}}
}

// ByText filters by a short text as it is.
func ByText(name string, field store.Field) Filter {
	return Filter{name, field, func(s string) (string, bool) { return s, s != "" && len(s) <= maxText }}
}

// maxText bounds the texts that ByText compares, in bytes.
const maxText = 128

// ByFolded filters by a text without regard to case.
func ByFolded(name string, field store.Field) Filter {
	return Filter{name, field, func(s string) (string, bool) { return osprey.Fold(s), s != "" }}
}

// ByState filters analyses by state and status words alike; field is FieldState or
// FieldStatus.
func ByState(name string, field store.Field) Filter {
	return Filter{name, field, stateWord}
}

func stateWord(s string) (string, bool) {
	if v, ok := osprey.ParseState(s); ok {
		return string(v), true
	}
	v, ok := osprey.ParseResolution(s)
	return string(v), ok
}

// Page is a parsed list request.
type Page struct {
	Query store.Query
	Bare  bool // the answer is the array alone
}

// Page reads the parameters of a list.
func (l List) Page(p *Params) (Page, error) {
	usual := l.Limit
	if usual == 0 {
		usual = DefaultLimit
	}
	q := store.Query{
		Limit:     p.Int("limit", usual, 0, MaxLimit),
		Offset:    p.Int("offset", 0, 0, 1<<31-1),
		OmitTotal: p.Bool("total_omit", false),
		Sort:      p.sorting(l.Sort),
		In:        map[store.Field][]string{},
		NotIn:     map[store.Field][]string{},
	}
	bare := !p.Bool("envelope", !l.Bare)
	p.filters(l.Filters, q.In, q.NotIn)
	if l.Search {
		q.Search, _ = p.Text("search_text")
	}
	if l.Times {
		q.CreatedMin, q.CreatedMax = p.Time("time_created.min"), p.Time("time_created.max")
		q.UpdatedMin, q.UpdatedMax = p.Time("time_updated.min"), p.Time("time_updated.max")
	}
	if l.Meta {
		q.Meta = p.meta()
	}
	if l.Analyse {
		q.Analyse = p.analyse()
	}
	return Page{Query: q, Bare: bare}, p.Err()
}

func (p *Params) sorting(absent store.Sort) store.Sort {
	s, ok := p.Text("sorting")
	if !ok {
		return absent
	}
	switch s {
	case "time_created{asc}":
		return store.CreatedAsc
	case "time_created{desc}":
		return store.CreatedDesc
	case "time_updated{asc}":
		return store.UpdatedAsc
	case "time_updated{desc}":
		return store.UpdatedDesc
	}
	p.fail(osprey.InvalidValue("sorting", "sorting must be time_created or time_updated, followed by {asc} or {desc}"))
	return absent
}

func (p *Params) filters(filters []Filter, in, notIn map[store.Field][]string) {
	for _, f := range filters {
		if values := p.list(f.Name, f.Read); values != nil {
			in[f.Field] = both(in, f.Field, values)
		}
		if values := p.list(f.Name+".exclude", f.Read); values != nil {
			notIn[f.Field] = append(notIn[f.Field], values...)
		}
	}
}

// noValue is a value that no row has: two parameters for one field that have
// nothing in common match nothing.
const noValue = "-"

// both joins a further condition on a field by AND.
func both(in map[store.Field][]string, field store.Field, values []string) []string {
	earlier, ok := in[field]
	if !ok {
		return values
	}
	common := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return !slices.Contains(earlier, v) })
	if len(common) == 0 {
		return []string{noValue}
	}
	return common
}

func (p *Params) meta() []store.MetaFilter {
	given := p.All("meta_data")
	if n := len(given); n > MaxFilterValues {
		p.fail(osprey.OutOfRange("meta_data", MaxFilterValues, n, "There are more than %d meta_data filters", MaxFilterValues))
		return nil
	}
	var out []store.MetaFilter
	for _, s := range given {
		f, ok := metaFilter(s)
		if !ok {
			p.fail(osprey.InvalidValue("meta_data", "meta_data must be key==value or key!=value"))
			return nil
		}
		out = append(out, f)
	}
	return out
}

// metaFilter splits at the first operator.
func metaFilter(s string) (store.MetaFilter, bool) {
	for i := 1; i+1 < len(s); i++ {
		if s[i+1] == '=' && (s[i] == '=' || s[i] == '!') {
			return store.MetaFilter{Path: s[:i], Value: s[i+2:], Not: s[i] == '!'}, true
		}
	}
	return store.MetaFilter{}, false
}

func (p *Params) analyse() *store.AnalyseFilter {
	f := &store.AnalyseFilter{In: map[store.Field][]string{}, NotIn: map[store.Field][]string{}}
	for _, prefix := range []string{"analyse.", "analysis."} {
		p.filters([]Filter{
			ByWord(prefix+"type", store.FieldType, osprey.ParseAnalysisType),
			ByState(prefix+"state", store.FieldState),
			ByState(prefix+"status", store.FieldStatus),
			ByWord(prefix+"resolution_status", store.FieldResolution, osprey.ParseResolution),
		}, f.In, f.NotIn)
	}
	if len(f.In)+len(f.NotIn) == 0 {
		return nil
	}
	return f
}

// Envelope is the body of a list.
type Envelope[T any] struct {
	Items  []T  `json:"items"`
	Limit  int  `json:"limit"`
	Offset int  `json:"offset"`
	Total  *int `json:"total,omitempty"`
}

// Body is the answer to the page: an envelope, or the items alone.
func Body[T any](p Page, items []T, total int) any {
	if items == nil {
		items = []T{}
	}
	if p.Bare {
		return items
	}
	e := Envelope[T]{Items: items, Limit: p.Query.Limit, Offset: p.Query.Offset}
	if !p.Query.OmitTotal {
		e.Total = &total
	}
	return e
}

// Each turns nouns into the objects that are shown.
func Each[N, T any](nouns []N, show func(N) T) []T {
	out := make([]T, len(nouns))
	for i, n := range nouns {
		out[i] = show(n)
	}
	return out
}
