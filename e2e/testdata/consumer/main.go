// A program of somebody else's module that uses the public packages: it tells the
// version of a server's API, enrols the face of every photograph but the last, and
// looks for the last.
//
//	consumer URL PACK PHOTO...
package main

import (
	"context"
	"fmt"
	"image"
	_ "image/jpeg"
	"log"
	"os"

	"example.org/osprey/client"
	"example.org/osprey/face"
	"example.org/osprey/gallery"
)

func main() {
	if err := run(context.Background(), os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, base, pack string, photos []string) error {
	c, err := client.New(base)
	if err != nil {
		return err
	}
	v, err := c.Version(ctx)
	if err != nil {
		return err
	}
	e, err := face.Open(pack, face.Options{})
	if err != nil {
		return err
	}
	defer e.Close()
	var vectors [][]float32
	for _, path := range photos {
		v, err := look(ctx, e, path)
		if err != nil {
			return err
		}
		vectors = append(vectors, v)
	}
	enrolled, probe := vectors[:len(vectors)-1], vectors[len(vectors)-1]
	g, err := gallery.NewExact(gallery.Config{Model: e.ModelID(), Dim: len(probe)})
	if err != nil {
		return err
	}
	defer g.Close()
	for i, vector := range enrolled {
		err := g.Apply(ctx, gallery.Change{Version: int64(i + 1), Op: gallery.OpAdd, Entry: gallery.Entry{
			Image: id('a', i), Person: id('b', i), Model: e.ModelID(), Vector: vector,
		}})
		if err != nil {
			return err
		}
	}
	found, err := g.Search(ctx, gallery.Probe{Model: e.ModelID(), Vector: probe}, 1)
	if err != nil {
		return err
	}
	best := found.Matches[0]
	fmt.Println(v.API, best.Person, e.Calibration().Confidence(float64(best.Similarity)) >= 0.85)
	return nil
}

// id makes up a UUID.
func id(kind rune, n int) string {
	return fmt.Sprintf("01980000-0000-7000-8000-%c%011d", kind, n)
}

func look(ctx context.Context, e *face.Engine, path string) ([]float32, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		return nil, err
	}
	faces, err := e.Detect(ctx, img)
	if err != nil || len(faces) != 1 {
		return nil, fmt.Errorf("%s: %d faces, %v", path, len(faces), err)
	}
	crop, err := e.Align(ctx, img, faces[0])
	if err != nil {
		return nil, err
	}
	got, err := e.Embed(ctx, crop)
	return got.Vector, err
}
