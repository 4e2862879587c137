package look

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/testphoto"
	"example.org/osprey/media"
)

// packWithout opens the pack of the tests without its models for some tasks.
func packWithout(t *testing.T, tasks ...face.Task) *face.Engine {
	t.Helper()
	from, dir := testphoto.Pack(t), filepath.Join(t.TempDir(), "pack")
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	var m face.Manifest
	read := func(path string, into any) {
		t.Helper()
		raw, err := os.ReadFile(filepath.Join(from, path))
		if err == nil {
			err = json.Unmarshal(raw, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	read(face.ManifestName, &m)
	m.Models = slices.DeleteFunc(m.Models, func(name string) bool {
		var model face.ModelManifest
		read(filepath.Join(name, face.ManifestName), &model)
		return slices.Contains(tasks, model.Task)
	})
	m.Quality = face.Tuning{SharpnessE0: m.Quality.SharpnessE0, FaceNorm: m.Quality.FaceNorm}
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, face.ManifestName), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := face.Open(dir, face.Options{Parallel: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// TestGesturesNeedTheirModels: of a gesture whose models the pack lacks nothing is said,
// neither of a sequence nor of a photo; the others are judged (api.md 9.4).
func TestGesturesNeedTheirModels(t *testing.T) {
	t.Parallel()
	for _, tag := range osprey.GestureTags() {
		if len(gestureTasks[tag]) == 0 {
			t.Errorf("%s is judged by no model", tag)
		}
	}
	player, err := media.NewPlayer(media.PlayerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	shots := testphoto.Clip(t, testphoto.WebcamAgain, testphoto.Cut{From: 0.5, Seconds: 0.6, Format: "zip"})
	photo := testphoto.Mated(t)[0].Photos[0].JPEG
	for _, tt := range []struct {
		lacks  face.Task
		silent []string
	}{
		{face.TaskMesh, []string{osprey.GestureTagSmile, osprey.GestureTagEyes}},
		{face.TaskEyes, []string{osprey.GestureTagEyes}},
		{face.TaskExpression, []string{osprey.GestureTagSmile}},
	} {
		t.Run(string(tt.lacks), func(t *testing.T) {
			l := New(Options{Engine: packWithout(t, tt.lacks), Player: player, Enrolment: osprey.EnrolmentGate(), Analysis: osprey.AnalysisGate()})
			for _, tag := range []string{osprey.GestureTagSmile, osprey.GestureTagEyes, osprey.GestureTagLeft} {
				for _, m := range []Medium{{Type: osprey.MediaShotSet, Data: shots}, {Type: osprey.MediaImage, Data: photo}} {
					m.Tags = []string{tag}
					o, err := l.Observe(t.Context(), m, Want{Liveness: true})
					if err != nil {
						t.Fatal(err)
					}
					switch silent := slices.Contains(tt.silent, tag); {
					case silent && o.Gesture != nil:
						t.Errorf("%s of a %s: %+v, though nothing can tell", tag, m.Type, *o.Gesture)
					case !silent && (o.Gesture == nil || o.Gesture.Detected):
						t.Errorf("%s of a %s: %+v, want one that was not performed", tag, m.Type, o.Gesture)
					}
				}
			}
		})
	}
}

// TestNoGeometry: a detection whose points lie in one place is no face, as in a
// sequence, and neither a fault of the server nor worth another try.
func TestNoGeometry(t *testing.T) {
	t.Parallel()
	l := New(Options{Engine: packWithout(t, face.TaskExpression), Enrolment: osprey.EnrolmentGate(), Analysis: osprey.AnalysisGate()})
	frame, err := l.decode(t.Context(), testphoto.Mated(t)[0].Photos[0].JPEG, decodeSide)
	if err != nil {
		t.Fatal(err)
	}
	defer frame.Release()
	d := face.Detection{Box: face.Box{Left: 10, Top: 10, Right: 110, Bottom: 130}, Score: 0.9}
	for i := range d.Landmarks {
		d.Landmarks[i] = face.Point{X: 60, Y: 60}
	}
	if _, err := l.align(t.Context(), frame, d); !osprey.IsCode(err, osprey.CodeNoFace) || !errors.Is(err, face.ErrNoGeometry) {
		t.Errorf("%v, want no face", err)
	}
}
