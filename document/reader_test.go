package document

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.org/osprey/face"
	"example.org/osprey/internal/testphoto"
)

var shared struct {
	once   sync.Once
	engine *face.Engine
	err    error
}

// reader opens the default pack once for all tests.
func reader(tb testing.TB) *Reader {
	tb.Helper()
	dir := testphoto.Pack(tb)
	shared.once.Do(func() { shared.engine, shared.err = face.Open(dir, face.Options{Parallel: 1}) })
	if shared.err != nil {
		tb.Fatal(shared.err)
	}
	r, err := NewReader(shared.engine)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func read(tb testing.TB, r *Reader, img image.Image) Reading {
	tb.Helper()
	got, err := r.Read(context.Background(), img, day)
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

func TestReadCards(t *testing.T) {
	r := reader(t)
	for _, f := range formats {
		s := sample(f)
		want := s.lines()
		got := read(t, r, testphoto.Card(t, want, 1000))
		if !got.Found || !slices.Equal(got.MRZ.Lines, want) || !got.MRZ.Valid || got.MRZ.Format != f {
			t.Errorf("%s: found %v, format %s, valid %v, lines\n%s\nmust be\n%s", f, got.Found, got.MRZ.Format, got.MRZ.Valid,
				strings.Join(got.MRZ.Lines, "\n"), strings.Join(want, "\n"))
		}
		if got.Confidence < 0.9 {
			t.Errorf("%s: confidence %.3f", f, got.Confidence)
		}
	}
}

func TestReadTurnedCards(t *testing.T) {
	r := reader(t)
	for i, degrees := range []float64{90, 180, -90, 20, -20, 160} {
		f := formats[i%3]
		want := sample(f).lines()
		img := testphoto.Turn(testphoto.Card(t, want, 900), degrees, 1)
		got := read(t, r, img)
		if !slices.Equal(got.MRZ.Lines, want) {
			t.Errorf("%s turned by %.0f: found %v, lines\n%s", f, degrees, got.Found, strings.Join(got.MRZ.Lines, "\n"))
			continue
		}
		if off := math.Remainder(got.Angle-degrees, 360); math.Abs(off) > 4 {
			t.Errorf("turned by %.0f, angle %.1f", degrees, got.Angle)
		}
		// The first corner is where the text begins: left of the second as one
		// reads, and inside the picture.
		for _, p := range got.Quad {
			if b := img.Bounds(); p.X < -9 || p.Y < -9 || p.X > float64(b.Dx())+9 || p.Y > float64(b.Dy())+9 {
				t.Errorf("turned by %.0f: corner %v outside %v", degrees, p, b)
			}
		}
	}
}

// An altered character must not be read back into what was there before.
func TestReadAlteredCards(t *testing.T) {
	r := reader(t)
	for _, c := range []struct {
		format   Format
		line, at int
		to       string
	}{
		{TD3, 1, 1, "8"}, {TD3, 1, 14, "4"}, {TD3, 1, 21, "9"}, {TD3, 1, 9, "2"}, {TD1, 0, 7, "9"}, {TD1, 1, 0, "3"}, {TD2, 1, 22, "7"}, {TD3, 1, 28, "R"},
	} {
		lines := sample(c.format).lines()
		l := lines[c.line]
		lines[c.line] = l[:c.at] + c.to + l[c.at+1:]
		got := read(t, r, testphoto.Card(t, lines, 1000))
		if got.MRZ.Valid {
			t.Errorf("%s, line %d, place %d altered to %s: valid as\n%s", c.format, c.line+1, c.at+1, c.to, strings.Join(got.MRZ.Lines, "\n"))
		}
		if !slices.Equal(got.MRZ.Lines, lines) || got.Confidence < 0.8 {
			t.Errorf("%s, line %d, place %d altered to %s: confidence %.3f, read\n%s", c.format, c.line+1, c.at+1, c.to, got.Confidence, strings.Join(got.MRZ.Lines, "\n"))
		}
	}
}

// Blur until nothing can be read: on the way, a reading is right, or unsure,
// or there is none.
func TestReadBlurredCards(t *testing.T) {
	r := reader(t)
	right := 0
	for i, sigma := range []float64{1, 2, 3, 4, 5, 6} {
		want := sample(formats[i%3]).lines()
		got := read(t, r, testphoto.Blurred(testphoto.Card(t, want, 900), sigma))
		same := checkedText(got.MRZ) == checkedText(mustParse(t, want))
		if same {
			right++
		}
		if got.Found && !same && (got.MRZ.Valid || got.Confidence >= 0.8) {
			t.Errorf("sigma %.0f: valid %v, confidence %.3f, read\n%s", sigma, got.MRZ.Valid, got.Confidence, strings.Join(got.MRZ.Lines, "\n"))
		}
		t.Logf("sigma %.0f: found %v, right %v, valid %v, confidence %.3f", sigma, got.Found, same, got.MRZ.Valid, got.Confidence)
	}
	if right < 2 {
		t.Errorf("%d of 6 were read", right)
	}
}

func mustParse(tb testing.TB, lines []string) MRZ {
	tb.Helper()
	m, err := ParseMRZ(lines, day)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// checkedText is what lies under the check digits.
func checkedText(m MRZ) string {
	f := m.Fields
	return fmt.Sprint(m.Format, f.DocumentNumber.Value, "/", f.BirthDate.Date, "/", f.ExpiryDate.Date, "/", f.OptionalData.Value)
}

func TestReadNothing(t *testing.T) {
	r := reader(t)
	text := []string{"THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG", "AND SLEEPS UNTIL THE MORNING OF THE NEXT DAY"}
	for name, img := range map[string]image.Image{
		"empty": image.NewGray(image.Rect(0, 0, 400, 300)), "tiny": image.NewGray(image.Rect(0, 0, 8, 300)),
		"text": testphoto.Card(t, text, 900),
	} {
		if got := read(t, r, img); got.Found || got.MRZ.Lines != nil || got.Confidence != 0 {
			t.Errorf("%s: found %v", name, got.MRZ.Lines)
		}
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	r := reader(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Read(ctx, testphoto.Card(t, sample(TD3).lines(), 600), day); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestClassesRefuseAnotherDictionary(t *testing.T) {
	if _, err := classes([]byte("a\nb\nc\n")); err == nil {
		t.Error("a dictionary without the MRZ's characters was taken")
	}
}
