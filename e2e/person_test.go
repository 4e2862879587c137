package e2e

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// TestPersonObject: what is shown of a person and a photo (api.md 7.3).
func TestPersonObject(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	list := c.collection(t)
	a := c.ca.upload(t, persons(list), file("front", "../../etc/john.jpg", string(p.ada[0].JPEG)), photo("side", p.ada[1]), payload(object{
		"media:tags":       object{"front": []string{"photo_selfie", "orientation_portrait"}},
		"media:meta_data":  object{"front": object{"source": "archive"}},
		"person:meta_data": object{"person_info": object{"last_name": lastName}, "big": json.Number("12345678901234567890")},
	})).want(201)
	id := a.id("person_id")
	a.check("collection_id", list).check("company_id", c.id).check("images_count", 2).check("person_images", a.at("images")).check("similar_persons", []any{}).
		check("technical_meta_data", object{}).check("meta_data.person_info", object{"last_name": lastName})
	if !bytes.Contains(a.body, []byte(`"big":12345678901234567890`)) {
		t.Errorf("%s: a number of the metadata was rounded", a)
	}
	i := "images.0."
	if a.id(i+"person_image_id") == a.id(i+"media_id") {
		t.Error("the two ids of a photo are one")
	}
	a.check(i+"person_id", id).check(i+"collection_id", list).check(i+"media_type", "IMAGE_PERSON").check(i+"media_key", "front").
		check(i+"original_name", "john.jpg").check(i+"tags", []string{"photo_selfie", "orientation_portrait"}).check(i+"meta_data", object{"source": "archive"}).
		check(i+"duplicate_of", nil).check(i+"face.faces_found", 1).check("images.1.media_key", "side").check("images.1.tags", []any{})
	side := float64(p.ada[0].Image(t).Bounds().Dx())
	a.check(i+"info.image.mime-type", "image/jpeg").check(i+"info.image.size", len(p.ada[0].JPEG)).check(i+"info.image.width", side)
	if left, right := a.number(i+"face.left"), a.number(i+"face.right"); left < 0 || right > side || right-left < 40 {
		t.Errorf("%s: face", a)
	}
	for _, measure := range []string{"face_size", "yaw", "pitch", "roll", "sharpness", "brightness", "face_inside", "detector_score"} {
		a.number(i + "quality." + measure)
	}
	for _, word := range []string{"template", "embedding", "vector", "sha256", "blob"} {
		if bytes.Contains(bytes.ToLower(a.body), []byte(`"`+word)) {
			t.Errorf("%s shows %s", a, word)
		}
	}
	read := c.ca.get(t, personPath(list, id)).want(200).checkAbsent("similar_persons").check("meta_data", a.at("meta_data"))
	if !equal(read.ids("images", "person_image_id"), a.ids("images", "person_image_id")) {
		t.Errorf("%s: other photos", read)
	}
	// Both ids of a photo name it.
	for _, key := range []string{"person_image_id", "media_id"} {
		c.ca.get(t, imagePath(list, id, a.id("images.1."+key))).want(200).check("person_image_id", a.at("images.1.person_image_id"))
		c.ca.get(t, imagePath(list, id, strings.ToUpper(a.id("images.1."+key)))).want(200)
	}
	c.ca.get(t, collectionPath(list)).want(200).check("persons_count", 1).check("images_count", 2)
}

// TestPersonFaceRule: which face counts where several are (api.md 7.1, 7.4).
func TestPersonFaceRule(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	strict, largest := c.collection(t), c.collection(t, object{"face_rule": "largest"})
	c.ca.upload(t, persons(largest), photo("image1", p.two)).want(201).check("images.0.face.faces_found", 2)
	for _, tag := range []string{"photo_id", "photo_id_front", "photo_id_portrait"} {
		c.ca.upload(t, persons(strict), photo("image1", p.two), payload(object{"media:tags": object{"image1": []string{tag}}})).want(201)
	}
	for _, tag := range []string{"photo_id_back", "photo_selfie"} {
		c.ca.upload(t, persons(strict), photo("image1", p.two), payload(object{"media:tags": object{"image1": []string{tag}}})).
			fault(fault{status: 422, code: 21})
	}
	// A change of the rule acts on photos to come.
	c.ca.patch(t, collectionPath(strict), object{"face_rule": "largest"}).want(200)
	c.ca.upload(t, persons(strict), photo("image1", p.two)).want(201)
}

// TestPersonDryRun: all checks, nothing stored.
func TestPersonDryRun(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	list := c.collection(t)
	ada := c.person(t, list, p.ada[0]).id("person_id")
	c.unchanged(t, func() {
		a := c.ca.upload(t, persons(list)+"?dry_run=true", photo("image1", p.ada[1]), photo("image2", p.ada[2])).want(200)
		a.check("similar_persons.0.person_id", ada).checkAbsent("person_id")
		for i := range a.list("images") {
			for _, key := range []string{"person_image_id", "media_id", "person_id", "original_url", "thumb_url"} {
				a.check(fmt.Sprintf("images.%d.%s", i, key), nil)
			}
			a.number(fmt.Sprintf("images.%d.quality.face_size", i))
		}
		c.ca.upload(t, images(list, ada)+"?dry_run=1", photo("image1", p.bea[0])).want(200).check("similar_persons", []any{})
		c.ca.upload(t, persons(list)+"?dry_run=true", photo("image1", p.nobody)).fault(fault{status: 422, code: 20})
	})
}

// TestPersonSimilar: somebody like it is told, and refused on demand.
func TestPersonSimilar(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	list := c.collection(t)
	ada := c.person(t, list, p.ada[0]).id("person_id")
	bea := c.person(t, list, p.bea[0]).id("person_id")
	c.unchanged(t, func() {
		for _, path := range []string{persons(list), images(list, bea)} {
			a := c.ca.upload(t, path+"?reject_similar=true", photo("image1", p.ada[1]))
			a.fault(conflict("", "reason", "similar_person")).check("details.similar_persons.0.person_id", ada)
			if a.number("details.similar_persons.0.confidence") < 0.85 {
				t.Errorf("%s: confidence", a)
			}
		}
	})
	c.ca.upload(t, images(list, ada)+"?reject_similar=true", photo("image1", p.ada[1])).want(201).check("similar_persons", []any{})
	c.ca.upload(t, persons(list)+"?reject_similar=true", photo("image1", p.cem[0])).want(201).check("similar_persons", []any{})
	// At most five are told.
	for i := range 6 {
		a := c.person(t, list, p.dua[i%3])
		if n := len(a.list("similar_persons")); n != min(i, 5) {
			t.Errorf("%s: %d similar persons, want %d", a, n, min(i, 5))
		}
	}
	// The collection's threshold is what counts.
	c.ca.patch(t, collectionPath(list), object{"threshold": 0.9999}).want(200)
	c.ca.upload(t, persons(list)+"?reject_similar=true", photo("image1", p.ada[2])).want(201).check("similar_persons", []any{})
}

// TestPersonDuplicate: the same bytes of one person name the older photo.
func TestPersonDuplicate(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	list := c.collection(t)
	a := c.person(t, list, p.ada[0], p.ada[1], p.ada[0]).check("images_count", 3)
	first, person := a.id("images.0.person_image_id"), a.id("person_id")
	a.check("images.0.duplicate_of", nil).check("images.1.duplicate_of", nil).check("images.2.duplicate_of", first)
	b := c.ca.upload(t, images(list, person), photo("image1", p.ada[0])).want(201)
	b.check("new_images.0.duplicate_of", first).check("images_count", 4)
	c.person(t, list, p.ada[0]).check("images.0.duplicate_of", nil) // another person
	c.ca.delete(t, imagePath(list, person, b.id("new_images.0.media_id"))).want(204)
	c.ca.get(t, images(list, person)+"?sorting=time_created{asc}").want(200).check("total", 3)
}

// TestPersonDelete: the rules of api.md 7.6.
func TestPersonDelete(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	list := c.collection(t)
	a := c.person(t, list, p.ada[0], p.bea[0])
	person, adas, beas := a.id("person_id"), a.id("images.0.person_image_id"), a.id("images.1.person_image_id")
	folder := c.folder(t, p.ada[1]).id("folder_id")
	var pairs []object
	for range 3 {
		done := c.ca.analyse(t, folder).check("results_media.0.person_image_id", adas)
		pairs = append([]object{{"analysis_id": done.id("analysis_id"), "folder_id": folder}}, pairs...) // newest first
	}
	c.refuse(t, []refusal{
		{name: "the person", method: "DELETE", path: personPath(list, person),
			want: conflict("person_id", "reason", "matched_by_analyses", "analyses_total", 3, "analyses", pairs)},
		{name: "the photo", method: "DELETE", path: imagePath(list, person, adas),
			want: conflict("person_image_id", "reason", "matched_by_analyses", "analyses_total", 3, "analyses", pairs)},
		{name: "by its media_id", method: "DELETE", path: imagePath(list, person, a.id("images.0.media_id")), want: conflict("person_image_id")},
		{name: "through another person", method: "DELETE", path: imagePath(list, nobodysID, adas), want: notExist},
	})
	c.ca.delete(t, imagePath(list, person, beas)).want(204) // was not matched
	c.ca.delete(t, imagePath(list, person, beas)).fault(notExist)
	for i, pair := range pairs {
		c.ca.delete(t, personPath(list, person)).fault(conflict("person_id", "analyses_total", 3-i))
		if i == 2 { // erasing the folder releases as well
			c.ca.delete(t, folderPath(folder)).want(204)
			continue
		}
		c.ca.delete(t, analysisPath(pair["analysis_id"].(string))).want(204)
	}
	link := localPart(t, c.ca.get(t, imagePath(list, person, adas)).want(200).text("original_url"))
	c.ca.delete(t, imagePath(list, person, adas)).want(204)
	c.as("").get(t, link).fault(notExist)
	// The last photo may go: the person stays and matches nothing.
	c.ca.get(t, personPath(list, person)).want(200).check("images_count", 0).check("images", []any{})
	again := c.folder(t, p.ada[1]).id("folder_id")
	c.ca.analyse(t, again).check("resolution_status", "SUCCESS").check("results_media.0.confidence", nil).check("collections.0.images_searched", 0)
	c.ca.delete(t, personPath(list, person)).want(204)
	c.ca.delete(t, personPath(list, person)).fault(notExist)
	c.ca.get(t, collectionPath(list)).want(200).check("persons_count", 0).check("images_count", 0)
}

// TestPersonMove: photos change hands in one transaction (api.md 7.5).
func TestPersonMove(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	list, other := c.collection(t), c.collection(t)
	a := c.person(t, list, p.ada[0], p.bea[0], p.bea[1])
	from, to := a.id("person_id"), c.person(t, list, p.bea[2]).id("person_id")
	elsewhere := c.person(t, other, p.cem[0])
	path := personPath(list, from) + "move_images/"
	body := func(target string, ids ...string) object { return object{"target_person_id": target, "images": ids} }
	first, second := a.id("images.1.person_image_id"), a.id("images.2.media_id")
	c.refuse(t, []refusal{
		{name: "no target", path: path, body: object{"images": []string{first}}, want: missing("target_person_id")},
		{name: "no images", path: path, body: object{"target_person_id": to}, want: missing("images")},
		{name: "empty images", path: path, body: object{"target_person_id": to, "images": []string{}}, want: badValue("images", "actual", 0)},
		{name: "images are a text", path: path, body: object{"target_person_id": to, "images": first}, want: badType("images")},
		{name: "no UUID", path: path, body: body(to, "x"), want: badValue("images.0")},
		{name: "unknown target", path: path, body: body(nobodysID, first), want: notExist},
		{name: "target of another collection", path: path, body: body(elsewhere.id("person_id"), first), want: notExist},
		{name: "unknown photo", path: path, body: body(to, first, nobodysID), want: notExist},
		{name: "photo of another person", path: path, body: body(to, elsewhere.id("images.0.person_image_id")), want: notExist},
		{name: "unknown person", path: personPath(list, nobodysID) + "move_images/", body: body(to, first), want: notExist},
	})
	c.ca.post(t, path, body(to, first, second, first)).want(200).check("person_id", to).check("images_count", 3)
	c.ca.get(t, personPath(list, from)).want(200).check("images_count", 1)
	moved := c.ca.get(t, imagePath(list, to, first)).want(200).check("person_id", to)
	c.ca.get(t, imagePath(list, from, first)).fault(notExist)
	c.ca.get(t, collectionPath(list)).want(200).check("persons_count", 2).check("images_count", 4)
	// From the answer on, matches name the new person.
	done := c.ca.analyse(t, c.folder(t, p.bea[0]).id("folder_id"), object{"collection_id": list}).check("results_media.0.person_id", to).
		check("results_media.0.person_image_id", moved.at("person_image_id"))
	c.refuse(t, []refusal{{name: "a matched photo stays", path: personPath(list, to) + "move_images/", body: body(from, first),
		want: conflict("person_image_id", "reason", "matched_by_analyses", "analyses_total", 1)}})
	c.ca.delete(t, analysisPath(done.id("analysis_id"))).want(204)
	c.ca.post(t, personPath(list, to)+"move_images/", body(from, first)).want(200).check("images_count", 2)
}

// TestPersonExport: the archives can be read and hold what was put in.
func TestPersonExport(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	list := c.collection(t)
	a := c.ca.upload(t, persons(list), photo("image1", p.ada[0]), photo("image2", p.ada[1]),
		payload(object{"person:meta_data": object{"person_info": object{"first_name": firstName, "last_name": lastName}, "note": `says "hm", and
more`}})).want(201)
	person := a.id("person_id")
	c.person(t, list, p.bea[0])
	done := c.ca.analyse(t, c.folder(t, p.ada[2]).id("folder_id"))

	one := unzip(t, c.ca.get(t, personPath(list, person)+"export/").want(200))
	var told object
	if err := json.Unmarshal(one["person.json"], &told); err != nil || told["person_id"] != person {
		t.Errorf("person.json: %v %s", err, one["person.json"])
	}
	if !bytes.Contains(one["analyses.json"], []byte(done.id("analysis_id"))) {
		t.Errorf("analyses.json: %s", one["analyses.json"])
	}
	for i, shot := range p.ada[:2] {
		if got := one["images/"+a.id(fmt.Sprintf("images.%d.person_image_id", i))+".jpg"]; !bytes.Equal(got, shot.JPEG) {
			t.Errorf("photo %d differs", i)
		}
	}
	if len(one) != 4 {
		t.Errorf("%d files", len(one))
	}

	all := unzip(t, c.ca.get(t, collectionPath(list)+"export/").want(200))
	rows, err := csv.NewReader(bytes.NewReader(all["manifest.csv"])).ReadAll()
	if err != nil || len(rows) != 4 || !slices.Equal(rows[0][:4], []string{"file", "first_name", "middle_name", "last_name"}) {
		t.Fatalf("manifest.csv: %v %s", err, all["manifest.csv"])
	}
	for _, row := range rows[1:] {
		if len(all[row[0]]) == 0 {
			t.Errorf("the manifest names %s, which is not there", row[0])
		}
	}
	if !slices.ContainsFunc(rows, func(row []string) bool { return row[1] == firstName && row[3] == lastName }) {
		t.Error("the name is not in the manifest")
	}
	if len(unzip(t, c.ca.get(t, collectionPath(c.collection(t))+"export/").want(200))) == 0 {
		t.Error("the export of an empty collection has not even a manifest")
	}
}

// unzip reads an archive that is an answer.
func unzip(t *testing.T, a answer) map[string][]byte {
	t.Helper()
	if got := a.header.Get("Content-Type"); got != "application/zip" {
		t.Errorf("content type %s", got)
	}
	z, err := zip.NewReader(bytes.NewReader(a.body), int64(len(a.body)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
	}
	return files
}

// TestPersonSearch: search by photo (api.md 7.5).
func TestPersonSearch(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	list := c.collection(t)
	ada := c.person(t, list, p.ada[0], p.ada[1]).id("person_id")
	bea := c.person(t, list, p.bea[0]).id("person_id")
	path := collectionPath(list) + "search/"
	c.unchanged(t, func() {
		a := c.ca.upload(t, path, photo("photo", p.ada[2])).want(200).check("threshold", 0.85).check("images_searched", 3)
		a.check("items.0.person_id", ada).check("items.1.person_id", bea) // below the threshold too
		if a.number("items.0.confidence") < 0.85 || a.number("items.1.confidence") >= 0.85 || len(a.list("items")) != 2 {
			t.Errorf("%s: confidences", a)
		}
		a.number("quality.face_size")
		c.ca.upload(t, path, photo("photo", p.ada[0]), payload(object{"top_k": 1})).want(200).check("items.0.confidence", 1)
		c.ca.upload(t, collectionPath(c.id)+"search/", photo("photo", p.ada[0])).fault(notExist)
	})
	c.refuse(t, []refusal{
		{name: "no photo", path: path, body: form(payload(object{})), want: missing("photo")},
		{name: "another part name", path: path, body: form(photo("image1", p.ada[0])), want: missing("photo")},
		{name: "two photos", path: path, body: form(photo("photo", p.ada[0]), photo("photo2", p.ada[0])), want: tooLarge("files", "limit", 1, "actual", 2)},
		{name: "top_k of 0", path: path, body: form(photo("photo", p.ada[0]), payload(object{"top_k": 0})), want: badValue("top_k", "limit", 1, "actual", 0)},
		{name: "top_k of 101", path: path, body: form(photo("photo", p.ada[0]), payload(object{"top_k": 101})), want: badValue("top_k", "limit", 100, "actual", 101)},
		{name: "no face", path: path, body: form(photo("photo", p.nobody)), want: fault{status: 422, code: 20, details: object{"field": "photo", "reason": "no_face"}}},
		{name: "two faces of one size", path: path, body: form(photo("photo", p.two)), want: fault{status: 422, code: 21, details: object{"field": "photo", "limit": 1, "actual": 2}}},
		{name: "a text", path: path, body: form(file("photo", "x", "words")), want: unsupported("photo", "reason", "type")},
		{name: "a video", path: path, body: form(file("photo", "x", refusedFiles[0].content)), want: unsupported("photo", "reason", "type")},
		{name: "not multipart", path: path, body: object{}, want: fault{status: 400, code: 3}},
	})
}
