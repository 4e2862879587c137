package main

import (
	"fmt"

	domain "example.org/osprey"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/eval"
	"example.org/osprey/internal/glance"
	"example.org/osprey/internal/look"
	"example.org/osprey/media"
)

type lookCommand struct {
	Files    []string `arg:"" name:"file" help:"Photos, videos, shot sets."`
	Document bool     `help:"Look at photos as documents, too: machine-readable zone, portrait."`
	Tag      []string `placeholder:"TAG" help:"Tags, as an upload would carry them: video_selfie_smile, photo_id_front ... (repeatable)."`
	PNG      string   `name:"png" placeholder:"DIR|FILE" help:"Draw what was seen: a picture for each file into a folder, or all on one sheet (FILE.png)."`
}

// Run looks at each file and tells what was seen. No server and no data folder are
// needed.
func (k *lookCommand) Run(c *call) error {
	if len(k.Files) > glance.MaxFiles {
		return usagef("%d files, more than %d", len(k.Files), glance.MaxFiles)
	}
	var report *glance.Report
	err := c.looking("files", func(cfg config.Config, l *look.Looker, tell eval.Progress) (err error) {
		report, err = glance.Look(c.ctx, l, k.Files, glance.Options{
			Document: k.Document, Tags: k.Tag, Bounds: cfg.Quality.Bounds.Capture, Pictures: k.PNG != "", Progress: tell,
			Limits: media.Limits{MaxBytes: cfg.Media.MaxSize, MaxPixels: int64(cfg.Media.MaxPixels), MaxSide: cfg.Media.MaxSide, MinSide: cfg.Media.MinSide},
		})
		return err
	})
	if err != nil {
		return err
	}
	if err := k.show(c, report); err != nil {
		return err
	}
	if k.PNG != "" {
		drawn, err := report.Draw(k.PNG)
		if err != nil {
			return err
		}
		for _, name := range drawn {
			c.notef("drawn: %s\n", name)
		}
	}
	switch failed := report.Count(); {
	case failed == 0:
		return nil
	case failed == len(report.Files):
		return silent(exitRejected)
	}
	return silent(exitSomeRejected)
}

// show prints the report: blocks for people, an object, or a line for each file.
func (k *lookCommand) show(c *call, r *glance.Report) error {
	switch c.Output {
	case "table":
		return r.WriteText(c.stdout)
	case "json":
		return one(c, r, nil)
	}
	measure := func(name domain.Check) column[glance.File] {
		return column[glance.File]{string(name), func(f glance.File) string {
			v, ok := f.Measures[name]
			if !ok {
				return ""
			}
			return trimFloat(v)
		}}
	}
	return list(c, r.Files, []column[glance.File]{
		{"file", func(f glance.File) string { return f.Path }},
		{"type", func(f glance.File) string { return string(f.Type) }},
		measure(domain.CheckFaceSize), measure(domain.CheckYaw), measure(domain.CheckPitch), measure(domain.CheckRoll), measure(domain.CheckUnified),
		{"confidence_spoofing", func(f glance.File) string {
			if f.Liveness == nil {
				return ""
			}
			return trimFloat(f.Liveness.Spoofing)
		}},
		{"codes", func(f glance.File) string { return fmt.Sprint(f.Codes) }},
		{"failure", func(f glance.File) string {
			if f.Failure == nil {
				return ""
			}
			return f.Failure.String()
		}},
	})
}
