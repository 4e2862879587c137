package httpapi

import (
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/wire"
)

// pageUnder reads the page of a list that hangs on an object of the path. Beside a
// fault it returns a page that asks for nothing: whether the object is there comes
// before the values of the query (api.md 1.11), and the list tells it even so.
func pageUnder(l wire.List, p *wire.Params) (wire.Page, error) {
	page, fault := l.Page(p)
	if fault != nil {
		page.Query = store.Query{OmitTotal: true}
	}
	return page, fault
}
