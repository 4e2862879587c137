package httpapi

import (
	"example.org/osprey"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/wire"
)

// readParams reads what the entry asks of its type (api.md 9.3): its own params,
// else the root's. All known params are held against their bounds where they were
// written, those of other types too; unknown ones are ignored.
func readParams(entry, params, defaults *wire.Object, r *analysis.Request) {
	checkParams(params)
	checkParams(defaults)
	switch r.Type {
	case osprey.AnalysisQuality:
		r.ThresholdSpoofing = first(params, defaults, "threshold_spoofing", (*wire.Object).Float)
		r.ExtractBestShot = first(params, defaults, "extract_best_shot", (*wire.Object).Bool)
	case osprey.AnalysisBiometry:
		r.ThresholdMin = first(params, defaults, "threshold_min", (*wire.Object).Float)
		r.ThresholdMax = first(params, defaults, "threshold_max", (*wire.Object).Float)
		checkBand(entry, "params.threshold_min", r.ThresholdMin, r.ThresholdMax)
	case osprey.AnalysisCollection:
		if n := first(params, defaults, "top_k", (*wire.Object).Int); n != nil {
			r.TopK = *n
		}
		r.Threshold = first(params, defaults, "threshold", (*wire.Object).Float)
	case osprey.AnalysisDocuments:
		r.RequireMRZ = isTrue(first(params, defaults, "require_mrz", (*wire.Object).Bool))
		r.AllowExpired = isTrue(first(params, defaults, "allow_expired", (*wire.Object).Bool))
	}
}

func isTrue(b *bool) bool { return b != nil && *b }

// first reads a param of the entry, else of the root.
func first[T any](params, defaults *wire.Object, key string, read func(*wire.Object, string) *T) *T {
	for _, o := range []*wire.Object{params, defaults} {
		if o != nil && o.Has(key) {
			return read(o, key)
		}
	}
	return nil
}

// checkParams holds the values of an object, which may be nil, against their types
// and bounds.
func checkParams(o *wire.Object) {
	if o == nil {
		return
	}
	if n := o.Int("top_k"); n != nil {
		checkTopK(o, *n)
	}
	for _, key := range []string{"threshold", "threshold_spoofing", "threshold_min", "threshold_max"} {
		if v := o.Float(key); v != nil {
			if err := osprey.CheckThreshold(o.Name(key), *v); err != nil {
				o.Fail(err)
			}
		}
	}
	checkBand(o, "threshold_min", o.Float("threshold_min"), o.Float("threshold_max"))
	for _, key := range []string{"extract_best_shot", "require_mrz", "allow_expired"} {
		o.Bool(key)
	}
}

// checkBand refuses a band of an operator that ends before it begins.
func checkBand(o *wire.Object, key string, low, high *float64) {
	if low != nil && high != nil && *low > *high {
		name := o.Name(key)
		o.Fail(osprey.OutOfRange(name, *high, *low, "%s is above threshold_max", name))
	}
}
