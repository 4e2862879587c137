package gallery_test

import (
	"testing"

	"go.uber.org/goleak"

	"example.org/osprey/gallery"
	"example.org/osprey/gallery/gallerytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestExactConforms(t *testing.T) {
	t.Parallel()
	gallerytest.Run(t, func(t testing.TB, config gallery.Config) gallery.Gallery {
		g, err := gallery.NewExact(config)
		if err != nil {
			t.Fatal(err)
		}
		return g
	})
}

func TestBruteConforms(t *testing.T) {
	t.Parallel()
	gallerytest.Run(t, func(t testing.TB, config gallery.Config) gallery.Gallery {
		g, err := gallery.NewBrute(config)
		if err != nil {
			t.Fatal(err)
		}
		return g
	})
}
