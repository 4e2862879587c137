package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const committed = "../../docs/osprey.postman_collection.json"

// TestCollectionIsFresh: the file is what the document of this tree gives.
func TestCollectionIsFresh(t *testing.T) {
	t.Parallel()
	want, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.FromSlash(committed))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/osprey.postman_collection.json is not that of the OpenAPI document: run `make clients`")
	}
}

func readCollection(t *testing.T) collection {
	t.Helper()
	text, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	var c collection
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCollectionHasEveryCall compares it with the document, both ways.
func TestCollectionHasEveryCall(t *testing.T) {
	t.Parallel()
	doc, err := read()
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, c := range doc.calls() {
		want = append(want, c.method+" "+c.path)
	}
	for _, f := range readCollection(t).Item {
		for _, i := range f.Item {
			path := ""
			for _, segment := range i.Request.URL.Path {
				if name, isVariable := strings.CutPrefix(segment, ":"); isVariable {
					segment = "{" + name + "}"
				}
				path += "/" + segment
			}
			got = append(got, i.Request.Method+" "+path)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if len(want) < 50 || !slices.Equal(got, want) {
		t.Errorf("the collection has\n%v\nand the document\n%v", got, want)
	}
}

// TestCollectionIsWhole holds every request against what the format wants of it.
func TestCollectionIsWhole(t *testing.T) {
	t.Parallel()
	c := readCollection(t)
	if c.Info.Schema != formatURL || c.Info.Name == "" || c.Auth == nil || c.Auth.Type != "apikey" {
		t.Errorf("head %+v %+v", c.Info, c.Auth)
	}
	for _, f := range c.Item {
		if f.Name == "" || len(f.Item) == 0 {
			t.Errorf("folder %q of %d", f.Name, len(f.Item))
		}
		seen := map[string]bool{}
		for _, i := range f.Item {
			if seen[i.Name] {
				t.Errorf("%s has %q twice", f.Name, i.Name)
			}
			seen[i.Name] = true
			checkItem(t, f.Name+"/"+i.Name, i)
		}
	}
}

func checkItem(t *testing.T, at string, i item) {
	t.Helper()
	r := i.Request
	if i.Name == "" || r.Method == "" || r.Header == nil || r.URL.Raw != "{{baseUrl}}/"+strings.Join(r.URL.Path, "/") {
		t.Errorf("%s: %+v", at, r)
	}
	var inPath []string
	for _, segment := range r.URL.Path {
		if name, ok := strings.CutPrefix(segment, ":"); ok {
			inPath = append(inPath, name)
		}
	}
	var named []string
	for _, v := range r.URL.Variable {
		named = append(named, v.Key)
	}
	if !slices.Equal(inPath, named) {
		t.Errorf("%s: the path has %v, the variables are %v", at, inPath, named)
	}
	for _, q := range r.URL.Query {
		if q.Key == "" || !q.Disabled {
			t.Errorf("%s: query %+v", at, q)
		}
	}
	if r.Body == nil {
		return
	}
	if r.Method == http.MethodGet {
		t.Errorf("%s: a GET with a body", at)
	}
	switch r.Body.Mode {
	case "raw":
		isObject(t, at, r.Body.Raw)
	case "formdata":
		checkForm(t, at, r.Body.FormData)
	case "file":
	default:
		t.Errorf("%s: mode %q", at, r.Body.Mode)
	}
}

func checkForm(t *testing.T, at string, parts []part) {
	t.Helper()
	files, payloads := 0, 0
	for _, p := range parts {
		switch {
		case p.Type == "file" && p.Key != "" && p.Src != nil:
			files++
		case p.Type == "text" && p.Key == "payload":
			payloads++
			isObject(t, at, p.Value)
		default:
			t.Errorf("%s: part %+v", at, p)
		}
	}
	if files == 0 || payloads != 1 {
		t.Errorf("%s: %d files, %d payloads", at, files, payloads)
	}
}

func isObject(t *testing.T, at, text string) {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Errorf("%s: the body %q is no JSON object: %v", at, text, err)
	}
}

// TestLoginKeepsTheToken: after it, all other calls are authenticated.
func TestLoginKeepsTheToken(t *testing.T) {
	t.Parallel()
	keeping, public := 0, 0
	for _, f := range readCollection(t).Item {
		for _, i := range f.Item {
			path := strings.Join(i.Request.URL.Path, "/")
			for _, e := range i.Event {
				if !strings.HasPrefix(path, "api/authorize/") || !strings.Contains(strings.Join(e.Script.Exec, "\n"), "set('token', pair.access_token)") {
					t.Errorf("%s has the script %v", path, e.Script.Exec)
				}
				keeping++
			}
			if i.Request.Auth != nil {
				public++
			}
			if path == "api/authorize/auth" && (i.Request.Auth == nil || !strings.Contains(i.Request.Body.Raw, "{{password}}")) {
				t.Errorf("the login is %+v", i.Request)
			}
		}
	}
	if keeping != 2 || public == 0 {
		t.Errorf("%d requests keep tokens, %d are public", keeping, public)
	}
}

func TestSampleOfRecursiveSchema(t *testing.T) {
	t.Parallel()
	var d document
	d.Components.Schemas = map[string]schema{"A": {Type: "object", Required: []string{"a"}, Properties: map[string]schema{"a": {Ref: "#/components/schemas/A"}}}}
	deep := 0
	for v, ok := d.sample(schema{Ref: "#/components/schemas/A"}, 0).(map[string]any); ok; v, ok = v["a"].(map[string]any) {
		deep++
	}
	if deep == 0 || deep > maxDepth {
		t.Errorf("a sample %d deep", deep)
	}
}
