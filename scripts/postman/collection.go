package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The parts of a collection, as its format 2.1 names them.
type (
	collection struct {
		Info     info       `json:"info"`
		Auth     *auth      `json:"auth"`
		Variable []variable `json:"variable"`
		Item     []folder   `json:"item"`
	}
	info struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Schema      string `json:"schema"`
	}
	folder struct {
		Name string `json:"name"`
		Item []item `json:"item"`
	}
	item struct {
		Name    string  `json:"name"`
		Event   []event `json:"event,omitempty"`
		Request request `json:"request"`
	}
	event struct {
		Listen string `json:"listen"`
		Script script `json:"script"`
	}
	script struct {
		Type string   `json:"type"`
		Exec []string `json:"exec"`
	}
	request struct {
		Method string     `json:"method"`
		Auth   *auth      `json:"auth,omitempty"` // absent: that of the collection
		Header []variable `json:"header"`
		URL    address    `json:"url"`
		Body   *body      `json:"body,omitempty"`
	}
	auth struct {
		Type   string     `json:"type"`
		APIKey []variable `json:"apikey,omitempty"`
	}
	address struct {
		Raw      string     `json:"raw"`
		Host     []string   `json:"host"`
		Path     []string   `json:"path"`
		Query    []variable `json:"query,omitempty"`
		Variable []variable `json:"variable,omitempty"`
	}
	// variable is any name with a value: a variable, a header, a parameter.
	variable struct {
		Key         string `json:"key"`
		Value       string `json:"value"`
		Type        string `json:"type,omitempty"`
		Description string `json:"description,omitempty"`
		Disabled    bool   `json:"disabled,omitempty"`
	}
	body struct {
		Mode     string   `json:"mode"`
		Raw      string   `json:"raw,omitempty"`
		FormData []part   `json:"formdata,omitempty"`
		File     *file    `json:"file,omitempty"`
		Options  *options `json:"options,omitempty"`
	}
	part struct {
		Key         string   `json:"key"`
		Type        string   `json:"type"` // file, text
		Src         []string `json:"src,omitzero"`
		Value       string   `json:"value,omitempty"`
		ContentType string   `json:"contentType,omitempty"`
	}
	file    struct{}
	options struct {
		Raw language `json:"raw"`
	}
	language struct {
		Language string `json:"language"`
	}
)

const (
	formatURL = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
	about     = "All calls of the Osprey API. Set baseUrl, email and password, send auth: Log in, and all others carry its token. " +
		"Written from the OpenAPI document, which a server gives at /openapi.json."
	tokenHeader = "X-Forensic-Access-Token"
)

// keepTokens runs after a login and a refresh.
var keepTokens = event{"test", script{"text/javascript", []string{
	"pm.test('tokens came', () => pm.response.to.have.status(200));",
	"const pair = pm.response.json();",
	"pm.collectionVariables.set('token', pair.access_token);",
	"pm.collectionVariables.set('expire_token', pair.expire_token);",
}}}

// ownValues are bodies of calls whose values are variables of the collection.
var ownValues = map[string]map[string]any{
	"POST /api/authorize/auth":    {"credentials": map[string]any{"email": "{{email}}", "password": "{{password}}"}},
	"POST /api/authorize/refresh": {"expire_token": "{{expire_token}}"},
}

// generate writes the collection.
func generate() ([]byte, error) {
	d, err := read()
	if err != nil {
		return nil, err
	}
	c := collection{
		Info: info{"Osprey", about, formatURL},
		Auth: &auth{"apikey", []variable{{Key: "key", Value: tokenHeader}, {Key: "value", Value: "{{token}}"}, {Key: "in", Value: "header"}}},
		Variable: []variable{
			{Key: "baseUrl", Value: "http://127.0.0.1:8080"}, {Key: "token"}, {Key: "expire_token"}, {Key: "email"}, {Key: "password"},
		},
	}
	byName := map[string][]item{}
	for _, call := range d.calls() {
		i, err := d.item(call)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", call.method, call.path, err)
		}
		byName[call.folder()] = append(byName[call.folder()], i)
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		c.Item = append(c.Item, folder{name, distinct(byName[name])})
	}
	return indented(c)
}

// distinct adds the path to names that several requests of a folder have.
func distinct(items []item) []item {
	count := map[string]int{}
	for _, i := range items {
		count[i.Name]++
	}
	for n := range items {
		if count[items[n].Name] > 1 {
			items[n].Name += " /" + strings.Join(items[n].Request.URL.Path, "/")
		}
	}
	return items
}

func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}

func (d document) item(c call) (item, error) {
	i := item{Name: c.Summary, Request: request{Method: c.method, URL: addressOf(c), Header: []variable{}}}
	if len(c.Security) == 0 {
		i.Request.Auth = &auth{Type: "noauth"}
	}
	for _, p := range c.Parameters {
		if p.In == "header" {
			i.Request.Header = append(i.Request.Header, variable{Key: p.Name, Value: headerValue(p.Name), Disabled: true})
		}
	}
	if _, own := ownValues[c.method+" "+c.path]; own {
		i.Event = []event{keepTokens}
	}
	var err error
	i.Request.Body, err = d.body(c)
	if err == nil && i.Request.Body != nil && i.Request.Body.Mode == "raw" {
		i.Request.Header = append(i.Request.Header, variable{Key: "Content-Type", Value: "application/json"})
	}
	return i, err
}

// headerValue is what a header is sent with once it is switched on.
func headerValue(name string) string {
	if name == "Idempotency-Key" {
		return "{{$guid}}"
	}
	return ""
}

func addressOf(c call) address {
	a := address{Host: []string{"{{baseUrl}}"}}
	for segment := range strings.SplitSeq(strings.Trim(c.path, "/"), "/") {
		if name := strings.Trim(segment, "{}"); name != segment {
			segment = ":" + name
		}
		a.Path = append(a.Path, segment)
	}
	a.Raw = "{{baseUrl}}/" + strings.Join(a.Path, "/")
	for _, p := range c.Parameters {
		switch p.In {
		case "path":
			a.Variable = append(a.Variable, variable{Key: p.Name, Description: p.Description})
		case "query":
			a.Query = append(a.Query, variable{Key: p.Name, Description: describe(p), Disabled: true})
		}
	}
	return a
}

// describe tells the words that a parameter takes, where the document says nothing else.
func describe(p parameter) string {
	if p.Description != "" {
		return p.Description
	}
	words := make([]string, len(p.Schema.Enum))
	for i, w := range p.Schema.Enum {
		words[i] = fmt.Sprint(w)
	}
	return strings.Join(words, ", ")
}

func (d document) body(c call) (*body, error) {
	content := c.RequestBody.Content
	if form, ok := content["multipart/form-data"]; ok {
		sample := d.sample(form.Schema.Properties["payload"], 0)
		payload, err := indented(sample)
		text := part{Key: "payload", Type: "text", Value: strings.TrimSpace(string(payload)), ContentType: "application/json"}
		return &body{Mode: "formdata", FormData: append(filesOf(c.path, sample), text)}, err
	}
	if media, ok := content["application/json"]; ok {
		value := d.sample(media.Schema, 0)
		for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
			value = media.Examples[name].Value
			break
		}
		if media.Example != nil {
			value = media.Example
		}
		if own, ok := ownValues[c.method+" "+c.path]; ok {
			value = own
		}
		if value == nil {
			value = map[string]any{}
		}
		text, err := indented(value)
		return &body{Mode: "raw", Raw: strings.TrimSpace(string(text)), Options: &options{language{"json"}}}, err
	}
	if len(content) > 0 {
		return &body{Mode: "file", File: &file{}}, nil
	}
	return nil, nil //nolint:nilnil // no body
}

// filesOf are the file parts of an upload: those that its payload speaks of, else one
// under a name of its own.
func filesOf(path string, payload any) []part {
	names := map[string]bool{}
	whole, _ := payload.(map[string]any)
	for _, key := range []string{"media:tags", "media:meta_data"} {
		about, _ := whole[key].(map[string]any)
		for name := range about {
			names[name] = true
		}
	}
	if len(names) == 0 {
		name := "photo1"
		switch {
		case strings.Contains(path, "/collections/"):
			name = "image1"
		case strings.Contains(path, "/templates/"):
			name = "logo"
		}
		names[name] = true
	}
	var parts []part
	for _, name := range slices.Sorted(maps.Keys(names)) {
		parts = append(parts, part{Key: name, Type: "file", Src: []string{}})
	}
	return parts
}
