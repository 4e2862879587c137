package main

import (
	"fmt"
	"math"
	"strconv"

	"example.org/osprey/client"
	"example.org/osprey/face"
)

type collectionInfo struct {
	Collection string `arg:"" help:"Id or alias."`
	Company    string `placeholder:"COMPANY" help:"Company of the alias."`
}

// collectionFacts is a collection with what its threshold means at its size.
type collectionFacts struct {
	client.Collection
	InForce      float64   `json:"threshold_in_force"`
	FMR          *float64  `json:"fmr"`           // of one comparison at that threshold, null when it is not known
	ExpectedFPIR *float64  `json:"expected_fpir"` // of a search in all its photos
	Proposal     *proposal `json:"proposal"`      // null when the expected rate is at most 1 %
}

// proposal is the threshold that bounds the share of strangers who match.
type proposal struct {
	TargetFPIR   float64 `json:"target_fpir"`
	Threshold    float64 `json:"threshold"`
	Extrapolated bool    `json:"extrapolated"` // beyond the pairs the model was measured on
}

// wantedFPIR is the share of strangers from which on a bound is proposed.
const wantedFPIR = 0.01

// Run shows a collection.
func (i *collectionInfo) Run(c *call) error {
	api, done, err := c.connect()
	if err != nil {
		return err
	}
	defer done()
	found, err := c.collectionOf(api, i.Collection, i.Company)
	if err != nil {
		return err
	}
	company, err := api.Company(c.ctx, found.CompanyID)
	if err != nil {
		return err
	}
	var table *face.Calibration
	if p, err := c.pack(""); err == nil { // a remote server's models may not be here
		for _, m := range p.Models {
			if m.Calibration != nil {
				table = m.Calibration
			}
		}
	}
	facts := weigh(found, company, table)
	columns := append(convert(collectionColumns), []column[collectionFacts]{
		{"threshold in force", func(f collectionFacts) string { return trimFloat(f.InForce) }},
		{"fmr", func(f collectionFacts) string { return rate(f.FMR) }},
		{"expected fpir", func(f collectionFacts) string { return rate(f.ExpectedFPIR) }},
		{"proposal", func(f collectionFacts) string { return f.Proposal.text() }},
	}...)
	return one(c, facts, columns)
}

func convert(columns []column[client.Collection]) []column[collectionFacts] {
	var out []column[collectionFacts]
	for _, col := range columns {
		out = append(out, column[collectionFacts]{col.name, func(f collectionFacts) string { return col.text(f.Collection) }})
	}
	return out
}

func rate(v *float64) string {
	if v == nil {
		return "unknown: the model pack is not here"
	}
	return strconv.FormatFloat(*v, 'g', 3, 64)
}

func (p *proposal) text() string {
	if p == nil {
		return "-"
	}
	text := fmt.Sprintf("target_fpir %v, which raises the threshold to %s", p.TargetFPIR, trimFloat(p.Threshold))
	if p.Extrapolated {
		text += " (extrapolated)"
	}
	return text
}

// weigh works out the threshold in force and what it means for a search in all
// photos of the collection.
func weigh(x client.Collection, company client.Company, table *face.Calibration) collectionFacts {
	facts := collectionFacts{Collection: x, InForce: companySetting(company, "threshold", 0.85)}
	if x.Threshold != nil {
		facts.InForce = *x.Threshold
	}
	if table == nil {
		return facts
	}
	target := companySetting(company, "target_fpir", 0)
	if x.TargetFPIR != nil {
		target = *x.TargetFPIR
	}
	n := float64(max(x.Images, 1))
	if target > 0 {
		facts.InForce = min(max(facts.InForce, table.ConfidenceAtFMR(target/n)), 1)
	}
	fmr := table.FMR(facts.InForce)
	fpir := -math.Expm1(float64(x.Images) * math.Log1p(-fmr))
	facts.FMR, facts.ExpectedFPIR = &fmr, &fpir
	if fpir > wantedFPIR {
		facts.Proposal = &proposal{
			TargetFPIR: wantedFPIR, Threshold: min(table.ConfidenceAtFMR(wantedFPIR/n), 1),
			Extrapolated: table.Extrapolated(wantedFPIR / n),
		}
	}
	return facts
}

// companySetting reads analysis_settings.collection of a company.
func companySetting(company client.Company, key string, absent float64) float64 {
	settings, _ := company.AnalysisSettings["collection"].(map[string]any)
	if v, ok := settings[key].(float64); ok {
		return v
	}
	return absent
}
