package osprey

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

type fixed struct{ t time.Time }

func (f fixed) Now() time.Time { return f.t }

func TestIDsGrow(t *testing.T) {
	t.Parallel()
	g := NewIDs(fixed{time.UnixMilli(1767225600123)})
	var mu sync.Mutex
	var all []ID
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			last := ID("")
			for range 2000 {
				id := g.New()
				if id <= last {
					t.Errorf("%s after %s", id, last)
				}
				last = id
				mu.Lock()
				all = append(all, id)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	slices.Sort(all)
	if n := len(slices.Compact(all)); n != 16000 {
		t.Errorf("%d different ids of 16000", n)
	}
	for _, id := range all[:10] {
		if got, ok := ParseID(strings.ToUpper(string(id))); !ok || got != id {
			t.Errorf("ParseID(%q) = %q, %v", strings.ToUpper(string(id)), got, ok)
		}
		if id[14] != '7' || !strings.ContainsRune("89ab", rune(id[19])) {
			t.Errorf("%s is no UUIDv7", id)
		}
	}
}

func TestParseIDRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "x", "01980000-0000-7000-8000-00000000000", "01980000-0000-7000-8000-0000000000c11",
		"01980000x0000-7000-8000-0000000000c1", "0198000g-0000-7000-8000-0000000000c1", "{01980000-0000-7000-8000-0000000000c1}",
	} {
		if id, ok := ParseID(s); ok {
			t.Errorf("ParseID(%q) = %q", s, id)
		}
	}
}

func FuzzParseID(f *testing.F) {
	f.Add("01980000-0000-7000-8000-0000000000c1")
	f.Fuzz(func(t *testing.T, s string) {
		if id, ok := ParseID(s); ok && (!strings.EqualFold(string(id), s) || string(id) != strings.ToLower(s)) {
			t.Errorf("ParseID(%q) = %q", s, id)
		}
	})
}

func TestTimeJSON(t *testing.T) {
	t.Parallel()
	for in, want := range map[Time]string{
		0: "null", 1767225600_120001: "1767225600.120001", 1767225600_000000: "1767225600.0",
		1767225600_500000: "1767225600.5", 1: "0.000001", -1_500000: "-1.5",
	} {
		if got, err := json.Marshal(in); err != nil || string(got) != want {
			t.Errorf("%d: %s, want %s (%v)", int64(in), got, want, err)
		}
	}
}

func TestCleanAlias(t *testing.T) {
	t.Parallel()
	if got, err := CleanAlias("  Черный список \t"); err != nil || got != "Черный список" {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range []string{"", "   ", strings.Repeat("é", 129), "a\nb", "a\x00b", "\xff"} {
		if _, err := CleanAlias(bad); !IsCode(err, CodeInvalidValue) || ErrorOf(err).Details["field"] != "alias" {
			t.Errorf("CleanAlias(%q): %v", bad, err)
		}
	}
	if _, err := CleanAlias(strings.Repeat("é", 128)); err != nil {
		t.Errorf("128 characters: %v", err)
	}
}

func TestCleanTags(t *testing.T) {
	t.Parallel()
	got, err := CleanTags("media:tags.a", []string{"b", "a", "b"})
	if err != nil || !slices.Equal(got, []string{"b", "a"}) {
		t.Errorf("%v, %v", got, err)
	}
	many := make([]string, 21)
	for i := range many {
		many[i] = fmt.Sprintf("t%d", i)
	}
	for _, bad := range [][]string{{""}, {"A"}, {"a-b"}, {strings.Repeat("a", 65)}, many} {
		if _, err := CleanTags("media:tags.a", bad); !IsCode(err, CodeInvalidValue) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestMetadataBounds(t *testing.T) {
	t.Parallel()
	nest := func(n int) Metadata {
		v := any("x")
		for range n - 1 {
			v = map[string]any{"k": v}
		}
		return Metadata{"k": v}
	}
	many := Metadata{}
	for i := range 201 {
		many[fmt.Sprint(i)] = "x"
	}
	for name, c := range map[string]struct {
		m    Metadata
		want string
	}{
		"depth 8": {nest(8), ""}, "depth 9": {nest(9), "nesting"}, "201 keys": {many, "keys"},
		"long key": {Metadata{strings.Repeat("k", 129): 1}, "key_length"}, "empty key": {Metadata{"": 1}, "key_length"},
		"long key within": {Metadata{"l": []any{map[string]any{strings.Repeat("k", 129): 1}}}, "key_length"},
		"64 KiB":          {Metadata{"k": strings.Repeat("x", 64<<10)}, "bytes"}, "nothing": {nil, ""},
	} {
		err := c.m.Check("meta_data")
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if !IsCode(err, CodeInvalidValue) || ErrorOf(err).Details["reason"] != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMetadataFlatten(t *testing.T) {
	t.Parallel()
	m, err := ParseMetadata([]byte(`{"a":{"b":"deep","c":1.50},"a.b":"literal","n":null,"t":true,"l":[1,"x"],"o":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, x := range m.Flatten() {
		got[x.Path] = x.Text
	}
	want := map[string]string{
		"a": `{"b":"deep","c":1.50}`, "a.b": "literal", "a.c": "1.50", "n": "null", "t": "true", "l": `[1,"x"]`, "o": "{}",
	}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s = %q, want %q", k, got[k], v)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v", got)
	}
}

func FuzzMetadata(f *testing.F) {
	f.Add([]byte(`{"a":{"b":1}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseMetadata(b)
		if err != nil || m.Check("m") != nil {
			return
		}
		m.Flatten()
		_ = m.PersonName()
		_ = m.CheckConsent()
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseMetadata(text); err != nil {
			t.Fatal(err)
		}
	})
}

func TestConsent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Code{
		`{}`: -1, `{"consent":null}`: -1, `{"consent":{"given":true}}`: -1,
		`{"consent":{"given":false,"purpose":"p","text_version":"1","subject_id":"s","time":1767225600}}`: -1,
		`{"consent":true}`: CodeInvalidType, `{"consent":{}}`: CodeInvalidType, `{"consent":{"given":1}}`: CodeInvalidType,
		`{"consent":{"given":true,"time":"x"}}`: CodeInvalidType, `{"consent":{"given":true,"purpose":{}}}`: CodeInvalidType,
	} {
		m, err := ParseMetadata([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		err = m.CheckConsent()
		if want < 0 && err != nil || want >= 0 && !IsCode(err, want) {
			t.Errorf("%s: %v", text, err)
		}
		if given := m.ConsentGiven(); given != strings.Contains(text, `"given":true`) {
			t.Errorf("%s: given %v", text, given)
		}
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for a, b := range map[string]string{"STRASSE": "straße", "É": "e\u0301", "Ω": "ω", "Ann@Example.COM": "ann@example.com"} {
		if Fold(a) != Fold(b) {
			t.Errorf("Fold(%q) = %q, Fold(%q) = %q", a, Fold(a), b, Fold(b))
		}
	}
}

func TestGate(t *testing.T) {
	t.Parallel()
	good := Quality{FaceSize: 64, Yaw: -40, Pitch: 35, Roll: -45, Sharpness: .15, Brightness: .08, FaceInside: .9, DetectorScore: .6}
	if broken := EnrolmentGate().Check(good); len(broken) != 0 {
		t.Errorf("the bounds themselves do not pass: %v", broken)
	}
	for name, edit := range map[string]func(*Quality){
		"face_size": func(q *Quality) { q.FaceSize = 63.9 }, "yaw": func(q *Quality) { q.Yaw = -40.1 },
		"pitch": func(q *Quality) { q.Pitch = 35.1 }, "roll": func(q *Quality) { q.Roll = 45.1 },
		"sharpness": func(q *Quality) { q.Sharpness = .149 }, "brightness": func(q *Quality) { q.Brightness = .951 },
		"face_inside": func(q *Quality) { q.FaceInside = .89 },
	} {
		q := good
		edit(&q)
		broken := EnrolmentGate().Check(q)
		if len(broken) != 1 || broken[0].Name != name {
			t.Errorf("%s: %v", name, broken)
		}
		if weak := AnalysisGate().Check(q); len(weak) != 0 {
			t.Errorf("%s breaks the gate of analyses: %v", name, weak)
		}
	}
}

func TestScopeCovers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		scope          Scope
		company, owner ID
		want           bool
	}{
		{Scope{}, "", "", false},
		{Scope{}, "a", "u", false},
		{Everything(), "a", "u", true},
		{Within("a"), "a", "u", true},
		{Within("a"), "b", "u", false},
		{Scope{Company: "a", Owner: "u"}, "a", "u", true},
		{Scope{Company: "a", Owner: "u"}, "a", "v", false},
	} {
		if got := c.scope.Covers(c.company, c.owner); got != c.want {
			t.Errorf("%+v covers %s/%s: %v", c.scope, c.company, c.owner, got)
		}
	}
}

func TestJoinParts(t *testing.T) {
	t.Parallel()
	if err := JoinParts(nil); err != nil {
		t.Fatal(err)
	}
	face := Errorf(CodeNoFace, "No face found").With("reason", "no_face")
	low := Errorf(CodeLowQuality, "x").With("reason", "low_quality").With("checks", []GateCheck{{"face_size", 41, 64}})
	file := Errorf(CodeInvalidValue, "x").With("reason", "undecodable")
	e := ErrorOf(JoinParts([]PartFault{{"a", low}, {"b", face}}))
	parts, _ := e.Details["parts"].([]Details)
	if e.Code != CodeLowQuality || e.Details["field"] != "a" || len(parts) != 2 || parts[1]["error_code"] != 20 || e.Details["checks"] == nil {
		t.Errorf("faces: %v %v", e, e.Details)
	}
	e = ErrorOf(JoinParts([]PartFault{{"a", low}, {"b", file}, {"c", face}}))
	if parts, _ := e.Details["parts"].([]Details); e.Code != CodeInvalidValue || e.Details["field"] != "b" || len(parts) != 1 {
		t.Errorf("a bad file hides bad faces: %v %v", e, e.Details)
	}
}

func TestErrorOf(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk on fire")
	e := ErrorOf(fmt.Errorf("wrapped: %w", cause))
	if e.Code != CodeUnknown || strings.Contains(e.Message, "fire") || !errors.Is(e, cause) {
		t.Errorf("%+v", e)
	}
	base := NotExist()
	if with := base.With("field", "x"); base.Details["field"] != nil || with.Details["field"] != "x" {
		t.Error("With changed its receiver")
	}
}
