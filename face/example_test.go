package face_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"log"
	"sync"
	"testing"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/testphoto"
)

// The examples' photographs and the pack's folder come from the test cache;
// an application would use its own.
var exampleDir, photoOfAda, anotherOfAda, photoOfBea = func() (string, func() image.Image, func() image.Image, func() image.Image) {
	at := func(person, photo int) func() image.Image {
		return sync.OnceValue(func() image.Image {
			img, _, err := image.Decode(bytes.NewReader(testphoto.Mated(quiet{})[person].Photos[photo].JPEG))
			if err != nil {
				log.Fatal(err)
			}
			return img
		})
	}
	return testphoto.Pack(quiet{}), at(0, 0), at(0, 5), at(1, 0)
}()

// quiet lets examples, which have no testing.T, use test photographs.
type quiet struct{ testing.TB }

func (quiet) Helper()           {}
func (quiet) Fatal(args ...any) { log.Fatal(args...) }

func Example() {
	engine, err := face.Open(exampleDir, face.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()

	template := func(img image.Image) []float32 {
		ctx := context.Background()
		found, err := engine.Detect(ctx, img)
		if err != nil || len(found) == 0 {
			log.Fatal("no face: ", err)
		}
		aligned, err := engine.Align(ctx, img, found[0])
		if err != nil {
			log.Fatal(err)
		}
		embedding, err := engine.Embed(ctx, aligned)
		if err != nil {
			log.Fatal(err)
		}
		return embedding.Vector
	}
	ada, again, bea := template(photoOfAda()), template(anotherOfAda()), template(photoOfBea())

	confidence := func(a, b []float32) float64 {
		return engine.Calibration().Confidence(float64(osprey.Similarity(a, b)))
	}
	fmt.Println("the same person:", confidence(ada, again) >= 0.85)
	fmt.Println("another person:", confidence(ada, bea) >= 0.85)
	// Output:
	// the same person: true
	// another person: false
}

func ExampleEngine_Detect() {
	engine, err := face.Open(exampleDir, face.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()

	found, err := engine.Detect(context.Background(), photoOfAda())
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range found {
		inside := d.Box.Left > 0 && d.Box.Top > 0
		fmt.Println("a face of some 130 pixels, wholly inside:", d.Box.Shorter() > 110 && d.Box.Shorter() < 150 && inside)
	}
	// Output:
	// a face of some 130 pixels, wholly inside: true
}

func ExampleEngine_Assess() {
	engine, err := face.Open(exampleDir, face.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()

	ctx, img := context.Background(), photoOfAda()
	found, err := engine.Detect(ctx, img)
	if err != nil || len(found) == 0 {
		log.Fatal("no face: ", err)
	}
	aligned, err := engine.Align(ctx, img, found[0])
	if err != nil {
		log.Fatal(err)
	}
	q, err := engine.Assess(ctx, img, found[0], aligned)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("large enough:", q.FaceSize >= 64)
	fmt.Println("sharp enough:", q.Sharpness >= 0.15)
	fmt.Println("looking ahead:", q.Yaw > -40 && q.Yaw < 40)
	// Output:
	// large enough: true
	// sharp enough: true
	// looking ahead: true
}

func ExampleCalibration_Confidence() {
	table := face.Calibration{Knots: []face.Knot{
		{Similarity: 0.130, FMR: 1e-1},
		{Similarity: 0.243, FMR: 1e-2},
		{Similarity: 0.335, FMR: 1e-3},
		{Similarity: 0.411, FMR: 1e-4},
		{Similarity: 0.474, FMR: 1e-5},
		{Similarity: 0.570, FMR: 1e-6},
	}}
	fmt.Printf("%.2f\n", table.Confidence(0.474))
	fmt.Printf("%.3f\n", table.ConfidenceAtFMR(1e-6))
	// Output:
	// 0.85
	// 0.877
}

func ExampleEngine_Examine() {
	engine, err := face.Open(exampleDir, face.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()

	ctx, img := context.Background(), photoOfAda()
	found, err := engine.Detect(ctx, img)
	if err != nil || len(found) == 0 {
		log.Fatal("no face: ", err)
	}
	aligned, err := engine.Align(ctx, img, found[0])
	if err != nil {
		log.Fatal(err)
	}
	embedding, err := engine.Embed(ctx, aligned)
	if err != nil {
		log.Fatal(err)
	}
	exam, err := engine.Examine(ctx, img, found[0], aligned, embedding)
	if err != nil {
		log.Fatal(err)
	}
	unified, _ := exam.Measure("unified")
	fmt.Println("will be recognised:", unified >= 50)
	fmt.Println("in colour:", exam.Colors == 3)
	_, covered := exam.Measure("occlusion")
	fmt.Println("occlusion measured:", covered)
	// Output:
	// will be recognised: true
	// in colour: true
	// occlusion measured: false
}

func ExampleEngine_Liveness() {
	engine, err := face.Open(exampleDir, face.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()

	ctx, img := context.Background(), photoOfAda()
	found, err := engine.Detect(ctx, img)
	if err != nil || len(found) == 0 {
		log.Fatal("no face: ", err)
	}
	live, err := engine.Liveness(ctx, img, found[0])
	if err != nil {
		log.Fatal(err)
	}
	scale := engine.LivenessCalibration()
	fmt.Println("looks at the face:", len(live.Members))
	fmt.Println("taken for an attack:", live.Confidence >= 0.5)
	fmt.Println("0.9 is beyond the calibration set:", scale.Extrapolated(0.9))
	// Output:
	// looks at the face: 4
	// taken for an attack: false
	// 0.9 is beyond the calibration set: true
}
