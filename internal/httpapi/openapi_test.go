package httpapi

import (
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"example.org/osprey/internal/httpapi/openapi"
)

// TestDocumentDescribesTheTable compares the calls of the document with the routes,
// both ways, and the document with the rules of OpenAPI 3.1.
func TestDocumentDescribesTheTable(t *testing.T) {
	t.Parallel()
	doc, err := Document("0.0.0")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := libopenapi.NewDocument(doc.JSON)
	if err != nil {
		t.Fatal(err)
	}
	model, err := parsed.BuildV3Model()
	if err != nil {
		t.Fatal(err)
	}
	var described []string
	for path, item := range model.Model.Paths.PathItems.FromOldest() {
		for method := range item.GetOperations().FromOldest() {
			described = append(described, strings.ToUpper(method)+" "+path)
		}
	}
	table := callNames(routes())
	slices.Sort(described)
	slices.Sort(table)
	if !slices.Equal(described, table) {
		t.Errorf("document and table differ\n%v\n%v", described, table)
	}
	v, errs := validator.NewValidator(parsed)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if ok, faults := v.ValidateDocument(); !ok {
		for _, f := range faults {
			t.Error(f.Message, f.Reason, f.SchemaValidationErrors)
		}
	}
}

// TestEveryDescriptionHasItsRoute finds descriptions that no route uses.
func TestEveryDescriptionHasItsRoute(t *testing.T) {
	t.Parallel()
	calls, err := openapi.Calls()
	if err != nil {
		t.Fatal(err)
	}
	table := callNames(routes())
	for _, call := range calls {
		if _, path, _ := strings.Cut(call, " "); path != "meta_data" && !slices.Contains(table, call) {
			t.Errorf("%s is described and no route", call)
		}
	}
}
