package server

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// bodyTime gives a request so long to send its body. The server's own ReadTimeout
// goes on after the body is read, and would end calls that wait for an analysis.
func bodyTime(next http.Handler, limit time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			conn := http.NewResponseController(w)
			// A connection without deadlines is one in memory: nobody is slow there.
			if conn.SetReadDeadline(time.Now().Add(limit)) == nil {
				// A copy: the server looks at the body of its own request to see how much is
				// left unread, and would otherwise wait for it before a refusal is sent.
				r = r.WithContext(r.Context())
				r.Body = &timedBody{ReadCloser: r.Body, read: func() { _ = conn.SetReadDeadline(time.Time{}) }}
			}
		}
		next.ServeHTTP(w, r)
	})
}

// timedBody calls read when the body has been read to its end. Any other error
// leaves the deadline in force: what the server does to drain the rest of the body
// must not wait without a limit either.
type timedBody struct {
	io.ReadCloser
	read func()
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.read()
	}
	return n, err
}
