package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"example.org/osprey"
)

func TestCanonical(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in   any
		want string
	}{
		{nil, "null"},
		{true, "true"},
		{0, "0"},
		{-7, "-7"},
		{int64(maxExact), "9007199254740991"},
		{osprey.CodeConflict, "15"},
		{"", `""`},
		{"a/b", `"a/b"`},
		{"<&>\u2028", "\"<&>\u2028\""},
		{"é😀", `"é😀"`},
		// RFC 8785, 3.2.2.2
		{"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"/", "\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\""},
		{"\b\t\n\f\r\x00\x1f\x7f", `"\b\t\n\f\r\u0000\u001f` + "\x7f\""},
		{osprey.Time(1767225610000001), "1767225610.000001"},
		{osprey.Time(1767225610100000), "1767225610.1"},
		{osprey.Time(1767225610000000), "1767225610"},
		{osprey.Time(0), "0"},
		{osprey.Time(1), "0.000001"},
		{[]string{}, "[]"},
		{[]osprey.ID{"b", "a"}, `["b","a"]`},
		// RFC 8785, 3.2.3: the order of UTF-16 code units.
		{
			map[string]any{"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001F600": 5, "\u0080": 6, "\u00f6": 7},
			"{\"\\r\":2,\"1\":4,\"\u0080\":6,\"\u00f6\":7,\"\u20ac\":1,\"\U0001F600\":5,\"\ufb33\":3}",
		},
		{map[string]any{"b": map[string]any{}, "a": nil}, `{"a":null,"b":{}}`},
	} {
		got, err := canonical(test.in)
		if err != nil || string(got) != test.want {
			t.Errorf("%#v: %s, %v, want %s", test.in, got, err, test.want)
		}
	}
	for _, v := range []any{1.5, maxExact + 1, "\xff", []any{}, struct{}{}, osprey.Time(-1), osprey.Time(1 << 62), map[string]any{"\xff": 1}} {
		if _, err := canonical(v); !errors.Is(err, errNotCanonical) {
			t.Errorf("%#v: %v", v, err)
		}
	}
}

// TestMoments: the digits are those of the microseconds, and also the shortest
// form of the nearest double, which is what other writers of RFC 8785 give.
func TestMoments(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		micro := rapid.Int64Range(0, (1<<33)*1_000_000-1).Draw(t, "micro")
		got, err := appendMoment(nil, osprey.Time(micro))
		if err != nil {
			t.Fatal(err)
		}
		want := strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%06d", micro/1_000_000, micro%1_000_000), "0"), ".")
		if string(got) != want {
			t.Fatalf("%d became %s, want %s", micro, got, want)
		}
	})
}

// FuzzCanonicalText: any text comes back as it was, and writing it again gives the
// same bytes.
func FuzzCanonicalText(f *testing.F) {
	for _, s := range []string{"", "a", "\x00\"\\", "é😀\u2028", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := canonical(map[string]any{s: []string{s}})
		if errors.Is(err, errNotCanonical) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		var m map[string][]string
		if err := json.Unmarshal(b, &m); err != nil || len(m[s]) != 1 || m[s][0] != s {
			t.Fatalf("%q: %s: %v", s, b, err)
		}
		again, err := canonical(map[string]any{s: m[s]})
		if err != nil || !bytes.Equal(b, again) {
			t.Fatalf("%s, then %s", b, again)
		}
	})
}
