package analysis

import (
	"context"

	"example.org/osprey"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/store"
)

// quality judges liveness: every medium is looked at, the worst decides.
func (t *trial) quality(ctx context.Context) (verdict, error) {
	sights, err := t.see(ctx, look.Want{Liveness: true, BestShot: t.a.Params.ExtractBestShot})
	if err != nil {
		return verdict{}, err
	}
	seen := make([]osprey.LivenessSight, len(sights))
	for i, s := range sights {
		if s.seen.Liveness == nil {
			return verdict{}, final{osprey.Errorf(osprey.CodeUnknown, "No model of liveness is installed").With("reason", "no_model")}
		}
		seen[i] = osprey.LivenessSight{
			Media: s.source.Media, Model: s.seen.Liveness.Spoofing, Injection: s.seen.Liveness.Injection,
			Gesture: s.seen.Gesture, Take: osprey.TakeOf(s.media.Technical), Action: osprey.TakeAction(s.media.Technical),
		}
	}
	result, word, declined := osprey.JudgeQuality(seen, t.a.Params)
	var shots []shot
	for i, s := range sights {
		if len(s.seen.BestShot) == 0 {
			continue
		}
		made := t.shot(s.source, s.seen.BestShot, "best_shot.jpg", osprey.TagBestShot)
		result.Media[i].BestShot = made.media.ID
		shots = append(shots, made)
	}
	notes := t.technical(sights)
	notes["thresholds"] = osprey.Metadata{
		"threshold_spoofing": t.a.Params.ThresholdSpoofing, "gesture_policy": string(t.a.Params.GesturePolicy),
		"injection_mode": string(t.a.Params.InjectionMode), "require_take": t.a.Params.RequireTake,
	}
	notes["decided_by"] = worstMedium(result)
	if len(declined) > 0 {
		notes["declined_by"] = declined
	}
	return verdict{word, &osprey.Result{Quality: result}, notes, shots}, nil
}

// worstMedium names the medium with the analysis's score, the first of several.
func worstMedium(r *osprey.QualityResult) osprey.Metadata {
	for _, m := range r.Media {
		if m.Spoofing == r.Spoofing {
			return osprey.Metadata{"media_id": string(m.Media), "confidence_spoofing": m.Spoofing}
		}
	}
	return osprey.Metadata{}
}

// finish commits a verdict with the images that belong to it: blobs first, then all
// rows in the transaction that ends the analysis. Where that does not happen, no
// image is left.
func (t *attempt) finish(ctx context.Context, v verdict) error {
	images, err := t.putShots(ctx, v.shots)
	if err != nil {
		return err
	}
	done, err := t.end(ctx, t.a, &t.job, func(tx *store.Tx, a *osprey.Analysis) error {
		a.Technical = v.notes
		if err := a.Finish(v.word, v.result); err != nil {
			return err
		}
		return images.commit(tx, a.Company, t.o.Grown)
	})
	if err != nil {
		images.abort(ctx)
		return err
	}
	t.tell(done)
	return nil
}
