package httpapi

import (
	"cmp"
	"context"
	"net/http"

	"example.org/osprey"
	"example.org/osprey/internal/folder"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/wire"
)

var mediaList = wire.List{Sort: store.CreatedAsc, Times: true, Meta: true, Filters: []wire.Filter{wire.ByID("media_id", store.FieldID)}}

func (a *API) listMedia(c *call) (answer, error) {
	page, fault := pageUnder(mediaList, c.params)
	media, total, err := a.Folders.MediaList(c.ctx(), c.grant, c.id("folder_id"), page.Query)
	if err = cmp.Or(err, fault); err != nil {
		return nil, err
	}
	return ok(wire.Body(page, wire.Each(media, c.show.media), total))
}

func (a *API) addMedia(c *call) (answer, error) {
	id := c.id("folder_id")
	if _, err := a.Folders.Get(c.ctx(), c.grant, id, folder.Expand{}); err != nil {
		return nil, err
	}
	u, err := a.upload(c, wire.Limits{MaxFiles: a.Config.Media.MaxCount, MaxFileBytes: a.Config.Media.MaxSize})
	if err != nil {
		return nil, err
	}
	if len(u.Files) == 0 {
		return nil, osprey.Errorf(osprey.CodeInvalidStructure, "The upload has no file").
			With("field", "files").With("reason", "no_file").With("limit", 1).With("actual", 0)
	}
	metadata := u.Payload.Metadata("folder:meta_data") // for its consent
	files, err := describe(u.Files, u.Payload)
	if err != nil {
		return nil, err
	}
	in := folder.Addition{Files: wire.Each(files, folderFile), Metadata: metadata}
	return effect(c, http.StatusCreated,
		func(ctx context.Context) ([]osprey.Media, error) { return a.Folders.AddMedia(ctx, c.grant, id, in) },
		func(media []osprey.Media) any { return wire.Each(media, c.show.media) })
}

func (a *API) getMedia(c *call) (answer, error) {
	m, err := a.Folders.Media(c.ctx(), c.grant, c.id("media_id"))
	if err != nil {
		return nil, err
	}
	return ok(c.show.media(m))
}

func (a *API) updateMedia(c *call) (answer, error) {
	id := c.id("media_id")
	if _, err := a.Folders.Media(c.ctx(), c.grant, id); err != nil {
		return nil, err
	}
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	o.Require("tags")
	tags := o.Strings("tags")
	if err := o.Err(); err != nil {
		return nil, err
	}
	tags, err = osprey.CleanTags("tags", tags)
	if err != nil {
		return nil, err
	}
	m, err := a.Folders.SetTags(c.ctx(), c.grant, id, tags)
	if err != nil {
		return nil, err
	}
	return ok(c.show.media(m))
}

func (a *API) deleteMedia(c *call) (answer, error) {
	return done(a.Folders.DeleteMedia(c.ctx(), c.grant, c.id("media_id")))
}
