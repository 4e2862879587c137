package pack_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/osprey/face"
	"example.org/osprey/internal/pack"
	"example.org/osprey/internal/testphoto"
)

// tarballs gives the folder that holds the default pack's fetched packages.
func tarballs(t *testing.T) string {
	t.Helper()
	testphoto.Pack(t)
	cache, err := testphoto.Cache()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(cache, "npm")
}

// install puts the default pack into a fresh folder.
func install(t *testing.T) string {
	t.Helper()
	in, err := pack.Install(t.Context(), pack.Options{Dir: t.TempDir(), From: tarballs(t)})
	if err != nil {
		t.Fatal(err)
	}
	if !in.Fresh {
		t.Error("a first installation is not fresh")
	}
	return in.Dir
}

func TestInstall(t *testing.T) {
	dir := install(t)
	p, err := pack.Verify(dir)
	if err != nil {
		t.Fatal(err)
	}
	if p.Manifest.Profile != pack.DefaultProfile || len(p.Models) != 10 {
		t.Errorf("profile %q with %d models", p.Manifest.Profile, len(p.Models))
	}
	for _, m := range p.Models {
		if m.License == "" || m.TrainingData == "" || len(m.SHA256) != 64 || len(m.SelfTest.Values) == 0 {
			t.Errorf("manifest of %s is not complete: %+v", m.Name, m)
		}
	}
	again, err := pack.Install(t.Context(), pack.Options{Dir: filepath.Dir(dir), From: "nowhere"})
	if err != nil || again.Fresh || again.Dir != dir {
		t.Errorf("a second installation gave %+v, %v; want the first one, untouched", again, err)
	}
	if err := os.Remove(filepath.Join(dir, "fr_pose", "model.onnx")); err != nil {
		t.Fatal(err)
	}
	repaired, err := pack.Install(t.Context(), pack.Options{Dir: filepath.Dir(dir), From: tarballs(t)})
	if err != nil || !repaired.Fresh {
		t.Errorf("repair gave %+v, %v", repaired, err)
	}
	if _, err := pack.Verify(dir); err != nil {
		t.Error(err)
	}
	leftovers, err := filepath.Glob(filepath.Join(filepath.Dir(dir), ".install-*"))
	if err != nil || len(leftovers) != 0 {
		t.Errorf("left behind: %v, %v", leftovers, err)
	}
}

// An installed pack that an older Osprey made is replaced: that is how make run
// and make build bring a new model to a folder that has a whole pack already.
func TestInstallRefreshesOlderPacks(t *testing.T) {
	dir := install(t)
	for name, age := range map[string]func(manifest map[string]any){
		"version": func(v map[string]any) { v["version"] = "1" },
		"models less": func(v map[string]any) {
			v["models"] = v["models"].([]any)[:4]
			delete(v, "liveness")
		},
		"no liveness scale": func(v map[string]any) { delete(v, "liveness") },
		"another scale":     func(v map[string]any) { v["quality"].(map[string]any)["sharpness_e0"] = 81 },
		"another source": func(v map[string]any) {
			for _, f := range v["files"].([]any) {
				if f := f.(map[string]any); f["path"] == "face_mesh/model.onnx" {
					f["source"] = strings.TrimSuffix(f["source"].(string), ", prelu")
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			aged := filepath.Join(t.TempDir(), "default")
			if err := os.CopyFS(aged, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			edit(t, filepath.Join(aged, "manifest.json"), age)
			if _, err := face.ReadPack(aged); err != nil {
				t.Fatalf("the aged pack is not whole: %v", err)
			}
			// With nowhere to take packages from, only a pack that would have
			// been replaced fails.
			opts := pack.Options{Dir: filepath.Dir(aged), From: t.TempDir()}
			if in, err := pack.Install(t.Context(), opts); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Install: %+v, %v; want it to look for the packages", in, err)
			}
			if name != "models less" {
				return
			}
			opts.From = tarballs(t)
			in, err := pack.Install(t.Context(), opts)
			if err != nil || !in.Fresh {
				t.Fatalf("Install: %+v, %v", in, err)
			}
			if p, err := pack.Verify(aged); err != nil || len(p.Models) != 10 {
				t.Errorf("after the refresh: %v", err)
			}
		})
	}
}

func TestInstallRefusals(t *testing.T) {
	for name, tt := range map[string]struct {
		opts func(t *testing.T) pack.Options
		want error
	}{
		"unknown profile": {opts: func(t *testing.T) pack.Options { return pack.Options{Dir: t.TempDir(), Profile: "huge"} }},
		"no tarballs":     {opts: func(t *testing.T) pack.Options { return pack.Options{Dir: t.TempDir(), From: t.TempDir()} }, want: fs.ErrNotExist},
		"another tarball": {opts: func(t *testing.T) pack.Options {
			from := t.TempDir()
			if err := os.WriteFile(filepath.Join(from, "onnxruntime-node-1.30.0.tgz"), []byte("something else"), 0o600); err != nil {
				t.Fatal(err)
			}
			return pack.Options{Dir: t.TempDir(), From: from}
		}, want: pack.ErrIntegrity},
	} {
		t.Run(name, func(t *testing.T) {
			opts := tt.opts(t)
			_, err := pack.Install(t.Context(), opts)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("Install: %v, want %v", err, tt.want)
			}
			if found, _ := filepath.Glob(filepath.Join(opts.Dir, "*")); len(found) != 0 && filepath.Base(found[0]) != ".lock" {
				t.Errorf("a refused installation left %v", found)
			}
		})
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := pack.Install(canceled, pack.Options{Dir: t.TempDir(), From: tarballs(t)}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled installation: %v", err)
	}
}

// edit changes a JSON file of a pack.
func edit(t *testing.T, path string, change func(map[string]any)) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	change(v)
	if raw, err = json.Marshal(v); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestVerifySaysWhatIsWrong(t *testing.T) {
	dir := install(t)
	for name, tt := range map[string]struct {
		harm func(t *testing.T, dir string)
		want string
	}{
		"no pack": {func(t *testing.T, dir string) {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}, "is not installed"},
		"missing": {func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "fr_detect", "model.onnx")); err != nil {
				t.Fatal(err)
			}
		}, "fr_detect/model.onnx is missing"},
		"one bit": {func(t *testing.T, dir string) {
			path := filepath.Join(dir, "fr_feature", "model.onnx")
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			raw[len(raw)/2] ^= 1
			if err := os.WriteFile(path, raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "fr_feature/model.onnx was changed"},
		"shorter": {func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, "runtime", "libonnxruntime.so.1"), 1000); err != nil {
				t.Fatal(err)
			}
		}, "runtime/libonnxruntime.so.1 was changed"},
		"licence changed": {func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, "fr_pose", "manifest.json"), func(v map[string]any) { v["license"] = "GPL-3.0-only" })
		}, "fr_pose/manifest.json was changed"},
		"no licence": {func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, "manifest.json"), func(v map[string]any) {
				v["files"].([]any)[0].(map[string]any)["license"] = ""
			})
		}, "gives no licence"},
		"outside": {func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, "manifest.json"), func(v map[string]any) {
				v["files"].([]any)[0].(map[string]any)["path"] = "../../etc/passwd"
			})
		}, "outside the pack"},
		"foreign": {func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "runtime", "extra.so"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "runtime/extra.so is not part of the pack"},
		"no JSON": {func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "manifest.json"), []byte("{"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "manifest.json is not a manifest"},
		"a later format": {func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, "manifest.json"), func(v map[string]any) { v["format"] = 99 })
		}, "has format 99"},
	} {
		t.Run(name, func(t *testing.T) {
			harmed := filepath.Join(t.TempDir(), "default")
			if err := os.CopyFS(harmed, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			tt.harm(t, harmed)
			_, err := pack.Verify(harmed)
			var bad *pack.Error
			if !errors.As(err, &bad) {
				t.Fatalf("Verify: %v, want a *pack.Error", err)
			}
			if s := err.Error(); !strings.Contains(s, tt.want) || !strings.HasSuffix(s, "; run: osprey models install") || strings.Contains(s, "\n") {
				t.Errorf("message %q, want one line with %q", s, tt.want)
			}
			if name != "foreign" {
				var cause *face.PackError
				if _, err := face.Open(harmed, face.Options{}); !errors.As(err, &cause) {
					t.Errorf("Open: %v, want a *face.PackError", err)
				}
			}
		})
	}
}

// A model's manifest that lacks a key is refused, even where the pack's
// manifest vouches for the file.
func TestMissingKey(t *testing.T) {
	dir := install(t)
	for _, key := range []string{"calibration", "training_data", "commercial_use", "sha256", "accuracy"} {
		t.Run(key, func(t *testing.T) {
			harmed := filepath.Join(t.TempDir(), "default")
			if err := os.CopyFS(harmed, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(harmed, "fr_feature", "manifest.json")
			edit(t, path, func(v map[string]any) { delete(v, key) })
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			edit(t, filepath.Join(harmed, "manifest.json"), func(v map[string]any) {
				for _, f := range v["files"].([]any) {
					if f := f.(map[string]any); f["path"] == "fr_feature/manifest.json" {
						f["bytes"], f["sha256"] = len(raw), pack.SHA256Hex(raw)
					}
				}
			})
			if _, err := pack.Verify(harmed); err == nil || !strings.Contains(err.Error(), `lacks the key "`+key+`"`) {
				t.Errorf("Verify: %v", err)
			}
		})
	}
}

func TestList(t *testing.T) {
	dir := install(t)
	if err := os.Mkdir(filepath.Join(filepath.Dir(dir), "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	got, err := pack.List(filepath.Dir(dir))
	if err != nil || len(got) != 2 {
		t.Fatalf("List: %d packs, %v", len(got), err)
	}
	if got[0].Err != nil || got[0].Pack.Manifest.Profile != "default" || got[1].Err == nil {
		t.Errorf("List: %+v", got)
	}
	if got, err := pack.List(filepath.Join(dir, "nowhere")); err != nil || got != nil {
		t.Errorf("List of no folder: %v, %v", got, err)
	}
}
