package collection

import (
	"archive/zip"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/store"
)

// Render turns nouns into the objects that the API shows.
type Render struct {
	Person   func(osprey.Person) any
	Analysis func(osprey.Analysis) any
}

// page is how many persons of an export are read at a time.
const page = 100

// maxExportAnalyses bounds analyses.json of one person.
const maxExportAnalyses = 10_000

// ExportPerson writes a ZIP of one person: person.json, images/, analyses.json.
// Faults before the first byte come back before anything is written to w.
func (s *Service) ExportPerson(ctx context.Context, g access.Grant, collection, person osprey.ID, render Render, w io.Writer) error {
	var p osprey.Person
	var analyses []osprey.Analysis
	err := s.audited(ctx, g, "person.export", "person", person, func(tx *store.Tx, e *access.Event) (err error) {
		if p, err = whole(tx, collection, person); err != nil {
			return err
		}
		if err := g.Check(p.Company, g.Actor.User); err != nil {
			return err
		}
		analyses, _, err = tx.Analyses(store.Query{
			Limit: maxExportAnalyses, OmitTotal: true, Sort: store.CreatedAsc,
			In: map[store.Field][]string{store.FieldPerson: {string(person)}},
		})
		if err != nil {
			return err
		}
		e.Company = p.Company
		e.Details = osprey.Details{"collection_id": string(collection), "images": len(p.Images), "analyses": len(analyses)}
		return nil
	})
	if err != nil {
		return err
	}
	list := make([]any, len(analyses))
	for i, a := range analyses {
		list[i] = render.Analysis(a)
	}
	z := zip.NewWriter(w)
	if err := errors.Join(writeJSON(z, "person.json", render.Person(p)), writeJSON(z, "analyses.json", list)); err != nil {
		return err
	}
	for _, i := range p.Images {
		if err := s.writePhoto(ctx, z, "images/"+string(i.ID), i); err != nil {
			return err
		}
	}
	return z.Close()
}

// ExportCollection writes a ZIP of all persons that the import can read again:
// the photos in one folder a person, and manifest.csv with a row a photo. Persons
// who are deleted while it runs are left out from then on.
func (s *Service) ExportCollection(ctx context.Context, g access.Grant, collection osprey.ID, w io.Writer) error {
	err := s.audited(ctx, g, "collection.export", "collection", collection, func(tx *store.Tx, e *access.Event) error {
		c, err := tx.Collection(collection)
		if err != nil {
			return notExist(err, "")
		}
		if err := g.Check(c.Company, g.Actor.User); err != nil {
			return err
		}
		e.Company, e.Details = c.Company, osprey.Details{"persons": c.Persons, "images": c.Images}
		return nil
	})
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	var manifest []manifestRow
	err = s.eachPerson(ctx, g, collection, func(p osprey.Person) error {
		for _, i := range p.Images {
			name := string(p.ID) + "/" + string(i.ID)
			if err := s.writePhoto(ctx, z, name, i); err != nil {
				return err
			}
			manifest = append(manifest, manifestRow{file: name + "." + extension(i.Info.MIME), person: p})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := writeManifest(z, manifest); err != nil {
		return err
	}
	return z.Close()
}

// eachPerson walks the persons of a collection from the oldest on, with their
// photos. It goes on from the last creation time and not by offset, so that
// nobody is passed over when others are deleted meanwhile.
func (s *Service) eachPerson(ctx context.Context, g access.Grant, collection osprey.ID, visit func(osprey.Person) error) error {
	var last osprey.Time
	seen := make(map[osprey.ID]bool) // those created at last
	for {
		q := store.Query{Limit: page + len(seen), Sort: store.CreatedAsc, OmitTotal: true, CreatedMin: last}
		persons, _, err := s.Persons(ctx, g, collection, q, true)
		if err != nil {
			return err
		}
		fresh := 0
		for _, p := range persons {
			if seen[p.ID] {
				continue
			}
			if p.Created != last {
				last = p.Created
				clear(seen)
			}
			seen[p.ID] = true
			fresh++
			if err := visit(p); err != nil {
				return err
			}
		}
		if fresh == 0 {
			return nil
		}
	}
}

// writePhoto adds one photo, stored as it is: it is compressed already. A photo
// that was deleted meanwhile is left out.
func (s *Service) writePhoto(ctx context.Context, z *zip.Writer, name string, i osprey.PersonImage) error {
	data, err := s.o.Blobs.Get(ctx, i.Blob, i.Company, i.Media)
	if errors.Is(err, blob.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	f, err := z.CreateHeader(&zip.FileHeader{Name: name + "." + extension(i.Info.MIME), Method: zip.Store, Modified: i.Created.Time()})
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return err
}

// extension is the file extension of an accepted image type.
func extension(mime string) string {
	switch mime {
	case "image/png":
		return "png"
	case "image/webp":
		return "webp"
	default:
		return "jpg"
	}
}

func writeJSON(z *zip.Writer, name string, v any) error {
	f, err := z.Create(name)
	if err != nil {
		return err
	}
	e := json.NewEncoder(f)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

type manifestRow struct {
	file   string
	person osprey.Person
}

// writeManifest writes manifest.csv: file, the three names, then the other
// metadata keys that hold a plain value, in order of their names.
func writeManifest(z *zip.Writer, rows []manifestRow) error {
	f, err := z.Create("manifest.csv")
	if err != nil {
		return err
	}
	keys := manifestKeys(rows)
	c := csv.NewWriter(f)
	if err := c.Write(append([]string{"file", "first_name", "middle_name", "last_name", "person"}, keys...)); err != nil {
		return err
	}
	for _, r := range rows {
		texts := make(map[string]string)
		for _, t := range r.person.Metadata.Flatten() {
			texts[t.Path] = t.Text
		}
		line := []string{r.file, texts["person_info.first_name"], texts["person_info.middle_name"], texts["person_info.last_name"], string(r.person.ID)}
		for _, k := range keys {
			line = append(line, texts[k])
		}
		if err := c.Write(line); err != nil {
			return err
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	return nil
}

func manifestKeys(rows []manifestRow) []string {
	set := make(map[string]bool)
	for _, r := range rows {
		for k, v := range r.person.Metadata {
			switch v.(type) {
			case map[string]any, []any:
			default:
				if !strings.EqualFold(k, "person") {
					set[k] = true
				}
			}
		}
	}
	keys := make([]string, 0, len(set))
	for k := range set {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
