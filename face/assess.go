package face

import (
	"context"
	"encoding/binary"
	"image"
	"math"
)

// Quality holds what can be said about a face's photograph.
type Quality struct {
	FaceSize float64 // shorter side of the unclipped box, pixels
	// Yaw, Pitch and Roll are the head's turn in degrees, 0 when it looks
	// straight into the camera. Yaw > 0: the nose points to the image's left;
	// pitch > 0: up; roll > 0: the head leans to the image's right, clockwise
	// as seen.
	Yaw, Pitch, Roll float64
	// Sharpness is 0 (nothing but blur) to 1, from the Laplacian energy of
	// the aligned crop.
	Sharpness     float64
	Brightness    float64 // mean luma of the aligned crop, 0 to 1
	FaceInside    float64 // share of the box that lies inside the image, 0 to 1
	DetectorScore float64 // of the detection, 0 to 1
}

// Assess measures the quality of a detected and aligned face.
func (e *Engine) Assess(ctx context.Context, img image.Image, d Detection, a *Aligned) (Quality, error) {
	l, err := e.take(ctx)
	if err != nil {
		return Quality{}, err
	}
	defer e.put(l)
	defer l.patch.trim()
	b := img.Bounds()
	frame := Box{float64(b.Min.X), float64(b.Min.Y), float64(b.Max.X), float64(b.Max.Y)}
	q := Quality{FaceSize: d.Box.Shorter(), DetectorScore: d.Score}
	if area := d.Box.Area(); area > 0 {
		q.FaceInside = d.Box.Intersect(frame).Area() / area
	}
	energy, brightness := lumaMeasures(a)
	q.Sharpness = 1 - math.Exp(-energy/e.pack.Manifest.Quality.SharpnessE0)
	q.Brightness = brightness
	d.shift(Point{-frame.Left, -frame.Top})
	q.Yaw, q.Pitch, q.Roll, err = l.headPose(img, d.Box)
	return q, err
}

// lumaMeasures gives the mean squared Laplacian of the crop's luma (squared
// grey levels) and its mean luma (0 to 1).
func lumaMeasures(a *Aligned) (energy, brightness float64) {
	var y [CropSize * CropSize]int32
	var sum int64
	for i := range y {
		y[i] = int32(luma(binary.LittleEndian.Uint32(a.Pix[4*i:])))
		sum += int64(y[i])
	}
	var squares int64
	for r := 1; r < CropSize-1; r++ {
		for c := 1; c < CropSize-1; c++ {
			i := r*CropSize + c
			v := 4*y[i] - y[i-1] - y[i+1] - y[i-CropSize] - y[i+CropSize]
			squares += int64(v * v)
		}
	}
	n := float64((CropSize - 2) * (CropSize - 2))
	return float64(squares) / n, float64(sum) / float64(len(y)) / 255
}

// headPose runs the pose model on the box grown as its manifest says.
func (l *lane) headPose(img image.Image, box Box) (yaw, pitch, roll float64, err error) {
	k := l.pose
	in := k.session.manifest.Input
	h, w := in.Shape[2], in.Shape[3]
	b := box.grow(in.Grow)
	m := affine{a: b.Width() / float64(w), c: b.Left, e: b.Height() / float64(h), f: b.Top}
	src := view(img, b.rect(), &l.patch)
	warp(src, m, w, h, borderNearest, brisk, &l.mip[0], &l.mip[1])
	k.feed(l.mip[1])
	if err := k.run(); err != nil {
		return 0, 0, 0, err
	}
	return angle66(k.out[0]), angle66(k.out[1]), angle66(k.out[2]), nil
}

// angle66 reads 66 bins of 3 degrees, the first at -99, as an angle.
func angle66(bins []float32) float64 {
	top := bins[0]
	for _, v := range bins {
		top = max(top, v)
	}
	var sum, at float64
	for i, v := range bins {
		p := math.Exp(float64(v - top))
		sum += p
		at += p * float64(i)
	}
	return 3*at/sum - 99
}
