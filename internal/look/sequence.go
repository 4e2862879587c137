package look

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/media"
)

// How a sequence is played (components.md 9.2).
const (
	playRate  = 15.0 // frames a second at most
	playShort = 720  // pixels of the shorter side at most
	// spread is how many evenly spread frames are examined; records how many more,
	// each sharper than all before.
	spread  = 15
	records = 5
	// sharper is how much sharper than the sharpest so far a record is.
	sharper = 1.15
	// bestFrames is how many of the best examined frames make the template.
	bestFrames = 5
	// severalShare is the share of the frames with a face in which a second one has to
	// count before it does: a reflection or a passer-by of a moment is no second face.
	severalShare = 1.0 / 3
)

// examined is a frame of a sequence that was looked at closely.
type examined struct {
	index     int
	at        time.Duration
	face      osprey.Face
	grade     osprey.Measures
	embedding face.Embedding
	score     float64 // of the best shot
	live      *FrameScore
}

// sequence gathers what a video or a shot set shows while it is played. It holds one
// frame at a time, and of the frames that went by only numbers.
type sequence struct {
	l      *Looker
	medium Medium
	want   Want
	clock  *clock

	gap      time.Duration // between two evenly spread frames
	next     time.Duration // when the next one is due
	last     *face.Detection
	read     int
	withFace int
	several  int
	track    []moment
	evidence evidence
	frames   []examined
	records  int
	sharpest float64
	best     int // index in frames, -1 before the first
	bestJPEG []byte
	refused  error // the gate's word on the largest face that broke it
}

// sequenceOf is Observe of a video or a shot set.
func (l *Looker) sequenceOf(ctx context.Context, m Medium, w Want) (*Observation, error) {
	s := &sequence{l: l, medium: m, want: w, clock: newClock(), best: -1}
	if n := time.Duration(m.Info.Seconds * float64(time.Second)); n > 0 {
		s.gap = n / spread
		s.next = s.gap / 2
	}
	_, err := l.o.Player.Play(ctx, m.Data, media.PlayOptions{Rate: playRate, Short: playShort}, func(shot media.Shot) error {
		s.clock.lap("decode")
		return s.see(ctx, shot)
	})
	s.clock.lap("decode")
	if err != nil {
		return nil, mediaFault(err)
	}
	return s.observation()
}

// see looks at the next frame.
func (s *sequence) see(ctx context.Context, shot media.Shot) error {
	s.read++
	stop := s.l.stage("detect")
	faces, err := s.l.o.Engine.Follow(ctx, shot.Image, s.last)
	stop()
	if err != nil {
		return fmt.Errorf("detect: %w", err)
	}
	main, second := s.choose(faces)
	s.last = main
	s.clock.lap("detect")
	if main == nil {
		s.track = append(s.track, moment{at: shot.Time})
		return nil
	}
	s.withFace++
	if second && ChoiceFor(s.medium.Tags) == Dominant {
		s.several++
	}
	sub := &subject{frame: shot.Frame, det: *main, found: len(faces)}
	if sub.crop, err = s.l.align(ctx, shot.Frame, *main); err != nil {
		if errors.Is(err, face.ErrNoGeometry) {
			s.track = append(s.track, moment{at: shot.Time})
			return nil
		}
		return err
	}
	now := momentOf(shot, sub)
	if s.want.Liveness {
		s.evidence.see(shot, sub)
		s.clock.lap("evidence")
		if err := s.gesture(ctx, &now, sub); err != nil {
			return err
		}
		s.clock.lap("gesture")
	}
	if s.due(shot, sub.crop) {
		if err := s.examine(ctx, shot, sub, &now); err != nil {
			return err
		}
	}
	s.track = append(s.track, now)
	return nil
}

// choose picks the face to follow: the one that was followed before, where it is
// still there, else the largest. second tells whether another has half its area.
func (s *sequence) choose(faces []face.Detection) (main *face.Detection, second bool) {
	if len(faces) == 0 {
		return nil, false
	}
	at := 0
	if s.last != nil {
		most := 0.0
		for i, f := range faces {
			// A face that has become the much smaller one is not the subject any more.
			if o := overlap(f.Box, s.last.Box); o > most && f.Box.Area() >= osprey.DominantAreaShare*faces[0].Box.Area() {
				at, most = i, o
			}
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

// due tells whether a frame is to be examined: one of the evenly spread ones, or one
// sharper than all before it.
func (s *sequence) due(shot media.Shot, crop *face.Aligned) bool {
	sharp := energy(crop)
	record := sharp > sharper*s.sharpest && s.records < records
	s.sharpest = max(s.sharpest, sharp)
	if s.evenly(shot) {
		return true
	}
	if record {
		s.records++
	}
	return record
}

// evenly tells whether the frame is one of the evenly spread ones. Of a shot set they
// are counted by index, of a video by time.
func (s *sequence) evenly(shot media.Shot) bool {
	if n := s.medium.Info.Frames; s.medium.Type == osprey.MediaShotSet && n > 0 {
		return n <= spread || (shot.Index*spread)/n != ((shot.Index-1)*spread)/n || shot.Index == 0
	}
	if s.gap == 0 {
		return s.read <= spread
	}
	if shot.Time < s.next {
		return false
	}
	for s.next <= shot.Time {
		s.next += s.gap
	}
	return true
}

// examine measures a frame closely: its face's template, every measure, liveness.
func (s *sequence) examine(ctx context.Context, shot media.Shot, sub *subject, now *moment) (err error) {
	x := examined{index: shot.Index, at: shot.Time, face: sub.face()}
	if x.embedding, err = s.l.embed(ctx, sub.crop); err != nil {
		return err
	}
	s.clock.lap("embed")
	if x.grade, err = s.l.grade(ctx, sub, x.embedding); err != nil {
		return err
	}
	s.clock.lap("assess")
	if err := hard(s.l.o.Analysis, x.grade, s.want); err != nil {
		s.refused = err
		return nil
	}
	if s.want.Liveness && s.l.o.Engine.LivenessCalibration() != nil {
		live, err := s.l.score(ctx, sub, shot.Index, shot.Time)
		if err != nil {
			return err
		}
		x.live = &live
		s.clock.lap("liveness")
	}
	now.embedding = len(s.frames) + 1
	x.score = bestScore(x.grade)
	s.frames = append(s.frames, x)
	if s.best >= 0 && x.score <= s.frames[s.best].score { // ties are the earlier frame's
		return nil
	}
	s.best = len(s.frames) - 1
	if s.want.BestShot {
		s.bestJPEG, err = media.EncodeJPEG(shot.Image, bestShotQuality)
		s.clock.lap("best_shot")
	}
	return err
}

// bestShotQuality is the JPEG quality of best shots.
const bestShotQuality = 92

// observation puts together what was seen.
func (s *sequence) observation() (*Observation, error) {
	switch {
	case s.withFace == 0:
		return nil, noFace()
	case float64(s.several) > severalShare*float64(s.withFace):
		return nil, severalFaces(2)
	case len(s.frames) == 0 && s.refused != nil:
		return nil, s.refused
	case len(s.frames) == 0:
		return nil, noFace()
	}
	best := s.frames[s.best]
	o := &Observation{Face: best.face, Grade: best.grade, Quality: quality(best.grade), BestShot: s.bestJPEG}
	o.Grade[osprey.CheckFrames] = float64(s.withFace)
	if v, ok := motion(s.track); ok {
		o.Grade[osprey.CheckMotion] = v
	}
	o.Embedding = s.template()
	if s.want.Liveness {
		s.judge(o)
	}
	o.Trace = osprey.Metadata{
		"frames_read": s.read, "frames_with_face": s.withFace, "frames_used": len(s.frames),
		"frame": best.index, "frame_ms": best.at.Milliseconds(), "ms": s.clock.spent,
	}
	return o, nil
}

// judge fills in liveness and gesture.
func (s *sequence) judge(o *Observation) {
	defer s.l.stage("evidence")()
	signs, measured := s.evidence.signs(s.track, s.frames, s.l.o.Engine.Calibration())
	if scale := s.l.o.Engine.LivenessCalibration(); scale != nil {
		var scores []FrameScore
		for _, f := range s.frames {
			if f.live != nil {
				scores = append(scores, *f.live)
			}
		}
		o.Liveness = fuse(scores, scale)
		o.Liveness.Signs = signs
		if measured {
			worst := 0.0
			for _, v := range signs {
				worst = max(worst, v)
			}
			o.Liveness.Injection = &worst
		}
	}
	if tag := osprey.GestureTag(s.medium.Tags); tag != "" {
		o.Gesture = judgeGesture(tag, s.track, nil, signs, s.same)
	}
	s.clock.lap("evidence")
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

// template is the mean of the best frames' templates, weighted by their scores, made
// length 1 again. Its Norm is the mean of theirs.
func (s *sequence) template() face.Embedding {
	order := make([]int, len(s.frames))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return compareDown(s.frames[a].score, s.frames[b].score) })
	order = order[:min(bestFrames, len(order))]
	sum := make([]float64, len(s.frames[0].embedding.Vector))
	out := face.Embedding{Vector: make([]float32, len(sum))}
	for _, i := range order {
		e, weight := s.frames[i].embedding, s.frames[i].score
		out.Norm += e.Norm / float64(len(order))
		for k, v := range e.Vector {
			sum[k] += weight * float64(v)
		}
	}
	length := 0.0
	for _, v := range sum {
		length += v * v
	}
	length = math.Sqrt(length)
	if length == 0 { // nothing to weigh: the best frame alone
		return s.frames[s.best].embedding
	}
	for k, v := range sum {
		out.Vector[k] = float32(v / length)
	}
	return out
}

func compareDown(a, b float64) int {
	switch {
	case a > b:
		return -1
	case a < b:
		return 1
	}
	return 0
}

// bestScore is how good a frame is to stand for a sequence, 0 to 1: the unified score
// of components.md 2.9, with each part 0 to 1.
func bestScore(g osprey.Measures) float64 {
	part := func(v float64) float64 { return min(max(v, 0), 1) }
	turn := math.Max(math.Abs(g[osprey.CheckYaw]), math.Abs(g[osprey.CheckPitch]))
	eyes, known := g[osprey.CheckEyesOpen]
	if !known {
		eyes = 1
	}
	light := part(1 - 2*math.Abs(g[osprey.CheckBrightness]-0.5))
	return 0.35*part(g[osprey.CheckSharpness]) + 0.25*part(1-turn/45) + 0.15*part(eyes) +
		0.15*part(g[osprey.CheckFaceSize]/fullSize) + 0.10*light
}

// fullSize is the face size in pixels from which a larger one is no better.
const fullSize = 200
