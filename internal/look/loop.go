package look

import (
	"math"
	"time"
)

// A stretch of loopSpan that comes again at least loopLag later, forward or
// backward, is a loop when it differs from its first showing by less than loopNone
// of how much the picture moves in loopStep. Speech and gestures come back to where
// they were, but never along the same way.
const (
	loopSpan   = time.Second
	loopLag    = 600 * time.Millisecond
	loopStep   = 450 * time.Millisecond
	loopNone   = 0.30
	loopSure   = 0.14
	loopMoving = 0.6 // grey levels (root mean square) that the picture moves at least
	loopFrames = 6   // at least, in loopSpan
)

// looped tells how surely a stretch of the sequence is shown again.
func looped(frames []imprint) float64 {
	n := len(frames)
	last := frames[n-1].at - frames[0].at
	if last < 2*loopLag {
		return 0
	}
	perSecond := float64(n-1) / last.Seconds()
	w, lag := int(math.Round(perSecond*loopSpan.Seconds())), int(math.Round(perSecond*loopLag.Seconds()))
	step := max(1, int(math.Round(perSecond*loopStep.Seconds())))
	if w = max(w, loopFrames); n < w+max(lag, 1) {
		return 0
	}
	g := newGram(frames)
	best := math.Inf(1)
	for lag := max(lag, 1); lag+w <= n; lag++ {
		best = math.Min(best, g.alongside(w, lag, step))
	}
	for sum := 2*w - 1; sum <= 2*n-2; sum++ {
		best = math.Min(best, g.mirrored(w, sum, step))
	}
	return ramp(best, loopNone, loopSure)
}

// gram holds the scalar products of the frames' coarse scenes, from which all
// distances follow.
type gram struct {
	n    int
	dot  []float64
	move []float64 // see moves
}

func newGram(frames []imprint) *gram {
	n := len(frames)
	g := &gram{n: n, dot: make([]float64, n*n)}
	for i := range n {
		for j := range i + 1 {
			sum := int32(0)
			a, b := &frames[i].coarse, &frames[j].coarse
			for k := range a {
				sum += int32(a[k]) * int32(b[k])
			}
			g.dot[i*n+j], g.dot[j*n+i] = float64(sum), float64(sum)
		}
	}
	return g
}

// apart is the distance of frame i from what is shown between frames j and j+1, as
// grey levels: where the loop's length is no multiple of the frames' distance, its
// second showing falls between the frames of the first.
func (g *gram) apart(i, j int) float64 {
	ii, ij, jj := g.dot[i*g.n+i], g.dot[i*g.n+j], g.dot[j*g.n+j]
	d := ii - 2*ij + jj
	if j+1 < g.n {
		jn, in, nn := g.dot[j*g.n+j+1], g.dot[i*g.n+j+1], g.dot[(j+1)*g.n+j+1]
		along, length := in-ij-jn+jj, nn-2*jn+jj
		if length > 0 {
			t := math.Max(0, math.Min(1, along/length))
			d += t*t*length - 2*t*along
		}
	}
	return math.Sqrt(math.Max(0, d) / (coarseSide * coarseSide))
}

// moves is how far the picture is from where it was step frames before, or will be.
func (g *gram) moves(i, step int) float64 {
	if g.move == nil {
		g.move = make([]float64, g.n)
		for i := range g.move {
			j := i + step
			if j >= g.n {
				j = max(0, i-step)
			}
			g.move[i] = g.apart(i, j)
		}
	}
	return g.move[i]
}

// alongside is the least difference of w frames from the w frames that come lag
// later, as a share of the movement.
func (g *gram) alongside(w, lag, step int) float64 {
	return g.least(w, step, g.n-lag, func(i int) float64 { return g.apart(i, i+lag) })
}

// mirrored is the same of w frames and the w that show them backward: frame i is
// frame sum-i.
func (g *gram) mirrored(w, sum, step int) float64 {
	first := max(0, sum-(g.n-1))
	return g.least(w, step, sum/2-first+1, func(i int) float64 { return g.apart(first+i, sum-first-i) }, first)
}

// least slides a window of w over count differences. The frames that are compared
// start at first.
func (g *gram) least(w, step, count int, apart func(i int) float64, first ...int) float64 {
	from := 0
	if len(first) > 0 {
		from = first[0]
	}
	if count < w {
		return math.Inf(1)
	}
	differences, best := make([]float64, count), math.Inf(1)
	var sum, move float64
	for i := range count {
		differences[i] = apart(i)
		sum += differences[i]
		move += g.moves(from+i, step)
		if i >= w {
			sum -= differences[i-w]
			move -= g.moves(from+i-w, step)
		}
		if i >= w-1 && move >= loopMoving*float64(w) {
			best = math.Min(best, math.Max(0, sum)/move)
		}
	}
	return best
}
