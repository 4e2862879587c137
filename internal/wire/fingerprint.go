package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"example.org/osprey"
)

// Fingerprint is what tells two requests of one path apart (api.md 1.9): the SHA-256
// of the query, and of a JSON or octet-stream body its bytes, of a multipart body the
// names, file names and contents of its parts in order. Neither the boundary nor the
// spelling of the parts' other headers counts.
//
// It is computed while somebody reads the body, whatever reads it, and holds none of
// it. It belongs to one goroutine.
type Fingerprint struct {
	from  io.ReadCloser
	left  int64
	whole bool  // the body was read to its end
	fault error // why it cannot be

	digest hash.Hash // of the body, when it has no parts
	sum    hash.Hash
	parts  *io.PipeWriter // to the goroutine that reads the parts; nil without
	done   chan error     // its outcome
}

// NewFingerprint begins the fingerprint of a request and replaces its body by one
// that is digested as it is read. A body of more bytes than limit has none. Close it.
func NewFingerprint(r *http.Request, limit int64) *Fingerprint {
	f := &Fingerprint{from: r.Body, left: limit, sum: sha256.New()}
	f.text(r.URL.RawQuery)
	if r.ContentLength > limit {
		f.fault = errTooLong
	}
	if r.Body == nil || r.Body == http.NoBody {
		f.from = http.NoBody
	}
	kind := KindOf(r)
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == BodyMultipart && err == nil && params["boundary"] != "" {
		f.text("parts")
		f.readParts(params["boundary"])
	} else {
		f.text("bytes")
		f.digest = sha256.New()
	}
	r.Body = f
	return f
}

var errTooLong = errors.New("wire: the body is longer than any that is taken")

// text adds a text to the sum in such a way that no two lists of texts are the same
// bytes.
func (f *Fingerprint) text(s string) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(s)))
	_, _ = f.sum.Write(n[:]) // a digest never fails
	_, _ = f.sum.Write([]byte(s))
}

// readParts digests the parts as they come through a pipe, which has no memory of
// its own: the reader of the body waits until what it read is digested.
func (f *Fingerprint) readParts(boundary string) {
	from, to := io.Pipe()
	f.parts, f.done = to, make(chan error, 1)
	go func() {
		err := f.digestParts(multipart.NewReader(from, boundary))
		_, _ = io.Copy(io.Discard, from) // what comes after the last part
		f.done <- err
	}()
}

func (f *Fingerprint) digestParts(mr *multipart.Reader) error {
	chunk := make([]byte, partChunk)
	for {
		p, err := mr.NextPart()
		if err == io.EOF { // a wrapped EOF means that the body was cut off
			return nil
		}
		if err != nil {
			return err
		}
		h := sha256.New()
		if _, err := io.CopyBuffer(h, p, chunk); err != nil {
			return err
		}
		f.text(p.FormName())
		f.text(p.FileName())
		f.text(hex.EncodeToString(h.Sum(nil)))
	}
}

// Read reads the body and digests it.
func (f *Fingerprint) Read(p []byte) (int, error) {
	n, err := f.from.Read(p)
	if n > 0 && f.fault == nil {
		f.feed(p[:n])
	}
	switch {
	case errors.Is(err, io.EOF):
		f.whole = true
	case err != nil && f.fault == nil:
		f.fault = err
	}
	return n, err
}

func (f *Fingerprint) feed(b []byte) {
	if f.left -= int64(len(b)); f.left < 0 {
		f.fault = errTooLong
		return
	}
	if f.parts == nil {
		_, _ = f.digest.Write(b) // a digest never fails
		return
	}
	_, _ = f.parts.Write(b) // the other side reads until this one is closed
}

// Finish reads what is left of the body, throws it away, and returns the fingerprint
// in hexadecimal. The error says that the request has none: its body is broken or too
// long.
func (f *Fingerprint) Finish() (string, error) {
	chunk := make([]byte, partChunk)
	for !f.whole && f.fault == nil {
		_, _ = f.Read(chunk) // its error is in f.fault
	}
	if err := f.endParts(); err != nil && f.fault == nil {
		f.fault = err
	}
	if f.fault != nil {
		if errors.Is(f.fault, errTooLong) {
			return "", osprey.TooLarge("body", nil, nil, "bytes", "The body is too large")
		}
		return "", brokenBody(f.fault)
	}
	if f.digest != nil {
		f.text(hex.EncodeToString(f.digest.Sum(nil)))
		f.digest = nil
	}
	return hex.EncodeToString(f.sum.Sum(nil)), nil
}

// endParts ends the pipe and waits for who reads it.
func (f *Fingerprint) endParts() error {
	if f.parts == nil {
		return nil
	}
	_ = f.parts.Close() // never fails
	f.parts = nil
	return <-f.done
}

// Close ends the digesting and closes the body.
func (f *Fingerprint) Close() error {
	_ = f.endParts()
	if f.from == nil {
		return nil
	}
	return f.from.Close()
}
