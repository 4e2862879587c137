package store

import (
	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

var imageList = &list{
	table:   "person_image",
	kind:    KindPersonImage,
	company: "company_id",
	owner:   "EXISTS (SELECT 1 FROM analysis_match m WHERE m.image_id = person_image.id AND m.owner_id = ?)",
	updated: "updated",
	fields:  map[Field]condition{FieldID: column("id"), FieldPerson: column("person_id")},
}

func imageOf(r query.PersonImage) (osprey.PersonImage, error) {
	var d decoder
	i := osprey.PersonImage{
		ID: r.ID, Media: r.MediaID, Person: r.PersonID, Collection: r.CollectionID, Company: r.CompanyID,
		Key: r.Part, OriginalName: r.OriginalName, DuplicateOf: r.DuplicateOf, SHA256: r.SHA256,
		Blob: r.BlobKey, Thumb: r.ThumbKey,
		Metadata: d.object(r.Metadata), Technical: d.object(r.Technical), Created: r.Created, Updated: r.Updated,
	}
	d.read(r.Tags, &i.Tags)
	d.read(r.Face, &i.Face)
	d.read(r.Quality, &i.Quality)
	d.read(r.Info, &i.Info)
	return i, d.err
}

// PersonImage finds a photo of a person by its image id or its media id. The
// template is left out, here as in every list of photos: Template has it.
func (tx *Tx) PersonImage(collection, person, imageOrMedia osprey.ID) (osprey.PersonImage, error) {
	r, err := tx.q.PersonImage(tx.ctx, query.PersonImageParams{
		ID: imageOrMedia, PersonID: person, CollectionID: collection, Scope: tx.company(), Owner: tx.scope.Owner,
	})
	if err != nil {
		return osprey.PersonImage{}, tx.fail(err)
	}
	return imageOf(r)
}

// PersonImageByMedia finds a photo by its media id alone (for media links).
func (tx *Tx) PersonImageByMedia(media osprey.ID) (osprey.PersonImage, error) {
	r, err := tx.q.PersonImageByMedia(tx.ctx, query.PersonImageByMediaParams{
		MediaID: media, Scope: tx.company(), Owner: tx.scope.Owner,
	})
	if err != nil {
		return osprey.PersonImage{}, tx.fail(err)
	}
	return imageOf(r)
}

// PersonImages lists the photos of one person; fields: id.
func (tx *Tx) PersonImages(collection, person osprey.ID, q Query) ([]osprey.PersonImage, int, error) {
	return page(tx, imageList, q, imageOf,
		in("person_image.person_id", []osprey.ID{person}), in("person_image.collection_id", []osprey.ID{collection}))
}

// ImagesOfPerson returns all photos of a person, oldest first, templates left out.
func (tx *Tx) ImagesOfPerson(person osprey.ID) ([]osprey.PersonImage, error) {
	rows, err := tx.q.ImagesOfPerson(tx.ctx, query.ImagesOfPersonParams{
		PersonID: person, Scope: tx.company(), Owner: tx.scope.Owner,
	})
	if err != nil {
		return nil, tx.fail(err)
	}
	return all(rows, imageOf)
}

// ImageByHash finds the oldest photo of a person with these bytes (SHA-256, hex).
// With an empty person the whole collection is asked.
func (tx *Tx) ImageByHash(collection, person osprey.ID, sha256 string) (osprey.PersonImage, error) {
	r, err := tx.q.ImageByHash(tx.ctx, query.ImageByHashParams{
		CollectionID: collection, PersonID: person, SHA256: sha256, Scope: tx.company(), Owner: tx.scope.Owner,
	})
	if err != nil {
		return osprey.PersonImage{}, tx.fail(err)
	}
	return imageOf(r)
}

// InsertPersonImage stores a new photo with its sealed template. A person who is
// not in the collection and the scope is ErrNotFound. The company becomes the
// person's.
func (tx *Tx) InsertPersonImage(i osprey.PersonImage) error {
	var e encoder
	p := query.InsertPersonImageParams{
		ID: i.ID, MediaID: i.Media, PersonID: i.Person, CollectionID: i.Collection,
		Part: i.Key, OriginalName: i.OriginalName, Tags: listText(&e, i.Tags),
		Face: e.text(i.Face), Quality: e.text(i.Quality), DuplicateOf: i.DuplicateOf, Info: e.text(i.Info),
		SHA256: i.SHA256, BlobKey: i.Blob, ThumbKey: i.Thumb,
		Metadata: e.object(i.Metadata), Technical: e.object(i.Technical),
		Created: tx.moment(i.Created), Updated: tx.moment(i.Updated), Scope: tx.company(),
	}
	if e.err != nil {
		return e.err
	}
	company, err := tx.q.InsertPersonImage(tx.ctx, p)
	if err != nil {
		return tx.fail(err)
	}
	err = tx.q.InsertTemplate(tx.ctx, query.InsertTemplateParams{
		ImageID: i.ID, CollectionID: i.Collection, Model: i.Template.Model, Template: notNil(i.Template.Bytes),
	})
	if err != nil {
		return tx.fail(err)
	}
	return tx.putMeta(KindPersonImage, i.ID, company, i.Metadata)
}

// Template returns the sealed template of a photo.
func (tx *Tx) Template(image osprey.ID) (osprey.SealedTemplate, error) {
	r, err := tx.q.Template(tx.ctx, query.TemplateParams{ImageID: image, Scope: tx.company(), Owner: tx.scope.Owner})
	if err != nil {
		return osprey.SealedTemplate{}, tx.fail(err)
	}
	return osprey.SealedTemplate{Model: r.Model, Bytes: r.Template}, nil
}

// MoveImage gives a photo to another person of the same collection, ErrNotFound
// when there is no such person there. ErrReferenced: an analysis matched it.
func (tx *Tx) MoveImage(image, person osprey.ID) error {
	return tx.one(tx.q.MoveImage(tx.ctx, query.MoveImageParams{
		ID: image, PersonID: person, Updated: tx.now, Scope: tx.company(), Owner: tx.scope.Owner,
	}))
}

// DeletePersonImage removes a photo and its template. ErrReferenced: an analysis
// matched it.
func (tx *Tx) DeletePersonImage(id osprey.ID) error {
	err := tx.one(tx.q.DeletePersonImage(tx.ctx, query.DeletePersonImageParams{ID: id, Scope: tx.company(), Owner: tx.scope.Owner}))
	if err != nil {
		return err
	}
	if err := tx.unhang(id); err != nil {
		return err
	}
	return tx.bury(BuriedImage, id)
}

// LiveImages reports, for each image given, the person it belongs to; images that
// do not exist any more are absent.
func (tx *Tx) LiveImages(collection osprey.ID, images []osprey.ID) (map[osprey.ID]osprey.ID, error) {
	out := make(map[osprey.ID]osprey.ID, len(images))
	for _, id := range images {
		person, err := tx.q.PersonOfImage(tx.ctx, query.PersonOfImageParams{
			ID: id, CollectionID: collection, Scope: tx.company(), Owner: tx.scope.Owner,
		})
		if err = tx.fail(err); err == nil {
			out[id] = person
		} else if !isNotFound(err) {
			return nil, err
		}
	}
	return out, nil
}

// notNil keeps an empty value from becoming NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
