package look

import (
	"math"
	"time"

	"example.org/osprey"
)

// The criteria of components.md 2.8, for media without a challenge: the reaction time
// counts only where there is a cue.
const (
	gestureFrames  = 5 // usable ones, at least
	straightShare  = 0.8
	straightAngle  = 15.0 // degrees
	turnAngle      = 20.0
	nodAngle       = 12.0
	scanAngle      = 25.0
	calmSmile      = 0.3
	fullSmile      = 0.6
	smileHold      = 200 * time.Millisecond
	widerMouth     = 1.10
	openEyes       = 0.6
	closedEyes     = 0.25
	shortBlink     = 60 * time.Millisecond
	longBlink      = time.Second
	closer         = 1.35
	farther        = 0.75
	yawStep        = 15.0 // degrees in 100 ms
	longestGap     = 500 * time.Millisecond
	samePerson     = 0.5 // confidence
	samePairs      = 3
	quickReaction  = 150 * time.Millisecond
	slowReaction   = 5 * time.Second
	baselineShare  = 0.2
	baselineFrames = 3
)

// performance is what a gesture is judged by.
type performance struct {
	track    []moment // with a face that was measured, times rising
	baseline moment   // the middle of the neutral frames
	from     int      // first frame after the neutral ones
}

// judgeGesture tells whether a track shows the gesture of a tag. cue is when the person
// was asked, nil where nobody asked; same gives the confidence that two moments show
// one person; signs are those of the evidence. It is pure.
func judgeGesture(tag string, track []moment, cue *time.Duration, signs map[string]float64, same func(a, b moment) float64) *osprey.Gesture {
	g := &osprey.Gesture{Tag: tag}
	if reason := gestureReason(tag, track, cue, signs, same); reason != "" {
		g.Reason = &reason
		return g
	}
	g.Detected = true
	return g
}

// gestureReason is why the gesture does not count, empty where it does.
func gestureReason(tag string, track []moment, cue *time.Duration, signs map[string]float64, same func(a, b moment) float64) osprey.GestureReason {
	p, ok := perform(track, cue)
	if !osprey.GestureMoves(tag) {
		if len(p.track) == 0 {
			return osprey.GestureNotPerformed
		}
		return ""
	}
	if !ok {
		return osprey.GestureNotPerformed
	}
	if tag == osprey.GestureTagBlank {
		return p.blank(track, signs)
	}
	apex := p.find(tag)
	if apex < 0 {
		for _, other := range []string{osprey.GestureTagLeft, osprey.GestureTagRight, osprey.GestureTagDown, osprey.GestureTagHigh, osprey.GestureTagZoomIn, osprey.GestureTagZoomOut} {
			half := tag == osprey.GestureTagScan && (other == osprey.GestureTagLeft || other == osprey.GestureTagRight)
			if other != tag && !half && p.find(other) >= 0 {
				return osprey.GestureWrong
			}
		}
		return osprey.GestureNotPerformed
	}
	if cue != nil {
		switch reaction := p.track[apex].at - *cue; {
		case reaction < quickReaction:
			return osprey.GestureTooEarly
		case reaction > slowReaction:
			return osprey.GestureNotPerformed
		}
	}
	if broken(track) {
		return osprey.GestureDiscontinuity
	}
	if !p.onePerson(apex, same) {
		return osprey.GestureIdentityChanged
	}
	return ""
}

// perform separates the neutral frames from the rest: those before the cue, or, without
// one, the first fifth. ok is false where there are too few to prove anything.
func perform(track []moment, cue *time.Duration) (p performance, ok bool) {
	for _, m := range track {
		if m.found && m.measured {
			p.track = append(p.track, m)
		}
	}
	if len(p.track) < gestureFrames {
		return p, false
	}
	p.from = max(baselineFrames, int(baselineShare*float64(len(p.track))))
	if cue != nil {
		p.from = 0
		for p.from < len(p.track) && p.track[p.from].at < *cue {
			p.from++
		}
		if p.from == 0 || p.from == len(p.track) {
			return p, false
		}
	}
	neutral := p.track[:p.from]
	middle := func(of func(moment) float64) float64 {
		var v []float64
		for _, m := range neutral {
			v = append(v, of(m))
		}
		return percentile(v, 0.5)
	}
	p.baseline.yaw = middle(func(m moment) float64 { return m.yaw })
	p.baseline.pitch = middle(func(m moment) float64 { return m.pitch })
	p.baseline.mouth = middle(func(m moment) float64 { return m.mouth })
	p.baseline.box.Right = middle(func(m moment) float64 { return m.box.Width() })
	return p, true
}

// find is the first frame at which the gesture has been performed, -1 where it was not.
func (p performance) find(tag string) int {
	first := func(yes func(m moment) bool) int {
		for i := p.from; i < len(p.track); i++ {
			if yes(p.track[i]) {
				return i
			}
		}
		return -1
	}
	width := p.baseline.box.Width()
	switch tag {
	case osprey.GestureTagLeft: // yaw > 0 is the person's own right
		return first(func(m moment) bool { return p.baseline.yaw-m.yaw >= turnAngle })
	case osprey.GestureTagRight:
		return first(func(m moment) bool { return m.yaw-p.baseline.yaw >= turnAngle })
	case osprey.GestureTagDown:
		return first(func(m moment) bool { return p.baseline.pitch-m.pitch >= nodAngle })
	case osprey.GestureTagHigh:
		return first(func(m moment) bool { return m.pitch-p.baseline.pitch >= nodAngle })
	case osprey.GestureTagZoomIn:
		return first(func(m moment) bool { return m.box.Width() >= closer*width })
	case osprey.GestureTagZoomOut:
		return first(func(m moment) bool { return m.box.Width() <= farther*width })
	case osprey.GestureTagScan:
		return p.scan()
	case osprey.GestureTagSmile:
		return p.smile()
	case osprey.GestureTagEyes:
		return p.blink()
	}
	return -1
}

// scan wants both sides, in either order.
func (p performance) scan() int {
	left, right := false, false
	for i := p.from; i < len(p.track); i++ {
		turn := p.track[i].yaw - p.baseline.yaw
		left, right = left || turn <= -scanAngle, right || turn >= scanAngle
		if left && right {
			return i
		}
	}
	return -1
}

// smile wants a calm face first, then a smile that lasts, with a wider mouth.
func (p performance) smile() int {
	calm, mouths := false, []float64(nil)
	since := time.Duration(-1)
	for i, m := range p.track {
		if math.IsNaN(m.smile) {
			continue
		}
		if m.smile < calmSmile {
			calm, since = true, -1
			mouths = append(mouths, m.mouth)
			continue
		}
		if !calm || m.smile < fullSmile || m.mouth < widerMouth*percentile(append([]float64(nil), mouths...), 0.5) {
			since = -1
			continue
		}
		if since < 0 {
			since = m.at
		}
		if m.at-since >= smileHold {
			return i
		}
	}
	return -1
}

// blink wants both eyes open, closed for a moment, and open again.
func (p performance) blink() int {
	opened := false
	shut := time.Duration(-1)
	last := time.Duration(0)
	for i, m := range p.track {
		switch {
		case m.wider < closedEyes: // both are closed
			if opened && shut < 0 {
				shut = m.at
			}
		case m.open > openEyes: // both are open
			if shut >= 0 {
				// The lids were down at least from the first closed frame to the last, at
				// most from the open frame before to this one.
				if most := m.at - last; most >= shortBlink && m.at-shut <= longBlink {
					return i
				}
			}
			opened, shut = true, -1
		}
		if m.wider >= closedEyes {
			last = m.at
		}
	}
	return -1
}

// blank wants a face that looks straight in most frames and is alive.
func (p performance) blank(track []moment, signs map[string]float64) osprey.GestureReason {
	straight := 0
	for _, m := range p.track {
		if math.Abs(m.yaw) <= straightAngle && math.Abs(m.pitch) <= straightAngle {
			straight++
		}
	}
	if float64(straight) < straightShare*float64(len(track)) {
		return osprey.GestureNotPerformed
	}
	if signs[signFrozen] > 0 || signs[signMoved] > 0 || signs[signRepeated] >= 0.5 {
		return osprey.GestureNotPerformed
	}
	if broken(track) {
		return osprey.GestureDiscontinuity
	}
	return ""
}

// broken tells whether the motion has a jump, a gap, or times that do not rise.
func broken(track []moment) bool {
	var last *moment
	for i := range track {
		m := &track[i]
		if i > 0 && m.at <= track[i-1].at {
			return true
		}
		if !m.found || !m.measured {
			continue
		}
		if last != nil {
			gap := m.at - last.at
			if gap > longestGap {
				return true
			}
			if math.Abs(m.yaw-last.yaw) > yawStep*math.Max(gap.Seconds()/0.1, 1) {
				return true
			}
		}
		last = m
	}
	return false
}

// onePerson compares the neutral face with the one at the apex, in up to three pairs of
// examined frames.
func (p performance) onePerson(apex int, same func(a, b moment) float64) bool {
	var before, after []moment
	for i, m := range p.track {
		switch {
		case m.embedding == 0:
		case i < p.from || i < apex && len(before) == 0:
			before = append(before, m)
		default:
			after = append(after, m)
		}
	}
	for k := range min(samePairs, len(before), len(after)) {
		if same(before[k], after[k*len(after)/samePairs]) < samePerson {
			return false
		}
	}
	return true
}
