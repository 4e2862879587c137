package client

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Time is a moment; the zero Time is null.
type Time struct{ time.Time }

// UnmarshalJSON reads seconds since 1970 with up to six decimals, exactly.
func (t *Time) UnmarshalJSON(raw []byte) error {
	s := string(raw)
	if s == "null" {
		t.Time = time.Time{}
		return nil
	}
	whole, frac, _ := strings.Cut(s, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return fmt.Errorf("client: %q is not a time", s)
	}
	micros := int64(0)
	if frac != "" {
		if micros, err = strconv.ParseInt((frac + "000000")[:6], 10, 64); err != nil {
			return fmt.Errorf("client: %q is not a time", s)
		}
	}
	t.Time = time.Unix(seconds, micros*1000).UTC()
	return nil
}

// MarshalJSON writes the form that UnmarshalJSON reads.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return fmt.Appendf(nil, "%d.%06d", t.Unix(), t.Nanosecond()/1000), nil
}

// Page is a part of a list.
type Page[T any] struct {
	Items  []T `json:"items"`
	Limit  int `json:"limit"`
	Offset int `json:"offset"`
	Total  int `json:"total"`
}

// List says which part of a list is wanted. The zero List is the first page of
// 100, newest first.
type List struct {
	Limit  int // 0: 100
	Offset int
	// OldestFirst walks a list in an order in which a page walk sees everything
	// that was there when it began.
	OldestFirst bool
	Search      string
	// Filter holds further parameters, "company_id" or "meta_data" and the like.
	Filter url.Values
}

func (l List) query() string {
	q := url.Values{}
	for k, v := range l.Filter {
		q[k] = v
	}
	if l.Limit > 0 {
		q.Set("limit", strconv.Itoa(l.Limit))
	}
	if l.Offset > 0 {
		q.Set("offset", strconv.Itoa(l.Offset))
	}
	if l.OldestFirst {
		q.Set("sorting", "time_created{asc}")
	}
	if l.Search != "" {
		q.Set("search_text", l.Search)
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// page fetches a page of the list at path.
func page[T any](ctx context.Context, c *Client, path string, l List) (Page[T], error) {
	var p Page[T]
	err := c.Do(ctx, http.MethodGet, path+l.query(), nil, &p)
	return p, err
}

// All walks a list to its end, page by page, oldest first. It ends with the first
// error.
//
//	for person, err := range client.All(ctx, client.List{}, func(ctx context.Context, l client.List) (client.Page[client.Person], error) {
//		return c.Persons(ctx, collection, l)
//	}) { ... }
func All[T any](ctx context.Context, l List, fetch func(context.Context, List) (Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		l.OldestFirst = true
		if l.Limit == 0 {
			l.Limit = 500
		}
		for {
			p, err := fetch(ctx, l)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range p.Items {
				if !yield(item, nil) {
					return
				}
			}
			if len(p.Items) < l.Limit {
				return
			}
			l.Offset += len(p.Items)
		}
	}
}
