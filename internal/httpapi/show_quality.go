package httpapi

import (
	"example.org/osprey"
	"example.org/osprey/internal/wire"
)

// livenessData is results_data of a QUALITY analysis (api.md 9.5.1), of all media.
type livenessData struct {
	Spoofing  wire.Score  `json:"confidence_spoofing"`
	Injection *wire.Score `json:"injection_score"`
}

// entryLiveness is the same of one medium.
type entryLiveness struct {
	livenessData
	Gesture *gestureObject `json:"gesture"`
}

type gestureObject struct {
	Tag      string                `json:"tag"`
	Detected bool                  `json:"detected"`
	Reason   *osprey.GestureReason `json:"reason"`
}

type livenessEntry struct {
	entryObject
	Data entryLiveness `json:"results_data"`
}

type livenessConfs struct {
	Threshold wire.Score `json:"threshold_spoofing"`
	BestShot  bool       `json:"extract_best_shot"`
}

func qualityData(r *osprey.QualityResult) livenessData {
	return livenessData{Spoofing: wire.Score(r.Spoofing), Injection: wire.ScoreOf(r.Injection)}
}

func (n shownAnalysis) quality(r *osprey.QualityResult) []any {
	out := make([]any, len(r.Media))
	for i, m := range r.Media {
		e := livenessEntry{Data: entryLiveness{
			livenessData: livenessData{Spoofing: wire.Score(m.Spoofing), Injection: wire.ScoreOf(m.Injection)},
		}}
		if g := m.Gesture; g != nil {
			e.Data.Gesture = &gestureObject{Tag: g.Tag, Detected: g.Detected, Reason: g.Reason}
		}
		if m.BestShot != "" {
			e.entryObject = n.entry(m.Media, m.BestShot)
		} else {
			e.entryObject = n.entry(m.Media)
		}
		out[i] = e
	}
	return out
}
