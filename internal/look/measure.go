package look

import (
	"context"
	"fmt"
	"math"

	"example.org/osprey"
)

// assess measures the face and applies the gate before the embedder runs. The
// measures of pose cost an inference, which the weak gate of analyses does not
// ask for.
func (l *Looker) assess(ctx context.Context, s *subject, gate osprey.Gate) (osprey.Quality, error) {
	q := osprey.Quality{FaceSize: size(s.det, s.frame.Scale), DetectorScore: s.det.Score}
	if gate.Full {
		stop := l.stage("assess")
		m, err := l.o.Engine.Assess(ctx, s.frame.Image, s.det, s.crop)
		stop()
		if err != nil {
			return q, fmt.Errorf("assess: %w", err)
		}
		q.Yaw, q.Pitch, q.Roll = m.Yaw, m.Pitch, m.Roll
		q.Sharpness, q.Brightness, q.FaceInside = m.Sharpness, m.Brightness, m.FaceInside
	}
	return q, GateError(gate, q)
}

// grade makes every measure of the subject that the engine can make, as
// components.md 9.4 names them. Sizes are pixels of the original.
func (l *Looker) grade(ctx context.Context, s *subject) (osprey.Measures, error) {
	stop := l.stage("assess")
	defer stop()
	m, err := l.o.Engine.Assess(ctx, s.frame.Image, s.det, s.crop)
	if err != nil {
		return nil, fmt.Errorf("assess: %w", err)
	}
	w := float64(s.frame.Width) * s.frame.Scale
	c := s.det.Box.Center()
	b := s.frame.Image.Bounds()
	g := osprey.Measures{
		osprey.CheckDetectorScore: s.det.Score,
		osprey.CheckFaceShare:     s.det.Box.Width() / w,
		osprey.CheckFaceRatio:     s.det.Box.Width() / w,
		osprey.CheckFaceInside:    m.FaceInside,
		osprey.CheckCenterOffset:  math.Hypot(c.X-float64(b.Dx())/2, c.Y-float64(b.Dy())/2) / w,
		osprey.CheckSharpness:     m.Sharpness,
		osprey.CheckBrightness:    m.Brightness,
		osprey.CheckYaw:           m.Yaw, osprey.CheckPitch: m.Pitch, osprey.CheckRoll: m.Roll,
	}
	g[osprey.CheckFaceSize] = size(s.det, s.frame.Scale)
	g[osprey.CheckColor] = float64(s.frame.Channels)
	g[osprey.CheckResolution] = float64(min(s.frame.Width, s.frame.Height))
	return g, nil
}

// quality is the part of the measures that gates judge.
func quality(g osprey.Measures) osprey.Quality {
	return osprey.Quality{
		FaceSize: g[osprey.CheckFaceSize], Yaw: g[osprey.CheckYaw], Pitch: g[osprey.CheckPitch], Roll: g[osprey.CheckRoll],
		Sharpness: g[osprey.CheckSharpness], Brightness: g[osprey.CheckBrightness], FaceInside: g[osprey.CheckFaceInside],
		DetectorScore: g[osprey.CheckDetectorScore],
	}
}

// hard is the refusal of an analysis: the gate, and for liveness a picture without
// colour (api.md 17.3), or nil.
func hard(gate osprey.Gate, g osprey.Measures, w Want) error {
	if err := GateError(gate, quality(g)); err != nil || !w.Liveness {
		return err
	}
	return osprey.CheckColors(osprey.AnalysisQuality, g)
}
