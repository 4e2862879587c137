package store

import "example.org/osprey"

// Query asks for one page of a list. The zero Query asks for nothing (Limit 0)
// but counts.
type Query struct {
	Limit     int
	Offset    int
	OmitTotal bool // the total is then -1
	Sort      Sort
	// In keeps rows whose field equals one of the values, NotIn drops them. Fields
	// that a list does not have are a programming error and come back as an error.
	In    map[Field][]string
	NotIn map[Field][]string
	// Inclusive bounds; zero is open.
	CreatedMin, CreatedMax osprey.Time
	UpdatedMin, UpdatedMax osprey.Time
	Meta                   []MetaFilter
	// Search is a substring, compared after osprey.Fold.
	Search string
	// Analyse narrows folders to those with one analysis that meets all of it.
	Analyse *AnalyseFilter
}

// Sort is the order of a list; ties are broken by id in the same direction.
type Sort int

// The orders of the contract.
const (
	CreatedDesc Sort = iota
	CreatedAsc
	UpdatedDesc
	UpdatedAsc
	SeqDesc // of audit records alone: greatest seq first
)

// Field names a column that lists can be filtered by.
type Field string

// The fields.
const (
	FieldID         Field = "id"
	FieldCompany    Field = "company_id"
	FieldUser       Field = "user_id"
	FieldFolder     Field = "folder_id"
	FieldCollection Field = "collection_id" // of analyses: searched
	FieldPerson     Field = "person_id"     // of analyses: matched
	FieldGroup      Field = "group_id"
	FieldRole       Field = "user_type"
	FieldKind       Field = "kind"
	FieldAlias      Field = "alias" // values are folded
	FieldType       Field = "type"
	FieldFormat     Field = "format" // of reports
	FieldEvent      Field = "event"
	// FieldState of analyses compares with state and with resolution_status.
	FieldState Field = "state"
	// FieldStatus compares like FieldState; beside it, it is a condition of its own.
	FieldStatus Field = "status"
	// FieldResolution of folders: verdict words are compared with the system
	// resolution, the others with the status.
	FieldResolution Field = "resolution_status"
	FieldSystem     Field = "system_resolution"
	// Of audit records; FieldCompany compares with the chain.
	FieldAction     Field = "action"
	FieldActor      Field = "actor_user_id"
	FieldObjectType Field = "object_type"
	FieldObject     Field = "object_id"
	FieldOutcome    Field = "outcome"
)

// MetaFilter compares the text form of one metadata value; Not also matches
// objects that lack the key.
type MetaFilter struct {
	Path  string
	Value string
	Not   bool
}

// AnalyseFilter is met by a folder when one of its analyses meets all of it.
type AnalyseFilter struct {
	In    map[Field][]string // FieldType, FieldState, FieldStatus, FieldResolution
	NotIn map[Field][]string
}
