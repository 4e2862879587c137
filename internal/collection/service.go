// Package collection enrols, moves, deletes and searches the photos of
// collections. It owns the commit protocol between rows, blobs and the search
// index (see DESIGN.md beside it).
package collection

import (
	"context"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// New is a collection to be made. Company nil means the caller's own.
type New struct {
	Company    *osprey.ID
	Alias      string
	OnMatch    osprey.OnMatch  // empty: decline
	FaceRule   osprey.FaceRule // empty: strict
	Threshold  *float64
	TargetFPIR *float64
	Metadata   osprey.Metadata
}

// Patch holds the keys to change; nil leaves one as it is. Threshold and
// TargetFPIR are set to null through their Clear switches.
type Patch struct {
	Company         *osprey.ID // another company's id is a conflict
	Alias           *string
	OnMatch         *osprey.OnMatch
	FaceRule        *osprey.FaceRule
	Threshold       *float64
	ClearThreshold  bool
	TargetFPIR      *float64
	ClearTargetFPIR bool
}

// Photo is one uploaded photo part.
type Photo struct {
	Field    string // the part name, for errors and as media_key
	Name     string // original file name, path parts dropped
	Data     []byte
	Tags     []string
	Metadata osprey.Metadata
}

// Enrolment asks to add photos.
type Enrolment struct {
	Photos        []Photo
	Metadata      osprey.Metadata // of the person; ignored when photos are added to one
	DryRun        bool
	RejectSimilar bool
}

// Enrolled is the answer: the whole person, the new photos, who looks similar.
// After a dry run the person is empty and the photos have no ids.
type Enrolled struct {
	Person  osprey.Person
	New     []osprey.PersonImage
	Similar []osprey.SimilarPerson
}

// Found is one person of a search by photo.
type Found struct {
	Person     osprey.ID
	Image      osprey.ID
	Confidence float64
}

// SearchResult is the answer of a search by photo.
type SearchResult struct {
	Items     []Found
	Threshold float64 // the effective one
	Images    int     // photos searched
	Quality   osprey.Quality
}

// Create makes a collection.
func (s *Service) Create(ctx context.Context, g access.Grant, n New) (osprey.Collection, error) {
	panic("unwritten")
}

// Get returns one that the grant shows.
func (s *Service) Get(ctx context.Context, g access.Grant, id osprey.ID) (osprey.Collection, error) {
	panic("unwritten")
}

// List returns a page of those that the grant shows.
func (s *Service) List(ctx context.Context, g access.Grant, q store.Query) ([]osprey.Collection, int, error) {
	panic("unwritten")
}

// Update changes the named keys.
func (s *Service) Update(ctx context.Context, g access.Grant, id osprey.ID, p Patch) (osprey.Collection, error) {
	panic("unwritten")
}

// Delete removes an empty collection.
func (s *Service) Delete(ctx context.Context, g access.Grant, id osprey.ID) error { panic("unwritten") }

// AddPerson enrols a new person with its first photos.
func (s *Service) AddPerson(ctx context.Context, g access.Grant, collection osprey.ID, e Enrolment) (Enrolled, error) {
	panic("unwritten")
}

// AddImages enrols more photos of a person.
func (s *Service) AddImages(ctx context.Context, g access.Grant, collection, person osprey.ID, e Enrolment) (Enrolled, error) {
	panic("unwritten")
}

// Person returns one with its photos.
func (s *Service) Person(ctx context.Context, g access.Grant, collection, person osprey.ID) (osprey.Person, error) {
	panic("unwritten")
}

// Persons returns a page.
func (s *Service) Persons(ctx context.Context, g access.Grant, collection osprey.ID, q store.Query, withImages bool) ([]osprey.Person, int, error) {
	panic("unwritten")
}

// UpdatePerson merges metadata into a person.
func (s *Service) UpdatePerson(ctx context.Context, g access.Grant, collection, person osprey.ID, m osprey.Metadata) (osprey.Person, error) {
	panic("unwritten")
}

// DeletePerson removes a person with all photos.
func (s *Service) DeletePerson(ctx context.Context, g access.Grant, collection, person osprey.ID) error {
	panic("unwritten")
}

// Image returns one photo, by its image id or its media id.
func (s *Service) Image(ctx context.Context, g access.Grant, collection, person, image osprey.ID) (osprey.PersonImage, error) {
	panic("unwritten")
}

// Images returns a page of a person's photos.
func (s *Service) Images(ctx context.Context, g access.Grant, collection, person osprey.ID, q store.Query) ([]osprey.PersonImage, int, error) {
	panic("unwritten")
}

// DeleteImage removes one photo.
func (s *Service) DeleteImage(ctx context.Context, g access.Grant, collection, person, image osprey.ID) error {
	panic("unwritten")
}

// MoveImages gives photos to another person of the collection, all or none, and
// returns that person.
func (s *Service) MoveImages(ctx context.Context, g access.Grant, collection, person, target osprey.ID, images []osprey.ID) (osprey.Person, error) {
	panic("unwritten")
}

// SearchPhoto searches a collection by an uploaded photo and stores nothing of it.
func (s *Service) SearchPhoto(ctx context.Context, g access.Grant, collection osprey.ID, p Photo, topK int) (SearchResult, error) {
	panic("unwritten")
}

// File is an open original or thumbnail.
type File struct {
	Company osprey.ID
	Data    []byte
	MIME    string
	Updated osprey.Time
}

// PhotoFile returns the bytes of a person's photo by its media id; thumb asks for
// the thumbnail. The collection is part of the address and must agree.
func (s *Service) PhotoFile(ctx context.Context, g access.Grant, collection, media osprey.ID, thumb bool) (File, error) {
	panic("unwritten")
}

// Service is the room's desk. It is safe for concurrent use.
type Service struct{}
