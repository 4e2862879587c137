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
	ResolutionEndpoint Nullable[string] // checked; empty switches webhooks off
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
	if err := in.Retention.apply(&c.Retention); err != nil {
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
	if in.ResolutionEndpoint.Present {
		c.ResolutionEndpoint = in.ResolutionEndpoint.Value
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
