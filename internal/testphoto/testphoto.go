// Package testphoto gives tests real photographs and footage of faces that can be
// had everywhere: those that three npm packages ship under the MIT label. They are
// fetched once into a cache folder and cut at test time; none is part of this
// repository. It also installs the default model pack for tests.
package testphoto

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"example.org/osprey/internal/pack"
)

// The packages, pinned like those of the model packs.
var (
	faceAPI = pack.Package{
		Name: "@vladmandic/face-api", Version: "1.7.15", License: "MIT",
		Integrity: "sha512-WDMmK3CfNLo8jylWqMoQgf4nIst3M0fzx1dnac96wv/dvMTN4DxC/Pq1DGtduDk1lktCamQ3MIDXFnvrdHTXDw==",
	}
	human = pack.Package{
		Name: "@vladmandic/human", Version: "3.3.6", License: "MIT",
		Integrity: "sha512-Nr5mPfq1gQ+uKeXY5uM3Fj8UxvF5CEh2s6txM5wRThqaW0mF9huooOuZSrT8hhGho0hGaXLFdAwfD/2+teCv6A==",
	}
)

// Cache gives the folder that keeps what tests fetch: OSPREY_TEST_CACHE, else
// .cache beside go.mod.
func Cache() (string, error) {
	if dir := os.Getenv("OSPREY_TEST_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("testphoto: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, ".cache"), nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("testphoto: no go.mod above the working folder")
		}
		dir = parent
	}
}

// installed installs the default pack once a process.
var installed = sync.OnceValues(func() (string, error) {
	cache, err := Cache()
	if err != nil {
		return "", err
	}
	in, err := pack.Install(context.Background(), pack.Options{
		Dir: filepath.Join(cache, "models"), Cache: filepath.Join(cache, "npm"),
	})
	return in.Dir, err
})

// Pack gives the folder of the default model pack, installed into the cache
// folder when it is not there. Tests must not change it.
func Pack(tb testing.TB) string {
	tb.Helper()
	dir, err := installed()
	if err != nil {
		tb.Fatal(err)
	}
	return dir
}

// Models gives the folder of packs that Pack's lies in, as Osprey's
// configuration wants it.
func Models(tb testing.TB) string {
	tb.Helper()
	return filepath.Dir(Pack(tb))
}

// extract takes one file out of a package.
func extract(p pack.Package, path string, size int64) ([]byte, error) {
	cache, err := Cache()
	if err != nil {
		return nil, err
	}
	tarball, err := pack.Fetch(context.Background(), p, filepath.Join(cache, "npm"), "")
	if err != nil {
		return nil, err
	}
	files, err := pack.Extract(tarball, map[string]int64{path: size})
	return files[path], err
}

// Data gives the folder of evaluation data beside the repository, or skips
// the test loudly where it is not.
func Data(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		data := filepath.Join(dir, "shared", "data")
		if info, err := os.Stat(data); err == nil && info.IsDir() {
			return data
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			tb.Skip("SKIPPED: ../shared/data is not here; this test needs the evaluation data beside the repository")
		}
		dir = parent
	}
}
