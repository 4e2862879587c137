package analysis

import (
	"time"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/look"
)

// technical is what engineers want to know of a try: which models looked, how good
// the media are, how each was seen, and where the time went.
func (t *trial) technical(sights []sight) osprey.Metadata {
	stages := make(osprey.Metadata, len(t.stages))
	for name, took := range t.stages {
		stages[name] = took.Milliseconds()
	}
	out := osprey.Metadata{
		"queue_ms": max(0, int64(osprey.TimeOf(t.begun)-t.a.Created)) / 1000,
		"run_ms":   time.Since(t.begun).Milliseconds(),
		"stage_ms": stages,
		"tries":    t.a.Run,
	}
	if len(sights) == 0 {
		return out
	}
	quality, media := make(osprey.Metadata, len(sights)), make(osprey.Metadata, len(sights))
	for _, s := range sights {
		subject := osprey.SubjectOf(t.a.Type, s.source)
		if action := osprey.TakeAction(s.media.Technical); action != "" {
			subject.Gesture = action
		}
		warnings, skipped := t.kit.Capture.Warnings(s.grade, subject)
		quality[string(s.source.Media)] = osprey.Metadata{"warnings": list(warnings), "checks_skipped": list(skipped)}
		media[string(s.source.Media)] = s.notes()
	}
	out["models"], out["quality"], out["media"] = t.models(), quality, media
	return out
}

// list is the list itself, empty instead of nil.
func list[T any](v []T) []T {
	if v == nil {
		return []T{}
	}
	return v
}

// notes tell how a medium was seen.
func (s sight) notes() osprey.Metadata {
	out := make(osprey.Metadata, len(s.trace)+3)
	for k, v := range s.trace {
		out[k] = v
	}
	out["seen_before"] = s.kept
	if s.seen == nil || s.seen.Liveness == nil {
		return out
	}
	out["liveness"] = livenessNotes(s.seen.Liveness)
	return out
}

// livenessNotes are the scores of the frames and the signs of injection.
func livenessNotes(l *look.Liveness) osprey.Metadata {
	frames := make([]any, len(l.Frames))
	for i, f := range l.Frames {
		frames[i] = osprey.Metadata{
			"index": f.Index, "ms": f.Time.Milliseconds(), "raw": f.Raw, "confidence_spoofing": osprey.RoundScore(f.Spoofing), "used": f.Used,
		}
	}
	return osprey.Metadata{"confidence_spoofing": osprey.RoundScore(l.Spoofing), "signs": l.Signs, "frames": frames}
}

// models lists those that the type of the analysis uses.
func (t *trial) models() []any {
	var out []any
	for _, m := range t.kit.Looker.Engine().Models() {
		if uses(t.a.Type, m.Task) {
			out = append(out, map[string]any{"name": m.Name, "version": m.Version, "sha256": m.SHA256})
		}
	}
	return out
}

// uses reports whether a type of analysis asks models of a task.
func uses(t osprey.AnalysisType, task face.Task) bool {
	switch task {
	case face.TaskDetect:
		return true
	case face.TaskTextBoxes, face.TaskTextLines:
		return t == osprey.AnalysisDocuments
	case face.TaskLiveness:
		return t == osprey.AnalysisQuality
	default:
		return t != osprey.AnalysisDocuments
	}
}
