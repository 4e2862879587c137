package main

import (
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/eval"
	"example.org/osprey/internal/look"
)

type evalIdentify struct {
	Gallery  string `arg:"" type:"existingdir" help:"Folder with a sub-folder for each person enrolled."`
	Probes   string `arg:"" type:"existingdir" help:"Folder with a sub-folder for each person searched for; those with the name of one in the gallery are mated."`
	NonMated string `placeholder:"DIR" type:"existingdir" help:"Folder of further probes, of nobody in the gallery."`
	Face     string `enum:"central,largest,dominant" default:"central" help:"Which face of a photograph counts: ${enum}."`
	evalInput
}

// Run measures and prints.
func (i *evalIdentify) Run(c *call) error {
	var set eval.IdentifySet
	var err error
	if set.Gallery, err = eval.ReadIdentities(i.Gallery); err != nil {
		return &coded{exitRejected, err}
	}
	if set.Probes, err = eval.ReadIdentities(i.Probes); err != nil {
		return &coded{exitRejected, err}
	}
	if i.NonMated != "" {
		if set.Strangers, err = eval.ReadPhotos(i.NonMated); err != nil {
			return &coded{exitRejected, err}
		}
	}
	return c.looking("photos", func(_ config.Config, l *look.Looker, tell eval.Progress) error {
		r, err := eval.Identify(c.ctx, l, set, eval.IdentifyOptions{Seed: i.Seed, Face: look.Choice(i.Face), Progress: tell})
		if err != nil {
			return err
		}
		return c.measured(r, i.Out)
	})
}
