package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"example.org/osprey"
)

// The bounds of a JSON body (api.md 17.2).
const (
	MaxJSONBytes   = 1 << 20
	MaxJSONNesting = 32
)

// BodyKind is the form of a request body, as its content type declares it.
type BodyKind int

// The forms. BodyPlain is everything that is neither of the others: it is read
// as JSON, whatever the content type says.
const (
	BodyPlain BodyKind = iota
	BodyMultipart
	BodyOctets
)

// KindOf tells the form of the body of r.
func KindOf(r *http.Request) BodyKind {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		media, _, _ = strings.Cut(r.Header.Get("Content-Type"), ";")
		media = strings.ToLower(strings.TrimSpace(media))
	}
	switch {
	case strings.HasPrefix(media, "multipart/"):
		return BodyMultipart
	case media == "application/octet-stream":
		return BodyOctets
	}
	return BodyPlain
}

// CheckEncoding refuses a compressed request body.
func CheckEncoding(r *http.Request) error {
	for _, v := range r.Header.Values("Content-Encoding") {
		if e := strings.ToLower(strings.TrimSpace(v)); e != "" && e != "identity" {
			return osprey.Errorf(osprey.CodeUnsupportedMedia, "A request body must not be compressed").
				With("field", "Content-Encoding").With("accepted", []string{"identity"})
		}
	}
	return nil
}

// Empty reports whether a request has no body at all; the body can still be read
// afterwards.
func Empty(r *http.Request) (bool, error) {
	if r.ContentLength == 0 || r.Body == nil || r.Body == http.NoBody {
		return true, nil
	}
	if r.ContentLength > 0 {
		return false, nil
	}
	var first [1]byte
	switch _, err := io.ReadFull(r.Body, first[:]); {
	case errors.Is(err, io.EOF):
		return true, nil
	case err != nil:
		return false, brokenBody(err)
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(first[:]), r.Body), r.Body}
	return false, nil
}

// decodedSize is about what the decoder makes of one byte of JSON at worst: a list
// of one-digit numbers becomes that much in headers of texts and interfaces.
const decodedSize = 24

// ReadObject reads a body that is one JSON object and charges it to the lease. An
// empty body is the empty object, so that a required key is what is missing;
// Absent tells it from {}.
func ReadObject(r *http.Request, lease *Lease) (*Object, error) {
	if err := CheckEncoding(r); err != nil {
		return nil, err
	}
	if r.ContentLength > MaxJSONBytes {
		return nil, tooManyBytes("body", MaxJSONBytes)
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, MaxJSONBytes+1))
	if err == nil {
		if overload := lease.take(int64(len(b)) * decodedSize); overload != nil {
			return nil, overload
		}
	}
	switch {
	case err != nil:
		return nil, brokenBody(err)
	case len(b) > MaxJSONBytes:
		return nil, tooManyBytes("body", MaxJSONBytes)
	case len(bytes.TrimLeft(b, jsonBlank)) == 0:
		o := NewObject(map[string]any{})
		o.absent = true
		return o, nil
	case KindOf(r) != BodyPlain:
		return nil, osprey.Errorf(osprey.CodeInvalidStructure, "The body must be a JSON object").With("field", "body")
	}
	return ParseObject(b, "body")
}

func tooManyBytes(field string, limit int64) error {
	return osprey.TooLarge(field, limit, nil, "bytes", "%s is larger than %d bytes", field, limit)
}

// brokenBody is the answer to a body that ended too early or came too slowly.
func brokenBody(err error) error {
	e := osprey.Errorf(osprey.CodeInvalidStructure, "The request body could not be read").With("field", "body")
	e.Err = err
	return e
}

const jsonBlank = " \t\r\n"

// ParseObject parses one JSON object; field names the text in errors. Numbers
// stay as they are written. Of repeated keys the last wins.
func ParseObject(b []byte, field string) (*Object, error) {
	if !utf8.Valid(b) {
		return nil, notJSON(field, "is not UTF-8")
	}
	if depth(b) > MaxJSONNesting {
		return nil, osprey.Errorf(osprey.CodeInvalidStructure, "%s is nested deeper than %d", field, MaxJSONNesting).
			With("field", field).With("limit", MaxJSONNesting).With("reason", "nesting")
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, notJSON(field, "is not JSON")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, notJSON(field, "holds more than one JSON value")
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, osprey.InvalidType(field, "an object")
	}
	return NewObject(m), nil
}

func notJSON(field, what string) error {
	return osprey.Errorf(osprey.CodeInvalidStructure, "%s %s", field, what).With("field", field)
}

// depth is the deepest nesting of braces and brackets outside texts. It runs
// before the decoder, which would otherwise recurse first.
func depth(b []byte) int {
	deepest, now, quoted := 0, 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return deepest
}
