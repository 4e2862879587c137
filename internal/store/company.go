package store

import "example.org/osprey"

// Company returns one.
func (tx *Tx) Company(id osprey.ID) (osprey.Company, error) { panic("unwritten") }

// Companies lists them; fields: id. Search: name. Metadata filter.
func (tx *Tx) Companies(q Query) ([]osprey.Company, int, error) { panic("unwritten") }

// CompanyByName finds one by its folded name.
func (tx *Tx) CompanyByName(name string) (osprey.Company, error) { panic("unwritten") }

// InsertCompany stores a new one. ErrDuplicate: the name is taken.
func (tx *Tx) InsertCompany(c osprey.Company) error { panic("unwritten") }

// UpdateCompany replaces all but id and creation. ErrDuplicate as above.
func (tx *Tx) UpdateCompany(c osprey.Company) error { panic("unwritten") }

// DeleteCompany removes one that is not used any more, with its data keys.
func (tx *Tx) DeleteCompany(id osprey.ID) error { panic("unwritten") }

// CompanyUse counts what a company still holds.
func (tx *Tx) CompanyUse(id osprey.ID) (users, folders, collections int, err error) {
	panic("unwritten")
}
