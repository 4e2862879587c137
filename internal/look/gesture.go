package look

import (
	"encoding/json"
	"math"
	"time"

	"example.org/osprey"
)

// The criteria of components.md 2.8. For media without a challenge the reaction time
// does not count.
const (
	gestureFrames = 5 // usable ones, at least
	straightShare = 0.8
	straightAngle = 15.0 // degrees
	turnAngle     = 20.0
	nodAngle      = 12.0
	scanAngle     = 25.0
	calmSmile     = 0.3
	calmFrames    = 8 // of which the width of the calm mouth is known
	fullSmile     = 0.6
	smileHold     = 200 * time.Millisecond
	widerMouth    = 1.10
	openEyes      = 0.6
	closedEyes    = 0.25
	shortBlink    = 60 * time.Millisecond
	longBlink     = time.Second
	closer        = 1.35
	farther       = 0.75
	yawStep       = 15.0 // degrees in 100 ms
	longestGap    = 500 * time.Millisecond
	samePairs     = 3
	quickReaction = 150 * time.Millisecond
	slowReaction  = 5 * time.Second
	// Without a cue the face is taken for neutral in the first frames: so much of the
	// time, at most so long, but so many frames at least.
	neutralShare  = 0.2
	neutralTime   = 700 * time.Millisecond
	neutralFrames = 3
)

// performed is what a gesture is judged by.
type performed struct {
	track  []moment                  // every frame, in order
	cue    *time.Duration            // when the person was asked, nil where nobody was
	signs  map[string]float64        // of the evidence over time; nil where it could not be measured
	same   func(a, b moment) float64 // confidence that two moments show one person
	passes bool                      // a frame keeps the bounds of the quality gate
}

// cueOf reads from a take's manifest when the person was asked; nil for a plain set.
func cueOf(manifest []byte) *time.Duration {
	var m struct {
		Challenge string   `json:"challenge_id"`
		Cue       *float64 `json:"cue_ms"`
	}
	if json.Unmarshal(manifest, &m) != nil || m.Challenge == "" || m.Cue == nil || !(*m.Cue >= 0 && *m.Cue < 1e7) {
		return nil
	}
	d := time.Duration(*m.Cue * float64(time.Millisecond))
	return &d
}

// judgeGesture tells whether the gesture of a tag was performed, and if not why. It
// reads nothing but its arguments.
func judgeGesture(tag string, p performed) *osprey.Gesture {
	g := &osprey.Gesture{Tag: tag}
	if reason := p.reason(tag); reason != "" {
		g.Reason = &reason
		return g
	}
	g.Detected = true
	return g
}

// reason is why the gesture does not count, empty where it does.
func (p performed) reason(tag string) osprey.GestureReason {
	if !osprey.GestureMoves(tag) {
		if p.passes {
			return ""
		}
		return osprey.GestureNotPerformed
	}
	a, ok := newAct(p.track, p.cue)
	if !ok {
		return osprey.GestureNotPerformed
	}
	apex := len(a.track) - 1
	if tag == osprey.GestureTagBlank {
		if !p.straight(a) {
			return osprey.GestureNotPerformed
		}
	} else if apex = a.find(tag); apex < 0 {
		if a.another(tag) {
			return osprey.GestureWrong
		}
		return osprey.GestureNotPerformed
	}
	return p.doubt(tag, a, apex)
}

// doubt is what speaks against a gesture that was seen.
func (p performed) doubt(tag string, a act, apex int) osprey.GestureReason {
	if p.cue != nil && tag != osprey.GestureTagBlank {
		switch reaction := a.track[apex].at - *p.cue; {
		case reaction < quickReaction:
			return osprey.GestureTooEarly
		case reaction > slowReaction:
			return osprey.GestureNotPerformed
		}
	}
	switch {
	case p.signs[signPerson] >= 0.5, !a.onePerson(apex, p.same):
		return osprey.GestureIdentityChanged
	case p.signs[signCut] >= 0.5, broken(p.track):
		return osprey.GestureDiscontinuity
	}
	return ""
}

// straight tells whether the face looks straight in most frames and lives.
func (p performed) straight(a act) bool {
	straight := 0
	for _, m := range a.track {
		if math.Abs(m.yaw) <= straightAngle && math.Abs(m.pitch) <= straightAngle {
			straight++
		}
	}
	lives := p.signs[signFrozen] < 0.5 && p.signs[signStill] < 0.5 && p.signs[signRepeated] < 0.5
	return lives && float64(straight) >= straightShare*float64(len(p.track))
}

// act is a track of which it is known where the gesture may begin.
type act struct {
	track []moment // those with a face that was measured
	from  int      // first one after the neutral ones
	// The medians of the neutral ones.
	yaw, pitch, width float64
}

// newAct separates the neutral frames, those before the cue or the first ones, from
// the rest. ok is false where there are too few to prove anything.
func newAct(track []moment, cue *time.Duration) (a act, ok bool) {
	for _, m := range track {
		if m.found && m.measured {
			a.track = append(a.track, m)
		}
	}
	n := len(a.track)
	if n < gestureFrames {
		return a, false
	}
	until := a.track[0].at + min(neutralTime, time.Duration(neutralShare*float64(a.track[n-1].at-a.track[0].at)))
	if cue != nil {
		until = *cue
	}
	for a.from < n && a.track[a.from].at < until {
		a.from++
	}
	if cue == nil {
		a.from = max(a.from, neutralFrames)
	}
	if a.from == 0 || a.from >= n {
		return a, false
	}
	middle := func(of func(moment) float64) float64 {
		var v []float64
		for _, m := range a.track[:a.from] {
			v = append(v, of(m))
		}
		return percentile(v, 0.5)
	}
	a.yaw = middle(func(m moment) float64 { return m.yaw })
	a.pitch = middle(func(m moment) float64 { return m.pitch })
	a.width = middle(func(m moment) float64 { return m.box.Width() })
	return a, true
}

// directed are the gestures that nobody makes by accident and that exclude each other.
var directed = []string{
	osprey.GestureTagLeft, osprey.GestureTagRight, osprey.GestureTagDown, osprey.GestureTagHigh,
	osprey.GestureTagZoomIn, osprey.GestureTagZoomOut,
}

// another tells whether another gesture was made instead. To turn to one side is half
// a scan and no other gesture.
func (a act) another(tag string) bool {
	for _, other := range directed {
		half := tag == osprey.GestureTagScan && (other == osprey.GestureTagLeft || other == osprey.GestureTagRight)
		if other != tag && !half && a.find(other) >= 0 {
			return true
		}
	}
	return false
}

// find is the first frame at which the gesture has been performed, -1 where it was not.
// Yaw above 0 is the person's own right.
func (a act) find(tag string) int {
	switch tag {
	case osprey.GestureTagLeft:
		return a.first(func(m moment) bool { return a.yaw-m.yaw >= turnAngle })
	case osprey.GestureTagRight:
		return a.first(func(m moment) bool { return m.yaw-a.yaw >= turnAngle })
	case osprey.GestureTagDown:
		return a.first(func(m moment) bool { return a.pitch-m.pitch >= nodAngle })
	case osprey.GestureTagHigh:
		return a.first(func(m moment) bool { return m.pitch-a.pitch >= nodAngle })
	case osprey.GestureTagZoomIn:
		return a.first(func(m moment) bool { return m.box.Width() >= closer*a.width })
	case osprey.GestureTagZoomOut:
		return a.first(func(m moment) bool { return m.box.Width() <= farther*a.width })
	case osprey.GestureTagScan:
		return a.scan()
	case osprey.GestureTagSmile:
		return a.smile()
	case osprey.GestureTagEyes:
		return a.blink()
	}
	return -1
}

func (a act) first(yes func(m moment) bool) int {
	for i := a.from; i < len(a.track); i++ {
		if yes(a.track[i]) {
			return i
		}
	}
	return -1
}

// scan wants both sides, in either order.
func (a act) scan() int {
	left, right := false, false
	for i := a.from; i < len(a.track); i++ {
		turn := a.track[i].yaw - a.yaw
		left, right = left || turn <= -scanAngle, right || turn >= scanAngle
		if left && right {
			return i
		}
	}
	return -1
}

// smile wants a calm face first, then a smile that lasts, with a wider mouth.
func (a act) smile() int {
	var calm []float64 // widths of the mouth
	since := time.Duration(-1)
	for i, m := range a.track {
		if math.IsNaN(m.smile) { // its mouth is too narrow, see sequence.smiles
			since = -1
			continue
		}
		if m.smile < calmSmile {
			calm = append(calm, m.mouth)
		}
		if i < a.from || len(calm) == 0 || m.smile < fullSmile || m.mouth < widerMouth*percentile(calm, 0.5) {
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

// blink wants both eyes open, closed for a moment, and open again. The lids were down
// for at most the time between the open frames around, and at least for that between
// the first and the last frame in which they are.
func (a act) blink() int {
	opened, shut, last := time.Duration(-1), time.Duration(-1), time.Duration(0)
	for i, m := range a.track {
		switch {
		case m.wider < closedEyes: // both are closed
			if i >= a.from && opened >= 0 && shut < 0 {
				shut = m.at
			}
			last = m.at
		case m.open > openEyes: // both are open
			if shut >= 0 && m.at-opened >= shortBlink && last-shut <= longBlink {
				return i
			}
			opened, shut = m.at, -1
		}
	}
	return -1
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
			if gap > longestGap || math.Abs(m.yaw-last.yaw) > yawStep*math.Max(gap.Seconds()/0.1, 1) {
				return true
			}
		}
		last = m
	}
	return false
}

// onePerson compares neutral faces with faces around the apex, in three pairs where so
// many frames were examined. Of the examined frames after the neutral ones those
// nearest to the apex are taken.
func (a act) onePerson(apex int, same func(a, b moment) float64) bool {
	var before, after []moment
	for i, m := range a.track {
		switch {
		case m.embedding == 0:
		case i < a.from || len(before) == 0:
			before = append(before, m)
		default:
			after = append(after, m)
		}
	}
	at := a.track[apex].at
	for len(after) > samePairs {
		if at-after[0].at > after[len(after)-1].at-at {
			after = after[1:]
		} else {
			after = after[:len(after)-1]
		}
	}
	for k, m := range after {
		if len(before) > 0 && same(before[k%len(before)], m) < samePerson {
			return false
		}
	}
	return true
}
