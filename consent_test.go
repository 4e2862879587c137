package osprey

import (
	"encoding/json"
	"errors"
	"testing"
)

func TestCheckConsent(t *testing.T) {
	t.Parallel()
	consent := func(text string) Metadata {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		return Metadata{"consent": v}
	}
	given, refused := consent(`{"given": true}`), consent(`{"given": false}`)
	wanting, easy := Company{RequireConsent: true}, Company{}
	const field = "folder:meta_data.consent"
	for _, test := range []struct {
		name            string
		company         Company
		media           int
		request, folder Metadata
		code            Code // 0: it passes
		field           string
	}{
		{"nothing is required", easy, 1, nil, nil, 0, ""},
		{"nothing is required, refused", easy, 1, refused, nil, 0, ""},
		{"no media", wanting, 0, nil, nil, 0, ""},
		{"no media, refused", wanting, 0, refused, nil, 0, ""},
		{"given in the request", wanting, 2, given, nil, 0, ""},
		{"given in the folder", wanting, 2, nil, given, 0, ""},
		{"refused in the request, given in the folder", wanting, 2, refused, given, 0, ""},
		{"all keys", wanting, 1, consent(`{"given": true, "purpose": "p", "text_version": "v", "subject_id": "s", "time": 1767225600.5}`), nil, 0, ""},
		{"null keys are absent", wanting, 1, consent(`{"given": true, "purpose": null, "time": null}`), nil, 0, ""},
		{"free keys", wanting, 1, consent(`{"given": true, "channel": "desk"}`), nil, 0, ""},
		{"none", wanting, 1, nil, nil, CodeInvalidStructure, field + ".given"},
		{"null", wanting, 1, consent(`null`), nil, CodeInvalidStructure, field + ".given"},
		{"refused", wanting, 1, refused, nil, CodeInvalidStructure, field + ".given"},
		{"elsewhere", wanting, 1, Metadata{"given": true}, Metadata{"given": true}, CodeInvalidStructure, field + ".given"},
		{"a boolean", easy, 0, consent(`true`), nil, CodeInvalidType, field},
		{"without given", easy, 0, consent(`{}`), nil, CodeInvalidType, field + ".given"},
		{"given is null", easy, 0, consent(`{"given": null}`), nil, CodeInvalidType, field + ".given"},
		{"given is a text", wanting, 1, consent(`{"given": "true"}`), given, CodeInvalidType, field + ".given"},
		{"time is a text", easy, 0, consent(`{"given": true, "time": "now"}`), nil, CodeInvalidType, field + ".time"},
		{"purpose is a boolean", easy, 0, consent(`{"given": true, "purpose": true}`), nil, CodeInvalidType, field + ".purpose"},
		{"text_version is a number", easy, 0, consent(`{"given": true, "text_version": 1}`), nil, CodeInvalidType, field + ".text_version"},
		{"subject_id is a list", easy, 0, consent(`{"given": true, "subject_id": []}`), nil, CodeInvalidType, field + ".subject_id"},
	} {
		err := CheckConsent(test.company, test.media, test.request, test.folder)
		if test.code == 0 {
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		var e *Error
		if !errors.As(err, &e) || e.Code != test.code || e.Details["field"] != test.field {
			t.Errorf("%s: %v, want code %d of %s", test.name, err, test.code, test.field)
		}
	}
}
