package paper_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
	"time"

	"example.org/osprey/internal/paper"
)

func info() paper.Info {
	return paper.Info{Title: "Report", Lang: "en", Created: time.Unix(1767225600, 0), Footer: "foot", Page: "Page %s of %s"}
}

func picture(t testing.TB) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 60, 20))
	for x := range 60 {
		img.Set(x, x/3, color.NRGBA{R: 200, A: uint8(4 * x)})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// draw puts everything that a document has on its pages.
func draw(d *paper.Document, text string, logo []byte) {
	d.Masthead(text, []string{text, text}, logo)
	d.Heading(text)
	d.Verdict(text, paper.Red, []string{text, text, text})
	d.Facts(paper.Fact{Name: text, Value: text}, paper.Fact{Name: "code", Value: text, Code: true}, paper.Fact{Name: "none"})
	d.Sub(text, text, paper.Green)
	d.Scale(text, 0.25, []float64{0.5, 0.85}, paper.Amber)
	d.Table([]paper.Column{{Title: text, Share: 1}, {Title: "n", Share: 2, Right: true}, {Title: "c", Share: 1, Code: true}},
		[][]paper.Cell{paper.Cells(text, text, text), {{Text: text, Ink: paper.Red, Bold: true}}, {}})
	d.Pictured(logo, paper.Fact{Name: text, Value: text})
	d.Text(text)
	d.Note(text)
}

// TestDocumentIsWhole: everything that a document has can be drawn, in any script
// that its type has and beyond.
func TestDocumentIsWhole(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"plain", "Äs ңұқ Հայ 12", "山田 😀", strings.Repeat("long ", 300)} {
		d := paper.New(info())
		draw(d, text, picture(t))
		got, err := d.Bytes()
		if err != nil || !bytes.HasPrefix(got, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(got), []byte("%%EOF")) || d.Pages() == 0 {
			t.Errorf("%q: %d bytes, %v", text, len(got), err)
		}
	}
}

// TestLongDocumentsHaveAnEnd: neither a text nor a table without end makes more
// pages than a document may have.
func TestLongDocumentsHaveAnEnd(t *testing.T) {
	t.Parallel()
	d := paper.New(info())
	row := paper.Cells(strings.Repeat("a", 64<<10))
	for range 20_000 {
		d.Table([]paper.Column{{Title: "t", Share: 1}}, [][]paper.Cell{row[:1]})
		if d.Pages() >= paper.MaxPages {
			break
		}
	}
	for range 200 {
		d.Facts(paper.Fact{Name: "n", Value: strings.Repeat("word ", 300)})
	}
	if _, err := d.Bytes(); !errors.Is(err, paper.ErrTooLong) {
		t.Errorf("%v after %d pages", err, d.Pages())
	}
}

// TestPicturesThatAreNone are left out and spoil nothing.
func TestPicturesThatAreNone(t *testing.T) {
	t.Parallel()
	whole := picture(t)
	for name, data := range map[string][]byte{"nothing": {}, "text": []byte("no picture"), "half": whole[:len(whole)/2], "none": nil} {
		d := paper.New(info())
		draw(d, "text", data)
		if _, err := d.Bytes(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzTexts: whatever users call things, a document comes of it.
func FuzzTexts(f *testing.F) {
	for _, s := range []string{"", "plain", "\x00\x1b[0m", "مرحبا", "日本語", "😀😀", "{all}", "a\r\nb\u2028c", strings.Repeat("W", 500), "\xff\xfe", "\u202eevil", "(\\)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d := paper.New(info())
		draw(d, s, nil)
		if _, err := d.Bytes(); err != nil {
			t.Fatal(err)
		}
	})
}
