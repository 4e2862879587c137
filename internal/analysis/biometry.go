package analysis

import (
	"context"

	"example.org/osprey"
	"example.org/osprey/internal/look"
)

// biometry compares the faces of all media, each with each.
func (t *trial) biometry(ctx context.Context) (verdict, error) {
	sights, err := t.see(ctx, look.Want{})
	if err != nil {
		return verdict{}, err
	}
	result, word := osprey.JudgeBiometry(t.pairs(sights), t.a.Params.ThresholdMin, t.a.Params.ThresholdMax)
	notes := t.technical(sights)
	notes["thresholds"] = osprey.Metadata{"threshold_min": t.a.Params.ThresholdMin, "threshold_max": t.a.Params.ThresholdMax}
	if len(result.Pairs) > 0 {
		least := result.Pairs[0]
		notes["decided_by"] = osprey.Metadata{"media_ids": []string{string(least.A), string(least.B)}, "confidence": least.Confidence}
	}
	return verdict{word: word, result: &osprey.Result{Biometry: result}, notes: notes}, nil
}

// pairs scores all n(n-1)/2 pairs.
func (t *trial) pairs(sights []sight) []osprey.FacePair {
	defer t.stage("compare")()
	scale := t.kit.Looker.Engine().Calibration()
	var out []osprey.FacePair
	for i, x := range sights {
		for _, y := range sights[i+1:] {
			similarity := osprey.Similarity(x.vector, y.vector)
			out = append(out, osprey.FacePair{
				A: x.source.Media, B: y.source.Media, Confidence: scale.Confidence(float64(similarity)),
			})
		}
	}
	return out
}
