package store

import "example.org/osprey"

// Kind is a kind of object that has metadata.
type Kind string

// The kinds.
const (
	KindCompany     Kind = "company"
	KindUser        Kind = "user"
	KindFolder      Kind = "folder"
	KindMedia       Kind = "media"
	KindAnalysis    Kind = "analysis"
	KindCollection  Kind = "collection"
	KindPerson      Kind = "person"
	KindPersonImage Kind = "person_image"
)

// Metadata returns the user's object of one object, with the company and the
// owner it belongs to.
func (tx *Tx) Metadata(kind Kind, id osprey.ID) (m osprey.Metadata, company, owner osprey.ID, err error) {
	panic("unwritten")
}

// SetMetadata replaces it, with its searchable rows, and sets the update time of
// the object.
func (tx *Tx) SetMetadata(kind Kind, id osprey.ID, m osprey.Metadata) error { panic("unwritten") }
