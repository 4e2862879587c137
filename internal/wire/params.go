package wire

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"example.org/osprey"
)

// The bounds of a query (api.md 17.2).
const (
	MaxQueryBytes   = 8 << 10
	MaxFilterValues = 100
)

// Params are the query parameters of one request. Its methods remember the first
// fault, which Err returns, and which parameters somebody asked for; Ignored
// names the others.
type Params struct {
	values url.Values
	known  map[string]bool
	err    error
}

// ParseParams reads the query string.
func ParseParams(r *http.Request) *Params {
	p := &Params{values: url.Values{}, known: make(map[string]bool)}
	if n := len(r.URL.RawQuery); n > MaxQueryBytes {
		p.fail(osprey.OutOfRange("query", MaxQueryBytes, n, "The query string is longer than %d bytes", MaxQueryBytes))
		return p
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		p.fail(osprey.InvalidValue("query", "The query string is malformed"))
		return p
	}
	p.values = values
	return p
}

// Err returns the first fault.
func (p *Params) Err() error { return p.err }

func (p *Params) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// Ignored lists the parameters that nobody asked for, sorted. Names that a header
// cannot carry are left out.
func (p *Params) Ignored() []string {
	var out []string
	for name := range p.values {
		if !p.known[name] && isToken(name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// isToken reports whether a name may stand in a comma-separated header.
func isToken(s string) bool {
	return s != "" && len(s) <= 64 && strings.IndexFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || r == ',' || r == '"' || r == '\\'
	}) < 0
}

// Text returns the last value of a parameter and whether it is there.
func (p *Params) Text(name string) (string, bool) {
	p.known[name] = true
	values := p.values[name]
	if len(values) == 0 {
		return "", false
	}
	return values[len(values)-1], true
}

// Value reads one value through read, which returns its canonical form; want says what
// it has to be. Empty when the parameter is absent.
func (p *Params) Value(name, want string, read func(string) (string, bool)) string {
	s, ok := p.Text(name)
	if !ok {
		return ""
	}
	v, ok := read(s)
	if !ok {
		p.fail(osprey.InvalidValue(name, "%s must be %s", name, want))
		return ""
	}
	return v
}

// ID reads an identifier; empty when the parameter is absent.
func (p *Params) ID(name string) osprey.ID {
	return osprey.ID(p.Value(name, "an identifier", func(s string) (string, bool) {
		id, ok := osprey.ParseID(s)
		return string(id), ok
	}))
}

// Words reads a comma-separated list of words from a vocabulary, each at most once; nil
// when the parameter is absent.
func (p *Params) Words(name string, vocabulary ...string) []string {
	given, ok := p.Text(name)
	if !ok {
		return nil
	}
	var out []string
	for word := range strings.SplitSeq(given, ",") {
		word = strings.ToLower(strings.TrimSpace(word))
		if !slices.Contains(vocabulary, word) || slices.Contains(out, word) {
			p.fail(osprey.InvalidValue(name, "%s must be a list of %s, each at most once", name, strings.Join(vocabulary, ", ")))
			return nil
		}
		out = append(out, word)
	}
	return out
}

// All returns every value of a parameter.
func (p *Params) All(name string) []string {
	p.known[name] = true
	return p.values[name]
}

// Bool reads true, 1, false or 0.
func (p *Params) Bool(name string, absent bool) bool {
	s, ok := p.Text(name)
	if !ok {
		return absent
	}
	switch strings.ToLower(s) {
	case "true", "1":
		return true
	case "false", "0":
		return false
	}
	p.fail(osprey.InvalidValue(name, "%s must be true or false", name))
	return absent
}

// Int reads a whole number between two bounds.
func (p *Params) Int(name string, absent, low, high int) int {
	s, ok := p.Text(name)
	if !ok {
		return absent
	}
	n, err := strconv.Atoi(s)
	switch {
	case err != nil:
		p.fail(osprey.InvalidValue(name, "%s must be an integer between %d and %d", name, low, high).With("limit", high))
	case n < low:
		p.fail(osprey.OutOfRange(name, low, n, "%s must be between %d and %d", name, low, high))
	case n > high:
		p.fail(osprey.OutOfRange(name, high, n, "%s must be between %d and %d", name, low, high))
	default:
		return n
	}
	return absent
}

// Time reads UNIX seconds, or milliseconds above 1e11; zero when absent.
func (p *Params) Time(name string) osprey.Time {
	s, ok := p.Text(name)
	if !ok {
		return 0
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > 1e15 {
		p.fail(osprey.InvalidValue(name, "%s must be a time in UNIX seconds", name))
		return 0
	}
	if v > 1e11 {
		v /= 1000
	}
	// Zero means "no bound", so the bound zero moves by a microsecond.
	if t := osprey.Time(math.Round(v * 1e6)); t != 0 {
		return t
	}
	return 1
}

// list reads the comma-separated values of a parameter through read; nil when it
// is absent.
func (p *Params) list(name string, read func(string) (string, bool)) []string {
	given := p.All(name)
	if len(given) == 0 {
		return nil
	}
	values := strings.Split(strings.Join(given, ","), ",")
	if n := len(values); n > MaxFilterValues {
		p.fail(osprey.OutOfRange(name, MaxFilterValues, n, "%s has more than %d values", name, MaxFilterValues))
		return nil
	}
	out := make([]string, 0, len(values))
	for _, v := range values {
		read, ok := read(strings.TrimSpace(v))
		if !ok {
			p.fail(osprey.InvalidValue(name, "%s has a bad value", name))
			return nil
		}
		out = append(out, read)
	}
	return out
}
