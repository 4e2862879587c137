package face

import (
	"encoding/json"
	"math"
	"testing"
)

var someScale = LivenessCalibration{Knots: []LivenessKnot{{-9, 0}, {-4, 0.2}, {-2, 0.5}, {1, 0.9}, {6, 1}}}

func TestLivenessScale(t *testing.T) {
	last := -1.0
	for i := range 10001 {
		raw := -12 + 24*float64(i)/10000
		c := someScale.Confidence(raw)
		if c < last || c < 0 || c > 1 {
			t.Fatalf("confidence %v at %v after %v", c, raw, last)
		}
		last = c
	}
	for _, k := range someScale.Knots {
		if c := someScale.Confidence(k.Raw); math.Abs(c-k.Confidence) > 1e-12 {
			t.Errorf("confidence %v at knot %v", c, k)
		}
	}
	if c := someScale.Confidence(math.NaN()); c != 1 {
		t.Errorf("what is no number gives %v", c)
	}
	if c := someScale.Confidence(math.Inf(-1)); c != 0 {
		t.Errorf("no attack at all gives %v", c)
	}
	if !(&LivenessCalibration{ExtrapolatedAbove: 0.5}).Extrapolated(0.6) {
		t.Error("0.6 is not extrapolated where data ends at 0.5")
	}
}

func TestFusionIsChecked(t *testing.T) {
	models := []ModelManifest{{Name: "pad", Task: TaskLiveness}, {Name: "other", Task: TaskPose}}
	good := func() LivenessFusion {
		return LivenessFusion{
			Members:     []LivenessMember{{"pad", 1.5, 0.5}, {"pad", 2.7, 0.5}},
			Calibration: LivenessCalibration{Knots: append([]LivenessKnot(nil), someScale.Knots...)},
		}
	}
	f := good()
	if err := f.check(models); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*LivenessFusion){
		"no members":           func(f *LivenessFusion) { f.Members = nil },
		"too many members":     func(f *LivenessFusion) { f.Members = make([]LivenessMember, maxMembers+1) },
		"a model not there":    func(f *LivenessFusion) { f.Members[0].Model = "gone" },
		"a model of pose":      func(f *LivenessFusion) { f.Members[0].Model = "other" },
		"no growth":            func(f *LivenessFusion) { f.Members[0].Grow = 0 },
		"growth of no number":  func(f *LivenessFusion) { f.Members[0].Grow = math.NaN() },
		"weight against":       func(f *LivenessFusion) { f.Members[1].Weight = -1 },
		"endless bias":         func(f *LivenessFusion) { f.Bias = math.Inf(1) },
		"one knot":             func(f *LivenessFusion) { f.Calibration.Knots = f.Calibration.Knots[:1] },
		"a falling scale":      func(f *LivenessFusion) { f.Calibration.Knots[2].Confidence = 0.1 },
		"raw values that turn": func(f *LivenessFusion) { f.Calibration.Knots[2].Raw = -5 },
		"confidence above 1":   func(f *LivenessFusion) { f.Calibration.Knots[4].Confidence = 1.1 },
	} {
		f := good()
		spoil(&f)
		if f.check(models) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// Whatever a fusion says, once it is accepted its scale rises and stays
// within 0 to 1.
func FuzzFusion(f *testing.F) {
	seed, err := json.Marshal(LivenessFusion{Members: []LivenessMember{{"pad", 1.5, 1}}, Calibration: someScale})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed, 0.0, 1.0)
	f.Fuzz(func(t *testing.T, raw []byte, a, b float64) {
		var fusion LivenessFusion
		if decodeStrict(raw, &fusion) != nil || fusion.check([]ModelManifest{{Name: "pad", Task: TaskLiveness}}) != nil {
			return
		}
		if a > b {
			a, b = b, a
		}
		x, y := fusion.Calibration.Confidence(a), fusion.Calibration.Confidence(b)
		if !(x >= 0 && y <= 1) || a <= b && x > y {
			t.Errorf("confidence %v at %v, %v at %v", x, a, y, b)
		}
	})
}

// A crop lies inside the image, smaller where it must be; only in an image
// that is all face it keeps its size and reaches beyond.
func TestLivenessCrop(t *testing.T) {
	square := Input{Crop: "square"}
	for name, c := range map[string]struct {
		in        Input
		box, want Box
		filled    bool
	}{
		"in the middle":      {square, Box{400, 300, 500, 420}, Box{330, 240, 570, 480}, false},
		"at the left":        {square, Box{10, 300, 110, 420}, Box{0, 240, 240, 480}, false},
		"at the lower right": {square, Box{890, 690, 990, 810}, Box{760, 560, 1000, 800}, false},
		"larger than high":   {square, Box{200, 100, 700, 700}, Box{50, 0, 850, 800}, false},
		"all face":           {square, Box{200, 100, 700, 700}, Box{-150, -200, 1050, 1000}, true},
		"not square":         {Input{Crop: "box"}, Box{400, 300, 500, 420}, Box{350, 240, 550, 480}, false},
	} {
		if got := livenessCrop(c.in, c.box, 2, 1000, 800, c.filled); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	f := LivenessFusion{Filled: FilledImage{Below: 1.5}}
	if !f.isFilled(Box{100, 100, 900, 700}, 1000, 800) || f.isFilled(Box{400, 300, 500, 420}, 1000, 800) || f.isFilled(Box{0, 0, 300, 790}, 1000, 800) {
		t.Error("an image is filled that is not, or the other way round")
	}
}

func TestLogOdds(t *testing.T) {
	for _, c := range []struct {
		decoding string
		scores   []float32
		want     float64
	}{
		{"softmax", []float32{0, 0}, 0},
		{"softmax", []float32{2, 1}, 1},
		{"softmax", []float32{100, -100}, maxOdds},
		{"softmax", []float32{float32(math.Log(3)), 0, 0, 0}, 0},
		{"probabilities", []float32{0.75, 0.25}, math.Log(3)},
		{"probabilities", []float32{1, 0}, maxOdds},
		{"probabilities", []float32{0, 1}, -maxOdds},
	} {
		k := &slot{session: &session{}, out: [][]float32{c.scores}}
		k.session.manifest.Output = Output{Decoding: c.decoding, Classes: []string{"live", "", "", ""}}
		if got := k.logOdds("live"); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s %v: %v, want %v", c.decoding, c.scores, got, c.want)
		}
	}
}

// Openness rises with the mesh's ratio and falls with the eye model's
// certainty that the eye is closed.
func TestEyesTuning(t *testing.T) {
	tuning := EyesTuning{Intercept: -5, Ratio: 30, Closed: -1}
	if a, b := tuning.open(0.1, 0.5), tuning.open(0.3, 0.5); a >= b {
		t.Errorf("%v at ratio 0.1, %v at 0.3", a, b)
	}
	if a, b := tuning.open(0.2, 1), tuning.open(0.2, 0); a >= b || math.IsNaN(a+b) {
		t.Errorf("%v when surely closed, %v when surely open", a, b)
	}
}
