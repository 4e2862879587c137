package wire

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"example.org/osprey"
)

// Object is a JSON object of a request. Its methods return nil for a key that
// is absent or null and remember the first fault of the whole body, nested
// objects included; Err returns it. A value of the wrong JSON type is 400/5 and
// names the field by its dotted path.
type Object struct {
	values map[string]any
	path   string // "" at the root, else ends with a dot
	absent bool   // there was no text to decode
	fault  *fault
}

// fault is the first fault of a body, shared by all objects in it.
type fault struct{ err error }

func (f *fault) set(err error) {
	if f.err == nil {
		f.err = err
	}
}

// NewObject wraps decoded JSON, numbers as json.Number.
func NewObject(values map[string]any) *Object {
	return &Object{values: values, fault: &fault{}}
}

// Err returns the first fault that reading met.
func (o *Object) Err() error { return o.fault.err }

// Fail records a fault found by the reader of the object, unless there is an
// earlier one.
func (o *Object) Fail(err error) { o.fault.set(err) }

// Name is the dotted path of a key, as errors show it.
func (o *Object) Name(key string) string { return o.path + key }

// Absent reports whether the request had no body that could hold the object: it
// reads as the empty one, but nobody wrote it.
func (o *Object) Absent() bool { return o.absent }

// Has reports whether the key is there with a value other than null.
func (o *Object) Has(key string) bool { return o.values[key] != nil }

// Named reports whether the key is there, be it null.
func (o *Object) Named(key string) bool {
	_, ok := o.values[key]
	return ok
}

// Null reports whether the key is there and null.
func (o *Object) Null(key string) bool { return o.Named(key) && !o.Has(key) }

// Require records 400/3 when one of the keys is absent or null; they are asked in
// the order given.
func (o *Object) Require(keys ...string) {
	for _, key := range keys {
		if !o.Has(key) {
			o.fault.set(osprey.Missing(o.Name(key)))
		}
	}
}

// String reads a text.
func (o *Object) String(key string) *string {
	switch v := o.values[key].(type) {
	case nil:
	case string:
		return &v
	default:
		o.wrongType(key, "a string")
	}
	return nil
}

// Text is String with the empty text for an absent key.
func (o *Object) Text(key string) string {
	if s := o.String(key); s != nil {
		return *s
	}
	return ""
}

// Bool reads a truth value.
func (o *Object) Bool(key string) *bool {
	switch v := o.values[key].(type) {
	case nil:
	case bool:
		return &v
	default:
		o.wrongType(key, "a boolean")
	}
	return nil
}

// Float reads a number.
func (o *Object) Float(key string) *float64 {
	n, ok := o.number(key)
	if !ok {
		return nil
	}
	f, err := strconv.ParseFloat(n.String(), 64)
	if err != nil || math.IsInf(f, 0) {
		o.fault.set(osprey.InvalidValue(o.Name(key), "%s is out of range", o.Name(key)))
		return nil
	}
	return &f
}

// Int reads a whole number.
func (o *Object) Int(key string) *int {
	n, ok := o.number(key)
	if !ok {
		return nil
	}
	if i, err := strconv.Atoi(n.String()); err == nil {
		return &i
	}
	// 1e3 and 5.0 are whole numbers too.
	f, err := strconv.ParseFloat(n.String(), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		o.fault.set(osprey.InvalidValue(o.Name(key), "%s must be an integer", o.Name(key)))
		return nil
	}
	i := int(f)
	return &i
}

func (o *Object) number(key string) (json.Number, bool) {
	switch v := o.values[key].(type) {
	case nil:
	case json.Number:
		return v, true
	default:
		o.wrongType(key, "a number")
	}
	return "", false
}

// ID reads an identifier; a text that is none is 400/4.
func (o *Object) ID(key string) *osprey.ID {
	s := o.String(key)
	if s == nil {
		return nil
	}
	id, ok := osprey.ParseID(*s)
	if !ok {
		o.fault.set(osprey.InvalidValue(o.Name(key), "%s must be a UUID", o.Name(key)))
		return nil
	}
	return &id
}

// IDs reads an array of identifiers, nil when the key is absent.
func (o *Object) IDs(key string) []osprey.ID {
	list := o.array(key)
	if list == nil {
		return nil
	}
	ids := make([]osprey.ID, 0, len(list))
	for i, v := range list {
		name := o.Name(key) + "." + strconv.Itoa(i)
		s, ok := v.(string)
		if !ok {
			o.fault.set(osprey.InvalidType(name, "a string"))
			return nil
		}
		id, ok := osprey.ParseID(s)
		if !ok {
			o.fault.set(osprey.InvalidValue(name, "%s must be a UUID", name))
			return nil
		}
		ids = append(ids, id)
	}
	return ids
}

// Strings reads an array of texts, nil when the key is absent.
func (o *Object) Strings(key string) []string {
	list := o.array(key)
	if list == nil {
		return nil
	}
	out, ok := stringsOf(list)
	if !ok {
		o.wrongType(key, "an array of strings")
	}
	return out
}

func stringsOf(list []any) ([]string, bool) {
	out := make([]string, 0, len(list))
	for _, v := range list {
		s, ok := v.(string)
		if !ok {
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

// Object reads a nested object, nil when the key is absent.
func (o *Object) Object(key string) *Object {
	switch v := o.values[key].(type) {
	case nil:
	case map[string]any:
		return &Object{values: v, path: o.Name(key) + ".", fault: o.fault}
	default:
		o.wrongType(key, "an object")
	}
	return nil
}

// Objects reads an array of objects, nil when the key is absent.
func (o *Object) Objects(key string) []*Object {
	list := o.array(key)
	if list == nil {
		return nil
	}
	out := make([]*Object, 0, len(list))
	for i, v := range list {
		name := o.Name(key) + "." + strconv.Itoa(i)
		m, ok := v.(map[string]any)
		if !ok {
			o.fault.set(osprey.InvalidType(name, "an object"))
			return nil
		}
		out = append(out, &Object{values: m, path: name + ".", fault: o.fault})
	}
	return out
}

// Length is the number of elements of an array, -1 when the key is absent.
func (o *Object) Length(key string) int {
	list := o.array(key)
	if list == nil {
		return -1
	}
	return len(list)
}

// array returns a non-nil slice for an array that is there, be it empty.
func (o *Object) array(key string) []any {
	switch v := o.values[key].(type) {
	case nil:
	case []any:
		if v == nil {
			v = []any{}
		}
		return v
	default:
		o.wrongType(key, "an array")
	}
	return nil
}

// Metadata reads an object of the user's own keys and checks its bounds, nil when
// the key is absent.
func (o *Object) Metadata(key string) osprey.Metadata {
	switch v := o.values[key].(type) {
	case nil:
	case map[string]any:
		return o.bounded(o.Name(key), v)
	default:
		o.wrongType(key, "an object")
	}
	return nil
}

// Whole is the object itself as metadata, bounds checked.
func (o *Object) Whole(field string) osprey.Metadata { return o.bounded(field, o.values) }

func (o *Object) bounded(field string, v map[string]any) osprey.Metadata {
	m := osprey.Metadata(v)
	if err := m.Check(field); err != nil {
		o.fault.set(err)
		return nil
	}
	if !decodable(v) {
		o.fault.set(osprey.InvalidValue(field, "%s has a number that is out of range", field).With("reason", "number"))
		return nil
	}
	return m
}

// decodable reports whether every number fits a float64: one that does not would
// make every answer that holds it unreadable for most clients.
func decodable(v any) bool {
	switch v := v.(type) {
	case json.Number:
		_, err := v.Float64()
		return err == nil
	case map[string]any:
		for _, e := range v {
			if !decodable(e) {
				return false
			}
		}
	case []any:
		return !slices.ContainsFunc(v, func(e any) bool { return !decodable(e) })
	}
	return true
}

// MetadataByPart reads an object of objects, one a part name.
func (o *Object) MetadataByPart(key string) map[string]osprey.Metadata {
	parts := o.Object(key)
	if parts == nil {
		return nil
	}
	out := make(map[string]osprey.Metadata, len(parts.values))
	for name, v := range parts.values {
		if v == nil {
			continue
		}
		m, ok := v.(map[string]any)
		if !ok {
			o.wrongType(key, "an object of objects")
			return nil
		}
		out[name] = o.bounded(o.Name(key), m)
	}
	return out
}

// TagsByPart reads an object of arrays of texts, one a part name.
func (o *Object) TagsByPart(key string) map[string][]string {
	parts := o.Object(key)
	if parts == nil {
		return nil
	}
	out := make(map[string][]string, len(parts.values))
	for name, v := range parts.values {
		if v == nil {
			continue
		}
		list, ok := v.([]any)
		if !ok {
			o.wrongType(key, "an object of arrays of strings")
			return nil
		}
		tags, ok := stringsOf(list)
		if !ok {
			o.wrongType(key, "an object of arrays of strings")
			return nil
		}
		out[name] = tags
	}
	return out
}

// Values returns the keys and values as they were decoded.
func (o *Object) Values() map[string]any { return o.values }

func (o *Object) wrongType(key, want string) {
	o.fault.set(osprey.InvalidType(o.Name(key), want))
}

// Enum reads a word through its parser; any other word is 400/4 and the message
// names those allowed.
func Enum[T ~string](o *Object, key string, parse func(string) (T, bool), allowed ...T) *T {
	s := o.String(key)
	if s == nil {
		return nil
	}
	v, ok := parse(*s)
	if !ok {
		words := make([]string, len(allowed))
		for i, a := range allowed {
			words[i] = string(a)
		}
		o.fault.set(osprey.InvalidValue(o.Name(key), "%s must be one of %s", o.Name(key), strings.Join(words, ", ")))
		return nil
	}
	return &v
}
