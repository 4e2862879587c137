package look

import (
	"image"
	"math"

	"example.org/osprey"
)

// bestReason says in the trace why a frame stands for its sequence.
const bestReason = "sharp, frontal, eyes open, well lit; chosen by the unified quality score"

const (
	bestShotQuality = 92    // of the JPEG
	fullTurn        = 45.0  // degrees of yaw or pitch at which nothing is frontal any more
	fullSize        = 224.0 // pixels of the face from which a larger one is no better
	darkLight       = 0.08  // mean luma of the face where light begins and ends ...
	brightLight     = 0.95
	goodDark        = 0.25 // ... and between which it is good
	goodBright      = 0.85
)

// bestScore is how good a frame is to stand for a sequence, 0 to 1: the formula of
// components.md 2.9. frontal falls linearly with the larger of yaw and pitch, size with
// the face's pixels, light outside the bounds of good capture. A pack that cannot tell
// whether eyes are open takes them for open: all frames alike.
func bestScore(g osprey.Measures) float64 {
	turn := math.Max(math.Abs(g[osprey.CheckYaw]), math.Abs(g[osprey.CheckPitch]))
	eyes, known := g[osprey.CheckEyesOpen]
	if !known {
		eyes = 1
	}
	brightness := g[osprey.CheckBrightness]
	light := math.Min(ramp(brightness, darkLight, goodDark), 1-ramp(brightness, goodBright, brightLight))
	return 0.35*unit(g[osprey.CheckSharpness]) + 0.25*(1-unit(turn/fullTurn)) + 0.15*unit(eyes) +
		0.15*unit(g[osprey.CheckFaceSize]/fullSize) + 0.10*light
}

func unit(v float64) float64 { return math.Max(0, math.Min(1, v)) }

// copyOf copies an image into the memory of another where that suits.
func copyOf(into, img *image.RGBA) *image.RGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if into == nil || into.Rect.Dx() != w || into.Rect.Dy() != h {
		into = image.NewRGBA(image.Rect(0, 0, w, h))
	}
	for y := range h {
		copy(into.Pix[y*into.Stride:y*into.Stride+4*w], img.Pix[y*img.Stride:])
	}
	return into
}
