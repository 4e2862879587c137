package httpapi

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"example.org/osprey"
	"example.org/osprey/internal/collection"
)

func (a *API) exportPerson(c *call) (answer, error) {
	id, person := c.id("collection_id"), c.id("person_id")
	if _, err := a.Collections.Person(c.ctx(), c.grant, id, person); err != nil {
		return nil, err
	}
	render := collection.Render{
		Person:   func(p osprey.Person) any { return c.show.person(p) },
		Analysis: func(an osprey.Analysis) any { return c.show.analysis(an, nil) },
	}
	return a.archive(c, "person-"+string(person), func(w io.Writer) error {
		return a.Collections.ExportPerson(c.ctx(), c.grant, id, person, render, w)
	}), nil
}

func (a *API) exportCollection(c *call) (answer, error) {
	id := c.id("collection_id")
	if _, err := a.Collections.Get(c.ctx(), c.grant, id); err != nil {
		return nil, err
	}
	return a.archive(c, "collection-"+string(id), func(w io.Writer) error {
		return a.Collections.ExportCollection(c.ctx(), c.grant, id, w)
	}), nil
}

// archive sends a ZIP while it is written. A fault before its first byte is an
// ordinary refusal; after that the connection is cut, so that nobody takes a part
// for the whole.
func (a *API) archive(c *call, name string, write func(io.Writer) error) answer {
	return func(w http.ResponseWriter, r *http.Request) error {
		out := &archiveWriter{w: w, name: name}
		if r.Method == http.MethodHead {
			out.begin()
			return nil
		}
		err := write(out)
		if err == nil || !out.begun {
			return err
		}
		if !errors.Is(err, r.Context().Err()) || r.Context().Err() == nil {
			a.Log.Error("export cut off", slog.String("request_id", c.origin.RequestID), slog.Any("cause", err))
		}
		panic(http.ErrAbortHandler) // net/http's own way to cut an answer off
	}
}

// archiveWriter sends the headers with the first byte.
type archiveWriter struct {
	w     http.ResponseWriter
	name  string
	begun bool
}

func (z *archiveWriter) begin() {
	z.begun = true
	z.w.Header().Set("Content-Type", "application/zip")
	z.w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.zip"`, z.name))
	z.w.WriteHeader(http.StatusOK)
}

// Write sends a piece.
func (z *archiveWriter) Write(b []byte) (int, error) {
	if !z.begun {
		z.begin()
	}
	return z.w.Write(b)
}
