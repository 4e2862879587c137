package e2e

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func manyKeys(n int) object {
	o := object{}
	for i := range n {
		o[fmt.Sprintf("key%d", i)] = i
	}
	return o
}

func nested(depth int) any {
	var v any = "bottom"
	for range depth {
		v = object{"a": v}
	}
	return v
}

// metadataPaths are objects of every kind that has metadata.
func metadataPaths(t *testing.T, c company) map[string]string {
	t.Helper()
	p := people(t)
	list := c.collection(t)
	person := c.person(t, list, p.ada[0]).id("person_id")
	folder := c.folder(t, p.strangers[0])
	analysis := c.ca.analyse(t, folder.id("folder_id")).id("analysis_id")
	return map[string]string{
		"user":       userPath(c.ca.get(t, "/api/users/").want(200).id("items.0.user_id")),
		"folder":     folderPath(folder.id("folder_id")),
		"media":      mediaPath(folder.id("media.0.media_id")),
		"analysis":   analysisPath(analysis),
		"collection": collectionPath(list),
		"person":     personPath(list, person),
	}
}

// TestFaultMetadata: api.md 14, for every kind of object.
func TestFaultMetadata(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	for kind, object_ := range metadataPaths(t, c) {
		path := object_ + "meta_data/"
		t.Run(kind, func(t *testing.T) {
			c.ca.post(t, path, object{"keep": "me"}).want(200).check("", object{"keep": "me"})
			var table []refusal
			for _, method := range []string{"POST", "PATCH"} {
				table = append(table,
					refusal{name: method + " no object", method: method, path: path, body: raw("application/json", "[]"), want: fault{status: 400, code: 5}},
					refusal{name: method + " not JSON", method: method, path: path, body: raw("application/json", "{"), want: fault{status: 400, code: 3}},
					refusal{name: method + " 201 keys", method: method, path: path, body: manyKeys(201), want: badValue("meta_data", "limit", 200, "actual", given)},
					refusal{name: method + " long key", method: method, path: path, body: object{strings.Repeat("ü", 129): 1}, want: badValue("meta_data", "limit", 128, "actual", 129)},
					refusal{name: method + " empty key", method: method, path: path, body: object{"": 1}, want: badValue("meta_data")},
					refusal{name: method + " nested 9 deep", method: method, path: path, body: object{"a": nested(8)}, want: badValue("meta_data", "limit", 8, "actual", 9)},
					refusal{name: method + " above 64 KiB", method: method, path: path, body: object{"a": strings.Repeat("x", 64<<10)}, want: badValue("meta_data", "limit", 64<<10)},
				)
			}
			c.refuse(t, table)
			c.ca.get(t, path).want(200).check("", object{"keep": "me"})
		})
	}
}

// TestMetadata: what the four calls do, under both spellings of their path.
func TestMetadata(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	for kind, of := range metadataPaths(t, c) {
		t.Run(kind, func(t *testing.T) {
			path, other := of+"meta_data/", of+"metadata"
			c.ca.post(t, path, object{"a": 1, "b": object{"c": 1, "d": 2}}).want(200)
			c.ca.get(t, other).want(200).check("", object{"a": 1, "b": object{"c": 1, "d": 2}})
			c.ca.patch(t, other, object{"b": object{"c": 3}, "n": nil}).want(200).check("", object{"a": 1, "b": object{"c": 3}, "n": nil})
			c.ca.post(t, other, object{"new": "only"}).want(200).check("", object{"new": "only"})
			c.ca.post(t, path, object{"deep": nested(7)}).want(200)
			c.ca.delete(t, path).want(204)
			c.ca.get(t, path).want(200).check("", object{})
			c.ca.delete(t, path).want(204)
		})
	}
}

// TestMetadataTime: a change touches time_updated and nothing else.
func TestMetadataTime(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	paths := metadataPaths(t, c)
	delete(paths, "user") // shows no times
	for kind, path := range paths {
		t.Run(kind, func(t *testing.T) {
			before := c.ca.get(t, path).want(200)
			c.ca.patch(t, path+"meta_data/", object{"colour": "green"}).want(200)
			after := c.ca.get(t, path).want(200)
			if after.number("time_updated") <= before.number("time_updated") {
				t.Errorf("%s: time_updated did not move", after)
			}
			for key, value := range before.doc.(object) {
				switch key {
				case "meta_data", "time_updated", "original_url", "thumb_url", "images", "person_images", "media":
				default:
					after.check(key, value)
				}
			}
		})
	}
}

// TestMetadataConcurrent: patches of different keys all survive.
func TestMetadataConcurrent(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	path := folderPath(c.ca.post(t, "/api/folders/", nil).want(201).id("folder_id")) + "meta_data/"
	const writers = 16
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			a, err := c.ca.try("PATCH", path, object{fmt.Sprintf("key%d", i): i})
			if err != nil || a.status != 200 {
				t.Errorf("%v %s", err, a)
			}
		})
	}
	group.Wait()
	c.ca.get(t, path).want(200).check("", manyKeys(writers))
}
