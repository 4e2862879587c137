package media

import "fmt"

// Reason says in one word why a file is refused. The values stand in the
// `details.reason` of error bodies.
type Reason string

// The reasons for which an image is refused.
const (
	ReasonEmpty       Reason = "empty_file"            // no bytes at all
	ReasonBytes       Reason = "bytes"                 // above Limits.MaxBytes
	ReasonType        Reason = "type"                  // not a still JPEG, PNG or WebP
	ReasonHEIF        Reason = "heif_disabled"         // HEIC or AVIF, for which no decoder is built in
	ReasonVideo       Reason = "video_decoder_missing" // a video, which this decoder does not take
	ReasonPixels      Reason = "pixels"                // above Limits.MaxPixels or Limits.MaxSide
	ReasonTooSmall    Reason = "too_small"             // below Limits.MinSide
	ReasonUndecodable Reason = "undecodable"           // right type, broken content
)

// Kind groups reasons by whose fault it is and how it is answered.
type Kind uint8

// The kinds of refusal.
const (
	KindInvalid     Kind = iota // the content is bad: empty_file, too_small, undecodable
	KindTooLarge                // a limit is exceeded: bytes, pixels
	KindUnsupported             // another type of file: type, heif_disabled, video_decoder_missing
)

// Kind is the group that the reason belongs to.
func (r Reason) Kind() Kind {
	switch r {
	case ReasonBytes, ReasonPixels:
		return KindTooLarge
	case ReasonType, ReasonHEIF, ReasonVideo:
		return KindUnsupported
	}
	return KindInvalid
}

// Error is the refusal of a file. Probe and Decode return no other error of
// their own; Decode also returns the context's.
type Error struct {
	Reason Reason
	Type   Type  // what the bytes are; Type.MIME names it in error details
	Limit  int64 // the limit in force; 0 where the reason has none
	Actual int64 // what was measured against Limit: bytes, pixels, or pixels of a side
	Err    error // the decoder's own words, for a log; nil where there are none
}

// Error describes the refusal in words for a log.
func (e *Error) Error() string {
	switch e.Reason {
	case ReasonEmpty:
		return "media: the file is empty"
	case ReasonBytes:
		return fmt.Sprintf("media: %d bytes exceed the limit of %d", e.Actual, e.Limit)
	case ReasonPixels:
		return fmt.Sprintf("media: %s of %d pixels exceeds the limit of %d", e.Type, e.Actual, e.Limit)
	case ReasonTooSmall:
		return fmt.Sprintf("media: %s with a side of %d pixels, at least %d are needed", e.Type, e.Actual, e.Limit)
	case ReasonUndecodable:
		return fmt.Sprintf("media: %s cannot be decoded: %v", e.Type, e.Err)
	}
	return fmt.Sprintf("media: %s (%s) is not accepted: %s", e.Type, e.Type.MIME(), e.Reason)
}

// Unwrap gives the decoder's own error.
func (e *Error) Unwrap() error { return e.Err }

// Kind is the group that the error's reason belongs to.
func (e *Error) Kind() Kind { return e.Reason.Kind() }

func undecodable(t Type, err error) *Error {
	return &Error{Reason: ReasonUndecodable, Type: t, Err: err}
}

// refusal is the error for a type that is not an accepted still image, or nil.
func refusal(t Type) *Error {
	switch {
	case t.Still():
		return nil
	case t.HEIF():
		return &Error{Reason: ReasonHEIF, Type: t}
	case t.Video():
		return &Error{Reason: ReasonVideo, Type: t}
	}
	return &Error{Reason: ReasonType, Type: t}
}
