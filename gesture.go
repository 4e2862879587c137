package osprey

import "slices"

// The gesture tags (api.md 8.2, components.md 5). Left and right are the user's
// own sides.
const (
	GestureTagBlank   = "video_selfie_blank"
	GestureTagOneShot = "video_selfie_oneshot"
	GestureTagBest    = "video_selfie_best"
	GestureTagLeft    = "video_selfie_left"
	GestureTagRight   = "video_selfie_right"
	GestureTagDown    = "video_selfie_down"
	GestureTagHigh    = "video_selfie_high"
	GestureTagSmile   = "video_selfie_smile"
	GestureTagEyes    = "video_selfie_eyes"
	GestureTagScan    = "video_selfie_scan"
	GestureTagZoomIn  = "video_selfie_zoom_in"
	GestureTagZoomOut = "video_selfie_zoom_out"
)

// gestureTags are all of them, in the order of components.md 5.
var gestureTags = []string{
	GestureTagBlank, GestureTagOneShot, GestureTagSmile, GestureTagEyes, GestureTagScan, GestureTagLeft, GestureTagRight,
	GestureTagDown, GestureTagHigh, GestureTagZoomIn, GestureTagZoomOut, GestureTagBest,
}

// GestureTags lists the tags that name a gesture.
func GestureTags() []string { return slices.Clone(gestureTags) }

// IsGesture reports whether a tag names a gesture.
func IsGesture(tag string) bool { return slices.Contains(gestureTags, tag) }

// GestureTag is the gesture that the tags of a medium name, the first when there
// are several, empty when there is none.
func GestureTag(tags []string) string {
	for _, t := range tags {
		if IsGesture(t) {
			return t
		}
	}
	return ""
}

// GestureMoves reports whether a gesture is a movement, which takes several frames
// to prove: all but the still ones.
func GestureMoves(tag string) bool {
	switch tag {
	case GestureTagOneShot, GestureTagBest:
		return false
	}
	return IsGesture(tag)
}
