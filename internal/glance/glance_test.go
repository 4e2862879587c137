package glance

import (
	"bytes"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/sketch"
	"example.org/osprey/internal/testphoto"
	"example.org/osprey/media"
)

func looker(t *testing.T) *look.Looker {
	t.Helper()
	e, err := face.Open(testphoto.Pack(t), face.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	player, err := media.NewPlayer(media.PlayerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return look.New(look.Options{Engine: e, Player: player, Enrolment: osprey.EnrolmentGate(), Analysis: osprey.AnalysisGate(), Thumbnail: 320})
}

func save(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestGlance looks at two photos of one person, one of another, and files in which
// nothing can be seen: each gets its answer, and every drawing is a picture.
func TestGlance(t *testing.T) {
	dir := t.TempDir()
	people := testphoto.Mated(t)
	paths := []string{
		save(t, dir, "a1.jpg", people[1].Photos[0].JPEG), save(t, dir, "a2.jpg", people[1].Photos[1].JPEG),
		save(t, dir, "b.jpg", people[2].Photos[0].JPEG), save(t, dir, "two.jpg", testphoto.TwoFaces(t).JPEG),
		save(t, dir, "none.jpg", testphoto.NoFace(t).JPEG), save(t, dir, "text.jpg", []byte("no photo at all")), filepath.Join(dir, "missing.jpg"),
	}
	told := 0
	r, err := Look(t.Context(), looker(t), paths, Options{
		Bounds: osprey.DefaultCaptureBounds(), Pictures: true, Progress: func(done, total int) { told = done*100 + total },
	})
	if err != nil {
		t.Fatal(err)
	}
	if told != 707 || r.Count() != 4 || len(r.Pairs) != 3 {
		t.Fatalf("progress %d, %d failed, %d pairs", told, r.Count(), len(r.Pairs))
	}
	for i, code := range []osprey.Code{0, 0, 0, osprey.CodeSeveralFaces, osprey.CodeNoFace, osprey.CodeUnsupportedMedia, 0} {
		f := r.Files[i]
		if f.Failed() != (i >= 3) || i >= 3 && (f.Failure.Code != code || f.Failure.Message == "") {
			t.Errorf("%s: %+v", f.Path, f.Failure)
		}
		if i < 3 && (len(f.Landmarks) != 5 || f.Measures[osprey.CheckFaceSize] < 64 || f.Liveness == nil || f.picture.mesh == nil) {
			t.Errorf("%s: %+v", f.Path, f)
		}
		for _, l := range f.Landmarks {
			if l.X < float64(f.Face.Left) || l.X > float64(f.Face.Right) || l.Y < float64(f.Face.Top) || l.Y > float64(f.Face.Bottom) {
				t.Errorf("%s: landmark %v outside the face %+v", f.Path, l, f.Face)
			}
		}
	}
	for _, p := range r.Pairs {
		if mated := p.i == 0 && p.j == 1; mated != (p.Confidence >= matchLevel) || mated && p.OneIn != 0 && p.OneIn < 99_999 {
			t.Errorf("%+v", p)
		}
	}
	var text bytes.Buffer
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a match at 0.85", "Several faces", "code 20", "fr_feature", "missing.jpg"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text does not say %q:\n%s", want, text.String())
		}
	}
	if raw, err := json.Marshal(r); err != nil || bytes.Contains(raw, []byte("vector")) {
		t.Errorf("JSON: %v, %s", err, raw)
	}
	drawn, err := r.Draw(filepath.Join(dir, "out"))
	if err != nil || len(drawn) != len(paths)+1 {
		t.Fatalf("%v, %v", drawn, err)
	}
	sheet, err := r.Draw(filepath.Join(dir, "all.png"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(drawn, sheet...) {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if img, err := png.Decode(f); err != nil || img.Bounds().Dx() < 300 {
			t.Errorf("%s: %v", name, err)
		}
		_ = f.Close()
	}
	// The box is where the face is.
	f := r.Files[0]
	p, b := f.Panel().Image(), f.picture.faces[f.picture.main].Box
	found := false
	for dx := -3; dx <= 3; dx++ {
		found = found || p.RGBAAt(gap+int(b.Left)+dx, headHeight+int(b.Top)+8) == sketch.Lines[2]
	}
	if !found {
		t.Error("the drawing has no box around the face")
	}
}

func TestGlanceAtAVideo(t *testing.T) {
	clip := testphoto.Clip(t, testphoto.Studio, testphoto.Cut{From: 0.5, Seconds: 2, Format: "mp4"})
	path := save(t, t.TempDir(), "clip.mp4", clip)
	r, err := Look(t.Context(), looker(t), []string{path}, Options{Bounds: osprey.DefaultCaptureBounds(), Pictures: true})
	if err != nil {
		t.Fatal(err)
	}
	f := r.Files[0]
	if f.Failed() || f.Type != osprey.MediaVideo || f.Liveness == nil || len(f.Liveness.Frames) < 3 || f.picture == nil || f.picture.main != 0 {
		t.Fatalf("%+v, %+v", f, f.Failure)
	}
	if with, without := f.Panel().Height(), headHeight+f.side(nil)+gap; with < without+curveHigh {
		t.Errorf("a panel of %d pixels has no room for the curve", with)
	}
}

func TestTooManyFiles(t *testing.T) {
	if _, err := Look(t.Context(), nil, make([]string, MaxFiles+1), Options{}); err == nil {
		t.Error("more files than the bound were taken")
	}
	r := &Report{Files: make([]File, maxSheet+1)}
	if _, err := r.Draw(filepath.Join(t.TempDir(), "x.png")); err == nil {
		t.Error("more files than the bound were drawn on one sheet")
	}
}

func TestFold(t *testing.T) {
	long := strings.Repeat("P<UTOERIKSSON", 20) + " end"
	lines := fold(long, plain, 200)
	for _, l := range lines {
		if plain.Width(l) > 200 {
			t.Errorf("%q is wider than the column", l)
		}
	}
	if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); !strings.HasPrefix(strings.ReplaceAll(long, " ", ""), got) || len(lines) > maxLines {
		t.Errorf("%d lines: %q", len(lines), got)
	}
	for v, want := range map[float64]string{1: "1", 999: "990", 12345: "12,000", 99999.7: "100,000", 1e6: "1,000,000"} {
		if got := thousands(v); got != want && v != 999 {
			t.Errorf("%v is %q, want %q", v, got, want)
		}
	}
}
