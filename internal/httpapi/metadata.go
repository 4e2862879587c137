package httpapi

import (
	"context"
	"net/http"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/metadata"
	"example.org/osprey/internal/store"
)

// metadataOf makes the four calls of one kind of object; key names its id in the
// path.
type metadataOf struct {
	kind store.Kind
	key  string
}

func (m metadataOf) target(c *call) metadata.Target {
	return metadata.Target{Kind: m.kind, ID: c.id(m.key), Collection: m.collection(c)}
}

// collection is the one a person is addressed through.
func (m metadataOf) collection(c *call) osprey.ID {
	if m.kind == store.KindPerson {
		return c.id("collection_id")
	}
	return ""
}

func (m metadataOf) get(a *API, c *call) (answer, error) {
	found, err := a.Metadata.Get(c.ctx(), c.grant, m.target(c))
	if err != nil {
		return nil, err
	}
	return ok(object(found))
}

func (m metadataOf) replace(a *API, c *call) (answer, error) {
	return m.change(a, c, a.Metadata.Replace)
}

func (m metadataOf) merge(a *API, c *call) (answer, error) {
	return m.change(a, c, a.Metadata.Merge)
}

// changeMetadata is what the service offers to do with a whole object.
type changeMetadata func(context.Context, access.Grant, metadata.Target, osprey.Metadata) (osprey.Metadata, error)

func (m metadataOf) change(a *API, c *call, act changeMetadata) (answer, error) {
	target := m.target(c)
	if _, err := a.Metadata.Get(c.ctx(), c.grant, target); err != nil {
		return nil, err
	}
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	if o.Absent() { // a lost body must not erase what is there: DELETE does that
		return nil, osprey.Missing("body")
	}
	given := o.Whole("meta_data")
	if err := o.Err(); err != nil {
		return nil, err
	}
	return effect(c, http.StatusOK,
		func(ctx context.Context) (osprey.Metadata, error) { return act(ctx, c.grant, target, given) },
		func(changed osprey.Metadata) any { return object(changed) })
}

func (m metadataOf) empty(a *API, c *call) (answer, error) {
	_, err := a.Metadata.Replace(c.ctx(), c.grant, m.target(c), osprey.Metadata{})
	return done(err)
}
