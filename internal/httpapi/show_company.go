package httpapi

import (
	"example.org/osprey"
	"example.org/osprey/internal/account"
	"example.org/osprey/internal/wire"
)

// companyObject is the company as every role sees it (api.md 5.1).
type companyObject struct {
	ID        osprey.ID       `json:"company_id"`
	Name      string          `json:"name"`
	Active    bool            `json:"is_active"`
	Metadata  osprey.Metadata `json:"meta_data"`
	Technical osprey.Metadata `json:"technical_meta_data"`
}

// wholeCompanyObject is the company as those see it who may change it.
type wholeCompanyObject struct {
	companyObject
	ResolutionEndpoint *string         `json:"resolution_endpoint"`
	RequireConsent     bool            `json:"require_consent"`
	Settings           settingsObject  `json:"analysis_settings"`
	Retention          retentionObject `json:"retention"`
	Quota              quotaObject     `json:"quota"`
}

type settingsObject struct {
	Quality struct {
		Spoofing wire.Score `json:"threshold_spoofing"`
	} `json:"quality"`
	Biometry struct {
		Min wire.Score `json:"threshold_min"`
		Max wire.Score `json:"threshold_max"`
	} `json:"biometry"`
	Collection struct {
		Threshold  wire.Score  `json:"threshold"`
		TargetFPIR *wire.Score `json:"target_fpir"`
	} `json:"collection"`
	AllowRequestThresholds bool `json:"allow_request_thresholds"`
}

// retentionObject holds days; null is for ever.
type retentionObject struct {
	Media    *int `json:"media_days"`
	Folder   *int `json:"folder_days"`
	Analysis *int `json:"analysis_days"`
}

// quotaObject are the limits of a company; null is unlimited.
type quotaObject struct {
	Monthly         monthlyObject `json:"monthly"`
	MaxPersons      *int64        `json:"max_persons"`
	MaxStorageBytes *int64        `json:"max_storage_bytes"`
	Overage         string        `json:"overage"`
	SoftPercent     int           `json:"soft_percent"`
}

type monthlyObject struct {
	Quality    *int64 `json:"quality"`
	Biometry   *int64 `json:"biometry"`
	Collection *int64 `json:"collection"`
	Documents  *int64 `json:"documents"`
	Lite       *int64 `json:"lite"`
}

func showQuota(q osprey.Quota) quotaObject {
	of := func(n osprey.QuotaName) *int64 {
		if limit, limited := q.Limit(n); limited {
			return &limit
		}
		return nil
	}
	return quotaObject{
		Monthly: monthlyObject{
			Quality: of(osprey.QuotaQuality), Biometry: of(osprey.QuotaBiometry), Collection: of(osprey.QuotaCollection),
			Documents: of(osprey.QuotaDocuments), Lite: of(osprey.QuotaLite),
		},
		MaxPersons: of(osprey.QuotaPersons), MaxStorageBytes: of(osprey.QuotaStorage),
		Overage: string(q.OverageInForce()), SoftPercent: q.SoftPercentInForce(),
	}
}

// retentionPreview counts what a sweep would erase (api.md 5.2).
type retentionPreview struct {
	Media    int `json:"media"`
	Folders  int `json:"folders"`
	Analyses int `json:"analyses"`
}

// showCompany shows a company to a role; inForce are its thresholds, the
// installation's where it has set none.
func showCompany(c osprey.Company, inForce osprey.Thresholds, to osprey.Role) any {
	short := companyObject{ID: c.ID, Name: c.Name, Active: c.Active, Metadata: object(c.Metadata), Technical: object(c.Technical)}
	if !account.SeesWholeCompany(to) {
		return short
	}
	whole := wholeCompanyObject{
		companyObject: short, ResolutionEndpoint: c.ResolutionEndpoint, RequireConsent: c.RequireConsent,
		Retention: retentionObject{Media: c.Retention.MediaDays, Folder: c.Retention.FolderDays, Analysis: c.Retention.AnalysisDays},
		Quota:     showQuota(c.Quota),
	}
	s := &whole.Settings
	s.Quality.Spoofing = wire.Score(inForce.Spoofing)
	s.Biometry.Min, s.Biometry.Max = wire.Score(inForce.BiometryMin), wire.Score(inForce.BiometryMax)
	s.Collection.Threshold, s.Collection.TargetFPIR = wire.Score(inForce.Collection), wire.ScoreOf(inForce.TargetFPIR)
	s.AllowRequestThresholds = inForce.AllowRequestThresholds
	return whole
}
