package osprey

import (
	"strings"
	"unicode/utf8"
)

// Company owns users, folders and collections; nothing of one is visible to
// another.
type Company struct {
	ID                 ID
	Name               string
	Active             bool
	ResolutionEndpoint *string
	RequireConsent     bool
	Settings           AnalysisSettings
	Retention          Retention
	Quota              Quota
	Metadata           Metadata
	Technical          Metadata
	Created            Time
	Updated            Time
}

// AnalysisSettings are a company's own thresholds; nil means the
// installation's.
type AnalysisSettings struct {
	ThresholdSpoofing      *float64 `json:"threshold_spoofing,omitempty"`
	BiometryMin            *float64 `json:"biometry_min,omitempty"`
	BiometryMax            *float64 `json:"biometry_max,omitempty"`
	CollectionThreshold    *float64 `json:"collection_threshold,omitempty"`
	TargetFPIR             *float64 `json:"target_fpir,omitempty"`
	AllowRequestThresholds bool     `json:"allow_request_thresholds,omitempty"`
}

// Thresholds are the values in force for a company: its own where it has set
// them, else the installation's. TargetFPIR is nil when it is off.
type Thresholds struct {
	Spoofing               float64
	BiometryMin            float64
	BiometryMax            float64
	Collection             float64
	TargetFPIR             *float64
	AllowRequestThresholds bool
	// OnlyRaise is set for a caller who sees no more than its own folders: its request
	// may raise the threshold of a search and not lower it, because it may read every
	// person that it matched.
	OnlyRaise bool
	// The installation's policies, the same for every company.
	GesturePolicy GesturePolicy // quality.gesture_policy
	InjectionMode InjectionMode // web.injection_mode
	RequireTake   bool          // quality.require_take
}

// Over returns the settings laid over the installation's values.
func (s AnalysisSettings) Over(installation Thresholds) Thresholds {
	t := installation
	set := func(to *float64, from *float64) {
		if from != nil {
			*to = *from
		}
	}
	set(&t.Spoofing, s.ThresholdSpoofing)
	set(&t.BiometryMin, s.BiometryMin)
	set(&t.BiometryMax, s.BiometryMax)
	set(&t.Collection, s.CollectionThreshold)
	if s.TargetFPIR != nil {
		t.TargetFPIR = s.TargetFPIR
	}
	t.AllowRequestThresholds = s.AllowRequestThresholds
	return t
}

// CheckThreshold refuses a threshold outside 0..1.
func CheckThreshold(field string, v float64) error {
	if v >= 0 && v <= 1 {
		return nil
	}
	if v < 0 {
		return OutOfRange(field, 0, v, "%s must be between 0 and 1", field)
	}
	return OutOfRange(field, 1, v, "%s must be between 0 and 1", field)
}

// CheckTargetFPIR refuses a bound that is not above 0 and at most 1.
func CheckTargetFPIR(field string, v float64) error {
	if v > 0 && v <= 1 {
		return nil
	}
	limit := 1
	if v <= 0 {
		limit = 0
	}
	return OutOfRange(field, limit, v, "%s must be above 0 and at most 1", field)
}

// MaxCompanyName is the longest name of a company, in characters.
const MaxCompanyName = 200

// CleanCompanyName trims a name and checks its length.
func CleanCompanyName(field, name string) (string, error) {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n < 1 || n > MaxCompanyName {
		return "", OutOfRange(field, MaxCompanyName, n, "%s must have 1 to %d characters", field, MaxCompanyName)
	}
	return name, nil
}
