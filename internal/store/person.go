package store

import "example.org/osprey"

// Person returns one of a collection, without its photos.
func (tx *Tx) Person(collection, id osprey.ID) (osprey.Person, error) { panic("unwritten") }

// Persons lists those of one collection; fields: id. Search: name. The photos are
// filled in when withImages.
func (tx *Tx) Persons(collection osprey.ID, q Query, withImages bool) ([]osprey.Person, int, error) {
	panic("unwritten")
}

// InsertPerson stores a new one (without photos).
func (tx *Tx) InsertPerson(p osprey.Person) error { panic("unwritten") }

// TouchPerson sets the update time and the number of photos.
func (tx *Tx) TouchPerson(id osprey.ID, images int) error { panic("unwritten") }

// DeletePerson removes one; its photos were removed before.
func (tx *Tx) DeletePerson(id osprey.ID) error { panic("unwritten") }

// PersonImage finds a photo of a person by its image id or its media id.
func (tx *Tx) PersonImage(collection, person, imageOrMedia osprey.ID) (osprey.PersonImage, error) {
	panic("unwritten")
}

// PersonImageByMedia finds a photo by its media id alone (for media links).
func (tx *Tx) PersonImageByMedia(media osprey.ID) (osprey.PersonImage, error) { panic("unwritten") }

// PersonImages lists the photos of one person; fields: id.
func (tx *Tx) PersonImages(collection, person osprey.ID, q Query) ([]osprey.PersonImage, int, error) {
	panic("unwritten")
}

// ImagesOfPerson returns all photos of a person, oldest first, templates left out.
func (tx *Tx) ImagesOfPerson(person osprey.ID) ([]osprey.PersonImage, error) { panic("unwritten") }

// ImageByHash finds the oldest photo of a person with these bytes (SHA-256, hex).
// With an empty person the whole collection is asked.
func (tx *Tx) ImageByHash(collection, person osprey.ID, sha256 string) (osprey.PersonImage, error) {
	panic("unwritten")
}

// InsertPersonImage stores a new photo with its sealed template.
func (tx *Tx) InsertPersonImage(i osprey.PersonImage) error { panic("unwritten") }

// MoveImage gives a photo to another person of the same collection.
func (tx *Tx) MoveImage(image, person osprey.ID) error { panic("unwritten") }

// DeletePersonImage removes a photo and its template.
func (tx *Tx) DeletePersonImage(id osprey.ID) error { panic("unwritten") }

// LiveImages reports, for each image given, the person it belongs to; images that
// do not exist any more are absent.
func (tx *Tx) LiveImages(collection osprey.ID, images []osprey.ID) (map[osprey.ID]osprey.ID, error) {
	panic("unwritten")
}

// Reference is an analysis that matched a photo.
type Reference struct {
	Analysis osprey.ID
	Folder   osprey.ID
}

// PersonReferences lists the analyses that matched any photo of a person, newest
// first, at most limit, and their full count.
func (tx *Tx) PersonReferences(person osprey.ID, limit int) ([]Reference, int, error) {
	panic("unwritten")
}

// ImageReferences is the same for one photo.
func (tx *Tx) ImageReferences(image osprey.ID, limit int) ([]Reference, int, error) {
	panic("unwritten")
}
