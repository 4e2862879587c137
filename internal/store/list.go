package store

import (
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"example.org/osprey"
)

// list describes a list of the contract: the table it reads, the columns that its
// scope looks at, and the fields and texts that it can be narrowed by. The names
// in it are the only ones that get into the text of a query; what a Query holds is
// always bound as a parameter.
type list struct {
	table   string
	kind    Kind   // of its metadata; empty: no metadata filter
	company string // column that the scope's company is compared with
	owner   string // condition with one parameter that an owner's scope adds; empty: none
	updated string // column of the update time
	fields  map[Field]condition
	search  []string // folded columns
}

// condition narrows a list by the values of a field.
type condition func(w *where, values []string, not bool)

// clause is a piece of a WHERE with its parameters.
type clause struct {
	sql  string
	args []any
}

// where joins clauses by AND.
type where struct {
	sql  []string
	args []any
}

func (w *where) and(c clause) {
	w.sql = append(w.sql, c.sql)
	w.args = append(w.args, c.args...)
}

// either adds the disjunction of clauses, or its opposite.
func (w *where) either(not bool, clauses ...clause) {
	var c clause
	parts := make([]string, len(clauses))
	for i, o := range clauses {
		parts[i] = o.sql
		c.args = append(c.args, o.args...)
	}
	c.sql = "(" + strings.Join(parts, " OR ") + ")"
	if not {
		c.sql = "NOT " + c.sql
	}
	w.and(c)
}

// text is the condition as it follows WHERE.
func (w *where) text() string {
	if len(w.sql) == 0 {
		return "TRUE"
	}
	return strings.Join(w.sql, " AND ")
}

// in is met where the expression equals one of the values; none meets nothing.
func in[T ~string](expression string, values []T) clause {
	if len(values) == 0 {
		return clause{sql: "FALSE"}
	}
	c := clause{sql: expression + " IN (?" + strings.Repeat(", ?", len(values)-1) + ")"}
	for _, v := range values {
		c.args = append(c.args, string(v))
	}
	return c
}

// column is the condition of a field that is one column, never NULL.
func column(expression string) condition {
	return func(w *where, values []string, not bool) { w.either(not, in(expression, values)) }
}

// folded is column for a column that holds folded text.
func folded(expression string) condition {
	return func(w *where, values []string, not bool) {
		f := make([]string, len(values))
		for i, v := range values {
			f[i] = osprey.Fold(v)
		}
		w.either(not, in(expression, f))
	}
}

// linked is the condition of a field that lives in rows of another table: the ids
// that the query in parentheses gives, narrowed by the values of its column.
func linked(ids, expression string) condition {
	return func(w *where, values []string, not bool) {
		c := in(expression, values)
		c.sql = "id IN (" + ids + " WHERE " + c.sql + ")"
		w.either(not, c)
	}
}

// Bounds of a Query. Those of the contract are narrower; these keep a mistake
// above from becoming a query that SQLite refuses in its own words.
const (
	maxValues = 10_000 // of all fields together
	maxSearch = 1000   // characters
)

// narrow turns a Query into the condition of the list in a scope.
func (l *list) narrow(scope osprey.Scope, company osprey.ID, q Query, fixed []clause) (*where, error) {
	w := &where{}
	l.scope(w, scope, company)
	for _, c := range fixed {
		w.and(c)
	}
	if err := l.narrowFields(w, q.In, false); err != nil {
		return nil, err
	}
	if err := l.narrowFields(w, q.NotIn, true); err != nil {
		return nil, err
	}
	l.narrowTimes(w, q)
	if err := l.narrowMeta(w, q.Meta); err != nil {
		return nil, err
	}
	if err := l.narrowSearch(w, q.Search); err != nil {
		return nil, err
	}
	if err := l.narrowAnalyses(w, q.Analyse); err != nil {
		return nil, err
	}
	if len(w.args) > maxValues {
		return nil, fmt.Errorf("store: a query of %s with %d values, at most %d", l.table, len(w.args), maxValues)
	}
	return w, nil
}

func (l *list) scope(w *where, scope osprey.Scope, company osprey.ID) {
	if !scope.All {
		w.and(clause{l.company + " = ?", []any{string(company)}})
	}
	if scope.Owner != "" && l.owner != "" {
		w.and(clause{l.owner, []any{string(scope.Owner)}})
	}
}

func (l *list) narrowFields(w *where, fields map[Field][]string, not bool) error {
	for _, f := range sortedKeys(fields) {
		c, ok := l.fields[f]
		if !ok {
			return fmt.Errorf("store: %s cannot be filtered by %q", l.table, f)
		}
		c(w, fields[f], not)
	}
	return nil
}

// sortedKeys makes the text of a query depend on nothing but the Query, so that
// its prepared statement is found again.
func sortedKeys[V any](m map[Field]V) []Field {
	keys := make([]Field, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (l *list) narrowTimes(w *where, q Query) {
	bound := func(sql string, t osprey.Time) {
		if t != 0 {
			w.and(clause{sql, []any{int64(t)}})
		}
	}
	bound("created >= ?", q.CreatedMin)
	bound("created <= ?", q.CreatedMax)
	bound(l.updated+" >= ?", q.UpdatedMin)
	bound(l.updated+" <= ?", q.UpdatedMax)
}

func (l *list) narrowMeta(w *where, filters []MetaFilter) error {
	if len(filters) > 0 && l.kind == "" {
		return fmt.Errorf("store: %s has no metadata", l.table)
	}
	for _, f := range filters {
		w.either(f.Not, clause{"id IN (SELECT object_id FROM meta WHERE kind = ? AND term = ?)",
			[]any{string(l.kind), term(f.Path, f.Value)}})
	}
	return nil
}

func (l *list) narrowSearch(w *where, text string) error {
	if text == "" {
		return nil
	}
	if len(l.search) == 0 {
		return fmt.Errorf("store: %s cannot be searched", l.table)
	}
	if n := utf8.RuneCountInString(text); n > maxSearch {
		return osprey.OutOfRange("search_text", maxSearch, n, "search_text has more than %d characters", maxSearch)
	}
	pattern := "%" + likeEscaper.Replace(osprey.Fold(text)) + "%"
	clauses := make([]clause, len(l.search))
	for i, c := range l.search {
		clauses[i] = clause{c + ` LIKE ? ESCAPE '\'`, []any{pattern}}
	}
	w.either(false, clauses...)
	return nil
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// narrowAnalyses keeps folders with one analysis that meets everything at once.
func (l *list) narrowAnalyses(w *where, f *AnalyseFilter) error {
	if f == nil {
		return nil
	}
	if l.kind != KindFolder {
		return fmt.Errorf("store: %s has no analyses", l.table)
	}
	a := &where{sql: []string{"a.folder_id = folder.id"}}
	for _, side := range []struct {
		fields map[Field][]string
		not    bool
	}{{f.In, false}, {f.NotIn, true}} {
		for _, field := range sortedKeys(side.fields) {
			c, ok := analyseFields[field]
			if !ok {
				return fmt.Errorf("store: folders cannot be filtered by %q of their analyses", field)
			}
			c(a, side.fields[field], side.not)
		}
	}
	w.and(clause{"EXISTS (SELECT 1 FROM analysis a WHERE " + a.text() + ")", a.args})
	return nil
}

// orders are the ORDER BY of each Sort; %s is the column of the update time.
var orders = map[Sort]string{
	CreatedDesc: "created DESC, id DESC",
	CreatedAsc:  "created, id",
	UpdatedDesc: "%s DESC, id DESC",
	UpdatedAsc:  "%s, id",
	SeqDesc:     "seq DESC, created DESC, id DESC",
}

// page runs a Query: the rows of its page, never nil, and the total, -1 when it
// is not wanted.
func page[M, N any](tx *Tx, l *list, q Query, convert func(M) (N, error), fixed ...clause) ([]N, int, error) {
	order, ok := orders[q.Sort]
	if !ok || q.Limit < 0 || q.Offset < 0 {
		return nil, 0, fmt.Errorf("store: a query of %s with limit %d, offset %d, order %d", l.table, q.Limit, q.Offset, q.Sort)
	}
	w, err := l.narrow(tx.scope, tx.company(), q, fixed)
	if err != nil {
		return nil, 0, err
	}
	total := -1
	if !q.OmitTotal {
		count := "SELECT COUNT(*) FROM " + l.table + " WHERE " + w.text()
		if err := tx.tx.QueryRowContext(tx.ctx, count, w.args...).Scan(&total); err != nil {
			return nil, 0, tx.fail(err)
		}
	}
	if q.Limit == 0 || total == 0 {
		return []N{}, total, nil
	}
	order = strings.ReplaceAll(order, "%s", l.updated)
	rows, err := selectRows[M](tx, l.table, w.text()+" ORDER BY "+order+" LIMIT ? OFFSET ?",
		append(w.args, int64(q.Limit), int64(q.Offset)))
	if err != nil {
		return nil, 0, err
	}
	items, err := all(rows, convert)
	return items, total, err
}

// groupChunk is how many values one query of group binds.
const groupChunk = 500

// group returns all rows whose column holds one of the ids, by that id, oldest
// first.
func group[M, N any](tx *Tx, l *list, column string, ids []osprey.ID, convert func(M) (N, error), key func(N) osprey.ID, fixed ...clause) (map[osprey.ID][]N, error) {
	out := make(map[osprey.ID][]N, len(ids))
	for chunk := range slices.Chunk(ids, groupChunk) {
		w := &where{}
		l.scope(w, tx.scope, tx.company())
		w.and(in(column, chunk))
		for _, c := range fixed {
			w.and(c)
		}
		rows, err := selectRows[M](tx, l.table, w.text()+" ORDER BY created, id", w.args)
		if err != nil {
			return nil, err
		}
		items, err := all(rows, convert)
		if err != nil {
			return nil, err
		}
		for _, i := range items {
			out[key(i)] = append(out[key(i)], i)
		}
	}
	return out, nil
}

// selectRows reads whole rows of a table into the structs that sqlc made of it.
func selectRows[M any](tx *Tx, table, rest string, args []any) (out []M, err error) {
	names := columnsOf(reflect.TypeFor[M]())
	rows, err := tx.tx.QueryContext(tx.ctx, "SELECT "+names+" FROM "+table+" WHERE "+rest, args...) //nolint:gosec // names of ours only, values are bound
	if err != nil {
		return nil, tx.fail(err)
	}
	defer func() {
		if e := rows.Close(); e != nil && err == nil {
			err = tx.fail(e)
		}
	}()
	for rows.Next() {
		var m M
		if err := scanRow(rows, &m); err != nil {
			return nil, tx.fail(err)
		}
		out = append(out, m)
	}
	return out, tx.fail(rows.Err())
}

// scanRow reads a row into the fields of a struct, in their order.
func scanRow(rows *sql.Rows, m any) error {
	v := reflect.ValueOf(m).Elem()
	fields := make([]any, v.NumField())
	for i := range fields {
		fields[i] = v.Field(i).Addr().Interface()
	}
	if err := rows.Scan(fields...); err != nil {
		return errors.Join(errors.New("read a row"), err)
	}
	return nil
}

var columns sync.Map // reflect.Type -> string

// columnsOf lists the columns of a struct by its db tags.
func columnsOf(t reflect.Type) string {
	if s, ok := columns.Load(t); ok {
		return s.(string)
	}
	names := make([]string, t.NumField())
	for i := range names {
		names[i] = t.Field(i).Tag.Get("db")
	}
	s := strings.Join(names, ", ")
	columns.Store(t, s)
	return s
}
