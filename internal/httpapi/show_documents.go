package httpapi

import (
	"example.org/osprey"
	"example.org/osprey/internal/wire"
)

// documentData is results_data of a DOCUMENTS analysis (api.md 9.5.4).
type documentData struct {
	Fields []fieldObject   `json:"text_fields"`
	MRZ    mrzObject       `json:"mrz"`
	Checks []documentCheck `json:"checks"`
}

// fieldObject is one text of a document. Only the machine-readable zone is read,
// so that visual is always null.
type fieldObject struct {
	Name   string  `json:"field_name"`
	Visual *string `json:"visual"`
	MRZ    *string `json:"mrz"`
	Valid  *bool   `json:"valid"`
}

type mrzObject struct {
	Found       bool            `json:"found"`
	Format      *string         `json:"format"`
	Valid       *bool           `json:"valid"`
	Lines       []string        `json:"lines"`
	CheckDigits map[string]bool `json:"check_digits"`
	Source      *osprey.ID      `json:"source_media_id"`
	Confidence  *wire.Score     `json:"confidence"`
}

type documentCheck struct {
	Name   string             `json:"name"`
	Result osprey.CheckResult `json:"result"`
	Actual *wire.Score        `json:"actual,omitempty"`
	Limit  *wire.Score        `json:"limit,omitempty"`
}

type documentEntry struct {
	entryObject
	Data portraitData `json:"results_data"`
}

type portraitData struct {
	Portrait *portraitBox `json:"portrait"`
}

// portraitBox is the face of the holder, in EXIF-upright pixels.
type portraitBox struct {
	Left   int `json:"left"`
	Top    int `json:"top"`
	Right  int `json:"right"`
	Bottom int `json:"bottom"`
}

type documentConfs struct {
	RequireMRZ   bool `json:"require_mrz"`
	AllowExpired bool `json:"allow_expired"`
}

func documentsData(r *osprey.DocumentsResult) documentData {
	d := documentData{
		Fields: wire.Each(r.Fields, func(f osprey.TextField) fieldObject {
			return fieldObject{Name: f.Name, MRZ: f.MRZ, Valid: f.Valid}
		}),
		MRZ: mrzObject{Lines: []string{}, CheckDigits: map[string]bool{}},
		Checks: wire.Each(r.Checks, func(c osprey.DocumentCheck) documentCheck {
			return documentCheck{Name: c.Name, Result: c.Result, Actual: wire.ScoreOf(c.Actual), Limit: wire.ScoreOf(c.Limit)}
		}),
	}
	if m := r.MRZ; m.Found {
		d.MRZ = mrzObject{
			Found: true, Format: &m.Format, Valid: &m.Valid, Lines: array(m.Lines), CheckDigits: m.CheckDigits,
			Source: orNull(m.Media), Confidence: wire.ScoreOf(&m.Confidence),
		}
		if d.MRZ.CheckDigits == nil {
			d.MRZ.CheckDigits = map[string]bool{}
		}
	}
	return d
}

func (n shownAnalysis) documents(r *osprey.DocumentsResult) []any {
	out := make([]any, len(r.Media))
	for i, m := range r.Media {
		var e documentEntry
		if m.Image != "" {
			e.entryObject = n.entry(m.Media, m.Image)
		} else {
			e.entryObject = n.entry(m.Media)
		}
		if p := m.Portrait; p != nil {
			e.Data.Portrait = &portraitBox{Left: p.Left, Top: p.Top, Right: p.Right, Bottom: p.Bottom}
		}
		out[i] = e
	}
	return out
}
