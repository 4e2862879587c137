package main

import (
	"encoding/json"
	"reflect"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestOpenAPI: the command prints one document in two spellings, on a machine where
// nothing is installed.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	s := &shell{}
	var fromJSON, fromYAML map[string]any
	s.run(t, "openapi").exits(exitOK).into(&fromJSON)
	if err := yaml.Unmarshal([]byte(s.run(t, "openapi", "--yaml").exits(exitOK).stdout), &fromYAML); err != nil {
		t.Fatal(err)
	}
	if fromJSON["openapi"] != "3.1.0" {
		t.Errorf("openapi %v", fromJSON["openapi"])
	}
	raw, err := json.Marshal(fromYAML)
	if err != nil {
		t.Fatal(err)
	}
	var again map[string]any
	if err := json.Unmarshal(raw, &again); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again, fromJSON) {
		t.Error("the two spellings differ")
	}
}
