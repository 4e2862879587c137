package gallery

import (
	"context"
	"fmt"
)

const (
	// MaxDim is the greatest number of components a template may have.
	MaxDim = 4096
	// MaxK is the greatest number of persons one search may ask for.
	MaxK = 1000
	// MaxModelLen is the greatest length of a model id in bytes.
	MaxModelLen = 256
	// NormTolerance is how far the length of a template may be from 1.
	NormTolerance = 1e-3
)

// Gallery answers "who of these persons looks most like this probe?" over the
// templates of one collection, all computed by one model.
//
// The contract, which gallerytest.Run checks for every implementation:
//
// Concurrency. All methods may be called from many goroutines at once. Changes
// are applied one after the other. A search never waits for more of a change,
// and a change never waits for more of a search, than the work on one block of
// rows. ([Brute], made for tests, is excused from this sentence alone.)
//
// Exactness. The persons, their images, the bits of the similarities and the
// order are those of a full scan that calls osprey.Similarity(probe, template)
// for every image, whatever method the implementation uses to avoid that.
//
// Versions. The content is a function of the changes applied so far and is
// named by the version of the last one; a new gallery is empty and at version
// 0. A search sees exactly one version, from its first row to its last, and
// returns it.
//
// Read-your-writes. A search that starts after Apply(v) or WaitVersion(v) has
// returned nil sees version v or a later one. In particular an image whose
// removal was applied is not in the result of any search that starts later.
//
// Errors. Refused input changes nothing and gives an error that wraps one of
// this package's sentinels; what a context ends gives an error that wraps the
// context's. No input makes a method panic.
//
// Privacy. The memory of a removed template is overwritten before Apply
// returns, or, where a running search still sees an older version that has the
// template, when the last such search ends.
type Gallery interface {
	// Apply applies one change of the collection's change log. The change must
	// carry the version after the current one: a greater one is refused with a
	// *GapError (which wraps ErrGap), while one that is not greater than the
	// current version is known already and is passed over without an error and
	// without being looked at. On any error the version stays as it was.
	//
	// The vector is copied; the caller keeps its own.
	Apply(ctx context.Context, c Change) error

	// Search returns the best k persons for the probe, each with the best of its
	// images: by falling similarity, equal similarities by rising person id; of
	// equally similar images of a person the one with the smaller id. Fewer than
	// k when the gallery has fewer persons with images. k is 1 to MaxK (ErrK).
	Search(ctx context.Context, probe Probe, k int) (Result, error)

	// WaitVersion returns nil as soon as the gallery has applied version v, an
	// error when the context ends first, ErrClosed when the gallery is closed.
	WaitVersion(ctx context.Context, v int64) error

	// State returns the version and what is in the gallery at that version.
	State() State

	// Bytes returns the memory the gallery occupies now, in bytes, as reckoned
	// from its own structures.
	Bytes() int64

	// Cost predicts Bytes for a gallery like this one with n images of n persons
	// (the dearest case), in bytes. It never promises too little.
	Cost(n int) int64

	// Close overwrites and releases the templates. Searches in progress and
	// every later call that can fail give ErrClosed. Closing twice is harmless.
	Close() error
}

// Config names what a gallery holds: templates of one model and one length.
type Config struct {
	Model string // id of the model that computed the templates, 1 to MaxModelLen bytes
	Dim   int    // components of a template, 1 to MaxDim
}

// Validate returns an error that wraps ErrConfig where the Config is unusable.
func (c Config) Validate() error {
	if c.Model == "" || len(c.Model) > MaxModelLen {
		return fmt.Errorf("%w: the model id has %d bytes, allowed are 1 to %d", ErrConfig, len(c.Model), MaxModelLen)
	}
	if c.Dim < 1 || c.Dim > MaxDim {
		return fmt.Errorf("%w: %d components, allowed are 1 to %d", ErrConfig, c.Dim, MaxDim)
	}
	return nil
}

// Entry is one image of one person.
type Entry struct {
	Image  string    // id of the image: a UUID in lower case with hyphens
	Person string    // id of the person, likewise
	Model  string    // model that computed the vector; must be the gallery's (ErrModel)
	Vector []float32 // template: Config.Dim finite components, length 1 within NormTolerance (ErrVector)
}

// Op says what a change does.
type Op uint8

// The operations. Images are unique in a gallery; persons exist through their
// images only.
const (
	// OpSkip does nothing but raise the version: for a change of the collection
	// that does not concern this gallery, or whose image is gone by now.
	OpSkip Op = iota + 1
	// OpAdd adds Entry. An image that is there already is refused (ErrExists).
	OpAdd
	// OpRemove removes Entry.Image; the other fields are ignored. An image that
	// is not there is no error: what was asked for is so.
	OpRemove
	// OpMove gives Entry.Image to Entry.Person; Model and Vector are ignored. An
	// image that is not there is refused (ErrUnknownImage).
	OpMove
)

// String returns the operation's name as the change log writes it.
func (o Op) String() string {
	switch o {
	case OpSkip:
		return "skip"
	case OpAdd:
		return "add"
	case OpRemove:
		return "remove"
	case OpMove:
		return "move"
	default:
		return fmt.Sprintf("Op(%d)", uint8(o))
	}
}

// Change is one row of a collection's change log.
type Change struct {
	Version int64 // version of the collection with this change, 1 for the first
	Op      Op
	Entry   Entry
}

// Probe is the template that is searched for.
type Probe struct {
	Model  string    // as Entry.Model
	Vector []float32 // as Entry.Vector
}

// Match is one person of a search's result.
type Match struct {
	Person     string  // id of the person
	Image      string  // id of the person's image that is most similar to the probe
	Similarity float32 // osprey.Similarity of the probe and that image, about -1 to 1
}

// Result is what a search found.
type Result struct {
	Matches  []Match // best first, at most k, never nil
	Version  int64   // version of the gallery that was searched
	Images   int     // images in the gallery at that version, all of them searched
	Persons  int     // persons in the gallery at that version
	Reranked int     // images whose exact similarity had to be computed
}

// State describes a gallery at one version.
type State struct {
	Version int64  // version of the last change applied
	Images  int    // images in the gallery
	Persons int    // persons that have at least one image
	Digest  Digest // sum of EntryDigest over the images
}
