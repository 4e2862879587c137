package wire

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"example.org/osprey"
)

const testBoundary = "frontier"

// part writes one part of a multipart body.
func part(disposition, contentType, data string) string {
	s := "--" + testBoundary + "\r\nContent-Disposition: form-data; " + disposition + "\r\n"
	if contentType != "" {
		s += "Content-Type: " + contentType + "\r\n"
	}
	return s + "\r\n" + data + "\r\n"
}

func file(name, data string) string {
	return part(fmt.Sprintf("name=%q; filename=%q", name, name+".jpg"), "image/jpeg", data)
}

func payload(data string) string { return part(`name="payload"`, "", data) }

const end = "--" + testBoundary + "--\r\n"

func post(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "multipart/form-data; boundary="+testBoundary)
	return r
}

var testLimits = Limits{MaxFiles: 3, MaxFileBytes: 100}

func TestReadUpload(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 101)
	for name, c := range map[string]struct {
		body  string
		files []string // field=data
		want  *expected
	}{
		"two files and a payload": {body: file("a", "1") + payload(`{"k":1}`) + file("b", "2") + end, files: []string{"a=1", "b=2"}},
		"payload as a file":       {body: part(`name="payload"; filename="p.json"`, "application/octet-stream", `{"k":1}`) + file("a", "1") + end, files: []string{"a=1"}},
		"no payload":              {body: file("a", "1") + end, files: []string{"a=1"}},
		"empty payload":           {body: file("a", "1") + payload(" \n") + end, files: []string{"a=1"}},
		"file by type alone":      {body: part(`name="a"`, "video/mp4", "1") + end, files: []string{"a=1"}},
		"file by name alone":      {body: part(`name="a"; filename="x"`, "", "1") + end, files: []string{"a=1"}},
		"others are ignored":      {body: part(`name="a b"`, "text/plain", "1") + part(`name="c"`, "", long) + file("d", "1") + end, files: []string{"d=1"}},
		"nothing":                 {body: end},
		"as long as allowed":      {body: file("a", long[:100]) + end, files: []string{"a=" + long[:100]}},

		"two payloads":       {body: payload("{}") + payload("{}") + end, want: &expected{osprey.CodeInvalidStructure, "payload", ""}},
		"payload not JSON":   {body: payload("{") + file("a", "1") + end, want: &expected{osprey.CodeInvalidStructure, "payload", ""}},
		"payload no object":  {body: payload("[]") + file("a", "1") + end, want: &expected{osprey.CodeInvalidType, "payload", ""}},
		"payload too large":  {body: payload(`{"a":"`+strings.Repeat("x", MaxJSONBytes)+`"}`) + end, want: &expected{osprey.CodeTooLarge, "payload", "bytes"}},
		"bad name":           {body: file("a b", "1") + end, want: &expected{osprey.CodeInvalidValue, "a b", "part_name"}},
		"no name":            {body: part(`filename="x"`, "", "1") + end, want: &expected{osprey.CodeInvalidValue, "", "part_name"}},
		"same name twice":    {body: file("a", "1") + file("a", "2") + end, want: &expected{osprey.CodeInvalidValue, "a", "duplicate_part"}},
		"empty file":         {body: file("a", "") + end, want: &expected{osprey.CodeInvalidValue, "a", "empty_file"}},
		"too large":          {body: file("a", long) + end, want: &expected{osprey.CodeTooLarge, "a", "bytes"}},
		"too many":           {body: file("a", "1") + file("b", "1") + file("c", "1") + file("d", "1") + end, want: &expected{osprey.CodeTooLarge, "files", ""}},
		"too many and large": {body: file("a", long) + file("b", "1") + file("c", "1") + file("d", "1") + end, want: &expected{osprey.CodeTooLarge, "files", ""}},
		"info too large":     {body: part(`name="additional_info"`, "", strings.Repeat("x", MaxAdditionalInfo+1)) + end, want: &expected{osprey.CodeTooLarge, "additional_info", "bytes"}},
		"whole too large":    {body: part(`name="x"`, "", strings.Repeat("x", 3<<20)) + end, want: &expected{osprey.CodeTooLarge, "body", "bytes"}},
		"cut off in a part":  {body: file("a", "1") + "--" + testBoundary + "\r\nContent-Disposition: form-data; name=\"b\"; filename=\"b\"\r\n\r\n12", want: &expected{osprey.CodeInvalidStructure, "body", ""}},
		"not closed":         {body: file("a", "1"), want: &expected{osprey.CodeInvalidStructure, "body", ""}},
		"no multipart":       {body: "hello", want: &expected{osprey.CodeInvalidStructure, "body", ""}},
		"too many parts":     {body: strings.Repeat(part(`name="x"`, "", ""), maxParts+1) + end, want: &expected{osprey.CodeInvalidStructure, "body", ""}},
	} {
		for _, chunked := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				budget := NewBudget(64 << 20)
				r := post(c.body)
				if chunked {
					r.ContentLength = -1
				}
				lease := budget.Lease()
				u, err := ReadUpload(r, testLimits, lease)
				if err == nil {
					err = u.Fault()
				}
				check(t, err, c.want)
				if err == nil {
					var got []string
					for _, f := range u.Files {
						got = append(got, f.Field+"="+string(f.Data))
					}
					if !slices.Equal(got, c.files) {
						t.Errorf("files %v, want %v", got, c.files)
					}
				}
				lease.Release()
				if budget.Left() != 64<<20 {
					t.Errorf("%d bytes of the budget are lost", 64<<20-budget.Left())
				}
			})
		}
	}
}

func TestUploadNamesEveryFaultyPart(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 101)
	u, err := ReadUpload(post(file("b", long)+file("a", "1")+file("c", "")+end), testLimits, NewBudget(1<<20).Lease())
	if err != nil {
		t.Fatal(err)
	}
	e := osprey.ErrorOf(u.Fault())
	parts, _ := e.Details["parts"].([]osprey.Details)
	if len(parts) != 2 || parts[0]["field"] != "b" || parts[0]["error_code"] != 16 || parts[1]["field"] != "c" || parts[1]["error_code"] != 4 {
		t.Errorf("parts = %v", parts)
	}
	if e.Code != osprey.CodeTooLarge || e.Details["field"] != "b" || e.Details["limit"] != int64(100) {
		t.Errorf("the first part is not on top: %v", e.Details)
	}
	u, err = ReadUpload(post(file("a", "1")+file("b", "")+end), testLimits, NewBudget(1<<20).Lease())
	if err != nil {
		t.Fatal(err)
	}
	if parts, _ := osprey.ErrorOf(u.Fault()).Details["parts"].([]osprey.Details); len(parts) != 1 {
		t.Errorf("a single fault has no parts: %v", err)
	}
}

func TestUploadCountsAllFiles(t *testing.T) {
	t.Parallel()
	body := ""
	for i := range 7 {
		body += file(fmt.Sprint("f", i), "1")
	}
	_, err := ReadUpload(post(body+end), testLimits, NewBudget(1<<20).Lease())
	if d := osprey.ErrorOf(err).Details; d["actual"] != 7 || d["limit"] != 3 {
		t.Errorf("details %v", d)
	}
}

func TestUploadBudget(t *testing.T) {
	t.Parallel()
	budget := NewBudget(600)
	first := budget.Lease()
	if _, err := ReadUpload(post(file("a", strings.Repeat("x", 100))+end), testLimits, first); err != nil {
		t.Fatal(err)
	}
	for name, declared := range map[string]bool{"declared": true, "streamed": false} {
		r := post(file("a", strings.Repeat("x", 90)) + file("b", strings.Repeat("x", 90)) + file("c", strings.Repeat("x", 90)) + end)
		if !declared {
			r.ContentLength = -1
		}
		lease := budget.Lease()
		_, err := ReadUpload(r, testLimits, lease)
		if e := osprey.ErrorOf(err); e.Code != osprey.CodeUnavailable || e.RetryAfter <= 0 {
			t.Errorf("%s: overload is answered %v", name, err)
		}
		lease.Release()
	}
	first.Release()
	first.Release()
	if budget.Left() != 600 {
		t.Errorf("left %d", budget.Left())
	}
}

func TestFileNames(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"a.jpg": "a.jpg", `C:\photos\a.jpg`: "a.jpg", "../../etc/passwd": "passwd", "a\x00b\n.jpg": "ab.jpg",
		"\xff.jpg": ".jpg", strings.Repeat("ä", 300): strings.Repeat("ä", 255), "": "",
	} {
		if got := cleanFileName(given); got != want {
			t.Errorf("%q became %q, want %q", given, got, want)
		}
	}
}

func TestAdditionalInfo(t *testing.T) {
	t.Parallel()
	u, err := ReadUpload(post(part(`name="additional_info"`, "text/plain", "env")+end), testLimits, NewBudget(1<<20).Lease())
	if err != nil || u.AdditionalInfo == nil || *u.AdditionalInfo != "env" {
		t.Errorf("%+v, %v", u, err)
	}
	_, err = ReadUpload(post(part(`name="additional_info"`, "", "\xff")+end), testLimits, NewBudget(1<<20).Lease())
	check(t, err, &expected{osprey.CodeInvalidValue, "additional_info", ""})
}

func FuzzReadUpload(f *testing.F) {
	for _, seed := range []string{
		file("a", "1") + payload(`{"media:tags":{"a":["x"]}}`) + end,
		file("a", "") + file("a", "2") + end,
		part(`name="payload"; filename="p"`, "image/png", "{}") + end,
		part(`name*=utf-8''a; filename*=utf-8''%2e%2e%2fb`, "image/png", "x") + end,
		"preamble\r\n" + file("a", "1"),
		"--" + testBoundary + "\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\n=41=\r\n" + end,
		end, "",
	} {
		f.Add([]byte(seed), int64(400))
	}
	f.Fuzz(func(t *testing.T, body []byte, capacity int64) {
		budget := NewBudget(capacity)
		r := httptest.NewRequest(http.MethodPost, "/", io.NopCloser(bytes.NewReader(body)))
		r.ContentLength = -1
		r.Header.Set("Content-Type", "multipart/form-data; boundary="+testBoundary)
		lease := budget.Lease()
		u, err := ReadUpload(r, testLimits, lease)
		if err == nil {
			if len(u.Files) > testLimits.MaxFiles || u.Payload == nil {
				t.Fatalf("%d files, payload %v", len(u.Files), u.Payload)
			}
			for _, file := range u.Files {
				if n := len(file.Data); file.Fault == nil && (n == 0 || int64(n) > testLimits.MaxFileBytes || !partName.MatchString(file.Field)) || file.Fault != nil && n > 0 {
					t.Fatalf("part %q of %d bytes", file.Field, n)
				}
			}
		} else if osprey.ErrorOf(err).Code == osprey.CodeUnknown {
			t.Fatalf("a fault without a code: %v", err)
		}
		lease.Release()
		if budget.Left() != capacity {
			t.Fatalf("the budget was %d and is %d", capacity, budget.Left())
		}
	})
}
