package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"example.org/osprey/internal/testphoto"
)

// object is a JSON object.
type object = map[string]any

// caller makes calls of one server with one token.
type caller struct {
	server *server
	token  string
	// slashless drops the trailing slash of every path.
	slashless bool
}

// body is what a request carries.
type body struct {
	contentType string
	content     []byte
}

// raw is a body of any type.
func raw(contentType, content string) body { return body{contentType, []byte(content)} }

func jsonBody(v any) body {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // a test's own literal
	}
	return body{"application/json", b}
}

func (c caller) get(tb testing.TB, path string) answer {
	tb.Helper()
	return c.call(tb, http.MethodGet, path, nil)
}

func (c caller) delete(tb testing.TB, path string) answer {
	tb.Helper()
	return c.call(tb, http.MethodDelete, path, nil)
}

// post sends v: nil for no body, a body as it is, everything else as JSON.
func (c caller) post(tb testing.TB, path string, v any) answer {
	tb.Helper()
	return c.call(tb, http.MethodPost, path, v)
}

func (c caller) patch(tb testing.TB, path string, v any) answer {
	tb.Helper()
	return c.call(tb, http.MethodPatch, path, v)
}

// upload posts parts as multipart/form-data.
func (c caller) upload(tb testing.TB, path string, parts ...part) answer {
	tb.Helper()
	return c.call(tb, http.MethodPost, path, form(parts...))
}

// call makes any call with headers given as "Name: value".
func (c caller) call(tb testing.TB, method, path string, v any, headers ...string) answer {
	tb.Helper()
	a, err := c.try(method, path, v, headers...)
	if err != nil {
		tb.Fatalf("%s %s: %v", method, path, err)
	}
	a.tb = tb
	a.checkHeaders()
	return a
}

// try is call for goroutines and dying servers: no answer is an error.
func (c caller) try(method, path string, v any, headers ...string) (answer, error) {
	var b body
	switch v := v.(type) {
	case nil:
	case body:
		b = v
	default:
		b = jsonBody(v)
	}
	if c.slashless {
		p, query, found := strings.Cut(path, "?")
		path = strings.TrimSuffix(p, "/")
		if found {
			path += "?" + query
		}
	}
	target := path
	if strings.HasPrefix(path, "/") {
		target = c.server.base + path
	}
	req, err := http.NewRequest(method, target, bytes.NewReader(b.content))
	if err != nil {
		return answer{}, err
	}
	if b.contentType != "" {
		req.Header.Set("Content-Type", b.contentType)
	}
	if c.token != "" {
		req.Header.Set("X-Forensic-Access-Token", c.token)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			req.Host = value
			continue
		}
		req.Header.Add(name, value)
	}
	resp, breaches, err := theContract.check(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	a := answer{request: method + " " + path, method: method, path: path, status: resp.StatusCode, header: resp.Header, breaches: breaches}
	if a.body, err = io.ReadAll(resp.Body); err != nil {
		return answer{}, err
	}
	if strings.HasPrefix(a.header.Get("Content-Type"), "application/json") && len(a.body) > 0 {
		if err := json.Unmarshal(a.body, &a.doc); err != nil {
			return answer{}, fmt.Errorf("answer %d is not JSON: %w: %s", a.status, err, a.body)
		}
	}
	return a, nil
}

// part is one part of an upload.
type part struct {
	name, file, contentType string
	content                 []byte
}

// photo is a file part with a photograph.
func photo(name string, p testphoto.Photo) part { return file(name, p.Name+".jpg", string(p.JPEG)) }

// file is a file part.
func file(name, fileName, content string) part {
	return part{name: name, file: fileName, contentType: "application/octet-stream", content: []byte(content)}
}

// payload is the payload part with a JSON object.
func payload(v any) part { return part{name: "payload", content: jsonBody(v).content} }

// text is a part without a file name.
func text(name, content string) part { return part{name: name, content: []byte(content)} }

// form joins parts into a multipart body.
func form(parts ...part) body {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		header := textproto.MIMEHeader{}
		disposition := fmt.Sprintf(`form-data; name=%q`, p.name)
		if p.file != "" {
			disposition += fmt.Sprintf(`; filename=%q`, p.file)
		}
		header.Set("Content-Disposition", disposition)
		if p.contentType != "" {
			header.Set("Content-Type", p.contentType)
		}
		pw, err := w.CreatePart(header)
		if err == nil {
			_, err = pw.Write(p.content)
		}
		if err != nil {
			panic(err) // a buffer takes everything
		}
	}
	_ = w.Close()
	return body{w.FormDataContentType(), b.Bytes()}
}
