package document

import (
	"math"
	"slices"
)

// set is a set of characters of the alphabet, one bit each.
type set uint64

const (
	digits  set = 1<<10 - 1
	capital set = (1<<26 - 1) << 10
	filler  set = 1 << (letters - 1)
	every       = digits | capital | filler
)

func setOf(s string) (out set) {
	for i := range len(s) {
		out |= 1 << place(s[i])
	}
	return out
}

// place is where a character of an MRZ stands in the alphabet.
func place(c byte) int {
	switch {
	case digit(c):
		return int(c - '0')
	case letter(c):
		return int(c-'A') + 10
	}
	return letters - 1
}

// cell is what the recogniser says of one character of a line: the share of
// each character, summing to 1.
type cell [letters]float64

// What the alignment assumes, as shares: the least that a step's evidence
// counts, so that one bad step cannot outweigh a line; a filler that was not
// seen, which recognisers swallow in long runs; any other character that was
// not seen.
const (
	leastGap    = 0.02
	leastMargin = 0.4 // steps before the first character and after the last
	leastFiller = 0.02
	leastOther  = 0.002
	// stiff is how strongly characters keep an even distance: the cost of a
	// distance that is wrong by the whole of it.
	stiff = 6
)

// align lays so many characters, each of its set, over a strip so that they
// explain it best, at about even distances, and gives what the strip says of
// each. fit is the mean logarithm per character of what was explained; inner
// is the same for the line alone, whatever else the strip shows at its ends.
func align(s strip, sets []set) (cells []cell, fit, inner float64) {
	n, steps := len(sets), len(s)
	if n == 0 || steps < n {
		return nil, math.Inf(-1), math.Inf(-1)
	}
	var best *aligner
	var at []int
	likely := make([][letters]float32, steps)
	for t := range s {
		likely[t] = resembling(s[t])
	}
	for _, p := range pitches(s, n) {
		a := &aligner{s: s, likely: likely, sets: sets, pitch: p}
		a.prepare()
		if got := a.path(); got != nil && (best == nil || a.best > best.best) {
			best, at = a, got
		}
	}
	if best == nil {
		return nil, math.Inf(-1), math.Inf(-1)
	}
	outer := best.rim[at[0]] + best.rim[steps] - best.rim[at[n-1]+1]
	return best.cells(at), best.best / float64(n), (best.best - outer) / float64(n)
}

// pitches guesses the distance of characters in two ways: from where the
// strip's outermost ones are, and from the middle one of the distances that
// are seen, which holds too where the strip shows more than the line.
func pitches(s strip, n int) []float64 {
	var at []float64
	last := blank
	for t := range s {
		k := 0
		for c := range s[t] {
			if s[t][c] > s[t][k] {
				k = c
			}
		}
		switch k {
		case blank:
		case last:
			at[len(at)-1] += 0.5
		default:
			at = append(at, float64(t))
		}
		last = k
	}
	out := []float64{float64(len(s)) / float64(n)}
	if m := len(at); m > 1 && at[m-1]-at[0] >= float64(n-1) {
		out[0] = (at[m-1] - at[0]) / float64(n-1)
	}
	if len(at) > n/2 {
		gaps := make([]float64, len(at)-1)
		for i := range gaps {
			gaps[i] = at[i+1] - at[i]
		}
		slices.Sort(gaps)
		// Distances are half steps; the mean of the middle ones is finer.
		var sum float64
		middle := gaps[len(gaps)/4 : len(gaps)-len(gaps)/4]
		for _, g := range middle {
			sum += g
		}
		if p := sum / float64(len(middle)); math.Abs(p-out[0]) > 0.05*p {
			out = append(out, p)
		}
	}
	return out
}

type aligner struct {
	s      strip
	likely [][letters]float32 // shares with what looks alike
	sets   []set
	pitch  float64
	gap    []float64   // running sum of the logarithm of the blank
	rim    []float64   // the same for the steps before and after all characters
	score  [][]float64 // [character][step]: the best with the character at the step
	from   [][]int32
	best   float64
}

func (a *aligner) prepare() {
	a.gap = make([]float64, len(a.s)+1)
	a.rim = make([]float64, len(a.s)+1)
	for t := range a.s {
		a.gap[t+1] = a.gap[t] + math.Log(max(leastGap, float64(a.s[t][blank])))
		a.rim[t+1] = a.rim[t] + math.Log(max(leastMargin, float64(a.s[t][blank])))
	}
}

// emit is the logarithm of the best share of a character of the set at a
// step.
func (a *aligner) emit(t int, of set) (score float64, char int) {
	best, char := float32(-1), 0
	for k := range letters {
		if of&(1<<k) != 0 && a.likely[t][k] > best {
			best, char = a.likely[t][k], k
		}
	}
	least := leastOther
	if of&filler != 0 {
		least = leastFiller
		if best < leastFiller {
			char = letters - 1
		}
	}
	return math.Log(max(least, float64(best))), char
}

// between is what the steps after one character and before the next cost.
// A character is often seen in two steps, which is no cost.
func (a *aligner) between(from, to, left, right int) float64 {
	cost := a.gap[to] - a.gap[from+1]
	if to-from < 2 {
		return cost
	}
	ease := func(t, k int) float64 {
		seen := math.Log(max(leastGap, float64(a.s[t][blank]+a.likely[t][k])))
		return seen - (a.gap[t+1] - a.gap[t])
	}
	cost += ease(from+1, left)
	if to-from > 2 {
		cost += ease(to-1, right)
	}
	return cost
}

func (a *aligner) path() []int {
	n, steps := len(a.sets), len(a.s)
	reach := int(math.Ceil(2.2*a.pitch)) + 1
	a.score, a.from = make([][]float64, n), make([][]int32, n)
	emitted, chars := make([][]float64, n), make([][]int, n)
	for i, of := range a.sets {
		a.score[i], a.from[i] = make([]float64, steps), make([]int32, steps)
		emitted[i], chars[i] = make([]float64, steps), make([]int, steps)
		for t := range steps {
			emitted[i][t], chars[i][t] = a.emit(t, of)
			a.score[i][t] = math.Inf(-1)
		}
	}
	for t := range steps {
		a.score[0][t] = a.rim[t] + emitted[0][t]
	}
	for i := 1; i < n; i++ {
		for t := i; t < steps; t++ {
			for f := max(i-1, t-reach); f < t; f++ {
				if math.IsInf(a.score[i-1][f], -1) {
					continue
				}
				off := (float64(t-f) - a.pitch) / a.pitch
				v := a.score[i-1][f] + a.between(f, t, chars[i-1][f], chars[i][t]) - stiff*off*off
				if v > a.score[i][t] {
					a.score[i][t], a.from[i][t] = v, int32(f)
				}
			}
			a.score[i][t] += emitted[i][t]
		}
	}
	end := -1
	a.best = math.Inf(-1)
	for t := range steps {
		if v := a.score[n-1][t] + a.rim[steps] - a.rim[t+1]; v > a.best {
			a.best, end = v, t
		}
	}
	if end < 0 {
		return nil
	}
	at := make([]int, n)
	for i := n - 1; i >= 0; i-- {
		at[i] = end
		end = int(a.from[i][end])
	}
	return at
}

// cells gives each character the steps around its own, up to the middles
// between it and its neighbours.
func (a *aligner) cells(at []int) []cell {
	out := make([]cell, len(at))
	for i, t := range at {
		lo, hi := t, t
		if t > 0 && (i == 0 || at[i-1] < t-1) {
			lo = t - 1
		}
		if t+1 < len(a.s) && (i+1 == len(at) || at[i+1] > t+2) {
			hi = t + 1
		}
		var sum float64
		for k := range letters {
			for u := lo; u <= hi; u++ {
				out[i][k] = max(out[i][k], float64(a.s[u][k]))
			}
			sum += out[i][k]
		}
		// Where nothing is seen, a filler of a run was swallowed.
		const swallowed = 0.95
		unseen := max(0.0005, 1-sum)
		for k := range letters {
			out[i][k] += (1 - swallowed) * unseen / float64(letters)
		}
		out[i][letters-1] += swallowed * unseen
		sum += unseen
		for k := range letters {
			out[i][k] /= sum
		}
	}
	return out
}

// resembling adds to each character what the recogniser gives to one that
// looks like it.
func resembling(step [letters + 1]float32) (out [letters]float32) {
	copy(out[:], step[:])
	for _, x := range confusions {
		if x.true == '<' || x.seen == '<' {
			continue // else fillers would explain everything
		}
		to := place(x.true)
		out[to] = max(out[to], step[place(x.seen)]*max(float32(x.share), 0.1))
	}
	return out
}
