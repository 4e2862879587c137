package look

import (
	"math"
	"slices"
	"time"
)

// A still picture that is moved about, on paper before a camera or by a program,
// shows a face that never changes but for place, size, slant and light. The faces
// are laid over each other by the affine map and the change of light that fit best;
// of a living face more than stillNone of its contrast is left over in a tenth of
// the pairs (eyes blink and turn, the mouth moves, the head turns out of the plane),
// of a picture less than stillSure.
const (
	stillNone   = 0.16
	stillSure   = 0.09
	stillLeast  = 2500 * time.Millisecond // of face that is looked at
	stillPairs  = 48
	stillApart  = 400 * time.Millisecond
	stillFaces  = 15
	stillFewest = 8
)

// movedStill tells how surely the sequence shows a still picture; ok is false where
// the face was seen too shortly to tell.
func movedStill(frames []imprint) (v float64, ok bool) {
	seen := spread(withFace(frames), stillFaces)
	if len(seen) < stillFewest || seen[len(seen)-1].at-seen[0].at < stillLeast {
		return 0, false
	}
	var left []float64
	// Pairs of every distance, those far apart first in time and few of each.
	for gap := len(seen) - 1; gap > 0 && len(left) < stillPairs; gap -= 2 {
		for i := 0; i+gap < len(seen) && len(left) < stillPairs; i++ {
			a, b := seen[i], seen[i+gap]
			if b.at-a.at < stillApart {
				continue
			}
			left = append(left, leftOver(a.patch, b.patch))
		}
	}
	slices.Sort(left)
	return ramp(left[len(left)*9/10], stillNone, stillSure), true
}

func withFace(frames []imprint) []*imprint {
	var out []*imprint
	for i := range frames {
		if frames[i].patch != nil {
			out = append(out, &frames[i])
		}
	}
	return out
}

// spread picks at most n elements, evenly.
func spread[T any](all []T, n int) []T {
	if len(all) <= n {
		return all
	}
	out := make([]T, n)
	for k := range out {
		out[k] = all[(2*k+1)*len(all)/(2*n)]
	}
	return out
}

// The window of a patch that is compared, and how often the map is improved.
const (
	stillFrom  = 8
	stillTo    = 48
	stillTurns = 8
	// stillSettled is the change, as a share, under which no further turn is made.
	stillSettled = 1e-3
)

// leftOver is what of face a cannot be explained by face b once b is moved by the
// best affine map and its light is adapted: root mean square of the difference over
// the contrast of a. 0 is the same picture. The map is found from where the
// landmarks put the faces by Gauss-Newton steps.
func leftOver(a, b *[patchSide * patchSide]uint8) float64 {
	const pixels = (stillTo - stillFrom) * (stillTo - stillFrom)
	mean, square := 0.0, 0.0
	for y := stillFrom; y < stillTo; y++ {
		for x := stillFrom; x < stillTo; x++ {
			v := float64(a[y*patchSide+x])
			mean += v
			square += v * v
		}
	}
	mean /= pixels
	contrast := square/pixels - mean*mean
	if contrast < 1 {
		return 1 // nothing to be seen
	}
	m := plane{b: b, a: a, mean: mean}
	best := math.Inf(1)
	for range stillTurns {
		rest, ok := m.improve()
		settled := math.Abs(best-rest) <= stillSettled*rest
		best = math.Min(best, rest)
		if !ok || settled {
			break
		}
	}
	return math.Sqrt(best / pixels / contrast)
}

// plane is the map under which face b is compared with face a.
type plane struct {
	a, b *[patchSide * patchSide]uint8
	mean float64
	p    [6]float64 // displacement: p0 + p1 u + p2 v across, p3 + p4 u + p5 v down
}

// improve makes one step and gives the squared differences that the map before it
// left, light adapted as well as can be.
func (m *plane) improve() (rest float64, ok bool) {
	var h [8][8]float64
	var g [8]float64
	total := 0.0
	for y := stillFrom; y < stillTo; y++ {
		for x := stillFrom; x < stillTo; x++ {
			u, v := (float64(x)-patchSide/2)/20, (float64(y)-patchSide/2)/20
			px := float64(x) + m.p[0] + m.p[1]*u + m.p[2]*v
			py := float64(y) + m.p[3] + m.p[4]*u + m.p[5]*v
			gx := m.at(px+.5, py) - m.at(px-.5, py)
			gy := m.at(px, py+.5) - m.at(px, py-.5)
			light := float64(m.a[y*patchSide+x]) - m.mean
			j := [8]float64{gx, gx * u, gx * v, gy, gy * u, gy * v, -light / 50, -1}
			e := float64(m.a[y*patchSide+x]) - m.at(px, py)
			total += e * e
			for r := range j {
				for c := r; c < len(j); c++ {
					h[r][c] += j[r] * j[c]
				}
				g[r] += j[r] * e
			}
		}
	}
	for r := range 8 {
		for c := r + 1; c < 8; c++ {
			h[c][r] = h[r][c]
		}
	}
	rest = total - explained(h, g)
	step, ok := solve8(h, g)
	for i := range m.p {
		m.p[i] += math.Max(-2, math.Min(2, step[i]))
	}
	return rest, ok
}

// explained is how much of the squared differences light alone explains, the last
// two unknowns.
func explained(h [8][8]float64, g [8]float64) float64 {
	det := h[6][6]*h[7][7] - h[6][7]*h[6][7]
	if det <= 0 {
		return 0
	}
	p := (g[6]*h[7][7] - g[7]*h[6][7]) / det
	q := (g[7]*h[6][6] - g[6]*h[6][7]) / det
	return p*g[6] + q*g[7]
}

// at reads b between its pixels.
func (m *plane) at(x, y float64) float64 {
	x = math.Max(0, math.Min(patchSide-1.001, x))
	y = math.Max(0, math.Min(patchSide-1.001, y))
	i, j := int(x), int(y)
	fx, fy := x-float64(i), y-float64(j)
	p := m.b[j*patchSide+i:]
	top := float64(p[0])*(1-fx) + float64(p[1])*fx
	bottom := float64(p[patchSide])*(1-fx) + float64(p[patchSide+1])*fx
	return top*(1-fy) + bottom*fy
}

// solve8 solves h x = g by elimination; ok is false where there is no one solution.
func solve8(h [8][8]float64, g [8]float64) (x [8]float64, ok bool) {
	for i := range h {
		p := i
		for r := i + 1; r < len(h); r++ {
			if math.Abs(h[r][i]) > math.Abs(h[p][i]) {
				p = r
			}
		}
		if math.Abs(h[p][i]) < 1e-9 {
			return x, false
		}
		h[i], h[p], g[i], g[p] = h[p], h[i], g[p], g[i]
		for r := i + 1; r < len(h); r++ {
			f := h[r][i] / h[i][i]
			for c := i; c < len(h); c++ {
				h[r][c] -= f * h[i][c]
			}
			g[r] -= f * g[i]
		}
	}
	for i := len(h) - 1; i >= 0; i-- {
		v := g[i]
		for c := i + 1; c < len(h); c++ {
			v -= h[i][c] * x[c]
		}
		x[i] = v / h[i][i]
	}
	return x, true
}
