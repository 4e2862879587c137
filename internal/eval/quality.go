package eval

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/look"
)

// QualitySet is photographs that show what a code means, and ones that do not.
type QualitySet struct {
	Code     osprey.QualityCode
	Positive []string
	Negative []string
}

// ReadQualityFolder reads a folder with a sub-folder for each quality code. The
// photographs that show the fault lie in CODE/positive/ and those that do not in
// CODE/negative/; or the former in CODE/ itself, and good/ beside the codes holds
// photographs that show no fault at all.
func ReadQualityFolder(dir string) ([]QualitySet, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	var good []string
	if _, err := os.Stat(filepath.Join(dir, "good")); err == nil {
		if good, err = walk(filepath.Join(dir, "good"), stills, footage); err != nil {
			return nil, err
		}
	}
	var out []QualitySet
	for _, e := range entries {
		name := e.Name()
		if !e.IsDir() || name == "good" || strings.HasPrefix(name, ".") {
			continue
		}
		code := osprey.QualityCode(strings.ToUpper(name))
		if !slices.Contains(qualityCodes, code) {
			return nil, fmt.Errorf("%s: %q is no quality code; there are %v", dir, name, qualityCodes)
		}
		set := QualitySet{Code: code}
		all, err := walk(filepath.Join(dir, name), stills, footage)
		if err != nil {
			return nil, err
		}
		for _, path := range all {
			rel, err := filepath.Rel(filepath.Join(dir, name), path)
			if err != nil {
				return nil, fmt.Errorf("eval: %w", err)
			}
			if first, _, _ := strings.Cut(filepath.ToSlash(rel), "/"); first == "negative" {
				set.Negative = append(set.Negative, path)
			} else {
				set.Positive = append(set.Positive, path)
			}
		}
		if len(set.Negative) == 0 {
			set.Negative = good
		}
		out = append(out, set)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: no folders of quality codes", dir)
	}
	return out, nil
}

// qualityCodes are the codes that a single medium can get.
var qualityCodes = []osprey.QualityCode{
	osprey.NoFace, osprey.SeveralFaces, osprey.FaceTooSmall, osprey.FaceTooClose, osprey.FaceCut, osprey.OffCenter,
	osprey.Blurred, osprey.MotionBlur, osprey.TooDark, osprey.TooBright, osprey.Backlight, osprey.UnevenLight,
	osprey.LowContrast, osprey.Pose, osprey.Occluded, osprey.Mask, osprey.Sunglasses, osprey.EyesClosed, osprey.MouthOpen,
	osprey.Grayscale, osprey.LowResolution, osprey.Glare, osprey.LowQuality,
}

// QualityOptions say what Quality does.
type QualityOptions struct {
	Seed   uint64
	Bounds osprey.CaptureBounds
	// Pairs, when there are any, are measured for the error-versus-discard curve.
	Pairs    []Pair
	Progress Progress
}

// QualityReport is what Quality found.
type QualityReport struct {
	Head
	Codes  []CodeRates `json:"codes"`
	Curve  *Discard    `json:"error_versus_discard,omitempty"`
	Failed []Failed    `json:"failed"` // files that are no photographs or videos
	Items  []Graded    `json:"items"`
}

// CodeRates is how well one code is told.
type CodeRates struct {
	Code osprey.QualityCode `json:"code"`
	// Missed are positives without the code, so the detection rate is 1 minus it.
	Missed      Rate `json:"missed"`
	FalseReport Rate `json:"false_report"`
	// Measured is false where the pack has nothing to measure the code with.
	Measured bool `json:"measured"`
}

// Graded is one photograph of a report.
type Graded struct {
	Path  string               `json:"path"`
	Codes []osprey.QualityCode `json:"codes"`
}

// Discard is how the FNMR falls when the photographs of the least unified score are
// left out.
type Discard struct {
	Mated     int         `json:"mated"`
	Threshold float64     `json:"threshold"` // cosine similarity, of confidence 0.85
	Points    []DiscardAt `json:"points"`
	// Skipped is how many mated pairs have a photograph without a unified score.
	Skipped int `json:"skipped"`
}

// DiscardAt is one point of the curve.
type DiscardAt struct {
	Share float64 `json:"share"` // of mated pairs left out
	FNMR  Rate    `json:"fnmr"`
}

// graded is what one file gave.
type graded struct {
	codes   []osprey.QualityCode
	skipped []osprey.Check
	reason  string
}

// Quality measures how well each quality code is told: a code counts as reported when
// the medium is refused for it or warned of it.
func Quality(ctx context.Context, l *look.Looker, sets []QualitySet, o QualityOptions) (*QualityReport, error) {
	r := &QualityReport{Head: Head{"quality", l.Engine().ModelID(), o.Seed}, Failed: []Failed{}, Items: []Graded{}}
	documents, faces := map[string]graded{}, map[string]graded{}
	for _, part := range []struct {
		into map[string]graded
		doc  bool
	}{{faces, false}, {documents, true}} {
		var paths []string
		for _, s := range sets {
			if (s.Code == osprey.Glare) == part.doc {
				paths = append(append(paths, s.Positive...), s.Negative...)
			}
		}
		paths = distinct(paths)
		found, err := sideBySide(ctx, l, paths, o.Progress, func(ctx context.Context, path string) (graded, error) {
			return grade(ctx, l, path, part.doc, o.Bounds)
		})
		if err != nil {
			return nil, err
		}
		for i, p := range paths {
			part.into[p] = found[i]
			if found[i].reason != "" {
				r.Failed = append(r.Failed, Failed{p, found[i].reason})
			} else {
				r.Items = append(r.Items, Graded{p, found[i].codes})
			}
		}
	}
	for _, s := range sets {
		if s.Code == osprey.Glare {
			r.Codes = append(r.Codes, codeRates(s, documents))
		} else {
			r.Codes = append(r.Codes, codeRates(s, faces))
		}
	}
	if len(o.Pairs) > 0 {
		return r, r.discard(ctx, l, o)
	}
	return r, nil
}

// codeRates counts one code.
func codeRates(s QualitySet, found map[string]graded) CodeRates {
	c := CodeRates{Code: s.Code, Measured: true}
	count := func(paths []string, wanted bool) Rate {
		wrong, trials := 0, 0
		for _, p := range paths {
			g := found[p]
			if g.reason != "" {
				continue
			}
			trials++
			told := slices.Contains(g.codes, s.Code)
			if told != wanted {
				wrong++
			}
			if !told && slices.ContainsFunc(g.skipped, func(k osprey.Check) bool { return codeOf[k] == s.Code }) {
				c.Measured = false
			}
		}
		return NewRate(wrong, trials)
	}
	c.Missed, c.FalseReport = count(s.Positive, true), count(s.Negative, false)
	return c
}

// codeOf is the code that a check leads to; brightness leads to two and is never
// skipped.
var codeOf = map[osprey.Check]osprey.QualityCode{
	osprey.CheckFaceSize: osprey.FaceTooSmall, osprey.CheckFaceRatio: osprey.FaceTooClose, osprey.CheckFaceInside: osprey.FaceCut,
	osprey.CheckCenterOffset: osprey.OffCenter, osprey.CheckSharpness: osprey.Blurred, osprey.CheckMotion: osprey.MotionBlur,
	osprey.CheckLightBalance: osprey.Backlight, osprey.CheckLightEvenness: osprey.UnevenLight, osprey.CheckContrast: osprey.LowContrast,
	osprey.CheckYaw: osprey.Pose, osprey.CheckPitch: osprey.Pose, osprey.CheckRoll: osprey.Pose, osprey.CheckOcclusion: osprey.Occluded,
	osprey.CheckMask: osprey.Mask, osprey.CheckSunglasses: osprey.Sunglasses, osprey.CheckEyesOpen: osprey.EyesClosed,
	osprey.CheckMouthOpen: osprey.MouthOpen, osprey.CheckColor: osprey.Grayscale, osprey.CheckResolution: osprey.LowResolution,
	osprey.CheckUnified: osprey.LowQuality, osprey.CheckDetectorScore: osprey.NoFace, osprey.CheckGlare: osprey.Glare,
}

// grade tells the codes of one file.
func grade(ctx context.Context, l *look.Looker, path string, doc bool, bounds osprey.CaptureBounds) (graded, error) {
	data, err := read(path)
	if err != nil {
		return graded{}, err
	}
	in, err := l.Receive(ctx, data)
	if reason, refused := refusal(err); refused {
		if reason == "too_small" {
			return graded{codes: []osprey.QualityCode{osprey.LowResolution}}, nil
		}
		return graded{reason: reason}, nil
	}
	if err != nil {
		return graded{}, fmt.Errorf("eval: %s: %w", path, err)
	}
	subject := osprey.Subject{Analysis: osprey.AnalysisQuality, Type: in.Type}
	var measures osprey.Measures
	if doc {
		subject.Analysis, subject.Document = osprey.AnalysisDocuments, true
		seen, err := l.Document(ctx, data, time.Now())
		if codes, refused := refusedCodes(err); refused {
			return graded{codes: codes}, nil
		}
		if err != nil {
			return graded{}, fmt.Errorf("eval: %s: %w", path, err)
		}
		measures = seen.Grade
	} else {
		seen, err := l.Observe(ctx, look.Medium{Type: in.Type, Data: data, Info: in.Info, SHA256: in.SHA256}, look.Want{})
		if codes, refused := refusedCodes(err); refused {
			return graded{codes: codes}, nil
		}
		if err != nil {
			return graded{}, fmt.Errorf("eval: %s: %w", path, err)
		}
		measures = seen.Grade
	}
	g := graded{}
	g.codes, g.skipped = bounds.Warnings(measures, subject)
	return g, nil
}

// refusedCodes are the quality codes that a refusal means.
func refusedCodes(err error) ([]osprey.QualityCode, bool) {
	var fault *osprey.Error
	if _, refused := refusal(err); !refused || !errors.As(err, &fault) {
		return nil, false
	}
	switch fault.Code {
	case osprey.CodeNoFace:
		return []osprey.QualityCode{osprey.NoFace}, true
	case osprey.CodeSeveralFaces:
		return []osprey.QualityCode{osprey.SeveralFaces}, true
	case osprey.CodeLowQuality:
		return codesOfChecks(fault.Details["checks"]), true
	}
	return nil, false
}

// codesOfChecks names what the hard gate refused.
func codesOfChecks(checks any) []osprey.QualityCode {
	broken, _ := checks.([]osprey.GateCheck)
	var out []osprey.QualityCode
	for _, c := range broken {
		code := codeOf[osprey.Check(c.Name)]
		if c.Name == string(osprey.CheckBrightness) {
			if code = osprey.TooDark; c.Actual > c.Limit {
				code = osprey.TooBright
			}
		}
		if code != "" && !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	return out
}

// unified is what one photograph of a pair gave.
type unified struct {
	vector  []float32
	score   float64
	without bool // there is a template but no score
}

// discard measures the error-versus-discard curve of the unified score.
func (r *QualityReport) discard(ctx context.Context, l *look.Looker, o QualityOptions) error {
	var paths []string
	for _, p := range o.Pairs {
		if p.Mated {
			paths = append(paths, p.A, p.B)
		}
	}
	paths = distinct(paths)
	found, err := sideBySide(ctx, l, paths, o.Progress, func(ctx context.Context, path string) (unified, error) {
		data, err := read(path)
		if err != nil {
			return unified{}, err
		}
		seen, err := l.Observe(ctx, look.Medium{Type: osprey.MediaImage, Data: data}, look.Want{})
		if _, refused := refusal(err); refused {
			return unified{}, nil
		}
		if err != nil {
			return unified{}, fmt.Errorf("eval: %s: %w", path, err)
		}
		score, ok := seen.Grade[osprey.CheckUnified]
		return unified{seen.Embedding.Vector, score, !ok}, nil
	})
	if err != nil {
		return err
	}
	photos := make(map[string]unified, len(paths))
	for i, p := range paths {
		photos[p] = found[i]
	}
	r.Curve = newDiscard(o.Pairs, photos, l.Engine().Calibration())
	return nil
}

// newDiscard is discard without the looking. The quality of a pair is that of its
// worse photograph.
func newDiscard(pairs []Pair, photos map[string]unified, cal *face.Calibration) *Discard {
	d := &Discard{Threshold: cal.Similarity(defaultConfidence)}
	type graded struct{ quality, similarity float64 }
	var all []graded
	for _, p := range pairs {
		a, b := photos[p.A], photos[p.B]
		if !p.Mated || a.vector == nil || b.vector == nil {
			continue
		}
		if a.without || b.without {
			d.Skipped++
			continue
		}
		all = append(all, graded{min(a.score, b.score), float64(osprey.Similarity(a.vector, b.vector))})
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].quality < all[j].quality })
	d.Mated = len(all)
	for i := 0; i <= 50 && len(all) > 0; i++ {
		left := all[len(all)*i/100:]
		missed := 0
		for _, g := range left {
			if g.similarity < d.Threshold {
				missed++
			}
		}
		d.Points = append(d.Points, DiscardAt{float64(i) / 100, NewRate(missed, len(left))})
	}
	return d
}
