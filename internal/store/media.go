package store

import (
	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

var mediaList = &list{
	table:   "media",
	kind:    KindMedia,
	company: "company_id",
	owner:   "media.owner_id = ?",
	updated: "updated",
	fields:  map[Field]condition{FieldID: column("id"), FieldFolder: column("folder_id"), FieldType: column("type")},
}

func mediaOf(r query.Medium) (osprey.Media, error) {
	var d decoder
	m := osprey.Media{
		ID: r.ID, Folder: r.FolderID, Company: r.CompanyID, Owner: r.OwnerID, Type: r.Type, Key: r.Part,
		OriginalName: r.OriginalName, SHA256: r.SHA256, Blob: r.BlobKey, Thumb: r.ThumbKey, Preview: r.PreviewKey,
		Analysis: orNone(r.AnalysisID), Source: orNone(r.SourceID), Cleared: r.Cleared,
		Metadata: d.object(r.Metadata), Technical: d.object(r.Technical), Created: r.Created, Updated: r.Updated,
	}
	d.read(r.Tags, &m.Tags)
	d.read(r.Info, &m.Info)
	return m, d.err
}

// orNone is the id, the empty one for NULL.
func orNone(id *osprey.ID) osprey.ID {
	if id == nil {
		return ""
	}
	return *id
}

// orNull is the id, NULL for the empty one.
func orNull(id osprey.ID) *osprey.ID {
	if id == "" {
		return nil
	}
	return &id
}

// uploaded leaves out the result images of analyses.
var uploaded = clause{sql: "media.analysis_id IS NULL"}

// Media returns one of any folder, result images too.
func (tx *Tx) Media(id osprey.ID) (osprey.Media, error) {
	r, err := tx.q.Media(tx.ctx, query.MediaParams{ID: id, Scope: tx.company(), Owner: tx.scope.Owner})
	if err != nil {
		return osprey.Media{}, tx.fail(err)
	}
	return mediaOf(r)
}

// MediaList lists the media of one folder, without result images; fields: id,
// type.
func (tx *Tx) MediaList(folder osprey.ID, q Query) ([]osprey.Media, int, error) {
	return page(tx, mediaList, q, mediaOf, in("media.folder_id", []osprey.ID{folder}), uploaded)
}

// MediaOfFolders returns all media of the folders given, without result images,
// oldest first.
func (tx *Tx) MediaOfFolders(folders []osprey.ID) (map[osprey.ID][]osprey.Media, error) {
	return group(tx, mediaList, "media.folder_id", folders, mediaOf, func(m osprey.Media) osprey.ID { return m.Folder }, uploaded)
}

// ResultImages returns the result images that the analyses given made, oldest
// first, by analysis. Those that were deleted since are not among them.
func (tx *Tx) ResultImages(analyses []osprey.ID) (map[osprey.ID][]osprey.Media, error) {
	return group(tx, mediaList, "media.analysis_id", analyses, mediaOf, func(m osprey.Media) osprey.ID { return m.Analysis })
}

// InsertMedia stores a new one in a folder of the scope, ErrNotFound when there
// is none. Company and owner become the folder's. A result image names the analysis
// that made it and its source; ErrReferenced: one of them is gone.
func (tx *Tx) InsertMedia(m osprey.Media) error {
	var e encoder
	p := query.InsertMediaParams{
		ID: m.ID, FolderID: m.Folder, Type: m.Type, Part: m.Key,
		OriginalName: m.OriginalName, Tags: listText(&e, m.Tags), Info: e.text(m.Info), SHA256: m.SHA256,
		BlobKey: m.Blob, ThumbKey: m.Thumb, PreviewKey: m.Preview,
		AnalysisID: orNull(m.Analysis), SourceID: orNull(m.Source), Cleared: m.Cleared,
		Metadata: e.object(m.Metadata), Technical: e.object(m.Technical),
		Created: tx.moment(m.Created), Updated: tx.moment(m.Updated), Scope: tx.company(), Owner: tx.scope.Owner,
	}
	if e.err != nil {
		return e.err
	}
	company, err := tx.q.InsertMedia(tx.ctx, p)
	if err != nil {
		return tx.fail(err)
	}
	if m.Analysis == "" {
		if err := tx.countIntake(company, p.Created, 0, 1); err != nil {
			return err
		}
		if err := tx.folderCleared(m.ID); err != nil {
			return err
		}
	}
	return tx.putMeta(KindMedia, m.ID, company, m.Metadata)
}

// SetTags replaces the tags of a medium and sets its update time.
func (tx *Tx) SetTags(id osprey.ID, tags []string) error {
	var e encoder
	p := query.SetTagsParams{ID: id, Tags: listText(&e, tags), Updated: tx.now, Scope: tx.company(), Owner: tx.scope.Owner}
	if e.err != nil {
		return e.err
	}
	return tx.one(tx.q.SetTags(tx.ctx, p))
}

// DeleteMedia removes one with its look and the result images that were cut from
// it, and notes their blobs to be erased; analyses keep their snapshot, marked
// cleared.
func (tx *Tx) DeleteMedia(id osprey.ID) error {
	if err := tx.clearSources(id); err != nil {
		return err
	}
	rows, err := tx.q.BlobsOfMedium(tx.ctx, query.BlobsOfMediumParams{ID: id, Scope: tx.company(), Owner: tx.scope.Owner})
	if err != nil {
		return tx.fail(err)
	}
	if err := tx.one(tx.q.DeleteMedia(tx.ctx, query.DeleteMediaParams{ID: id, Scope: tx.company(), Owner: tx.scope.Owner})); err != nil {
		return err
	}
	for _, r := range rows {
		if err := tx.gone(r.ID, r.BlobKey, r.ThumbKey, r.PreviewKey); err != nil {
			return err
		}
	}
	return tx.bury(BuriedMedia, id)
}

// gone cleans up after a medium whose row was deleted: its searchable metadata, and
// a note for each of its blobs.
func (tx *Tx) gone(id osprey.ID, blobs ...string) error {
	if err := tx.unhang(id); err != nil {
		return err
	}
	return tx.AddBlobErase(blobs)
}

// clearSources marks a medium as cleared in the snapshots of analyses.
func (tx *Tx) clearSources(media osprey.ID) error {
	rows, err := tx.q.SourcesOfMedia(tx.ctx, query.SourcesOfMediaParams{MediaID: media, Scope: tx.company(), Owner: tx.scope.Owner})
	if err != nil {
		return tx.fail(err)
	}
	for _, r := range rows {
		var d decoder
		var source []osprey.SourceMedia
		if d.read(r.Source, &source); d.err != nil {
			return tx.fail(d.err)
		}
		for i := range source {
			source[i].Cleared = source[i].Cleared || source[i].Media == media
		}
		var e encoder
		p := query.SetSourceParams{ID: r.ID, Source: e.text(source), Scope: tx.company(), Owner: tx.scope.Owner}
		if e.err != nil {
			return e.err
		}
		if err := tx.q.SetSource(tx.ctx, p); err != nil {
			return tx.fail(err)
		}
	}
	return nil
}

// MediaInUse lists the PROCESSING analyses that take a medium, newest first, at
// most limit.
func (tx *Tx) MediaInUse(id osprey.ID, limit int) ([]Reference, error) {
	rows, err := tx.q.MediaInUse(tx.ctx, query.MediaInUseParams{
		MediaID: id, Scope: tx.company(), Owner: tx.scope.Owner, Most: int64(limit),
	})
	if err != nil {
		return nil, tx.fail(err)
	}
	out := make([]Reference, len(rows))
	for i, r := range rows {
		out[i] = Reference{Analysis: r.ID, Folder: r.FolderID}
	}
	return out, nil
}

// Look is what was seen in a medium of a folder, kept so that a second analysis
// costs a search and not an inference.
type Look struct {
	Media    osprey.ID
	Company  osprey.ID
	Template osprey.SealedTemplate
	Quality  osprey.Quality
	Face     osprey.Face
	Grade    osprey.Measures // every measure that was made
	Trace    osprey.Metadata // how it came about
	// Seen is the kind of look (the face choice), because the tags decide which
	// face counts and they may change.
	Seen string
}

// Look returns what was seen, ErrNotFound when nothing was kept for this model
// and choice.
func (tx *Tx) Look(media osprey.ID, model, seen string) (Look, error) {
	r, err := tx.q.Look(tx.ctx, query.LookParams{
		MediaID: media, Model: model, Seen: seen, Scope: tx.company(), Owner: tx.scope.Owner,
	})
	if err != nil {
		return Look{}, tx.fail(err)
	}
	l := Look{
		Media: r.MediaID, Company: r.CompanyID, Seen: r.Seen,
		Template: osprey.SealedTemplate{Model: r.Model, Bytes: r.Template},
	}
	var d decoder
	d.read(r.Quality, &l.Quality)
	d.read(r.Face, &l.Face)
	d.read(r.Grade, &l.Grade)
	l.Trace = d.object(r.Trace)
	return l, d.err
}

// PutLook stores or replaces it; a medium that is gone is no error and stores
// nothing.
func (tx *Tx) PutLook(l Look) error {
	var e encoder
	p := query.PutLookParams{
		MediaID: l.Media, Model: l.Template.Model, Seen: l.Seen, Template: l.Template.Bytes,
		Quality: e.text(l.Quality), Face: e.text(l.Face), Grade: e.measures(l.Grade), Trace: e.object(l.Trace), Created: tx.now, Scope: tx.company(), Owner: tx.scope.Owner,
	}
	if e.err != nil {
		return e.err
	}
	return tx.fail(tx.q.PutLook(tx.ctx, p))
}
