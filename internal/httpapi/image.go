package httpapi

import (
	"cmp"
	"context"

	"example.org/osprey/internal/collection"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/wire"
)

var imageList = wire.List{Times: true, Meta: true, Filters: []wire.Filter{wire.ByID("person_image_id", store.FieldID)}}

func (a *API) listImages(c *call) (answer, error) {
	page, fault := pageUnder(imageList, c.params)
	images, total, err := a.Collections.Images(c.ctx(), c.grant, c.id("collection_id"), c.id("person_id"), page.Query)
	if err = cmp.Or(err, fault); err != nil {
		return nil, err
	}
	return ok(wire.Body(page, wire.Each(images, c.show.image), total))
}

func (a *API) getImage(c *call) (answer, error) {
	i, err := a.Collections.Image(c.ctx(), c.grant, c.id("collection_id"), c.id("person_id"), c.id("image_id"))
	if err != nil {
		return nil, err
	}
	return ok(c.show.image(i))
}

func (a *API) addImages(c *call) (answer, error) {
	id, person := c.id("collection_id"), c.id("person_id")
	if _, err := a.Collections.Person(c.ctx(), c.grant, id, person); err != nil {
		return nil, err
	}
	_, in, err := a.enrolment(c)
	if err != nil {
		return nil, err
	}
	return a.enrol(c, in, true, func(ctx context.Context) (collection.Enrolled, error) {
		return a.Collections.AddImages(ctx, c.grant, id, person, in)
	})
}

func (a *API) deleteImage(c *call) (answer, error) {
	return done(a.Collections.DeleteImage(c.ctx(), c.grant, c.id("collection_id"), c.id("person_id"), c.id("image_id")))
}
