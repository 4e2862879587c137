package httpapi

import (
	"net/http"
	"sync"

	"example.org/osprey/internal/httpapi/openapi"
	"example.org/osprey/internal/wire"
)

// document writes the OpenAPI document at its first use.
type document func() (openapi.Document, error)

func newDocument(version string, table []route) document {
	return sync.OnceValues(func() (openapi.Document, error) {
		return openapi.Write(version, callNames(table), honoursKey)
	})
}

// callNames lists the calls of a table as METHOD /path.
func callNames(table []route) []string {
	return wire.Each(table, func(rt route) string { return rt.method + " " + rt.path })
}

// Document is the OpenAPI document of the API, for tests that hold its answers
// against it.
func Document(version string) (openapi.Document, error) { return newDocument(version, routes())() }

func (a *API) openapiJSON(*call) (answer, error) {
	doc, err := a.document()
	return bytesOf("application/json; charset=utf-8", doc.JSON), err
}

func (a *API) openapiYAML(*call) (answer, error) {
	doc, err := a.document()
	return bytesOf("application/yaml", doc.YAML), err
}

func bytesOf(contentType string, b []byte) answer {
	return func(w http.ResponseWriter, r *http.Request) error {
		wire.Write(w, r, http.StatusOK, contentType, b)
		return nil
	}
}
