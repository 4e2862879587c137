package e2e

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"example.org/osprey/internal/testphoto"
)

// desk is a server with what the command line made on it.
type desk struct {
	*server
	company, list string
	token         string // of a CLIENT_SERVICE user
}

// newDesk makes a company, a service token and a collection by commands alone.
func newDesk(t *testing.T, s *server) desk {
	t.Helper()
	s.log.hide(mailDomain, userPassword)
	d := desk{server: s}
	d.company = s.osprey(t, "-o", "json", "company", "create", "--name", "Acme", "analysis_settings.collection.threshold=0.85").
		exits(0).json().check("name", "Acme").id("company_id")
	s.osprey(t, "user", "create", "--email", "robot"+mailDomain, "--role", "CLIENT_SERVICE", "--company", "acme", "--erase", "-q").exits(0)
	made := s.osprey(t, "-o", "json", "token", "create", "--user", "robot"+mailDomain, "--name", "crm").exits(0).json()
	d.token = made.text("access_token")
	d.list = s.osprey(t, "-o", "json", "collection", "create", "--alias", "blacklist", "--company", "Acme").
		exits(0).json().check("alias", "blacklist").check("company_id", d.company).id("collection_id")
	return d
}

// remote runs a command through the API with the service token.
func (d desk) remote(t *testing.T, args ...string) result {
	t.Helper()
	dir := t.TempDir() // knows nothing of the server's data
	r := command{env: environment(dir, "OSPREY_TOKEN="+d.token), dir: dir}.run(d.bin, append([]string{"--server", d.base}, args...)...)
	r.tb = t
	return r
}

// writePhotos writes photographs into a folder, named by path.
func writePhotos(t *testing.T, dir string, photos map[string]testphoto.Photo) {
	t.Helper()
	for name, p := range photos {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, p.JPEG, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCLI: the commands on a running server, through its socket.
func TestCLI(t *testing.T) {
	t.Parallel()
	s := start(t)
	d := newDesk(t, s)
	p := people(t)

	t.Run("users", func(t *testing.T) {
		made := s.ospreyWith(t, userPassword+"\n", "-o", "json", "user", "create", "--email", "ann"+mailDomain, "--role", "client_admin", "--company", d.company,
			"--first-name", firstName, "--last-name", lastName, "--password-file", "-").exits(0).json().check("user_type", "CLIENT_ADMIN").check("company_id", d.company)
		s.login(t, "ann"+mailDomain, userPassword).get(t, "/api/collections/").want(200).check("total", 1)
		if bytes.Contains(made.body, []byte(userPassword)) {
			t.Error("the password is printed")
		}
		// Without a password a token to set one is printed, once.
		made = s.osprey(t, "-o", "json", "user", "create", "--email", "bob"+mailDomain, "--role", "CLIENT", "--company", d.company, "--allow", "collection").exits(0).json()
		made.check("can_start_analysis_collection", true).check("can_start_analysis_quality", false)
		s.as("").post(t, "/api/authorize/restore/confirm/", object{"token": made.text("reset_token"), "password": userPassword}).want(204)
		s.login(t, "bob"+mailDomain, userPassword)
		s.ospreyWith(t, "short", "user", "passwd", "bob"+mailDomain, "--password-file", "-").exits(6).says("password")
		s.ospreyWith(t, "another long one 4", "user", "passwd", "bob"+mailDomain, "--password-file", "-").exits(0)
		s.login(t, "bob"+mailDomain, "another long one 4")
		s.osprey(t, "user", "disable", "bob"+mailDomain).exits(0)
		s.as("").post(t, "/api/authorize/auth/", login("bob"+mailDomain, "another long one 4")).fault(badLogin)
		s.osprey(t, "--yes", "user", "delete", "bob"+mailDomain).exits(0)
		if all := s.osprey(t, "-o", "json", "user", "list", "--company", "Acme").exits(0).json(); len(all.list("")) != 2 {
			t.Errorf("%s", all)
		}
		s.osprey(t, "user", "create", "--email", "x"+mailDomain, "--role", "CLIENT", "--password", "visible").exits(2) // secrets are no flags
	})

	t.Run("tokens", func(t *testing.T) {
		s.as(d.token).get(t, "/api/collections/").want(200).check("total", 1)
		listed := s.osprey(t, "-o", "json", "token", "list", "--user", "robot"+mailDomain).exits(0).json().check("0.name", "crm").checkAbsent("0.access_token")
		spare := s.osprey(t, "-o", "json", "token", "create", "--user", "robot"+mailDomain, "--name", "spare", "--expires", "1h").exits(0).json()
		s.osprey(t, "token", "revoke", spare.id("token_id"), "--user", "robot"+mailDomain).exits(0)
		s.as(spare.text("access_token")).get(t, "/api/collections/").fault(authInvalid)
		if len(listed.list("")) != 1 {
			t.Errorf("%s", listed)
		}
		s.osprey(t, "token", "create", "--user", "ann"+mailDomain, "--name", "x").exits(6)
	})

	t.Run("exit codes", func(t *testing.T) {
		for _, tt := range []struct {
			code int
			args []string
		}{
			{2, []string{"collection", "make"}},
			{2, []string{"--output", "xml", "version"}},
			{2, []string{"collection", "create"}},
			{3, []string{"collection", "info", "nowhere"}},
			{3, []string{"company", "update", "nobody", "--name", "x"}},
			{3, []string{"user", "disable", "nobody" + mailDomain}},
			{5, []string{"collection", "create", "--alias", "BLACKLIST", "--company", "Acme"}},
			{6, []string{"collection", "create", "--alias", "x", "--company", "Acme", "--threshold", "7"}},
			{6, []string{"company", "create", "--name", " "}},
			{1, []string{"collection", "import", "/nonexistent", "--collection", "blacklist"}},
		} {
			r := s.osprey(t, tt.args...)
			if r.code != tt.code || r.stderr == "" {
				t.Errorf("%s: exit %d, want %d: %s", r.line, r.code, tt.code, r.stderr)
			}
			if tt.code == 2 {
				continue
			}
			var told struct {
				Error struct {
					Code    int
					Message string
				}
			}
			r = s.osprey(t, append([]string{"-o", "json"}, tt.args...)...)
			if err := json.Unmarshal([]byte(r.stderr), &told); err != nil || told.Error.Code != tt.code || told.Error.Message == "" {
				t.Errorf("%s: %v %s", r.line, err, r.stderr)
			}
		}
		d.remote(t, "company", "create", "--name", "x").exits(4)
		bad := d
		bad.token = "osp_sk_wrong"
		bad.remote(t, "collection", "list").exits(4)
		gone := d
		gone.server = &server{bin: s.bin, base: "http://127.0.0.1:1", log: s.log}
		gone.remote(t, "collection", "list").exits(7)
	})

	t.Run("import a folder of folders", func(t *testing.T) {
		dir := t.TempDir()
		writePhotos(t, dir, map[string]testphoto.Photo{
			"in/Ada_Mary_Lovelace/1.jpg": p.ada[0], "in/Ada_Mary_Lovelace/2.jpg": p.ada[1], "in/Ada_Mary_Lovelace/nobody.jpg": p.nobody,
			"in/Bea_Byron/1.jpg": p.bea[0], "in/Bea_Byron/again.jpg": p.bea[0], "in/Cem/two.jpg": p.two, "in/Cem/1.jpg": p.cem[0],
		})
		if err := os.WriteFile(filepath.Join(dir, "in", "note.txt"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		report := filepath.Join(dir, "report.csv")
		run := func() result {
			return s.osprey(t, "-o", "json", "collection", "import", filepath.Join(dir, "in"), "--collection", "blacklist", "--mode", "person-dir", "--report", report)
		}
		s.osprey(t, "-o", "json", "--dry-run", "collection", "import", filepath.Join(dir, "in"), "--collection", "blacklist").exits(9)
		s.osprey(t, "-o", "json", "collection", "info", "blacklist").exits(0).json().check("persons_count", 0)

		first := run().exits(9)
		first.json().check("total", 7).check("done", 7).check("added", 4).check("skipped_duplicate", 1).check("rejected", 2).check("ignored", 1)
		first.says("nobody.jpg").says("two.jpg")
		rows := readReport(t, report)
		for file, want := range map[string][3]string{
			"Ada_Mary_Lovelace/1.jpg": {"added", "", ""}, "Ada_Mary_Lovelace/nobody.jpg": {"rejected", "20", "no_face"},
			"Bea_Byron/again.jpg": {"skipped_duplicate", "", ""}, "Cem/two.jpg": {"rejected", "21", "several_faces"},
		} {
			if got := rows[file]; [3]string{got["result"], got["error_code"], got["reason"]} != want {
				t.Errorf("%s: %v, want %v", file, got, want)
			}
		}
		run().exits(9).json().check("added", 4).check("rejected", 2)
		info := s.osprey(t, "-o", "json", "collection", "info", "blacklist").exits(0).json()
		info.check("persons_count", 3).check("images_count", 4)
		persons := s.osprey(t, "-o", "json", "person", "list", "--collection", "blacklist", "--search", "lovelace").exits(0).json()
		persons.check("0.meta_data.person_info", object{"first_name": "Ada", "middle_name": "Mary", "last_name": "Lovelace"}).check("0.images_count", 2)
		// Without its journal the bytes themselves tell what is there.
		if err := os.Remove(filepath.Join(dir, "in.osprey-import")); err != nil {
			t.Fatal(err)
		}
		run().exits(9).json().check("added", 0).check("skipped_duplicate", 5)
	})

	t.Run("search", func(t *testing.T) {
		dir := t.TempDir()
		writePhotos(t, dir, map[string]testphoto.Photo{"ada.jpg": p.ada[5], "dua.jpg": p.dua[0], "nobody.jpg": p.nobody})
		hit := s.osprey(t, "-o", "json", "collection", "search", filepath.Join(dir, "ada.jpg"), "--collection", "blacklist").exits(0)
		if !strings.Contains(hit.stdout, "confidence") {
			t.Errorf("%s", hit.stdout)
		}
		s.osprey(t, "collection", "search", filepath.Join(dir, "dua.jpg"), "--collection", "blacklist").exits(3)
		s.osprey(t, "collection", "search", filepath.Join(dir, "nobody.jpg"), "--collection", "blacklist").exits(6)
		remote := d.remote(t, "-o", "json", "collection", "search", filepath.Join(dir, "ada.jpg"), "--collection", d.list).exits(0)
		if remote.stdout != hit.stdout {
			t.Errorf("remote: %s\nlocal: %s", remote.stdout, hit.stdout)
		}
	})

	t.Run("equal near and far", func(t *testing.T) {
		for _, args := range [][]string{
			{"-o", "json", "collection", "list"}, {"collection", "list"}, {"-o", "csv", "collection", "list"}, {"-o", "ndjson", "collection", "list"},
			{"-o", "json", "collection", "info", "blacklist"}, {"collection", "info", d.list}, {"person", "list", "--collection", "blacklist"},
		} {
			near, far := s.osprey(t, args...).exits(0), d.remote(t, args...).exits(0)
			if near.stdout != far.stdout || near.stdout == "" {
				t.Errorf("%s\nnear: %s\nfar: %s", near.line, near.stdout, far.stdout)
			}
		}
	})

	t.Run("check", func(t *testing.T) {
		s.osprey(t, "check", "--live").exits(0)
		s.osprey(t, "check").exits(10).says("--live") // whole only while nobody writes
		s.osprey(t, "models", "verify").exits(0)
	})

	t.Run("without a server", func(t *testing.T) {
		before := s.osprey(t, "-o", "json", "collection", "list").exits(0)
		if code, err := s.stop(); err != nil || code != 0 {
			t.Fatal(code, err)
		}
		after := s.osprey(t, "-o", "json", "collection", "list").exits(0)
		if before.stdout != after.stdout {
			t.Errorf("with: %s\nwithout: %s", before.stdout, after.stdout)
		}
		dir := t.TempDir()
		writePhotos(t, dir, map[string]testphoto.Photo{"ada.jpg": p.ada[6]})
		s.osprey(t, "collection", "search", filepath.Join(dir, "ada.jpg"), "--collection", "blacklist").exits(0)
		s.osprey(t, "check").exits(0)
	})
}

// readReport reads the report of an import by file.
func readReport(t *testing.T, path string) map[string]map[string]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil || len(rows) == 0 || strings.Join(rows[0], ",") != "row,file,result,error_code,reason,person_id" {
		t.Fatalf("%v\n%s", err, b)
	}
	out := map[string]map[string]string{}
	for _, row := range rows[1:] {
		out[row[1]] = map[string]string{}
		for i, name := range rows[0] {
			out[row[1]][name] = row[i]
		}
	}
	return out
}

// TestCLIImportResumes: an import that is killed and run again adds nothing twice,
// and ends where one clean run would.
func TestCLIImportResumes(t *testing.T) {
	t.Parallel()
	s := start(t)
	d := newDesk(t, s)
	p := people(t)
	dir := t.TempDir()
	shots := map[string]testphoto.Photo{}
	var manifest strings.Builder
	manifest.WriteString("file,first_name,last_name,person,clearance\n")
	for i, shot := range append(append(append([]testphoto.Photo{}, p.ada...), p.bea...), p.cem...) {
		name := fmt.Sprintf("photo-%02d.jpg", i)
		shots[name] = shot
		fmt.Fprintf(&manifest, "%s,%s,%s,%s,red\n", name, firstName, lastName, strings.Split(shot.Name, "-")[0])
	}
	writePhotos(t, dir, shots)
	if err := os.WriteFile(filepath.Join(dir, "people.csv"), []byte(manifest.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-o", "json", "collection", "import", filepath.Join(dir, "people.csv"), "--collection", d.list, "--concurrency", "2"}
	count := func() int { return int(s.as(d.token).get(t, collectionPath(d.list)).want(200).number("images_count")) }
	for target := 3; target <= 12; target += 3 {
		cmd := exec.Command(s.bin, args...)
		cmd.Env, cmd.Dir = s.env, s.dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); close(ended) }()
		if err := s.poll("full enough", startPatience, func() bool {
			select {
			case <-ended:
				return true
			default:
				return count() >= target
			}
		}); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Process.Kill()
		<-ended
	}
	s.osprey(t, args...).exits(0).json().check("total", len(shots)).check("done", len(shots)).check("rejected", 0)
	s.as(d.token).get(t, collectionPath(d.list)).want(200).check("persons_count", 3).check("images_count", len(shots))
	found := s.as(d.token).get(t, persons(d.list)+"?meta_data=clearance==red").want(200).check("total", 3)
	for i := range 3 {
		at := fmt.Sprintf("items.%d.", i)
		for j := range found.list(at + "images") {
			found.check(fmt.Sprintf("%simages.%d.duplicate_of", at, j), nil)
		}
		found.check(at+"meta_data.person_info", object{"first_name": firstName, "last_name": lastName})
	}
	if code, err := s.stop(); err != nil || code != 0 {
		t.Fatal(code, err)
	}
	s.osprey(t, "check").exits(0)
}

// TestCLIExportImport: what is exported can be imported again.
func TestCLIExportImport(t *testing.T) {
	t.Parallel()
	s := start(t)
	d := newDesk(t, s)
	p := people(t)
	ca := s.as(d.token)
	ca.upload(t, persons(d.list), photo("image1", p.ada[0]), photo("image2", p.ada[1]),
		payload(object{"person:meta_data": object{"person_info": object{"first_name": firstName, "last_name": lastName}, "clearance": "red"}})).want(201)
	ca.upload(t, persons(d.list), photo("image1", p.bea[0])).want(201)
	file := filepath.Join(t.TempDir(), "blacklist.zip")
	s.osprey(t, "collection", "export", "--collection", d.list, "--out", file).exits(0)
	copied := s.osprey(t, "-o", "json", "collection", "create", "--alias", "copy", "--company", "Acme").exits(0).json().id("collection_id")
	s.osprey(t, "-o", "json", "collection", "import", file, "--collection", copied).exits(0).json().check("added", 3).check("rejected", 0)
	a := ca.get(t, persons(copied)+"?sorting=time_created{asc}").want(200).check("total", 2)
	b := ca.get(t, persons(copied)+"?search_text="+lastName).want(200).check("total", 1)
	b.check("items.0.images_count", 2).check("items.0.meta_data.person_info.first_name", firstName).check("items.0.meta_data.clearance", "red")
	if a.number("items.0.images_count")+a.number("items.1.images_count") != 3 {
		t.Errorf("%s: photos", a)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the export of photographs is for its owner alone: %v %v", info.Mode(), err)
	}
}

// TestCLIAlone: commands that need no data.
func TestCLIAlone(t *testing.T) {
	t.Parallel()
	bin := builtAs(t, "OSPREY_BIN", "osprey")
	dir := t.TempDir()
	run := func(t *testing.T, env []string, args ...string) result {
		t.Helper()
		r := command{env: environment(dir, env...), dir: dir}.run(bin, args...)
		r.tb = t
		return r
	}
	t.Run("version", func(t *testing.T) {
		a := run(t, nil, "-o", "json", "version").exits(0).json()
		for _, key := range []string{"version", "commit", "go", "engine"} {
			a.at(key)
		}
		run(t, nil, "version").exits(0).says(a.text("version"))
	})
	t.Run("config print", func(t *testing.T) {
		const secret = "metrics-token-of-16-characters"
		env := []string{"OSPREY_METRICS_TOKEN=" + secret, "OSPREY_SERVER_SECRET_KEY=0123456789abcdef0123456789abcdef", "OSPREY_COLLECTION_THRESHOLD=0.9"}
		for _, form := range []string{"table", "json", "csv", "ndjson"} {
			r := run(t, env, "-o", form, "config", "print", "--effective").exits(0).says("collection.threshold").says("0.9")
			for _, word := range []string{secret, "0123456789abcdef", adminPassword} {
				if strings.Contains(r.stdout+r.stderr, word) {
					t.Errorf("%s shows a secret", form)
				}
			}
		}
		run(t, []string{"OSPREY_LOG_LEVEL=loud"}, "config", "print").exits(2)
	})
	t.Run("completion", func(t *testing.T) {
		for shell, check := range map[string][]string{"bash": {"bash", "-n"}, "zsh": {"zsh", "-n"}, "fish": {"fish", "-n"}, "powershell": nil} {
			script := run(t, nil, "completion", shell).exits(0)
			if !strings.Contains(script.stdout, "osprey") || !strings.Contains(script.stdout, "collection") {
				t.Errorf("%s: %s", shell, script.stdout)
			}
			if check == nil {
				continue
			}
			if _, err := exec.LookPath(check[0]); err != nil {
				t.Logf("%s is not installed: its script is not parsed", check[0])
				continue
			}
			file := filepath.Join(t.TempDir(), "script")
			if err := os.WriteFile(file, []byte(script.stdout), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(check[0], append(check[1:], file)...).CombinedOutput(); err != nil {
				t.Errorf("%s: %v %s", shell, err, out)
			}
		}
		run(t, nil, "completion", "tcsh").exits(2)
	})
	t.Run("a reader that has enough", func(t *testing.T) {
		cmd := exec.Command("bash", "-c", `set -o pipefail; "$0" completion bash | head -1`, bin)
		cmd.Env = environment(dir)
		if out, err := cmd.CombinedOutput(); err != nil || strings.Count(string(out), "\n") != 1 {
			t.Errorf("%v %s", err, out)
		}
	})
}
