package look

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.org/osprey/face"
)

// worstFrames is how many frames decide a medium's liveness: those that look most
// like an attack (components.md 10.2).
const worstFrames = 3

// score is the liveness of one frame.
func (l *Looker) score(ctx context.Context, s *subject, index int, at time.Duration) (FrameScore, error) {
	defer l.stage("liveness")()
	v, err := l.o.Engine.Liveness(ctx, s.frame.Image, s.det)
	if err != nil {
		return FrameScore{}, fmt.Errorf("liveness: %w", err)
	}
	return FrameScore{Index: index, Time: at, Raw: v.Raw, Spoofing: v.Confidence, Members: v.Members}, nil
}

// fuse makes one liveness of the frames', which are in order of time: the mean of
// the highest raw values, on the scale of the pack. Ties are the earlier frame's.
func fuse(frames []FrameScore, scale *face.LivenessCalibration) *Liveness {
	order := make([]int, len(frames))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case frames[a].Raw > frames[b].Raw:
			return -1
		case frames[a].Raw < frames[b].Raw:
			return 1
		}
		return 0
	})
	used := order[:min(worstFrames, len(order))]
	sum := 0.0
	for _, i := range used {
		frames[i].Used = true
		sum += frames[i].Raw
	}
	return &Liveness{Spoofing: scale.Confidence(sum / float64(len(used))), Frames: frames}
}
