package store

import (
	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

var companyList = &list{
	table:   "company",
	kind:    KindCompany,
	company: "id",
	updated: "updated",
	fields:  map[Field]condition{FieldID: column("id"), FieldCompany: column("id")},
	search:  []string{"name_fold"},
}

func companyOf(r query.Company) (osprey.Company, error) {
	var d decoder
	c := osprey.Company{
		ID: r.ID, Name: r.Name, Active: r.Active, ResolutionEndpoint: r.ResolutionEndpoint,
		RequireConsent: r.RequireConsent, Metadata: d.object(r.Metadata), Technical: d.object(r.Technical),
		Created: r.Created, Updated: r.Updated,
	}
	d.read(r.Settings, &c.Settings)
	d.read(r.Quota, &c.Quota)
	d.read(r.Retention, &c.Retention)
	return c, d.err
}

// Company returns one.
func (tx *Tx) Company(id osprey.ID) (osprey.Company, error) {
	r, err := tx.q.Company(tx.ctx, query.CompanyParams{ID: id, Scope: tx.company()})
	if err != nil {
		return osprey.Company{}, tx.fail(err)
	}
	return companyOf(r)
}

// Companies lists them; fields: id. Search: name. Metadata filter.
func (tx *Tx) Companies(q Query) ([]osprey.Company, int, error) {
	return page(tx, companyList, q, companyOf)
}

// CompanyByName finds one by its folded name.
func (tx *Tx) CompanyByName(name string) (osprey.Company, error) {
	r, err := tx.q.CompanyByName(tx.ctx, query.CompanyByNameParams{NameFold: osprey.Fold(name), Scope: tx.company()})
	if err != nil {
		return osprey.Company{}, tx.fail(err)
	}
	return companyOf(r)
}

// InsertCompany stores a new one. ErrDuplicate: the name is taken.
func (tx *Tx) InsertCompany(c osprey.Company) error {
	if !tx.scope.Covers(c.ID, tx.scope.Owner) {
		return ErrNotFound
	}
	var e encoder
	p := query.InsertCompanyParams{
		ID: c.ID, Name: c.Name, NameFold: osprey.Fold(c.Name), Active: c.Active,
		ResolutionEndpoint: c.ResolutionEndpoint, RequireConsent: c.RequireConsent, Settings: e.text(c.Settings), Quota: e.text(c.Quota), Retention: e.text(c.Retention),
		Metadata: e.object(c.Metadata), Technical: e.object(c.Technical),
		Created: tx.moment(c.Created), Updated: tx.moment(c.Updated),
	}
	if e.err != nil {
		return e.err
	}
	if err := tx.one(tx.q.InsertCompany(tx.ctx, p)); err != nil {
		return err
	}
	return tx.putMeta(KindCompany, c.ID, c.ID, c.Metadata)
}

// UpdateCompany replaces all but id and creation. ErrDuplicate as above.
func (tx *Tx) UpdateCompany(c osprey.Company) error {
	var e encoder
	p := query.UpdateCompanyParams{
		ID: c.ID, Name: c.Name, NameFold: osprey.Fold(c.Name), Active: c.Active,
		ResolutionEndpoint: c.ResolutionEndpoint, RequireConsent: c.RequireConsent, Settings: e.text(c.Settings), Quota: e.text(c.Quota), Retention: e.text(c.Retention),
		Metadata: e.object(c.Metadata), Technical: e.object(c.Technical),
		Updated: tx.now, Scope: tx.company(),
	}
	if e.err != nil {
		return e.err
	}
	if err := tx.one(tx.q.UpdateCompany(tx.ctx, p)); err != nil {
		return err
	}
	return tx.replaceMeta(KindCompany, c.ID, c.ID, c.Metadata)
}

// DeleteCompany removes one that is not used any more, with its templates and its
// data keys: what they sealed is lost for good. ErrReferenced: it still has users, folders or
// collections.
func (tx *Tx) DeleteCompany(id osprey.ID) error {
	logos, err := tx.q.BlobsOfCompanyTemplates(tx.ctx, query.BlobsOfCompanyTemplatesParams{ID: id, Scope: tx.company()})
	if err != nil {
		return tx.fail(err)
	}
	if err := tx.one(tx.q.DeleteCompany(tx.ctx, query.DeleteCompanyParams{ID: id, Scope: tx.company()})); err != nil {
		return err
	}
	return tx.gone(id, logos...)
}

// CompanyUse counts what a company still holds.
func (tx *Tx) CompanyUse(id osprey.ID) (users, folders, collections int, err error) {
	r, err := tx.q.CompanyUse(tx.ctx, query.CompanyUseParams{ID: id, Scope: tx.company()})
	if err != nil {
		return 0, 0, 0, tx.fail(err)
	}
	return int(r.Users), int(r.Folders), int(r.Collections), nil
}
