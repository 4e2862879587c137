package collection_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/collection"
	"example.org/osprey/internal/testhouse"
	"example.org/osprey/internal/testphoto"
)

// plain renders nouns by their ids.
var plain = collection.Render{
	Person:   func(p osprey.Person) any { return map[string]any{"person_id": p.ID, "images": len(p.Images)} },
	Analysis: func(a osprey.Analysis) any { return map[string]any{"analysis_id": a.ID} },
}

// unzip reads a ZIP as files by name.
func unzip(t *testing.T, raw []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string][]byte)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if out[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
	}
	return out
}

// TestExportRoundTrip: what is exported and enrolled again makes the same
// collection: the same names, photos and templates.
func TestExportRoundTrip(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	ctx := t.Context()
	people := testphoto.Mated(t)
	names := []osprey.Metadata{
		{"person_info": map[string]any{"first_name": "Ada", "last_name": "a \"quoted\", name"}, "note": "x\ny"},
		{"person_info": map[string]any{"first_name": "Bea"}, "number": json.Number("7")},
	}
	var want []osprey.Person
	for n, m := range names {
		r, err := e.Collections.AddPerson(ctx, e.g, e.list, collection.Enrolment{Photos: photos(people[n].Photos[:2]...), Metadata: m})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, r.Person)
	}
	var raw bytes.Buffer
	if err := e.Collections.ExportCollection(ctx, e.g, e.list, &raw); err != nil {
		t.Fatal(err)
	}
	files := unzip(t, raw.Bytes())
	rows, err := csv.NewReader(bytes.NewReader(files["manifest.csv"])).ReadAll()
	if err != nil || len(rows) != 5 || len(files) != 5 {
		t.Fatalf("%d rows, %d files, error %v", len(rows), len(files), err)
	}
	if head := []string{"file", "first_name", "middle_name", "last_name", "person", "note", "number"}; !slices.Equal(rows[0], head) {
		t.Errorf("columns %v", rows[0])
	}
	// Enrol them again, in a collection of another company.
	_, other := e.Company("two")
	copied, err := e.Collections.Create(ctx, other, collection.New{Alias: "copy"})
	if err != nil {
		t.Fatal(err)
	}
	made := make(map[string]osprey.Person) // by the person of the manifest
	for _, row := range rows[1:] {
		data := files[row[0]]
		in := collection.Enrolment{Photos: []collection.Photo{{Field: "image1", Name: row[0], Data: data}}}
		if p, ok := made[row[4]]; ok {
			r, err := e.Collections.AddImages(ctx, other, copied.ID, p.ID, in)
			if err != nil {
				t.Fatal(err)
			}
			made[row[4]] = r.Person
			continue
		}
		in.Metadata = osprey.Metadata{"person_info": map[string]any{"first_name": row[1], "last_name": row[3]}}
		r, err := e.Collections.AddPerson(ctx, other, copied.ID, in)
		if err != nil {
			t.Fatal(err)
		}
		made[row[4]] = r.Person
	}
	for _, p := range want {
		again, ok := made[string(p.ID)]
		if !ok || len(again.Images) != len(p.Images) {
			t.Errorf("person %s came back with %d photos, had %d", p.ID, len(again.Images), len(p.Images))
			continue
		}
		for n, i := range p.Images {
			if again.Images[n].SHA256 != i.SHA256 || again.Images[n].Quality != i.Quality || again.Images[n].Face != i.Face {
				t.Errorf("photo %d of %s is another one", n, p.ID)
			}
		}
	}
	if on := e.Audit.Events("collection.export"); len(on) != 1 || on[0].Details["images"] != 4 {
		t.Errorf("on record: %+v", on)
	}
}

// TestExportPerson holds the person, the photos and the analyses that matched.
func TestExportPerson(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	p := e.add(testphoto.Mated(t)[0].Photos[:2]...)
	face, err := e.Templates.Open(t.Context(), p.Company, p.Images[0].ID, e.template(p.Images[0].ID))
	if err != nil {
		t.Fatal(err)
	}
	a := e.matched(face)
	var raw bytes.Buffer
	if err := e.Collections.ExportPerson(t.Context(), e.g, e.list, p.ID, plain, &raw); err != nil {
		t.Fatal(err)
	}
	files := unzip(t, raw.Bytes())
	for _, i := range p.Images {
		if data := files["images/"+string(i.ID)+".jpg"]; int64(len(data)) != i.Info.Size {
			t.Errorf("photo %s has %d bytes, want %d", i.ID, len(data), i.Info.Size)
		}
	}
	if !bytes.Contains(files["person.json"], []byte(p.ID)) || !bytes.Contains(files["analyses.json"], []byte(a.ID)) || len(files) != 4 {
		t.Errorf("person.json %s, analyses.json %s, %d files", files["person.json"], files["analyses.json"], len(files))
	}
	if bytes.Contains(raw.Bytes(), e.template(p.Images[0].ID).Bytes[10:40]) {
		t.Error("a template is in the export")
	}
}

// TestExportWhileDeleting: persons that are deleted during an export are left out;
// nobody else is.
func TestExportWhileDeleting(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	ada, bea := e.add(testphoto.Mated(t)[0].Photos[0]), e.add(testphoto.Mated(t)[1].Photos[0])
	e.Bucket.Fail(func(_ context.Context, op, key string) error {
		if op == "get" && key == ada.Images[0].Blob { // while the first is read, the second goes
			return e.Collections.DeletePerson(context.Background(), e.g, e.list, bea.ID)
		}
		return nil
	})
	var raw bytes.Buffer
	err := e.Collections.ExportCollection(t.Context(), e.g, e.list, &raw)
	e.Bucket.Fail(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Eraser.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	files := unzip(t, raw.Bytes())
	if files[string(ada.ID)+"/"+string(ada.Images[0].ID)+".jpg"] == nil {
		t.Errorf("who was there all the time is missing among %d files", len(files))
	}
}
