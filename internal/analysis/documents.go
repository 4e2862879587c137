package analysis

import (
	"context"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/look"
)

// documents reads the documents on the source images and judges them together.
func (t *trial) documents(ctx context.Context) (verdict, error) {
	// The day is that of the request: a repeated try judges by the same one.
	today := t.a.Created.Time()
	sights, err := t.read(ctx, today)
	if err != nil {
		return verdict{}, err
	}
	views := make([]osprey.DocumentView, len(sights))
	for i, s := range sights {
		views[i] = osprey.DocumentView{
			Media: s.source.Media, Tags: s.source.Tags, Portrait: s.document.Portrait, MRZ: s.document.MRZ,
			Fields: s.document.Fields, Expiry: s.document.ExpiryDate, Grade: s.document.Grade,
		}
	}
	result, word := osprey.JudgeDocuments(views, t.a.Params, today.Format(time.DateOnly))
	var shots []shot
	for i, s := range sights {
		if len(s.document.PortraitJPEG) == 0 {
			continue
		}
		made := t.shot(s.source, s.document.PortraitJPEG, "portrait.jpg", osprey.TagDocumentPortrait)
		result.Media[i].Image = made.media.ID
		shots = append(shots, made)
	}
	notes := t.technical(plain(sights))
	notes["thresholds"] = osprey.Metadata{
		"require_mrz": t.a.Params.RequireMRZ, "allow_expired": t.a.Params.AllowExpired, "mrz_confidence": osprey.MRZReadable,
		"sharpness": osprey.DocumentSharpness, "glare": osprey.DocumentGlare, "resolution": osprey.DocumentResolution,
	}
	notes["decided_by"] = osprey.Metadata{"checks": notPassed(result.Checks)}
	return verdict{word, &osprey.Result{Documents: result}, notes, shots}, nil
}

// documentSight is what was seen on one source image.
type documentSight struct {
	sight
	document *look.DocumentSight
}

// read looks at the source images in their order.
func (t *trial) read(ctx context.Context, today time.Time) ([]documentSight, error) {
	defer t.stage("look")()
	out := make([]documentSight, 0, len(t.a.Source))
	for _, src := range t.a.Source {
		m, data, err := t.media.open(ctx, t, src)
		if err != nil {
			return nil, err
		}
		seen, err := t.kit.Looker.Document(ctx, data, today)
		if err != nil {
			return nil, unusable(ctx, err, src)
		}
		out = append(out, documentSight{sight{source: src, media: m, grade: seen.Grade, trace: seen.Trace}, seen})
	}
	return out, nil
}

func plain(sights []documentSight) []sight {
	out := make([]sight, len(sights))
	for i, s := range sights {
		out[i] = s.sight
	}
	return out
}

// notPassed names the checks that stand against the document.
func notPassed(checks []osprey.DocumentCheck) []string {
	out := []string{}
	for _, c := range checks {
		if c.Result == osprey.CheckFail || c.Result == osprey.CheckUnsure {
			out = append(out, c.Name)
		}
	}
	return out
}
