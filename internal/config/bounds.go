package config

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"example.org/osprey"
)

// standardBounds are the domain's own gates.
func standardBounds() Bounds {
	return Bounds{Enrol: osprey.EnrolmentGate(), Hard: osprey.AnalysisGate(), Capture: osprey.DefaultCaptureBounds()}
}

// bound is one number (or, with high, a range) of quality.bounds.
type bound struct {
	check, gate string
	max         float64 // values lie in 0..max
	low         func(*Bounds) *float64
	high        func(*Bounds) *float64 // nil: one number
}

// The greatest values of measures that are not shares.
const (
	most       = 1
	mostPixels = 4096
	mostAngle  = 180 // degrees
)

// bounds are the columns of the table of checks, the numbers of a check together.
var bounds = []bound{
	{"detector_score", "capture", most, func(b *Bounds) *float64 { return &b.Capture.DetectorScore }, nil},
	{"detector_score", "enrol", most, func(b *Bounds) *float64 { return &b.Enrol.DetectorScore }, nil},
	{"detector_score", "hard", most, func(b *Bounds) *float64 { return &b.Hard.DetectorScore }, nil},
	{"face_size", "capture", mostPixels, func(b *Bounds) *float64 { return &b.Capture.FaceSize }, nil},
	{"face_size", "enrol", mostPixels, func(b *Bounds) *float64 { return &b.Enrol.FaceSize }, nil},
	{"face_size", "hard", mostPixels, func(b *Bounds) *float64 { return &b.Hard.FaceSize }, nil},
	{"face_share", "capture", most, func(b *Bounds) *float64 { return &b.Capture.FaceShare }, nil},
	{"face_ratio", "capture", most, func(b *Bounds) *float64 { return &b.Capture.FaceRatio }, nil},
	{"face_inside", "capture", most, func(b *Bounds) *float64 { return &b.Capture.FaceInside }, nil},
	{"face_inside", "enrol", most, func(b *Bounds) *float64 { return &b.Enrol.FaceInside }, nil},
	{"center_offset", "capture", most, func(b *Bounds) *float64 { return &b.Capture.CenterOffset }, nil},
	{"sharpness", "capture", most, func(b *Bounds) *float64 { return &b.Capture.Sharpness }, nil},
	{"sharpness", "enrol", most, func(b *Bounds) *float64 { return &b.Enrol.Sharpness }, nil},
	{"motion", "capture", 100, func(b *Bounds) *float64 { return &b.Capture.Motion }, nil},
	{
		"brightness", "capture", most,
		func(b *Bounds) *float64 { return &b.Capture.BrightnessMin },
		func(b *Bounds) *float64 { return &b.Capture.BrightnessMax },
	},
	{
		"brightness", "enrol", most,
		func(b *Bounds) *float64 { return &b.Enrol.BrightnessMin },
		func(b *Bounds) *float64 { return &b.Enrol.BrightnessMax },
	},
	{"light_balance", "capture", most, func(b *Bounds) *float64 { return &b.Capture.LightBalance }, nil},
	{"light_evenness", "capture", most, func(b *Bounds) *float64 { return &b.Capture.LightEvenness }, nil},
	{"contrast", "capture", most, func(b *Bounds) *float64 { return &b.Capture.Contrast }, nil},
	{"yaw", "capture", mostAngle, func(b *Bounds) *float64 { return &b.Capture.Yaw }, nil},
	{"yaw", "enrol", mostAngle, func(b *Bounds) *float64 { return &b.Enrol.Yaw }, nil},
	{"pitch", "capture", mostAngle, func(b *Bounds) *float64 { return &b.Capture.Pitch }, nil},
	{"pitch", "enrol", mostAngle, func(b *Bounds) *float64 { return &b.Enrol.Pitch }, nil},
	{"roll", "capture", mostAngle, func(b *Bounds) *float64 { return &b.Capture.Roll }, nil},
	{"roll", "enrol", mostAngle, func(b *Bounds) *float64 { return &b.Enrol.Roll }, nil},
	{"occlusion", "capture", most, func(b *Bounds) *float64 { return &b.Capture.Occlusion }, nil},
	{"mask", "capture", most, func(b *Bounds) *float64 { return &b.Capture.Mask }, nil},
	{"sunglasses", "capture", most, func(b *Bounds) *float64 { return &b.Capture.Sunglasses }, nil},
	{"eyes_open", "capture", most, func(b *Bounds) *float64 { return &b.Capture.EyesOpen }, nil},
	{"mouth_open", "capture", most, func(b *Bounds) *float64 { return &b.Capture.MouthOpen }, nil},
	{"color", "capture", 4, func(b *Bounds) *float64 { return &b.Capture.Color }, nil},
	{"resolution", "capture", mostPixels, func(b *Bounds) *float64 { return &b.Capture.Resolution }, nil},
	{"frames", "capture", 300, func(b *Bounds) *float64 { return &b.Capture.Frames }, nil},
	{"glare", "capture", most, func(b *Bounds) *float64 { return &b.Capture.Glare }, nil},
	{"unified", "capture", 100, func(b *Bounds) *float64 { return &b.Capture.Unified }, nil},
}

func qualityBounds() *Key {
	standard := standardBounds()
	k := &Key{
		Name: "quality.bounds", Kind: KindMap, Default: "`" + boundsText(standard) + "`",
		Allowed: "a mapping check -> `capture`, `enrol`, `hard` -> number, or two numbers for `brightness`",
		Doc: "What a face must measure: `hard` in every medium, `enrol` in collection photos; beyond `capture` an analysis warns with the code of the check. " +
			"Yaw, pitch and roll are upper limits in degrees; `face_ratio`, `center_offset`, `motion`, `light_balance`, `light_evenness`, `occlusion`, `mask`, " +
			"`sunglasses`, `mouth_open` and `glare` are upper limits too; `brightness` is a range, the others are lower limits. " +
			"Checks that are not named keep their default.",
	}
	k.standard = func(Host, *Config) string { return "" }
	k.read = func(r raw, _ Host) (any, error) {
		if r.node == nil {
			if r.list == nil && r.text == "" {
				return standard, nil
			}
			return nil, errors.New("it must be " + k.Allowed)
		}
		return readBounds(r.node)
	}
	finish(k, boundsText, boundsShape, func(c *Config) *Bounds { return &c.Quality.Bounds })
	return k.fileOnly()
}

func readBounds(node *yaml.Node) (Bounds, error) {
	b := standardBounds()
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		check, gates := node.Content[i].Value, node.Content[i+1]
		if gates.Kind != yaml.MappingNode {
			return Bounds{}, fmt.Errorf("`%s` must be a mapping of `capture`, `enrol` and `hard`", clip(check))
		}
		for j := 0; j+1 < len(gates.Content); j += 2 {
			gate, value := gates.Content[j].Value, gates.Content[j+1]
			name := check + "." + gate
			if seen[name] {
				return Bounds{}, fmt.Errorf("`%s` is there twice", clip(name))
			}
			seen[name] = true
			if err := setBound(&b, check, gate, value); err != nil {
				return Bounds{}, err
			}
		}
	}
	for _, r := range []struct {
		name      string
		low, high float64
	}{
		{"brightness.enrol", b.Enrol.BrightnessMin, b.Enrol.BrightnessMax},
		{"brightness.capture", b.Capture.BrightnessMin, b.Capture.BrightnessMax},
	} {
		if r.low > r.high {
			return Bounds{}, fmt.Errorf("`%s` must name the lower limit first", r.name)
		}
	}
	if b.Enrol.DetectorScore < b.Hard.DetectorScore || b.Enrol.FaceSize < b.Hard.FaceSize {
		return Bounds{}, errors.New("`enrol` must not be weaker than `hard`")
	}
	return b, nil
}

func setBound(b *Bounds, check, gate string, value *yaml.Node) error {
	var names []string
	for _, known := range bounds {
		name := known.check + "." + known.gate
		names = append(names, name)
		if known.check != check || known.gate != gate {
			continue
		}
		if known.high == nil {
			n, err := boundNumber(value, known.max)
			*known.low(b) = n
			return wrapBound(name, err)
		}
		if value.Kind != yaml.SequenceNode || len(value.Content) != 2 {
			return fmt.Errorf("`%s` must be two numbers, as in `[0.1, 0.9]`", name)
		}
		low, errLow := boundNumber(value.Content[0], known.max)
		high, errHigh := boundNumber(value.Content[1], known.max)
		*known.low(b), *known.high(b) = low, high
		return wrapBound(name, errors.Join(errLow, errHigh))
	}
	return fmt.Errorf("`%s` is not a bound; there are %s", clip(check+"."+gate), strings.Join(names, ", "))
}

func boundNumber(node *yaml.Node, high float64) (float64, error) {
	if node.Kind == yaml.ScalarNode {
		if n, err := parseFloat(node.Value, Host{}); err == nil && n >= 0 && n <= high {
			return n, nil
		}
	}
	return 0, fmt.Errorf("it must be a number from 0 to %s", formatFloat(high))
}

func wrapBound(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("`%s`: %w", name, err)
}

// boundsText writes b as one line of YAML.
func boundsText(b Bounds) string {
	var out strings.Builder
	last := ""
	for _, known := range bounds {
		number := formatFloat(*known.low(&b))
		if known.high != nil {
			number = "[" + number + ", " + formatFloat(*known.high(&b)) + "]"
		}
		switch {
		case known.check == last:
			fmt.Fprintf(&out, ", %s: %s", known.gate, number)
			continue
		case last != "":
			out.WriteString("}, ")
		}
		last = known.check
		fmt.Fprintf(&out, "%s: {%s: %s", known.check, known.gate, number)
	}
	return "{" + out.String() + "}}"
}

// boundsShape is b as JSON has it, in the layout of the file.
func boundsShape(b Bounds) any {
	checks := map[string]map[string]any{}
	for _, known := range bounds {
		if checks[known.check] == nil {
			checks[known.check] = map[string]any{}
		}
		checks[known.check][known.gate] = *known.low(&b)
		if known.high != nil {
			checks[known.check][known.gate] = []float64{*known.low(&b), *known.high(&b)}
		}
	}
	return checks
}
