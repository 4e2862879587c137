// Package contracttest holds the answers of a running server against its OpenAPI
// document: a test wraps its client's transport once, and every answer that passes
// is checked, status, content type and body.
package contracttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/errors"
	"github.com/pb33f/libopenapi-validator/helpers"
)

// Transport sends requests through base (nil: http.DefaultTransport) and reports to
// t every answer that the document does not allow. It is safe for concurrent use.
func Transport(t testing.TB, document []byte, base http.RoundTripper) http.RoundTripper {
	t.Helper()
	doc, err := libopenapi.NewDocument(document)
	if err != nil {
		t.Fatalf("the OpenAPI document: %v", err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatalf("the OpenAPI document: %v", errs)
	}
	if base == nil {
		base = http.DefaultTransport
	}
	return &transport{t: t, v: v, base: base}
}

type transport struct {
	t    testing.TB
	v    validator.Validator
	base http.RoundTripper
}

// RoundTrip sends one request and checks its answer.
func (c *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := c.base.RoundTrip(r)
	if err != nil || r.Method == http.MethodHead {
		return answer, err
	}
	for _, fault := range c.faults(r, answer) {
		c.t.Errorf("%s %s -> %d breaks the contract: %s", r.Method, r.URL.Path, answer.StatusCode, fault)
	}
	return answer, nil
}

func (c *transport) faults(r *http.Request, answer *http.Response) []string {
	// The document spells paths without the slash at the end that the API allows.
	plain := r.Clone(r.Context())
	plain.URL.Path = strings.TrimSuffix(r.URL.Path, "/")
	valid, errs := c.v.ValidateHttpResponse(plain, answer)
	if valid {
		return nil
	}
	if outside(errs) {
		return outsideFaults(answer)
	}
	var faults []string
	for _, e := range errs {
		faults = append(faults, describe(e))
	}
	return faults
}

// outside reports whether the call is none of the document.
func outside(errs []*errors.ValidationError) bool {
	for _, e := range errs {
		if e.ValidationType != helpers.PathValidation {
			return false
		}
	}
	return true
}

// outsideFaults holds the answer to an unknown call against the rule for those:
// 404 or 405 with the body of errors, or 204 to OPTIONS.
func outsideFaults(answer *http.Response) []string {
	switch answer.StatusCode {
	case http.StatusNoContent:
		if answer.Request != nil && answer.Request.Method == http.MethodOptions {
			return nil
		}
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusBadRequest:
		body, err := io.ReadAll(answer.Body)
		answer.Body = io.NopCloser(bytes.NewReader(body))
		if err != nil {
			return []string{err.Error()}
		}
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		var e struct {
			Code    *int            `json:"error_code"`
			Message *string         `json:"error_message"`
			Details *map[string]any `json:"details"`
		}
		if err := d.Decode(&e); err != nil || e.Code == nil || e.Message == nil {
			return []string{fmt.Sprintf("its body is no error: %.200s", body)}
		}
		return nil
	}
	return []string{"the document does not know the call"}
}

// describe is a fault in one line, with the place in the answer.
func describe(e *errors.ValidationError) string {
	text := e.Message
	for _, s := range e.SchemaValidationErrors {
		text += "; " + s.Error()
	}
	if len(e.SchemaValidationErrors) == 0 && e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}
