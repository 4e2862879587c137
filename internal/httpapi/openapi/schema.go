package openapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// node is a piece of the document.
type node = map[string]any

// scalars are the named types that the descriptions build on.
var scalars = map[string]node{
	"string":  {"type": "string"},
	"boolean": {"type": "boolean"},
	"integer": {"type": "integer"},
	"number":  {"type": "number"},
	"object":  {"type": "object"},
	"nothing": {"type": "null"},
	"any":     {},
}

// named are the schemas that stand beside the objects.
var named = map[string]node{
	"Id":               {"type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"},
	"Time":             {"type": "number", "exclusiveMinimum": 0, "description": "UNIX seconds with up to six decimals"},
	"Score":            {"type": "number", "minimum": 0, "maximum": 1},
	"Count":            {"type": "integer", "minimum": 0},
	"Code":             {"type": "integer", "minimum": 0, "maximum": 22},
	"Hex":              {"type": "string", "pattern": "^[0-9a-f]+$"},
	"Link":             {"type": "string", "pattern": "^https?://[^/]+(/.+)?/static/.+[?]exp=[0-9]+&sig=[0-9a-f]{64}$"},
	"Picture":          {"type": "string", "pattern": "^(https?://[^/]+(/.+)?/static/.+[?]exp=[0-9]+&sig=[0-9a-f]{64}|data:image/jpeg;base64,[A-Za-z0-9+/]+=*)$"},
	"Token":            {"type": "string", "minLength": 1, "maxLength": 256},
	"OnMatch":          {"type": "string", "enum": []any{"decline", "operator", "accept"}},
	"FaceRule":         {"type": "string", "enum": []any{"strict", "largest"}},
	"Verdict":          {"type": "string", "enum": []any{"SUCCESS", "DECLINED"}},
	"GestureReason":    {"type": "string", "enum": []any{"NOT_PERFORMED", "WRONG_GESTURE", "TOO_EARLY", "DISCONTINUITY", "IDENTITY_CHANGED"}},
	"MRZFormat":        {"type": "string", "enum": []any{"TD1", "TD2", "TD3", "MRV_A", "MRV_B"}},
	"WebhookEventName": {"type": "string", "enum": []any{"group_completed", "operator_decided", "ping", "quota_warning", "quota_reached"}},
	// What an analysis holds depends on its type.
	"Analysis": {"oneOf": []any{ref("QualityAnalysis"), ref("BiometryAnalysis"), ref("CollectionAnalysis"), ref("DocumentsAnalysis")}},
	// What a company looks like depends on the role that asks.
	"AnyCompany": {"oneOf": []any{ref("Company"), ref("WholeCompany")}},
	// with_images=false drops the photos.
	"AnyPerson": {"oneOf": []any{ref("PersonAlone"), ref("Person")}},
	// The operations listener tells more.
	"AnyReady": {"anyOf": []any{ref("Ready"), ref("VerboseReady")}},
}

func ref(name string) node { return node{"$ref": "#/components/schemas/" + name} }

// form is how an object of a description is read.
type form struct {
	mark     string // the mark of a key that differs from the others
	required bool   // whether keys without the mark are required
	closed   bool   // whether there are no other keys
}

var (
	answerForm  = form{mark: "?", required: true, closed: true}
	requestForm = form{mark: "!"}
)

// schema reads a description: a type expression, or an object of them.
func (f form) schema(description any) (node, error) {
	switch d := description.(type) {
	case string:
		return expression(d)
	case map[string]any:
		return f.object(d)
	}
	return nil, fmt.Errorf("openapi: %v is no description", description)
}

func (f form) object(d map[string]any) (node, error) {
	properties, required := node{}, []any{}
	for _, key := range slices.Sorted(maps.Keys(d)) {
		s, err := f.schema(d[key])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		if key == "*" {
			return node{"type": "object", "additionalProperties": s}, nil
		}
		name, marked := strings.CutSuffix(key, f.mark)
		properties[name] = s
		if marked != f.required {
			required = append(required, name)
		}
	}
	o := node{"type": "object", "properties": properties}
	if len(required) > 0 {
		o["required"] = required
	}
	if f.closed {
		o["additionalProperties"] = false
	}
	return o, nil
}

// expression reads NAME, NAME|null, NAME[] and WORD|WORD.
func expression(e string) (node, error) {
	if inner, ok := strings.CutSuffix(e, "|null"); ok {
		s, err := expression(inner)
		return node{"oneOf": []any{s, node{"type": "null"}}}, err
	}
	if inner, ok := strings.CutSuffix(e, "[]"); ok {
		s, err := expression(inner)
		return node{"type": "array", "items": s}, err
	}
	if s, ok := scalars[e]; ok {
		return maps.Clone(s), nil
	}
	first := strings.TrimLeft(e, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	if !strings.Contains(e, "|") && first != e && first != "" && first[0] >= 'a' {
		return ref(e), nil
	}
	words := []any{}
	for word := range strings.SplitSeq(e, "|") {
		if word == "" {
			return nil, fmt.Errorf("openapi: %q is no type", e)
		}
		words = append(words, word)
	}
	return node{"type": "string", "enum": words}, nil
}
