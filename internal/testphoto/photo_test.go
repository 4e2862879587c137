package testphoto_test

import (
	"context"
	"image"
	"testing"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/testphoto"
)

type subject struct {
	person string
	photo  string
	vector []float32
}

// TestPhotosAreFitForUse holds the promises of the photographs' comments:
// what other tests build on.
func TestPhotosAreFitForUse(t *testing.T) {
	e, err := face.Open(testphoto.Pack(t), face.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	var all []subject
	add := func(person string, p testphoto.Photo) {
		img := p.Image(t)
		v, q := one(t, e, p.Name, img)
		if q.FaceSize < 64 || q.Sharpness < 0.15 || q.Brightness < 0.08 || q.Brightness > 0.95 || q.FaceInside < 0.9 ||
			max(q.Yaw, -q.Yaw) > 40 || max(q.Pitch, -q.Pitch) > 35 || max(q.Roll, -q.Roll) > 45 {
			t.Errorf("%s does not pass the enrolment gate: %+v", p.Name, q)
		}
		all = append(all, subject{person, p.Name, v})
	}
	for _, person := range testphoto.Mated(t) {
		for _, p := range person.Photos {
			add(person.Name, p)
		}
	}
	for _, p := range testphoto.Strangers(t) {
		add(p.Name, p)
	}
	lowest, highest := 1.0, 0.0
	for i, a := range all {
		for _, b := range all[:i] {
			c := e.Calibration().Confidence(float64(osprey.Similarity(a.vector, b.vector)))
			switch mated := a.person == b.person; {
			case mated && c < 0.85:
				t.Errorf("%s and %s show one person and reach only %.3f", a.photo, b.photo, c)
			case !mated && c >= 0.80:
				t.Errorf("%s and %s show different people and reach %.3f", a.photo, b.photo, c)
			case mated:
				lowest = min(lowest, c)
			default:
				highest = max(highest, c)
			}
		}
	}
	t.Logf("lowest mated confidence %.3f, highest non-mated %.3f", lowest, highest)
}

func one(t *testing.T, e *face.Engine, name string, img image.Image) ([]float32, face.Quality) {
	t.Helper()
	ctx := context.Background()
	found, err := e.Detect(ctx, img)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %d faces, error %v", name, len(found), err)
	}
	a, err := e.Align(ctx, img, found[0])
	if err != nil {
		t.Fatal(err)
	}
	v, err := e.Embed(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	q, err := e.Assess(ctx, img, found[0], a)
	if err != nil {
		t.Fatal(err)
	}
	return v.Vector, q
}

func TestCounts(t *testing.T) {
	e, err := face.Open(testphoto.Pack(t), face.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	for _, tt := range []struct {
		photo testphoto.Photo
		want  int
	}{{testphoto.NoFace(t), 0}, {testphoto.TwoFaces(t), 2}} {
		found, err := e.Detect(context.Background(), tt.photo.Image(t))
		if err != nil || len(found) != tt.want {
			t.Errorf("%s: %d faces, want %d (error %v)", tt.photo.Name, len(found), tt.want, err)
		}
	}
	people := []int{3, 3, 3, 4, 5, 4}
	for i, p := range testphoto.Groups(t) {
		found, err := e.Detect(context.Background(), p.Image(t))
		if err != nil || len(found) != people[i] {
			t.Errorf("%s: %d faces, want %d (error %v)", p.Name, len(found), people[i], err)
		}
	}
}
