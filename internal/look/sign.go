package look

import (
	"math"
	"slices"
	"time"
)

// The signs that frames did not come from a live camera, as Liveness.Signs names
// them. docs/liveness.md says how each is measured and what was found on recordings.
const (
	signFrozen   = "frozen"           // the picture stands still
	signLooped   = "looped"           // a stretch comes again, forward or backward
	signRepeated = "repeated"         // the very same frame comes again later
	signStill    = "moved_still"      // a still picture is moved about
	signCut      = "cut"              // the scene changes at once
	signPerson   = "identity_changed" // another person's face
)

// Sequences that are shorter, in time or in frames, are judged like photos.
const (
	leastEvidence       = 500 * time.Millisecond
	leastEvidenceFrames = 5
)

// ramp is 0 up to none, 0.5 in the middle, 1 from sure on; none may be above sure.
func ramp(v, none, sure float64) float64 {
	return math.Max(0, math.Min(1, (v-none)/(sure-none)))
}

// signs looks for evidence in the frames of a sequence, which are in order of time.
// It is nil where they are too few to tell.
func signs(frames []imprint) map[string]float64 {
	if !tells(frames) {
		return nil
	}
	out := map[string]float64{
		signFrozen: frozen(frames), signRepeated: repeated(frames), signLooped: looped(frames), signCut: cut(frames),
	}
	if v, ok := movedStill(frames); ok {
		out[signStill] = v
	}
	return out
}

// tells reports whether a sequence is long enough to tell anything over time.
func tells(frames []imprint) bool {
	n := len(frames)
	return n >= leastEvidenceFrames && frames[n-1].at-frames[0].at >= leastEvidence
}

// frozenLag is over what time a picture must have changed: a person, even one who
// keeps still, moves more in it than a camera's and a codec's noise, and a source of
// few frames a second has brought a new one.
const (
	frozenLag   = 400 * time.Millisecond
	frozenLevel = 1 // grey levels of change, see change
)

// frozen rises with the longest time in which the picture stood still: one second
// is 0.5, two are 1. Up to half a second is what cameras do when they start.
func frozen(frames []imprint) float64 {
	longest, from := time.Duration(0), 0
	for i := range frames {
		// from is the first frame of the stretch that i may belong to: all its
		// frames look like its first one.
		for from < i && change(&frames[from], &frames[i]) > frozenLevel {
			from++
		}
		if d := frames[i].at - frames[from].at; d >= frozenLag {
			longest = max(longest, d)
		}
	}
	return ramp(longest.Seconds(), 0, 2)
}

// repeated rises with the share of frames whose pixels equal those of an earlier
// frame with others between: a camera never gives the same noise twice. Equal
// neighbours are left to frozen, since a slow camera is read twice.
func repeated(frames []imprint) float64 {
	last := make(map[uint32]int, len(frames))
	again, different := 0, 0
	for i := range frames {
		if i > 0 && frames[i].hash == frames[i-1].hash {
			last[frames[i].hash] = i
			continue
		}
		different++
		if j, ok := last[frames[i].hash]; ok && change(&frames[i], &frames[j]) == 0 {
			again++
		}
		last[frames[i].hash] = i
	}
	if again == 0 || flat(frames) {
		return 0
	}
	return ramp(float64(again)/float64(different), 0, 0.2)
}

// flat reports whether nothing is to be seen in any frame: a black picture repeats
// by itself.
func flat(frames []imprint) bool {
	return !slices.ContainsFunc(frames, func(p imprint) bool {
		return slices.Max(p.scene[:])-slices.Min(p.scene[:]) > 8
	})
}

// The scene changes at once where neighbouring frames, at most cutGap apart, have so
// little in common as cutLeast, and cutContrast times less than the frames before
// and after: a shaken camera changes over several frames.
const (
	cutGap      = 250 * time.Millisecond
	cutLeast    = 0.25
	cutSure     = 0.55
	cutContrast = 4
	cutNeighbor = 2 // frames on either side
)

func cut(frames []imprint) float64 {
	steps := make([]float64, len(frames))
	for i := 1; i < len(frames); i++ {
		steps[i] = unlike(&frames[i-1], &frames[i])
	}
	worst := 0.0
	for i := 1; i < len(frames); i++ {
		if frames[i].at-frames[i-1].at > cutGap {
			continue
		}
		around := 0.0
		for j := max(1, i-cutNeighbor); j <= min(len(frames)-1, i+cutNeighbor); j++ {
			if j != i {
				around = math.Max(around, steps[j])
			}
		}
		if steps[i] >= cutContrast*around {
			worst = math.Max(worst, ramp(steps[i], cutLeast, cutSure))
		}
	}
	return worst
}

// combine is the chance that any of the signs is right: the greatest, since several
// often have one cause.
func combine(found map[string]float64) float64 {
	worst := 0.0
	for _, v := range found {
		worst = math.Max(worst, v)
	}
	return worst
}

// percentile is the value below which a share of the values lies; it sorts them. Of
// none it is 0.
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
