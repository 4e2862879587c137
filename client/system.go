package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Version is what the server is.
type Version struct {
	Core    string `json:"core"`
	Version string `json:"version"`
	API     string `json:"api"`
}

// Version asks for it; an answer means that the server is alive.
func (c *Client) Version(ctx context.Context) (Version, error) {
	var out Version
	err := c.Do(ctx, http.MethodGet, "/api/version", nil, &out)
	return out, err
}

// Readiness is the answer of /readyz.
type Readiness struct {
	Status string            `json:"status"`
	Checks map[string]string `json:"checks"`
}

// Ready asks whether the server takes work. A server that answers "not ready" is
// no error: see Status.
func (c *Client) Ready(ctx context.Context) (Readiness, bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/readyz", nil)
	if err != nil {
		return Readiness{}, false, fmt.Errorf("client: %w", err)
	}
	resp, err := c.http.Do(req) //nolint:bodyclose // drain closes it
	if err != nil {
		return Readiness{}, false, &Unreachable{err: unwrapURL(err)}
	}
	defer drain(resp.Body)
	var out Readiness
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&out); err != nil {
		return out, false, fmt.Errorf("client: GET /readyz: answer %d is not the JSON expected: %w", resp.StatusCode, err)
	}
	return out, resp.StatusCode == http.StatusOK, nil
}

// readyPoll is the pause between two questions of WaitReady.
const readyPoll = 50 * time.Millisecond

// WaitReady asks until the server is ready or ctx ends.
func (c *Client) WaitReady(ctx context.Context) error {
	poll := time.NewTicker(readyPoll)
	defer poll.Stop()
	for {
		last, ready, err := c.Ready(ctx)
		if ready {
			return nil
		}
		select {
		case <-ctx.Done():
			if err == nil {
				err = fmt.Errorf("client: the server is %s: %v", last.Status, last.Checks)
			}
			return errors.Join(ctx.Err(), err)
		case <-poll.C:
		}
	}
}

// System returns the server's report on itself, for administrators.
func (c *Client) System(ctx context.Context) (map[string]any, error) {
	var out map[string]any
	err := c.Do(ctx, http.MethodGet, "/api/system/", nil, &out)
	return out, err
}
