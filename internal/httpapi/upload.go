package httpapi

import (
	"slices"

	"example.org/osprey"
	"example.org/osprey/internal/capsule"
	"example.org/osprey/internal/wire"
)

// received reads a body that brings media, multipart or a capsule: what comes after
// does not see the difference, so that whatever takes the one takes the other.
func (a *API) received(c *call, limits wire.Limits) (*wire.Upload, error) {
	if wire.KindOf(c.r) == wire.BodyOctets {
		return a.openCapsule(c, limits)
	}
	return a.upload(c, limits)
}

// openCapsule reads a capsule and returns the multipart upload that it stands for:
// its media under their keys, its payload (api.md 12.3). A capsule without a body is
// refused: whoever announces one and sends none lost it (api.md 12.4).
func (a *API) openCapsule(c *call, limits wire.Limits) (*wire.Upload, error) {
	if err := a.mayUpload(c); err != nil {
		return nil, err
	}
	body, err := wire.ReadOctets(c.r, min(limits.Bytes(), capsule.MaxBytes), c.lease)
	if err != nil {
		return nil, err
	}
	content, err := a.Capsules.Open(c.ctx(), body, capsule.Owner{Company: c.caller.User.Company, Anybody: a.Config.Server.Storeless()}, capsule.Limits{
		MaxMedia: limits.MaxFiles, MediaBytes: limits.MaxFileBytes, Payload: wire.MaxJSONBytes, Unpacked: limits.Bytes(),
		Reserve: c.lease.Reserve,
	})
	if err != nil {
		return nil, err
	}
	u := &wire.Upload{Files: wire.Each(content.Media, func(m capsule.Medium) wire.File {
		return wire.NewFile(m.Key, m.Name, m.Data, m.Size > limits.MaxFileBytes, limits)
	})}
	u.Payload, err = wire.ParsePayload(content.Payload, c.lease)
	return u, err
}

// sessionTokenObject answers GET /api/authorize/session_token.
type sessionTokenObject struct {
	Token   string `json:"session_token"`
	Expires int64  `json:"expire_date"`
}

// createSessionToken hands out what one capsule is signed with.
func (a *API) createSessionToken(c *call) (answer, error) {
	token, err := a.Capsules.Mint(c.show.base, c.caller.User.ID, c.caller.User.Company)
	if err != nil {
		return nil, err
	}
	return ok(sessionTokenObject{Token: token.Text, Expires: seconds(token.Expires)})
}

// upload reads a multipart body, unless the disk is full.
func (a *API) upload(c *call, limits wire.Limits) (*wire.Upload, error) {
	if err := a.mayUpload(c); err != nil {
		return nil, err
	}
	return wire.ReadUpload(c.r, limits, c.lease)
}

// mayUpload asks for room on the disk, unless nothing of the call comes there.
func (a *API) mayUpload(c *call) error {
	if c.unstored {
		return nil
	}
	return a.Process.MayUpload()
}

// described is a file part with what the payload says about it.
type described struct {
	wire.File
	tags     []string
	metadata osprey.Metadata
}

// describe joins the parts of an upload with media:tags and media:meta_data of
// its payload. Keys that name no part are refused.
func describe(files []wire.File, o *wire.Object) ([]described, error) {
	tags, metadata := o.TagsByPart("media:tags"), o.MetadataByPart("media:meta_data")
	if err := o.Err(); err != nil {
		return nil, err
	}
	out := make([]described, len(files))
	for i, f := range files {
		clean, err := osprey.CleanTags("media:tags", tags[f.Field])
		if err != nil {
			return nil, err
		}
		out[i] = described{File: f, tags: clean, metadata: metadata[f.Field]}
	}
	for _, key := range slices.Concat(sortedKeys(tags), sortedKeys(metadata)) {
		if !slices.ContainsFunc(files, func(f wire.File) bool { return f.Field == key }) {
			return nil, osprey.InvalidValue(key, "There is no part of this name")
		}
	}
	return out, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
