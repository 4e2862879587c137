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

// moment is what one frame tells of the main face, in numbers that live on when the
// frame is gone. Lengths are pixels of the original.
type moment struct {
	at    time.Duration
	found bool
	box   face.Box
	eyes  face.Point // the middle between the eyes

	// Only where a gesture is asked for and the pack can tell.
	measured   bool
	yaw, pitch float64 // degrees; yaw > 0: towards the person's own right; pitch > 0: up
	open       float64 // of the eye that is less open, 0 to 1, not a number where it was not measured
	wider      float64 // of the eye that is more open, 0 to 1, likewise
	smile      float64 // 0 to 1, not a number where it was not looked for
	mouth      float64 // width over the distance of the eyes

	embedding int // place among the examined frames, from 1; 0: not examined
}

func momentOf(shot media.Shot, sub *subject) moment {
	l := sub.crop.Landmarks
	return moment{
		at: shot.Time, found: true, box: enlarge(sub.det, 1/shot.Scale).Box,
		open: math.NaN(), wider: math.NaN(), smile: math.NaN(),
		eyes: face.Point{X: (l[0].X + l[1].X) / 2 / shot.Scale, Y: (l[0].Y + l[1].Y) / 2 / shot.Scale},
	}
}

// gesture adds the measures that a medium's gesture needs. The pose is taken from the
// grade of a frame that was examined, nil for others.
func (s *sequence) gesture(ctx context.Context, m *moment, sub *subject, grade osprey.Measures) error {
	tag := s.medium.gesture()
	if tag == "" || !osprey.GestureMoves(tag) || !s.l.judges(tag) {
		return nil
	}
	defer s.clock.lap("gesture")
	defer s.l.stage("gesture")()
	if grade != nil {
		m.yaw, m.pitch = grade[osprey.CheckYaw], grade[osprey.CheckPitch]
	} else {
		pose, err := s.l.o.Engine.Pose(ctx, sub.frame.Image, sub.det)
		if err != nil {
			return fmt.Errorf("pose: %w", err)
		}
		m.yaw, m.pitch = pose.Yaw, pose.Pitch
	}
	m.measured = true
	if tag != osprey.GestureTagSmile && tag != osprey.GestureTagEyes { // the others ask for pose and size alone
		return nil
	}
	mesh, err := s.l.o.Engine.Mesh(ctx, sub.frame.Image, sub.det)
	if errors.Is(err, face.ErrNoGeometry) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("mesh: %w", err)
	}
	if tag == osprey.GestureTagEyes {
		return s.eyes(ctx, m, sub, &mesh)
	}
	return s.smiles(ctx, m, sub, &mesh)
}

// eyes measures how far the eyes are open.
func (s *sequence) eyes(ctx context.Context, m *moment, sub *subject, mesh *face.Mesh) error {
	eyes, err := s.l.o.Engine.Eyes(ctx, sub.frame.Image, mesh)
	if errors.Is(err, face.ErrNoGeometry) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("eyes: %w", err)
	}
	m.open, m.wider = eyes.Lower(), math.Max(eyes.Left, eyes.Right)
	return nil
}

// smiles measures the smile. The model for it is slow: once the calm face is known,
// only frames whose mouth is wide enough for a smile are shown to it.
func (s *sequence) smiles(ctx context.Context, m *moment, sub *subject, mesh *face.Mesh) (err error) {
	if between := length(*mesh, 33, 263); between > 0 {
		m.mouth = length(*mesh, 61, 291) / between
	}
	if len(s.calm) >= calmFrames && m.mouth < widerMouth*percentile(slices.Clone(s.calm), 0.5) {
		return nil
	}
	if m.smile, err = s.l.o.Engine.Smile(ctx, sub.frame.Image, sub.det); err != nil {
		return fmt.Errorf("smile: %w", err)
	}
	if m.smile < calmSmile {
		s.calm = append(s.calm, m.mouth)
	}
	return nil
}

// length is the distance of two points of a mesh in space, which a turn of the head
// does not change.
func length(m face.Mesh, a, b int) float64 {
	p, q := m.Points[a], m.Points[b]
	return math.Sqrt((p.X-q.X)*(p.X-q.X) + (p.Y-q.Y)*(p.Y-q.Y) + (p.Z-q.Z)*(p.Z-q.Z))
}

// motion is how fast the face moves, in face widths a second: the 90th percentile over
// the frames, because one wrong landmark is no motion.
func motion(track []moment) (float64, bool) {
	var speeds []float64
	for i := 1; i < len(track); i++ {
		a, b := track[i-1], track[i]
		seconds := (b.at - a.at).Seconds()
		if !a.found || !b.found || seconds <= 0 || a.box.Width() <= 0 {
			continue
		}
		speeds = append(speeds, math.Hypot(b.eyes.X-a.eyes.X, b.eyes.Y-a.eyes.Y)/a.box.Width()/seconds)
	}
	if len(speeds) < 3 {
		return 0, false
	}
	return percentile(speeds, 0.9), true
}
