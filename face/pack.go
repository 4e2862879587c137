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
	"os"
	"path/filepath"
	"slices"
	"strings"
)

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
	Models   []ModelManifest   // in the order of Manifest.Models
	graphs   map[string][]byte // of the models that are loaded at once
	extras   map[string][]byte // further files of the models' folders
}

// ReadPack reads the pack in dir and checks every file that its manifest
// names: size, SHA-256, the keys of the models' manifests. The error is a
// *PackError.
func ReadPack(dir string) (*Pack, error) {
	p, err := readPack(dir)
	if err != nil {
		return nil, err
	}
	p.graphs, p.extras = nil, nil
	return p, nil
}

// readPack is ReadPack that keeps the checked graphs.
func readPack(dir string) (*Pack, error) {
	p := &Pack{Dir: dir, graphs: map[string][]byte{}, extras: map[string][]byte{}}
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
		return nil, &PackError{
			Dir: dir, File: ManifestName,
			Problem: fmt.Sprintf("has format %d, this version reads %d", p.Manifest.Format, ManifestFormat),
		}
	}
	if n := len(p.Manifest.Files); n == 0 || n > maxPackFiles {
		return nil, &PackError{Dir: dir, File: ManifestName, Problem: fmt.Sprintf("lists %d files", n)}
	}
	contents := make(map[string][]byte, len(p.Manifest.Files))
	for _, f := range p.Manifest.Files {
		data, err := p.checkFile(f)
		if err != nil {
			return nil, err
		}
		contents[f.Path] = data
	}
	if _, ok := contents[p.Manifest.Runtime.Library]; !ok {
		return nil, &PackError{Dir: dir, File: ManifestName, Problem: "does not list its runtime library"}
	}
	for _, name := range p.Manifest.Models {
		if err := p.addModel(name, contents); err != nil {
			return nil, err
		}
	}
	if f := p.Manifest.Liveness; f != nil {
		if err := f.check(p.Models); err != nil {
			return nil, &PackError{Dir: dir, File: ManifestName, Problem: err.Error(), Err: err}
		}
	}
	return p, nil
}

// addModel takes a model's files out of the pack's. The graph of a model
// that is loaded on first use is read again then: until it is wanted it shall
// not fill memory.
func (p *Pack) addModel(name string, contents map[string][]byte) error {
	manifest, ok := contents[name+"/"+ManifestName]
	if _, ok2 := p.file(name + "/model.onnx"); !ok || !ok2 {
		return &PackError{Dir: p.Dir, File: ManifestName, Problem: "does not list the files of " + name}
	}
	m, err := parseModelManifest(manifest)
	if err != nil {
		return &PackError{Dir: p.Dir, File: name + "/" + ManifestName, Problem: err.Error(), Err: err}
	}
	if m.Name != name {
		return &PackError{Dir: p.Dir, File: name + "/" + ManifestName, Problem: fmt.Sprintf("calls its model %q", m.Name)}
	}
	if f, _ := p.file(name + "/model.onnx"); m.SHA256 != f.SHA256 {
		return &PackError{Dir: p.Dir, File: f.Path, Problem: "is not the model its manifest describes"}
	}
	p.Models = append(p.Models, *m)
	if !m.Task.lazy() {
		p.graphs[name] = contents[name+"/model.onnx"]
	}
	for path, data := range contents {
		rest, ok := strings.CutPrefix(path, name+"/")
		if ok && rest != ManifestName && rest != "model.onnx" {
			p.extras[path] = data
		}
	}
	return nil
}

// file gives the entry of a listed file.
func (p *Pack) file(path string) (File, bool) {
	i := slices.IndexFunc(p.Manifest.Files, func(f File) bool { return f.Path == path })
	if i < 0 {
		return File{}, false
	}
	return p.Manifest.Files[i], true
}

// graph gives a model's graph: the one that was read with the pack, or the
// file's, compared with its entry again.
func (p *Pack) graph(name string) ([]byte, error) {
	if g := p.graphs[name]; g != nil {
		return g, nil
	}
	f, _ := p.file(name + "/model.onnx")
	return p.checkFile(f)
}

// kept says how many bytes of a listed file are held in memory at most; 0 is
// a file that nobody parses (the runtime, licences).
func (p *Pack) kept(path string) int64 {
	switch {
	case strings.HasSuffix(path, "/model.onnx"):
		return maxModelBytes
	case slices.Contains(p.Manifest.Models, strings.SplitN(path, "/", 2)[0]):
		return maxExtraBytes
	}
	return 0
}

// checkFile reads one listed file, compares it with its entry and returns
// its bytes, or nil for files that are not kept.
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
	if most := p.kept(f.Path); most > 0 {
		if f.Bytes > most {
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
