package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// raw is a value as a source gives it: a text, or from a file also a list of
// texts or a mapping.
type raw struct {
	text string
	list []string
	node *yaml.Node // a mapping
}

// shown is the value as an error message repeats it.
func (r raw) shown() string {
	switch {
	case r.node != nil:
		return "a mapping"
	case r.list != nil:
		return strings.Join(r.list, ",")
	}
	return r.text
}

// codec is how one Go type is read and written.
type codec[T any] struct {
	kind  Kind
	parse func(string, Host) (T, error)
	text  func(T) string
	shape func(T) any // nil: the text
}

// refusal is a parse error that says more than "it must be ...".
type refusal string

func (r refusal) Error() string { return string(r) }

// row makes a registry row for a value that is written as one text. check may
// be nil; allowed is the sentence of every error.
func row[T any](name string, c codec[T], standard string, at func(*Config) *T, allowed string, check func(T) bool, doc string) *Key {
	k := &Key{Name: name, Kind: c.kind, Default: standard, Allowed: allowed, Doc: doc}
	k.standard = func(Host, *Config) string { return standard }
	k.read = func(r raw, h Host) (any, error) {
		if r.list != nil || r.node != nil {
			return nil, fmt.Errorf("it must be a single value: %s", k.Allowed)
		}
		value, err := c.parse(r.text, h)
		var why refusal
		if errors.As(err, &why) {
			return nil, why
		}
		if err != nil || (check != nil && !check(value)) {
			return nil, errors.New("it must be " + k.Allowed)
		}
		return value, nil
	}
	finish(k, c.text, c.shape, at)
	return k
}

// finish adds what does not depend on how the value is read.
func finish[T any](k *Key, text func(T) string, shape func(T) any, at func(*Config) *T) {
	k.assign = func(c *Config, value any) { *at(c) = value.(T) }
	k.text = func(value any) string { return text(value.(T)) }
	k.shape = func(value any) any {
		if shape == nil {
			return text(value.(T))
		}
		return shape(value.(T))
	}
	k.unshape = unshape
}

// unshape turns a decoded JSON value into what a file would hold.
func unshape(value any) (raw, bool) {
	switch v := value.(type) {
	case nil:
		return raw{}, true
	case string:
		return raw{text: v}, true
	case bool:
		return raw{text: strconv.FormatBool(v)}, true
	case float64:
		return raw{text: strconv.FormatFloat(v, 'g', -1, 64)}, true
	case int:
		return raw{text: strconv.Itoa(v)}, true
	case fmt.Stringer: // json.Number
		return raw{text: v.String()}, true
	}
	return raw{}, false
}

func text(name, standard string, at func(*Config) *string, allowed string, check func(string) bool, doc string) *Key {
	c := codec[string]{kind: KindString, parse: plain, text: same[string]}
	return row(name, c, standard, at, allowed, check, doc)
}

func path(name, standard string, at func(*Config) *string, allowed string, doc string) *Key {
	c := codec[string]{kind: KindPath, parse: plain, text: same[string]}
	return row(name, c, standard, at, allowed, func(p string) bool {
		return len(p) <= maxPath && !strings.ContainsRune(p, 0) && (p != "" || standard == "")
	}, doc)
}

func secretText(name, standard string, at func(*Config) *Secret, allowed string, check func(string) bool, doc string) *Key {
	c := codec[Secret]{
		kind:  KindString,
		parse: func(s string, _ Host) (Secret, error) { return Secret(s), nil },
		text:  func(s Secret) string { return s.masked() },
	}
	return row(name, c, standard, at, allowed, func(s Secret) bool { return check(s.Reveal()) }, doc).secret()
}

func choice(name, standard string, at func(*Config) *string, doc string, words ...string) *Key {
	return text(name, standard, at, oneOf(words), func(s string) bool { return slices.Contains(words, s) }, doc)
}

// choiceOf is choice for a type of the domain.
func choiceOf[T ~string](name string, standard T, at func(*Config) *T, doc string, words ...T) *Key {
	c := codec[T]{
		kind:  KindString,
		parse: func(s string, _ Host) (T, error) { return T(s), nil },
		text:  func(v T) string { return string(v) },
	}
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	return row(name, c, string(standard), at, oneOf(texts), func(v T) bool { return slices.Contains(words, v) }, doc)
}

func oneOf(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = "`" + word + "`"
	}
	return strings.Join(quoted, " or ")
}

func boolean(name string, standard bool, at func(*Config) *bool, doc string) *Key {
	c := codec[bool]{kind: KindBool, parse: parseBool, text: strconv.FormatBool, shape: shapeless[bool]}
	return row(name, c, strconv.FormatBool(standard), at, "`true` or `false`", nil, doc)
}

func integer(name string, standard, low, high int, at func(*Config) *int, doc string) *Key {
	c := codec[int]{kind: KindInt, parse: parseInt, text: strconv.Itoa, shape: shapeless[int]}
	allowed := fmt.Sprintf("a whole number from %d to %d", low, high)
	return row(name, c, strconv.Itoa(standard), at, allowed, func(n int) bool { return low <= n && n <= high }, doc)
}

func float(name string, standard, low, high float64, at func(*Config) *float64, doc string) *Key {
	c := codec[float64]{kind: KindFloat, parse: parseFloat, text: formatFloat, shape: shapeless[float64]}
	allowed := fmt.Sprintf("a number from %s to %s", formatFloat(low), formatFloat(high))
	return row(name, c, formatFloat(standard), at, allowed, func(n float64) bool { return low <= n && n <= high }, doc)
}

// share is an optional number above 0 and at most 1; empty or null is nil.
func share(name string, at func(*Config) **float64, doc string) *Key {
	c := codec[*float64]{
		kind: KindOptionalFloat,
		parse: func(s string, h Host) (*float64, error) {
			if s == "" || s == "null" {
				return nil, nil
			}
			n, err := parseFloat(s, h)
			return &n, err
		},
		text: func(n *float64) string {
			if n == nil {
				return ""
			}
			return formatFloat(*n)
		},
		shape: func(n *float64) any {
			if n == nil {
				return nil
			}
			return *n
		},
	}
	return row(name, c, "", at, "empty, or a number above 0 and at most 1", func(n *float64) bool {
		return n == nil || (*n > 0 && *n <= 1)
	}, doc)
}

func duration(name, standard string, low, high time.Duration, at func(*Config) *time.Duration, doc string) *Key {
	c := codec[time.Duration]{kind: KindDuration, parse: parseDuration, text: formatDuration}
	allowed := fmt.Sprintf("a duration from %s to %s, in seconds or with a unit as in `90s`, `15m`, `24h`",
		formatDuration(low), formatDuration(high))
	return row(name, c, standard, at, allowed, func(d time.Duration) bool { return low <= d && d <= high }, doc)
}

func size(name, standard string, low, high int64, at func(*Config) *int64, doc string) *Key {
	c := codec[int64]{kind: KindSize, parse: parseSize, text: formatSize}
	allowed := fmt.Sprintf("a size from %s to %s, in bytes or with `KiB`, `MiB`, `GiB` or `TiB`",
		formatSize(low), formatSize(high))
	return row(name, c, standard, at, allowed, func(n int64) bool { return low <= n && n <= high }, doc)
}

// list makes a row for a list of T; a text is split at commas.
func list[T any](name string, at func(*Config) *[]T, allowed string, parse func(string) (T, error), show func(T) string, doc string) *Key {
	k := &Key{Name: name, Kind: KindList, Allowed: allowed, Doc: doc}
	k.standard = func(Host, *Config) string { return "" }
	k.read = func(r raw, _ Host) (any, error) {
		if r.node != nil {
			return nil, errors.New("it must be a list of " + k.Allowed)
		}
		items := r.list
		if items == nil && strings.TrimSpace(r.text) != "" {
			items = strings.Split(r.text, ",")
		}
		if len(items) > maxListItems {
			return nil, fmt.Errorf("it must have at most %d entries", maxListItems)
		}
		values := make([]T, 0, len(items))
		for _, item := range items {
			value, err := parse(strings.TrimSpace(item))
			if err != nil {
				return nil, fmt.Errorf("entry %q: %w; it must be a list of %s", clip(item), err, k.Allowed)
			}
			values = append(values, value)
		}
		return values, nil
	}
	show2 := func(values []T) []string {
		texts := make([]string, len(values))
		for i, value := range values {
			texts[i] = show(value)
		}
		return texts
	}
	finish(k, func(values []T) string { return strings.Join(show2(values), ",") },
		func(values []T) any { return show2(values) }, at)
	return k
}

const (
	maxListItems = 256
	maxPath      = 4096
)

func plain(s string, _ Host) (string, error) { return s, nil }

func same[T any](value T) T { return value }

func shapeless[T any](value T) any { return value }
