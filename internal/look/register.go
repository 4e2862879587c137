package look

import "math"

// register lays one aligned face onto another by the affine map that fits best, and
// gives the correlation of what lies on each other, -1 to 1. It is the method of Lucas
// and Kanade: a few Gauss-Newton steps on the six numbers of the map, from the map that
// changes nothing. Brightness and contrast are taken out by the correlation.
func register(ref, other *[faceSide * faceSide]uint8) float64 {
	const margin = 4 // of pixels at the border, where the map may leave the picture
	p := [6]float64{}
	best := correlate(ref, other, p, margin)
	for range 12 {
		step, ok := registerStep(ref, other, p, margin)
		if !ok {
			break
		}
		next := p
		for i := range next {
			next[i] += step[i]
		}
		c := correlate(ref, other, next, margin)
		if !(c > best) {
			break
		}
		p, best = next, c
	}
	return best
}

// at is the luma at a place between pixels, and its gradient.
func at(img *[faceSide * faceSide]uint8, x, y float64) (v, gx, gy float64) {
	x = min(max(x, 0), faceSide-1.001)
	y = min(max(y, 0), faceSide-1.001)
	i, j := int(x), int(y)
	fx, fy := x-float64(i), y-float64(j)
	k := j*faceSide + i
	a, b, c, d := float64(img[k]), float64(img[k+1]), float64(img[k+faceSide]), float64(img[k+faceSide+1])
	top, bottom := a+fx*(b-a), c+fx*(d-c)
	return top + fy*(bottom-top), (b - a) + fy*((d-c)-(b-a)), bottom - top
}

// moved is where a pixel of the reference lies in the other picture under the map:
// coordinates from the middle, scaled to about 1.
func moved(p [6]float64, c, r int) (x, y, u, v float64) {
	const half = (faceSide - 1) / 2.0
	u, v = (float64(c)-half)/half, (float64(r)-half)/half
	return float64(c) + p[0] + p[1]*u + p[2]*v, float64(r) + p[3] + p[4]*u + p[5]*v, u, v
}

// correlate is the correlation of the reference with the mapped picture.
func correlate(ref, other *[faceSide * faceSide]uint8, p [6]float64, margin int) float64 {
	var n, sa, sb, saa, sbb, sab float64
	for r := margin; r < faceSide-margin; r++ {
		for c := margin; c < faceSide-margin; c++ {
			x, y, _, _ := moved(p, c, r)
			a := float64(ref[r*faceSide+c])
			b, _, _ := at(other, x, y)
			n++
			sa, sb, saa, sbb, sab = sa+a, sb+b, saa+a*a, sbb+b*b, sab+a*b
		}
	}
	va, vb := saa-sa*sa/n, sbb-sb*sb/n
	if va <= 0 || vb <= 0 {
		return 0
	}
	return (sab - sa*sb/n) / math.Sqrt(va*vb)
}

// registerStep is one Gauss-Newton step, with gain and offset of the brightness as two
// further unknowns; ok is false where the pictures do not determine it.
func registerStep(ref, other *[faceSide * faceSide]uint8, p [6]float64, margin int) (step [6]float64, ok bool) {
	const n = 8
	var h [n][n + 1]float64
	for r := margin; r < faceSide-margin; r++ {
		for c := margin; c < faceSide-margin; c++ {
			x, y, u, v := moved(p, c, r)
			b, gx, gy := at(other, x, y)
			row := [n]float64{gx, gx * u, gx * v, gy, gy * u, gy * v, -(b - 128) / 128, -1}
			e := float64(ref[r*faceSide+c]) - b
			for i := range n {
				for j := i; j < n; j++ {
					h[i][j] += row[i] * row[j]
				}
				h[i][n] += row[i] * e
			}
		}
	}
	for i := range n {
		for j := range i {
			h[i][j] = h[j][i]
		}
	}
	solution, ok := solve(&h)
	copy(step[:], solution[:6])
	return step, ok
}

// solve is Gauss's elimination with pivots; ok is false for a singular system.
func solve(h *[8][9]float64) (x [8]float64, ok bool) {
	const n = 8
	for i := range n {
		pivot := i
		for r := i + 1; r < n; r++ {
			if math.Abs(h[r][i]) > math.Abs(h[pivot][i]) {
				pivot = r
			}
		}
		if math.Abs(h[pivot][i]) < 1e-9 {
			return x, false
		}
		h[i], h[pivot] = h[pivot], h[i]
		for r := i + 1; r < n; r++ {
			f := h[r][i] / h[i][i]
			for c := i; c <= n; c++ {
				h[r][c] -= f * h[i][c]
			}
		}
	}
	for i := n - 1; i >= 0; i-- {
		sum := h[i][n]
		for c := i + 1; c < n; c++ {
			sum -= h[i][c] * x[c]
		}
		x[i] = sum / h[i][i]
	}
	return x, true
}
