package document

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var formats = []Format{TD1, TD2, TD3, MRVA, MRVB}

func TestParseMRZReadsWhatIsWritten(t *testing.T) {
	for _, f := range formats {
		t.Run(string(f), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s := specimens(f).Draw(t, "document")
				m, err := ParseMRZ(s.lines(), day)
				if err != nil {
					t.Fatal(err)
				}
				if !m.Valid || m.Format != f {
					t.Fatalf("%q: format %s, valid %v, digits %v", s.lines(), m.Format, m.Valid, m.CheckDigits)
				}
				sex := s.sex
				if sex == "<" {
					sex = "X"
				}
				want := []string{
					s.code, s.state, s.surname, s.given, s.number, s.nationality,
					iso(s.birth, true), sex, iso(s.expiry, false), s.optional,
				}
				for i, got := range m.Fields.List() {
					value := ""
					if got.Value != nil {
						value = *got.Value
					}
					if value != want[i] {
						t.Fatalf("%q: %s is %q, must be %q", s.lines(), got.Name, value, want[i])
					}
					if got.Valid != nil && !*got.Valid {
						t.Fatalf("%q: %s is not valid", s.lines(), got.Name)
					}
				}
			})
		})
	}
}

// What the scheme 7-3-1 can see: a change whose difference in value, times
// the weight, is no multiple of 10; 7, 3 and 1 share no factor with 10, so it
// is the difference that counts.
func TestParseMRZSeesChangedCharacters(t *testing.T) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
	for _, f := range formats {
		t.Run(string(f), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s := specimens(f).Draw(t, "document")
				lines := s.lines()
				l, _ := layoutOf(len(lines), len(lines[0]), lines[0][0])
				at := rapid.SampledFrom([]span{l.number, l.birth, l.expiry}).Draw(t, "field")
				k := rapid.IntRange(at.from, at.to-1).Draw(t, "place")
				c := alphabet[rapid.IntRange(0, len(alphabet)-1).Draw(t, "character")]
				old := lines[at.line][k]
				if (valueOf(old)-valueOf(c))%10 == 0 {
					t.Skip("the scheme cannot see it")
				}
				lines[at.line] = lines[at.line][:k] + string(c) + lines[at.line][k+1:]
				m, err := ParseMRZ(lines, day)
				if err == nil && m.Valid {
					t.Fatalf("%q is valid after %c became %c", lines, old, c)
				}
			})
		})
	}
}

func TestParseMRZSpecimens(t *testing.T) {
	// The specimens of Doc 9303, whose holders do not exist.
	for _, c := range []struct {
		lines  string
		format Format
		number string
	}{
		{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10", TD3, "L898902C3"},
		{"I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<", TD1, "D23145890"},
		{"I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<", TD1, "D23145890734"},
		{"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6", TD2, "D23145890"},
		{"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C4XXX4009078F96121096ZE184226B<<<<<<", MRVA, "L8988901C"},
		{"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nL8988901C4XXX4009078F9612109<<<<<<<<", MRVB, "L8988901C"},
		{"P<UTOEXAMPLE<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<<\nX123456785UTO9001158F3409305Q7<<<<<<<<<<<<32", TD3, "X12345678"},
	} {
		m, err := ParseMRZ(strings.Split(c.lines, "\n"), day)
		if err != nil || m.Format != c.format || m.Fields.DocumentNumber.Value != c.number || !m.Valid {
			t.Errorf("%s: %v, format %s, number %q, valid %v, digits %v",
				c.lines, err, m.Format, m.Fields.DocumentNumber.Value, m.Valid, m.CheckDigits)
		}
	}
}

func TestParseMRZDefinesDigitsByFormat(t *testing.T) {
	want := map[Format]string{
		TD1: "birth_date composite document_number expiry_date", TD2: "birth_date composite document_number expiry_date",
		TD3:  "birth_date composite document_number expiry_date optional_data",
		MRVA: "birth_date document_number expiry_date", MRVB: "birth_date document_number expiry_date",
	}
	for _, f := range formats {
		m, err := ParseMRZ(sample(f).lines(), day)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(strings.Fields(want[f])); n != len(m.CheckDigits) {
			t.Errorf("%s has the digits %v", f, m.CheckDigits)
		}
		for _, key := range strings.Fields(want[f]) {
			if !m.CheckDigits[key] {
				t.Errorf("%s: %s is missing or wrong", f, key)
			}
		}
	}
}

// sample is one document of the format.
func sample(f Format) specimen {
	code := map[Format]string{TD1: "I", TD2: "ID", TD3: "P", MRVA: "V", MRVB: "V"}[f]
	return specimen{
		format: f, code: code, state: "UTO", nationality: "D", surname: "OF THE EXAMPLES", given: "ANNA MARIA",
		number: "X12345678", birth: "900115", expiry: "340930", sex: "F", optional: "Q7",
	}
}

func TestParseMRZFields(t *testing.T) {
	type fields = map[string]any // string, or nil for no value
	for _, c := range []struct {
		name   string
		change func(*specimen)
		format Format
		want   fields
		valid  bool
	}{
		{"no given names", func(s *specimen) { s.given = "" }, TD3, fields{"given_names": nil, "surname": "OF THE EXAMPLES"}, true},
		{"name cut at the end", func(s *specimen) { s.surname, s.given = strings.Repeat("LONG ", 6)+"NAME", "ANNABELLA" }, TD3, fields{"given_names": "ANN"}, true},
		{"surname as long as the field", func(s *specimen) { s.surname = strings.Repeat("N", 39) }, TD3, fields{"given_names": nil}, true},
		{"Germany", func(s *specimen) { s.state = "D" }, TD1, fields{"issuing_state": "D", "nationality": "D"}, true},
		{"sex left open", func(s *specimen) { s.sex = "<" }, TD3, fields{"sex": "X"}, true},
		{"day unknown", func(s *specimen) { s.birth = "9001<<" }, TD3, fields{"birth_date": nil}, true},
		{"month and day unknown", func(s *specimen) { s.birth = "90<<<<" }, TD3, fields{"birth_date": nil}, true},
		{"nothing of the birth known", func(s *specimen) { s.birth = "<<<<<<" }, TD1, fields{"birth_date": nil}, true},
		{"month unknown, day known", func(s *specimen) { s.birth = "90<<15" }, TD3, fields{"birth_date": nil}, false},
		{"half a pair", func(s *specimen) { s.birth = "90011<" }, TD3, fields{"birth_date": nil}, false},
		{"month 13", func(s *specimen) { s.birth = "901301" }, TD3, fields{"birth_date": nil}, false},
		{"day 0", func(s *specimen) { s.birth = "901200" }, TD3, fields{"birth_date": nil}, false},
		{"no 29 February", func(s *specimen) { s.birth = "900229" }, TD3, fields{"birth_date": nil}, false},
		{"29 February", func(s *specimen) { s.birth = "920229" }, TD3, fields{"birth_date": "1992-02-29"}, true},
		{"32 of an open month", func(s *specimen) { s.expiry = "340932" }, TD3, fields{"expiry_date": nil}, false},
		{"letter in a date", func(s *specimen) { s.expiry = "34O930" }, TD3, fields{"expiry_date": nil}, false},
		{"birth today", func(s *specimen) { s.birth = "260315" }, TD3, fields{"birth_date": "2026-03-15"}, true},
		{"birth tomorrow was a hundred years ago", func(s *specimen) { s.birth = "260316" }, TD3, fields{"birth_date": "1926-03-16"}, true},
		{"expiry 50 years ahead", func(s *specimen) { s.expiry = "761231" }, TD3, fields{"expiry_date": "2076-12-31"}, true},
		{"expiry 51 years ahead was past", func(s *specimen) { s.expiry = "770101" }, TD3, fields{"expiry_date": "1977-01-01"}, true},
		{"no optional data", func(s *specimen) { s.optional = "" }, TD3, fields{"optional_data": nil}, true},
		{"long number and data", func(s *specimen) { s.number, s.optional = "D23145890734", "A1" }, TD1, fields{"document_number": "D23145890734", "optional_data": "A1"}, true},
		{"long number in TD2", func(s *specimen) { s.number, s.optional = "D23145890734", "" }, TD2, fields{"document_number": "D23145890734", "optional_data": nil}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sample(c.format)
			c.change(&s)
			m, err := ParseMRZ(s.lines(), day)
			if err != nil {
				t.Fatal(err)
			}
			if m.Valid != c.valid {
				t.Errorf("%q: valid is %v, digits %v", s.lines(), m.Valid, m.CheckDigits)
			}
			for _, f := range m.Fields.List() {
				want, listed := c.want[f.Name]
				switch {
				case !listed:
				case want == nil && f.Value != nil:
					t.Errorf("%s is %q, must be absent", f.Name, *f.Value)
				case want != nil && (f.Value == nil || *f.Value != want):
					t.Errorf("%s is %v, must be %q", f.Name, f.Value, want)
				}
			}
		})
	}
}

func TestParseMRZEmptyOptionalDigit(t *testing.T) {
	s := sample(TD3)
	s.optional = ""
	lines := s.lines()
	for digit, want := range map[string]bool{"<": true, "0": true, "1": false} {
		two := lines[1][:42] + digit
		two += string(digitOf(two[:10] + two[13:20] + two[21:]))
		m, err := ParseMRZ([]string{lines[0], two}, day)
		if err != nil || m.Valid != want || m.CheckDigits[CheckOptionalData] != want {
			t.Errorf("digit %q of empty data: %v, valid %v", digit, err, m.Valid)
		}
	}
	s.optional = "A"
	two := s.lines()[1][:42] + "<"
	two += string(digitOf(two[:10] + two[13:20] + two[21:]))
	if m, _ := ParseMRZ([]string{lines[0], two}, day); m.Valid {
		t.Error("data without a digit is valid")
	}
}

func TestParseMRZRefuses(t *testing.T) {
	long := strings.Repeat("<", 44)
	for name, lines := range map[string][]string{
		"nothing": nil, "one line": {long}, "four lines": {long, long, long, long}, "empty lines": {"", ""},
		"lines of two lengths": {long, long[1:]}, "37 characters": {long[:37], long[:37]}, "3x36": {long[:36], long[:36], long[:36]},
		"lower case": {strings.ToLower("P<UTO") + long[5:], long}, "a space": {"P UTO" + long[5:], long},
		"France's own layout": {"IDFRA" + long[:31], long[:36]},
	} {
		if m, err := ParseMRZ(lines, day); !errors.Is(err, ErrFormat) || m.Format != "" {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
}

func TestDatePast(t *testing.T) {
	zone := time.FixedZone("", 10*3600)
	today := time.Date(2026, 3, 15, 1, 0, 0, 0, zone) // still the 14th in UTC
	for d, want := range map[Date]bool{
		{2026, 3, 14}: true, {2026, 3, 15}: false, {2026, 2, 0}: true, {2026, 3, 0}: false,
		{2025, 0, 0}: true, {2026, 0, 0}: false, {}: false,
	} {
		if got := d.Past(today); got != want {
			t.Errorf("%v is past: %v", d, got)
		}
	}
}

func FuzzParseMRZ(f *testing.F) {
	for _, format := range formats {
		f.Add(strings.Join(sample(format).lines(), "\n"))
	}
	f.Add("")
	f.Add(strings.Repeat("<", 44) + "\n" + strings.Repeat("9", 44))
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMRZ(strings.Split(text, "\n"), day)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		if strings.Join(m.Lines, "\n") != text || len(m.Fields.List()) != 10 {
			t.Fatalf("%q became %q", text, m.Lines)
		}
		for _, d := range []Day{m.Fields.BirthDate, m.Fields.ExpiryDate} {
			if s := d.String(); s != "" {
				if _, err := time.Parse(time.DateOnly, s); err != nil {
					t.Fatalf("%q: %v", text, err)
				}
			}
		}
		if b := m.Fields.BirthDate; b.Full() {
			if last, _ := b.Last(); last.After(day) {
				t.Fatalf("%q: birth %s in the future", text, b)
			}
		}
		if m.Valid {
			for key, ok := range m.CheckDigits {
				if !ok {
					t.Fatalf("%q is valid though %s is not", text, key)
				}
			}
		}
	})
}
