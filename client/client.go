package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxAnswer bounds the JSON answers that are read into memory.
const maxAnswer = 64 << 20

// Client is one server, seen by one user. It is safe for concurrent use.
type Client struct {
	base  string // without a slash at the end
	http  *http.Client
	token string
	agent string
}

// Option changes a Client that New makes.
type Option func(*Client)

// WithToken authenticates every call.
func WithToken(token string) Option { return func(c *Client) { c.token = token } }

// WithHTTPClient makes the calls with h, whose transport, proxy, TLS and timeouts
// then count. It has no effect on the socket of the machine.
func WithHTTPClient(h *http.Client) Option { return func(c *Client) { c.http = h } }

// WithUserAgent names the program that calls.
func WithUserAgent(agent string) Option { return func(c *Client) { c.agent = agent } }

// New returns a client of the server at base: http://HOST[:PORT],
// https://HOST[:PORT][/PREFIX], or unix:///PATH/TO/osprey.sock. It does not call
// the server yet.
func New(base string, options ...Option) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("client: server address: %w", err)
	}
	c := &Client{http: http.DefaultClient, agent: "osprey-client"}
	for _, o := range options {
		o(c)
	}
	switch {
	case u.Scheme == "unix" && u.Host == "" && u.Path != "":
		c.base, c.http = "http://localhost", overSocket(u.Path)
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.RawQuery == "" && u.User == nil:
		c.base = strings.TrimRight(u.Scheme+"://"+u.Host+u.EscapedPath(), "/")
	default:
		return nil, fmt.Errorf("client: server address %q is not http://, https:// or unix:///PATH", base)
	}
	return c, nil
}

func overSocket(path string) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // it is one, unless a program replaced it by none
	t.Proxy = nil
	t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	return &http.Client{Transport: t}
}

// As returns the same server seen by the owner of another token.
func (c *Client) As(token string) *Client {
	other := *c
	other.token = token
	return &other
}

// Token is the token that the calls carry.
func (c *Client) Token() string { return c.token }

// Base is the address of the server, without a slash at the end.
func (c *Client) Base() string { return c.base }

// CloseIdle closes connections that no call uses.
func (c *Client) CloseIdle() { c.http.CloseIdleConnections() }

// Do makes any call: path starts with a slash and may carry a query; body, when
// not nil, is sent as JSON; the answer's JSON goes into out unless that is nil. An
// answer of 400 or above is an *Error, no answer at all an *Unreachable.
func (c *Client) Do(ctx context.Context, method, path string, body, out any) error {
	resp, err := c.call(ctx, method, path, "", body) //nolint:bodyclose // drain closes it
	if err != nil {
		return err
	}
	defer drain(resp.Body)
	if out == nil || resp.StatusCode == http.StatusNoContent {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(out); err != nil {
		return fmt.Errorf("client: %s %s: answer %d is not the JSON expected: %w", method, path, resp.StatusCode, err)
	}
	return nil
}

// call sends a request and returns the answer when its status is below 400.
func (c *Client) call(ctx context.Context, method, path, contentType string, body any) (*http.Response, error) {
	reader, contentType, err := encode(body, contentType)
	if err != nil {
		return nil, fmt.Errorf("client: %s %s: %w", method, path, err)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, reader)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.agent)
	if c.token != "" {
		req.Header.Set("X-Forensic-Access-Token", c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, &Unreachable{err: unwrapURL(err)}
	}
	if resp.StatusCode >= http.StatusBadRequest {
		defer drain(resp.Body)
		return nil, readError(resp)
	}
	return resp, nil
}

func encode(body any, contentType string) (io.Reader, string, error) {
	switch b := body.(type) {
	case nil:
		return nil, "", nil
	case io.Reader:
		return b, contentType, nil
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, "", err
	}
	return bytes.NewReader(raw), "application/json", nil
}

// drain reads a little of what is left, so that the connection can be used again.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 64<<10)
	_ = body.Close()
}

// Unreachable means that no answer came: the server does not run, or the way to
// it is broken.
type Unreachable struct{ err error }

// Error tells the cause.
func (u *Unreachable) Error() string { return "the server does not answer: " + u.err.Error() }

// Unwrap returns the cause.
func (u *Unreachable) Unwrap() error { return u.err }

// unwrapURL drops method and address, which the caller knows, from an error of
// net/http.
func unwrapURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// stamp is a duration as whole seconds, at least one.
func stamp(d time.Duration) int { return max(int(d/time.Second), 1) }
