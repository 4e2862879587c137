package store

import (
	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

var personList = &list{
	table:   "person",
	kind:    KindPerson,
	company: "company_id",
	owner:   "EXISTS (SELECT 1 FROM analysis_match m WHERE m.person_id = person.id AND m.owner_id = ?)",
	updated: "updated",
	fields:  map[Field]condition{FieldID: column("id"), FieldPerson: column("id")},
	search:  []string{"name_fold"},
}

func personOf(r query.Person) (osprey.Person, error) {
	var d decoder
	p := osprey.Person{
		ID: r.ID, Collection: r.CollectionID, Company: r.CompanyID, ImageCount: int(r.Images),
		Metadata: d.object(r.Metadata), Technical: d.object(r.Technical), Created: r.Created, Updated: r.Updated,
	}
	return p, d.err
}

// Person returns one of a collection, without its photos.
func (tx *Tx) Person(collection, id osprey.ID) (osprey.Person, error) {
	r, err := tx.q.Person(tx.ctx, query.PersonParams{
		ID: id, CollectionID: collection, Scope: tx.company(), Owner: tx.scope.Owner,
	})
	if err != nil {
		return osprey.Person{}, tx.fail(err)
	}
	return personOf(r)
}

// Persons lists those of one collection; fields: id. Search: name. The photos are
// filled in when withImages, templates left out.
func (tx *Tx) Persons(collection osprey.ID, q Query, withImages bool) ([]osprey.Person, int, error) {
	persons, total, err := page(tx, personList, q, personOf, in("person.collection_id", []osprey.ID{collection}))
	if err != nil || !withImages {
		return persons, total, err
	}
	ids := make([]osprey.ID, len(persons))
	for i, p := range persons {
		ids[i] = p.ID
	}
	images, err := group(tx, imageList, "person_image.person_id", ids, imageOf,
		func(i osprey.PersonImage) osprey.ID { return i.Person })
	if err != nil {
		return nil, 0, err
	}
	for i := range persons {
		persons[i].Images = images[persons[i].ID]
		if persons[i].Images == nil {
			persons[i].Images = []osprey.PersonImage{}
		}
	}
	return persons, total, nil
}

// InsertPerson stores a new one (without photos) in a collection of the scope,
// ErrNotFound when there is none. The company becomes the collection's.
func (tx *Tx) InsertPerson(p osprey.Person) error {
	var e encoder
	row := query.InsertPersonParams{
		ID: p.ID, CollectionID: p.Collection, NameFold: p.Metadata.PersonName(), Images: int64(p.ImageCount),
		Metadata: e.object(p.Metadata), Technical: e.object(p.Technical),
		Created: tx.moment(p.Created), Updated: tx.moment(p.Updated), Scope: tx.company(),
	}
	if e.err != nil {
		return e.err
	}
	company, err := tx.q.InsertPerson(tx.ctx, row)
	if err != nil {
		return tx.fail(err)
	}
	return tx.putMeta(KindPerson, p.ID, company, p.Metadata)
}

// TouchPerson sets the update time and the number of photos.
func (tx *Tx) TouchPerson(id osprey.ID, images int) error {
	return tx.one(tx.q.TouchPerson(tx.ctx, query.TouchPersonParams{
		ID: id, Images: int64(images), Updated: tx.now, Scope: tx.company(), Owner: tx.scope.Owner,
	}))
}

// DeletePerson removes one; its photos were removed before. ErrReferenced: it
// still has some.
func (tx *Tx) DeletePerson(id osprey.ID) error {
	err := tx.one(tx.q.DeletePerson(tx.ctx, query.DeletePersonParams{ID: id, Scope: tx.company(), Owner: tx.scope.Owner}))
	if err != nil {
		return err
	}
	if err := tx.unhang(id); err != nil {
		return err
	}
	return tx.bury(BuriedPerson, id)
}

// Reference is an analysis that matched a photo.
type Reference struct {
	Analysis osprey.ID
	Folder   osprey.ID
}

// PersonReferences lists the analyses that matched any photo of a person, newest
// first, at most limit, and their full count.
func (tx *Tx) PersonReferences(person osprey.ID, limit int) ([]Reference, int, error) {
	total, err := tx.q.CountPersonReferences(tx.ctx, query.CountPersonReferencesParams{
		PersonID: person, Scope: tx.company(), Owner: tx.scope.Owner,
	})
	if err != nil || total == 0 {
		return nil, 0, tx.fail(err)
	}
	rows, err := tx.q.PersonReferences(tx.ctx, query.PersonReferencesParams{
		PersonID: person, Scope: tx.company(), Owner: tx.scope.Owner, Most: int64(limit),
	})
	if err != nil {
		return nil, 0, tx.fail(err)
	}
	out := make([]Reference, len(rows))
	for i, r := range rows {
		out[i] = Reference{Analysis: r.AnalysisID, Folder: r.FolderID}
	}
	return out, int(total), nil
}

// ImageReferences is the same for one photo.
func (tx *Tx) ImageReferences(image osprey.ID, limit int) ([]Reference, int, error) {
	total, err := tx.q.CountImageReferences(tx.ctx, query.CountImageReferencesParams{
		ImageID: image, Scope: tx.company(), Owner: tx.scope.Owner,
	})
	if err != nil || total == 0 {
		return nil, 0, tx.fail(err)
	}
	rows, err := tx.q.ImageReferences(tx.ctx, query.ImageReferencesParams{
		ImageID: image, Scope: tx.company(), Owner: tx.scope.Owner, Most: int64(limit),
	})
	if err != nil {
		return nil, 0, tx.fail(err)
	}
	out := make([]Reference, len(rows))
	for i, r := range rows {
		out[i] = Reference{Analysis: r.AnalysisID, Folder: r.FolderID}
	}
	return out, int(total), nil
}
