package e2e

import (
	"bytes"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// queries are parameters with values of wrong types, and queries that are too long.
func (n *negative) queries(o operation) (out []variant) {
	if o.method != "GET" || len(o.query) == 0 {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(o.query)) {
		schema := n.resolve(o.query[name].(map[string]any))
		for _, value := range wrongText(schema) {
			out = append(out, variant{kind: "query", what: name + "=" + value, query: name + "=" + url.QueryEscape(value)})
		}
		for _, value := range []string{"", "\x00", "☃", "'\"--", strings.Repeat("a,", 90), "\xff\xfe"} {
			out = append(out, variant{kind: "query", what: fmt.Sprintf("%s=%.20q", name, value), query: name + "=" + url.QueryEscape(value), lenient: true})
		}
	}
	out = append(out,
		variant{kind: "query", what: "more than 8 KiB", query: "limit=1&x=" + strings.Repeat("a", 9<<10), want: []int{400}},
		variant{kind: "query", what: "broken escapes", query: "limit=%zz", want: []int{400}})
	return out
}

// wrongText are values of a query that its schema does not have.
func wrongText(schema map[string]any) []string {
	if schema["enum"] != nil {
		return []string{"no_such_word", "7"}
	}
	switch schema["type"] {
	case "integer":
		return []string{"x", "1.5", "-1", "1e3", strings.Repeat("9", 30), "0x10", " 1", "١"}
	case "number":
		return []string{"x", "NaN", "Infinity", "1e400", "--1", "1,2"}
	}
	return nil
}

// bodies are JSON bodies that are broken, or hold values of wrong types.
func (n *negative) bodies(o operation) (out []variant) {
	if o.body == nil {
		return nil
	}
	raw := func(what, content string, want ...int) variant {
		return variant{kind: "body", what: what, body: body{"application/json", []byte(content)}, want: want}
	}
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	out = append(out,
		raw("cut off", `{"a":`), raw("a list", `[]`), raw("a list of objects", `[{}]`), raw("a text", `"x"`), raw("a number", `7`), raw("a truth", `true`),
		raw("a second value", `{} {}`), raw("a comma too many", `{"a":1,}`), raw("no UTF-8", "{\"a\":\"\xff\xfe\"}"), raw("a comment", `{/**/}`),
		raw("40 levels", `{"meta_data":`+deep+`}`, 400),
		raw("beyond 1 MiB", `{"a":"`+strings.Repeat("x", 1<<20)+`"}`, 413),
		variant{kind: "body", what: "packed", body: body{"application/json", []byte("\x1f\x8b\x08")}, headers: []string{"Content-Encoding: gzip"}, want: []int{415}})
	properties, _ := o.body["properties"].(map[string]any)
	base := n.sample(o.body)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		out = append(out, n.wrong(base, []string{name}, properties[name].(map[string]any))...)
	}
	for _, name := range required(o.body) {
		without := maps.Clone(base)
		delete(without, name)
		out = append(out, variant{kind: "body", what: "without " + name, body: without, want: []int{400}})
	}
	return out
}

func required(schema map[string]any) (names []string) {
	list, _ := schema["required"].([]any)
	for _, v := range list {
		names = append(names, v.(string))
	}
	return names
}

// wrong are values of wrong types at a place of a body, and below it.
func (n *negative) wrong(base object, place []string, schema map[string]any) (out []variant) {
	schema = n.resolve(schema)
	types := typesOf(schema)
	for _, v := range []struct {
		is    string
		value any
	}{{"string", "no such value"}, {"integer", 7}, {"number", 7.5}, {"boolean", true}, {"array", []any{7}}, {"object", object{"x": 7}}} {
		fits := slices.Contains(types, v.is) || v.is == "integer" && slices.Contains(types, "number") || len(types) == 0
		if fits && schema["enum"] == nil {
			continue
		}
		out = append(out, variant{kind: "body", what: strings.Join(place, ".") + " is " + v.is, body: with(base, place, v.value)})
	}
	if slices.Contains(types, "string") {
		out = append(out, variant{kind: "body", what: strings.Join(place, ".") + " is long", body: with(base, place, strings.Repeat("é", 70_000)), lenient: true},
			variant{kind: "body", what: strings.Join(place, ".") + " has NUL", body: with(base, place, "a\x00b"), lenient: true})
	}
	if properties, ok := schema["properties"].(map[string]any); ok && len(place) < 3 {
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			out = append(out, n.wrong(base, append(slices.Clone(place), name), properties[name].(map[string]any))...)
		}
	}
	return out
}

// typesOf are the JSON types that a schema has, none for a schema that says nothing.
func typesOf(schema map[string]any) (types []string) {
	switch t := schema["type"].(type) {
	case string:
		return []string{t}
	case []any:
		for _, v := range t {
			types = append(types, v.(string))
		}
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		list, _ := schema[key].([]any)
		for _, s := range list {
			types = append(types, typesOf(s.(map[string]any))...)
		}
	}
	return types
}

// with is a copy of a body with a value at a place.
func with(base object, place []string, value any) object {
	out := maps.Clone(base)
	if len(place) == 1 {
		out[place[0]] = value
		return out
	}
	inner, _ := out[place[0]].(object)
	if inner == nil {
		inner = object{}
	}
	out[place[0]] = with(inner, place[1:], value)
	return out
}

// sample is a body with every required key, as its type wants it.
func (n *negative) sample(schema map[string]any) object {
	out := object{}
	properties, _ := schema["properties"].(map[string]any)
	for _, name := range required(schema) {
		s := n.resolve(properties[name].(map[string]any))
		switch t := typesOf(s); {
		case len(t) == 0:
			out[name] = "x"
		case t[0] == "integer", t[0] == "number":
			out[name] = 1
		case t[0] == "boolean":
			out[name] = false
		case t[0] == "array":
			out[name] = []any{}
		case t[0] == "object":
			out[name] = n.sample(s)
		default:
			out[name] = "x"
		}
	}
	return out
}

// uploads are multipart bodies that are broken.
func (n *negative) uploads(o operation) (out []variant) {
	if !o.upload {
		return nil
	}
	raw := func(what, contentType, content string, want ...int) {
		out = append(out, variant{kind: "upload", what: what, body: body{contentType, []byte(content)}, want: want})
	}
	parts := func(what string, want int, list ...part) {
		out = append(out, variant{kind: "upload", what: what, body: form(list...), want: []int{want, 413}}) // one file may be too many
	}
	whole := form(file("a", "a.png", pngOf(64, 64)))
	raw("no boundary", "multipart/form-data", string(whole.content), 400)
	raw("another boundary", "multipart/form-data; boundary=zzz", string(whole.content), 400)
	raw("an endless boundary", "multipart/form-data; boundary="+strings.Repeat("b", 5000), string(whole.content), 400)
	raw("cut off", whole.contentType, string(whole.content[:len(whole.content)/2]), 400)
	raw("no end", whole.contentType, string(bytes.TrimRight(whole.content, "-\r\n")), 400)
	raw("nothing of it", whole.contentType, "", 400)
	raw("20,000 headers", whole.contentType, strings.Replace(string(whole.content), "Content-Disposition:", strings.Repeat("X-A: b\r\n", 20_000)+"Content-Disposition:", 1), 400)
	raw("a header that is none", whole.contentType, strings.Replace(string(whole.content), "Content-Disposition:", "Content-Disposition", 1), 400)
	parts("the payload is no JSON", 400, part{name: "payload", content: []byte("{")}, file("a", "a.png", pngOf(64, 64)))
	parts("the payload is a list", 400, part{name: "payload", content: []byte("[]")}, file("a", "a.png", pngOf(64, 64)))
	parts("two payloads", 400, payload(object{}), payload(object{}), file("a", "a.png", pngOf(64, 64)))
	parts("a bad name", 400, file("ä b", "a.png", pngOf(64, 64)))
	parts("an empty file", 400, file("logo", "a.png", ""))
	parts("one name twice", 400, file("a", "a.png", pngOf(64, 64)), file("a", "b.png", pngOf(64, 64)))
	var many []part
	for i := range 30 {
		many = append(many, file(fmt.Sprint("f", i), "a.png", pngOf(32, 32)))
	}
	parts("too many files", 413, many...)
	return out
}
