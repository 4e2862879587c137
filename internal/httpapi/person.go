package httpapi

import (
	"cmp"
	"context"
	"net/http"

	"example.org/osprey"
	"example.org/osprey/internal/collection"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/wire"
)

var personList = wire.List{Search: true, Meta: true, Times: true, Filters: []wire.Filter{wire.ByID("person_id", store.FieldID)}}

func (a *API) listPersons(c *call) (answer, error) {
	withImages := c.params.Bool("with_images", true)
	page, fault := pageUnder(personList, c.params)
	persons, total, err := a.Collections.Persons(c.ctx(), c.grant, c.id("collection_id"), page.Query, withImages)
	if err = cmp.Or(err, fault); err != nil {
		return nil, err
	}
	if !withImages {
		return ok(wire.Body(page, wire.Each(persons, showPersonAlone), total))
	}
	return ok(wire.Body(page, wire.Each(persons, c.show.person), total))
}

func (a *API) getPerson(c *call) (answer, error) {
	p, err := a.Collections.Person(c.ctx(), c.grant, c.id("collection_id"), c.id("person_id"))
	if err != nil {
		return nil, err
	}
	return ok(c.show.person(p))
}

func (a *API) addPerson(c *call) (answer, error) {
	id := c.id("collection_id")
	if _, err := a.Collections.Get(c.ctx(), c.grant, id); err != nil {
		return nil, err
	}
	u, in, err := a.enrolment(c)
	if err != nil {
		return nil, err
	}
	in.Metadata = u.Payload.Metadata("person:meta_data")
	if err := u.Payload.Err(); err != nil {
		return nil, err
	}
	return a.enrol(c, in, false, func(ctx context.Context) (collection.Enrolled, error) {
		return a.Collections.AddPerson(ctx, c.grant, id, in)
	})
}

func (a *API) updatePerson(c *call) (answer, error) {
	id, person := c.id("collection_id"), c.id("person_id")
	if _, err := a.Collections.Person(c.ctx(), c.grant, id, person); err != nil {
		return nil, err
	}
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	metadata := o.Metadata("person:meta_data").Merge(o.Metadata("meta_data"))
	if err := o.Err(); err != nil {
		return nil, err
	}
	changed, err := a.Collections.UpdatePerson(c.ctx(), c.grant, id, person, metadata)
	if err != nil {
		return nil, err
	}
	return ok(c.show.person(changed))
}

func (a *API) deletePerson(c *call) (answer, error) {
	return done(a.Collections.DeletePerson(c.ctx(), c.grant, c.id("collection_id"), c.id("person_id")))
}

func (a *API) moveImages(c *call) (answer, error) {
	id, person := c.id("collection_id"), c.id("person_id")
	if _, err := a.Collections.Person(c.ctx(), c.grant, id, person); err != nil {
		return nil, err
	}
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	o.Require("target_person_id", "images")
	target, images := o.ID("target_person_id"), o.IDs("images")
	if err := o.Err(); err != nil {
		return nil, err
	}
	if n := len(images); n < 1 || n > osprey.MaxPhotosPerPerson {
		return nil, osprey.OutOfRange("images", osprey.MaxPhotosPerPerson, n, "images must have 1 to %d ids", osprey.MaxPhotosPerPerson)
	}
	return effect(c, http.StatusOK, func(ctx context.Context) (osprey.Person, error) {
		return a.Collections.MoveImages(ctx, c.grant, id, person, *target, images)
	}, func(moved osprey.Person) any { return c.show.person(moved) })
}

// enrol adds photos or tries what adding them would do; more says that they were
// added to a person who was there.
func (a *API) enrol(c *call, in collection.Enrolment, more bool, do func(context.Context) (collection.Enrolled, error)) (answer, error) {
	if !in.DryRun {
		return effect(c, http.StatusCreated, do, func(made collection.Enrolled) any { return c.show.enrolled(made, more) })
	}
	c.withoutEffect()
	tried, err := do(c.ctx())
	if err != nil {
		return nil, err
	}
	return ok(c.show.dryRun(tried))
}

// enrolment reads photos and what is said about them.
func (a *API) enrolment(c *call) (*wire.Upload, collection.Enrolment, error) {
	in := collection.Enrolment{DryRun: c.params.Bool("dry_run", false), RejectSimilar: c.params.Bool("reject_similar", false)}
	u, err := a.upload(c, wire.Limits{MaxFiles: osprey.MaxPhotosPerRequest, MaxFileBytes: a.Config.Media.MaxSize})
	if err != nil {
		return nil, in, err
	}
	if in.Photos, err = photos(u); err != nil {
		return nil, in, err
	}
	return u, in, c.params.Err()
}

func photos(u *wire.Upload) ([]collection.Photo, error) {
	if len(u.Files) == 0 {
		return nil, osprey.Errorf(osprey.CodeInvalidStructure, "The upload has no photo").
			With("field", "files").With("reason", "no_photo").With("limit", 1).With("actual", 0)
	}
	files, err := describe(u.Files, u.Payload)
	if err != nil {
		return nil, err
	}
	return wire.Each(files, func(f described) collection.Photo {
		return collection.Photo{Field: f.Field, Name: f.Name, Data: f.Data, Fault: f.Fault, Tags: f.tags, Metadata: f.metadata}
	}), nil
}
