package document

import (
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// day is the today of these tests.
var day = time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)

// specimen is what a generated document says.
type specimen struct {
	format                   Format
	code, state, nationality string
	surname, given           string // with spaces
	number                   string
	birth, expiry            string // YYMMDD
	sex                      string
	optional                 string
}

func fill(s string, n int) string {
	s = strings.ReplaceAll(s, " ", "<")
	if len(s) > n {
		return s[:n]
	}
	return s + strings.Repeat("<", n-len(s))
}

func checked(s string) string { return s + string(digitOf(s)) }

// lines writes the MRZ as an issuer would.
func (s specimen) lines() []string {
	name := s.surname
	if s.given != "" {
		name += "  " + s.given
	}
	number, rest := checked(fill(s.number, 9)), ""
	if len(s.number) > 9 {
		number, rest = s.number[:9]+"<", s.number[9:]+string(digitOf(s.number))+"<"
	}
	head := fill(s.code, 2) + fill(s.state, 3)
	birth, expiry, nation, optional := checked(s.birth), checked(s.expiry), fill(s.nationality, 3), rest+s.optional
	switch s.format {
	case TD1:
		one := head + number + fill(optional, 15)
		two := birth + s.sex + expiry + nation + strings.Repeat("<", 11)
		return []string{one, two + string(digitOf(one[5:]+birth+expiry+two[18:])), fill(name, 30)}
	case TD2:
		two := number + nation + birth + s.sex + expiry + fill(optional, 7)
		return []string{head + fill(name, 31), two + string(digitOf(two[:10]+two[13:20]+two[21:]))}
	case TD3:
		two := number + nation + birth + s.sex + expiry + checked(fill(optional, 14))
		return []string{head + fill(name, 39), two + string(digitOf(two[:10]+two[13:20]+two[21:]))}
	case MRVA:
		return []string{head + fill(name, 39), number + nation + birth + s.sex + expiry + fill(optional, 16)}
	default:
		return []string{head + fill(name, 31), number + nation + birth + s.sex + expiry + fill(optional, 8)}
	}
}

// room is how many characters of optional data the format has beside a
// number that does not go on in them.
func (s specimen) room() int {
	return map[Format]int{TD1: 15, TD2: 7, TD3: 14, MRVA: 16, MRVB: 8}[s.format]
}

// draw generates documents of one format.
func specimens(f Format) *rapid.Generator[specimen] {
	return rapid.Custom(func(t *rapid.T) specimen {
		s := specimen{format: f, sex: rapid.SampledFrom([]string{"M", "F", "X", "<"}).Draw(t, "sex")}
		codes := map[Format][]string{
			TD1: {"I", "ID", "AC", "C", "IR"}, TD2: {"I", "ID", "AC"}, TD3: {"P", "PM", "PD"},
			MRVA: {"V", "VC"}, MRVB: {"V"},
		}
		s.code = rapid.SampledFrom(codes[f]).Draw(t, "code")
		nations := []string{"UTO", "D", "ITA", "CHE", "XXA", "GBD"}
		s.state = rapid.SampledFrom(nations).Draw(t, "state")
		s.nationality = rapid.SampledFrom(nations).Draw(t, "nationality")
		s.surname = rapid.StringMatching(`[A-Z]{2,9}( [A-Z]{2,5})?`).Draw(t, "surname")
		s.given = rapid.StringMatching(`([A-Z]{1,7}( [A-Z]{2,6})?)?`).Draw(t, "given")
		s.number = rapid.StringMatching(`[A-Z0-9]{1,9}`).Draw(t, "number")
		if f == TD1 && rapid.Bool().Draw(t, "long") {
			s.number = rapid.StringMatching(`[A-Z0-9]{10,22}`).Draw(t, "number")
		}
		if f == TD2 && rapid.Bool().Draw(t, "long") {
			s.number = rapid.StringMatching(`[A-Z0-9]{10,14}`).Draw(t, "number")
		}
		room := s.room()
		if len(s.number) > 9 {
			room -= len(s.number) - 9 + 2
		}
		if room > 0 {
			s.optional = rapid.StringMatching(fmt.Sprintf(`([A-Z0-9]{1,%d})?`, room)).Draw(t, "optional")
		}
		date := func(name string, from, to int) string {
			return fmt.Sprintf("%02d%02d%02d", rapid.IntRange(from, to).Draw(t, name+" year")%100,
				rapid.IntRange(1, 12).Draw(t, name+" month"), rapid.IntRange(1, 28).Draw(t, name+" day"))
		}
		s.birth, s.expiry = date("birth", 1927, 2025), date("expiry", 1977, 2076)
		return s
	})
}

// iso is the date that the generated two-digit years mean on day.
func iso(s string, birth bool) string {
	century := "20"
	if yy := s[:2]; birth && yy > "25" || !birth && yy > "76" {
		century = "19"
	}
	return century + s[:2] + "-" + s[2:4] + "-" + s[4:]
}
