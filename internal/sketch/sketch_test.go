package sketch

import (
	"bytes"
	"image/color"
	"image/png"
	"math"
	"testing"
)

func TestShapesCoverWhatTheyShould(t *testing.T) {
	t.Parallel()
	c := New(40, 30, Paper)
	black := color.RGBA{A: 0xff}
	c.Rect(Point{5, 5}, Point{15, 15}, black)
	c.Dot(Point{30, 10}, 4, black)
	c.Line(Point{0, 25}, Point{40, 25}, 2, black)
	for _, p := range []struct {
		x, y int
		dark bool
	}{{10, 10, true}, {4, 10, false}, {16, 10, false}, {30, 10, true}, {36, 10, false}, {20, 25, true}, {20, 28, false}} {
		if got := c.Image().RGBAAt(p.x, p.y).R < 0x40; got != p.dark {
			t.Errorf("pixel %d,%d: dark is %v, want %v", p.x, p.y, got, p.dark)
		}
	}
}

// What is far outside, or no number, draws nothing and costs nothing.
func TestStrangePlaces(t *testing.T) {
	t.Parallel()
	c := New(10, 10, Paper)
	nan, inf := math.NaN(), math.Inf(1)
	c.Line(Point{nan, 0}, Point{5, 5}, 1, Ink)
	c.Line(Point{-inf, 0}, Point{inf, 5}, 1, Ink)
	c.Line(Point{-1e12, 50}, Point{1e12, 50}, 3, Ink)
	c.Dot(Point{1e9, 1e9}, 5, Ink)
	c.Fill([]Point{{0, 0}}, Ink)
	for i, v := range c.Image().Pix {
		if v != 0xff {
			t.Fatalf("byte %d was drawn on", i)
		}
	}
	c.Line(Point{-1e12, 5}, Point{1e12, 5}, 3, Ink)
	if c.Image().RGBAAt(5, 5) == Paper {
		t.Error("a line through the canvas is not there")
	}
}

func TestTextIsMeasuredAndWritten(t *testing.T) {
	t.Parallel()
	s := Style{Size: 14}
	if a, b := s.Width("osprey"), s.Width("osprey osprey"); a <= 0 || b <= 2*a {
		t.Errorf("widths %v and %v", a, b)
	}
	c := New(100, 20, Paper)
	c.TextRight(Point{99, 15}, "osprey", s, Ink)
	left, right := 0, 0
	for x := range 100 {
		for y := range 20 {
			if c.Image().RGBAAt(x, y) != Paper {
				if x < 50 {
					left++
				} else {
					right++
				}
			}
		}
	}
	if right == 0 || left != 0 {
		t.Errorf("%d pixels on the left, %d on the right", left, right)
	}
}

func TestChartHasItsLines(t *testing.T) {
	t.Parallel()
	h := Chart{
		Title: "title", X: Axis{Name: "x", Low: 1e-4, High: 1, Log: true}, Y: Axis{Name: "y", Low: 0, High: 1},
		Series: []Series{{Name: "a", Points: []Point{{0, 1}, {.1, .5}, {1, 0}}}, {Name: "b", Step: true, Points: []Point{{.01, math.NaN()}, {.01, .2}, {1, .2}}}},
	}
	var out bytes.Buffer
	if err := h.PNG(&out); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	found := map[color.RGBA]int{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			found[color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)]++
		}
	}
	if found[Lines[0]] < 100 || found[Lines[1]] < 100 {
		t.Errorf("the lines have %d and %d pixels", found[Lines[0]], found[Lines[1]])
	}
	if got := (Axis{Low: 0, High: 20}).ticks(); len(got) < 4 || len(got) > 11 || got[0] != 0 {
		t.Errorf("ticks %v", got)
	}
}
