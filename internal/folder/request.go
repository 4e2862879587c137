package folder

import "example.org/osprey"

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
}

// View is a folder with what hangs on it. Analyses, User and Owner are filled in
// when the options ask for them.
type View struct {
	Folder   osprey.Folder
	Media    []osprey.Media
	Analyses []osprey.Analysis
	User     *osprey.User
	Company  *osprey.Company
}

// Expand says what a View holds beside folder and media.
type Expand struct {
	Analyses bool
	User     bool
	Company  bool
}

// MediaFile is an open original or thumbnail.
type MediaFile struct {
	Company osprey.ID
	Data    []byte
	MIME    string
	Updated osprey.Time
}
