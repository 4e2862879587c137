package config

import (
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestFileLayouts(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nested": "http:\n  listen: :9000\n  allowed_hosts: [a.example, b.example]\n",
		"dotted": "http.listen: ':9000'\nhttp.allowed_hosts: a.example, b.example\n",
		"both":   "http.listen: \":9000\"\nhttp:\n  allowed_hosts:\n    - a.example\n    - b.example\n",
		"nulls":  "http: {listen: ':9000', allowed_hosts: [a.example, b.example], public_url: ~}\nops:\nlog.level:\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := ParseFile("osprey.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			got, err := Resolve(Sources{File: file, Host: host()})
			if err != nil {
				t.Fatal(err)
			}
			if h := got.Config.HTTP; h.Listen != ":9000" || strings.Join(h.AllowedHosts, "+") != "a.example+b.example" {
				t.Errorf("got %+v", h)
			}
			if got.Origin("http.listen") != SourceFile || got.Origin("ops.listen") != SourceDefault {
				t.Error("wrong origins")
			}
		})
	}
}

// TestFileLicenseKey: a licence key is taken, noted once without its value, and of no use.
func TestFileLicenseKey(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"license.key: sesame", "license:\n  key: sesame", "license: {key: [sesame, 1]}", "license.key: ~", "license: {key: sesame}\nlicense.key: sesame",
	} {
		file, err := ParseFile("f", []byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		got, err := Resolve(Sources{File: file, Host: host()})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if want := []Notice{{Level: slog.LevelInfo, Text: "license.key is accepted and has no effect"}}; !slices.Equal(got.Notices, want) {
			t.Errorf("%q: %v", text, got.Notices)
		}
	}
	for _, text := range []string{"license: sesame", "license: {file: x}", "license.keys: x"} {
		if _, err := ParseFile("f", []byte(text)); err == nil || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestFileFaults(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"htpp: {listen: ':1'}":                           "htpp: unknown setting (f:1); the nearest is http",
		"http:\n  lisen: ':1'":                           "http.lisen: unknown setting (f:2); the nearest is http.listen",
		"\nsmtp.url: smtp://x":                           "smtp.url: unknown setting (f:2)",
		"http: off":                                      "http: unknown setting",
		"http.listen: ':1'\nhttp: {listen: ':2'}":        "it is set already in line 1",
		"http.listen: ':1'\nhttp.listen: ':2'":           "", // refused by the YAML reader or by us
		"data_dir: [a]":                                  "it must be a single value",
		"data_dir: {a: b}":                               "it must be a single value",
		"http.allowed_hosts: {a: b}":                     "it must be a list",
		"http.allowed_hosts: [[a]]":                      "a list of single values",
		"data_dir: &x /a\nhttp: {tls_cert: *x}":          "anchors and aliases",
		"- a":                                            "must be a mapping",
		"just text":                                      "must be a mapping",
		"a: [":                                           "f: yaml",
		"quality.bounds: 5":                              "it must be a mapping",
		"quality.bounds: {yaw: 30}":                      "`yaw` must be a mapping",
		"quality.bounds: {yaw: {hard: 15}}":              "`yaw.hard` is not a bound",
		"quality.bounds: {glare: {enrol: 1}}":            "`glare.enrol` is not a bound",
		"quality.bounds: {unified: {capture: 101}}":      "a number from 0 to 100",
		"quality.bounds: {brightness: {capture: [1,0]}}": "lower limit first",
		"quality.bounds: {yaw: {enrol: 500}}":            "a number from 0 to 180",
		"quality.bounds: {yaw: {enrol: [1, 2]}}":         "a number from 0 to 180",
		"quality.bounds: {brightness: {enrol: 0.1}}":     "must be two numbers",
		"quality.bounds: {brightness: {enrol: [1,0]}}":   "lower limit first",
		"quality.bounds: {face_size: {hard: 100}}":       "must not be weaker",
		"quality.bounds: {yaw: {enrol: 1, enrol: 2}}":    "there twice",
	} {
		file, err := ParseFile("f", []byte(text))
		if err == nil {
			_, err = Resolve(Sources{File: file, Host: host()})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestEveryBoundHasItsField: no two bounds read or write one number, and all numbers
// of good capture have one.
func TestEveryBoundHasItsField(t *testing.T) {
	t.Parallel()
	var b Bounds
	n := 0.0
	numbers := func(known bound) []*float64 {
		if known.high == nil {
			return []*float64{known.low(&b)}
		}
		return []*float64{known.low(&b), known.high(&b)}
	}
	for _, known := range bounds {
		for _, at := range numbers(known) {
			n++
			*at = n
		}
	}
	n = 0
	for _, known := range bounds {
		for _, at := range numbers(known) {
			if n++; *at != n {
				t.Errorf("%s.%s shares its number with another bound", known.check, known.gate)
			}
		}
	}
	v := reflect.ValueOf(b.Capture)
	for i := range v.NumField() {
		if v.Field(i).Float() == 0 {
			t.Errorf("no bound sets %s", v.Type().Field(i).Name)
		}
	}
}

func TestQualityBounds(t *testing.T) {
	t.Parallel()
	file, err := ParseFile("f", []byte("quality:\n  bounds:\n    face_size: {enrol: 80, capture: 150}\n    brightness: {enrol: [0.1, 0.9], capture: [0.2, 0.8]}\n    yaw: {enrol: 20}\n    glare: {capture: 0.05}\n"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Resolve(Sources{File: file, Host: host()})
	if err != nil {
		t.Fatal(err)
	}
	want := standardBounds()
	want.Enrol.FaceSize, want.Enrol.Yaw = 80, 20
	want.Enrol.BrightnessMin, want.Enrol.BrightnessMax = 0.1, 0.9
	want.Capture.FaceSize, want.Capture.Glare = 150, 0.05
	want.Capture.BrightnessMin, want.Capture.BrightnessMax = 0.2, 0.8
	if got.Config.Quality.Bounds != want {
		t.Errorf("got %+v, want %+v", got.Config.Quality.Bounds, want)
	}
	again, err := ParseFile("f", []byte("quality.bounds: "+boundsText(want)))
	if err != nil {
		t.Fatal(err)
	}
	back, err := Resolve(Sources{File: again, Host: host()})
	if err != nil || back.Config.Quality.Bounds != want {
		t.Errorf("the printed form %s does not read back: %v", boundsText(want), err)
	}
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "osprey.yaml")
	if _, err := ReadFile(path); err == nil {
		t.Error("a named file may not be absent")
	}
	if err := os.WriteFile(path, []byte("log.level: warn"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Resolve(Sources{File: file, Host: host()})
	if err != nil || got.Origin("log.level") != SourceFile {
		t.Errorf("origin %v, %v", got, err)
	}
	reloaded, err := got.WithFile(File{})
	if err != nil || reloaded.Origin("log.level") != SourceDefault {
		t.Errorf("a reload keeps the old file: %v", err)
	}
	if err := os.WriteFile(path, make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path); err == nil || !strings.Contains(err.Error(), "larger than 1MiB") {
		t.Errorf("a huge file: %v", err)
	}
}

func FuzzParseFile(f *testing.F) {
	f.Add([]byte("http:\n  listen: :9000\n  allowed_hosts: [a, b]\nquality.bounds: {yaw: {enrol: 3}}"))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("http: {http: {http: {}}}"))
	f.Add([]byte("? [a]\n: b"))
	f.Add([]byte("<<: {data_dir: x}"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		file, err := ParseFile("f", data)
		if err != nil {
			_ = err.Error()
			return
		}
		if got, err := Resolve(Sources{File: file, Host: host()}); err == nil {
			_ = got.Config
		}
	})
}
