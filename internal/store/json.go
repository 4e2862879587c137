package store

import (
	"encoding/json"
	"fmt"

	"example.org/osprey"
)

// encoder writes the JSON columns of one row and keeps the first error.
type encoder struct{ err error }

func (e *encoder) text(v any) string {
	b, err := json.Marshal(v)
	if err != nil && e.err == nil {
		e.err = fmt.Errorf("store: encode %T: %w", v, err)
	}
	return string(b)
}

// object is text for metadata, where none is the empty object.
func (e *encoder) object(m osprey.Metadata) string {
	if len(m) == 0 {
		return "{}"
	}
	return e.text(m)
}

// measures is text for measures, where none is the empty object.
func (e *encoder) measures(m osprey.Measures) string {
	if len(m) == 0 {
		return "{}"
	}
	return e.text(m)
}

// listText is text for lists, where none is the empty list.
func listText[T any](e *encoder, v []T) string {
	if len(v) == 0 {
		return "[]"
	}
	return e.text(v)
}

// decoder reads the JSON columns of one row and keeps the first error.
type decoder struct{ err error }

func (d *decoder) read(text string, v any) {
	if err := json.Unmarshal([]byte(text), v); err != nil && d.err == nil {
		d.err = failed(fmt.Errorf("a stored %T is not what it was: %w", v, err))
	}
}

func (d *decoder) object(text string) osprey.Metadata {
	if text == "{}" { // most objects have none, and every request reads a user
		return osprey.Metadata{}
	}
	m, err := osprey.ParseMetadata([]byte(text))
	if err != nil && d.err == nil {
		d.err = failed(fmt.Errorf("stored metadata are not what they were: %w", err))
	}
	return m
}

// all converts rows and stops at the first that cannot be read.
func all[M, N any](rows []M, convert func(M) (N, error)) ([]N, error) {
	out := make([]N, 0, len(rows))
	for _, r := range rows {
		n, err := convert(r)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}
