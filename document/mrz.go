package document

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrFormat is wrapped by errors of ParseMRZ: the lines are no MRZ of a known
// layout.
var ErrFormat = errors.New("document: not an MRZ")

// MRZ is a machine-readable zone as text.
type MRZ struct {
	Format Format
	Lines  []string // 2 or 3, of the format's length, of A-Z, 0-9 and <
	// Valid is true when every check digit that the format defines agrees and
	// both dates exist.
	Valid bool
	// CheckDigits tells which digits agree. It has the keys that the format
	// defines and no others: optional_data for TD3 alone, composite for TD1,
	// TD2 and TD3.
	CheckDigits map[string]bool
	Fields      Fields
}

// Fields are the ten fields of an MRZ. Transliterations are not undone.
type Fields struct {
	DocumentCode   Text // "P", "ID": fillers removed
	IssuingState   Text // "UTO"; Germany's is "D"
	Surname        Text // fillers are spaces
	GivenNames     Text // empty where there are none
	DocumentNumber Text
	Nationality    Text
	BirthDate      Day
	Sex            Text // "M", "F", "X"; "X" too where the document leaves it open
	ExpiryDate     Day
	OptionalData   Text // TD1: both fields, with a space between them
}

// Text is a field of characters.
type Text struct {
	Value string
	Valid *bool // nil when nothing can be checked
}

// Day is a field of a date.
type Day struct {
	Date
	Valid *bool // nil when nothing can be checked
}

// Field is a field by its name in the API, for lists.
type Field struct {
	Name  string
	Value *string // nil where the field is empty, and for a date of which a part is unknown
	Valid *bool   // nil when nothing can be checked
}

// List gives the ten fields in the order of the API.
func (f Fields) List() []Field {
	text := func(name string, t Text) Field {
		if t.Value == "" {
			return Field{name, nil, t.Valid}
		}
		return Field{name, &t.Value, t.Valid}
	}
	day := func(name string, d Day) Field { return text(name, Text{d.String(), d.Valid}) }
	return []Field{
		text("document_code", f.DocumentCode), text("issuing_state", f.IssuingState),
		text("surname", f.Surname), text("given_names", f.GivenNames),
		text("document_number", f.DocumentNumber), text("nationality", f.Nationality),
		day("birth_date", f.BirthDate), text("sex", f.Sex), day("expiry_date", f.ExpiryDate),
		text("optional_data", f.OptionalData),
	}
}

// ParseMRZ reads the lines of an MRZ. today decides the century of two-digit
// years; its time zone is the caller's. The error wraps ErrFormat and names
// the line and the limit that it breaks; an MRZ whose digits disagree or
// whose dates do not exist is no error but not Valid.
func ParseMRZ(lines []string, today time.Time) (MRZ, error) {
	l, err := checkLines(lines)
	if err != nil {
		return MRZ{}, err
	}
	m := MRZ{Format: l.format, Lines: append([]string(nil), lines...), CheckDigits: map[string]bool{}}
	f := &m.Fields
	f.DocumentCode = codeField(l, lines)
	f.IssuingState = stateField(l.state.of(lines))
	f.Nationality = stateField(l.nationality.of(lines))
	f.Surname, f.GivenNames = names(l.names.of(lines))
	f.Sex = sexField(l.sex.of(lines))
	born := m.dayField(l, l.birth, CheckBirthDate, birthYear, today, &f.BirthDate)
	ends := m.dayField(l, l.expiry, CheckExpiryDate, expiryYear, today, &f.ExpiryDate)
	m.number(l)
	m.composite(l)

	m.Valid = born && ends
	for _, agrees := range m.CheckDigits {
		m.Valid = m.Valid && agrees
	}
	return m, nil
}

func checkLines(lines []string) (layout, error) {
	if n := len(lines); n != 2 && n != 3 {
		return layout{}, fmt.Errorf("%w: %d lines, must be 2 or 3", ErrFormat, n)
	}
	for i, line := range lines {
		if len(line) != len(lines[0]) {
			return layout{}, fmt.Errorf("%w: line %d has %d characters, line 1 has %d", ErrFormat, i+1, len(line), len(lines[0]))
		}
		for k := range len(line) {
			if c := line[k]; c != '<' && !digit(c) && !letter(c) {
				return layout{}, fmt.Errorf("%w: line %d, character %d is not of A-Z, 0-9, <", ErrFormat, i+1, k+1)
			}
		}
	}
	var initial byte
	if len(lines[0]) > 0 {
		initial = lines[0][0]
	}
	l, ok := layoutOf(len(lines), len(lines[0]), initial)
	if !ok {
		return layout{}, fmt.Errorf("%w: %d lines of %d characters, must be 3x30, 2x36 or 2x44", ErrFormat, len(lines), len(lines[0]))
	}
	if l.format == TD2 && strings.HasPrefix(lines[0], "IDFRA") {
		// France's identity card of 1988 to 2021 has two lines of 36 in an
		// order of its own. Read as TD2, every good one would be called false.
		return layout{}, fmt.Errorf("%w: line 1 begins IDFRA: a national layout of 2x36, not TD2", ErrFormat)
	}
	return l, nil
}

func codeField(l layout, lines []string) Text {
	code := l.code.of(lines)
	ok := strings.IndexByte(l.initials, code[0]) >= 0 && (letter(code[1]) || code[1] == '<')
	return Text{strings.Trim(code, "<"), &ok}
}

// stateField reads a code of a state or an organisation.
func stateField(s string) Text {
	value := strings.TrimRight(s, "<")
	ok := knownState(value)
	return Text{strings.ReplaceAll(value, "<", " "), &ok}
}

func sexField(s string) Text {
	ok := strings.Contains("MFX<", s)
	if s == "<" {
		s = "X"
	}
	return Text{s, &ok}
}

// names splits the field of names at its first double filler: before it the
// primary identifier, after it the secondary, which may be missing. Doc
// 9303-3 allows letters and fillers alone.
func names(s string) (surname, given Text) {
	first, second, _ := strings.Cut(s, "<<")
	read := func(s string, need bool) Text {
		words := strings.FieldsFunc(s, func(r rune) bool { return r == '<' })
		if len(words) == 0 && !need {
			return Text{}
		}
		ok := len(words) > 0 && !strings.ContainsAny(s, "0123456789")
		return Text{strings.Join(words, " "), &ok}
	}
	return read(first, true), read(second, false)
}

// agrees compares the check digit after the span with the one computed.
func agrees(s span, lines []string) bool {
	return lines[s.line][s.to] == digitOf(s.of(lines))
}

// dayField reads a date and its check digit. The result is whether the day
// exists or is left open.
func (m *MRZ) dayField(l layout, at span, key string, choose century, today time.Time, to *Day) bool {
	ok := agrees(at, m.Lines)
	m.CheckDigits[key] = ok
	d, exists := parseDate(at.of(m.Lines), choose, today)
	valid := ok && exists
	*to = Day{d, &valid}
	return exists
}

// number reads the document number, which in TD1 and TD2 may go on in the
// optional data when its check digit's place holds a filler, and what the
// optional data holds beside it.
func (m *MRZ) number(l layout) {
	number := l.number.of(m.Lines)
	optional := make([]string, len(l.optional))
	for i, at := range l.optional {
		optional[i] = at.of(m.Lines)
	}
	ok := agrees(l.number, m.Lines)
	if l.overflow && m.Lines[l.number.line][l.number.to] == '<' && number[len(number)-1] != '<' {
		more, rest, _ := strings.Cut(optional[0], "<")
		if n := len(more); n >= 2 {
			number += more[:n-1]
			ok = digitOf(number) == more[n-1]
			optional[0] = rest
		}
	}
	m.CheckDigits[CheckDocumentNumber] = ok
	m.Fields.DocumentNumber = Text{plain(number), &ok}

	var parts []string
	for _, s := range optional {
		if s = plain(s); s != "" {
			parts = append(parts, s)
		}
	}
	m.Fields.OptionalData = Text{Value: strings.Join(parts, " ")}
	if l.optionalDigit {
		at := l.optional[0]
		empty := strings.Trim(at.of(m.Lines), "<") == ""
		fine := agrees(at, m.Lines) || empty && m.Lines[at.line][at.to] == '<'
		m.CheckDigits[CheckOptionalData] = fine
		m.Fields.OptionalData.Valid = &fine
	}
}

// composite checks the digit over several fields. Optional data without a
// digit of its own is judged by it, when nothing else can be at fault.
func (m *MRZ) composite(l layout) {
	if l.composite == (span{}) {
		return
	}
	var b strings.Builder
	for _, at := range l.covered {
		b.WriteString(at.of(m.Lines))
	}
	ok := digitOf(b.String()) == l.composite.of(m.Lines)[0]
	others := true
	for _, agrees := range m.CheckDigits {
		others = others && agrees
	}
	m.CheckDigits[CheckComposite] = ok
	if m.Fields.OptionalData.Valid == nil && others {
		m.Fields.OptionalData.Valid = &ok
	}
}

// plain drops fillers at the ends; those inside are spaces.
func plain(s string) string {
	return strings.ReplaceAll(strings.Trim(s, "<"), "<", " ")
}
