package folder

import (
	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// File is one uploaded file part.
type File struct {
	Field    string
	Name     string
	Data     []byte
	Tags     []string
	Metadata osprey.Metadata
	// Fault, when set, is why the part cannot be used at all (its size, its name);
	// it is reported together with what is wrong with the other files.
	Fault *osprey.Error
}

// Intake asks for a folder with media.
type Intake struct {
	Company            *osprey.ID
	Files              []File
	Metadata           osprey.Metadata
	ResolutionEndpoint *string
	Source             string // "api", "cli"
	AdditionalInfo     *string
	// Analyses, when set, are started with the folder: a single request.
	Analyses Analyses
}

// Analyses are what a request starts together with the folder that it makes.
type Analyses interface {
	// Check refuses what cannot be started, before anything is stored.
	Check(tx *store.Tx, f osprey.Folder, media []osprey.Media) error
	// Start writes rows and jobs, in the transaction that makes folder and media.
	Start(tx *store.Tx, f osprey.Folder, media []osprey.Media) error
	// Committed is called when that transaction has ended well.
	Committed()
}

// Addition asks for media to be added to a folder.
type Addition struct {
	Files []File
	// Metadata is folder:meta_data of the request. Its consent counts for the files
	// and is kept in a folder that has none; the other keys have no effect.
	Metadata osprey.Metadata
}

// View is a folder with what hangs on it. Analyses with Results, User and Owner are
// filled in when the options ask for them.
type View struct {
	Folder   osprey.Folder
	Media    []osprey.Media
	Analyses []osprey.Analysis
	Results  []osprey.Media // the images that the analyses made
	User     *osprey.User
	Company  *osprey.Company
}

// Expand says what a View holds beside folder and media.
type Expand struct {
	Analyses bool
	User     bool
	Company  bool
}

// Form says which file of a medium is meant.
type Form string

// The forms. Thumbnails are JPEG, previews of shot sets are MP4.
const (
	Original Form = ""
	Thumb    Form = "thumb"
	Preview  Form = "preview"
)

// MediaFile is a file of a medium.
type MediaFile struct {
	Company osprey.ID
	Data    []byte // nil of Stat
	Size    int64  // bytes; -1 of Stat where only the sealed file knows
	MIME    string
	Updated osprey.Time
}
