package store

import "example.org/osprey"

// Analysis returns one.
func (tx *Tx) Analysis(id osprey.ID) (osprey.Analysis, error) { panic("unwritten") }

// Analyses lists them; fields: id, type, state, resolution_status, folder_id,
// group_id, collection_id, person_id, company_id.
func (tx *Tx) Analyses(q Query) ([]osprey.Analysis, int, error) { panic("unwritten") }

// AnalysesOfFolders returns all analyses of the folders given, oldest first.
func (tx *Tx) AnalysesOfFolders(folders []osprey.ID) (map[osprey.ID][]osprey.Analysis, error) {
	panic("unwritten")
}

// InsertAnalysis stores a new one, with the collections it will search when it
// names some.
func (tx *Tx) InsertAnalysis(a osprey.Analysis) error { panic("unwritten") }

// BeginRun raises the run number of a PROCESSING analysis and returns it, with
// the analysis. ErrNotFound: it is gone or has ended.
func (tx *Tx) BeginRun(id osprey.ID) (osprey.Analysis, error) { panic("unwritten") }

// EndAnalysis writes state, resolution, result, error, technical metadata and
// times, if the analysis is still PROCESSING and its run is a.Run; it reports
// false, having changed nothing, when it is not.
func (tx *Tx) EndAnalysis(a osprey.Analysis) (bool, error) { panic("unwritten") }

// InsertMatch notes that an analysis matched a photo.
func (tx *Tx) InsertMatch(analysis, folder, company, collection, person, image osprey.ID) error {
	panic("unwritten")
}

// InsertSearched notes a collection that an analysis searched.
func (tx *Tx) InsertSearched(analysis, collection osprey.ID) error { panic("unwritten") }

// SetVerdict writes the operator's columns and the resolution, if the analysis is
// still OPERATOR_REQUIRED; it reports false otherwise.
func (tx *Tx) SetVerdict(a osprey.Analysis) (bool, error) { panic("unwritten") }

// DeleteAnalysis removes one with its matches.
func (tx *Tx) DeleteAnalysis(id osprey.ID) error { panic("unwritten") }

// OverdueAnalyses lists PROCESSING analyses created before the moment, oldest
// first, at most limit.
func (tx *Tx) OverdueAnalyses(before osprey.Time, limit int) ([]osprey.Analysis, error) {
	panic("unwritten")
}

// OpenAnalyses counts the PROCESSING ones of the installation.
func (tx *Tx) OpenAnalyses() (int, error) { panic("unwritten") }
