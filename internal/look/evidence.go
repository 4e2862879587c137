package look

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
	"time"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/media"
)

// Evidence over time: what tells that the frames of a sequence did not come from a
// camera before a living person. Each sign is 0 to 1; the greatest is the injection
// score. The thresholds were chosen on footage of living persons (talking, holding
// still, closing the eyes) and on sequences made of photographs (shown still, zoomed,
// moved about, looped, spliced): see docs/liveness.md.
const (
	signFrozen   = "frozen"           // the picture stands still
	signRepeated = "repeated"         // frames are the same byte for byte
	signLooped   = "looped"           // a run of frames comes again, forwards or backwards
	signMoved    = "moved_still"      // a still picture is moved about
	signCut      = "cut"              // the picture jumps
	signIdentity = "identity_changed" // another person appears
)

// Below these a sequence is too short to tell anything from time.
const (
	leastFrames = 6
	leastTime   = 500 * time.Millisecond
)

// glimpse is a frame reduced to what is compared over time.
type glimpse struct {
	at   time.Duration
	hash [32]byte                   // of the frame's pixels
	face [faceSide * faceSide]uint8 // luma of the aligned face
	view [viewSide * viewSide]uint8 // luma of the whole picture
	box  face.Box
}

const (
	faceSide = 56
	viewSide = 24
	// mostGlimpses bounds what is kept: a minute at the rate of playing.
	mostGlimpses = 1000
)

// evidence gathers glimpses: about 4 KiB a frame.
type evidence struct{ seen []glimpse }

func (e *evidence) see(shot media.Shot, sub *subject) {
	if len(e.seen) == mostGlimpses {
		return
	}
	g := glimpse{at: shot.Time, box: sub.det.Box, hash: sha256.Sum256(shot.Image.Pix)}
	const step = face.CropSize / faceSide
	for r := range faceSide {
		for c := range faceSide {
			sum := int32(0)
			for dy := range step {
				for dx := range step {
					i := (r*step+dy)*face.CropSize + c*step + dx
					sum += luma(binary.LittleEndian.Uint32(sub.crop.Pix[4*i:]))
				}
			}
			g.face[r*faceSide+c] = uint8(sum / (step * step))
		}
	}
	img := shot.Image
	w, h := img.Rect.Dx(), img.Rect.Dy()
	for r := range viewSide {
		for c := range viewSide {
			g.view[r*viewSide+c] = cellLuma(img.Pix, img.Stride, c*w/viewSide, (c+1)*w/viewSide, r*h/viewSide, (r+1)*h/viewSide)
		}
	}
	e.seen = append(e.seen, g)
}

// cellLuma is the mean luma of a part of a picture, from every other pixel.
func cellLuma(pix []uint8, stride, x0, x1, y0, y1 int) uint8 {
	var sum, n int32
	for y := y0; y < y1; y += 2 {
		for x := x0; x < x1; x += 2 {
			sum += luma(binary.LittleEndian.Uint32(pix[y*stride+4*x:]))
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return uint8(sum / n)
}

// signs judges what was gathered; measured is false for what is too short to tell.
func (e *evidence) signs(track []moment, frames []examined, cal *face.Calibration) (map[string]float64, bool) {
	n := len(e.seen)
	if n < leastFrames || e.seen[n-1].at-e.seen[0].at < leastTime {
		return nil, false
	}
	out := map[string]float64{}
	set := func(name string, v float64) {
		if v > 0 {
			out[name] = v
		}
	}
	same := e.repeated()
	set(signRepeated, ramp(same, 0.3, 0.8))
	rigid := e.rigidity()
	still := e.stillness()
	if rigid >= leastRigid {
		if still {
			set(signFrozen, 0.95)
		} else {
			set(signMoved, 0.9)
		}
	}
	if out[signFrozen] == 0 && out[signRepeated] == 0 {
		set(signLooped, e.looped())
	}
	set(signCut, e.cut())
	set(signIdentity, identityChanged(frames, cal))
	return out, true
}

// ramp is 0 up to low, 1 from high on, and straight between.
func ramp(v, low, high float64) float64 { return min(max((v-low)/(high-low), 0), 1) }

// repeated is the share of frames whose every pixel is that of the frame before.
func (e *evidence) repeated() float64 {
	same := 0
	for i := 1; i < len(e.seen); i++ {
		if e.seen[i].hash == e.seen[i-1].hash {
			same++
		}
	}
	return float64(same) / float64(len(e.seen)-1)
}

// stillness tells whether the face stays in its place: no more than a hundredth of
// its width from the first frame to any other.
func (e *evidence) stillness() bool {
	first := e.seen[0].box
	for _, g := range e.seen {
		a, b := first.Center(), g.box.Center()
		if math.Hypot(a.X-b.X, a.Y-b.Y) > 0.02*first.Width() || math.Abs(g.box.Width()/first.Width()-1) > 0.02 {
			return false
		}
	}
	return true
}

// leastRigid is the correlation of registered faces from which nothing but a picture
// can be that unchanged.
const leastRigid = 0.9975

// rigidity is how alike the faces of the sequence remain once position, size, lean and
// perspective (an affine map) and brightness are taken out of them: the 10th percentile
// of the correlation of pairs of frames far apart. A living face changes where no such
// map can follow: lids, lips, the shadow of the nose.
func (e *evidence) rigidity() float64 {
	const samples = 12
	n := len(e.seen)
	var values []float64
	ref := e.seen[0].face
	for k := 1; k <= samples; k++ {
		i := k * (n - 1) / samples
		if i == 0 {
			continue
		}
		values = append(values, register(&ref, &e.seen[i].face))
	}
	return percentile(values, 0.1)
}

// looped tells how surely a run of frames comes again: some shift at which every frame
// is far more like the one that many frames before than like its neighbours, or, for a
// clip played to and fro, a turning point.
func (e *evidence) looped() float64 {
	n := len(e.seen)
	if n < 2*leastFrames {
		return 0
	}
	var steps []float64
	for i := 1; i < n; i++ {
		steps = append(steps, e.distance(i, i-1))
	}
	step := percentile(steps, 0.5)
	if step <= 0 {
		return 0
	}
	best := math.Inf(1)
	for lag := leastFrames; lag <= n-leastFrames; lag++ {
		var d []float64
		for i := lag; i < n; i++ {
			d = append(d, e.nearest(i, i-lag))
		}
		best = min(best, percentile(d, 0.8)/step)
	}
	for turn := leastFrames; turn <= n-leastFrames; turn++ {
		var d []float64
		for k := 2; turn-k >= 0 && turn+k < n; k++ {
			d = append(d, e.nearest(turn+k, turn-k))
		}
		if len(d) >= leastFrames {
			best = min(best, percentile(d, 0.8)/step)
		}
	}
	return 0.95 * ramp(-best, -0.5, -0.3)
}

// nearest is the least distance of a frame to another or to its neighbours: the rate of
// playing may cut two runs of the same loop differently.
func (e *evidence) nearest(i, j int) float64 {
	d := math.Inf(1)
	for k := max(j-1, 0); k <= min(j+1, len(e.seen)-1); k++ {
		if k != i {
			d = min(d, e.distance(i, k))
		}
	}
	return d
}

// distance is how different two frames are, in grey levels: face and whole picture.
func (e *evidence) distance(i, j int) float64 {
	a, b := &e.seen[i], &e.seen[j]
	return meanDifference(a.face[:], b.face[:]) + meanDifference(a.view[:], b.view[:])
}

func meanDifference(a, b []uint8) float64 {
	sum := 0
	for i, v := range a {
		d := int(v) - int(b[i])
		sum += max(d, -d)
	}
	return float64(sum) / float64(len(a))
}

// cut tells whether the picture jumps: between two frames the whole picture changes by
// much more than it ever does, and the face is in another place or of another size.
func (e *evidence) cut() float64 {
	var steps []float64
	for i := 1; i < len(e.seen); i++ {
		steps = append(steps, meanDifference(e.seen[i].view[:], e.seen[i-1].view[:]))
	}
	usual := percentile(steps, 0.5)
	for i, d := range steps {
		a, b := e.seen[i], e.seen[i+1]
		if b.at-a.at > leastTime { // frames without a face lie between
			continue
		}
		if d > 12 && d > 6*usual && overlap(a.box, b.box) < 0.5 {
			return 0.7
		}
	}
	return 0
}

// identityChanged tells whether examined frames show two persons: at least two frames
// whose templates are not those of the best frame, by the confidence 0.5 of
// components.md 2.8. Frames of turned or blurred faces say nothing.
func identityChanged(frames []examined, cal *face.Calibration) float64 {
	good := slices.DeleteFunc(slices.Clone(frames), func(x examined) bool {
		return math.Abs(x.grade[osprey.CheckYaw]) > 25 || math.Abs(x.grade[osprey.CheckPitch]) > 25 || x.grade[osprey.CheckSharpness] < 0.15
	})
	if len(good) < 4 {
		return 0
	}
	best := slices.MaxFunc(good, func(a, b examined) int { return compareDown(b.score, a.score) })
	others := 0
	for _, x := range good {
		if cal.Confidence(float64(osprey.Similarity(x.embedding.Vector, best.embedding.Vector))) < 0.5 {
			others++
		}
	}
	if others < 2 {
		return 0
	}
	return 0.95
}

// percentile is the value below which a share of the values lies; values are sorted in
// place. Of none it is 0.
func percentile(values []float64, share float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	at := share * float64(len(values)-1)
	i := int(at)
	if i+1 == len(values) {
		return values[i]
	}
	return values[i] + (at-float64(i))*(values[i+1]-values[i])
}
