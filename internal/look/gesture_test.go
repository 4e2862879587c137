package look

import (
	"math"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/face"
)

// film makes a track of so many seconds at 15 frames a second; each frame begins as a
// neutral face and is changed by act, which is told its second.
func film(seconds float64, act func(at float64, m *moment)) []moment {
	var out []moment
	for i := range int(seconds * 15) {
		at := float64(i) / 15
		m := moment{
			at: time.Duration(at * float64(time.Second)), found: true, measured: true, box: face.Box{Right: 200, Bottom: 260},
			yaw: 2, pitch: -3, open: 0.95, wider: 0.97, smile: 0.05, mouth: 0.6,
		}
		if i%5 == 0 {
			m.embedding = i/5 + 1
		}
		act(at, &m)
		out = append(out, m)
	}
	return out
}

// bump rises from 0 to 1 and falls again between two seconds, over a third of them.
func bump(at, from, to float64) float64 {
	third := (to - from) / 3
	return math.Max(0, math.Min(1, math.Min((at-from)/third, (to-at)/third)))
}

func turn(degrees float64) func(float64, *moment) {
	return func(at float64, m *moment) { m.yaw += degrees * bump(at, 1.2, 3) }
}

func nod(degrees float64) func(float64, *moment) {
	return func(at float64, m *moment) { m.pitch += degrees * bump(at, 1.2, 3) }
}

func near(factor float64) func(float64, *moment) {
	return func(at float64, m *moment) { m.box.Right *= 1 + (factor-1)*bump(at, 1.2, 3) }
}

func sweep(left, right float64) func(float64, *moment) {
	return func(at float64, m *moment) { m.yaw += right*bump(at, 1, 2.4) - left*bump(at, 2.5, 3.9) }
}

func smiling(value, mouth float64) func(float64, *moment) {
	return func(at float64, m *moment) {
		if at > 1.5 {
			m.smile, m.mouth = value, m.mouth*mouth
		}
	}
}

func blinking(from, to, open float64) func(float64, *moment) {
	return func(at float64, m *moment) {
		if at >= from && at < to {
			m.open, m.wider = open, open+0.02
		}
	}
}

func quiet(float64, *moment) {}

// TestGestures: each row of components.md 2.8 at its bounds, and what is done instead.
func TestGestures(t *testing.T) {
	t.Parallel()
	const ok = osprey.GestureReason("")
	tests := []struct {
		name string
		tag  string
		act  func(float64, *moment)
		want osprey.GestureReason
	}{
		{"left is the user's own", osprey.GestureTagLeft, turn(-21), ok},
		{"too little", osprey.GestureTagLeft, turn(-18), osprey.GestureNotPerformed},
		{"the other side", osprey.GestureTagLeft, turn(25), osprey.GestureWrong},
		{"a nod instead", osprey.GestureTagLeft, nod(15), osprey.GestureWrong},
		{"nothing", osprey.GestureTagLeft, quiet, osprey.GestureNotPerformed},
		{"right", osprey.GestureTagRight, turn(21), ok},
		{"left instead of right", osprey.GestureTagRight, turn(-25), osprey.GestureWrong},
		{"down", osprey.GestureTagDown, nod(-13), ok},
		{"up instead of down", osprey.GestureTagDown, nod(13), osprey.GestureWrong},
		{"hardly down", osprey.GestureTagDown, nod(-11), osprey.GestureNotPerformed},
		{"up", osprey.GestureTagHigh, nod(13), ok},
		{"a turn instead of up", osprey.GestureTagHigh, turn(22), osprey.GestureWrong},
		{"closer", osprey.GestureTagZoomIn, near(1.37), ok},
		{"hardly closer", osprey.GestureTagZoomIn, near(1.3), osprey.GestureNotPerformed},
		{"farther", osprey.GestureTagZoomOut, near(0.73), ok},
		{"closer instead of farther", osprey.GestureTagZoomOut, near(1.5), osprey.GestureWrong},
		{"both sides", osprey.GestureTagScan, sweep(27, 27), ok},
		{"one side", osprey.GestureTagScan, sweep(5, 30), osprey.GestureNotPerformed},
		{"smile", osprey.GestureTagSmile, smiling(0.7, 1.12), ok},
		{"smile without a wider mouth", osprey.GestureTagSmile, smiling(0.7, 1.05), osprey.GestureNotPerformed},
		{"half a smile", osprey.GestureTagSmile, smiling(0.5, 1.2), osprey.GestureNotPerformed},
		{"a smile from the start", osprey.GestureTagSmile, func(_ float64, m *moment) { m.smile, m.mouth = 0.9, 0.75 }, osprey.GestureNotPerformed},
		{"a smile of a moment", osprey.GestureTagSmile, func(at float64, m *moment) {
			if at > 2 && at < 2.15 {
				m.smile, m.mouth = 0.9, 0.75
			}
		}, osprey.GestureNotPerformed},
		{"blink", osprey.GestureTagEyes, blinking(2, 2.15, 0.1), ok},
		{"one frame's blink", osprey.GestureTagEyes, blinking(2, 2.05, 0.1), ok},
		{"half closed", osprey.GestureTagEyes, blinking(2, 2.2, 0.4), osprey.GestureNotPerformed},
		{"asleep", osprey.GestureTagEyes, blinking(2, 3.4, 0.1), osprey.GestureNotPerformed},
		{"closed to the end", osprey.GestureTagEyes, blinking(3, 9, 0.1), osprey.GestureNotPerformed},
		{"a wink", osprey.GestureTagEyes, func(at float64, m *moment) {
			if at >= 2 && at < 2.2 {
				m.open = 0.1
			}
		}, osprey.GestureNotPerformed},
		{"passive", osprey.GestureTagBlank, quiet, ok},
		{"passive, looking away", osprey.GestureTagBlank, func(_ float64, m *moment) { m.yaw = 20 }, osprey.GestureNotPerformed},
		{"passive, often away", osprey.GestureTagBlank, func(at float64, m *moment) { m.found = at < 3.1 }, osprey.GestureNotPerformed},
		{"a jump", osprey.GestureTagLeft, func(at float64, m *moment) {
			if at > 2 {
				m.yaw -= 30
			}
		}, osprey.GestureDiscontinuity},
		{"a gap", osprey.GestureTagLeft, func(at float64, m *moment) {
			turn(-30)(at, m)
			m.found = at < 0.3 || at > 0.9
		}, osprey.GestureDiscontinuity},
		{"times that fall", osprey.GestureTagLeft, func(at float64, m *moment) {
			turn(-30)(at, m)
			if at > 3.5 {
				m.at = 0
			}
		}, osprey.GestureDiscontinuity},
	}
	same := func(moment, moment) float64 { return 0.9 }
	for _, tt := range tests {
		got := judgeGesture(tt.tag, performed{track: film(4, tt.act), same: same})
		if got.Tag != tt.tag || got.Detected != (tt.want == ok) || (got.Reason == nil) != (tt.want == ok) || got.Reason != nil && *got.Reason != tt.want {
			t.Errorf("%s (%s): %v, want %q", tt.name, tt.tag, say(got), tt.want)
		}
	}
}

func say(g *osprey.Gesture) string {
	if g.Reason == nil {
		return "detected"
	}
	return string(*g.Reason)
}

// TestGestureOfCue: with a cue the reaction counts, without one it does not.
func TestGestureOfCue(t *testing.T) {
	t.Parallel()
	same := func(moment, moment) float64 { return 0.9 }
	ms := func(n int) *time.Duration { d := time.Duration(n) * time.Millisecond; return &d }
	late := func(at float64, m *moment) { m.yaw -= 30 * bump(at, 6, 8) }
	for _, tt := range []struct {
		name string
		cue  *time.Duration
		act  func(float64, *moment)
		want string
	}{
		{"no cue", nil, turn(-30), "detected"},
		{"in time", ms(1100), turn(-30), "detected"},
		{"before the cue", ms(1560), turn(-30), "TOO_EARLY"},
		{"much before the cue", ms(3200), turn(-30), "NOT_PERFORMED"},
		{"late without a cue", nil, late, "detected"},
		{"six seconds after the cue", ms(400), late, "NOT_PERFORMED"},
		{"a cue before the first frame", ms(0), turn(-30), "NOT_PERFORMED"},
		{"a cue after the last frame", ms(20000), turn(-30), "NOT_PERFORMED"},
	} {
		got := judgeGesture(osprey.GestureTagLeft, performed{track: film(9, tt.act), cue: tt.cue, same: same})
		if say(got) != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, say(got), tt.want)
		}
	}
}

// TestGestureOfDoubt: what is too short, of two persons or cut together proves nothing.
func TestGestureOfDoubt(t *testing.T) {
	t.Parallel()
	alike := func(moment, moment) float64 { return 0.9 }
	for _, tt := range []struct {
		name string
		tag  string
		p    performed
		want string
	}{
		{"two persons", osprey.GestureTagRight, performed{track: film(4, turn(30)), same: func(moment, moment) float64 { return 0.4 }}, "IDENTITY_CHANGED"},
		{"two persons by the frames", osprey.GestureTagRight, performed{track: film(4, turn(30)), same: alike, signs: map[string]float64{signPerson: 1}}, "IDENTITY_CHANGED"},
		{"cut", osprey.GestureTagRight, performed{track: film(4, turn(30)), same: alike, signs: map[string]float64{signCut: 0.8}}, "DISCONTINUITY"},
		{"four frames", osprey.GestureTagRight, performed{track: film(4, turn(30))[20:24], same: alike}, "NOT_PERFORMED"},
		{"nothing", osprey.GestureTagRight, performed{}, "NOT_PERFORMED"},
		{"passive and frozen", osprey.GestureTagBlank, performed{track: film(4, quiet), same: alike, signs: map[string]float64{signFrozen: 1}}, "NOT_PERFORMED"},
		{"passive and a little frozen", osprey.GestureTagBlank, performed{track: film(4, quiet), same: alike, signs: map[string]float64{signFrozen: 0.2}}, "detected"},
		{"one shot", osprey.GestureTagOneShot, performed{passes: true}, "detected"},
		{"a bad shot", osprey.GestureTagBest, performed{track: film(1, quiet)}, "NOT_PERFORMED"},
	} {
		if got := judgeGesture(tt.tag, tt.p); say(got) != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, say(got), tt.want)
		}
	}
}

// TestCueOf: only a take's manifest has a cue that counts.
func TestCueOf(t *testing.T) {
	t.Parallel()
	for manifest, want := range map[string]time.Duration{
		`{"challenge_id":"c","cue_ms":640}`:  640 * time.Millisecond,
		`{"challenge_id":"c","cue_ms":0}`:    0,
		`{"cue_ms":640}`:                     -1,
		`{"challenge_id":"c"}`:               -1,
		`{"challenge_id":"c","cue_ms":-1}`:   -1,
		`{"challenge_id":"c","cue_ms":1e99}`: -1,
		`{"challenge_id":"c","cue_ms":"x"}`:  -1,
		``:                                   -1,
	} {
		got := cueOf([]byte(manifest))
		if (got == nil) != (want < 0) || got != nil && *got != want {
			t.Errorf("%s: %v, want %v", manifest, got, want)
		}
	}
}
