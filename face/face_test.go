package face_test

import (
	"testing"

	"example.org/osprey/face"
	"example.org/osprey/internal/testphoto"
)

func open(tb testing.TB) *face.Engine {
	tb.Helper()
	e, err := face.Open(testphoto.Pack(tb), face.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = e.Close() })
	return e
}

func TestOpen(t *testing.T) {
	e := open(t)
	t.Log(e.ModelID(), e.Parallel())
}
