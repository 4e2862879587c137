package replay

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.org/osprey"
)

func TestIdentifiers(t *testing.T) {
	t.Parallel()
	id := func(n int) string { return fmt.Sprintf("01980000-0000-7000-8000-%012d", n) }
	for name, test := range map[string]struct {
		body string
		want []string
	}{
		"nothing":    {``, nil},
		"no ids":     {`{"a":1,"b":"text","c":[true,null]}`, nil},
		"values":     {`{"folder_id":"` + id(1) + `","media":[{"media_id":"` + id(2) + `"},{"media_id":"` + id(3) + `"}]}`, []string{id(1), id(2), id(3)}},
		"once":       {`["` + id(1) + `","` + id(2) + `","` + id(1) + `"]`, []string{id(1), id(2)}},
		"upper case": {`["` + strings.ToUpper(id(1)[:20]) + id(1)[20:] + `"]`, []string{id(1)}},
		"keys":       {`{"` + id(1) + `":"` + id(2) + `"}`, []string{id(2)}},
		"metadata": {
			`{"meta_data":{"a":"` + id(1) + `","b":{"c":["` + id(2) + `"]},"d":"}\"{"},"technical_meta_data":{"x":"` + id(3) + `"},"id":"` + id(4) + `"}`,
			[]string{id(4)},
		},
		"no metadata":        {`{"meta_data":null,"id":"` + id(4) + `"}`, []string{id(4)}},
		"the word as a text": {`{"a":"meta_data","b":"` + id(1) + `"}`, []string{id(1)}},
		"escapes":            {`{"a":"\"` + id(1) + `\"","b":"\\","c":"` + id(2) + `"}`, []string{id(2)}},
		"cut off":            {`{"a":"` + id(1), nil},
		"cut off in them":    {`{"meta_data":{"a":"`, nil},
		"cut off at escape":  {`{"a":"\`, nil},
	} {
		var got []string
		for _, one := range identifiers([]byte(test.body)) {
			got = append(got, string(one))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
	var many strings.Builder
	many.WriteString(`[""`)
	for n := range 2 * maxObjects {
		many.WriteString(`,"` + id(n) + `"`)
	}
	if n := len(identifiers([]byte(many.String()))); n != maxObjects {
		t.Errorf("%d of many", n)
	}
}

// FuzzIdentifiers: whatever the bytes are, what comes out are identifiers, each once.
func FuzzIdentifiers(f *testing.F) {
	f.Add([]byte(`{"id":"01980000-0000-7000-8000-0000000000f1","meta_data":{"a":{}}}`))
	f.Add([]byte(`{"meta_data":{"a":"`))
	f.Add([]byte(`"\`))
	f.Fuzz(func(t *testing.T, body []byte) {
		seen := make(map[osprey.ID]bool)
		for _, id := range identifiers(body) {
			if _, ok := osprey.ParseID(string(id)); !ok || seen[id] {
				t.Errorf("%q", id)
			}
			seen[id] = true
		}
	})
}
