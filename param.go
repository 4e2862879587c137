package osprey

// AskedParams are the params of one entry of a start request (api.md 9.3), parsed
// and in range; nil means not given.
type AskedParams struct {
	Collections []ID
	TopK        int // 0: not given
	Threshold   *float64

	ThresholdSpoofing *float64
	ExtractBestShot   *bool

	ThresholdMin *float64
	ThresholdMax *float64

	RequireMRZ   bool
	AllowExpired bool
}

// Freeze makes the params of an analysis of what the request asks and of the
// company's values: a request's threshold counts when it is stricter, or when the
// company allows any. field is the path of the request's params, for errors: a
// threshold_min above threshold_max is refused (CodeInvalidValue).
func (t Thresholds) Freeze(kind AnalysisType, asked AskedParams, field string) (AnalysisParams, error) {
	p := AnalysisParams{AllowRequestThresholds: t.AllowRequestThresholds}
	switch kind {
	case AnalysisQuality:
		p.ThresholdSpoofing = merge(t.Spoofing, asked.ThresholdSpoofing, t.AllowRequestThresholds, lower)
		p.ExtractBestShot = asked.ExtractBestShot == nil || *asked.ExtractBestShot
		p.GesturePolicy, p.InjectionMode, p.RequireTake = t.GesturePolicy, t.InjectionMode, t.RequireTake
	case AnalysisBiometry:
		low, high, err := t.band(asked, field)
		if err != nil {
			return AnalysisParams{}, err
		}
		p.ThresholdMin, p.ThresholdMax = low, high
	case AnalysisCollection:
		p.Collections, p.TopK, p.Threshold = asked.Collections, max(asked.TopK, 1), asked.Threshold
		p.CompanyThreshold, p.CompanyTargetFPIR, p.OnlyRaise = t.Collection, t.TargetFPIR, t.OnlyRaise
	case AnalysisDocuments:
		p.RequireMRZ, p.AllowExpired = asked.RequireMRZ, asked.AllowExpired
	}
	return p, nil
}

// band merges the two thresholds of a BIOMETRY analysis. When only one is given
// and would cross the company's other one, the other follows it.
func (t Thresholds) band(asked AskedParams, field string) (low, high float64, err error) {
	if asked.ThresholdMin != nil && asked.ThresholdMax != nil && *asked.ThresholdMin > *asked.ThresholdMax {
		return 0, 0, OutOfRange(field+".threshold_min", *asked.ThresholdMax, *asked.ThresholdMin, "threshold_min must not be above threshold_max")
	}
	low = merge(t.BiometryMin, asked.ThresholdMin, t.AllowRequestThresholds, higher)
	high = merge(t.BiometryMax, asked.ThresholdMax, t.AllowRequestThresholds, higher)
	switch {
	case low <= high:
	case asked.ThresholdMax != nil && asked.ThresholdMin == nil && *asked.ThresholdMax == high:
		low = high
	default:
		high = low
	}
	return low, high, nil
}

// merge is the request's threshold where it counts, else the configured one.
func merge(configured float64, asked *float64, anyAllowed bool, tighter func(asked, configured float64) bool) float64 {
	if asked != nil && (anyAllowed || tighter(*asked, configured)) {
		return *asked
	}
	return configured
}

func lower(asked, configured float64) bool  { return asked < configured }
func higher(asked, configured float64) bool { return asked > configured }
