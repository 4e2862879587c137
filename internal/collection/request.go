package collection

import "example.org/osprey"

// New is a collection to be made. Company nil means the caller's own.
type New struct {
	Company    *osprey.ID
	Alias      string
	OnMatch    osprey.OnMatch  // empty: decline
	FaceRule   osprey.FaceRule // empty: strict
	Threshold  *float64
	TargetFPIR *float64
	Metadata   osprey.Metadata
}

// Patch holds the keys to change; nil leaves one as it is. Threshold and
// TargetFPIR are set to null through their Clear switches.
type Patch struct {
	Company         *osprey.ID // another company's id is a conflict
	Alias           *string
	OnMatch         *osprey.OnMatch
	FaceRule        *osprey.FaceRule
	Threshold       *float64
	ClearThreshold  bool
	TargetFPIR      *float64
	ClearTargetFPIR bool
}

// Photo is one uploaded photo part.
type Photo struct {
	Field    string // the part name, for errors and as media_key
	Name     string // original file name, path parts dropped
	Data     []byte
	Tags     []string
	Metadata osprey.Metadata
	Source   osprey.Source // of a search: by which way it came
	// Fault, when set, is why the part cannot be used at all (its size, its name);
	// it is reported together with what is wrong with the other photos.
	Fault *osprey.Error
}

// Enrolment asks to add photos.
type Enrolment struct {
	Photos        []Photo
	Metadata      osprey.Metadata // of the person; ignored when photos are added to one
	DryRun        bool
	RejectSimilar bool
}

// Enrolled is the answer: the whole person, the new photos, who looks similar.
// After a dry run the person is empty and the photos have no ids.
type Enrolled struct {
	Person  osprey.Person
	New     []osprey.PersonImage
	Similar []osprey.SimilarPerson
}

// Found is one person of a search by photo.
type Found struct {
	Person     osprey.ID
	Image      osprey.ID
	Confidence float64
}

// SearchResult is the answer of a search by photo.
type SearchResult struct {
	Items     []Found
	Threshold float64 // the effective one
	Images    int     // photos searched
	Quality   osprey.Quality
}

// File is an open original or thumbnail.
type File struct {
	Company osprey.ID
	Data    []byte // nil of PhotoStat
	Size    int64  // bytes; -1 of PhotoStat where only the sealed file knows
	MIME    string
	Updated osprey.Time
}
