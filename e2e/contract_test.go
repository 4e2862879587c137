package e2e

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"

	"example.org/osprey/internal/httpapi/contracttest"
)

// contract holds answers against the OpenAPI document that the server itself
// gives out.
type contract struct {
	base     http.RoundTripper
	once     sync.Once
	document []byte
	fault    error
	idle     sync.Pool // of *held
}

// held is a validating transport with what it has found.
type held struct {
	testing.TB // nil: only what is overridden below is called
	transport  http.RoundTripper
	faults     []string
}

// Helper does nothing.
func (h *held) Helper() {}

// Errorf notes a fault.
func (h *held) Errorf(format string, args ...any) {
	h.faults = append(h.faults, fmt.Sprintf(format, args...))
}

// Fatalf notes a fault.
func (h *held) Fatalf(format string, args ...any) { h.Errorf(format, args...) }

// check sends a request of a JSON or file call and gives the answer with every
// way in which it differs from the document.
func (c *contract) check(req *http.Request) (*http.Response, []string, error) {
	c.once.Do(func() { c.fault = c.load(req.URL.Scheme + "://" + req.URL.Host) })
	if c.fault != nil {
		return nil, nil, c.fault
	}
	h, ok := c.idle.Get().(*held)
	if !ok {
		h = &held{}
		h.transport = contracttest.Transport(h, c.document, c.base)
	}
	h.faults = nil
	client := http.Client{Transport: h.transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	faults := h.faults
	c.idle.Put(h)
	return resp, faults, err
}

// load fetches the document.
func (c *contract) load(base string) error {
	req, err := http.NewRequest(http.MethodGet, base+"/openapi.json", nil)
	if err != nil {
		return err
	}
	resp, err := c.base.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	c.document, err = io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("/openapi.json: %s %s", resp.Status, c.document)
	}
	return err
}

// theContract is the contract of all tests: every build under test gives the same
// document.
var theContract = &contract{base: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}
