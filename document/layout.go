package document

// Format names the layout of an MRZ.
type Format string

// The layouts of ICAO Doc 9303.
const (
	TD1  Format = "TD1"   // cards, 3 lines of 30 characters (part 5)
	TD2  Format = "TD2"   // larger cards, 2 of 36 (part 6)
	TD3  Format = "TD3"   // passports, 2 of 44 (part 4)
	MRVA Format = "MRV_A" // visas, 2 of 44 (part 7)
	MRVB Format = "MRV_B" // visas, 2 of 36 (part 7)
)

// Keys of MRZ.CheckDigits.
const (
	CheckDocumentNumber = "document_number"
	CheckBirthDate      = "birth_date"
	CheckExpiryDate     = "expiry_date"
	CheckOptionalData   = "optional_data"
	CheckComposite      = "composite"
)

// span is a stretch of an MRZ's characters: line, first, one after the last,
// all from 0.
type span struct{ line, from, to int }

func (s span) of(lines []string) string { return lines[s.line][s.from:s.to] }

// layout says where an MRZ of one format holds what.
type layout struct {
	format        Format
	lines, length int
	initials      string // first letters that the document code may have
	code, state   span
	names         span
	number        span // its check digit follows it
	nationality   span
	birth, expiry span // their check digits follow them
	sex           span
	optional      []span
	overflow      bool // a long number may be continued in optional[0]
	optionalDigit bool // a check digit follows optional[0]
	composite     span // the check digit over covered; empty where there is none
	covered       []span
}

var layouts = []layout{
	{
		format: TD1, lines: 3, length: 30, initials: "ACI",
		code: span{0, 0, 2}, state: span{0, 2, 5}, number: span{0, 5, 14}, optional: []span{{0, 15, 30}, {1, 18, 29}},
		birth: span{1, 0, 6}, sex: span{1, 7, 8}, expiry: span{1, 8, 14}, nationality: span{1, 15, 18}, names: span{2, 0, 30},
		overflow: true, composite: span{1, 29, 30}, covered: []span{{0, 5, 30}, {1, 0, 7}, {1, 8, 15}, {1, 18, 29}},
	},
	{
		format: TD2, lines: 2, length: 36, initials: "ACI",
		code: span{0, 0, 2}, state: span{0, 2, 5}, names: span{0, 5, 36}, number: span{1, 0, 9}, nationality: span{1, 10, 13},
		birth: span{1, 13, 19}, sex: span{1, 20, 21}, expiry: span{1, 21, 27}, optional: []span{{1, 28, 35}},
		overflow: true, composite: span{1, 35, 36}, covered: []span{{1, 0, 10}, {1, 13, 20}, {1, 21, 35}},
	},
	{
		format: TD3, lines: 2, length: 44, initials: "P",
		code: span{0, 0, 2}, state: span{0, 2, 5}, names: span{0, 5, 44}, number: span{1, 0, 9}, nationality: span{1, 10, 13},
		birth: span{1, 13, 19}, sex: span{1, 20, 21}, expiry: span{1, 21, 27}, optional: []span{{1, 28, 42}},
		optionalDigit: true, composite: span{1, 43, 44}, covered: []span{{1, 0, 10}, {1, 13, 20}, {1, 21, 43}},
	},
	{
		format: MRVA, lines: 2, length: 44, initials: "V",
		code: span{0, 0, 2}, state: span{0, 2, 5}, names: span{0, 5, 44}, number: span{1, 0, 9}, nationality: span{1, 10, 13},
		birth: span{1, 13, 19}, sex: span{1, 20, 21}, expiry: span{1, 21, 27}, optional: []span{{1, 28, 44}},
	},
	{
		format: MRVB, lines: 2, length: 36, initials: "V",
		code: span{0, 0, 2}, state: span{0, 2, 5}, names: span{0, 5, 36}, number: span{1, 0, 9}, nationality: span{1, 10, 13},
		birth: span{1, 13, 19}, sex: span{1, 20, 21}, expiry: span{1, 21, 27}, optional: []span{{1, 28, 36}},
	},
}

// layoutOf gives the layout of so many lines of such a length whose document
// code begins with initial: V is a visa, everything else the document of the
// same size.
func layoutOf(lines, length int, initial byte) (layout, bool) {
	for _, l := range layouts {
		visa := l.initials == "V"
		if l.lines == lines && l.length == length && (lines == 3 || visa == (initial == 'V')) {
			return l, true
		}
	}
	return layout{}, false
}

// digitOf is the check digit of s with weights 7, 3, 1 modulo 10: digits
// count as themselves, letters from A = 10 to Z = 35, fillers as 0.
func digitOf(s string) byte {
	weights, sum := [3]int{7, 3, 1}, 0
	for i := range len(s) {
		sum += weights[i%3] * valueOf(s[i])
	}
	return byte('0' + sum%10)
}

func valueOf(c byte) int {
	switch {
	case digit(c):
		return int(c - '0')
	case letter(c):
		return int(c-'A') + 10
	}
	return 0
}
