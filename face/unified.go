package face

import "math"

// score gives the unified score, 0 to 100, or nil where the pack brings no
// fit.
func (t UnifiedTuning) score(x *Examination) *float64 {
	if t.Pairs == 0 {
		return nil
	}
	f := x.features()
	sum := t.Intercept
	for i, k := range []float64{t.Norm, t.Sharpness, t.Size, t.Brightness, t.Contrast, t.Turn, t.DetectorScore} {
		sum += k * f[i]
	}
	s := 100 * sigmoid(sum)
	return &s
}

// features are what the unified score is made of, in the order of
// UnifiedTuning's fields.
func (x *Examination) features() [7]float64 {
	const least = 0.01 // logarithms below it mean nothing
	square := func(degrees float64) float64 { return degrees / 90 * degrees / 90 }
	return [7]float64{
		x.Norm,
		math.Log(math.Max(x.Sharpness, least)),
		math.Min(0, math.Log2(math.Max(x.FaceSize, 1)/112)),
		math.Min(math.Log(0.25), math.Log(math.Max(x.Brightness, least))),
		math.Log(math.Max(x.Contrast, least)),
		square(x.Yaw) + square(x.Pitch),
		x.DetectorScore,
	}
}
