package httpapi

import (
	"context"
	"net/http"

	"example.org/osprey"
	"example.org/osprey/internal/collection"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/wire"
)

func (a *API) collectionList() wire.List {
	return wire.List{
		Search: true, Meta: true, Times: true, Bare: a.Config.Compat.BareCollectionList,
		Filters: []wire.Filter{
			wire.ByID("collection_id", store.FieldID),
			wire.ByID("company_id", store.FieldCompany),
			wire.ByFolded("alias", store.FieldAlias),
		},
	}
}

func (a *API) listCollections(c *call) (answer, error) {
	page, err := a.collectionList().Page(c.params)
	if err != nil {
		return nil, err
	}
	collections, total, err := a.Collections.List(c.ctx(), c.grant, page.Query)
	if err != nil {
		return nil, err
	}
	return ok(wire.Body(page, wire.Each(collections, showCollection), total))
}

func (a *API) getCollection(c *call) (answer, error) {
	found, err := a.Collections.Get(c.ctx(), c.grant, c.id("collection_id"))
	if err != nil {
		return nil, err
	}
	return ok(showCollection(found))
}

func (a *API) createCollection(c *call) (answer, error) {
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	o.Require("alias")
	in := collection.New{
		Alias: o.Text("alias"), Company: o.ID("company_id"),
		Threshold: o.Float("threshold"), TargetFPIR: o.Float("target_fpir"), Metadata: o.Metadata("meta_data"),
	}
	if v := onMatch(o); v != nil {
		in.OnMatch = *v
	}
	if v := faceRule(o); v != nil {
		in.FaceRule = *v
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	return effect(c, http.StatusCreated,
		func(ctx context.Context) (osprey.Collection, error) { return a.Collections.Create(ctx, c.grant, in) },
		func(made osprey.Collection) any { return showCollection(made) })
}

func (a *API) updateCollection(c *call) (answer, error) {
	id := c.id("collection_id")
	if _, err := a.Collections.Get(c.ctx(), c.grant, id); err != nil {
		return nil, err
	}
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	in := collection.Patch{
		Company: o.ID("company_id"), Alias: o.String("alias"), OnMatch: onMatch(o), FaceRule: faceRule(o),
		Threshold: o.Float("threshold"), ClearThreshold: o.Null("threshold"),
		TargetFPIR: o.Float("target_fpir"), ClearTargetFPIR: o.Null("target_fpir"),
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	changed, err := a.Collections.Update(c.ctx(), c.grant, id, in)
	if err != nil {
		return nil, err
	}
	return ok(showCollection(changed))
}

func (a *API) deleteCollection(c *call) (answer, error) {
	return done(a.Collections.Delete(c.ctx(), c.grant, c.id("collection_id")))
}

func onMatch(o *wire.Object) *osprey.OnMatch {
	return wire.Enum(o, "on_match", osprey.ParseOnMatch, osprey.OnMatchDecline, osprey.OnMatchOperator, osprey.OnMatchAccept)
}

func faceRule(o *wire.Object) *osprey.FaceRule {
	return wire.Enum(o, "face_rule", osprey.ParseFaceRule, osprey.FaceRuleStrict, osprey.FaceRuleLargest)
}

// searchCollection searches by an uploaded photo.
func (a *API) searchCollection(c *call) (answer, error) {
	id := c.id("collection_id")
	if _, err := a.Collections.Get(c.ctx(), c.grant, id); err != nil {
		return nil, err
	}
	u, err := a.upload(c, wire.Limits{MaxFiles: 1, MaxFileBytes: a.Config.Media.MaxSize})
	if err != nil {
		return nil, err
	}
	if err := u.Fault(); err != nil {
		return nil, err
	}
	if len(u.Files) == 0 || u.Files[0].Field != searchPart {
		return nil, osprey.Missing(searchPart)
	}
	topK, err := readTopK(u.Payload)
	if err != nil {
		return nil, err
	}
	file := u.Files[0]
	found, err := a.Collections.SearchPhoto(c.ctx(), c.grant, id, collection.Photo{Field: file.Field, Name: file.Name, Data: file.Data, Source: c.source()}, topK)
	if err != nil {
		return nil, err
	}
	return ok(showSearch(found))
}

const (
	searchPart  = "photo"
	defaultTopK = 10
)

func readTopK(o *wire.Object) (int, error) {
	n := defaultTopK
	if v := o.Int("top_k"); v != nil {
		n = *v
		checkTopK(o, n)
	}
	return n, o.Err()
}

func checkTopK(o *wire.Object, n int) {
	if n >= 1 && n <= osprey.MaxTopK {
		return
	}
	limit := osprey.MaxTopK
	if n < 1 {
		limit = 1
	}
	o.Fail(osprey.OutOfRange(o.Name("top_k"), limit, n, "top_k must be between 1 and %d", osprey.MaxTopK))
}
