package look

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"slices"
	"time"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/media"
)

// How a sequence is played (components.md 9.2).
const (
	gestureRate = 15.0 // frames a second at most, where a gesture is to be judged
	passiveRate = 10.0 // ... and where none is
	playShort   = 720  // pixels of the shorter side at most
	// spreadFrames is how many evenly spread frames are examined; records how many
	// more, each so many times sharper than all before it. Those that are sharp need
	// not be kept until the end that way.
	spreadFrames = 15
	// Of them each scoredThird-th is not shown to the presentation models, which are
	// the most expensive, unless fewer than those that decide have been.
	scoredThird = 3
	records     = 4
	sharper     = 1.15
	// severalShare is the share of the frames with a face in which a second one has to
	// count before it does: a reflection or a passer-by of a moment is no second face.
	severalShare = 1.0 / 3
	// followed is how long a face that was lost is still looked for where it was.
	followed = 700 * time.Millisecond
	// A face that was not found in so many frames is looked for less often: a frame
	// without a face costs many looks.
	missedFew  = 5
	missedMany = 20
	searchSoon = 400 * time.Millisecond
	searchLate = time.Second
	// ghostShare is the share of the frames that were searched in which a face must be
	// found, unless one is found beyond doubt: what a detector sees in a bottle for a
	// moment is no face.
	ghostShare = 0.1
	sureFace   = 0.8 // detector score
	// mostPrints bounds what is kept of a sequence; of longer ones every second,
	// third ... frame is compared with the others.
	mostPrints = 900
)

// examined is a frame of a sequence that was looked at closely.
type examined struct {
	index     int
	at        time.Duration
	face      osprey.Face
	grade     osprey.Measures
	embedding face.Embedding
	score     float64     // of the best shot
	live      *FrameScore // nil where it was not scored
}

// sequence gathers what a video or a shot set shows while it is played. It holds one
// frame at a time and a copy of the best one; of the others only numbers. What is
// wanted adds to what is done but changes neither the frames that are examined nor
// the template.
type sequence struct {
	l      *Looker
	medium Medium
	want   Want
	clock  *clock

	rate     float64
	next     int             // of the evenly spread frames, the one that is due
	even     bool            // the frame at hand is one of them
	last     *face.Detection // in upright pixels of the original
	lastAt   time.Duration
	read     int
	searched int
	missed   int // frames without a face since the last one with it
	soughtAt time.Duration
	surest   float64 // detector score
	withFace int
	several  int
	track    []moment
	calm     []float64 // widths of the mouth of frames without a smile, see smiles
	prints   []imprint
	stride   int // every so many frames an imprint is kept
	frames   []examined
	scored   int // of them, shown to the presentation models
	records  int
	sharpest float64
	best     int // index in frames, -1 before the first
	shot     *image.RGBA
	refused  error // the gate's word on the last face, which broke it
}

// sequenceOf is Observe of a video or a shot set.
func (l *Looker) sequenceOf(ctx context.Context, m Medium, w Want) (*Observation, error) {
	s := &sequence{l: l, medium: m, want: w, clock: newClock(), best: -1, rate: passiveRate}
	if tag := m.gesture(); tag != "" && tag != osprey.GestureTagBlank && osprey.GestureMoves(tag) && l.judges(tag) {
		s.rate = gestureRate
	}
	if err := s.measure(ctx); err != nil {
		return nil, err
	}
	clip, err := l.o.Player.Play(ctx, m.Data, media.PlayOptions{Rate: s.rate, Short: playShort}, func(shot media.Shot) error {
		s.clock.lap("decode")
		return s.see(ctx, shot)
	})
	s.clock.lap("decode")
	if err != nil {
		return nil, MediaFault(notTheFile(m, err))
	}
	return s.observation(clip)
}

// measure makes sure that the length of the sequence is known, which the intake has
// measured.
func (s *sequence) measure(ctx context.Context) error {
	info := &s.medium.Info
	if info.Frames <= 0 {
		clip, frame, err := s.l.o.Player.Inspect(ctx, s.medium.Data)
		if err != nil {
			return MediaFault(err)
		}
		frame.Release()
		info.Frames, info.Seconds = clip.Frames, clip.Duration.Seconds()
	}
	frames := info.Frames
	if s.medium.Type == osprey.MediaVideo {
		frames = min(frames, int(info.Seconds*s.rate)+1)
	}
	s.stride = 1 + frames/(mostPrints+1)
	return nil
}

// see looks at the next frame.
func (s *sequence) see(ctx context.Context, shot media.Shot) error {
	s.read++
	sub, second, err := s.find(ctx, shot)
	if err != nil {
		return err
	}
	s.remember(shot, sub)
	if sub == nil {
		s.track = append(s.track, moment{at: shot.Time})
		return nil
	}
	s.withFace++
	if second && ChoiceFor(s.medium.Tags) == Dominant {
		s.several++
	}
	now := momentOf(shot, sub)
	var grade osprey.Measures
	if s.due(shot, sub.crop) {
		if grade, err = s.examine(ctx, shot, sub, &now); err != nil {
			return err
		}
	}
	if s.want.Liveness {
		if err := s.gesture(ctx, &now, sub, grade); err != nil {
			return err
		}
	}
	s.track = append(s.track, now)
	return nil
}

// find gives the main face of a frame, nil where there is none, and whether another
// one counts beside it.
func (s *sequence) find(ctx context.Context, shot media.Shot) (sub *subject, second bool, err error) {
	defer s.clock.lap("detect")
	if !s.search(shot.Time) {
		return nil, false, nil
	}
	if s.last != nil && shot.Time-s.lastAt > followed {
		s.last = nil
	}
	var previous *face.Detection
	if s.last != nil {
		p := enlarge(*s.last, shot.Scale)
		previous = &p
	}
	stop := s.l.stage("detect")
	faces, err := s.l.o.Engine.Follow(ctx, shot.Image, previous)
	stop()
	if err != nil {
		return nil, false, fmt.Errorf("detect: %w", err)
	}
	faces = slices.DeleteFunc(faces, func(d face.Detection) bool { return d.Score < s.l.o.Analysis.DetectorScore })
	main, second := chooseNext(faces, previous)
	if main == nil {
		s.missed++
		return nil, false, nil
	}
	s.missed, s.surest = 0, math.Max(s.surest, main.Score)
	sub = &subject{frame: shot.Frame, det: *main, found: len(faces)}
	sub.crop, err = s.l.align(ctx, shot.Frame, *main)
	if errors.Is(err, face.ErrNoGeometry) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	d := enlarge(*main, 1/shot.Scale)
	s.last, s.lastAt = &d, shot.Time
	return sub, second, nil
}

// search tells whether a frame is to be searched for a face.
func (s *sequence) search(at time.Duration) bool {
	wait := time.Duration(0)
	switch {
	case s.missed >= missedMany:
		wait = searchLate
	case s.missed >= missedFew:
		wait = searchSoon
	}
	if s.searched > 0 && at-s.soughtAt < wait {
		return false
	}
	s.searched, s.soughtAt = s.searched+1, at
	return true
}

// chooseNext picks the face to go on with: the one that was followed before, where it is
// still there, else the largest. second tells whether another has half its area.
func chooseNext(faces []face.Detection, previous *face.Detection) (main *face.Detection, second bool) {
	if len(faces) == 0 {
		return nil, false
	}
	at, most := 0, 0.0
	for i, f := range faces {
		// A face that has become the much smaller one is not the subject any more.
		if previous == nil || f.Box.Area() < osprey.DominantAreaShare*faces[0].Box.Area() {
			continue
		}
		if o := overlap(f.Box, previous.Box); o > most {
			at, most = i, o
		}
	}
	for i, f := range faces {
		if i != at && f.Box.Area() >= osprey.DominantAreaShare*faces[at].Box.Area() {
			second = true
		}
	}
	return &faces[at], second
}

// overlap is the intersection over the union of two boxes.
func overlap(a, b face.Box) float64 {
	i := a.Intersect(b).Area()
	if i <= 0 {
		return 0
	}
	return i / (a.Area() + b.Area() - i)
}

// remember keeps the imprint of a frame, where time is to be judged.
func (s *sequence) remember(shot media.Shot, sub *subject) {
	if !s.want.Liveness || shot.Index%s.stride != 0 || len(s.prints) > mostPrints {
		return
	}
	var crop *face.Aligned
	if sub != nil {
		crop = sub.crop
	}
	s.prints = append(s.prints, imprintOf(shot.Image, crop, shot.Time))
	s.clock.lap("evidence")
}

// due tells whether a frame with a face is to be examined: one of the evenly spread
// ones, or one sharper than all before it.
func (s *sequence) due(shot media.Shot, crop *face.Aligned) bool {
	sharp := detail(crop)
	record := sharp > sharper*s.sharpest && s.records < records
	s.sharpest = max(s.sharpest, sharp)
	if s.even = s.evenly(shot); s.even {
		return true
	}
	if record {
		s.records++
	}
	return record
}

// evenly tells whether the frame is one of the evenly spread ones: the first with a
// face in the middle of each fifteenth. Videos are divided by time, shot sets by
// frames, so that a video and the frames of it are divided alike.
func (s *sequence) evenly(shot media.Shot) bool {
	info := s.medium.Info
	if info.Frames <= spreadFrames {
		s.next++
		return true
	}
	at := shot.Time.Seconds() / info.Seconds
	if s.medium.Type == osprey.MediaShotSet {
		at = float64(shot.Index) / float64(info.Frames)
	}
	slot := int(math.Floor(at*spreadFrames + 0.5)) // middles passed so far
	if slot <= s.next {
		return false
	}
	s.next = slot
	return true
}

// examine measures a frame closely: its face's template, every measure, liveness. It
// gives the measures, also those of a frame that breaks the gate and counts no further.
func (s *sequence) examine(ctx context.Context, shot media.Shot, sub *subject, now *moment) (grade osprey.Measures, err error) {
	x := examined{index: shot.Index, at: shot.Time, face: sub.face()}
	if x.embedding, err = s.l.embed(ctx, sub.crop); err != nil {
		return nil, err
	}
	s.clock.lap("embed")
	if x.grade, err = s.l.grade(ctx, sub, x.embedding); err != nil {
		return nil, err
	}
	s.clock.lap("assess")
	if s.refused = hard(s.l.o.Analysis, x.grade, s.want); s.refused != nil {
		return x.grade, nil //nolint:nilerr // one frame that breaks the gate refuses nothing
	}
	if s.want.Liveness && s.scores() {
		live, err := s.l.score(ctx, sub, shot.Index, shot.Time)
		if err != nil {
			return nil, err
		}
		x.live, s.scored = &live, s.scored+1
		s.clock.lap("liveness")
	}
	now.embedding = len(s.frames) + 1
	x.score = bestScore(x.grade)
	s.frames = append(s.frames, x)
	if s.best >= 0 && x.score <= s.frames[s.best].score { // ties are the earlier frame's
		return x.grade, nil
	}
	s.best = len(s.frames) - 1
	if s.want.BestShot {
		s.shot = copyOf(s.shot, shot.Image)
		s.clock.lap("best_shot")
	}
	return x.grade, nil
}

// scores tells whether an examined frame is shown to the presentation models.
func (s *sequence) scores() bool {
	if s.l.o.Engine.LivenessCalibration() == nil {
		return false
	}
	return !s.even || s.scored < worstFrames || s.next%scoredThird != 0
}

// observation puts together what was seen.
func (s *sequence) observation(clip media.Clip) (*Observation, error) {
	switch {
	case s.withFace == 0, s.surest < sureFace && float64(s.withFace) < ghostShare*float64(s.searched):
		return nil, noFace()
	case float64(s.several) > severalShare*float64(s.withFace):
		return nil, severalFaces(2)
	case len(s.frames) == 0 && s.refused != nil:
		return nil, s.refused
	case len(s.frames) == 0:
		return nil, noFace()
	}
	best := s.frames[s.best]
	o := &Observation{Face: best.face, Grade: best.grade, Quality: quality(best.grade)}
	o.Grade[osprey.CheckFrames] = float64(s.withFace)
	if v, ok := motion(s.track); ok {
		o.Grade[osprey.CheckMotion] = v
	}
	o.Embedding = blend(s.frames, s.l.o.Engine.Calibration())
	if s.want.Liveness {
		s.judge(o, cueOf(clip.Manifest))
	}
	if s.shot != nil {
		stop := s.l.stage("best_shot")
		jpeg, err := media.EncodeJPEG(s.shot, bestShotQuality)
		stop()
		if err != nil {
			return nil, fmt.Errorf("best shot: %w", err)
		}
		o.BestShot = jpeg
		s.clock.lap("best_shot")
	}
	o.Trace = osprey.Metadata{
		"frames_read": s.read, "frames_with_face": s.withFace, "frames_used": len(s.frames),
		"frame": best.index, "frame_ms": best.at.Milliseconds(), "frame_reason": bestReason, "ms": s.clock.spent,
	}
	return o, nil
}

// judge fills in liveness and gesture.
func (s *sequence) judge(o *Observation, cue *time.Duration) {
	defer s.l.stage("evidence")()
	found := signs(s.prints)
	if found != nil {
		found[signPerson] = otherPerson(s.frames, s.l.o.Engine.Calibration())
	}
	if scale := s.l.o.Engine.LivenessCalibration(); scale != nil {
		var scores []FrameScore
		for _, f := range s.frames {
			if f.live != nil {
				scores = append(scores, *f.live)
			}
		}
		slices.SortFunc(scores, func(a, b FrameScore) int { return a.Index - b.Index })
		o.Liveness = fuse(scores, scale)
		o.Liveness.Signs = found
		if found != nil {
			worst := combine(found)
			o.Liveness.Injection = &worst
		}
	}
	if tag := s.medium.gesture(); tag != "" && s.l.judges(tag) {
		o.Gesture = judgeGesture(tag, performed{track: s.track, cue: cue, signs: found, same: s.same, passes: s.passes()})
	}
	s.clock.lap("evidence")
}

// passes tells whether an examined frame keeps the bounds that photos to be enrolled
// keep (components.md 9.4).
func (s *sequence) passes() bool {
	return slices.ContainsFunc(s.frames, func(x examined) bool { return len(s.l.o.Enrolment.Check(quality(x.grade))) == 0 })
}

// same is the confidence that two examined moments show one person, 1 where one of
// them was not examined.
func (s *sequence) same(a, b moment) float64 {
	if a.embedding == 0 || b.embedding == 0 {
		return 1
	}
	x, y := s.frames[a.embedding-1].embedding, s.frames[b.embedding-1].embedding
	return s.l.o.Engine.Calibration().Confidence(float64(osprey.Similarity(x.Vector, y.Vector)))
}
