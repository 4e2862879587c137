package gallery

import (
	"errors"
	"fmt"
)

// What a gallery refuses. Errors of this package wrap these; the text around
// them names the offending value but never a component of a template.
var (
	// ErrConfig: a Config that no gallery can have.
	ErrConfig = errors.New("gallery: unusable configuration")
	// ErrClosed: the gallery was closed.
	ErrClosed = errors.New("gallery: closed")
	// ErrGap: a change further ahead than the next one; see GapError.
	ErrGap = errors.New("gallery: changes are missing")
	// ErrOp: a change with an operation that does not exist.
	ErrOp = errors.New("gallery: unknown operation")
	// ErrID: an image or person id that is not a UUID in lower case with hyphens.
	ErrID = errors.New("gallery: malformed id")
	// ErrModel: a template that another model computed.
	ErrModel = errors.New("gallery: template of another model")
	// ErrVector: a template of the wrong length, with a component that is not a
	// finite number, or not normalised.
	ErrVector = errors.New("gallery: unusable template")
	// ErrExists: an image that is added twice.
	ErrExists = errors.New("gallery: image exists already")
	// ErrUnknownImage: an image that is moved but not there.
	ErrUnknownImage = errors.New("gallery: no such image")
	// ErrK: a search for fewer than 1 or more than MaxK persons.
	ErrK = errors.New("gallery: number of persons out of range")
)

// What can be wrong with a snapshot. All wrap ErrSnapshot, and all mean the
// same to the caller: build the gallery from the templates instead.
var (
	// ErrSnapshot: the snapshot cannot be used.
	ErrSnapshot = errors.New("gallery: snapshot")
	// ErrSnapshotFormat: not a snapshot, or of a format this build does not read.
	ErrSnapshotFormat = fmt.Errorf("%w: unknown format", ErrSnapshot)
	// ErrSnapshotMismatch: a snapshot of another model or length of template.
	ErrSnapshotMismatch = fmt.Errorf("%w: of another gallery", ErrSnapshot)
	// ErrSnapshotSeal: a chunk did not open: changed, reordered, of another
	// snapshot, bound to something else, or sealed with another key.
	ErrSnapshotSeal = fmt.Errorf("%w: seal broken", ErrSnapshot)
	// ErrSnapshotTruncated: the snapshot ends too early.
	ErrSnapshotTruncated = fmt.Errorf("%w: truncated", ErrSnapshot)
	// ErrSnapshotCorrupt: the seals are whole but the content contradicts itself.
	ErrSnapshotCorrupt = fmt.Errorf("%w: corrupt", ErrSnapshot)
)

// GapError reports a change that cannot be applied because others have to come
// first. It wraps ErrGap.
type GapError struct {
	Current int64 // version of the gallery
	Got     int64 // version of the change
}

// Error names both versions.
func (e *GapError) Error() string {
	return fmt.Sprintf("%v: the gallery is at version %d, the change is %d", ErrGap, e.Current, e.Got)
}

// Unwrap returns ErrGap.
func (e *GapError) Unwrap() error { return ErrGap }
