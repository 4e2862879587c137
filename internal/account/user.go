package account

import (
	"context"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// UserInput holds the keys of a user in a request; nil is absent. It serves
// creation and change alike.
type UserInput struct {
	Email           *string
	Password        *string
	CurrentPassword *string // changes of one's own password only
	FirstName       *string
	LastName        *string
	MiddleName      *string
	Type            *string // user_type, in any letter case
	IsAdmin         *bool   // legacy spelling of CLIENT_ADMIN
	IsService       *bool   // legacy spelling of CLIENT_SERVICE
	Company         *osprey.ID
	Active          *bool
	Biometry        *bool // can_start_analysis_biometry
	Quality         *bool
	Collection      *bool
	Documents       *bool
	Erase           *bool           // can_erase
	Metadata        osprey.Metadata // merged key by key; nil is absent
}

// CreateUser makes a user (MayCreateUser).
func (s *Service) CreateUser(ctx context.Context, g access.Grant, in UserInput) (osprey.User, error) {
	panic("unwritten")
}

// User returns one that the grant shows (MayReadUsers).
func (s *Service) User(ctx context.Context, g access.Grant, id osprey.ID) (osprey.User, error) {
	panic("unwritten")
}

// Users returns a page of those that the grant shows (MayReadUsers).
func (s *Service) Users(ctx context.Context, g access.Grant, q store.Query) ([]osprey.User, int, error) {
	panic("unwritten")
}

// UpdateUser changes the keys present, as far as the caller may (MayUpdateUser).
func (s *Service) UpdateUser(ctx context.Context, g access.Grant, id osprey.ID, in UserInput) (osprey.User, error) {
	panic("unwritten")
}

// DeleteUser removes a user and ends its sessions (MayDeleteUser).
func (s *Service) DeleteUser(ctx context.Context, g access.Grant, id osprey.ID) error {
	panic("unwritten")
}

// EnsureAdmin makes the first administrator when there are no users yet, and
// reports whether it did.
func (s *Service) EnsureAdmin(ctx context.Context, email, password string) (bool, error) {
	panic("unwritten")
}
