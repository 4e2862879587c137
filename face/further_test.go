package face_test

import (
	"context"
	"encoding/json"
	"errors"
	"image"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"example.org/osprey/face"
	"example.org/osprey/internal/testphoto"
)

// ownPack gives a copy of the test pack that a test may change.
func ownPack(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pack")
	if err := os.CopyFS(dir, os.DirFS(testphoto.Pack(t))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// change rewrites the pack's manifest.
func change(t *testing.T, dir string, how func(*face.Manifest)) {
	t.Helper()
	path := filepath.Join(dir, face.ManifestName)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var m face.Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	how(&m)
	if raw, err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// sight is everything beyond facts that one photograph gives.
type sight struct {
	Liveness face.Liveness
	Mesh     face.Mesh
	Eyes     face.Eyes
	Pose     face.Pose
	Exam     face.Examination
	Follow   []face.Detection
}

func see(tb testing.TB, e *face.Engine, img image.Image) sight {
	tb.Helper()
	ctx := context.Background()
	f := measure(tb, e, img)
	var s sight
	var err [6]error
	s.Liveness, err[0] = e.Liveness(ctx, img, f.Found[0])
	s.Mesh, err[1] = e.Mesh(ctx, img, f.Found[0])
	s.Eyes, err[2] = e.Eyes(ctx, img, &s.Mesh)
	s.Pose, err[3] = e.Pose(ctx, img, f.Found[0])
	s.Exam, err[4] = e.Examine(ctx, img, f.Found[0], f.Aligned, f.Embedding)
	s.Follow, err[5] = e.Follow(ctx, img, &f.Found[0])
	if e := errors.Join(err[:]...); e != nil {
		tb.Fatal(e)
	}
	return s
}

// The further models too give the same numbers whatever runs beside them.
func TestFurtherModelsAreSteady(t *testing.T) {
	e := open(t)
	a, b := rgba(testphoto.Mated(t)[0].Photos[0].Image(t)), testphoto.Mated(t)[1].Photos[0].Image(t)
	wantA, wantB := see(t, e, a), see(t, e, b)
	var wait sync.WaitGroup
	for range 6 {
		wait.Go(func() {
			if got := see(t, e, a); !reflect.DeepEqual(got, wantA) {
				t.Error("a photograph gave other numbers than before")
			}
			if got := see(t, e, b); !reflect.DeepEqual(got, wantB) {
				t.Error("another photograph gave other numbers than before")
			}
		})
	}
	wait.Wait()
	if q := wantA.Exam.Quality; q.Yaw != wantA.Pose.Yaw || q.Pitch != wantA.Pose.Pitch || q.Roll != wantA.Pose.Roll {
		t.Errorf("pose alone is %v, with the rest %v", wantA.Pose, q)
	}
	if *wantA.Exam.Eyes != wantA.Eyes {
		t.Errorf("eyes alone are %v, with the rest %v", wantA.Eyes, *wantA.Exam.Eyes)
	}
}

// A pack may lack every further model: what needs one says so, and an
// examination leaves it unmeasured.
func TestPackOfFourModels(t *testing.T) {
	dir := ownPack(t)
	change(t, dir, func(m *face.Manifest) {
		m.Models = []string{"fr_detect", "fr_landmark", "fr_feature", "fr_pose"}
		m.Liveness = nil
		m.Quality = face.Tuning{SharpnessE0: m.Quality.SharpnessE0, FaceNorm: m.Quality.FaceNorm}
	})
	e, err := face.Open(dir, face.Options{Parallel: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	img := testphoto.Mated(t)[0].Photos[0].Image(t)
	f, ctx := measure(t, e, img), context.Background()
	for task, call := range map[face.Task]func() error{
		face.TaskLiveness:   func() error { _, err := e.Liveness(ctx, img, f.Found[0]); return err },
		face.TaskMesh:       func() error { _, err := e.Mesh(ctx, img, f.Found[0]); return err },
		face.TaskEyes:       func() error { _, err := e.Eyes(ctx, img, &face.Mesh{}); return err },
		face.TaskExpression: func() error { _, err := e.Smile(ctx, img, f.Found[0]); return err },
		face.TaskTextBoxes:  func() error { _, err := e.Run(ctx, face.TaskTextBoxes, nil, nil); return err },
	} {
		var none *face.NoModelError
		if err := call(); !errors.As(err, &none) || none.Task != task || e.Has(task) {
			t.Errorf("%s: %v, has it: %v", task, err, e.Has(task))
		}
	}
	if !e.Has(face.TaskPose) || e.LivenessCalibration() != nil {
		t.Error("the pack has no pose or has a scale of liveness")
	}
	x, err := e.Examine(ctx, img, f.Found[0], f.Aligned, f.Embedding)
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range []string{"eyes_open", "mouth_open", "smile", "unified", "occlusion", "mask", "sunglasses"} {
		if v, ok := x.Measure(check); ok {
			t.Errorf("%s is %v", check, v)
		}
	}
	if x.Interocular < 20 || x.MouthWidth < 20 {
		t.Errorf("eyes %.0f and mouth corners %.0f pixels apart", x.Interocular, x.MouthWidth)
	}
}

// A large model is loaded when it is first asked for, once, and checked again
// then.
func TestLoadOnFirstUse(t *testing.T) {
	dir := ownPack(t)
	e, err := face.Open(dir, face.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	img := testphoto.Mated(t)[0].Photos[0].Image(t)
	d := measure(t, e, img).Found[0]
	loaded := func() (n int64) {
		for _, s := range e.Stats() {
			if s.Task == face.TaskExpression {
				n = s.Runs
			}
		}
		return n
	}
	if loaded() != 0 {
		t.Error("the expression model was loaded before it was wanted")
	}
	graph := filepath.Join(dir, "fr_expression", "model.onnx")
	good, err := os.ReadFile(graph)
	if err != nil {
		t.Fatal(err)
	}
	bad := append([]byte(nil), good...)
	bad[len(bad)/2] ^= 1
	if err := os.WriteFile(graph, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	var changed *face.PackError
	if _, err := e.Smile(context.Background(), img, d); !errors.As(err, &changed) || !strings.Contains(err.Error(), "was changed") {
		t.Errorf("a model changed since Open: %v", err)
	}
	if err := os.WriteFile(graph, good, 0o600); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	smiles := make([]float64, 6)
	for i := range smiles {
		wait.Go(func() {
			var err error
			if smiles[i], err = e.Smile(context.Background(), img, d); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, s := range smiles {
		if s != smiles[0] || s < 0 || s > 1 {
			t.Errorf("smiles %v", smiles)
		}
	}
	if n := loaded(); n < 6 || n > 7 { // six, and the self-test of one load
		t.Errorf("%d runs for six smiles", n)
	}
}

func TestRun(t *testing.T) {
	e, ctx := open(t), context.Background()
	out, err := e.Run(ctx, face.TaskTextBoxes, []int{1, 3, 64, 96}, make([]float32, 3*64*96))
	if err != nil {
		t.Fatal(err)
	}
	if len(out) != 1 || !reflect.DeepEqual(out[0].Shape, []int{1, 1, 64, 96}) || len(out[0].Values) != 64*96 {
		t.Errorf("%d outputs, the first of shape %v with %d values", len(out), out[0].Shape, len(out[0].Values))
	}
	for name, c := range map[string]struct {
		shape []int
		n     int
	}{
		"three dimensions":  {[]int{3, 64, 96}, 3 * 64 * 96},
		"one channel":       {[]int{1, 1, 64, 96}, 64 * 96},
		"two pictures":      {[]int{2, 3, 64, 96}, 2 * 3 * 64 * 96},
		"nothing":           {[]int{1, 3, 0, 96}, 0},
		"less than nothing": {[]int{1, 3, -64, -96}, 3 * 64 * 96},
		"too few values":    {[]int{1, 3, 64, 96}, 5},
		"too large":         {[]int{1, 3, 1 << 12, 1 << 12}, 0},
		"beyond counting":   {[]int{1, 3, 1 << 62, 1 << 62}, 0},
	} {
		if _, err := e.Run(ctx, face.TaskTextBoxes, c.shape, make([]float32, c.n)); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := e.Run(cancelled, face.TaskTextBoxes, []int{1, 3, 32, 32}, make([]float32, 3*32*32)); !errors.Is(err, context.Canceled) {
		t.Errorf("with a cancelled context: %v", err)
	}
}

func TestFile(t *testing.T) {
	e := open(t)
	var name string
	for _, m := range e.Models() {
		if m.Output.Dictionary != "" {
			name = m.Output.Dictionary
		}
	}
	text, err := e.File(name)
	if err != nil || !strings.Contains(string(text), "<\n") {
		t.Errorf("dictionary %q: %d bytes, %v", name, len(text), err)
	}
	for _, other := range []string{"", "../manifest.json", "fr_pose/model.onnx", "fr_pose/manifest.json"} {
		if _, err := e.File(other); err == nil {
			t.Errorf("%q is given", other)
		}
	}
}
