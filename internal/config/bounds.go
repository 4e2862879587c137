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
	return Bounds{Enrol: osprey.EnrolmentGate(), Hard: osprey.AnalysisGate()}
}

// bound is one number (or, with high, a range) of quality.bounds.
type bound struct {
	check, gate string
	max         float64 // values lie in 0..max
	low         func(*Bounds) *float64
	high        func(*Bounds) *float64 // nil: one number
}

var bounds = []bound{
	{"detector_score", "enrol", 1, func(b *Bounds) *float64 { return &b.Enrol.DetectorScore }, nil},
	{"detector_score", "hard", 1, func(b *Bounds) *float64 { return &b.Hard.DetectorScore }, nil},
	{"face_size", "enrol", 4096, func(b *Bounds) *float64 { return &b.Enrol.FaceSize }, nil},
	{"face_size", "hard", 4096, func(b *Bounds) *float64 { return &b.Hard.FaceSize }, nil},
	{"face_inside", "enrol", 1, func(b *Bounds) *float64 { return &b.Enrol.FaceInside }, nil},
	{"yaw", "enrol", 180, func(b *Bounds) *float64 { return &b.Enrol.Yaw }, nil},
	{"pitch", "enrol", 180, func(b *Bounds) *float64 { return &b.Enrol.Pitch }, nil},
	{"roll", "enrol", 180, func(b *Bounds) *float64 { return &b.Enrol.Roll }, nil},
	{"sharpness", "enrol", 1, func(b *Bounds) *float64 { return &b.Enrol.Sharpness }, nil},
	{
		"brightness", "enrol", 1,
		func(b *Bounds) *float64 { return &b.Enrol.BrightnessMin },
		func(b *Bounds) *float64 { return &b.Enrol.BrightnessMax },
	},
}

func qualityBounds() *Key {
	standard := standardBounds()
	k := &Key{
		Name: "quality.bounds", Kind: KindMap, Default: "`" + boundsText(standard) + "`",
		Allowed: "a mapping check -> `enrol`, `hard` -> number, or two numbers for `brightness`",
		Doc: "What a face must measure: `enrol` for collection photos, `hard` for every photo. " +
			"Yaw, pitch and roll are upper limits in degrees, `brightness` is a range, the others are lower limits; " +
			"checks that are not named keep their default.",
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
			return Bounds{}, fmt.Errorf("`%s` must be a mapping of `enrol` and `hard`", clip(check))
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
	if b.Enrol.BrightnessMin > b.Enrol.BrightnessMax {
		return Bounds{}, errors.New("`brightness.enrol` must name the lower limit first")
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
