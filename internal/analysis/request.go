package analysis

import "example.org/osprey"

// Request is one entry of a start request; values are parsed and in range.
type Request struct {
	Type        osprey.AnalysisType
	Source      []osprey.ID // as given, repeated ids dropped; nil when omitted
	SourceIndex []int       // index of each Source id in the request, for errors
	Collections []osprey.ID // union of collection_id and collection_ids
	// CollectionFields are the field names, parallel to Collections, for errors.
	CollectionFields []string
	TopK             int // 0: the default, 1
	Threshold        *float64
	// Of a QUALITY analysis; nil: the company's threshold, best shots are cut out.
	ThresholdSpoofing *float64
	ExtractBestShot   *bool
	// Of a BIOMETRY analysis; nil: the company's. Both given, Min is at most Max.
	ThresholdMin *float64
	ThresholdMax *float64
	// Of a DOCUMENTS analysis.
	RequireMRZ   bool
	AllowExpired bool

	Metadata           osprey.Metadata
	ResolutionEndpoint *string
}
