package analysis

import (
	"errors"
	"fmt"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// checkCollections refuses unknown collections, and a company without any to
// search.
func checkCollections(tx *store.Tx, n int, r Request, company osprey.ID) error {
	for i, id := range r.Collections {
		c, err := tx.Collection(id)
		if err == nil && c.Company != company {
			err = store.ErrNotFound
		}
		if errors.Is(err, store.ErrNotFound) {
			return osprey.NotExistField(r.CollectionFields[i])
		}
		if err != nil {
			return err
		}
	}
	if len(r.Collections) > 0 {
		return nil
	}
	found, err := searchable(tx, company)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return osprey.InvalidValue(fmt.Sprintf("analyses.%d.collection_id", n), "The company has no collection to search").
			With("reason", "no_collection")
	}
	return nil
}

// maxCollections bounds the collections that an analysis without names searches.
const maxCollections = 1000

// searchable lists the company's collections that are searched when none is
// named: all but allow lists, by id.
func searchable(tx *store.Tx, company osprey.ID) ([]osprey.Collection, error) {
	var out []osprey.Collection
	for offset := 0; ; offset += maxCollections {
		page, _, err := tx.Collections(store.Query{
			Limit: maxCollections, Offset: offset, Sort: store.CreatedAsc, OmitTotal: true,
			In: map[store.Field][]string{store.FieldCompany: {string(company)}},
		})
		if err != nil {
			return nil, err
		}
		for _, c := range page {
			if c.OnMatch != osprey.OnMatchAccept {
				out = append(out, c)
			}
		}
		if len(page) < maxCollections {
			return out, nil
		}
	}
}
