package face

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// Task says what a model of a pack is for.
type Task string

// The tasks a pack may hold a model for. Open needs the first four. Of the
// others a pack may lack any (see Engine.Has); of "liveness" it may hold
// several, of each other one. A model of a task that is not among these is
// carried, verified and listed but not run.
const (
	TaskDetect    Task = "detect"
	TaskLandmarks Task = "landmarks"
	TaskEmbed     Task = "embed"
	TaskPose      Task = "pose"

	TaskLiveness   Task = "liveness"   // presentation attack or bona fide, of one crop
	TaskEyes       Task = "eyes"       // closed or open, of one eye
	TaskExpression Task = "expression" // emotions, one of which is "happy"
	TaskMesh       Task = "mesh"       // 468 points
	TaskTextBoxes  Task = "text_boxes" // where lines of text are
	TaskTextLines  Task = "text_lines" // what a line of text says
)

// FreeShape tells whether models of this task are run by a shape that the
// caller gives: their manifests may leave height, width and the sizes of the
// outputs 0.
func (t Task) FreeShape() bool { return t == TaskTextBoxes || t == TaskTextLines }

// ManifestName is the file name of a pack's manifest and of each model's.
const ManifestName = "manifest.json"

// ManifestFormat is the version of the manifest's layout that this package
// reads.
const ManifestFormat = 1

// Bounds of what a manifest may make this process read.
const (
	maxManifestBytes = 1 << 20
	maxModelBytes    = 512 << 20
	maxExtraBytes    = 4 << 20 // of a file beside a model: its manifest, a dictionary
	maxLibraryBytes  = 512 << 20
	maxPackFiles     = 256
	maxTensorSize    = 64 << 20
	maxDimension     = 4096
)

// Manifest describes a model pack: a folder with this file, a folder for
// each model, the inference runtime and the licences.
type Manifest struct {
	Format  int      `json:"format"`
	Profile string   `json:"profile"`
	Version string   `json:"version"`
	Arch    string   `json:"arch"` // GOARCH of the runtime library
	Runtime Runtime  `json:"runtime"`
	Models  []string `json:"models"` // folder names, each with model.onnx and manifest.json
	Quality Tuning   `json:"quality"`
	// Liveness is absent in a pack without liveness models.
	Liveness *LivenessFusion `json:"liveness,omitempty"`
	Files    []File          `json:"files"`
}

// Runtime names the inference library of a pack.
type Runtime struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Library string `json:"library"` // path inside the pack
}

// File is one file of a pack. The pack's own manifest is not listed.
type File struct {
	Path    string `json:"path"` // slash-separated, inside the pack
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"` // lower-case hex
	License string `json:"license"`
	Source  string `json:"source"`
}

// ModelManifest describes one model: how it must be fed, what it gives,
// where it comes from and what it was measured to do. Every key is required
// in the file, even where its value is empty.
type ModelManifest struct {
	Name          string       `json:"name"`
	Version       string       `json:"version"`
	Task          Task         `json:"task"`
	SHA256        string       `json:"sha256"` // of model.onnx
	Input         Input        `json:"input"`
	Output        Output       `json:"output"`
	License       string       `json:"license"` // SPDX
	CommercialUse bool         `json:"commercial_use"`
	Source        string       `json:"source"`
	TrainingData  string       `json:"training_data"`
	Calibration   *Calibration `json:"calibration"` // null unless the task is embed
	Accuracy      []Figure     `json:"accuracy"`
	SelfTest      SelfTest     `json:"self_test"`
}

// modelKeys are the keys that a model's manifest must hold.
var modelKeys = []string{
	"name", "version", "task", "sha256", "input", "output", "license",
	"commercial_use", "source", "training_data", "calibration", "accuracy", "self_test",
}

// Input says how a model is fed: value = (pixel - mean) / scale with pixels
// of 0..255, channels in the given order.
type Input struct {
	Name   string    `json:"name"`
	Shape  []int     `json:"shape"`  // N, C, H, W; N is 1; H and W may be 0 (free) for tasks with FreeShape
	Layout string    `json:"layout"` // "NCHW"
	Color  string    `json:"color"`  // "RGB", "BGR" or "GRAY"
	Mean   []float32 `json:"mean"`   // one a channel
	Scale  []float32 `json:"scale"`  // one a channel, not 0
	// Crop says which part of the photograph is fed: "letterbox" the whole,
	// "square" a square as high as the face box, "box" the face box grown by
	// Grow on each side, "aligned" the face moved onto Reference, "roi" a
	// square turned with the face, the box's longer side grown by Grow on each,
	// "eye" a square of 1+2*Grow eye widths, "whole" all of it without bars,
	// "line" one line of text.
	Crop string  `json:"crop"`
	Grow float64 `json:"grow,omitempty"`
	// Reference holds, for "aligned", the two eyes (the image's left one
	// first), the nose and the two mouth corners in pixels of the input.
	Reference []Point `json:"reference,omitempty"`
}

// Output says what a model gives and how it is read.
type Output struct {
	Names []string `json:"names"`
	Sizes []int    `json:"sizes"` // number of float32 values of each output; 0 (not known in advance) for tasks with FreeShape
	// Decoding is "corners" (scores and boxes as corners 0..1), "points68",
	// "embedding", "bins66" (three angles of 66 bins of 3 degrees), "softmax"
	// (raw scores of the Classes), "probabilities" (the same after softmax), "points468" (x, y, z in pixels of the input,
	// then a raw score that there is a face), "map" (for each pixel of the
	// input, the probability that it belongs to text) or "ctc" (for each step
	// from left to right, the probabilities of the blank, of the characters of
	// Dictionary and of the space).
	Decoding string `json:"decoding"`
	// NMS is, for "corners", the overlap (intersection over union) above
	// which the weaker of two boxes is dropped.
	NMS float64 `json:"nms,omitempty"`
	// Classes names, for "softmax" and "probabilities", what each score is for.
	// The engine asks for "live" (liveness), "closed" (eyes), "happy"
	// (expression).
	Classes []string `json:"classes,omitempty"`
	// Dictionary is, for "ctc", the path inside the pack of a UTF-8 file with
	// one character a line.
	Dictionary string `json:"dictionary,omitempty"`
}

// Figure is one measured number.
type Figure struct {
	Dataset string  `json:"dataset"`
	Metric  string  `json:"metric"`
	Value   float64 `json:"value"`
}

// SelfTest is a known answer: the model, fed the fixed pattern, gives Values
// at Places of its concatenated outputs.
type SelfTest struct {
	Values []float32 `json:"values"`
	// Places are indices into the concatenated outputs; none means evenly
	// spaced ones.
	Places []int `json:"places,omitempty"`
	// Shape is the input's shape for the test, where the model leaves it free.
	Shape []int `json:"shape,omitempty"`
	// Pattern is what is fed: "" a ramp with noise, "bars" dark strokes.
	Pattern string `json:"pattern,omitempty"`
}

// ModelName is the file name of a model's graph.
const ModelName = "model.onnx"

// ReadModelManifest reads the manifest of one model, whose other files need not be
// there.
func ReadModelManifest(path string) (*ModelManifest, error) {
	raw, err := readBounded(path, maxManifestBytes)
	if err != nil {
		return nil, err
	}
	return parseModelManifest(raw)
}

// parseModelManifest reads a model's manifest and checks what the engine
// relies on.
func parseModelManifest(raw []byte) (*ModelManifest, error) {
	if len(raw) > maxManifestBytes {
		return nil, errors.New("is too large")
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(raw, &keys); err != nil {
		return nil, fmt.Errorf("is not a manifest: %w", err)
	}
	for _, k := range modelKeys {
		if _, ok := keys[k]; !ok {
			return nil, fmt.Errorf("lacks the key %q", k)
		}
	}
	m := new(ModelManifest)
	if err := decodeStrict(raw, m); err != nil {
		return nil, fmt.Errorf("is not a manifest: %w", err)
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	return m, nil
}

// check refuses what would make the engine read or write out of bounds, or
// run a model under no licence.
func (m *ModelManifest) check() error {
	if m.Name == "" || m.Version == "" || m.License == "" || m.Source == "" {
		return errors.New("has an empty name, version, license or source")
	}
	in := m.Input
	if len(in.Shape) != 4 || in.Shape[0] != 1 || in.Layout != "NCHW" {
		return errors.New("has an input that is not one image in NCHW")
	}
	size := 1
	for i, d := range in.Shape {
		if d == 0 && i >= 2 && m.Task.FreeShape() {
			continue
		}
		if d < 1 || d > maxDimension {
			return fmt.Errorf("has an input dimension %d out of 1..%d", d, maxDimension)
		}
		size *= d
	}
	channels := map[string]int{"RGB": 3, "BGR": 3, "GRAY": 1}[in.Color]
	if channels == 0 || in.Shape[1] != channels || len(in.Mean) != channels || len(in.Scale) != channels {
		return fmt.Errorf("has an input whose color %q, channels, mean and scale do not fit", in.Color)
	}
	for i, s := range in.Scale {
		if s == 0 || !finite(float64(s)) || !finite(float64(in.Mean[i])) {
			return errors.New("has a mean or scale that is no number or 0")
		}
	}
	if !finite(in.Grow) || in.Grow < 0 || in.Grow > 10 {
		return errors.New("has a grow out of 0..10")
	}
	if len(m.Output.Names) == 0 || len(m.Output.Names) != len(m.Output.Sizes) {
		return errors.New("has outputs without names or sizes")
	}
	for _, n := range m.Output.Sizes {
		if n < 0 || n == 0 && !m.Task.FreeShape() || n > maxTensorSize/4 {
			return fmt.Errorf("has an output of %d values", n)
		}
		size += n
	}
	if size > maxTensorSize/4 {
		return errors.New("has tensors that are too large")
	}
	if err := m.SelfTest.check(in, m.Output); err != nil {
		return err
	}
	if m.Task == TaskEmbed {
		if m.Calibration == nil {
			return errors.New("has no calibration")
		}
		if err := m.Calibration.check(); err != nil {
			return fmt.Errorf("has a calibration that %w", err)
		}
	}
	return nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
