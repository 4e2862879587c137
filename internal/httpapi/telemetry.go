package httpapi

import (
	"errors"
	"io"

	"example.org/osprey"
	"example.org/osprey/internal/wire"
)

const maxEventBody = 64 << 10

type eventSessionObject struct {
	ID osprey.ID `json:"event_session_id"`
}

// createEventSession takes what capture clients report and throws it away.
func (a *API) createEventSession(c *call) (answer, error) {
	n, err := io.Copy(io.Discard, io.LimitReader(c.r.Body, maxEventBody+1))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, osprey.Errorf(osprey.CodeInvalidStructure, "The request body could not be read").With("field", "body")
	}
	if n > maxEventBody {
		return nil, osprey.TooLarge("body", maxEventBody, nil, "bytes", "The body is larger than %d bytes", maxEventBody)
	}
	return created(eventSessionObject{ID: a.IDs.New()})
}

var configList = wire.List{}

// listTestConfigs answers that there are no experiments.
func (a *API) listTestConfigs(c *call) (answer, error) {
	page, err := configList.Page(c.params)
	if err != nil {
		return nil, err
	}
	return ok(wire.Body(page, []struct{}{}, 0))
}
