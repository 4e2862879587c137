package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
)

// File is one file of an upload. It is opened when its turn comes and sent while
// it is read.
type File struct {
	Field    string // the part name, [A-Za-z0-9_.-]{1,64}
	Name     string // the file name that the server keeps
	Open     func() (io.ReadCloser, error)
	Tags     []string
	Metadata map[string]any
}

// Path is the file at a path.
func Path(field, path string) File {
	return File{Field: field, Name: filepath.Base(path), Open: func() (io.ReadCloser, error) { return os.Open(path) }} //nolint:gosec // the caller names the file
}

// Bytes is a file in memory.
func Bytes(field, name, content string) File {
	return File{Field: field, Name: name, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(content)), nil
	}}
}

// upload sends files and the payload as multipart/form-data.
func (c *Client) upload(ctx context.Context, path string, files []File, payload map[string]any, out any) error {
	if payload == nil {
		payload = map[string]any{}
	}
	aboutFiles(payload, files)
	reader, writer := io.Pipe()
	form := multipart.NewWriter(writer)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_ = writer.CloseWithError(writeForm(form, files, payload)) // always nil
	}()
	// An answer that comes before the whole body was read ends the writer.
	defer func() {
		_ = reader.CloseWithError(io.ErrClosedPipe) // always nil
		<-sent
	}()
	resp, err := c.call(ctx, http.MethodPost, path, form.FormDataContentType(), io.Reader(reader)) //nolint:bodyclose // drain closes it
	if err != nil {
		return err
	}
	defer drain(resp.Body)
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(out); err != nil {
		return fmt.Errorf("client: POST %s: answer %d is not the JSON expected: %w", path, resp.StatusCode, err)
	}
	return nil
}

// aboutFiles puts what the files say about themselves into the payload.
func aboutFiles(payload map[string]any, files []File) {
	tags, metadata := map[string]any{}, map[string]any{}
	for _, f := range files {
		if f.Tags != nil {
			tags[f.Field] = f.Tags
		}
		if f.Metadata != nil {
			metadata[f.Field] = f.Metadata
		}
	}
	if len(tags) > 0 {
		payload["media:tags"] = tags
	}
	if len(metadata) > 0 {
		payload["media:meta_data"] = metadata
	}
}

func writeForm(form *multipart.Writer, files []File, payload map[string]any) error {
	raw, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	if len(payload) > 0 {
		if err := form.WriteField("payload", string(raw)); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := writeFile(form, f); err != nil {
			return err
		}
	}
	return form.Close()
}

var quote = strings.NewReplacer("\\", "\\\\", `"`, "\\\"", "\r", "%0D", "\n", "%0A")

func writeFile(form *multipart.Writer, f File) error {
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", fmt.Sprintf(`form-data; name="%s"; filename="%s"`, quote.Replace(f.Field), quote.Replace(f.Name)))
	header.Set("Content-Type", "application/octet-stream")
	part, err := form.CreatePart(header)
	if err != nil {
		return err
	}
	content, err := f.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	_, err = io.Copy(part, content)
	return err
}
