package httpapi

import (
	"encoding/base64"

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
	mark   string // what stands for both, and for the signature, in an answer that is kept
	// unstored, when not nil, shows what is stored nowhere: there are no links but to
	// the images that it holds, written out, and nobody to whom it belongs.
	unstored map[osprey.ID][]byte
}

// owner is whom a noun belongs to, null for one that is stored nowhere.
func (s show) owner(id osprey.ID) *osprey.ID {
	if s.unstored != nil {
		return nil
	}
	return &id
}

// written is a JPEG as an address that holds it.
func written(jpeg []byte) *string {
	return some("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(jpeg))
}

// link is the address of a file of a medium: the original, or a smaller picture of
// it that the suffix names. A show without a signer makes none.
func (s show) link(owner, media osprey.ID, suffix, extension string) *string {
	if s.signer == nil {
		return nil
	}
	path := "/static/" + string(owner) + "/" + string(media) + suffix + "." + extension
	if s.mark != "" {
		return some(s.mark + path)
	}
	return some(s.signer.Link(s.base, path))
}

// links are the two addresses of every medium, null when its bytes are gone.
func (s show) links(owner, media osprey.ID, mime, blob, thumb string) (original, thumbnail *string) {
	if blob != "" {
		original = s.link(owner, media, "", extension(mime))
	}
	if thumb != "" {
		thumbnail = s.link(owner, media, thumbSuffix, "jpg")
	}
	return original, thumbnail
}

// preview is the address of the playable form of a shot set, null where there is
// none.
func (s show) preview(m osprey.Media) *string {
	if m.Preview == "" || m.Cleared {
		return nil
	}
	return s.link(m.Folder, m.ID, previewSuffix, "mp4")
}

// What stands behind the id of a medium in the addresses of its other forms.
const (
	thumbSuffix   = "_thumb"
	previewSuffix = "_preview"
)

// extensions of the types that are stored, as links end.
var extensions = map[string]string{
	"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp",
	"video/mp4": "mp4", "video/quicktime": "mov", "video/webm": "webm", "video/x-msvideo": "avi", "video/x-matroska": "mkv",
	"application/zip": "zip", "application/pdf": "pdf", "application/json": "json",
}

// extension is the file extension of a type.
func extension(mime string) string {
	if e, ok := extensions[mime]; ok {
		return e
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
	Image    *osprey.ImageInfo `json:"image,omitempty"`
	Video    *videoInfo        `json:"video,omitempty"`
	ShotsSet *shotsSetInfo     `json:"shots_set,omitempty"`
}

// videoInfo are the facts of a video. FPS is null where the frames tell none.
type videoInfo struct {
	osprey.ImageInfo
	Seconds wire.Score  `json:"duration"`
	FPS     *wire.Score `json:"FPS"`
}

// shotsSetInfo are the facts of a shot set; width and height are its first frame's.
type shotsSetInfo struct {
	osprey.ImageInfo
	Frames int `json:"frames"`
}

func infoOf(t osprey.MediaType, i osprey.MediaInfo) info {
	switch t {
	case osprey.MediaVideo:
		v := videoInfo{ImageInfo: i.ImageInfo, Seconds: wire.Score(i.Seconds)}
		if i.FPS > 0 {
			v.FPS = some(wire.Score(i.FPS))
		}
		return info{Video: &v}
	case osprey.MediaShotSet:
		return info{ShotsSet: &shotsSetInfo{ImageInfo: i.ImageInfo, Frames: i.Frames}}
	}
	return info{Image: &i.ImageInfo}
}
