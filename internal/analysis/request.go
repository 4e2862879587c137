package analysis

import "example.org/osprey"

// Request is one entry of a start request; values are parsed and in range. Params
// of another type are passed over.
type Request struct {
	Type        osprey.AnalysisType
	Source      []osprey.ID // as given, repeated ids dropped; nil when omitted
	Parts       []string    // the same by the names of their parts, where media have no ids yet
	SourceIndex []int       // index of each of Source, or of Parts, in the request, for errors
	Collections []osprey.ID // union of collection_id and collection_ids
	// CollectionFields are the field names, parallel to Collections, for errors.
	CollectionFields []string
	TopK             int // 0: the default, 1
	Threshold        *float64

	// Of a QUALITY analysis.
	ThresholdSpoofing *float64
	ExtractBestShot   *bool // nil: the default, true
	// Of a BIOMETRY analysis.
	ThresholdMin *float64
	ThresholdMax *float64
	// Of a DOCUMENTS analysis.
	RequireMRZ   bool
	AllowExpired bool

	Metadata osprey.Metadata
	// ResolutionEndpoint is that of the entry, else that of the body; nil: the folder's,
	// else the company's, counts.
	ResolutionEndpoint *string
}

// asked are the params of the request, as the domain merges them.
func (r Request) asked() osprey.AskedParams {
	return osprey.AskedParams{
		Collections: r.Collections, TopK: r.TopK, Threshold: r.Threshold,
		ThresholdSpoofing: r.ThresholdSpoofing, ExtractBestShot: r.ExtractBestShot,
		ThresholdMin: r.ThresholdMin, ThresholdMax: r.ThresholdMax,
		RequireMRZ: r.RequireMRZ, AllowExpired: r.AllowExpired,
	}
}
