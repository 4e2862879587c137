package analysis

import (
	"context"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/look"
)

// kit is what judging takes, and all of it: neither a store nor blobs. A stored
// analysis and one of the Instant API are judged by the same functions over it.
type kit struct {
	Looker  Looker
	IDs     *osprey.IDs
	Capture osprey.CaptureBounds
	Stage   func(stage string, seconds float64)
}

// source is where the media of an analysis come from: the store, or memory.
type source interface {
	// see looks at the face in a source medium, or tells what was seen earlier. What
	// liveness rests on is looked at anew.
	see(ctx context.Context, t *trial, src osprey.SourceMedia, want look.Want) (sight, error)
	// open gives a source medium with its bytes.
	open(ctx context.Context, t *trial, src osprey.SourceMedia) (osprey.Media, []byte, error)
}

// trial is one analysis on its way to a verdict. It is used by one goroutine.
type trial struct {
	kit    *kit
	media  source
	a      osprey.Analysis
	begun  time.Time
	stages map[string]time.Duration
}

func (k *kit) trial(a osprey.Analysis, media source, begun time.Time) *trial {
	return &trial{kit: k, media: media, a: a, begun: begun, stages: make(map[string]time.Duration)}
}

// verdict is what a trial came to: the word, what it rests on, what engineers want to
// know, and the images that were cut out.
type verdict struct {
	word   osprey.Resolution
	result *osprey.Result
	notes  osprey.Metadata
	shots  []shot
}

// judge does what the type asks, for the types that need nothing but their media.
func (t *trial) judge(ctx context.Context) (verdict, error) {
	switch t.a.Type {
	case osprey.AnalysisQuality:
		return t.quality(ctx)
	case osprey.AnalysisBiometry:
		return t.biometry(ctx)
	case osprey.AnalysisDocuments:
		return t.documents(ctx)
	}
	return verdict{}, final{osprey.Errorf(osprey.CodeUnknown, "The analysis has an unknown type")}
}

// see looks at the source media in their order: the first that cannot be analysed
// ends the analysis, whatever the others show (api.md 9.4).
func (t *trial) see(ctx context.Context, want look.Want) ([]sight, error) {
	defer t.stage("look")()
	out := make([]sight, 0, len(t.a.Source))
	for _, src := range t.a.Source {
		one, err := t.media.see(ctx, t, src, want)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// observe looks at the face in a medium for this analysis.
func (t *trial) observe(ctx context.Context, src osprey.SourceMedia, m osprey.Media, data []byte, want look.Want) (sight, error) {
	seen, err := t.kit.Looker.Observe(ctx, look.Medium{
		Type: m.Type, Data: data, Tags: src.Tags, Info: m.Info, SHA256: m.SHA256, Gesture: osprey.TakeAction(m.Technical),
	}, want)
	if err == nil {
		err = osprey.CheckColors(t.a.Type, seen.Grade)
	}
	if err != nil {
		return sight{}, unusable(ctx, err, src)
	}
	return sight{source: src, media: m, vector: seen.Embedding.Vector, grade: seen.Grade, trace: seen.Trace, seen: seen}, nil
}

// recalled is the sight of a medium that was looked at before, if it passes the gate
// of today. Its vector is for the caller to fill in.
func (t *trial) recalled(ctx context.Context, src osprey.SourceMedia, s sight, q osprey.Quality) (sight, error) {
	if err := look.GateError(t.kit.Looker.AnalysisGate(), q); err != nil {
		return sight{}, unusable(ctx, err, src)
	}
	s.source, s.kept, s.seen = src, true, nil
	return s, nil
}

// stage starts the clock of a stage; the function it returns stops it.
func (t *trial) stage(name string) func() {
	start := time.Now()
	return func() {
		took := time.Since(start)
		t.stages[name] += took
		t.kit.Stage(name, took.Seconds())
	}
}
