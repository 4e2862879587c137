package egress

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// The bounds of an answer.
const (
	maxAnswerHeader = 16 << 10
	maxAnswerBody   = 64 << 10
)

// Answer is the end of an attempt.
type Answer struct {
	Status int    // 0: none came
	Fault  string // what went wrong, in words of this package; empty: Status is 2xx
	Took   time.Duration
}

// Post sends a body to a URL and reads what is answered, within the time of an attempt.
// It never fails otherwise than in the Answer, whose Fault holds neither addresses nor
// anything that the other side said.
func (g *Guard) Post(ctx context.Context, rawURL string, header http.Header, body []byte) Answer {
	begun := time.Now()
	status, err := g.post(ctx, rawURL, header, body)
	a := Answer{Status: status, Took: time.Since(begun)}
	if err != nil || status/100 != 2 {
		a.Fault = faultOf(status, err)
	}
	return a
}

func (g *Guard) post(ctx context.Context, rawURL string, header http.Header, body []byte) (int, error) {
	t, why := g.parse(rawURL)
	if why != nil {
		// The rules have become stricter since the URL was taken.
		return 0, errRules
	}
	ctx, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, rawURL, bytes.NewReader(body))
	if err != nil {
		return 0, errRules
	}
	req.Header = header.Clone()
	req.GetBody = nil // nothing is sent a second time
	transport := g.transport(ctx, t)
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return 0, timely(ctx, err)
	}
	// The status is the answer; the body is read so that a small one does not fail at
	// the sender's side.
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswerBody)
	_ = resp.Body.Close()
	return resp.StatusCode, nil
}

// timely is the error of the context when that is why something failed.
func timely(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// transport makes one request to one target and is not used again: no connection, no
// session of TLS and no cookie is shared between two requests.
func (g *Guard) transport(ctx context.Context, t target) *http.Transport {
	return &http.Transport{
		DialContext: func(_ context.Context, _, address string) (net.Conn, error) {
			if address != t.dialName() {
				return nil, errClosed // never: net/http asks for the host of the URL
			}
			return g.open(ctx, t)
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{}, // HTTP/1.1 alone
		TLSHandshakeTimeout:    g.timeout,
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxAnswerHeader,
	}
}

// errRules means that the URL does not meet the rules.
var errRules = errors.New("egress: the URL is not allowed")
