package media

import (
	"encoding/binary"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// stored gives the pixels as a camera stores them so that the orientation
// brings them upright. It is written apart from orient, pixel by pixel, after
// the table of the EXIF standard: which visual side the first row and the first
// column are.
func stored(upright *image.RGBA, orientation int) *image.RGBA {
	w, h := upright.Rect.Dx(), upright.Rect.Dy()
	sw, sh := w, h
	if orientation >= 5 {
		sw, sh = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, sw, sh))
	for row := range sh {
		for col := range sw {
			var x, y int
			switch orientation {
			case 1: // row 0 top, column 0 left
				x, y = col, row
			case 2: // top, right
				x, y = w-1-col, row
			case 3: // bottom, right
				x, y = w-1-col, h-1-row
			case 4: // bottom, left
				x, y = col, h-1-row
			case 5: // left, top
				x, y = row, col
			case 6: // right, top
				x, y = w-1-row, col
			case 7: // right, bottom
				x, y = w-1-row, h-1-col
			case 8: // left, bottom
				x, y = row, h-1-col
			}
			out.SetRGBA(col, row, upright.RGBAAt(x, y))
		}
	}
	return out
}

// TestOrientations brings one photo, stored in all eight ways, to equal pixels.
func TestOrientations(t *testing.T) {
	t.Parallel()
	upright := pattern(101, 67)
	lossless := fixture(t, "lossless.webp")
	for o := 1; o <= 8; o++ {
		camera := stored(upright, o)
		tiff := tiffBlock(uint16(o), binary.BigEndian)

		f := decode(t, withChunk(encodePNG(t, camera), chunkPNG("eXIf", tiff)), Options{})
		if _, most := distance(t, f.Image, upright); most != 0 || f.Orientation != o || f.Width != 101 || f.Height != 67 {
			t.Errorf("PNG %d: differs by %d: %+v", o, most, f)
		}
		f.Release()

		// JPEG loses something; what is left must be turned exactly.
		jpg := encodeJPEG(t, camera)
		plain := decode(t, jpg, Options{})
		f = decode(t, withEXIF(jpg, tiff), Options{})
		if _, most := distance(t, stored(f.Image, o), plain.Image); most != 0 || f.Orientation != o {
			t.Errorf("JPEG %d: differs from its stored pixels by %d", o, most)
		}
		if mean, _ := distance(t, f.Image, upright); mean > 4 {
			t.Errorf("JPEG %d: differs from the photo by %.2f", o, mean)
		}
		f.Release()
		plain.Release()

		for _, prefix := range []string{"", "Exif\x00\x00"} {
			webp := riffWebP(vp8x(8, 80, 60), lossless[12:], chunkWebP("EXIF", []byte(prefix+string(tiff))))
			plain = decode(t, lossless, Options{})
			f = decode(t, webp, Options{})
			if _, most := distance(t, stored(f.Image, o), plain.Image); most != 0 || f.Orientation != o {
				t.Errorf("WebP %d: differs from its stored pixels by %d", o, most)
			}
			f.Release()
			plain.Release()
		}
	}
}

// TestBrokenEXIF gives odd blocks to a good photo: it is taken as it is stored.
func TestBrokenEXIF(t *testing.T) {
	t.Parallel()
	good := tiffBlock(6, binary.LittleEndian)
	patched := func(at int, bytes ...byte) []byte {
		b := append([]byte{}, good...)
		copy(b[at:], bytes)
		return b
	}
	jpg := encodeJPEG(t, pattern(64, 48))
	for _, c := range []struct {
		name string
		tiff []byte
		want int
	}{
		{"good", good, 6},
		{"big endian", tiffBlock(8, binary.BigEndian), 8},
		{"orientation 0", tiffBlock(0, binary.LittleEndian), 1},
		{"orientation 9", tiffBlock(9, binary.BigEndian), 1},
		{"orientation 65535", tiffBlock(65535, binary.BigEndian), 1},
		{"no directory", good[:8], 1},
		{"cut in the tag", good[:15], 1},
		{"offset beyond the block", patched(4, 0xFF, 0xFF, 0xFF, 0x7F), 1},
		{"offset into the header", patched(4, 1), 1},
		{"65535 tags", patched(8, 0xFF, 0xFF), 6},
		{"unknown type", patched(12, 99), 1},
		{"huge count", patched(14, 0xFF, 0xFF, 0xFF, 0xFF), 1},
		{"as a byte", patched(12, 1), 6},
		{"as a long", patched(12, 4), 6},
		{"text", []byte("there is no TIFF block here"), 1},
		{"nothing", nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := decode(t, withEXIF(jpg, c.tiff), Options{})
			defer f.Release()
			if f.Orientation != c.want {
				t.Errorf("orientation %d, want %d", f.Orientation, c.want)
			}
		})
	}
}

// TestOrientationOfPhotos decodes photos that differ in nothing but their
// orientation.
func TestOrientationOfPhotos(t *testing.T) {
	root := sharedData(t)
	var first *Frame
	for _, n := range []string{"2", "4", "6", "8"} {
		path := filepath.Join(root, "bad", "generated", "exif_orientation_"+n+"_face.jpg")
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f := decode(t, data, Options{})
		if want := strings.Index("12345678", n) + 1; f.Orientation != want {
			t.Errorf("%s: orientation %d", n, f.Orientation)
		}
		if first == nil {
			first = f
			continue
		}
		if mean, _ := distance(t, f.Image, first.Image); mean > 2 {
			t.Errorf("orientation %s differs by %.2f", n, mean)
		}
	}
}
