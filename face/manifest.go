package face

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// Task says what a model of a pack is for.
type Task string

// The tasks a pack may hold a model for. Open needs the first four; a pack
// may hold more, which this version carries, verifies and lists but does not
// run.
const (
	TaskDetect    Task = "detect"
	TaskLandmarks Task = "landmarks"
	TaskEmbed     Task = "embed"
	TaskPose      Task = "pose"
)

// ManifestName is the file name of a pack's manifest and of each model's.
const ManifestName = "manifest.json"

// ManifestFormat is the version of the manifest's layout that this package
// reads.
const ManifestFormat = 1

// Bounds of what a manifest may make this process read.
const (
	maxManifestBytes = 1 << 20
	maxModelBytes    = 512 << 20
	maxLibraryBytes  = 512 << 20
	maxPackFiles     = 256
	maxTensorSize    = 64 << 20
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
	Files   []File   `json:"files"`
}

// Runtime names the inference library of a pack.
type Runtime struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Library string `json:"library"` // path inside the pack
}

// Tuning holds the constants that depend on a pack's models.
type Tuning struct {
	// SharpnessE0 is the Laplacian energy (squared grey levels) at which
	// sharpness is 1-1/e.
	SharpnessE0 float64 `json:"sharpness_e0"`
	// FaceNorm is the length of the embedder's raw vector under which a
	// doubtful detection is no face. 0 turns the check off.
	FaceNorm float64 `json:"face_norm"`
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
var modelKeys = []string{"name", "version", "task", "sha256", "input", "output", "license",
	"commercial_use", "source", "training_data", "calibration", "accuracy", "self_test"}

// Input says how a model is fed: value = (pixel - mean) / scale with pixels
// of 0..255, channels in the given order.
type Input struct {
	Name   string    `json:"name"`
	Shape  []int     `json:"shape"`  // N, C, H, W; N is 1
	Layout string    `json:"layout"` // "NCHW"
	Color  string    `json:"color"`  // "RGB", "BGR" or "GRAY"
	Mean   []float32 `json:"mean"`   // one a channel
	Scale  []float32 `json:"scale"`  // one a channel, not 0
	// Crop says which part of the photograph is fed: "letterbox" the whole,
	// "square" a square as high as the face box, "box" the face box grown by
	// Grow on each side, "aligned" the face moved onto Reference.
	Crop string  `json:"crop"`
	Grow float64 `json:"grow,omitempty"`
	// Reference holds, for "aligned", the two eyes (the image's left one
	// first), the nose and the two mouth corners in pixels of the input.
	Reference []Point `json:"reference,omitempty"`
}

// Output says what a model gives and how it is read.
type Output struct {
	Names []string `json:"names"`
	Sizes []int    `json:"sizes"` // number of float32 values of each output
	// Decoding is "corners" (scores and boxes as corners 0..1), "points68",
	// "embedding" or "bins66" (three angles of 66 bins of 3 degrees).
	Decoding string `json:"decoding"`
	// NMS is, for "corners", the overlap (intersection over union) above
	// which the weaker of two boxes is dropped.
	NMS float64 `json:"nms,omitempty"`
}

// Figure is one measured number.
type Figure struct {
	Dataset string  `json:"dataset"`
	Metric  string  `json:"metric"`
	Value   float64 `json:"value"`
}

// SelfTest is a known answer: the model, fed the fixed pattern, gives Values
// at evenly spaced places of its concatenated outputs.
type SelfTest struct {
	Values []float32 `json:"values"`
}

// PackError says what is wrong with a pack. Its text is one line.
type PackError struct {
	Dir     string // the pack's folder
	File    string // the file inside it, "" when the whole pack is meant
	Problem string // "is missing", "was changed", ...
	Err     error  // the cause, or nil
}

// Error gives the pack's file and what is wrong with it.
func (e *PackError) Error() string {
	what := e.File
	if what == "" {
		what = e.Dir
	}
	return fmt.Sprintf("model pack: %s %s", what, e.Problem)
}

// Unwrap gives the cause.
func (e *PackError) Unwrap() error { return e.Err }

// Pack is a model pack whose every file was checked against its manifest.
type Pack struct {
	Dir      string
	Manifest Manifest
	Models   []ModelManifest // in the order of Manifest.Models
	graphs   map[string][]byte
}

// ReadPack reads the pack in dir and checks every file that its manifest
// names: size, SHA-256, the keys of the models' manifests. The error is a
// *PackError.
func ReadPack(dir string) (*Pack, error) {
	p, err := readPack(dir)
	if err != nil {
		return nil, err
	}
	p.graphs = nil
	return p, nil
}

// readPack is ReadPack that keeps the checked graphs.
func readPack(dir string) (*Pack, error) {
	p := &Pack{Dir: dir, graphs: map[string][]byte{}}
	raw, err := readBounded(filepath.Join(dir, ManifestName), maxManifestBytes)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &PackError{Dir: dir, Problem: "is not installed", Err: err}
		}
		return nil, &PackError{Dir: dir, File: ManifestName, Problem: "cannot be read", Err: err}
	}
	if err := decodeStrict(raw, &p.Manifest); err != nil {
		return nil, &PackError{Dir: dir, File: ManifestName, Problem: "is not a manifest", Err: err}
	}
	if p.Manifest.Format != ManifestFormat {
		return nil, &PackError{Dir: dir, File: ManifestName,
			Problem: fmt.Sprintf("has format %d, this version reads %d", p.Manifest.Format, ManifestFormat)}
	}
	if n := len(p.Manifest.Files); n == 0 || n > maxPackFiles {
		return nil, &PackError{Dir: dir, File: ManifestName, Problem: fmt.Sprintf("lists %d files", n)}
	}
	hashes := make(map[string]string, len(p.Manifest.Files))
	contents := map[string][]byte{}
	for _, f := range p.Manifest.Files {
		data, err := p.checkFile(f)
		if err != nil {
			return nil, err
		}
		hashes[f.Path] = f.SHA256
		contents[f.Path] = data
	}
	if _, ok := hashes[p.Manifest.Runtime.Library]; !ok {
		return nil, &PackError{Dir: dir, File: ManifestName, Problem: "does not list its runtime library"}
	}
	for _, name := range p.Manifest.Models {
		graph, ok := contents[name+"/model.onnx"]
		manifest, ok2 := contents[name+"/"+ManifestName]
		if !ok || !ok2 {
			return nil, &PackError{Dir: dir, File: ManifestName, Problem: "does not list the files of " + name}
		}
		m, err := parseModelManifest(manifest)
		if err != nil {
			return nil, &PackError{Dir: dir, File: name + "/" + ManifestName, Problem: err.Error(), Err: err}
		}
		if m.SHA256 != hashes[name+"/model.onnx"] {
			return nil, &PackError{Dir: dir, File: name + "/model.onnx", Problem: "is not the model its manifest describes"}
		}
		p.Models = append(p.Models, *m)
		p.graphs[name] = graph
	}
	return p, nil
}

// checkFile reads one listed file, compares it with its entry and returns
// its bytes, or nil for files that nobody parses (the runtime, licences).
func (p *Pack) checkFile(f File) ([]byte, error) {
	if !filepath.IsLocal(filepath.FromSlash(f.Path)) || strings.Contains(f.Path, "\\") {
		return nil, &PackError{Dir: p.Dir, File: ManifestName, Problem: fmt.Sprintf("names the file %q outside the pack", f.Path)}
	}
	if f.License == "" {
		return nil, &PackError{Dir: p.Dir, File: ManifestName, Problem: "gives no licence for " + f.Path}
	}
	if f.Bytes < 0 || f.Bytes > maxLibraryBytes {
		return nil, &PackError{Dir: p.Dir, File: f.Path, Problem: "has a size out of bounds in the manifest"}
	}
	path := filepath.Join(p.Dir, filepath.FromSlash(f.Path))
	file, err := os.Open(path) //nolint:gosec // a local path, checked above
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &PackError{Dir: p.Dir, File: f.Path, Problem: "is missing", Err: err}
	}
	if err != nil {
		return nil, &PackError{Dir: p.Dir, File: f.Path, Problem: "cannot be read", Err: err}
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, &PackError{Dir: p.Dir, File: f.Path, Problem: "cannot be read", Err: err}
	}
	if !info.Mode().IsRegular() || info.Size() != f.Bytes {
		return nil, &PackError{Dir: p.Dir, File: f.Path, Problem: "was changed"}
	}
	hash := sha256.New()
	var data bytes.Buffer
	sink := io.Writer(hash)
	if keep := strings.HasSuffix(f.Path, "/model.onnx") || strings.HasSuffix(f.Path, "/"+ManifestName); keep {
		if f.Bytes > maxModelBytes {
			return nil, &PackError{Dir: p.Dir, File: f.Path, Problem: "is too large"}
		}
		data.Grow(int(f.Bytes))
		sink = io.MultiWriter(hash, &data)
	}
	if _, err := io.Copy(sink, io.LimitReader(file, f.Bytes+1)); err != nil {
		return nil, &PackError{Dir: p.Dir, File: f.Path, Problem: "cannot be read", Err: err}
	}
	if hex.EncodeToString(hash.Sum(nil)) != f.SHA256 {
		return nil, &PackError{Dir: p.Dir, File: f.Path, Problem: "was changed"}
	}
	return data.Bytes(), nil
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
	for _, d := range in.Shape {
		if d < 1 || d > 4096 {
			return fmt.Errorf("has an input dimension %d out of 1..4096", d)
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
		if n < 1 || n > maxTensorSize/4 {
			return fmt.Errorf("has an output of %d values", n)
		}
		size += n
	}
	if size > maxTensorSize/4 {
		return errors.New("has tensors that are too large")
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

// decodeStrict reads exactly one JSON value with known keys only.
func decodeStrict(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more than one value")
	}
	return nil
}

func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the caller's pack folder
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("more than %d bytes", limit)
	}
	return b, nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
