package e2e

import (
	"sync"
	"testing"

	"example.org/osprey/internal/testphoto"
)

// cast is everybody on the photographs of these tests, cut once.
type cast struct {
	ada       []testphoto.Photo // twelve of one person
	bea       []testphoto.Photo // four of another
	cem       []testphoto.Photo // three
	dua       []testphoto.Photo // three
	eli       []testphoto.Photo // two
	fay       []testphoto.Photo // two
	strangers []testphoto.Photo // five people, one each
	nobody    testphoto.Photo
	two       testphoto.Photo
}

var (
	castOnce sync.Once
	everyone cast
)

// people gives the photographs. They must not be changed.
func people(tb testing.TB) *cast {
	tb.Helper()
	castOnce.Do(func() {
		mated := testphoto.Mated(tb)
		everyone = cast{
			ada: mated[0].Photos, bea: mated[1].Photos, cem: mated[2].Photos, dua: mated[3].Photos,
			eli: mated[4].Photos, fay: mated[5].Photos,
			strangers: testphoto.Strangers(tb), nobody: testphoto.NoFace(tb), two: testphoto.TwoFaces(tb),
		}
	})
	if everyone.ada == nil {
		tb.Fatal("the photographs could not be had; the first test that asked for them says why")
	}
	return &everyone
}
