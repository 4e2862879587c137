package pack

import (
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrIntegrity is wrapped by errors about a tarball that is not the pinned
// one.
var ErrIntegrity = errors.New("SHA-512 differs from the pinned one")

// maxTarball bounds a tarball on disk.
const maxTarball = 512 << 20

// Tarball is the file name that npm gives a package's tarball.
func (p Package) Tarball() string {
	name := strings.ReplaceAll(strings.TrimPrefix(p.Name, "@"), "/", "-")
	return name + "-" + p.Version + ".tgz"
}

// Fetch gives the path of the package's verified tarball in folder cache. It
// is fetched with "npm pack" unless cache already has it. With from not empty
// it is taken from that folder instead and no program is run.
func Fetch(ctx context.Context, p Package, cache, from string) (string, error) {
	if from != "" {
		path := filepath.Join(from, p.Tarball())
		if err := verifyTarball(path, p); err != nil {
			return "", err
		}
		return path, nil
	}
	path := filepath.Join(cache, p.Tarball())
	err := verifyTarball(path, p)
	if err == nil {
		return path, nil
	}
	if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, ErrIntegrity) {
		return "", err
	}
	if err := os.MkdirAll(cache, 0o755); err != nil { //nolint:gosec // public packages
		return "", fmt.Errorf("pack: %w", err)
	}
	work, err := os.MkdirTemp(cache, ".fetch-*")
	if err != nil {
		return "", fmt.Errorf("pack: %w", err)
	}
	defer os.RemoveAll(work)
	if err := npmPack(ctx, p, work); err != nil {
		return "", err
	}
	fetched := filepath.Join(work, p.Tarball())
	if err := verifyTarball(fetched, p); err != nil {
		return "", err
	}
	if err := os.Rename(fetched, path); err != nil {
		return "", fmt.Errorf("pack: %w", err)
	}
	return path, nil
}

// npmPack asks npm for the tarball alone: nothing is installed, no script of
// the package runs, no dependency is resolved.
func npmPack(ctx context.Context, p Package, dir string) error {
	cmd := exec.CommandContext(ctx, "npm", "pack", p.Name+"@"+p.Version, //nolint:gosec // name and version are data of this module
		"--ignore-scripts", "--silent", "--pack-destination", ".")
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &out
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return errors.New("pack: npm was not found; install Node.js, or name a folder with the tarballs")
		}
		return fmt.Errorf("pack: npm pack %s@%s: %w: %s", p.Name, p.Version, err, firstLine(out.String()))
	}
	return nil
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s[:min(len(s), 300)]
}

// verifyTarball compares the file with the package's pinned SHA-512.
func verifyTarball(path string, p Package) error {
	f, err := os.Open(path) //nolint:gosec // the caller's cache or folder
	if err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	defer f.Close()
	hash := sha512.New()
	n, err := io.Copy(hash, io.LimitReader(f, maxTarball+1))
	if err != nil {
		return fmt.Errorf("pack: %s: %w", path, err)
	}
	got := "sha512-" + base64.StdEncoding.EncodeToString(hash.Sum(nil))
	if n > maxTarball || got != p.Integrity {
		return fmt.Errorf("pack: %s: %w", path, ErrIntegrity)
	}
	return nil
}
