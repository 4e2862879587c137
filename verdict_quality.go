package osprey

// LivenessSight is what was seen of one source medium of a QUALITY analysis.
type LivenessSight struct {
	Media ID
	// Model is confidence_spoofing by the presentation models alone, 0 to 1.
	Model float64
	// Injection is the chance, 0 to 1, that its frames did not come from a live
	// camera; nil when it could not be measured.
	Injection *float64
	Gesture   *Gesture
	Take      TakeStatus
	Action    string // the gesture tag that the step of a verified take asked for
}

// DeclineReason is why a medium made a QUALITY analysis DECLINED.
type DeclineReason string

// The reasons.
const (
	DeclinedSpoofing DeclineReason = "spoofing"      // confidence_spoofing is at or above the threshold
	DeclinedGesture  DeclineReason = "gesture"       // an enforced gesture was not seen
	DeclinedTake     DeclineReason = "take_required" // the installation takes verified takes only
)

// SpoofingScore is the confidence_spoofing of a medium: the score of the
// presentation models, raised to that of the injection signs unless the
// installation only keeps those (components.md 2.10).
func SpoofingScore(model float64, injection *float64, mode InjectionMode) float64 {
	if injection == nil || mode == InjectionLog || *injection <= model {
		return model
	}
	return *injection
}

// JudgeQuality turns what was seen into the result and the word of a QUALITY
// analysis (api.md 9.4): the worst medium decides, and a score at the threshold is
// DECLINED. Beside the scores, a gesture that is enforced and was not seen is
// DECLINED, and so is a medium that is no verified take where only those are
// accepted. declined tells why, by medium; best shots are the caller's to fill in.
func JudgeQuality(media []LivenessSight, p AnalysisParams) (r *QualityResult, word Resolution, declined map[ID][]DeclineReason) {
	r = &QualityResult{Media: make([]MediaQuality, 0, len(media))}
	declined = make(map[ID][]DeclineReason)
	for _, m := range media {
		q := MediaQuality{Media: m.Media, Injection: injectionOf(m), Gesture: enforced(m, p.GesturePolicy)}
		q.Spoofing = RoundScore(SpoofingScore(m.Model, q.Injection, p.InjectionMode))
		r.Media = append(r.Media, q)
		// A score that is no number is none that passes.
		if !(q.Spoofing < p.ThresholdSpoofing) {
			declined[m.Media] = append(declined[m.Media], DeclinedSpoofing)
		}
		if q.Gesture != nil && q.Gesture.Enforced && !q.Gesture.Detected {
			declined[m.Media] = append(declined[m.Media], DeclinedGesture)
		}
		if p.RequireTake && m.Take != TakeVerified {
			declined[m.Media] = append(declined[m.Media], DeclinedTake)
		}
		r.worsen(q)
	}
	if len(declined) > 0 || len(media) == 0 {
		return r, ResolutionDeclined, declined
	}
	return r, ResolutionSuccess, declined
}

// worsen takes a medium into the scores of the analysis.
func (r *QualityResult) worsen(q MediaQuality) {
	if !(q.Spoofing <= r.Spoofing) {
		r.Spoofing = q.Spoofing
	}
	if q.Injection != nil && (r.Injection == nil || *q.Injection > *r.Injection) {
		r.Injection = q.Injection
	}
}

// injectionOf is a medium's injection_score: 1 for a take that does not verify
// (api.md 8.2), whatever its frames look like.
func injectionOf(m LivenessSight) *float64 {
	v := 1.0
	if m.Take != TakeInvalid {
		if m.Injection == nil {
			return nil
		}
		v = RoundScore(*m.Injection)
	}
	return &v
}

// enforced is the medium's gesture with the policy laid over it: a verified take is
// held to the gesture of its step whatever the installation's policy and the medium's
// tags are. One of which no gesture was judged, or another, did not perform it.
func enforced(m LivenessSight, policy GesturePolicy) *Gesture {
	if m.Take == TakeVerified && (m.Gesture == nil || m.Action == "" || m.Gesture.Tag != m.Action) {
		reason := GestureNotPerformed
		return &Gesture{Tag: m.Action, Reason: &reason, Enforced: true}
	}
	if m.Gesture == nil {
		return nil
	}
	g := *m.Gesture
	g.Enforced = policy == GestureEnforce || m.Take == TakeVerified
	return &g
}
