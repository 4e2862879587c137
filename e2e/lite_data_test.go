package e2e

import (
	"encoding/csv"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.org/osprey/internal/testphoto"
)

// tally is what became of the attempts of one species.
type tally struct{ passed, declined, refused int }

// TestDataLiteL18PresentationAttacks shows live people, prints and screens of the
// evaluation set to detect. One photograph is weak evidence (docs/liveness.md): what is
// asserted is what the model pack states of itself, and that recorded screens are
// declined; the rest is printed.
func TestDataLiteL18PresentationAttacks(t *testing.T) {
	data := testphoto.Data(t)
	s := start(t, "OSPREY_LITE_AUTH=none")
	l := s.as("").lite()
	f, err := os.Open(filepath.Join(data, "pad.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]*tally{}
	for _, r := range rows[1:] {
		raw, err := os.ReadFile(filepath.Join(data, r[0]))
		if err != nil {
			t.Fatal(err)
		}
		species, _, _ := strings.Cut(r[2], "(")
		sample := lp("bio_sample", "image/jpeg", raw)
		if r[3] == "video" {
			sample.contentType = "video/mp4"
			if r[1] != "real" {
				species = "replay_video"
			}
			species += ", video"
		}
		n := got[species]
		if n == nil {
			n = &tally{}
			got[species] = n
		}
		switch a := l.post(t, liteDetect, liteForm("", sample)); {
		case a.status == 200 && a.json()["passed"] == true:
			n.passed++
		case a.status == 200:
			n.declined++
		default:
			n.refused++
		}
	}
	for _, species := range slices.Sorted(maps.Keys(got)) {
		n := got[species]
		t.Logf("%-24s %3d passed, %3d declined, %3d refused", species, n.passed, n.declined, n.refused)
	}

	live := got["bonafide"]
	if live.passed < 19*(live.passed+live.declined)/20 {
		t.Errorf("of live people %d passed and %d did not", live.passed, live.declined)
	}
	if replay := got["replay_video, video"]; replay.passed > 0 || replay.declined == 0 {
		t.Errorf("of videos of screens %d passed and %d did not", replay.passed, replay.declined)
	}
	for _, species := range []string{"print_photo", "phone_screen"} {
		if got[species].declined == 0 {
			t.Errorf("no %s at all was declined", species)
		}
	}
	for species, apcer := range statedAPCER(t) {
		n := got[species]
		if n == nil || n.passed+n.declined < 5 {
			continue // too few to hold against a rate
		}
		if rate := float64(n.passed) / float64(n.passed+n.declined); rate > apcer+0.1 {
			t.Errorf("%s: %.2f pass, the pack states %.2f", species, rate, apcer)
		}
	}
}

// statedAPCER is what the manifest of the model pack says of each species at 0.5.
func statedAPCER(t *testing.T) map[string]float64 {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(testphoto.Models(t), "default", "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Liveness struct {
			Calibration struct{ APCER map[string]float64 }
		}
	}
	if err := json.Unmarshal(raw, &m); err != nil || len(m.Liveness.Calibration.APCER) == 0 {
		t.Fatalf("%v, %v", m, err)
	}
	return m.Liveness.Calibration.APCER
}
