package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/jsonschema/v6"
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

// TestEveryRequestHasAnExample, which the schema of the request accepts.
func TestEveryRequestHasAnExample(t *testing.T) {
	t.Parallel()
	doc, err := Document("0.0.0")
	if err != nil {
		t.Fatal(err)
	}
	var whole struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			RequestBody struct {
				Content map[string]struct {
					Schema struct {
						Ref        string `json:"$ref"`
						Properties map[string]struct {
							Ref string `json:"$ref"`
						}
					}
				}
			} `json:"requestBody"`
		}
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc.JSON))
	if err := errors.Join(err, json.Unmarshal(doc.JSON, &whole)); err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("doc.json", parsed); err != nil {
		t.Fatal(err)
	}
	schemas := parsed.(map[string]any)["components"].(map[string]any)["schemas"].(map[string]any)
	seen, ids := 0, make(map[string]string)
	for path, item := range whole.Paths {
		for method, o := range item {
			call := method + " " + path
			if other := ids[o.OperationID]; other != "" || o.OperationID == "" {
				t.Errorf("%s and %s are both called %q", call, other, o.OperationID)
			}
			ids[o.OperationID] = call
			for _, c := range o.RequestBody.Content {
				name := schemaName(c.Schema.Ref + c.Schema.Properties["payload"].Ref)
				if name == "" {
					continue
				}
				examples, _ := schemas[name].(map[string]any)["examples"].([]any)
				if len(examples) == 0 {
					t.Errorf("%s: %s has no example", call, name)
				}
				schema, err := compiler.Compile("doc.json#/components/schemas/" + name)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range examples {
					if err := schema.Validate(e); err != nil {
						t.Errorf("%s: the example of %s: %v", call, name, err)
					}
					seen++
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("%d examples were looked at", seen)
	}
}

func schemaName(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }
