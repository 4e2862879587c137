package account

import "example.org/osprey"

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

// The field names of thresholds in requests.
const (
	fieldSpoofing    = "analysis_settings.quality.threshold_spoofing"
	fieldBiometryMin = "analysis_settings.biometry.threshold_min"
	fieldBiometryMax = "analysis_settings.biometry.threshold_max"
	fieldCollection  = "analysis_settings.collection.threshold"
	fieldTargetFPIR  = "analysis_settings.collection.target_fpir"
)

// apply checks the keys present and lays them over the company.
func (s *Service) apply(c *osprey.Company, in CompanyInput) (err error) {
	if in.Name != nil {
		if c.Name, err = osprey.CleanCompanyName("name", *in.Name); err != nil {
			return err
		}
	}
	if err := s.applySettings(&c.Settings, in.Settings); err != nil {
		return err
	}
	if err := in.Retention.check(); err != nil {
		return err
	}
	if err := in.Quota.apply(&c.Quota); err != nil {
		return err
	}
	if in.Metadata != nil {
		c.Metadata = c.Metadata.Merge(in.Metadata)
		if err := c.Metadata.Check("meta_data"); err != nil {
			return err
		}
	}
	set(&c.Active, in.Active)
	set(&c.RequireConsent, in.RequireConsent)
	return nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// applySettings checks thresholds one by one, and those of biometry together as
// they will be in force.
func (s *Service) applySettings(to *osprey.AnalysisSettings, in SettingsInput) error {
	thresholds := []struct {
		field string
		to    **float64
		in    Nullable[float64]
		check func(string, float64) error
	}{
		{fieldSpoofing, &to.ThresholdSpoofing, in.ThresholdSpoofing, osprey.CheckThreshold},
		{fieldBiometryMin, &to.BiometryMin, in.BiometryMin, osprey.CheckThreshold},
		{fieldBiometryMax, &to.BiometryMax, in.BiometryMax, osprey.CheckThreshold},
		{fieldCollection, &to.CollectionThreshold, in.CollectionThreshold, osprey.CheckThreshold},
		{fieldTargetFPIR, &to.TargetFPIR, in.TargetFPIR, osprey.CheckTargetFPIR},
	}
	for _, t := range thresholds {
		if !t.in.Present {
			continue
		}
		if t.in.Value != nil {
			if err := t.check(t.field, *t.in.Value); err != nil {
				return err
			}
		}
		*t.to = t.in.Value
	}
	set(&to.AllowRequestThresholds, in.AllowRequestThresholds)
	if !in.BiometryMin.Present && !in.BiometryMax.Present {
		return nil
	}
	if now := to.Over(s.o.Installation.Thresholds()); now.BiometryMin > now.BiometryMax {
		return osprey.OutOfRange(fieldBiometryMin, now.BiometryMax, now.BiometryMin,
			"threshold_min must be at most threshold_max")
	}
	return nil
}

const maxRetentionDays = 36500

// days are the keys of retention by name.
func (r *RetentionInput) days() []namedDays {
	if r == nil {
		return nil
	}
	return []namedDays{{"media_days", r.MediaDays}, {"folder_days", r.FolderDays}, {"analysis_days", r.AnalysisDays}}
}

type namedDays struct {
	name string
	days *int
}

func (r *RetentionInput) check() error {
	for _, d := range r.days() {
		field := "retention." + d.name
		switch {
		case d.days == nil:
		case *d.days < 1:
			return osprey.OutOfRange(field, 1, *d.days, "%s must be between 1 and %d", field, maxRetentionDays)
		case *d.days > maxRetentionDays:
			return osprey.OutOfRange(field, maxRetentionDays, *d.days, "%s must be between 1 and %d", field, maxRetentionDays)
		}
	}
	if r != nil && r.MediaDays != nil && r.FolderDays != nil && *r.MediaDays > *r.FolderDays {
		return osprey.OutOfRange("retention.media_days", *r.FolderDays, *r.MediaDays, "media_days must be at most folder_days")
	}
	return nil
}

// unbuilt refuses the values that this build would not act upon: nothing is
// accepted that is not enforced.
func (in CompanyInput) unbuilt() error {
	if in.ResolutionEndpoint != nil {
		return osprey.NotRealized("resolution_endpoint")
	}
	for _, d := range in.Retention.days() {
		if d.days != nil {
			return osprey.NotRealized("retention." + d.name)
		}
	}
	return nil
}
