package media

import "fmt"

// Reason says in one word why a file is refused. The values stand in the
// `details.reason` of error bodies.
type Reason string

// The reasons for which a file is refused.
const (
	ReasonEmpty       Reason = "empty_file"            // no bytes at all
	ReasonBytes       Reason = "bytes"                 // above Limits.MaxBytes
	ReasonType        Reason = "type"                  // not an accepted kind of file, or one without pictures
	ReasonHEIF        Reason = "heif_disabled"         // HEIC or AVIF, for which no decoder is built in
	ReasonVideo       Reason = "video_decoder_missing" // a video, given to Decode or to a Player without a decoder
	ReasonPixels      Reason = "pixels"                // above Limits.MaxPixels or Limits.MaxSide
	ReasonTooSmall    Reason = "too_small"             // below Limits.MinSide
	ReasonUndecodable Reason = "undecodable"           // right type, broken content
	ReasonDuration    Reason = "duration"              // a video above ClipLimits.MaxDuration
	ReasonFrames      Reason = "frames"                // above ClipLimits.MaxFrames, or a video with too many a second
	ReasonUnpacked    Reason = "unpacked"              // a shot set above ClipLimits.MaxUnpacked
	ReasonRatio       Reason = "ratio"                 // a shot set above ClipLimits.MaxRatio
	ReasonUnsafe      Reason = "unsafe_archive"        // a ZIP made to do harm, or that two readers would read differently
)

// Kind groups reasons by whose fault it is and how it is answered.
type Kind uint8

// The kinds of refusal.
const (
	KindInvalid     Kind = iota // the content is bad: empty_file, too_small, undecodable, unsafe_archive
	KindTooLarge                // a limit is exceeded: bytes, pixels, duration, frames, unpacked, ratio
	KindUnsupported             // another type of file: type, heif_disabled, video_decoder_missing
)

// Kind is the group that the reason belongs to.
func (r Reason) Kind() Kind {
	switch r {
	case ReasonBytes, ReasonPixels, ReasonDuration, ReasonFrames, ReasonUnpacked, ReasonRatio:
		return KindTooLarge
	case ReasonType, ReasonHEIF, ReasonVideo:
		return KindUnsupported
	}
	return KindInvalid
}

// Error is the refusal of a file. Probe and Decode return no other error of
// their own; Decode also returns the context's, and a Player a *DecoderError.
type Error struct {
	Reason Reason
	Type   Type   // what the bytes are; Type.MIME names it in error details
	Limit  int64  // the limit in force; 0 where the reason has none
	Actual int64  // what was measured against Limit: bytes, pixels, pixels of a side, milliseconds or frames
	Entry  string // the file of a shot set that is at fault; empty where it is none of them
	Err    error  // the decoder's own words, for a log; nil where there are none
}

// Error describes the refusal in words for a log.
func (e *Error) Error() string {
	if e.Entry == "" {
		return e.text()
	}
	return fmt.Sprintf("%s (file %q of the shot set)", e.text(), e.Entry)
}

func (e *Error) text() string {
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
	case ReasonDuration:
		return fmt.Sprintf("media: %s of %d milliseconds, at most %d are accepted", e.Type, e.Actual, e.Limit)
	case ReasonFrames, ReasonUnpacked, ReasonRatio:
		return fmt.Sprintf("media: %s: %s of %d exceeds the limit of %d", e.Type, e.Reason, e.Actual, e.Limit)
	case ReasonUnsafe:
		return fmt.Sprintf("media: %s is unsafe: %v", e.Type, e.Err)
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

// DecoderError says that the decoder of videos has failed, which is no verdict
// about the file: it could not be started, was killed, died of a signal, wrote
// something that is no picture, or ran out of its time. A caller may try again
// later, when Timeout is false with little hope.
type DecoderError struct {
	Timeout bool  // it was the time limit
	Err     error // what happened, for a log
}

// Error describes the failure in words for a log.
func (e *DecoderError) Error() string {
	if e.Timeout {
		return fmt.Sprintf("media: the video decoder took too long: %v", e.Err)
	}
	return fmt.Sprintf("media: the video decoder failed: %v", e.Err)
}

// Unwrap gives what happened.
func (e *DecoderError) Unwrap() error { return e.Err }
