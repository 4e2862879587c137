package store

import "example.org/osprey"

// Folder returns one.
func (tx *Tx) Folder(id osprey.ID) (osprey.Folder, error) { panic("unwritten") }

// LockFolder returns one and holds its row until the transaction ends.
func (tx *Tx) LockFolder(id osprey.ID) (osprey.Folder, error) { panic("unwritten") }

// Folders lists them; fields: id (as folder_id too), user_id, company_id,
// resolution_status, system_resolution; Analyse.
func (tx *Tx) Folders(q Query) ([]osprey.Folder, int, error) { panic("unwritten") }

// InsertFolder stores a new one.
func (tx *Tx) InsertFolder(f osprey.Folder) error { panic("unwritten") }

// SetFolderState writes the status words, the time of resolution, the operator's
// columns and the update time.
func (tx *Tx) SetFolderState(f osprey.Folder) error { panic("unwritten") }

// TouchFolder sets the update time.
func (tx *Tx) TouchFolder(id osprey.ID) error { panic("unwritten") }

// DeleteFolder removes one with its media and analyses rows, matches included.
func (tx *Tx) DeleteFolder(id osprey.ID) error { panic("unwritten") }

// FolderHadAnalysis reports whether the folder ever had one, deleted ones
// included.
func (tx *Tx) FolderHadAnalysis(id osprey.ID) (bool, error) { panic("unwritten") }

// Media returns one of any folder.
func (tx *Tx) Media(id osprey.ID) (osprey.Media, error) { panic("unwritten") }

// MediaList lists the media of one folder; fields: id.
func (tx *Tx) MediaList(folder osprey.ID, q Query) ([]osprey.Media, int, error) { panic("unwritten") }

// MediaOfFolders returns all media of the folders given, oldest first.
func (tx *Tx) MediaOfFolders(folders []osprey.ID) (map[osprey.ID][]osprey.Media, error) {
	panic("unwritten")
}

// InsertMedia stores a new one.
func (tx *Tx) InsertMedia(m osprey.Media) error { panic("unwritten") }

// SetTags replaces the tags of a medium.
func (tx *Tx) SetTags(id osprey.ID, tags []string) error { panic("unwritten") }

// DeleteMedia removes one with its look; analyses keep their snapshot, marked
// cleared.
func (tx *Tx) DeleteMedia(id osprey.ID) error { panic("unwritten") }

// MediaInUse lists the PROCESSING analyses that take a medium, at most limit.
func (tx *Tx) MediaInUse(id osprey.ID, limit int) ([]Reference, error) { panic("unwritten") }

// Look is what was seen in a medium of a folder, kept so that a second analysis
// costs a search and not an inference.
type Look struct {
	Media    osprey.ID
	Company  osprey.ID
	Template osprey.SealedTemplate
	Quality  osprey.Quality
	Face     osprey.Face
	// Seen is the kind of look (the face choice), because the tags decide which
	// face counts and they may change.
	Seen string
}

// Look returns what was seen, ErrNotFound when nothing was kept for this model
// and choice.
func (tx *Tx) Look(media osprey.ID, model, seen string) (Look, error) { panic("unwritten") }

// PutLook stores or replaces it; a medium that is gone is no error and stores
// nothing.
func (tx *Tx) PutLook(l Look) error { panic("unwritten") }
