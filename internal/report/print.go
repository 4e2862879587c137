package report

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"example.org/osprey"
	"example.org/osprey/internal/paper"
)

// printer lays out one report in one language.
type printer struct {
	c     Content
	w     words
	doc   *paper.Document
	names map[osprey.ID]string // what a medium is called in tables
}

// print lays a report out on pages.
func print(c Content) ([]byte, error) {
	w := languages[c.Template.Locale]
	p := printer{c: c, w: w, names: make(map[osprey.ID]string)}
	for _, m := range c.Media {
		p.names[m.ID] = nameOf(m.Media)
	}
	title := c.Template.Title
	if title == "" {
		title = w.Title
	}
	footer := c.Template.Footer
	if footer == "" {
		footer = "Osprey  " + string(c.Report.ID)
	}
	p.doc = paper.New(paper.Info{
		Title: title, Subject: string(c.Folder.ID), Lang: string(c.Template.Locale), Created: c.Report.Created.Time(), Footer: footer, Page: w.Page,
	})
	p.doc.Masthead(title, []string{c.Company, w.Folder + " " + string(c.Folder.ID), w.Issued + " " + moment(c.Report.Created)}, c.Logo)
	for _, s := range c.Template.Sections {
		switch s {
		case osprey.SectionSummary:
			p.summary()
		case osprey.SectionMedia:
			p.media()
		case osprey.SectionAnalyses:
			p.analyses()
		case osprey.SectionMetadata:
			p.metadata()
		}
	}
	p.doc.Space(4)
	p.doc.Note(w.Unprintable)
	return p.doc.Bytes()
}

// nameOf is how a person recognises a medium: the name of its part, else its file's.
func nameOf(m osprey.Media) string {
	if m.Key != "" {
		return m.Key
	}
	return m.OriginalName
}

// name is the medium's, its id where its row is gone.
func (p *printer) name(id osprey.ID) string {
	if n := p.names[id]; n != "" {
		return n
	}
	return string(id)
}

// moment is a time as a report shows it, in UTC.
func moment(t osprey.Time) string {
	if t == 0 {
		return ""
	}
	return t.Time().UTC().Format("2006-01-02 15:04:05 UTC")
}

func score(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }

// verdict is a status word in the report's language with the ink it is set in.
func (p *printer) verdict(r osprey.Resolution) (string, paper.Ink) {
	switch r {
	case osprey.ResolutionSuccess:
		return p.w.Success, paper.Green
	case osprey.ResolutionDeclined:
		return p.w.Declined, paper.Red
	case osprey.ResolutionOperator:
		return p.w.OperatorRequired, paper.Amber
	case osprey.ResolutionFailed:
		return p.w.Failed, paper.Red
	case osprey.ResolutionInitial:
		return p.w.Initial, paper.Black
	}
	return string(r), paper.Black
}

func (p *printer) summary() {
	f := p.c.Folder
	word, ink := p.verdict(f.System)
	var lines []string
	for _, a := range p.c.Analyses {
		w, _ := p.verdict(a.Resolution)
		if len(lines) < 6 {
			lines = append(lines, p.kind(a.Type)+": "+w)
		}
	}
	p.doc.Heading(p.w.Summary)
	p.doc.Verdict(word, ink, lines)
	var operator, comment string
	if f.OperatorStatus != "" {
		operator, _ = p.verdict(f.OperatorStatus)
	}
	if f.OperatorComment != nil {
		comment = *f.OperatorComment
	}
	p.doc.Facts(
		paper.Fact{Name: p.w.Folder, Value: string(f.ID), Code: true},
		paper.Fact{Name: p.w.Company, Value: p.c.Company},
		paper.Fact{Name: p.w.Number, Value: text(f.Metadata["client_iin"])},
		paper.Fact{Name: p.w.Received, Value: moment(f.Created)},
		paper.Fact{Name: p.w.Resolved, Value: moment(f.ResolutionTime)},
		paper.Fact{Name: p.w.OperatorWord, Value: operator},
		paper.Fact{Name: p.w.OperatorComment, Value: comment},
	)
}

func (p *printer) media() {
	p.doc.Heading(p.w.Media)
	if len(p.c.Media) == 0 {
		p.doc.Text(p.w.NoMedia)
	}
	for _, m := range p.c.Media {
		p.medium(m)
	}
}

func (p *printer) medium(m Medium) {
	i := m.Info
	facts := []paper.Fact{
		{Name: p.w.FileName, Value: nameOf(m.Media) + differs(m.OriginalName, nameOf(m.Media))},
		{Name: p.form(m.Type), Value: i.MIME},
		{Name: p.w.Tags, Value: strings.Join(m.Tags, ", ")},
		{Name: p.w.Size, Value: strconv.FormatInt(i.Size, 10) + " " + p.w.BytesWord},
		{Name: p.w.Dimensions, Value: fmt.Sprintf("%d × %d", i.Width, i.Height)},
	}
	if i.Seconds > 0 {
		facts = append(facts, paper.Fact{Name: p.w.Duration, Value: strconv.FormatFloat(i.Seconds, 'f', 2, 64) + " " + p.w.Seconds})
	}
	if i.Frames > 0 {
		facts = append(facts, paper.Fact{Name: p.w.Frames, Value: strconv.Itoa(i.Frames)})
	}
	if m.Cleared {
		facts = append(facts, paper.Fact{Name: p.w.Erased, Value: "✓"})
	}
	facts = append(facts,
		paper.Fact{Name: p.w.Received, Value: moment(m.Created)},
		paper.Fact{Name: p.w.Identifier, Value: string(m.ID), Code: true},
		paper.Fact{Name: "SHA-256", Value: m.SHA256, Code: true})
	p.doc.Pictured(m.Thumbnail, facts...)
}

// differs adds the original name where it says something new.
func differs(original, shown string) string {
	if original == "" || original == shown {
		return ""
	}
	return " (" + original + ")"
}

func (p *printer) form(t osprey.MediaType) string {
	switch t {
	case osprey.MediaVideo:
		return p.w.Video
	case osprey.MediaShotSet:
		return p.w.ShotSet
	case osprey.MediaImageResult:
		return p.w.ResultImage
	}
	return p.w.Photo
}

func (p *printer) kind(t osprey.AnalysisType) string {
	switch t {
	case osprey.AnalysisQuality:
		return p.w.Quality
	case osprey.AnalysisBiometry:
		return p.w.Biometry
	case osprey.AnalysisCollection:
		return p.w.Collection
	case osprey.AnalysisDocuments:
		return p.w.Documents
	}
	return string(t)
}

// maxRows bounds a table in print; the JSON form has every row.
const maxRows = 200

func (p *printer) metadata() {
	p.doc.Heading(p.w.Metadata)
	rows := flatten("", p.c.Folder.Metadata)
	if len(rows) == 0 {
		p.doc.Text(p.w.NoMetadata)
	}
	p.keys(rows)
	for _, m := range p.c.Media {
		if rows := flatten("", m.Metadata); len(rows) > 0 {
			p.doc.Sub(nameOf(m.Media), "", paper.Black)
			p.keys(rows)
		}
	}
}

func (p *printer) keys(rows [][]paper.Cell) {
	p.table([]paper.Column{{Title: p.w.Field, Share: 2, Code: true}, {Title: p.w.Value, Share: 3}}, rows)
}

// table prints rows, none without a word.
func (p *printer) table(columns []paper.Column, rows [][]paper.Cell) {
	if len(rows) == 0 {
		return
	}
	if len(rows) > maxRows {
		rows = append(rows[:maxRows:maxRows], paper.Cells("…"))
	}
	p.doc.Table(columns, rows)
}

// flatten makes rows of an object: dotted names and values, in order of the names.
func flatten(prefix string, m map[string]any) [][]paper.Cell {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var out [][]paper.Cell
	for _, k := range keys {
		switch v := m[k].(type) {
		case map[string]any:
			out = append(out, flatten(prefix+k+".", v)...)
		case []any:
			parts := make([]string, len(v))
			for i, e := range v {
				parts[i] = text(e)
			}
			out = append(out, paper.Cells(prefix+k, strings.Join(parts, ", ")))
		default:
			out = append(out, paper.Cells(prefix+k, text(v)))
		}
	}
	return out
}

// text is a metadata value in print; null is a dash.
func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}
