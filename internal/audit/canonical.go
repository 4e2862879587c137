package audit

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"example.org/osprey"
)

// canonical writes a value as RFC 8785 wants it, for the kinds of value that a
// record has: null, booleans, texts, integers that a double holds exactly, moments
// (seconds with up to six decimals), lists and objects of these.
func canonical(v any) ([]byte, error) { return appendValue(nil, v) }

// errNotCanonical is returned for what has no canonical form here.
var errNotCanonical = errors.New("audit: no canonical form")

// maxExact is the greatest integer that every JSON reader takes as it is (RFC 7493).
const maxExact = 1<<53 - 1

func appendValue(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendText(b, v)
	case osprey.ID:
		return appendText(b, string(v))
	case int:
		return appendInteger(b, int64(v))
	case int64:
		return appendInteger(b, v)
	case osprey.Code:
		return appendInteger(b, int64(v))
	case osprey.Time:
		return appendMoment(b, v)
	case []string:
		return appendList(b, v)
	case []osprey.ID:
		return appendList(b, v)
	case map[string]any:
		return appendObject(b, v)
	}
	return nil, fmt.Errorf("%w: a %T", errNotCanonical, v)
}

func appendInteger(b []byte, n int64) ([]byte, error) {
	if n > maxExact || n < -maxExact {
		return nil, fmt.Errorf("%w: %d is not exact in a double", errNotCanonical, n)
	}
	return strconv.AppendInt(b, n, 10), nil
}

// appendMoment writes seconds. The shortest form of the double nearest to them,
// which RFC 8785 asks for, is these very digits as long as there are at most
// fifteen or, up to the year 2242, sixteen of them.
func appendMoment(b []byte, t osprey.Time) ([]byte, error) {
	const year2242 = 1 << 33 // seconds; up to here neighbouring doubles are less than a microsecond apart
	if t < 0 || t/1_000_000 >= year2242 {
		return nil, fmt.Errorf("%w: the moment %d", errNotCanonical, t)
	}
	return strconv.AppendFloat(b, float64(t)/1e6, 'f', -1, 64), nil
}

func appendList[T ~string](b []byte, list []T) (_ []byte, err error) {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendText(b, string(s)); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendObject(b []byte, m map[string]any) (_ []byte, err error) {
	b = append(b, '{')
	for i, key := range slices.SortedFunc(maps.Keys(m), compareUTF16) {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendText(b, key); err != nil {
			return nil, err
		}
		b = append(b, ':')
		if b, err = appendValue(b, m[key]); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// compareUTF16 orders names by their UTF-16 code units (RFC 8785, 3.2.3).
func compareUTF16(a, b string) int {
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

// appendText writes a text with the escapes of RFC 8785, 3.2.2.2.
func appendText(b []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf("%w: a text that is not UTF-8", errNotCanonical)
	}
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, `\b`...)
		case '\t':
			b = append(b, `\t`...)
		case '\n':
			b = append(b, `\n`...)
		case '\f':
			b = append(b, `\f`...)
		case '\r':
			b = append(b, `\r`...)
		default:
			if c < ' ' {
				b = fmt.Appendf(b, `\u%04x`, c)
			} else {
				b = append(b, c)
			}
		}
	}
	return append(b, '"'), nil
}
