package store

import (
	"slices"

	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

var collectionList = &list{
	table:   "collection",
	kind:    KindCollection,
	company: "company_id",
	updated: "updated",
	fields: map[Field]condition{
		FieldID: column("id"), FieldCollection: column("id"), FieldCompany: column("company_id"),
		FieldAlias: folded("alias_fold"),
	},
	search: []string{"alias_fold"},
}

func collectionOf(r query.Collection) (osprey.Collection, error) {
	var d decoder
	c := osprey.Collection{
		ID: r.ID, Company: r.CompanyID, Alias: r.Alias, OnMatch: r.OnMatch, Threshold: r.Threshold,
		TargetFPIR: r.TargetFpir, FaceRule: r.FaceRule, Persons: int(r.Persons), Images: int(r.Images),
		Version: r.Version, Digest: r.Digest,
		Metadata: d.object(r.Metadata), Technical: d.object(r.Technical), Created: r.Created, Updated: r.Updated,
	}
	return c, d.err
}

// Collection returns one.
func (tx *Tx) Collection(id osprey.ID) (osprey.Collection, error) {
	r, err := tx.q.Collection(tx.ctx, query.CollectionParams{ID: id, Scope: tx.company()})
	if err != nil {
		return osprey.Collection{}, tx.fail(err)
	}
	return collectionOf(r)
}

// LockCollection returns one and holds its row until the transaction ends
// (FOR UPDATE; SQLite has one writer anyway).
func (tx *Tx) LockCollection(id osprey.ID) (osprey.Collection, error) {
	r, err := tx.q.LockCollection(tx.ctx, query.LockCollectionParams{ID: id, Scope: tx.company()})
	if err != nil {
		return osprey.Collection{}, tx.fail(err)
	}
	return collectionOf(r)
}

// ShareCollections returns the collections in the order of their ids and holds
// their rows against changes until the transaction ends (FOR SHARE). One that is
// not in the scope is ErrNotFound; an id given twice comes once.
func (tx *Tx) ShareCollections(ids []osprey.ID) ([]osprey.Collection, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	out := make([]osprey.Collection, 0, len(ids))
	for _, id := range ids {
		r, err := tx.q.ShareCollection(tx.ctx, query.ShareCollectionParams{ID: id, Scope: tx.company()})
		if err != nil {
			return nil, tx.fail(err)
		}
		c, err := collectionOf(r)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// CollectionByAlias finds one of a company by its folded alias.
func (tx *Tx) CollectionByAlias(company osprey.ID, alias string) (osprey.Collection, error) {
	r, err := tx.q.CollectionByAlias(tx.ctx, query.CollectionByAliasParams{
		CompanyID: company, AliasFold: osprey.Fold(alias), Scope: tx.company(),
	})
	if err != nil {
		return osprey.Collection{}, tx.fail(err)
	}
	return collectionOf(r)
}

// Collections lists them; fields: id (as collection_id too), company_id, alias.
// Search: alias.
func (tx *Tx) Collections(q Query) ([]osprey.Collection, int, error) {
	return page(tx, collectionList, q, collectionOf)
}

// InsertCollection stores a new one. ErrDuplicate: the alias is taken.
// ErrReferenced: there is no such company.
func (tx *Tx) InsertCollection(c osprey.Collection) error {
	if !tx.scope.Covers(c.Company, tx.scope.Owner) {
		return ErrNotFound
	}
	var e encoder
	p := query.InsertCollectionParams{
		ID: c.ID, CompanyID: c.Company, Alias: c.Alias, AliasFold: osprey.Fold(c.Alias), OnMatch: c.OnMatch,
		Threshold: c.Threshold, TargetFpir: c.TargetFPIR, FaceRule: c.FaceRule,
		Persons: int64(c.Persons), Images: int64(c.Images), Version: c.Version, Digest: c.Digest, Pruned: c.Version,
		Metadata: e.object(c.Metadata), Technical: e.object(c.Technical),
		Created: tx.moment(c.Created), Updated: tx.moment(c.Updated),
	}
	if e.err != nil {
		return e.err
	}
	if err := tx.one(tx.q.InsertCollection(tx.ctx, p)); err != nil {
		return err
	}
	return tx.putMeta(KindCollection, c.ID, c.Company, c.Metadata)
}

// UpdateCollection replaces alias, on_match, threshold, target_fpir, face_rule,
// metadata and the update time. ErrDuplicate as above.
func (tx *Tx) UpdateCollection(c osprey.Collection) error {
	var e encoder
	p := query.UpdateCollectionParams{
		ID: c.ID, Alias: c.Alias, AliasFold: osprey.Fold(c.Alias), OnMatch: c.OnMatch,
		Threshold: c.Threshold, TargetFpir: c.TargetFPIR, FaceRule: c.FaceRule,
		Metadata: e.object(c.Metadata), Updated: tx.now, Scope: tx.company(),
	}
	if e.err != nil {
		return e.err
	}
	company, err := tx.q.UpdateCollection(tx.ctx, p)
	if err != nil {
		return tx.fail(err)
	}
	return tx.replaceMeta(KindCollection, c.ID, company, c.Metadata)
}

// DeleteCollection removes one that has no persons, with its change log.
// ErrReferenced: it still has some.
func (tx *Tx) DeleteCollection(id osprey.ID) error {
	if err := tx.one(tx.q.DeleteCollection(tx.ctx, query.DeleteCollectionParams{ID: id, Scope: tx.company()})); err != nil {
		return err
	}
	if err := tx.unhang(id); err != nil {
		return err
	}
	return tx.bury(BuriedCollection, id)
}

// SetCollectionState writes version, digest and the counters, in the transaction
// that changed its photos, and the update time.
func (tx *Tx) SetCollectionState(c osprey.Collection) error {
	return tx.one(tx.q.SetCollectionState(tx.ctx, query.SetCollectionStateParams{
		ID: c.ID, Persons: int64(c.Persons), Images: int64(c.Images), Version: c.Version, Digest: c.Digest,
		Updated: tx.now, Scope: tx.company(),
	}))
}
