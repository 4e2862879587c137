package main

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"example.org/osprey/client"
)

func TestImportSources(t *testing.T) {
	t.Parallel()
	photo := &fstest.MapFile{Data: []byte("x")}
	nested := fstest.MapFS{
		"Ann_Lee/1.jpg": photo, "Ann_Lee/deep/2.PNG": photo, "Bo/1.webp": photo, "Bo/readme.md": photo,
		".hidden/3.jpg": photo, "__MACOSX/4.jpg": photo, "alone.jpg": photo, "Bo/.5.jpg": photo,
	}
	flat := fstest.MapFS{"John_James Doe.jpg": photo, "solo.jpeg": photo}
	listed := fstest.MapFS{
		"manifest.csv": {Data: []byte("\ufefffile,first_name,last_name,person,source\na.jpg,Ann,Lee,p1,archive\nb.jpg,Ann,Lee,p1,\na.jpg,,,,\n")},
		"a.jpg":        photo, "b.jpg": photo,
	}
	for name, one := range map[string]struct {
		tree fstest.MapFS
		mode string
		want string // path=person/last name, in order
	}{
		"folders":           {nested, modeAuto, "Ann_Lee/1.jpg=Ann_Lee/Lee Ann_Lee/deep/2.PNG=Ann_Lee/Lee Bo/1.webp=Bo/Bo alone.jpg=alone.jpg/alone"},
		"folders, as files": {nested, modePersonFile, "Ann_Lee/1.jpg=Ann_Lee/1.jpg/1 Ann_Lee/deep/2.PNG=Ann_Lee/deep/2.PNG/2 Bo/1.webp=Bo/1.webp/1 alone.jpg=alone.jpg/alone"},
		"files":             {flat, modeAuto, "John_James_Doe.jpg=John_James_Doe.jpg/Doe solo.jpeg=solo.jpeg/solo"},
		"list":              {listed, modeAuto, "a.jpg=person_p1/Lee b.jpg=person_p1/Lee a.jpg#3=row_3/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, err := fromTree(one.tree, func(n string) (io.ReadCloser, error) { return one.tree.Open(n) }, one.mode)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i, p := range in.photos {
				info, _ := p.metadata["person_info"].(map[string]any)
				last, _ := info["last_name"].(string)
				got = append(got, strings.ReplaceAll(p.path+"="+p.person+"/"+last, " ", "_"))
				if p.row != i+1 {
					t.Errorf("row %d of photo %d", p.row, i)
				}
			}
			if strings.Join(got, " ") != one.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, " "), one.want)
			}
		})
	}
	if _, err := fromTree(flat, nil, modeCSV); codeOf(err) != exitUsage {
		t.Errorf("a folder without a list: %v", err)
	}
}

func FuzzManifest(f *testing.F) {
	for _, seed := range []string{
		"file,last_name\na.jpg,Doe\n", "file\n", "", "a,b\n1,2\n", "file,file\nx,y\n", "\"", "file,person,\nx,y,z\n", "file\nx,y\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		in, err := fromCSV(bytes.NewReader(raw), nil)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, p := range in.photos {
			if p.person == "" || seen[p.path] {
				t.Errorf("photo %+v", p)
			}
			seen[p.path] = true
		}
	})
}

func TestJournal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	head := journalHead{Collection: "c1"}
	j, err := openJournal(path, head)
	if err != nil {
		t.Fatal(err)
	}
	code := 20
	for _, err := range []error{
		j.begin(intent{Path: "a", Person: "p", Hash: "h", Copies: 0}),
		j.end(importResult{Row: 1, Path: "a", Result: resultAdded, Person: "p", PersonID: "id-1"}),
		j.begin(intent{Path: "b", Person: "p", Hash: "i", Copies: 1}),
		j.end(importResult{Row: 3, Path: "c", Result: resultRejected, Code: &code, Reason: "no_face", Person: "q"}),
		j.close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Wherever a kill cuts the file off, what is whole is read and what follows goes
	// after it.
	for n := range whole {
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := openJournal(path, head)
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		if err := j.end(importResult{Path: "z", Result: resultAdded}); err != nil {
			t.Fatal(err)
		}
		_ = j.close()
		again, err := openJournal(path, head)
		if err != nil {
			t.Fatalf("cut at %d, read again: %v", n, err)
		}
		if _, ok := again.known("z"); !ok {
			t.Fatalf("cut at %d: the line after the cut is lost", n)
		}
		_ = again.close()
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	j, err = openJournal(path, head)
	if err != nil {
		t.Fatal(err)
	}
	if in, ok := j.unsure("b"); !ok || in.Copies != 1 {
		t.Errorf("unsure %+v, %v", in, ok)
	}
	if _, ok := j.unsure("a"); ok || j.person("p") != "id-1" {
		t.Error("the first photo's outcome is not known")
	}
	_ = j.close()
	for name, content := range map[string]string{
		"another collection": `{"head":{"osprey_import":1,"collection_id":"c2","dry_run":false}}` + "\n",
		"no journal":         "hello\n", "no head": `{"result":{"file":"x"}}` + "\n",
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openJournal(path, head); codeOf(err) != exitUsage {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzJournal(f *testing.F) {
	f.Add([]byte(`{"head":{"osprey_import":1,"collection_id":"c"}}` + "\n" + `{"intent":{"path":"a"}}` + "\n"))
	f.Add([]byte("{}\n"))
	f.Add([]byte(`{"head":{}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		j := &journal{results: map[string]importResult{}, pending: map[string]intent{}, persons: map[string]string{}}
		whole, err := j.read(bytes.NewReader(raw), journalHead{Format: journalFormat, Collection: "c"})
		if err == nil && (whole < 0 || whole > int64(len(raw)) || whole > 0 && raw[whole-1] != '\n') {
			t.Errorf("%d of %d bytes are whole", whole, len(raw))
		}
	})
}

// counted is what a collection holds.
func (s *shell) counted(t *testing.T, alias string) (persons, images int) {
	t.Helper()
	var x client.Collection
	s.run(t, "collection", "info", alias, "-o", "json").exits(exitOK).into(&x)
	return x.Persons, x.Images
}

// TestX03ImportContinues: whatever line of the journal was the last before a kill,
// the next run adds nothing twice.
func TestX03ImportContinues(t *testing.T) {
	t.Parallel()
	s := serving(t)
	dir, good, bad := library(t)
	s.run(t, "company", "create", "--name", "Test company").exits(exitOK)
	notes := filepath.Join(t.TempDir(), "journal")
	report := filepath.Join(t.TempDir(), "report.csv")
	for _, mode := range []string{"skip", "add"} {
		alias := "list-" + mode
		s.run(t, "collection", "create", "--alias", alias, "--company", "test company").exits(exitOK)
		args := []string{"collection", "import", dir, "--collection", alias, "--resume", notes, "--on-duplicate", mode,
			"--report", report, "--concurrency", "2", "-o", "json"}
		_ = os.Remove(notes)
		s.run(t, args...).exits(exitSomeRejected)
		persons, images := s.counted(t, alias)
		if images != good || persons != 3 {
			t.Fatalf("%s: %d persons, %d images; want 3, %d", mode, persons, images, good)
		}
		whole, err := os.ReadFile(notes)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(string(whole), "\n")
		for n := 1; n < len(lines); n += 2 { // every second line shows it
			// A photo that the server took, and that not even an intent tells of, cannot
			// be: the intent is on the disk before the photo is sent. So what is cut off
			// are results, and the intents of photos that were refused.
			cut := withoutResults(lines, n)
			if err := os.WriteFile(notes, []byte(cut), 0o600); err != nil {
				t.Fatal(err)
			}
			var sum importSummary
			s.run(t, args...).exits(exitSomeRejected).into(&sum)
			if p, i := s.counted(t, alias); p != persons || i != images {
				t.Fatalf("%s, cut at line %d: %d persons, %d images; want %d, %d", mode, n, p, i, persons, images)
			}
			if sum.Added != good || sum.Rejected != bad || sum.Skipped != 0 {
				t.Errorf("%s, cut at line %d: summary %+v", mode, n, sum)
			}
		}
	}
	checkReport(t, report, good, bad)
}

// withoutResults keeps the first n lines, and of the others the intents.
func withoutResults(lines []string, n int) string {
	kept := strings.Join(lines[:n], "")
	for _, line := range lines[n:] {
		if strings.HasPrefix(line, `{"intent"`) {
			kept += line
		}
	}
	return kept
}

func checkReport(t *testing.T, path string, good, bad int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(rows[0], ",") != "row,file,result,error_code,reason,person_id" || len(rows) != 1+good+bad {
		t.Fatalf("report of %d rows, head %v", len(rows), rows[0])
	}
	for i, row := range rows[1:] {
		if row[0] != strconv.Itoa(i+1) || (row[2] == resultAdded) != (row[5] != "") || (row[2] == resultRejected) != (row[4] != "") {
			t.Errorf("row %v", row)
		}
	}
}

// TestExportImports: what was exported can be imported, and is the same then.
func TestExportImports(t *testing.T) {
	t.Parallel()
	s := serving(t)
	dir, good, _ := library(t)
	s.run(t, "company", "create", "--name", "Test company").exits(exitOK)
	for _, alias := range []string{"from", "to"} {
		s.run(t, "collection", "create", "--alias", alias, "--company", "test company").exits(exitOK)
	}
	s.run(t, "collection", "import", dir, "--collection", "from").exits(exitSomeRejected)
	archive := filepath.Join(t.TempDir(), "from.zip")
	s.run(t, "collection", "export", "--collection", "from", "--out", archive).exits(exitOK)
	if info, err := os.Stat(archive); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the archive has mode %v, %v", info.Mode(), err)
	}
	z, err := zip.OpenReader(archive)
	if err != nil || len(z.File) != good+1 {
		t.Fatalf("archive: %v", err)
	}
	_ = z.Close()
	s.run(t, "collection", "import", archive, "--collection", "to", "--dry-run").exits(exitOK)
	if p, i := s.counted(t, "to"); p != 0 || i != 0 {
		t.Errorf("a dry run left %d persons, %d images", p, i)
	}
	s.run(t, "collection", "import", archive, "--collection", "to").exits(exitOK)
	if p, i := s.counted(t, "to"); p != 3 || i != good {
		t.Errorf("%d persons, %d images; want 3, %d", p, i, good)
	}
	names := func(alias string) (list []string) {
		var persons []client.Person
		s.run(t, "person", "list", "--collection", alias, "-o", "json").exits(exitOK).into(&persons)
		for _, p := range persons {
			list = append(list, personName(p)+" "+strconv.Itoa(p.ImagesCount))
		}
		slices.Sort(list) // several are enrolled at a time
		return list
	}
	from, _ := json.Marshal(names("from"))
	to, _ := json.Marshal(names("to"))
	if !bytes.Equal(from, to) {
		t.Errorf("persons %s, want %s", to, from)
	}
}

func TestMaxErrorsAndDuplicates(t *testing.T) {
	t.Parallel()
	s := serving(t)
	dir, good, _ := library(t)
	s.run(t, "company", "create", "--name", "Test company").exits(exitOK)
	s.run(t, "collection", "create", "--alias", "list", "--company", "test company").exits(exitOK)
	s.run(t, "collection", "import", dir, "--collection", "list", "--max-errors", "0").exits(exitSomeRejected)
	s.run(t, "collection", "import", dir, "--collection", "list").exits(exitSomeRejected)

	var sum importSummary
	anew := filepath.Join(t.TempDir(), "anew")
	s.run(t, "collection", "import", dir, "--collection", "list", "--resume", anew, "-o", "json").exits(exitSomeRejected).into(&sum)
	if sum.Skipped != good || sum.Added != 0 {
		t.Errorf("the same photos again: %+v", sum)
	}
	o := s.run(t, "collection", "import", dir, "--collection", "list", "--resume", anew+"2", "--on-duplicate", "fail").exits(exitSomeRejected)
	if strings.Count(o.stderr, ": duplicate\n") != good {
		t.Errorf("refused duplicates: %s", o.stderr)
	}
	if _, images := s.counted(t, "list"); images != good {
		t.Errorf("%d images, want %d", images, good)
	}
}
