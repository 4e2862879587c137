package pack

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"example.org/osprey/face"
	"example.org/osprey/models"
)

// Options of Install.
type Options struct {
	Dir     string // the folder of packs; the pack goes to Dir/Profile
	Profile string // "" means DefaultProfile
	Cache   string // folder that keeps fetched tarballs; "" means none are kept
	From    string // folder with the tarballs, to install without npm; "" means fetch
	Force   bool   // install again even when the pack is there and whole
	// Progress, where not nil, is told each step in a few words.
	Progress func(step string)
}

// Installed tells where a pack is.
type Installed struct {
	Dir     string
	Profile string
	Version string
	Fresh   bool // installed now, not found whole
}

// Install makes sure that the profile's pack is in Options.Dir, whole and of
// this version. A pack that already is so is left alone unless Force is set.
// The pack appears at once or not at all: a crash leaves the old one or none.
func Install(ctx context.Context, opts Options) (Installed, error) {
	if opts.Profile == "" {
		opts.Profile = DefaultProfile
	}
	r, err := loadRecipe(opts.Profile)
	if err != nil {
		return Installed{}, err
	}
	if err := os.MkdirAll(opts.Dir, 0o755); err != nil { //nolint:gosec // public models
		return Installed{}, fmt.Errorf("pack: %w", err)
	}
	unlock, err := lock(ctx, filepath.Join(opts.Dir, ".lock"))
	if err != nil {
		return Installed{}, err
	}
	defer unlock()
	final := filepath.Join(opts.Dir, r.Profile)
	done := Installed{Dir: final, Profile: r.Profile, Version: r.Version}
	if !opts.Force && current(final, r) {
		return done, nil
	}
	temp, err := os.MkdirTemp(opts.Dir, ".install-*")
	if err != nil {
		return Installed{}, fmt.Errorf("pack: %w", err)
	}
	defer os.RemoveAll(temp)
	build := &builder{recipe: r, opts: opts, dir: filepath.Join(temp, "pack"), temp: temp}
	if err := build.run(ctx); err != nil {
		return Installed{}, err
	}
	if err := replace(build.dir, final, temp); err != nil {
		return Installed{}, err
	}
	done.Fresh = true
	return done, nil
}

// current tells whether the pack in dir is whole and what the recipe makes.
func current(dir string, r *recipe) bool {
	p, err := face.ReadPack(dir)
	if err != nil || !same(p.Manifest, r.manifest(p.Manifest.Files)) || len(p.Models) != len(r.Models) {
		return false
	}
	for i, m := range p.Models {
		want := r.Models[i]
		want.SHA256 = m.SHA256
		if !same(m, want) {
			return false
		}
	}
	has := func(path, source, hash string) bool {
		return slices.ContainsFunc(p.Manifest.Files, func(f face.File) bool {
			return f.Path == path && f.Source == source && (hash == "" || f.SHA256 == hash)
		})
	}
	for _, pkg := range r.packages {
		for _, f := range pkg.Files {
			if wanted(f) && !has(f.To, source(pkg, f), "") {
				return false
			}
		}
	}
	for _, l := range r.Licenses {
		text, err := fs.ReadFile(models.Files, l.From)
		if err != nil || !has(l.To, l.Source, sha256Hex(text)) {
			return false
		}
	}
	return true
}

// same tells whether two values are written as the same JSON.
func same(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}

func wanted(f PackedFile) bool { return f.Arch == "" || f.Arch == runtime.GOARCH }

// source says where a file of a pack comes from, its rewrites included.
func source(p Package, f PackedFile) string {
	s := fmt.Sprintf("npm %s@%s %s sha256:%s", p.Name, p.Version, strings.TrimPrefix(f.From, "package/"), f.SHA256)
	if f.Length > 0 {
		s += fmt.Sprintf(", bytes %d to %d", f.Offset, f.Offset+f.Length)
	}
	if len(f.Rewrite) > 0 {
		s += ", rewritten: " + strings.Join(f.Rewrite, ", ")
	}
	return s
}

// part gives the bytes of the file that are meant.
func (f PackedFile) part(data []byte) ([]byte, error) {
	if f.Length == 0 {
		return data, nil
	}
	if size := int64(len(data)); f.Offset < 0 || f.Length < 0 || f.Offset > size || f.Length > size-f.Offset {
		return nil, fmt.Errorf("pack: %s has %d bytes, %d from %d on are wanted", f.From, size, f.Length, f.Offset)
	}
	return data[f.Offset : f.Offset+f.Length], nil
}

// builder writes a pack into an empty folder.
type builder struct {
	recipe *recipe
	opts   Options
	dir    string
	temp   string
	files  []face.File
	hashes map[string]string
}

func (b *builder) run(ctx context.Context) error {
	b.hashes = map[string]string{}
	for _, p := range b.recipe.packages {
		if err := b.takePackage(ctx, p); err != nil {
			return err
		}
	}
	for _, l := range b.recipe.Licenses {
		text, err := fs.ReadFile(models.Files, l.From)
		if err != nil {
			return fmt.Errorf("pack: %w", err)
		}
		if err := b.write(l.To, text, l.License, l.Source); err != nil {
			return err
		}
	}
	for _, m := range b.recipe.Models {
		hash, ok := b.hashes[m.Name+"/model.onnx"]
		if !ok {
			return fmt.Errorf("pack: no package brings the model %s", m.Name)
		}
		m.SHA256 = hash
		if err := b.writeJSON(m.Name+"/"+face.ManifestName, m); err != nil {
			return err
		}
	}
	slices.SortFunc(b.files, func(x, y face.File) int { return strings.Compare(x.Path, y.Path) })
	if err := b.writeJSON(face.ManifestName, b.recipe.manifest(b.files)); err != nil {
		return err
	}
	b.step("check the pack")
	if _, err := face.ReadPack(b.dir); err != nil {
		return err
	}
	return syncTree(b.dir)
}

// takePackage fetches a package and writes its wanted files.
func (b *builder) takePackage(ctx context.Context, p Package) error {
	want := map[string]int64{}
	for _, f := range p.Files {
		if wanted(f) {
			want[f.From] = f.Bytes
		}
	}
	if len(want) == 0 {
		return fmt.Errorf("pack: %s has no files for %s", p.Name, runtime.GOARCH)
	}
	cache := b.opts.Cache
	if cache == "" {
		cache = b.temp
	}
	b.step("fetch " + p.Name + "@" + p.Version)
	tarball, err := Fetch(ctx, p, cache, b.opts.From)
	if err != nil {
		return err
	}
	contents, err := Extract(tarball, want)
	if err != nil {
		return err
	}
	for _, f := range p.Files {
		if !wanted(f) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		data := contents[f.From]
		if sha256Hex(data) != f.SHA256 {
			return fmt.Errorf("pack: %s of %s@%s has another SHA-256 than the pinned one", f.From, p.Name, p.Version)
		}
		if data, err = f.part(data); err != nil {
			return err
		}
		if data, err = rewriteGraph(data, f.Rewrite); err != nil {
			return fmt.Errorf("%s: %w", f.From, err)
		}
		if err := b.write(f.To, data, cmp.Or(f.License, p.License), source(p, f)); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) step(what string) {
	if b.opts.Progress != nil {
		b.opts.Progress(what)
	}
}

// ownLicense is the licence of the files that Osprey writes itself.
const ownLicense = "Apache-2.0"

func (b *builder) writeJSON(path string, v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	return b.write(path, append(raw, '\n'), ownLicense, "Osprey")
}

// write adds a file to the pack and to the list of its files.
func (b *builder) write(path string, data []byte, license, source string) error {
	full := filepath.Join(b.dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil { //nolint:gosec // public models
		return fmt.Errorf("pack: %w", err)
	}
	if err := os.WriteFile(full, data, 0o644); err != nil { //nolint:gosec // public models
		return fmt.Errorf("pack: %w", err)
	}
	hash := sha256Hex(data)
	b.hashes[path] = hash
	b.files = append(b.files, face.File{Path: path, Bytes: int64(len(data)), SHA256: hash, License: license, Source: source})
	return nil
}

func sha256Hex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// replace moves the new pack to its place. A folder cannot be renamed onto a
// full one, so an old pack steps aside first.
func replace(fresh, final, temp string) error {
	old := filepath.Join(temp, "old")
	if err := os.Rename(final, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("pack: %w", err)
	}
	if err := os.Rename(fresh, final); err != nil {
		_ = os.Rename(old, final)
		return fmt.Errorf("pack: %w", err)
	}
	return syncPath(filepath.Dir(final))
}

// syncTree makes every file and folder below dir durable.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("pack: %w", err)
		}
		return syncPath(path)
	})
}

func syncPath(path string) error {
	f, err := os.Open(path) //nolint:gosec // below the pack's folder
	if err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	return nil
}
