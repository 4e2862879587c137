package look

import (
	"context"
	"errors"
	"fmt"
	"math"
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
	open       float64 // of the eye that is less open, 0 to 1
	wider      float64 // of the eye that is more open, 0 to 1
	smile      float64 // 0 to 1, not a number where nobody asked
	mouth      float64 // width over the distance of the eyes

	embedding int // place among the examined frames, from 1; 0: not examined
}

func momentOf(shot media.Shot, sub *subject) moment {
	l := sub.crop.Landmarks
	return moment{
		at: shot.Time, found: true, box: enlarge(sub.det, 1/shot.Scale).Box, smile: math.NaN(),
		eyes: face.Point{X: (l[0].X + l[1].X) / 2 / shot.Scale, Y: (l[0].Y + l[1].Y) / 2 / shot.Scale},
	}
}

// gesture adds the measures that a medium's gesture needs.
func (s *sequence) gesture(ctx context.Context, m *moment, sub *subject) error {
	tag := osprey.GestureTag(s.medium.Tags)
	if tag == "" || !osprey.GestureMoves(tag) {
		return nil
	}
	defer s.clock.lap("gesture")
	defer s.l.stage("gesture")()
	e := s.l.o.Engine
	pose, err := e.Pose(ctx, sub.frame.Image, sub.det)
	if err != nil {
		return fmt.Errorf("pose: %w", err)
	}
	m.measured, m.yaw, m.pitch = true, pose.Yaw, pose.Pitch
	if tag == osprey.GestureTagBlank { // asks for nothing but the pose
		return nil
	}
	mesh, err := e.Mesh(ctx, sub.frame.Image, sub.det)
	if errors.As(err, new(*face.NoModelError)) || errors.Is(err, face.ErrNoGeometry) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("mesh: %w", err)
	}
	if between := length(mesh, 33, 263); between > 0 {
		m.mouth = length(mesh, 61, 291) / between
	}
	eyes, err := e.Eyes(ctx, sub.frame.Image, &mesh)
	if err != nil && !errors.As(err, new(*face.NoModelError)) {
		return fmt.Errorf("eyes: %w", err)
	}
	m.open, m.wider = eyes.Lower(), math.Max(eyes.Left, eyes.Right)
	if tag != osprey.GestureTagSmile {
		return nil
	}
	m.smile, err = e.Smile(ctx, sub.frame.Image, sub.det)
	if err != nil && !errors.As(err, new(*face.NoModelError)) {
		return fmt.Errorf("smile: %w", err)
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
