package collection

import (
	"context"
	"io"

	"example.org/osprey"
	"example.org/osprey/internal/access"
)

// ExportPerson writes a ZIP of one person: person.json, images/, analyses.json.
// render turns the nouns into the JSON of the API. Faults before the first byte
// come back before anything is written to w.
func (s *Service) ExportPerson(ctx context.Context, g access.Grant, collection, person osprey.ID, render Render, w io.Writer) error {
	panic("unwritten")
}

// ExportCollection writes a ZIP of all persons that the import can read again:
// one folder a person, and manifest.csv.
func (s *Service) ExportCollection(ctx context.Context, g access.Grant, collection osprey.ID, w io.Writer) error {
	panic("unwritten")
}

// Render turns nouns into the objects that the API shows.
type Render struct {
	Person   func(osprey.Person) any
	Analysis func(osprey.Analysis) any
}
