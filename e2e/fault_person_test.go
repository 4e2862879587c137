package e2e

import (
	"fmt"
	"strings"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/testphoto"
)

// manyParts are n photographs, the same one again and again.
func manyParts(n int, p testphoto.Photo) []part {
	var parts []part
	for i := range n {
		parts = append(parts, photo(fmt.Sprintf("image%d", i+1), p))
	}
	return parts
}

// TestFaultPerson: the table of api.md 7.4, for both calls that add photos.
func TestFaultPerson(t *testing.T) {
	t.Parallel()
	c, other := tenant(t), tenant(t)
	p := people(t)
	list := c.collection(t)
	person := c.person(t, list, p.ada[0]).id("person_id")
	foreign := other.collection(t)
	foreignPerson := other.person(t, foreign, p.bea[0]).id("person_id")
	second := c.collection(t)
	cl := c.user(t, osprey.RoleClient).caller
	co := c.user(t, osprey.RoleClientOperator).caller

	for _, call := range []struct{ name, path, unknown, foreign string }{
		{"add a person", persons(list), persons(nobodysID), persons(foreign)},
		{"add photos", images(list, person), images(list, nobodysID), images(foreign, foreignPerson)},
	} {
		t.Run(call.name, func(t *testing.T) {
			good := form(photo("image1", p.ada[1]))
			c.refuse(t, append(photoRefusals(t, call.path), []refusal{
				{name: "unknown", path: call.unknown, body: good, want: notExist},
				{name: "of another company", path: call.foreign, body: good, want: notExist},
				{name: "CLIENT may not write", by: &cl, path: call.path, body: good, want: forbidden},
				{name: "CLIENT_OPERATOR may not write", by: &co, path: call.path, body: good, want: forbidden},
				{name: "not multipart", path: call.path, body: object{"image1": "x"}, want: fault{status: 400, code: 3}},
				{name: "no body", path: call.path, want: fault{status: 400, code: 3}},
				{name: "multipart without boundary", path: call.path, body: raw("multipart/form-data", "x"), want: fault{status: 400, code: 3}},
				{name: "cut off", path: call.path, body: body{good.contentType, good.content[:len(good.content)/2]}, want: fault{status: 400, code: 3}},
				{name: "no file part", path: call.path, body: form(payload(object{})), want: badStructure("files", "reason", "no_photo", "limit", 1, "actual", 0)},
				{name: "eleven photos", path: call.path, body: form(manyParts(11, p.nobody)...), want: tooLarge("files", "limit", 10, "actual", 11)},
				{name: "payload is not JSON", path: call.path, body: form(photo("image1", p.ada[1]), text("payload", "{")), want: badStructure("payload")},
				{name: "payload is an array", path: call.path, body: form(photo("image1", p.ada[1]), payload([]int{})), want: badType("payload")},
				{name: "two payloads", path: call.path, body: form(payload(object{}), photo("image1", p.ada[1]), payload(object{})), want: badStructure("payload")},
				{name: "tags are no object", path: call.path, body: form(photo("image1", p.ada[1]), payload(object{"media:tags": []string{"x"}})), want: badType("media:tags")},
				{name: "tags of a part are no array", path: call.path, body: form(photo("image1", p.ada[1]), payload(object{"media:tags": object{"image1": "photo_selfie"}})), want: badType("media:tags")},
				{name: "tags name no part", path: call.path, body: form(photo("image1", p.ada[1]), payload(object{"media:tags": object{"image2": []string{"photo_selfie"}}})), want: badValue("image2")},
				{name: "metadata name no part", path: call.path, body: form(photo("image1", p.ada[1]), payload(object{"media:meta_data": object{"image2": object{}}})), want: badValue("image2")},
				{name: "bad tag", path: call.path, body: form(photo("image1", p.ada[1]), payload(object{"media:tags": object{"image1": []string{"Photo Selfie"}}})), want: fault{status: 400, code: 4}},
				{name: "photo metadata are no object", path: call.path, body: form(photo("image1", p.ada[1]), payload(object{"media:meta_data": object{"image1": 1}})), want: badType("media:meta_data")},
				{name: "bad dry_run", path: call.path + "?dry_run=maybe", body: good, want: badValue("dry_run")},
			}...))
		})
	}

	t.Run("person metadata", func(t *testing.T) {
		with := func(v any) body { return form(photo("image1", p.ada[1]), payload(object{"person:meta_data": v})) }
		c.refuse(t, []refusal{
			{name: "no object", path: persons(list), body: with("Doe"), want: badType("person:meta_data")},
			{name: "too big", path: persons(list), body: with(object{"blob": strings.Repeat("x", 64<<10)}), want: badValue("person:meta_data", "limit", 64<<10)},
		})
		// Sent to the other call they are ignored.
		c.ca.upload(t, images(list, person), photo("image1", p.ada[1]), payload(object{"person:meta_data": "Doe"})).want(201).check("meta_data", object{})
	})

	t.Run("through another collection", func(t *testing.T) {
		c.refuse(t, []refusal{
			{name: "read", method: "GET", path: personPath(second, person), want: notExist},
			{name: "photos", method: "GET", path: images(second, person), want: notExist},
			{name: "delete", method: "DELETE", path: personPath(second, person), want: notExist},
			{name: "add photos", path: images(second, person), body: form(photo("image1", p.ada[1])), want: notExist},
			{name: "metadata", method: "GET", path: personPath(second, person) + "meta_data/", want: notExist},
			{name: "export", method: "GET", path: personPath(second, person) + "export/", want: notExist},
		})
	})

	t.Run("change", func(t *testing.T) {
		c.refuse(t, []refusal{
			{name: "metadata are no object", method: "PATCH", path: personPath(list, person), body: object{"meta_data": 1}, want: badType("meta_data")},
			{name: "unknown", method: "PATCH", path: personPath(list, nobodysID), body: object{"meta_data": object{}}, want: notExist},
		})
		before := c.ca.get(t, personPath(list, person)).want(200)
		after := c.ca.patch(t, personPath(list, person), object{"person:meta_data": object{"note": "x"}, "collection_id": second}).want(200)
		after.check("meta_data.note", "x").check("collection_id", list).check("time_created", before.at("time_created")).
			check("images.0.person_image_id", before.at("images.0.person_image_id"))
	})
}

// photoRefusals are the rows that concern one photo.
func photoRefusals(t *testing.T, path string) []refusal {
	t.Helper()
	p := people(t)
	one := func(content string) body { return form(file("image1", "photo.jpg", content)) }
	small := testphoto.Resize(t, p.ada[0], 90)
	table := []refusal{
		{name: "above 10 MiB", path: path, body: one(string(p.ada[1].JPEG) + strings.Repeat("\x00", 10<<20)),
			want: tooLarge("image1", "limit", 10<<20, "reason", "bytes")},
		{name: "above 12000 pixels a side", path: path, body: one(pngClaiming(12001, 100)), want: tooLarge("image1", "reason", "pixels", "limit", 12000, "actual", 12001)},
		{name: "above 50 megapixels", path: path, body: one(pngClaiming(8000, 6251)), want: tooLarge("image1", "reason", "pixels", "limit", 50_000_000, "actual", 8000*6251)},
		{name: "below 32 pixels", path: path, body: one(pngOf(31, 200)), want: badValue("image1", "reason", "too_small", "limit", 32, "actual", 31)},
		{name: "empty", path: path, body: one(""), want: badValue("image1", "reason", "empty_file")},
		{name: "cut-off JPEG", path: path, body: one(string(p.ada[1].JPEG[:200])), want: badValue("image1", "reason", "undecodable")},
		{name: "PNG without pixels", path: path, body: one(pngClaiming(100, 100)), want: badValue("image1", "reason", "undecodable")},
		{name: "no face", path: path, body: form(photo("image1", p.nobody)), want: fault{status: 422, code: 20, details: object{
			"field": "image1", "reason": "no_face", "parts": []object{{"field": "image1", "error_code": 20, "reason": "no_face"}}}}},
		{name: "several faces", path: path, body: form(photo("image1", p.two)),
			want: fault{status: 422, code: 21, details: object{"field": "image1", "reason": "several_faces", "limit": 1, "actual": 2}}},
		{name: "low quality", path: path, body: form(photo("image1", small)),
			want: fault{status: 422, code: 22, details: object{"field": "image1", "reason": "low_quality", "checks": given}}},
		{name: "bad part name", path: path, body: form(photo("image 1", p.ada[1])), want: badValue("image 1")},
		{name: "long part name", path: path, body: form(photo(strings.Repeat("a", 65), p.ada[1])), want: badValue(strings.Repeat("a", 64))},
		{name: "two parts of one name", path: path, body: form(photo("image1", p.ada[1]), photo("image1", p.ada[2])), want: badValue("image1")},
	}
	for _, f := range refusedFiles {
		table = append(table, refusal{name: f.name, path: path, body: one(f.content),
			want: unsupported("image1", "reason", "type", "actual", f.mime, "accepted", acceptedImages)})
	}
	return append(table, severalFaults(t, path)...)
}

// severalFaults: several parts fail at once (api.md 2.4). Faults of files come
// before those of faces; within a phase the first in upload order leads.
func severalFaults(t *testing.T, path string) []refusal {
	t.Helper()
	p := people(t)
	small := testphoto.Resize(t, p.ada[0], 90)
	return []refusal{
		{name: "faces of several parts", path: path,
			body: form(photo("image1", p.ada[1]), photo("image2", p.nobody), photo("image3", p.two)),
			want: fault{status: 422, code: 20, details: object{"field": "image2", "reason": "no_face", "parts": []object{
				{"field": "image2", "error_code": 20, "reason": "no_face"},
				{"field": "image3", "error_code": 21, "reason": "several_faces", "limit": 1, "actual": 2},
			}}}},
		{name: "the first in upload order leads", path: path,
			body: form(photo("z", p.two), photo("a", p.nobody), photo("m", small)),
			want: fault{status: 422, code: 21, details: object{"field": "z", "limit": 1, "actual": 2}}},
		{name: "a file's fault comes before a face's", path: path,
			body: form(photo("image1", p.nobody), file("image2", "note.txt", "words"), photo("image3", p.two)),
			want: unsupported("image2", "reason", "type", "actual", "text/plain", "parts", []object{
				{"field": "image2", "error_code": 17, "reason": "type", "actual": "text/plain"},
			})},
		{name: "faults of several files", path: path,
			body: form(file("image1", "a.png", pngOf(20, 20)), photo("image2", p.ada[1]), file("image3", "a.gif", refusedFiles[4].content)),
			want: badValue("image1", "reason", "too_small", "limit", 32, "actual", 20, "parts", []object{
				{"field": "image1", "error_code": 4, "reason": "too_small", "limit": 32, "actual": 20},
				{"field": "image3", "error_code": 17, "reason": "type", "actual": "image/gif"},
			})},
		{name: "a type before an empty file", path: path,
			body: form(file("image1", "note.txt", "words"), file("image2", "empty.jpg", "")),
			want: unsupported("image1", "reason", "type", "parts", []object{
				{"field": "image1", "error_code": 17, "reason": "type", "actual": "text/plain"},
				{"field": "image2", "error_code": 4, "reason": "empty_file"},
			})},
	}
}

// TestFaultLowQuality: the answer says which bound was broken and by how much.
func TestFaultLowQuality(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	small := testphoto.Resize(t, people(t).ada[0], 90)
	a := c.ca.upload(t, persons(c.collection(t)), photo("image1", small)).want(422)
	a.check("error_code", 22).check("details.checks.0.name", "face_size").check("details.checks.0.limit", 64).
		check("details.parts.0.checks", a.at("details.checks"))
	if got := a.number("details.checks.0.actual"); got >= 64 || got < 20 {
		t.Errorf("%s: actual", a)
	}
}

// TestFaultPersonFull: a person holds at most 100 photos.
func TestFaultPersonFull(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	list := c.collection(t)
	full := c.person(t, list, p.ada[:10]...).id("person_id")
	for range 9 {
		c.ca.upload(t, images(list, full), photoParts("image", p.ada[:10])...).want(201)
	}
	one := c.person(t, list, p.ada[10])
	c.refuse(t, []refusal{
		{name: "one more", path: images(list, full), body: form(photo("image1", p.ada[11])),
			want: tooLarge("files", "limit", 100, "actual", 101, "reason", "person_full")},
		{name: "counted before any photo is looked at", path: images(list, full), body: form(photo("image1", p.nobody), photo("image2", p.two)),
			want: tooLarge("files", "limit", 100, "actual", 102, "reason", "person_full")},
		{name: "moved", path: personPath(list, one.id("person_id")) + "move_images/",
			body: object{"target_person_id": full, "images": []string{one.id("images.0.media_id")}},
			want: fault{status: 413, code: 16, details: object{"limit": 100, "actual": 101, "reason": "person_full"}}},
	})
	c.ca.get(t, images(list, full)+"?limit=0").want(200).check("total", 100)
}
