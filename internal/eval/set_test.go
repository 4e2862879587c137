package eval

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"example.org/osprey"
)

func TestAllPairs(t *testing.T) {
	t.Parallel()
	var set []Identity
	for p := range 10 {
		id := Identity{Name: fmt.Sprint(p)}
		for k := range 3 {
			id.Files = append(id.Files, fmt.Sprintf("%d/%d", p, k))
		}
		set = append(set, id)
	}
	count := func(limit int, seed uint64) (mated, nonMated int, all string) {
		pairs, err := AllPairs(set, limit, seed)
		if err != nil {
			t.Fatal(err)
		}
		told := map[string]bool{}
		for _, p := range pairs {
			if told[p.A+" "+p.B] || told[p.B+" "+p.A] || p.A == p.B {
				t.Errorf("%s and %s are compared twice", p.A, p.B)
			}
			told[p.A+" "+p.B] = true
			if p.Mated != (p.A[0] == p.B[0]) || p.Mated != (p.PersonA == p.PersonB) {
				t.Errorf("%+v", p)
			}
			if p.Mated {
				mated++
			} else {
				nonMated++
			}
			all += p.A + p.B + ";"
		}
		return mated, nonMated, all
	}
	if m, n, _ := count(1000, 1); m != 30 || n != 405 {
		t.Errorf("%d mated, %d non-mated; want 30, 405", m, n)
	}
	m, n, a := count(100, 1)
	if m != 30 || n != 70 {
		t.Errorf("of 100: %d mated, %d non-mated", m, n)
	}
	if _, _, b := count(100, 1); a != b {
		t.Error("one seed, two samples")
	}
	if _, _, b := count(100, 2); a == b {
		t.Error("two seeds, one sample")
	}
	if m, n, _ := count(20, 1); m != 10 || n != 10 {
		t.Errorf("of 20: %d mated, %d non-mated", m, n)
	}
}

func TestPeopleOfPairs(t *testing.T) {
	t.Parallel()
	p := peopleOf([]Pair{{A: "a1", B: "a2", Mated: true}, {A: "a2", B: "a3", Mated: true}, {A: "a1", B: "b1"}, {A: "c1", B: "b1"}})
	if p.count != 3 || p.of["a1"] != p.of["a3"] || p.of["b1"] == p.of["c1"] {
		t.Errorf("%+v", p)
	}
	p = peopleOf([]Pair{{A: "a1", B: "b1", PersonA: "a", PersonB: "b"}, {A: "a2", B: "b2", PersonA: "a", PersonB: "b"}})
	if p.count != 2 || p.of["a1"] != p.of["a2"] {
		t.Errorf("by names: %+v", p)
	}
}

func TestReadIdentities(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "ann/1.jpg", "ann/deep/2.PNG", "bob/1.webp", "bob/notes.txt", ".git/x.jpg", "empty/readme.md")
	got, err := ReadIdentities(dir)
	if err != nil || len(got) != 2 || got[0].Name != "ann" || len(got[0].Files) != 2 || len(got[1].Files) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	put(t, dir, "stray.jpg")
	if _, err := ReadIdentities(dir); err == nil || !strings.Contains(err.Error(), "stray.jpg") {
		t.Errorf("a photograph beside the folders: %v", err)
	}
	if _, err := ReadIdentities(filepath.Join(dir, "empty")); err == nil {
		t.Error("a folder without photographs was taken")
	}
}

func TestReadQualityFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "blurred/positive/a.jpg", "blurred/negative/b.jpg", "POSE/c.jpg", "good/d.jpg", "good/e.jpg")
	got, err := ReadQualityFolder(dir)
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if got[0].Code != osprey.Pose || len(got[0].Positive) != 1 || len(got[0].Negative) != 2 {
		t.Errorf("%+v", got[0])
	}
	if got[1].Code != osprey.Blurred || len(got[1].Positive) != 1 || len(got[1].Negative) != 1 {
		t.Errorf("%+v", got[1])
	}
	put(t, dir, "UGLY/a.jpg")
	if _, err := ReadQualityFolder(dir); err == nil || !strings.Contains(err.Error(), "UGLY") {
		t.Errorf("a code that is none: %v", err)
	}
}

func TestCodesOfRefusals(t *testing.T) {
	t.Parallel()
	low := osprey.Errorf(osprey.CodeLowQuality, "x").With("checks", []osprey.GateCheck{{Name: "face_size", Actual: 30, Limit: 40}, {Name: "brightness", Actual: .99, Limit: .95}})
	for want, err := range map[string]error{
		"[FACE_TOO_SMALL TOO_BRIGHT] true": low,
		"[NO_FACE] true":                   osprey.Errorf(osprey.CodeNoFace, "x"),
		"[SEVERAL_FACES] true":             fmt.Errorf("of: %w", osprey.Errorf(osprey.CodeSeveralFaces, "x")),
		"[] false":                         fmt.Errorf("disk on fire"),
	} {
		codes, refused := refusedCodes(err)
		if got := fmt.Sprint(codes, refused); got != want {
			t.Errorf("%v gives %s, want %s", err, got, want)
		}
	}
}

func TestLabels(t *testing.T) {
	t.Parallel()
	l, err := ReadLabels(strings.NewReader("file,age,sex\nann,young,f\nann/2.jpg,old,f\n/abs/x.jpg,young,m\n"), "/set")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/set/ann/1.jpg": "[young f]", "/set/ann/2.jpg": "[old f]", "/abs/x.jpg": "[young m]", "/set/bob/1.jpg": "[]"} {
		if got := fmt.Sprint(l.Of(path)); got != want {
			t.Errorf("%s has %s, want %s", path, got, want)
		}
	}
	for name, text := range map[string]string{"no file": "a,b\n1,2\n", "nothing else": "file\na\n", "no path": "file,a\n,x\n"} {
		if _, err := ReadLabels(strings.NewReader(text), "/"); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Rates of groups count the pairs inside a group; the ratio names the worst.
func TestDemographics(t *testing.T) {
	t.Parallel()
	pairs, photos, set := crowd(5, 20, 4)
	var text strings.Builder
	text.WriteString("file,half\n")
	for i, id := range set {
		fmt.Fprintf(&text, "/set/%s,%s\n", id.Name, []string{"low", "high"}[i/10])
	}
	labels, err := ReadLabels(strings.NewReader(text.String()), "/")
	if err != nil {
		t.Fatal(err)
	}
	r, err := newDemographicsReport("m", calibration(), pairs, photos, labels, DemographicsOptions{FMR: .05, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if r.All.FMR.Value > .05 || r.All.FMR.Value < .04 || len(r.Columns) != 1 || len(r.Columns[0].Groups) != 2 {
		t.Fatalf("%+v", r)
	}
	g := r.Columns[0]
	trials, errors := g.Across.FMR.Trials, g.Across.FMR.Errors
	for _, x := range g.Groups {
		trials, errors = trials+x.FMR.Trials, errors+x.FMR.Errors
		if x.Identities != 10 || !x.Small {
			t.Errorf("%+v", x)
		}
	}
	if trials != r.All.FMR.Trials || errors != r.All.FMR.Errors || g.Across.FNMR.Trials != 0 {
		t.Errorf("the groups have %d of %d, all pairs %+v", errors, trials, r.All.FMR)
	}
	if g.FMR == nil || g.FMR.Value < 1 {
		t.Errorf("ratio %+v", g.FMR)
	}
	none := ratio([]GroupRates{{Name: "a", FMR: NewRate(0, 50)}, {Name: "b", FMR: NewRate(5, 50)}}, func(x GroupRates) Rate { return x.FMR })
	if none == nil || !none.Bound || none.Worst != "b" || none.Value > 2 {
		t.Errorf("a group without errors: %+v", none)
	}
}

func FuzzReadPresentations(f *testing.F) {
	f.Add("path,label,species\na.jpg,real,\nb,attack,print\n")
	f.Fuzz(func(t *testing.T, s string) {
		set, err := ReadPresentations(strings.NewReader(s), "/d")
		if err != nil {
			return
		}
		for _, p := range set {
			if p.Path == "" || p.Attack == (p.Species == "") {
				t.Errorf("%+v", p)
			}
		}
	})
}

func FuzzReadLabels(f *testing.F) {
	f.Add("file,a\nx,1\n")
	f.Fuzz(func(t *testing.T, s string) {
		l, err := ReadLabels(strings.NewReader(s), "/d")
		if err != nil {
			return
		}
		for path, v := range l.of {
			if len(v) != len(l.Columns) || len(l.Of(path)) != len(v) {
				t.Errorf("%s: %v", path, v)
			}
		}
	})
}
