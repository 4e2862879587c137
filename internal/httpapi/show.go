package httpapi

import (
	"strings"

	"example.org/osprey"
	"example.org/osprey/internal/wire"
)

// show turns nouns into the objects of the contract. Nouns with media need it for
// their links, which are made afresh in every answer; the others are shown by
// plain functions. All of it is pure: every documented key is there, null when
// unknown, [] or {} when empty.
type show struct {
	signer *wire.Signer
	base   string // scheme and host that links begin with
}

// links are the two addresses of a still image, null when its bytes are gone.
func (s show) links(owner, media osprey.ID, mime, blob, thumb string) (original, thumbnail *string) {
	stem := "/static/" + string(owner) + "/" + string(media)
	if blob != "" {
		original = some(s.signer.Link(s.base, stem+"."+extension(mime)))
	}
	if thumb != "" {
		thumbnail = some(s.signer.Link(s.base, stem+"_thumb.jpg"))
	}
	return original, thumbnail
}

// extension is the file extension of a type, as links end.
func extension(mime string) string {
	switch mime {
	case "image/jpeg":
		return "jpg"
	case "image/png":
		return "png"
	case "image/webp":
		return "webp"
	}
	return "bin"
}

func some[T any](v T) *T { return &v }

// orNull is null for the zero value.
func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// object is {} for metadata that were never set.
func object(m osprey.Metadata) osprey.Metadata {
	if m == nil {
		return osprey.Metadata{}
	}
	return m
}

// array is [] for nil.
func array[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// mediaIdentity is the key that repeats the id of a medium under the name of its
// type; the other two are absent.
type mediaIdentity struct {
	Image    *osprey.ID `json:"image_id,omitempty"`
	Video    *osprey.ID `json:"video_id,omitempty"`
	ShotsSet *osprey.ID `json:"shots_set_id,omitempty"`
}

func identityOf(t osprey.MediaType, id osprey.ID) mediaIdentity {
	switch t {
	case osprey.MediaVideo:
		return mediaIdentity{Video: &id}
	case osprey.MediaShotSet:
		return mediaIdentity{ShotsSet: &id}
	}
	return mediaIdentity{Image: &id}
}

// info is the description of a file, under the name of its kind.
type info struct {
	Image *osprey.ImageInfo `json:"image,omitempty"`
	Video *osprey.ImageInfo `json:"video,omitempty"`
}

func infoOf(i osprey.ImageInfo) info {
	if strings.HasPrefix(i.MIME, "image/") {
		return info{Image: &i}
	}
	return info{Video: &i}
}
