package face

import (
	"context"
	"encoding/binary"
	"image"
	"math"
)

// Eyes tells how far a face's eyes are open. Left is the image's left eye.
type Eyes struct {
	// Left and Right are the openness, 0 closed to 1 open, of what the mesh
	// and the eye model say together.
	Left, Right float64
	// RatioLeft and RatioRight are the mesh's lid distance over eye width.
	RatioLeft, RatioRight float64
	// ClosedLeft and ClosedRight are the eye model's probability that the eye
	// is closed, of a picture whose light was made even. It alone is wrong for
	// the far eye of a head turned by more than 40 degrees.
	ClosedLeft, ClosedRight float64
}

// Lower is the openness of the eye that is less open, 0 to 1.
func (e Eyes) Lower() float64 { return math.Min(e.Left, e.Right) }

// eyePoints are an eye's points in the mesh: its two corners, then three
// pairs of upper and lower lid.
type eyePoints struct {
	corners [2]int
	lids    [3][2]int
}

var (
	leftEye  = eyePoints{[2]int{33, 133}, [3][2]int{{160, 144}, {159, 145}, {158, 153}}}
	rightEye = eyePoints{[2]int{362, 263}, [3][2]int{{385, 380}, {386, 374}, {387, 373}}}
)

// Eyes measures how far the eyes are open, on the mesh that Mesh has laid on
// the face. It needs a model for TaskEyes.
func (e *Engine) Eyes(ctx context.Context, img image.Image, m *Mesh) (Eyes, error) {
	l, err := e.take(ctx)
	if err != nil {
		return Eyes{}, err
	}
	defer e.leave(l)
	corner := img.Bounds().Min
	return e.eyes(l, img, m, Point{-float64(corner.X), -float64(corner.Y)})
}

// eyes is Eyes on a mesh that by moves into the coordinates of an image that
// begins at 0.
func (e *Engine) eyes(l *lane, img image.Image, m *Mesh, by Point) (Eyes, error) {
	k, err := e.only(l, TaskEyes)
	if err != nil {
		return Eyes{}, err
	}
	t := e.pack.Manifest.Quality.Eyes
	var out Eyes
	for _, eye := range []struct {
		points        eyePoints
		open          *float64
		ratio, closed *float64
	}{{leftEye, &out.Left, &out.RatioLeft, &out.ClosedLeft}, {rightEye, &out.Right, &out.RatioRight, &out.ClosedRight}} {
		*eye.ratio = m.eyeRatio(eye.points)
		if *eye.closed, err = closedEye(l, k, img, m, eye.points, by); err != nil {
			return Eyes{}, err
		}
		*eye.open = t.open(*eye.ratio, *eye.closed)
	}
	return out, nil
}

// eyeRatio is the mean distance of the lids over the eye's width, both in
// space, so that a turned head changes it little.
func (m *Mesh) eyeRatio(eye eyePoints) float64 {
	width := m.distance(eye.corners[0], eye.corners[1])
	if !(width > 0) {
		return 0
	}
	sum := 0.0
	for _, lid := range eye.lids {
		sum += m.distance(lid[0], lid[1])
	}
	return sum / 3 / width
}

// distance is how far two points lie apart in space, pixels.
func (m *Mesh) distance(i, j int) float64 {
	a, b := m.Points[i], m.Points[j]
	return math.Sqrt((a.X-b.X)*(a.X-b.X) + (a.Y-b.Y)*(a.Y-b.Y) + (a.Z-b.Z)*(a.Z-b.Z))
}

// closedEye runs the eye model on a square around the eye that is turned
// with it.
func closedEye(l *lane, k *slot, img image.Image, m *Mesh, eye eyePoints, by Point) (float64, error) {
	a, b := m.Points[eye.corners[0]], m.Points[eye.corners[1]]
	in := k.session.manifest.Input
	n := in.Shape[2]
	side := (1 + 2*in.Grow) * m.distance(eye.corners[0], eye.corners[1])
	const limit = 1 << 20
	if !(side > 0 && side <= limit && math.Abs(a.X)+math.Abs(a.Y) <= limit) {
		return 0, ErrNoGeometry
	}
	centre := Point{(a.X+b.X)/2 + by.X, (a.Y+b.Y)/2 + by.Y}
	to := square(n, centre, side, math.Atan2(b.Y-a.Y, b.X-a.X))
	src := view(img, bounds(to, n, n).rect(), &l.patch)
	warp(src, to, n, n, borderNearest, careful, &l.mip[0], &l.mip[1])
	level(l.mip[1])
	k.feed(l.mip[1])
	if err := k.run(); err != nil {
		return 0, err
	}
	return sigmoid(k.logOdds("closed")), nil
}

// The mean and the deviation, in grey levels, of a well lit eye.
const (
	eyeMean      = 120
	eyeDeviation = 45
)

// level makes a small picture grey with the mean and the deviation of a well
// lit eye: the eye model takes a dim or a pale one for closed.
func level(p pixels) {
	var sum, squares float64
	for i := 0; i+4 <= len(p.pix); i += 4 {
		v := float64(luma(binary.LittleEndian.Uint32(p.pix[i:])))
		sum += v
		squares += v * v
	}
	n := float64(len(p.pix) / 4)
	mean := sum / n
	gain := eyeDeviation / math.Max(1, math.Sqrt(math.Max(0, squares/n-mean*mean)))
	for i := 0; i+4 <= len(p.pix); i += 4 {
		v := float64(luma(binary.LittleEndian.Uint32(p.pix[i:])))
		g := uint8(clamp(eyeMean+gain*(v-mean)+0.5, 0, 255))
		binary.LittleEndian.PutUint32(p.pix[i:], uint32(g)*0x01010101)
	}
}
