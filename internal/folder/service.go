// Package folder takes media in: folders, their media, blobs and rows. One call
// is atomic: one bad file and nothing is kept.
package folder

import (
	"context"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// File is one uploaded file part.
type File struct {
	Field    string
	Name     string
	Data     []byte
	Tags     []string
	Metadata osprey.Metadata
}

// Intake asks for a folder with media.
type Intake struct {
	Company            *osprey.ID
	Files              []File
	Metadata           osprey.Metadata
	ResolutionEndpoint *string
	Source             string // "api", "cli"
	AdditionalInfo     *string
}

// View is a folder with what hangs on it. Analyses, User and Owner are filled in
// when the options ask for them.
type View struct {
	Folder   osprey.Folder
	Media    []osprey.Media
	Analyses []osprey.Analysis
	User     *osprey.User
	Company  *osprey.Company
}

// Expand says what a View holds beside folder and media.
type Expand struct {
	Analyses bool
	User     bool
	Company  bool
}

// Create makes a folder with its media.
func (s *Service) Create(ctx context.Context, g access.Grant, in Intake) (View, error) {
	panic("unwritten")
}

// AddMedia adds files to a folder and returns the new media in part order.
func (s *Service) AddMedia(ctx context.Context, g access.Grant, folder osprey.ID, files []File) ([]osprey.Media, error) {
	panic("unwritten")
}

// Get returns one folder.
func (s *Service) Get(ctx context.Context, g access.Grant, id osprey.ID, e Expand) (View, error) {
	panic("unwritten")
}

// List returns a page of folders.
func (s *Service) List(ctx context.Context, g access.Grant, q store.Query, e Expand) ([]View, int, error) {
	panic("unwritten")
}

// Delete erases a folder with all that hangs on it.
func (s *Service) Delete(ctx context.Context, g access.Grant, id osprey.ID) error { panic("unwritten") }

// MediaList returns a page of a folder's media.
func (s *Service) MediaList(ctx context.Context, g access.Grant, folder osprey.ID, q store.Query) ([]osprey.Media, int, error) {
	panic("unwritten")
}

// Media returns one medium.
func (s *Service) Media(ctx context.Context, g access.Grant, id osprey.ID) (osprey.Media, error) {
	panic("unwritten")
}

// SetTags replaces the tags of a medium.
func (s *Service) SetTags(ctx context.Context, g access.Grant, id osprey.ID, tags []string) (osprey.Media, error) {
	panic("unwritten")
}

// DeleteMedia erases one medium.
func (s *Service) DeleteMedia(ctx context.Context, g access.Grant, id osprey.ID) error {
	panic("unwritten")
}

// MediaFile is an open original or thumbnail.
type MediaFile struct {
	Company osprey.ID
	Data    []byte
	MIME    string
	Updated osprey.Time
}

// File returns the bytes of a medium; the folder is part of the address and must
// agree.
func (s *Service) File(ctx context.Context, g access.Grant, folder, media osprey.ID, thumb bool) (MediaFile, error) {
	panic("unwritten")
}

// Service is the room's desk. It is safe for concurrent use.
type Service struct{}
