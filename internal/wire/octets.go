package wire

import (
	"errors"
	"io"
	"net/http"

	"example.org/osprey"
)

// ReadOctets reads a raw body of at most so many bytes while it streams in and charges
// it to the lease. It is held until the lease is released.
func ReadOctets(r *http.Request, limit int64, lease *Lease) ([]byte, error) {
	if err := CheckEncoding(r); err != nil {
		return nil, err
	}
	tooLarge := osprey.TooLarge("body", limit, nil, "bytes", "The body is larger than %d bytes", limit)
	if r.ContentLength > limit {
		return nil, tooLarge
	}
	if r.ContentLength > lease.budget.Left() {
		return nil, overloaded()
	}
	if r.Body == nil {
		return nil, nil
	}
	var data []byte
	chunk := make([]byte, partChunk)
	for {
		n, err := r.Body.Read(chunk)
		if int64(len(data)+n) > limit {
			return nil, tooLarge
		}
		if overload := lease.take(int64(n)); overload != nil {
			return nil, overload
		}
		data = append(data, chunk[:n]...)
		if errors.Is(err, io.EOF) {
			return data, nil
		}
		if err != nil {
			return nil, brokenBody(err)
		}
	}
}
