package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"example.org/osprey/internal/licence"
)

const binary = "example.org/osprey/cmd/osprey"

// linked is a package that the binary is linked from, as go list tells it.
type linked struct {
	Dir    string
	Module *struct {
		Path, Version, Dir string
		Main               bool
	}
}

// generate writes the file: a part for each module, by name, and one for the standard
// library, which has no version here, so that a new Go changes nothing but its text.
func generate(ctx context.Context) (string, error) {
	packages, err := packagesOf(ctx, binary)
	if err != nil {
		return "", err
	}
	root, err := goCommand(ctx, "env", "GOROOT")
	if err != nil {
		return "", err
	}
	goText, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "LICENSE"))
	if err != nil {
		return "", err
	}
	modules := map[string]map[string]bool{} // module and version to the files of its licences
	roots := map[string]string{}            // module and version to its folder
	for _, p := range packages {
		if p.Module == nil || p.Module.Main {
			continue
		}
		name := p.Module.Path + " " + p.Module.Version
		roots[name] = p.Module.Dir
		if modules[name] == nil {
			modules[name] = map[string]bool{}
		}
		if err := gather(modules[name], p.Module.Dir, p.Dir); err != nil {
			return "", err
		}
	}
	parts := []licence.Part{{Name: "Go standard library", Text: string(goText)}}
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		text, err := textOf(roots[name], slices.Sorted(maps.Keys(modules[name])))
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		parts = append(parts, licence.Part{Name: name, Text: text})
	}
	return licence.Format(parts)
}

// gather adds the files with licences and notices of a package's folder and of those
// above it, up to that of its module: code that a module took from others has its own.
func gather(files map[string]bool, module, dir string) error {
	for ; ; dir = filepath.Dir(dir) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.Type().IsRegular() && isLicence(e.Name()) {
				files[filepath.Join(dir, e.Name())] = true
			}
		}
		if dir == module || len(dir) <= len(module) {
			return nil
		}
	}
}

// isLicence knows the files by their names: LICENSE, LICENSE.txt, LICENSE-DejaVu,
// COPYING, NOTICE, but no code.
func isLicence(name string) bool {
	upper := strings.ToUpper(name)
	for _, word := range []string{"LICENSE", "LICENCE", "COPYING", "NOTICE", "PATENTS"} {
		if rest, ok := strings.CutPrefix(upper, word); ok {
			return rest == "" || rest == ".TXT" || rest == ".MD" || strings.HasPrefix(rest, "-")
		}
	}
	return false
}

// textOf puts the files of a module one after the other, each but the only one under its
// path in the module.
func textOf(module string, files []string) (string, error) {
	if len(files) == 0 {
		return "", errors.New("no licence")
	}
	var b strings.Builder
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		if len(files) > 1 {
			rel, err := filepath.Rel(module, path)
			if err != nil {
				return "", err
			}
			b.WriteString("[" + filepath.ToSlash(rel) + "]\n\n")
		}
		text := strings.ToValidUTF8(strings.ReplaceAll(string(content), "\r\n", "\n"), "\uFFFD")
		b.WriteString(strings.Trim(text, "\n") + "\n\n")
	}
	return b.String(), nil
}

// packagesOf lists what a package is linked from, on the platform of the releases.
func packagesOf(ctx context.Context, name string) ([]linked, error) {
	out, err := goCommand(ctx, "list", "-deps", "-json=Dir,Module", name)
	if err != nil {
		return nil, err
	}
	var all []linked
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p linked
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, err
		}
		all = append(all, p)
	}
}

// goCommand runs go without network, whatever machine it runs on.
func goCommand(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=1", "GOPROXY=off", "GOFLAGS=-mod=readonly")
	cmd.Stderr = os.Stderr
	return cmd.Output()
}
