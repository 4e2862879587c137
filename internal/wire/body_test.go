package wire

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"example.org/osprey"
)

// fault is what a test expects of an error: code, field and reason.
type expected struct {
	code   osprey.Code
	field  string
	reason string
}

func check(t *testing.T, err error, want *expected) {
	t.Helper()
	if want == nil {
		if err != nil {
			t.Fatalf("unexpected fault: %v", err)
		}
		return
	}
	if err == nil {
		t.Fatalf("no fault, want code %d", want.code)
	}
	e := osprey.ErrorOf(err)
	if e.Code != want.code {
		t.Errorf("code %d (%s), want %d", e.Code, e.Message, want.code)
	}
	if want.field != "" && e.Details["field"] != want.field {
		t.Errorf("field %v, want %s", e.Details["field"], want.field)
	}
	if want.reason != "" && e.Details["reason"] != want.reason {
		t.Errorf("reason %v, want %s", e.Details["reason"], want.reason)
	}
}

func TestReadObject(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":`, 32) + "1" + strings.Repeat("}", 32)
	for name, c := range map[string]struct {
		body, contentType, encoding string
		want                        *expected
	}{
		"object":                {body: `{"alias":"x"}`, contentType: "application/json"},
		"form type":             {body: `{"alias":"x"}`, contentType: "application/x-www-form-urlencoded"},
		"no type, blank before": {body: " \r\n\t{}"},
		"broken type":           {body: `{}`, contentType: "a/b; ="},
		"empty":                 {},
		"blank":                 {body: "  \n"},
		"repeated key":          {body: `{"a":1,"a":"x"}`},
		"depth 32":              {body: deep},
		"depth 33":              {body: `{"a":` + deep + "}", want: &expected{osprey.CodeInvalidStructure, "body", "nesting"}},
		"brackets in text":      {body: `{"a":"` + strings.Repeat("[", 100) + `\""}`},
		"array":                 {body: `[1]`, want: &expected{osprey.CodeInvalidType, "body", ""}},
		"null":                  {body: `null`, want: &expected{osprey.CodeInvalidType, "body", ""}},
		"text":                  {body: `hello`, want: &expected{osprey.CodeInvalidStructure, "body", ""}},
		"cut off":               {body: `{"a":`, want: &expected{osprey.CodeInvalidStructure, "body", ""}},
		"two objects":           {body: `{} {}`, want: &expected{osprey.CodeInvalidStructure, "body", ""}},
		"not UTF-8":             {body: "{\"a\":\"\xff\"}", want: &expected{osprey.CodeInvalidStructure, "body", ""}},
		"multipart":             {body: `{}`, contentType: "multipart/form-data; boundary=x", want: &expected{osprey.CodeInvalidStructure, "body", ""}},
		"octets":                {body: `{}`, contentType: "application/octet-stream", want: &expected{osprey.CodeInvalidStructure, "body", ""}},
		"gzip":                  {body: `{}`, encoding: "gzip", want: &expected{osprey.CodeUnsupportedMedia, "Content-Encoding", ""}},
		"identity":              {body: `{}`, encoding: "identity"},
		"1 MiB":                 {body: `{"a":"` + strings.Repeat("x", MaxJSONBytes-8) + `"}`},
		"1 MiB and a byte":      {body: `{"a":"` + strings.Repeat("x", MaxJSONBytes-7) + `"}`, want: &expected{osprey.CodeTooLarge, "body", "bytes"}},
	} {
		for _, chunked := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(c.body))
				if chunked {
					r.ContentLength = -1
				}
				if c.contentType != "" {
					r.Header.Set("Content-Type", c.contentType)
				}
				if c.encoding != "" {
					r.Header.Set("Content-Encoding", c.encoding)
				}
				_, err := ReadObject(r, NewBudget(64<<20).Lease())
				check(t, err, c.want)
			})
		}
	}
}

func TestJSONIsChargedForItsObjects(t *testing.T) {
	t.Parallel()
	budget := NewBudget(1000)
	lease := budget.Lease()
	send := func(body string) error {
		_, err := ReadObject(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)), lease)
		return err
	}
	check(t, send(`{"a":1}`), nil)
	check(t, send(`{"a":[`+strings.Repeat("0,", 20)+`0]}`), &expected{osprey.CodeUnavailable, "", "uploads"})
	lease.Release()
	lease.Release()
	if budget.Left() != 1000 {
		t.Errorf("left %d", budget.Left())
	}
}

func parse(t *testing.T, text string) *Object {
	t.Helper()
	o, err := ParseObject([]byte(text), "body")
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestObjectNamesTheFault(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		read func(*Object)
		want *expected
	}{
		"absent": {`{}`, func(o *Object) {
			o.String("a")
			o.Bool("b")
			o.Float("c")
			o.ID("d")
			o.IDs("e")
			o.Object("f")
		}, nil},
		"null is absent":    {`{"a":null}`, func(o *Object) { o.String("a"); o.Int("a"); o.Objects("a"); o.Metadata("a") }, nil},
		"required":          {`{"a":null}`, func(o *Object) { o.Require("a") }, &expected{osprey.CodeInvalidStructure, "a", ""}},
		"string":            {`{"a":1}`, func(o *Object) { o.String("a") }, &expected{osprey.CodeInvalidType, "a", ""}},
		"bool":              {`{"a":"true"}`, func(o *Object) { o.Bool("a") }, &expected{osprey.CodeInvalidType, "a", ""}},
		"float":             {`{"a":"1"}`, func(o *Object) { o.Float("a") }, &expected{osprey.CodeInvalidType, "a", ""}},
		"float too great":   {`{"a":1e999}`, func(o *Object) { o.Float("a") }, &expected{osprey.CodeInvalidValue, "a", ""}},
		"int with fraction": {`{"a":1.5}`, func(o *Object) { o.Int("a") }, &expected{osprey.CodeInvalidValue, "a", ""}},
		"int too great":     {`{"a":1e30}`, func(o *Object) { o.Int("a") }, &expected{osprey.CodeInvalidValue, "a", ""}},
		"no uuid":           {`{"a":"x"}`, func(o *Object) { o.ID("a") }, &expected{osprey.CodeInvalidValue, "a", ""}},
		"ids no array":      {`{"a":"x"}`, func(o *Object) { o.IDs("a") }, &expected{osprey.CodeInvalidType, "a", ""}},
		"ids of numbers":    {`{"a":[1]}`, func(o *Object) { o.IDs("a") }, &expected{osprey.CodeInvalidType, "a.0", ""}},
		"nested":            {`{"a":[{"b":{"c":1}}]}`, func(o *Object) { o.Objects("a")[0].Object("b").String("c") }, &expected{osprey.CodeInvalidType, "a.0.b.c", ""}},
		"objects of others": {`{"a":[{},2]}`, func(o *Object) { o.Objects("a") }, &expected{osprey.CodeInvalidType, "a.1", ""}},
		"metadata no object": {
			`{"person:meta_data":[]}`, func(o *Object) { o.Metadata("person:meta_data") },
			&expected{osprey.CodeInvalidType, "person:meta_data", ""},
		},
		"metadata too deep": {
			`{"m":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}}}}`, func(o *Object) { o.Metadata("m") },
			&expected{osprey.CodeInvalidValue, "m", "nesting"},
		},
		"metadata beyond float64": {
			`{"m":{"a":[{"b":1e400}]}}`, func(o *Object) { o.Metadata("m") },
			&expected{osprey.CodeInvalidValue, "m", "number"},
		},
		"tags no object": {`{"media:tags":[]}`, func(o *Object) { o.TagsByPart("media:tags") }, &expected{osprey.CodeInvalidType, "media:tags", ""}},
		"tags of text":   {`{"media:tags":{"a":"x"}}`, func(o *Object) { o.TagsByPart("media:tags") }, &expected{osprey.CodeInvalidType, "media:tags", ""}},
		"tags of number": {`{"media:tags":{"a":[1]}}`, func(o *Object) { o.TagsByPart("media:tags") }, &expected{osprey.CodeInvalidType, "media:tags", ""}},
		"word": {
			`{"on_match":"never"}`, func(o *Object) { Enum(o, "on_match", osprey.ParseOnMatch, osprey.OnMatchAccept) },
			&expected{osprey.CodeInvalidValue, "on_match", ""},
		},
		"first fault wins": {`{"a":1,"b":"x"}`, func(o *Object) { o.String("a"); o.ID("b") }, &expected{osprey.CodeInvalidType, "a", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := parse(t, c.body)
			c.read(o)
			check(t, o.Err(), c.want)
		})
	}
}

func TestObjectValues(t *testing.T) {
	t.Parallel()
	o := parse(t, `{"n":null,"i":5.0,"big":12345678901234567890.5,"id":"01980000-0000-7000-8000-0000000000C1","m":{"x":1.50e+3},"t":{"a":["b"],"c":null}}`)
	if !o.Null("n") || !o.Named("n") || o.Has("n") || o.Null("zz") {
		t.Error("null and absent are mixed up")
	}
	if i := o.Int("i"); i == nil || *i != 5 {
		t.Errorf("i = %v", i)
	}
	if id := o.ID("id"); id == nil || *id != "01980000-0000-7000-8000-0000000000c1" {
		t.Errorf("id = %v", id)
	}
	m := o.Metadata("m")
	if n, ok := m["x"].(interface{ String() string }); !ok || n.String() != "1.50e+3" {
		t.Errorf("a number of the user's changed: %v", m["x"])
	}
	if tags := o.TagsByPart("t"); !reflect.DeepEqual(tags, map[string][]string{"a": {"b"}}) {
		t.Errorf("tags = %v", tags)
	}
	if err := o.Err(); err != nil {
		t.Error(err)
	}
}

func FuzzParseObject(f *testing.F) {
	for _, seed := range []string{
		`{"media:tags":{"image1":["photo_selfie"]},"person:meta_data":{"person_info":{"first_name":"John"}}}`,
		`{"analyses":[{"type":"collection","collection_ids":["x"],"params":{"top_k":1e2}}]}`,
		`{"a":"\ud800","b":[[[[]]]]}`, `{"a":1,"a":null}`, `[`, "\xff", `{"a":"\"}`, "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := ParseObject(b, "payload")
		if err != nil {
			if code := osprey.ErrorOf(err).Code; code.HTTPStatus() != http.StatusBadRequest {
				t.Fatalf("code %d", code)
			}
			return
		}
		for key := range o.Values() {
			fresh := func() *Object { return NewObject(o.Values()) }
			fresh().String(key)
			fresh().Int(key)
			fresh().IDs(key)
			fresh().Objects(key)
			fresh().TagsByPart(key)
			fresh().MetadataByPart(key)
			if w := fresh(); w.Whole("meta_data") == nil && w.Err() == nil {
				t.Fatal("metadata were neither read nor refused")
			}
		}
	})
}

func TestAbsentBody(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bool{"": true, " \r\n": true, "{}": false, `{"a":1}`: false} {
		o, err := ReadObject(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)), NewBudget(1<<20).Lease())
		if err != nil || o.Absent() != want {
			t.Errorf("%q: absent %v, %v", body, o.Absent(), err)
		}
	}
}
