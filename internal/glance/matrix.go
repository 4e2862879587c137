package glance

import (
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"example.org/osprey/internal/sketch"
)

// The bounds of drawings.
const (
	maxMatrix = 24 // faces
	maxSheet  = 12 // files on one sheet
	cell      = 84 // pixels
	matrixTop = 96
	faceSide  = cell - 8
)

// Matrix draws the confidence of every two faces, nil when there are not two.
func (r *Report) Matrix() *sketch.Canvas {
	var shown []int // of Files
	for i := range r.Files {
		if r.Files[i].vector != nil && len(shown) < maxMatrix {
			shown = append(shown, i)
		}
	}
	if len(shown) < 2 {
		return nil
	}
	place := map[int]int{}
	for k, i := range shown {
		place[i] = k
	}
	n := len(shown)
	c := sketch.New(max(2*gap+(n+1)*cell, 620), matrixTop+(n+1)*cell+gap, sketch.Paper)
	c.Text(at{X: gap, Y: 32}, "How alike the faces are", heading, sketch.Ink)
	c.Text(at{X: gap, Y: 52}, "Confidence. 0.17: 1 in 10 different people reaches it; 0.34: 1 in 100; 0.51: 1 in 1,000;", small, sketch.Faint)
	c.Text(at{X: gap, Y: 68}, "0.68: 1 in 10,000; 0.85, the threshold as installed: 1 in 100,000.", small, sketch.Faint)
	for k, i := range shown {
		along := gap + (k+1)*cell
		r.Files[i].drawFace(c, along, matrixTop)
		r.Files[i].drawFace(c, gap, matrixTop+(k+1)*cell)
		c.Rect(at{X: float64(along), Y: float64(matrixTop + (k+1)*cell)}, at{X: float64(along + cell - 4), Y: float64(matrixTop + (k+2)*cell - 4)}, sketch.Grid)
	}
	for _, p := range r.Pairs {
		a, okA := place[p.i]
		b, okB := place[p.j]
		if !okA || !okB {
			continue
		}
		for _, q := range [][2]int{{a, b}, {b, a}} {
			x, y := float64(gap+(q[0]+1)*cell), float64(matrixTop+(q[1]+1)*cell)
			c.Rect(at{X: x, Y: y}, at{X: x + cell - 4, Y: y + cell - 4}, shade(p.Confidence))
			ink := color.Color(sketch.Ink)
			if p.Confidence >= 0.6 {
				ink = sketch.Paper
			}
			c.TextCentre(at{X: x + cell/2 - 2, Y: y + cell/2 + 4}, fmt.Sprintf("%.2f", p.Confidence), sketch.Style{Size: 17, Bold: p.Confidence >= matchLevel}, ink)
		}
	}
	return c
}

// shade is a colour for a confidence: pale to blue, and green for a match.
func shade(v float64) color.RGBA {
	if v >= matchLevel {
		return sketch.Lines[2]
	}
	t := math.Max(0, math.Min(1, v/matchLevel))
	mix := func(a, b uint8) uint8 { return uint8(float64(a) + t*(float64(b)-float64(a))) }
	deep := sketch.Lines[0]
	return color.RGBA{mix(0xf4, deep.R), mix(0xf6, deep.G), mix(0xf9, deep.B), 0xff}
}

// drawFace draws the face alone, square.
func (f *File) drawFace(c *sketch.Canvas, x, y int) {
	p := f.picture
	if p == nil || p.main < 0 {
		return
	}
	b := p.faces[p.main].Box
	centre, half := b.Center(), math.Max(b.Width(), b.Height())*0.6
	area := image.Rect(int(centre.X-half), int(centre.Y-half), int(centre.X+half), int(centre.Y+half)).Intersect(p.img.Rect)
	if area.Empty() {
		return
	}
	by := faceSide / (2 * half)
	left := x + int((float64(area.Min.X)-(centre.X-half))*by)
	top := y + int((float64(area.Min.Y)-(centre.Y-half))*by)
	c.Picture(p.img.SubImage(area), image.Rect(left, top, left+int(float64(area.Dx())*by), top+int(float64(area.Dy())*by)))
}

// Draw writes the drawings: into one file when the path ends in .png, else a file for
// each medium and matrix.png into the folder, making it. It returns what was written.
func (r *Report) Draw(path string) ([]string, error) {
	if strings.EqualFold(filepath.Ext(path), ".png") {
		if len(r.Files) > maxSheet {
			return nil, fmt.Errorf("%d files do not fit on one sheet of %d; name a folder", len(r.Files), maxSheet)
		}
		return []string{path}, write(path, r.sheet().PNG)
	}
	if err := os.MkdirAll(path, 0o755); err != nil { //nolint:gosec // the folder is the user's choice
		return nil, err
	}
	var out []string
	for i := range r.Files {
		// Numbered: two folders may hold files of one name.
		name := filepath.Join(path, fmt.Sprintf("%02d-%s.png", i+1, strings.TrimSuffix(r.Files[i].base(), filepath.Ext(r.Files[i].base()))))
		if err := write(name, r.Files[i].Panel().PNG); err != nil {
			return out, err
		}
		out = append(out, name)
	}
	if m := r.Matrix(); m != nil {
		name := filepath.Join(path, "matrix.png")
		if err := write(name, m.PNG); err != nil {
			return out, err
		}
		out = append(out, name)
	}
	return out, nil
}

// sheet puts all drawings below one another.
func (r *Report) sheet() *sketch.Canvas {
	var parts []*sketch.Canvas
	for i := range r.Files {
		parts = append(parts, r.Files[i].Panel())
	}
	if m := r.Matrix(); m != nil {
		parts = append(parts, m)
	}
	width, height := 0, 0
	for _, p := range parts {
		width, height = max(width, p.Width()), height+p.Height()
	}
	c := sketch.New(width, height, sketch.Paper)
	y := 0
	for i, p := range parts {
		c.Picture(p.Image(), image.Rect(0, y, p.Width(), y+p.Height()))
		if y += p.Height(); i < len(parts)-1 {
			c.Line(at{X: gap, Y: float64(y)}, at{X: float64(width - gap), Y: float64(y)}, 1, sketch.Grid)
		}
	}
	return c
}

func write(path string, draw func(io.Writer) error) (err error) {
	f, err := os.Create(path) //nolint:gosec // the user's choice
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	return draw(f)
}
