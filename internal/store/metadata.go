package store

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

// Kind is a kind of object that has metadata.
type Kind string

// The kinds.
const (
	KindCompany     Kind = "company"
	KindUser        Kind = "user"
	KindFolder      Kind = "folder"
	KindMedia       Kind = "media"
	KindAnalysis    Kind = "analysis"
	KindCollection  Kind = "collection"
	KindPerson      Kind = "person"
	KindPersonImage Kind = "person_image"
)

// Metadata returns the user's object of one object, with the company and the
// owner it belongs to. The owner of a folder and of what hangs on it is the
// folder's user, that of a user is the user; the other kinds have none.
func (tx *Tx) Metadata(kind Kind, id osprey.ID) (m osprey.Metadata, company, owner osprey.ID, err error) {
	text, company, owner, err := tx.metadataText(kind, id)
	if err != nil {
		return nil, "", "", tx.fail(err)
	}
	var d decoder
	m = d.object(text)
	return m, company, owner, d.err
}

func (tx *Tx) metadataText(kind Kind, id osprey.ID) (text string, company, owner osprey.ID, err error) {
	scope, user := tx.company(), tx.scope.Owner
	switch kind {
	case KindCompany:
		r, err := tx.q.CompanyMetadata(tx.ctx, query.CompanyMetadataParams{ID: id, Scope: scope})
		return r.Metadata, r.CompanyID, "", err
	case KindUser:
		if user != "" && user != id { // a user's owner is the user
			return "", "", "", ErrNotFound
		}
		r, err := tx.q.UserMetadata(tx.ctx, query.UserMetadataParams{ID: id, Scope: &scope})
		return r.Metadata, idOf(r.CompanyID), id, err
	case KindFolder:
		r, err := tx.q.FolderMetadata(tx.ctx, query.FolderMetadataParams{ID: id, Scope: scope, Owner: user})
		return r.Metadata, r.CompanyID, r.UserID, err
	case KindMedia:
		r, err := tx.q.MediaMetadata(tx.ctx, query.MediaMetadataParams{ID: id, Scope: scope, Owner: user})
		return r.Metadata, r.CompanyID, r.OwnerID, err
	case KindAnalysis:
		r, err := tx.q.AnalysisMetadata(tx.ctx, query.AnalysisMetadataParams{ID: id, Scope: scope, Owner: user})
		return r.Metadata, r.CompanyID, r.OwnerID, err
	case KindCollection:
		r, err := tx.q.CollectionMetadata(tx.ctx, query.CollectionMetadataParams{ID: id, Scope: scope})
		return r.Metadata, r.CompanyID, "", err
	case KindPerson:
		r, err := tx.q.PersonMetadata(tx.ctx, query.PersonMetadataParams{ID: id, Scope: scope, Owner: user})
		return r.Metadata, r.CompanyID, "", err
	case KindPersonImage:
		r, err := tx.q.PersonImageMetadata(tx.ctx, query.PersonImageMetadataParams{ID: id, Scope: scope, Owner: user})
		return r.Metadata, r.CompanyID, "", err
	}
	return "", "", "", ErrNotFound
}

// SetMetadata replaces it, with its searchable rows, and sets the update time of
// the object.
func (tx *Tx) SetMetadata(kind Kind, id osprey.ID, m osprey.Metadata) error {
	var e encoder
	text := e.object(m)
	if e.err != nil {
		return e.err
	}
	company, err := tx.setMetadataText(kind, id, m, text)
	if err != nil {
		return tx.fail(err)
	}
	return tx.replaceMeta(kind, id, company, m)
}

func (tx *Tx) setMetadataText(kind Kind, id osprey.ID, m osprey.Metadata, text string) (company osprey.ID, err error) {
	scope, user := tx.company(), tx.scope.Owner
	switch kind {
	case KindCompany:
		return tx.q.SetCompanyMetadata(tx.ctx, query.SetCompanyMetadataParams{ID: id, Metadata: text, Updated: tx.now, Scope: scope})
	case KindUser:
		if user != "" && user != id {
			return "", ErrNotFound
		}
		c, err := tx.q.SetUserMetadata(tx.ctx, query.SetUserMetadataParams{ID: id, Metadata: text, Updated: tx.now, Scope: &scope})
		return idOf(c), err
	case KindFolder:
		return tx.q.SetFolderMetadata(tx.ctx, query.SetFolderMetadataParams{ID: id, Metadata: text, Updated: tx.now, Scope: scope, Owner: user})
	case KindMedia:
		return tx.q.SetMediaMetadata(tx.ctx, query.SetMediaMetadataParams{ID: id, Metadata: text, Updated: tx.now, Scope: scope, Owner: user})
	case KindAnalysis:
		return tx.q.SetAnalysisMetadata(tx.ctx, query.SetAnalysisMetadataParams{ID: id, Metadata: text, Updated: tx.now, Scope: scope, Owner: user})
	case KindCollection:
		return tx.q.SetCollectionMetadata(tx.ctx, query.SetCollectionMetadataParams{ID: id, Metadata: text, Updated: tx.now, Scope: scope})
	case KindPerson:
		return tx.q.SetPersonMetadata(tx.ctx, query.SetPersonMetadataParams{ID: id, Metadata: text, NameFold: m.PersonName(), Updated: tx.now, Scope: scope, Owner: user})
	case KindPersonImage:
		return tx.q.SetPersonImageMetadata(tx.ctx, query.SetPersonImageMetadataParams{ID: id, Metadata: text, Updated: tx.now, Scope: scope, Owner: user})
	}
	return "", ErrNotFound
}

// replaceMeta writes the searchable rows of an object anew.
func (tx *Tx) replaceMeta(kind Kind, id, company osprey.ID, m osprey.Metadata) error {
	if err := tx.dropMeta(id); err != nil {
		return err
	}
	return tx.putMeta(kind, id, company, m)
}

// putMeta writes the searchable rows of a new object.
func (tx *Tx) putMeta(kind Kind, id, company osprey.ID, m osprey.Metadata) error {
	for _, t := range m.Flatten() {
		err := tx.q.InsertMeta(tx.ctx, query.InsertMetaParams{
			CompanyID: company, Kind: string(kind), ObjectID: id,
			Path: stored(t.Path), Content: stored(t.Text), Term: term(t.Path, t.Text),
		})
		if err != nil {
			return tx.fail(err)
		}
	}
	return nil
}

func (tx *Tx) dropMeta(id osprey.ID) error { return tx.fail(tx.q.DeleteMeta(tx.ctx, id)) }

// unhang removes what hangs on a deleted object by its id alone: its searchable
// metadata, and what kept answers tell of it.
func (tx *Tx) unhang(id osprey.ID) error {
	if err := tx.dropMeta(id); err != nil {
		return err
	}
	return tx.forget(id)
}

// term is what a metadata filter looks up: one value that stands for a path and
// its text. No path contains the separator's place in the text of another pair,
// because the length of the path goes in too.
func term(path, text string) string {
	h := sha256.New()
	_, _ = h.Write([]byte{byte(len(path) >> 24), byte(len(path) >> 16), byte(len(path) >> 8), byte(len(path))})
	_, _ = h.Write([]byte(path))
	_, _ = h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

// stored is a text as both databases take it: PostgreSQL has no NUL in TEXT. The
// term is made of the text as it was.
func stored(s string) string { return strings.ReplaceAll(s, "\x00", "\uFFFD") }
