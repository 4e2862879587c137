package account

import (
	"context"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// Nullable is a key of a request whose null means something: Present tells null
// (Value nil) from absent.
type Nullable[T any] struct {
	Present bool
	Value   *T
}

// CompanyInput holds the keys of a company in a request; nil is absent. It serves
// creation and change alike.
type CompanyInput struct {
	Name               *string
	Active             *bool
	ResolutionEndpoint *string // not nil: 501/2
	RequireConsent     *bool
	Settings           SettingsInput
	Retention          *RetentionInput
	Quota              *QuotaInput
	Metadata           osprey.Metadata // merged key by key; nil is absent
}

// SettingsInput is analysis_settings; a null threshold means the installation's.
type SettingsInput struct {
	ThresholdSpoofing      Nullable[float64] // quality.threshold_spoofing
	BiometryMin            Nullable[float64] // biometry.threshold_min
	BiometryMax            Nullable[float64] // biometry.threshold_max
	CollectionThreshold    Nullable[float64] // collection.threshold
	TargetFPIR             Nullable[float64] // collection.target_fpir
	AllowRequestThresholds *bool
}

// RetentionInput is retention, in days; this build keeps everything, so any value
// is 501/2.
type RetentionInput struct {
	MediaDays    *int
	FolderDays   *int
	AnalysisDays *int
}

// QuotaInput is quota; this build has none, so any limit is 501/2. Overage and
// SoftPercent may repeat the values that the object shows.
type QuotaInput struct {
	Monthly         map[string]*int64 // by type: quality, biometry, collection, documents, lite
	MaxPersons      *int64
	MaxStorageBytes *int64
	Overage         *string
	SoftPercent     *int
}

// Thresholds are the values in force for a company, which its object shows.
func (s *Service) Thresholds(c osprey.Company) osprey.Thresholds { panic("unwritten") }

// SeesWholeCompany reports whether a role is shown all keys of a company, or only
// id, name, is_active and the metadata.
func SeesWholeCompany(r osprey.Role) bool {
	return r == osprey.RoleAdmin || r == osprey.RoleClientAdmin
}

// CreateCompany makes a company (MayCreateCompany).
func (s *Service) CreateCompany(ctx context.Context, g access.Grant, in CompanyInput) (osprey.Company, error) {
	panic("unwritten")
}

// Company returns one that the grant shows (MayReadCompanies).
func (s *Service) Company(ctx context.Context, g access.Grant, id osprey.ID) (osprey.Company, error) {
	panic("unwritten")
}

// Companies returns a page of those that the grant shows (MayReadCompanies).
func (s *Service) Companies(ctx context.Context, g access.Grant, q store.Query) ([]osprey.Company, int, error) {
	panic("unwritten")
}

// UpdateCompany changes the keys present (MayUpdateCompany).
func (s *Service) UpdateCompany(ctx context.Context, g access.Grant, id osprey.ID, in CompanyInput) (osprey.Company, error) {
	panic("unwritten")
}

// DeleteCompany removes a company that holds nothing any more (MayDeleteCompany);
// else 409/15 with the counts of users, folders and collections.
func (s *Service) DeleteCompany(ctx context.Context, g access.Grant, id osprey.ID) error {
	panic("unwritten")
}
