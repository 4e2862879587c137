package httpapi

import (
	"slices"

	"example.org/osprey"
	"example.org/osprey/internal/wire"
)

// upload reads a multipart body, unless the disk is full.
func (a *API) upload(c *call, limits wire.Limits) (*wire.Upload, error) {
	if err := a.Process.MayUpload(); err != nil {
		return nil, err
	}
	return wire.ReadUpload(c.r, limits, c.lease)
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
