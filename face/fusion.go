package face

import (
	"errors"
	"fmt"
	"math"
	"sort"
)

// LivenessFusion says how a pack's models of the task "liveness" become one
// number: the raw value is Bias plus the sum of each member's log-odds of an
// attack times its weight.
type LivenessFusion struct {
	Members     []LivenessMember    `json:"members"`
	Bias        float64             `json:"bias"`
	Filled      FilledImage         `json:"filled,omitzero"`
	Calibration LivenessCalibration `json:"calibration"`
}

// LivenessMember is one look of one model at one crop.
type LivenessMember struct {
	Model string `json:"model"` // a model of the pack whose task is "liveness"
	// Grow is the crop's size as a multiple of the face box: 2.7 is 2.7 boxes
	// wide and high.
	Grow   float64 `json:"grow"`
	Weight float64 `json:"weight"` // of the member's log-odds, positive
}

// FilledImage is how a fusion treats images that show little but the face:
// ones cut out by somebody, or held too close. There is nothing around the
// face to look at, so the members' crops are filled up with the nearest
// pixels, which makes them look more live; Bias makes up for that.
type FilledImage struct {
	Below float64 `json:"below"` // image sides over the box's, both, under which it is filled; 0: never
	Bias  float64 `json:"bias"`  // added to the raw value
}

// LivenessCalibration turns the raw value of a LivenessFusion into Osprey's
// confidence_spoofing. The scale has two fixed points: 0.5 is the raw value
// that 3 % of the bona fide attempts of the calibration set reach (BPCER 3 %),
// 0.9 the one that 0.1 % reach.
type LivenessCalibration struct {
	BonaFide int            `json:"bona_fide"` // attempts of the calibration set
	Attacks  int            `json:"attacks"`
	Knots    []LivenessKnot `json:"knots"` // both rising
	// APCER is, for each attack species, the share of attacks below
	// confidence 0.5; Species is how many attacks each had.
	APCER   map[string]float64 `json:"apcer"`
	Species map[string]int     `json:"species"`
	// BPCER is the share of bona fide attempts at or above 0.5.
	BPCER float64 `json:"bpcer"`
	// ExtrapolatedAbove is the confidence above which the scale is not
	// supported by enough attempts (rule of 30) but continued by Extrapolation.
	ExtrapolatedAbove float64 `json:"extrapolated_above"`
	Extrapolation     string  `json:"extrapolation"`
	Dataset           string  `json:"dataset"`
	Date              string  `json:"date"` // YYYY-MM-DD
}

// LivenessKnot says that a raw value means a confidence.
type LivenessKnot struct {
	Raw        float64 `json:"raw"`
	Confidence float64 `json:"confidence"`
}

// maxMembers bounds how many inferences one liveness value may take.
const maxMembers = 32

// check refuses a fusion whose members are no models of the pack or whose
// scale is not monotone.
func (f *LivenessFusion) check(models []ModelManifest) error {
	if len(f.Members) == 0 || len(f.Members) > maxMembers {
		return fmt.Errorf("has %d members of liveness, out of 1..%d", len(f.Members), maxMembers)
	}
	for _, m := range f.Members {
		if task, ok := taskOf(models, m.Model); !ok || task != TaskLiveness {
			return fmt.Errorf("names %q as a member of liveness, which is no liveness model of the pack", m.Model)
		}
		if !(m.Grow >= 0.5 && m.Grow <= 10) || !(m.Weight > 0 && m.Weight <= 100) {
			return fmt.Errorf("has a member of liveness (%s) with a grow out of 0.5..10 or a weight out of 0..100", m.Model)
		}
	}
	if !finite(f.Bias) || !finite(f.Filled.Bias) || !(f.Filled.Below >= 0 && f.Filled.Below <= 10) {
		return errors.New("has a bias of liveness that is no number, or a bound of filled images out of 0..10")
	}
	if err := f.Calibration.check(); err != nil {
		return fmt.Errorf("has a calibration of liveness that %w", err)
	}
	return nil
}

func taskOf(models []ModelManifest, name string) (Task, bool) {
	for _, m := range models {
		if m.Name == name {
			return m.Task, true
		}
	}
	return "", false
}

// check refuses a table that gives no monotone scale.
func (c *LivenessCalibration) check() error {
	if len(c.Knots) < 2 || len(c.Knots) > 1000 {
		return fmt.Errorf("has %d knots, out of 2..1000", len(c.Knots))
	}
	for i, k := range c.Knots {
		if !finite(k.Raw) || !(k.Confidence >= 0 && k.Confidence <= 1) {
			return fmt.Errorf("has knot %d out of bounds", i)
		}
		if i > 0 && (k.Raw <= c.Knots[i-1].Raw || k.Confidence <= c.Knots[i-1].Confidence) {
			return fmt.Errorf("has knot %d out of order", i)
		}
	}
	return nil
}

// Confidence gives confidence_spoofing, 0 to 1, of a raw value: linear
// between the knots, the outer knots' beyond them. It never falls as raw
// grows. Not-a-number gives 1: what cannot be judged is not let pass.
func (c *LivenessCalibration) Confidence(raw float64) float64 {
	if math.IsNaN(raw) {
		return 1
	}
	i := sort.Search(len(c.Knots), func(i int) bool { return c.Knots[i].Raw >= raw })
	switch {
	case i == 0:
		return c.Knots[0].Confidence
	case i == len(c.Knots):
		return c.Knots[i-1].Confidence
	}
	a, b := c.Knots[i-1], c.Knots[i]
	return clamp(a.Confidence+(b.Confidence-a.Confidence)*(raw-a.Raw)/(b.Raw-a.Raw), a.Confidence, b.Confidence)
}

// Extrapolated tells whether a confidence lies above what the calibration
// set supports.
func (c *LivenessCalibration) Extrapolated(confidence float64) bool {
	return confidence > c.ExtrapolatedAbove
}
