package osprey

import "strings"

// Bounds of tags (api.md 8.2).
const (
	MaxTags      = 20
	MaxTagLength = 64
)

// Tags that decide what is done with a medium (api.md 8.2).
const (
	TagDocument         = "photo_id"
	TagDocumentBack     = "photo_id_back"
	TagDocumentPortrait = "photo_id_portrait"
	TagBestShot         = "best_shot"
)

// CleanTags checks tags and drops repeated ones, keeping the order. field names
// them in the error.
func CleanTags(field string, tags []string) ([]string, error) {
	out := make([]string, 0, len(tags))
	seen := make(map[string]bool, len(tags))
	for _, t := range tags {
		if !validTag(t) {
			return nil, OutOfRange(field, MaxTagLength, len(t), "a tag of %s must match [a-z0-9_]{1,%d}", field, MaxTagLength)
		}
		if !seen[t] {
			seen[t] = true
			out = append(out, t)
		}
	}
	if len(out) > MaxTags {
		return nil, OutOfRange(field, MaxTags, len(out), "%s has more than %d tags", field, MaxTags)
	}
	return out, nil
}

func validTag(t string) bool {
	if len(t) < 1 || len(t) > MaxTagLength {
		return false
	}
	return strings.IndexFunc(t, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_'
	}) < 0
}

// HasTag reports whether the tag is among tags.
func HasTag(tags []string, tag string) bool {
	for _, t := range tags {
		if t == tag {
			return true
		}
	}
	return false
}

// IsDocument reports whether the tags name a document (photo_id and its kinds):
// its largest face counts, whatever others it shows.
func IsDocument(tags []string) bool {
	for _, t := range tags {
		if t == TagDocument || strings.HasPrefix(t, TagDocument+"_") {
			return true
		}
	}
	return false
}
