package pack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"runtime"

	"example.org/osprey/face"
	"example.org/osprey/models"
)

// Package is a pinned npm package.
type Package struct {
	Name      string       `json:"name"`
	Version   string       `json:"version"`
	Integrity string       `json:"integrity"` // "sha512-" and the tarball's SHA-512 in base64
	License   string       `json:"license"`   // SPDX, as the package labels itself
	Files     []PackedFile `json:"files"`
}

// PackedFile is one file to take out of a package.
type PackedFile struct {
	From    string   `json:"from"` // path in the tarball
	To      string   `json:"to"`   // path in the pack
	Arch    string   `json:"arch,omitempty"`
	Bytes   int64    `json:"bytes"`
	SHA256  string   `json:"sha256"`            // as packed, before any rewrite
	License string   `json:"license,omitempty"` // SPDX, where it is not the package's label alone
	Rewrite []string `json:"rewrite,omitempty"` // "tflite", "prelu", "batch", in this order
	// Offset and Length say which bytes of the file are meant, where it holds
	// several; Length 0 means all. Bytes and SHA256 are the whole file's.
	Offset int64 `json:"offset,omitempty"`
	Length int64 `json:"length,omitempty"`
}

// recipe says how a profile's pack is made.
type recipe struct {
	Profile  string               `json:"profile"`
	Version  string               `json:"version"`
	Runtime  face.Runtime         `json:"runtime"`
	Quality  face.Tuning          `json:"quality"`
	Liveness *face.LivenessFusion `json:"liveness,omitempty"`
	Licenses []license            `json:"licenses"`
	Models   []face.ModelManifest `json:"models"`
	packages []Package
}

// manifest gives the manifest of the pack that the recipe makes, with its
// files.
func (r *recipe) manifest(files []face.File) face.Manifest {
	m := face.Manifest{
		Format: face.ManifestFormat, Profile: r.Profile, Version: r.Version, Arch: runtime.GOARCH,
		Runtime: r.Runtime, Quality: r.Quality, Liveness: r.Liveness, Files: files,
	}
	for _, model := range r.Models {
		m.Models = append(m.Models, model.Name)
	}
	return m
}

// license is a notice that a package leaves out and Osprey ships itself.
type license struct {
	From    string `json:"from"`
	To      string `json:"to"`
	License string `json:"license"`
	Source  string `json:"source"`
}

// DefaultProfile is the pack for CPUs whose weights are labelled for
// commercial use.
const DefaultProfile = "default"

func loadRecipe(profile string) (*recipe, error) {
	if profile != DefaultProfile {
		return nil, fmt.Errorf("pack: no profile %q; there is %q", profile, DefaultProfile)
	}
	r := new(recipe)
	if err := readJSON(profile+".json", r); err != nil {
		return nil, err
	}
	var list struct {
		Packages []Package `json:"packages"`
	}
	if err := readJSON("packages.json", &list); err != nil {
		return nil, err
	}
	r.packages = list.Packages
	return r, nil
}

func readJSON(name string, into any) error {
	raw, err := fs.ReadFile(models.Files, name)
	if err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("pack: %s: %w", name, err)
	}
	return nil
}
