package osprey

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"sort"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Metadata is an object of the user's own keys. Numbers are json.Number, so
// that what was stored is what comes back.
type Metadata map[string]any

// The bounds of metadata, wherever they are accepted (api.md 14).
const (
	MaxMetadataBytes = 64 << 10
	MaxMetadataKeys  = 200
	MaxMetadataKey   = 128 // characters
	MaxMetadataDepth = 8
)

// Check refuses metadata beyond the bounds; field names them in the error.
func (m Metadata) Check(field string) error {
	if n := len(m); n > MaxMetadataKeys {
		return OutOfRange(field, MaxMetadataKeys, n, "%s has more than %d keys", field, MaxMetadataKeys).With("reason", "keys")
	}
	if n := m.depth(); n > MaxMetadataDepth {
		return OutOfRange(field, MaxMetadataDepth, n, "%s is nested deeper than %d", field, MaxMetadataDepth).With("reason", "nesting")
	}
	if err := checkKeys(field, map[string]any(m)); err != nil {
		return err
	}
	b, err := json.Marshal(m)
	if err != nil {
		return InvalidValue(field, "%s is not JSON", field)
	}
	if len(b) > MaxMetadataBytes {
		return OutOfRange(field, MaxMetadataBytes, len(b), "%s is larger than %d bytes", field, MaxMetadataBytes).With("reason", "bytes")
	}
	return nil
}

// checkKeys checks the keys at every depth: nested ones become paths that are
// stored too.
func checkKeys(field string, v any) error {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			if err := checkMetadataKey(field, key); err != nil {
				return err
			}
			if err := checkKeys(field, inner); err != nil {
				return err
			}
		}
	case []any:
		for _, inner := range v {
			if err := checkKeys(field, inner); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkMetadataKey(field, key string) error {
	if n := utf8.RuneCountInString(key); n < 1 || n > MaxMetadataKey {
		return OutOfRange(field, MaxMetadataKey, n, "a key of %s must have 1 to %d characters", field, MaxMetadataKey).With("reason", "key_length")
	}
	return nil
}

func (m Metadata) depth() int { return depthOf(map[string]any(m)) }

func depthOf(v any) int {
	deepest := 0
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			deepest = max(deepest, depthOf(e))
		}
	case []any:
		for _, e := range v {
			deepest = max(deepest, depthOf(e))
		}
	default:
		return 0
	}
	return 1 + deepest
}

// Merge returns a copy in which the keys of patch replace those of m, each as a
// whole; a null stays a null.
func (m Metadata) Merge(patch Metadata) Metadata {
	out := make(Metadata, len(m)+len(patch))
	maps.Copy(out, m)
	maps.Copy(out, patch)
	return out
}

// MetadataText is one searchable value: the dotted path and the text form.
type MetadataText struct {
	Path string
	Text string
}

// Flatten lists the searchable values in order of path: scalars by their text
// form (strings as they are, others as JSON writes them), walking into objects;
// lists are compared by their JSON. A literal key that contains dots comes
// before a walk that gives the same path, and hides it.
func (m Metadata) Flatten() []MetadataText {
	seen := make(map[string]int) // path -> least number of steps taken
	text := make(map[string]string)
	flatten(map[string]any(m), "", 1, seen, text)
	out := make([]MetadataText, 0, len(text))
	for p, t := range text {
		out = append(out, MetadataText{Path: p, Text: t})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Path < out[j].Path })
	return out
}

func flatten(m map[string]any, prefix string, step int, seen map[string]int, text map[string]string) {
	for key, v := range m {
		path := prefix + key
		if inner, ok := v.(map[string]any); ok {
			flatten(inner, path+".", step+1, seen, text)
		}
		if s, ok := seen[path]; !ok || step < s {
			seen[path], text[path] = step, metadataText(v)
		}
	}
}

func metadataText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return fmt.Sprint(v)
	case nil:
		return "null"
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// ParseMetadata reads a stored object; empty input is the empty object.
func ParseMetadata(b []byte) (Metadata, error) {
	if len(b) == 0 {
		return Metadata{}, nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	m := Metadata{}
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	if m == nil {
		m = Metadata{}
	}
	return m, nil
}

// PersonName is the searchable name of a person: first, middle and last name of
// person_info, folded.
func (m Metadata) PersonName() string {
	info, _ := m["person_info"].(map[string]any)
	var parts []string
	for _, key := range []string{"first_name", "middle_name", "last_name"} {
		if s, ok := info[key].(string); ok && strings.TrimSpace(s) != "" {
			parts = append(parts, strings.TrimSpace(s))
		}
	}
	return Fold(strings.Join(parts, " "))
}

// Fold prepares a text for comparison without regard to case: Unicode NFC and
// full case folding. SQL cannot do this, so folded columns hold its result.
func Fold(s string) string {
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(s)))
}
