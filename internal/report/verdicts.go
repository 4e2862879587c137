package report

import (
	"fmt"
	"strconv"

	"example.org/osprey"
	"example.org/osprey/internal/paper"
)

func (p *printer) analyses() {
	p.doc.Heading(p.w.Analyses)
	if len(p.c.Analyses) == 0 {
		p.doc.Text(p.w.NoAnalyses)
		return
	}
	for _, a := range p.c.Analyses {
		p.analysis(a)
	}
	p.models()
}

func (p *printer) analysis(a osprey.Analysis) {
	word, ink := p.verdict(a.Resolution)
	p.doc.Sub(p.kind(a.Type), word, ink)
	facts := []paper.Fact{
		{Name: p.w.Identifier, Value: string(a.ID), Code: true},
		{Name: p.w.Media, Value: p.sources(a.Source)},
		{Name: p.w.Ended, Value: moment(a.Finished)},
	}
	if a.OperatorStatus != "" {
		machine, _ := p.verdict(a.System)
		operator, _ := p.verdict(a.OperatorStatus)
		facts = append(facts,
			paper.Fact{Name: p.w.MachineWord, Value: machine},
			paper.Fact{Name: p.w.OperatorWord, Value: operator + ", " + moment(a.OperatorTime)})
		if a.OperatorComment != nil {
			facts = append(facts, paper.Fact{Name: p.w.OperatorComment, Value: *a.OperatorComment})
		}
	}
	if a.ErrorCode != nil {
		facts = append(facts, paper.Fact{Name: p.w.ErrorWord, Value: fmt.Sprintf("%d: %s", *a.ErrorCode, a.ErrorMessage)})
	}
	p.doc.Facts(facts...)
	switch r := a.Result; {
	case r == nil:
		p.doc.Note(p.w.NoResult)
	case r.Quality != nil:
		p.quality(a, r.Quality)
	case r.Biometry != nil:
		p.biometry(a, r.Biometry)
	case r.Collection != nil:
		p.collection(r.Collection)
	case r.Documents != nil:
		p.documents(r.Documents)
	}
	p.images(a.ID)
	p.doc.Space(2)
}

// sources names the media that an analysis took.
func (p *printer) sources(list []osprey.SourceMedia) string {
	out := ""
	for i, m := range list {
		if i > 0 {
			out += ", "
		}
		out += p.name(m.Media)
	}
	return out
}

func (p *printer) quality(a osprey.Analysis, r *osprey.QualityResult) {
	limit := a.Params.ThresholdSpoofing
	p.doc.Facts(paper.Fact{Name: p.w.Threshold, Value: score(limit)})
	p.doc.Note(p.w.Spoofing)
	for _, m := range r.Media {
		p.doc.Scale(p.name(m.Media), m.Spoofing, []float64{limit}, side(m.Spoofing < limit))
		if m.Injection != nil {
			p.doc.Scale(p.w.Injection, *m.Injection, nil, side(*m.Injection < limit))
		}
		if g := m.Gesture; g != nil {
			p.doc.Facts(paper.Fact{Name: p.w.Gesture, Value: g.Tag + ": " + p.seen(g)})
		}
	}
}

func (p *printer) seen(g *osprey.Gesture) string {
	if g.Detected {
		return p.w.Detected
	}
	if g.Reason != nil {
		return p.w.NotDetected + " (" + string(*g.Reason) + ")"
	}
	return p.w.NotDetected
}

// side is the ink of a score that lies on the right side of its threshold, or on
// the wrong one.
func side(right bool) paper.Ink {
	if right {
		return paper.Green
	}
	return paper.Red
}

// maxPairs is how many pairs are printed, the least similar ones; the JSON form has
// all of them.
const maxPairs = 45

func (p *printer) biometry(a osprey.Analysis, r *osprey.BiometryResult) {
	low, high := a.Params.ThresholdMin, a.Params.ThresholdMax
	limits := []float64{low, high}
	shown := score(low) + " – " + score(high)
	if low == high {
		limits, shown = limits[:1], score(low)
	}
	p.doc.Facts(paper.Fact{Name: p.w.Thresholds, Value: shown})
	ink := paper.Amber
	if r.Min >= high || r.Min < low {
		ink = side(r.Min >= high)
	}
	p.doc.Scale(p.w.Confidence, r.Min, limits, ink)
	var rows [][]paper.Cell
	for _, pair := range r.Pairs[:min(len(r.Pairs), maxPairs)] {
		rows = append(rows, paper.Cells(p.name(pair.A), p.name(pair.B), score(pair.Confidence)))
	}
	p.table([]paper.Column{{Title: p.w.Pair, Share: 3}, {Title: "", Share: 3}, {Title: p.w.Confidence, Share: 1.4, Right: true}}, rows)
}

func (p *printer) collection(r *osprey.CollectionResult) {
	var rows [][]paper.Cell
	for _, c := range r.Collections {
		rows = append(rows, paper.Cells(c.Alias, string(c.OnMatch), score(c.Threshold), fmt.Sprintf(p.w.Searched, c.Persons, c.Images)))
	}
	p.table([]paper.Column{
		{Title: p.w.List, Share: 2}, {Title: p.w.Outcome, Share: 1}, {Title: p.w.Threshold, Share: 1, Right: true}, {Title: "", Share: 3},
	}, rows)
	rows = nil
	for _, m := range r.Media {
		for _, person := range m.Persons {
			rows = append(rows, paper.Cells(p.name(m.Media), person.Alias, string(person.Person), score(person.Confidence)))
		}
	}
	if len(rows) == 0 {
		p.doc.Note(p.w.Nobody)
		return
	}
	p.table([]paper.Column{
		{Title: p.w.FileName, Share: 1.4}, {Title: p.w.List, Share: 1.2}, {Title: p.w.Person, Share: 3, Code: true}, {Title: p.w.Confidence, Share: 1.2, Right: true},
	}, rows)
}

func (p *printer) documents(r *osprey.DocumentsResult) {
	var rows [][]paper.Cell
	for _, c := range r.Checks {
		word, ink := p.outcome(c.Result)
		rows = append(rows, []paper.Cell{{Text: c.Name}, {Text: word, Ink: ink, Bold: true}, {Text: number(c.Actual)}, {Text: number(c.Limit)}})
	}
	p.table([]paper.Column{
		{Title: p.w.Check, Share: 2.4}, {Title: p.w.Outcome, Share: 1.4}, {Title: p.w.Measured, Share: 1, Right: true}, {Title: p.w.Limit, Share: 1, Right: true},
	}, rows)
	rows = nil
	for _, f := range r.Fields {
		value := ""
		if f.MRZ != nil {
			value = *f.MRZ
		}
		rows = append(rows, []paper.Cell{{Text: f.Name}, {Text: value}, p.digit(f.Valid)})
	}
	p.table([]paper.Column{{Title: p.w.Field, Share: 2}, {Title: p.w.Value, Share: 3}, {Title: p.w.Valid, Share: 1}}, rows)
	for _, line := range r.MRZ.Lines {
		p.doc.Facts(paper.Fact{Name: "MRZ", Value: line, Code: true})
	}
}

func (p *printer) outcome(r osprey.CheckResult) (string, paper.Ink) {
	switch r {
	case osprey.CheckPass:
		return "✓", paper.Green
	case osprey.CheckFail:
		return "✗", paper.Red
	case osprey.CheckUnsure:
		return "?", paper.Amber
	}
	return "–", paper.Black
}

func (p *printer) digit(valid *bool) paper.Cell {
	switch {
	case valid == nil:
		return paper.Cell{Text: "–"}
	case *valid:
		return paper.Cell{Text: "✓", Ink: paper.Green}
	}
	return paper.Cell{Text: "✗", Ink: paper.Red}
}

func number(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}

// images shows what an analysis cut out.
func (p *printer) images(analysis osprey.ID) {
	for _, m := range p.c.Images {
		if m.Analysis != analysis {
			continue
		}
		p.doc.Space(2)
		p.doc.Pictured(m.Thumbnail,
			paper.Fact{Name: p.w.ResultImage, Value: nameOf(m.Media)}, paper.Fact{Name: p.w.FileName, Value: p.name(m.Source)},
			paper.Fact{Name: p.w.Identifier, Value: string(m.ID), Code: true}, paper.Fact{Name: "SHA-256", Value: m.SHA256, Code: true})
	}
}

func (p *printer) models() {
	if len(p.c.Models) == 0 {
		return
	}
	p.doc.Sub(p.w.Models, "", paper.Black)
	var rows [][]paper.Cell
	for _, m := range p.c.Models {
		rows = append(rows, paper.Cells(m.Name, m.Version, m.SHA256))
	}
	p.table([]paper.Column{{Title: p.w.Model, Share: 2}, {Title: p.w.Version, Share: 0.8}, {Title: "SHA-256", Share: 5, Code: true}}, rows)
}
