package document

import (
	"encoding/csv"
	"fmt"
	"image"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.org/osprey/internal/testphoto"
	"example.org/osprey/media"
)

// sharedDocuments gives the photographs of ../shared/data/docs.csv by set.
func sharedDocuments(t *testing.T) map[string][]string {
	t.Helper()
	data := testphoto.Data(t)
	f, err := os.Open(filepath.Join(data, "docs.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	sets := map[string][]string{}
	for _, r := range rows[1:] {
		sets[r[1]] = append(sets[r[1]], filepath.Join(data, r[0]))
	}
	return sets
}

// photograph decodes a file as Osprey does, EXIF orientation included.
func photograph(t *testing.T, path string) image.Image {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := media.Decode(t.Context(), data, media.Options{Limits: media.DefaultLimits()})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return f.Image
}

// withoutMRZ tells which photographs show none, by what is printed on them:
// closed passports, driving licences, templates without data, other things.
func withoutMRZ(path string) bool {
	for _, part := range []string{
		"docxpand", "doubango_kyc", "Passport-France", "miniai/id/demo1", "alb0", "pacman", "tesseract",
	} {
		if strings.Contains(filepath.ToSlash(path), part) {
			return true
		}
	}
	return false
}

// TestDataReader reads every document as it is and in three altered copies:
// turned, blurred or reduced, a different mixture for each document. What the
// photograph itself gives under check digits that agree is the truth for its
// copies.
func TestDataReader(t *testing.T) {
	r := reader(t)
	copies := []struct {
		name string
		make func(image.Image) image.Image
	}{
		{"90", func(i image.Image) image.Image { return testphoto.Turn(i, 90, 1) }},
		{"180", func(i image.Image) image.Image { return testphoto.Turn(i, 180, 1) }},
		{"270", func(i image.Image) image.Image { return testphoto.Turn(i, 270, 1) }},
		{"+20", func(i image.Image) image.Image { return testphoto.Turn(i, 20, 1) }},
		{"-20", func(i image.Image) image.Image { return testphoto.Turn(i, -20, 1) }},
		{"blurred", func(i image.Image) image.Image {
			return testphoto.Blurred(i, math.Max(0.7, float64(i.Bounds().Dx())/900))
		}},
		{"reduced", func(i image.Image) image.Image { return testphoto.Turn(i, 0, 0.7) }},
	}
	type count struct{ tried, found, valid, wrong, sureWrong int }
	kinds := map[string]*count{}
	add := func(name string, got Reading, truth string) {
		k := kinds[name]
		if k == nil {
			k = &count{}
			kinds[name] = k
		}
		k.tried++
		if got.Found {
			k.found++
		}
		if got.MRZ.Valid {
			k.valid++
		}
		if same := checkedText(got.MRZ) == truth; got.Found && truth != "" && !same {
			if got.MRZ.Valid {
				k.wrong++
			} else if got.Confidence >= 0.8 {
				k.sureWrong++
			}
		}
	}
	n := 0
	sets := sharedDocuments(t)
	for _, set := range slices.Sorted(maps.Keys(sets)) {
		for _, path := range sets[set] {
			img := photograph(t, path)
			got := read(t, r, img)
			if withoutMRZ(path) {
				add("without MRZ", got, "")
				if got.MRZ.Valid {
					t.Errorf("%s has no MRZ and one was read: confidence %.3f, %s", path, got.Confidence, got.MRZ.Format)
				}
				continue
			}
			add(set, got, "")
			t.Logf("%s: found %v, valid %v, %s, confidence %.3f", filepath.Base(path), got.Found, got.MRZ.Valid, got.MRZ.Format, got.Confidence)
			if !got.MRZ.Valid {
				continue
			}
			truth := checkedText(got.MRZ)
			for k := range 3 {
				c := copies[(3*n+k)%len(copies)]
				other := read(t, r, c.make(img))
				add("copy "+c.name, other, truth)
				if other.Found && other.MRZ.Valid && checkedText(other.MRZ) != truth {
					t.Logf("%s, %s: two valid readings, confidence %.3f and %.3f", filepath.Base(path), c.name, got.Confidence, other.Confidence)
				}
			}
			n++
		}
	}
	var all, copied count
	for name, k := range kinds {
		t.Logf("%-14s tried %2d, found %2d, valid %2d, valid and different %d, sure and different %d", name, k.tried, k.found, k.valid, k.wrong, k.sureWrong)
		to := &all
		if strings.HasPrefix(name, "copy") {
			to = &copied
		} else if name == "without MRZ" {
			continue
		}
		to.tried += k.tried
		to.valid += k.valid
		to.wrong += k.wrong
		to.sureWrong += k.sureWrong
	}
	t.Logf("photographs: %d of %d valid; copies: %d of %d valid, %d valid and different, %d sure and different",
		all.valid, all.tried, copied.valid, copied.tried, copied.wrong, copied.sureWrong)
	// Measured: 24 of 28 photographs, of which four show one document with a
	// date that does not exist, and 63 of 72 copies.
	if all.valid < 22 || copied.valid < 56 {
		t.Error("fewer are read than were measured")
	}
	if copied.wrong > 0 || copied.sureWrong > 1 {
		t.Error("readings are wrong and sound sure")
	}
}

// TestDataMeasures prints what the measures say of documents as they are and
// out of focus.
func TestDataMeasures(t *testing.T) {
	for set, paths := range sharedDocuments(t) {
		for i, path := range paths {
			img := photograph(t, path)
			m := Measure(img)
			line := ""
			if i%3 == 0 {
				w := float64(max(img.Bounds().Dx(), img.Bounds().Dy()))
				for _, s := range []float64{0.001, 0.002, 0.004} {
					line += " " + fmt.Sprintf("%.2f", Measure(testphoto.Blurred(img, s*w)).Sharpness)
				}
			}
			t.Logf("%s %s: sharpness %.2f, glare %.3f, outlined %v; blurred by 0.1, 0.2, 0.4 %% of the width:%s", set, filepath.Base(path), m.Sharpness, m.Glare, m.Found, line)
		}
	}
}

// TestDataPortraits looks for the portrait on documents that have it on their
// left side, many with a second, paler one elsewhere.
func TestDataPortraits(t *testing.T) {
	reader(t)
	tried, found, several := 0, 0, 0
	for set, paths := range sharedDocuments(t) {
		for _, path := range paths {
			name := filepath.Base(path)
			if set == "doubango_kyc" || strings.Contains(path, "photos") || name == "back.png" || name == "0_pass-lva.jpg" ||
				strings.HasPrefix(name, "Passport-") || name == "demo1.jpg" || strings.HasPrefix(name, "100_id") || name == "53_id-d.jpg" ||
				name == "pacman.png" || name == "tesseract-test2.png" {
				continue // turned, without a portrait, or with it elsewhere
			}
			img := photograph(t, path)
			faces, err := shared.engine.Detect(t.Context(), img)
			if err != nil {
				t.Fatal(err)
			}
			tried++
			if len(faces) > 1 {
				several++
			}
			i := Portrait(faces, image.Rectangle{}, img)
			if i < 0 {
				t.Logf("%s: no face", name)
				continue
			}
			if x := faces[i].Box.Center().X; x > 0.45*float64(img.Bounds().Dx()) {
				t.Errorf("%s: of %d faces the one at %.0f of %d was taken", name, len(faces), x, img.Bounds().Dx())
				continue
			}
			found++
		}
	}
	t.Logf("portraits: %d of %d; %d have several faces", found, tried, several)
}
