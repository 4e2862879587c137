package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.org/osprey/internal/httpapi"
)

// document is what a collection needs of the OpenAPI document.
type document struct {
	Paths      map[string]map[string]operation `json:"paths"` // by path and method
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	Summary     string      `json:"summary"`
	Tags        []string    `json:"tags"`
	Parameters  []parameter `json:"parameters"`
	RequestBody struct {
		Content map[string]struct {
			Schema   schema `json:"schema"`
			Example  any    `json:"example"`
			Examples map[string]struct {
				Value any `json:"value"`
			} `json:"examples"`
		} `json:"content"`
	} `json:"requestBody"`
	Security []map[string][]string `json:"security"`
}

type parameter struct {
	Name        string `json:"name"`
	In          string `json:"in"` // path, query, header
	Description string `json:"description"`
	Schema      schema `json:"schema"`
}

type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"`
	Format     string            `json:"format"`
	Enum       []any             `json:"enum"`
	Examples   []any             `json:"examples"`
	Required   []string          `json:"required"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
	OneOf      []schema          `json:"oneOf"`
	Minimum    *float64          `json:"minimum"`
}

// read takes the document of this tree. It is that of no version, which the collection
// does not tell.
func read() (document, error) {
	var d document
	doc, err := httpapi.Document("")
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal(doc.JSON, &d); err != nil {
		return d, fmt.Errorf("the OpenAPI document: %w", err)
	}
	return d, nil
}

// call is an operation with its place.
type call struct {
	method, path string
	operation
}

// calls lists the operations by path, and those of a path in the order of a life.
func (d document) calls() []call {
	order := []string{"post", "get", "patch", "put", "delete"}
	var list []call
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		methods := slices.Sorted(maps.Keys(d.Paths[path]))
		slices.SortStableFunc(methods, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
		for _, method := range methods {
			list = append(list, call{strings.ToUpper(method), path, d.Paths[path][method]})
		}
	}
	return list
}

// folder is the name of the folder that a call stands in: its tag, or the noun its path
// begins with.
func (c call) folder() string {
	if len(c.Tags) > 0 {
		return c.Tags[0]
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(c.path, "/"), "api/"), "/")
	return first
}

// maxDepth bounds the schemas of a sample, which may name themselves.
const maxDepth = 8

// sample is a value of a schema: its first example, else one made of its required keys.
func (d document) sample(s schema, depth int) any {
	switch {
	case depth > maxDepth:
		return nil
	case s.Ref != "":
		return d.sample(d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")], depth+1)
	case len(s.Examples) > 0:
		return s.Examples[0]
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.OneOf) > 0:
		return d.sample(s.OneOf[0], depth+1)
	}
	switch s.Type {
	case "string":
		return ""
	case "boolean":
		return false
	case "integer", "number":
		if s.Minimum != nil {
			return *s.Minimum
		}
		return 0
	case "array":
		if s.Items == nil {
			return []any{}
		}
		return []any{d.sample(*s.Items, depth+1)}
	case "object":
		o := map[string]any{}
		for _, key := range s.Required {
			o[key] = d.sample(s.Properties[key], depth+1)
		}
		return o
	}
	return nil
}
