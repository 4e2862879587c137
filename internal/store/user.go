package store

import "example.org/osprey"

// User returns one. A scope with a company sees only its users.
func (tx *Tx) User(id osprey.ID) (osprey.User, error) { panic("unwritten") }

// UserByEmail finds one by the folded e-mail, whatever the scope's company
// (logging in comes before there is a scope; pass osprey.Everything()).
func (tx *Tx) UserByEmail(email string) (osprey.User, error) { panic("unwritten") }

// Users lists them; fields: id, company_id, user_type. Search: e-mail and names.
func (tx *Tx) Users(q Query) ([]osprey.User, int, error) { panic("unwritten") }

// InsertUser stores a new one. ErrDuplicate: the e-mail is taken.
func (tx *Tx) InsertUser(u osprey.User) error { panic("unwritten") }

// UpdateUser replaces all but id, company and creation. ErrDuplicate as above.
func (tx *Tx) UpdateUser(u osprey.User) error { panic("unwritten") }

// TouchLogin sets last_login to now.
func (tx *Tx) TouchLogin(id osprey.ID) error { panic("unwritten") }

// DeleteUser removes one with its sessions; folders keep the id.
func (tx *Tx) DeleteUser(id osprey.ID) error { panic("unwritten") }

// ActiveAdmins counts active users with role ADMIN.
func (tx *Tx) ActiveAdmins() (int, error) { panic("unwritten") }

// CountUsers counts all users of the installation.
func (tx *Tx) CountUsers() (int, error) { panic("unwritten") }
