package gallery

import (
	"errors"
	"strings"
	"testing"
)

// FuzzParseID: an id that is accepted is printed as it was read, and ids are
// ordered as their texts are.
func FuzzParseID(f *testing.F) {
	f.Add("01980000-0000-7000-8000-000000000001", "01980000-0000-7000-8000-00000000000a")
	f.Add("01980000-0000-7000-8000-00000000000A", "")
	f.Add("01980000-0000-7000-8000-0000000000-1", "----------------------------------- ")
	f.Add("019800000000-7000-8000-000000000000-", "{1980000-0000-7000-8000-000000000001}")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, errX := parseID("image", a)
		y, errY := parseID("image", b)
		for _, err := range []error{errX, errY} {
			if err != nil && !errors.Is(err, ErrID) {
				t.Fatal(err)
			}
		}
		if errX == nil && x.String() != a {
			t.Fatalf("%q is printed as %q", a, x)
		}
		if errX == nil && errY == nil && x.compare(y) != strings.Compare(a, b) {
			t.Fatalf("%q and %q are ordered as %d", a, b, x.compare(y))
		}
	})
}
