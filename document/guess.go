package document

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// confusions are characters that look alike in print, with the chance that
// the recogniser, sure of the first, should have said the second.
var confusions = []struct {
	seen, true byte
	share      float64
}{
	{'0', 'O', 0.15},
	{'O', '0', 0.3},
	{'Q', '0', 0.03},
	{'D', '0', 0.02},
	{'0', 'D', 0.01},
	{'0', 'Q', 0.01},
	{'O', 'Q', 0.01},
	{'Q', 'O', 0.02},
	{'1', 'I', 0.05},
	{'I', '1', 0.1},
	{'L', '1', 0.02},
	{'1', 'L', 0.005},
	{'T', '1', 0.005},
	{'8', 'B', 0.02},
	{'B', '8', 0.03},
	{'5', 'S', 0.02},
	{'S', '5', 0.03},
	{'2', 'Z', 0.02},
	{'Z', '2', 0.03},
	{'6', 'G', 0.02},
	{'G', '6', 0.03},
	{'U', 'V', 0.005},
	{'V', 'U', 0.005},
	{'4', 'A', 0.002},
	{'A', '4', 0.005},
	{'<', 'K', 0.002},
	{'K', '<', 0.02},
	{'<', 'C', 0.001},
	{'C', '<', 0.01},
	{'S', '<', 0.01},
	{'E', '<', 0.005},
	{'L', '<', 0.005},
}

// confused spreads a cell's shares over what looks alike.
func confused(c cell) cell {
	out := c
	for _, x := range confusions {
		s := c[place(x.seen)] * x.share
		out[place(x.seen)] -= s
		out[place(x.true)] += s
	}
	return out
}

// within keeps the characters of the set and makes their shares sum to 1, or
// to less where so little of the cell was theirs that not even a likeness
// explains it.
func (c cell) within(of set) (out cell) {
	const likeness = 0.02
	var kept float64
	for k := range letters {
		if of&(1<<k) != 0 {
			out[k] = c[k]
			kept += c[k]
		}
	}
	for k := range letters {
		out[k] /= max(kept, likeness)
	}
	return out
}

func (c cell) best() int {
	b := 0
	for k := range letters {
		if c[k] > c[b] {
			b = k
		}
	}
	return b
}

// sets gives the characters that each place of a format may hold.
func (l layout) sets() [][]set {
	out := make([][]set, l.lines)
	for i := range out {
		out[i] = slices.Repeat([]set{every}, l.length)
	}
	put := func(at span, of set) {
		for k := at.from; k < at.to; k++ {
			out[at.line][k] = of
		}
	}
	put(l.code, capital|filler)
	out[0][0] = setOf(l.initials)
	put(l.state, capital|filler)
	out[0][l.state.from] = capital
	put(l.nationality, capital|filler)
	put(l.names, capital|filler)
	out[l.names.line][l.names.from] = capital
	put(l.sex, setOf("MFX<"))
	put(l.birth, digits|filler)
	put(l.expiry, digits|filler)
	for _, at := range []span{l.birth, l.expiry} {
		out[at.line][at.to] = digits
	}
	out[l.number.line][l.number.to] = digits
	if l.overflow {
		out[l.number.line][l.number.to] |= filler
	}
	if l.optionalDigit {
		out[l.optional[0].line][l.optional[0].to] = digits | filler
	}
	put(l.composite, digits)
	return out
}

// guess is a reading of a zone as one format.
type guess struct {
	layout
	cells [][]cell // as recognised, before the format restricts them
	fit   float64  // mean of the lines' fits, see align
	inner float64
	worst float64 // the least of the lines' inner fits
}

// text takes the likeliest character of each place.
func (g guess) text() (lines [][]byte, shares [][]cell) {
	sets := g.sets()
	for i, row := range g.cells {
		line, share := make([]byte, len(row)), make([]cell, len(row))
		for k, c := range row {
			share[k] = confused(c).within(sets[i][k])
			line[k] = alphabet[share[k].best()]
		}
		lines, shares = append(lines, line), append(shares, share)
	}
	return lines, shares
}

// bold is the most that a repair may cost: the natural logarithm of how many
// times less likely than the plain reading the repaired one may be. An
// altered document shows its altered characters clearly, so that they cost
// far more.
const bold = 3.0

// unlike is the most that the change of one character may cost where the two
// do not look alike.
const unlike = 1.4

// alike tells whether two characters are known to be taken for each other.
func alike(a, b byte) bool {
	for _, x := range confusions {
		if x.seen == a && x.true == b || x.seen == b && x.true == a {
			return true
		}
	}
	return false
}

// leastSure is the certainty from which a reading may be repaired. Of one that
// is doubtful everywhere, something can always be made that has the digits.
const leastSure = 0.7

// leastRepair is the fit that each line needs before a reading is repaired.
const leastRepair = -0.45

// leastValid is the certainty under which digits that agree prove nothing:
// among guesses, they agree by accident.
const leastValid = 0.25

// Bounds of the search for a repair.
const (
	maxChoices = 12  // readings of one field
	maxChanges = 3   // changed characters of one field
	maxStates  = 400 // kept while a field's readings are made
)

// choice is a reading of one field, its check digit included.
type choice struct {
	text string
	cost float64
}

// read gives the likeliest lines that satisfy the check digits, when they are
// likely enough, else the plain ones, and the chance that every character
// under a check digit is right.
func (g guess) read(today time.Time) (MRZ, float64, error) {
	lines, shares := g.text()
	fields := []span{g.number, g.birth, g.expiry}
	if g.optionalDigit {
		fields = append(fields, g.optional[0])
	}
	plain := toText(lines)
	m, err := ParseMRZ(plain, today)
	if err != nil {
		return MRZ{}, 0, err
	}
	accident := 0.01
	if g.composite == (span{}) {
		accident = 0.1
	}
	if !m.Valid && g.worst >= leastRepair && g.certainty(m) >= leastSure {
		if better, ok := g.repaired(lines, shares, fields, today); ok {
			m, accident = better, 0.3
		}
	}
	sure := g.certainty(m)
	if m.Valid = m.Valid && sure >= leastValid; m.Valid {
		// Digits that agree speak for the reading: a wrong one has them by
		// accident, one that was searched for more often than one that was not.
		sure /= sure + (1-sure)*accident
	}
	return m, sure, nil
}

func toText(lines [][]byte) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = string(l)
	}
	return out
}

// repaired searches the cheapest combination of readings of the fields under
// which the MRZ is valid; when there is none, each field by itself is
// repaired that can be.
func (g guess) repaired(lines [][]byte, shares [][]cell, fields []span, today time.Time) (MRZ, bool) {
	var options [][]choice
	var spans []span
	for _, f := range fields {
		wide := span{f.line, f.from, f.to + 1}
		spans, options = append(spans, wide), append(options, g.choices(lines, shares, wide, true))
	}
	if g.composite != (span{}) {
		for _, f := range g.optional {
			if !g.optionalDigit {
				spans, options = append(spans, f), append(options, g.choices(lines, shares, f, false))
			}
		}
		spans, options = append(spans, g.composite), append(options, g.choices(lines, shares, g.composite, false))
	}
	type state struct {
		lines []string
		cost  float64
	}
	states := []state{{toText(lines), 0}}
	for i, at := range spans {
		var next []state
		for _, s := range states {
			for _, c := range options[i] {
				if s.cost+c.cost <= bold {
					next = append(next, state{replaced(s.lines, at, c.text), s.cost + c.cost})
				}
			}
		}
		slices.SortStableFunc(next, func(a, b state) int { return cmp.Compare(a.cost, b.cost) })
		states = next[:min(len(next), maxStates)]
	}
	for _, s := range states {
		if m, err := ParseMRZ(s.lines, today); err == nil && m.Valid {
			return m, true
		}
	}
	// Not valid. The dates and the number may still be read better.
	text := toText(lines)
	for i, at := range spans[:len(fields)] {
		for _, c := range options[i] {
			trial := replaced(text, at, c.text)
			if agrees(fields[i], trial) {
				text = trial
				break
			}
		}
	}
	m, err := ParseMRZ(text, today)
	return m, err == nil
}

func replaced(lines []string, at span, text string) []string {
	out := slices.Clone(lines)
	out[at.line] = out[at.line][:at.from] + text + out[at.line][at.to:]
	return out
}

// choices lists readings of a field, the likeliest first. With checked, those
// whose last character is the check digit of the others come before the rest.
func (g guess) choices(lines [][]byte, shares [][]cell, at span, checked bool) []choice {
	type state struct {
		text    []byte
		cost    float64
		changes int
	}
	states := []state{{}}
	for k := at.from; k < at.to; k++ {
		plain := lines[at.line][k]
		top := shares[at.line][k][place(plain)]
		var next []state
		for _, s := range states {
			for c := range letters {
				share := shares[at.line][k][c]
				changed := alphabet[c] != plain
				if share <= 0 || changed && s.changes == maxChanges {
					continue
				}
				step := math.Log(top / share)
				if s.cost+step > bold || changed && step > unlike && !alike(plain, alphabet[c]) {
					continue
				}
				cost := s.cost + step
				n := state{append(slices.Clone(s.text), alphabet[c]), cost, s.changes}
				if changed {
					n.changes++
				}
				next = append(next, n)
			}
		}
		slices.SortStableFunc(next, func(a, b state) int { return cmp.Compare(a.cost, b.cost) })
		states = next[:min(len(next), maxStates)]
	}
	good := func(s state) bool {
		n := len(s.text)
		return !checked || s.text[n-1] == digitOf(string(s.text[:n-1]))
	}
	slices.SortStableFunc(states, func(a, b state) int {
		switch {
		case good(a) == good(b):
			return 0
		case good(a):
			return -1
		}
		return 1
	})
	var out []choice
	for _, s := range states[:min(len(states), maxChoices)] {
		out = append(out, choice{string(s.text), s.cost})
	}
	return out
}

// temper makes a chance of the product of some 60 shares, which are too small
// when a recogniser is right: clear lines give products of 0.15 to 0.8.
const temper = 14

// certainty is the chance that every character under a check digit, and the
// digits, were read right, as the recogniser sees it.
func (g guess) certainty(m MRZ) float64 {
	sets := g.sets()
	spans := slices.Clone(g.covered)
	if len(spans) == 0 {
		for _, f := range []span{g.number, g.birth, g.expiry} {
			spans = append(spans, span{f.line, f.from, f.to + 1})
		}
	} else {
		spans = append(spans, g.composite)
	}
	var sum float64
	for _, at := range spans {
		for k := at.from; k < at.to; k++ {
			c, of := g.cells[at.line][k], sets[at.line][k]
			share := c.within(of)
			if alphabet[share.best()] != m.Lines[at.line][k] {
				share = confused(c).within(of)
			}
			sum += math.Log(max(1e-6, share[place(m.Lines[at.line][k])]))
		}
	}
	return math.Exp(sum / temper)
}
