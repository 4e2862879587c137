package look

import (
	"context"
	"time"

	"example.org/osprey"
	"example.org/osprey/media"
)

// Observe looks at a medium as an analysis does, with the gate of analyses and the
// choice of face that its tags ask for. The error is an *osprey.Error with code 20
// (no face), 21 (several faces), 22 (the face breaks the gate), 4 (undecodable), 11
// (the decoder of videos failed) or 19 (it took too long).
func (l *Looker) Observe(ctx context.Context, m Medium, w Want) (*Observation, error) {
	switch m.Type {
	case osprey.MediaVideo, osprey.MediaShotSet:
		return l.sequenceOf(ctx, m, w)
	default:
		return l.photo(ctx, m, w)
	}
}

// photo is Observe of a still image.
func (l *Looker) photo(ctx context.Context, m Medium, w Want) (*Observation, error) {
	clock := newClock()
	frame, err := l.received(ctx, m)
	if err != nil {
		return nil, stillOnly(err)
	}
	clock.lap("decode")
	sub, err := l.subject(ctx, frame, m.Data, l.o.Analysis, ChoiceFor(m.Tags))
	if err != nil {
		return nil, err
	}
	defer sub.frame.Release()
	clock.lap("detect")
	o := &Observation{Face: sub.face()}
	if o.Embedding, err = l.embed(ctx, sub.crop); err != nil {
		return nil, err
	}
	clock.lap("embed")
	if o.Grade, err = l.grade(ctx, sub, o.Embedding); err != nil {
		return nil, err
	}
	o.Quality = quality(o.Grade)
	if err := hard(l.o.Analysis, o.Grade, w); err != nil {
		return nil, err
	}
	clock.lap("assess")
	if w.Liveness {
		if o.Liveness, err = l.still(ctx, sub); err != nil {
			return nil, err
		}
		clock.lap("liveness")
	}
	if tag := m.gesture(); w.Liveness && tag != "" && l.judges(tag) {
		o.Gesture = judgeGesture(tag, performed{passes: l.o.Enrolment.Check(o.Quality) == nil}) // a photo performs no movement
	}
	o.Trace = osprey.Metadata{"frames_read": 1, "frames_used": 1, "ms": clock.spent}
	return o, nil
}

// received is the frame of a photo: the intake's where that still has it, which is the
// same to the bit, else decoded.
func (l *Looker) received(ctx context.Context, m Medium) (*media.Frame, error) {
	if frame := l.kept.take(m.SHA256); frame != nil {
		return frame, nil
	}
	return l.decode(ctx, m.Data, decodeSide)
}

// still is the liveness of a photo, nil where the pack has no model for it.
func (l *Looker) still(ctx context.Context, sub *subject) (*Liveness, error) {
	scale := l.o.Engine.LivenessCalibration()
	if scale == nil {
		return nil, nil
	}
	s, err := l.score(ctx, sub, 0, 0)
	if err != nil {
		return nil, err
	}
	return fuse([]FrameScore{s}, scale), nil
}

// clock measures the stages of one look, in milliseconds.
type clock struct {
	last  time.Time
	spent map[string]any
}

func newClock() *clock { return &clock{last: time.Now(), spent: map[string]any{}} }

// lap adds what passed since the last lap to a stage.
func (c *clock) lap(stage string) {
	now := time.Now()
	before, _ := c.spent[stage].(float64)
	c.spent[stage] = before + float64(now.Sub(c.last).Microseconds())/1000
	c.last = now
}
