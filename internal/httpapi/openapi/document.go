package openapi

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed *.yaml
var files embed.FS

// Document is the OpenAPI document in its two spellings.
type Document struct {
	JSON []byte
	YAML []byte
}

// parameters is parameters.yaml.
type parameters struct {
	Groups  map[string][]string `yaml:"groups"`
	Filters map[string]string   `yaml:"filters"`
	Others  map[string]string   `yaml:"others"`
}

// description is the whole of the files.
type description struct {
	answers    map[string]any
	requests   map[string]any
	operations map[string]map[string]any
	parameters parameters
	examples   map[string]any // of requests
}

func read() (d description, err error) {
	for name, into := range map[string]any{
		"answers.yaml": &d.answers, "requests.yaml": &d.requests,
		"operations.yaml": &d.operations, "parameters.yaml": &d.parameters, "examples.yaml": &d.examples,
	} {
		b, err := files.ReadFile(name)
		if err == nil {
			err = yaml.Unmarshal(b, into)
		}
		if err != nil {
			return d, fmt.Errorf("openapi: %s: %w", name, err)
		}
	}
	return d, nil
}

// Write builds the document of the calls given ("METHOD /path"), for a version of
// the product; once tells which of them honour an Idempotency-Key. A call without a
// description is an error.
func Write(version string, calls []string, once func(method, path string) bool) (Document, error) {
	d, err := read()
	if err != nil {
		return Document{}, err
	}
	schemas, err := d.schemas()
	if err != nil {
		return Document{}, err
	}
	paths, err := d.paths(calls, once)
	if err != nil {
		return Document{}, err
	}
	doc := node{
		"openapi": "3.1.0",
		"info": node{
			"title": "Osprey", "version": version, "description": about,
			"license": node{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"servers":    []any{node{"url": "/"}},
		"paths":      paths,
		"webhooks":   webhooks(),
		"components": node{"schemas": schemas, "securitySchemes": security},
	}
	return encode(doc)
}

const about = "A POST that takes the header Idempotency-Key has its effect once for each key of a user, " +
	"method and path: for 24 hours a repetition is given the first answer again, with the header " +
	"Idempotent-Replayed: true and links signed afresh."

// idempotencyKey is the parameter of the calls that are done once for a key.
var idempotencyKey = node{
	"name": "Idempotency-Key", "in": "header", "required": false,
	"schema": node{"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}

// Calls lists the calls that are described, in order.
func Calls() ([]string, error) {
	d, err := read()
	return slices.Sorted(maps.Keys(d.operations)), err
}

var security = node{
	"accessToken": node{"type": "apiKey", "in": "header", "name": "X-Forensic-Access-Token"},
	"bearer":      node{"type": "http", "scheme": "bearer"},
}

func encode(doc node) (Document, error) {
	var j bytes.Buffer
	e := json.NewEncoder(&j)
	e.SetEscapeHTML(false)
	if err := e.Encode(doc); err != nil {
		return Document{}, fmt.Errorf("openapi: %w", err)
	}
	y, err := yaml.Marshal(doc)
	if err != nil {
		return Document{}, fmt.Errorf("openapi: %w", err)
	}
	return Document{JSON: j.Bytes(), YAML: y}, nil
}

func (d description) schemas() (node, error) {
	all := node{}
	for name, s := range named {
		all[name] = s
	}
	for _, part := range []struct {
		objects map[string]any
		form    form
	}{{d.answers, answerForm}, {d.requests, requestForm}} {
		for name, object := range part.objects {
			s, err := part.form.schema(object)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			all[name] = s
		}
	}
	for name, example := range d.examples {
		s, ok := all[name].(node)
		if !ok {
			return nil, fmt.Errorf("openapi: %s has an example and no schema", name)
		}
		s["examples"] = []any{example}
	}
	return all, nil
}

func (d description) paths(calls []string, once func(method, path string) bool) (node, error) {
	paths := node{}
	for _, call := range calls {
		method, path, _ := strings.Cut(call, " ")
		described, ok := d.operations[canonical(method, path)]
		if !ok {
			return nil, fmt.Errorf("openapi: %s has no description", call)
		}
		operation, err := d.operation(path, described)
		if err != nil {
			return nil, fmt.Errorf("openapi: %s: %w", call, err)
		}
		if once(method, path) {
			list, _ := operation["parameters"].([]any)
			operation["parameters"] = append(list, idempotencyKey)
		}
		operation["operationId"], operation["tags"] = operationID(method, path), []any{tagOf(path)}
		item, ok := paths[path].(node)
		if !ok {
			item = node{}
			paths[path] = item
		}
		item[strings.ToLower(method)] = operation
	}
	return paths, nil
}

// operationID names a call for generated clients: "get_api_folders_by_folder_id".
func operationID(method, path string) string {
	words := []string{strings.ToLower(method)}
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if name := strings.Trim(part, "{}"); name != part {
			part = "by_" + name
		}
		words = append(words, strings.NewReplacer("-", "_", ".", "_").Replace(part))
	}
	return strings.Join(words, "_")
}

// tagOf is the noun that a call is listed under.
func tagOf(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if parts[0] == "api" && len(parts) > 1 {
		return parts[1]
	}
	return "process"
}

// canonical is the call under which a path is described: the metadata of all
// kinds of object, under both spellings, are alike.
func canonical(method, path string) string {
	for _, word := range []string{"/meta_data", "/metadata"} {
		if strings.HasSuffix(path, word) {
			return method + " meta_data"
		}
	}
	return method + " " + path
}

func (d description) operation(path string, o map[string]any) (node, error) {
	answers, err := responses(o)
	if err != nil {
		return nil, err
	}
	op := node{"summary": o["summary"], "responses": answers}
	list := pathParameters(path)
	query, err := d.queryParameters(o["query"])
	if err != nil {
		return nil, err
	}
	if list = append(list, query...); len(list) > 0 {
		op["parameters"] = list
	}
	if body, ok := o["body"].(string); ok {
		s, err := expression(body)
		if err != nil {
			return nil, err
		}
		op["requestBody"] = node{"content": node{"application/json": node{"schema": s}}}
	}
	if payload, ok := o["upload"].(string); ok {
		content := node{"multipart/form-data": node{"schema": node{
			"type": "object", "properties": node{"payload": ref(payload)},
			"additionalProperties": node{"type": "string", "format": "binary"},
		}}}
		if o["capsule"] == true {
			content["application/octet-stream"] = node{}
		}
		op["requestBody"] = node{"content": content}
	}
	if strings.HasPrefix(path, "/api/") && o["public"] == nil {
		op["security"] = []any{node{"accessToken": []any{}}, node{"bearer": []any{}}}
	}
	return op, nil
}

func responses(o map[string]any) (node, error) {
	answers := node{"default": node{"description": "A refusal", "content": jsonContent(ref("Error"))}}
	for key, value := range o {
		if _, err := strconv.Atoi(key); err != nil {
			continue
		}
		answers[key] = node{"description": "Done"}
		if name, ok := value.(string); ok {
			s, err := expression(name)
			if err != nil {
				return nil, err
			}
			answers[key] = node{"description": "The answer", "content": jsonContent(s)}
		}
	}
	if name, ok := o["list"].(string); ok {
		answers["200"] = node{"description": "A page", "content": jsonContent(node{"oneOf": []any{envelope(name), bare(name)}})}
	}
	if name, ok := o["bare"].(string); ok {
		answers[fmt.Sprint(o["status"])] = node{"description": "All of them", "content": jsonContent(bare(name))}
	}
	if o["csv"] == true {
		if content, ok := answers["200"].(node)["content"].(node); ok {
			content["text/csv"] = node{}
		}
	}
	if types, ok := o["file"].([]any); ok {
		content := node{}
		for _, t := range types {
			content[fmt.Sprint(t)] = node{}
		}
		answers["200"] = node{"description": "The bytes", "content": content}
		answers["206"] = node{"description": "A range of the bytes", "content": content}
	}
	return answers, nil
}

func jsonContent(schema node) node { return node{"application/json": node{"schema": schema}} }

func bare(name string) node { return node{"type": "array", "items": ref(name)} }

// envelope is the body of a list (api.md 1.6).
func envelope(name string) node {
	return node{
		"type": "object", "additionalProperties": false, "required": []any{"items", "limit", "offset"},
		"properties": node{"items": bare(name), "limit": ref("Count"), "offset": ref("Count"), "total": ref("Count")},
	}
}

func pathParameters(path string) []any {
	var list []any
	for segment := range strings.SplitSeq(path, "/") {
		name := strings.Trim(segment, "{}")
		if name == segment {
			continue
		}
		s := node{"type": "string"}
		if strings.HasSuffix(name, "_id") {
			s["format"] = "uuid"
		}
		list = append(list, node{"name": name, "in": "path", "required": true, "schema": s})
	}
	return list
}

func (d description) queryParameters(names any) ([]any, error) {
	given, _ := names.([]any)
	var list []any
	add := func(name, e string) error {
		s, err := expression(e)
		list = append(list, node{"name": name, "in": "query", "schema": s})
		return err
	}
	for _, v := range given {
		name := fmt.Sprint(v)
		expanded, isGroup := d.parameters.Groups[name]
		if !isGroup {
			expanded = []string{name}
		}
		for _, name := range expanded {
			var err error
			if e, ok := d.parameters.Filters[name]; ok {
				if err = add(name, e); err == nil {
					err = add(name+".exclude", e)
				}
			} else if e, ok := d.parameters.Others[name]; ok {
				err = add(name, e)
			} else {
				err = fmt.Errorf("query parameter %s is not described", name)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}
