package look

import (
	"context"
	"fmt"

	"example.org/osprey"
	"example.org/osprey/face"
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
func (l *Looker) grade(ctx context.Context, s *subject, e face.Embedding) (osprey.Measures, error) {
	defer l.stage("assess")()
	x, err := l.o.Engine.Examine(ctx, s.frame.Image, s.det, s.crop, e)
	if err != nil {
		return nil, fmt.Errorf("assess: %w", err)
	}
	g := osprey.Measures{}
	for _, c := range pictureChecks {
		if v, ok := x.Measure(string(c)); ok {
			g[c] = v
		}
	}
	g[osprey.CheckFaceShare] = g[osprey.CheckFaceRatio]
	g[osprey.CheckFaceSize] = size(s.det, s.frame.Scale)
	g[osprey.CheckResolution] = float64(min(s.frame.Width, s.frame.Height))
	if s.frame.Channels == 1 {
		g[osprey.CheckColor] = 1
	}
	return g, nil
}

// pictureChecks are the measures that one picture of a face can give.
var pictureChecks = []osprey.Check{
	osprey.CheckDetectorScore, osprey.CheckFaceRatio, osprey.CheckFaceInside, osprey.CheckCenterOffset, osprey.CheckSharpness,
	osprey.CheckBrightness, osprey.CheckLightBalance, osprey.CheckLightEvenness, osprey.CheckContrast,
	osprey.CheckYaw, osprey.CheckPitch, osprey.CheckRoll, osprey.CheckEyesOpen, osprey.CheckMouthOpen, osprey.CheckColor, osprey.CheckUnified,
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
