package face

import (
	"context"
	"image"
)

// Pose is the head's turn in degrees, 0 when it looks straight into the
// camera. The signs are those of Quality: Yaw > 0: the nose points to the
// image's left, which is the person's own right; Pitch > 0: up; Roll > 0:
// clockwise as seen.
type Pose struct {
	Yaw, Pitch, Roll float64
}

// Pose measures the head's turn alone, for video, where every frame needs it.
func (e *Engine) Pose(ctx context.Context, img image.Image, d Detection) (Pose, error) {
	l, _, err := e.enter(ctx, img, &d)
	if err != nil {
		return Pose{}, err
	}
	defer e.leave(l)
	var p Pose
	p.Yaw, p.Pitch, p.Roll, err = l.headPose(img, d.Box)
	return p, err
}
